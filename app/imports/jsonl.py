"""JSON Lines to rows: each line is a record's facts, or a link between two records."""

from typing import Any

from app.imports.files import Lines
from app.imports.rows import Acceptance, Intake, LinkRow, Place, RecordRow, Remark
from graph_schema import KIND_BY_NAME, LINK_BY_LABEL
from graph_schema.core import Node


def rows(read: Lines, kind: type[Node] | None, scheme: str | None) -> Intake:
    """The records and links that lines state.

    A record's line is its facts, as a POST takes them, with `"kind"` where it differs from the one asked
    for; it is found again by its identifier of the source's scheme (its first, where no scheme is given).
    With `"partial": true` it speaks only of the facts it names, and the others stay as they are.
    A link's line is `{"link": "CHANGES", "from": END, "to": END, "facts": {...}}`, with `"accepted_by"` and
    `"accepted_on"`, or `"standing": "disputed"`, where the source may state them. END, and a fact that
    refers to a record, is the service's id, `"scheme|value"`, or `{"identifier": "scheme|value"}`.
    """
    intake = Intake(faults=list(read.faults))
    for place, stated in read.rows:
        row = _link(place, stated) if "link" in stated else _record(place, stated, kind, scheme)
        if isinstance(row, Remark):
            intake.faults.append(row)
        else:
            intake.rows.append(row)
    return intake


def _record(
    place: Place, stated: dict[str, Any], kind: type[Node] | None, scheme: str | None
) -> RecordRow | Remark:
    partial = stated.get("partial", False)
    if not isinstance(partial, bool):
        return Remark(place, "wrong_type", "Must be true or false.", "/partial")
    facts = {n: value for n, value in stated.items() if n != "partial" and (n != "kind" or _has_kind(kind))}
    named = stated.get("kind") if not _has_kind(kind) else None
    if named is not None:
        kind = KIND_BY_NAME.get(named) if isinstance(named, str) else None
    if kind is None:
        return Remark(place, "unknown_kind", "The line names no kind of record; see /v1/schema.", "/kind")
    stands = stated.get("identifiers")
    keys = [
        f"{each['scheme']}|{each['value']}"
        for each in (stands if isinstance(stands, list) else ())
        if isinstance(each, dict) and all(isinstance(each.get(part), str) for part in ("scheme", "value"))
    ]
    fitting = [key for key in keys if scheme is None or key.startswith(f"{scheme}|")]
    if not fitting:
        says = "The line has no identifier of the source's scheme to find the record by."
        return Remark(place, "key_missing", says, "/identifiers")
    named_facts = {name: _named(value) for name, value in facts.items()}
    return RecordRow(place, kind, fitting[0], named_facts, frozenset(facts) if partial else None)


def _has_kind(kind: type[Node] | None) -> bool:
    """Whether `kind` is a fact of the kind itself, as it is of a LegalChange."""
    return kind is not None and "kind" in kind.model_fields


def _named(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"identifier"}:
        return value["identifier"]
    if isinstance(value, list):
        return [_named(each) for each in value]
    return value


def _link(place: Place, stated: dict[str, Any]) -> LinkRow | Remark:
    label = stated["link"]
    kind = LINK_BY_LABEL.get(label) if isinstance(label, str) else None
    if kind is None:
        return Remark(place, "unknown_link_kind", "There is no link kind of this name.", "/link")
    unknown = set(stated) - {"link", "from", "to", "facts", "accepted_by", "accepted_on", "standing"}
    if unknown:
        return Remark(place, "unknown_field", "A link's line has no such member; see the documentation.")
    ends = [_named(stated.get(side)) for side in ("from", "to")]
    for side, end in zip(("from", "to"), ends, strict=True):
        if not isinstance(end, str):
            return Remark(place, "missing", "Say which record this end is.", f"/{side}")
    facts = stated.get("facts", {})
    if not isinstance(facts, dict):
        return Remark(place, "wrong_type", "Must be an object.", "/facts")
    by, on = stated.get("accepted_by"), stated.get("accepted_on")
    if (by is None) != (on is None):
        return Remark(place, "acceptance_half", "accepted_by and accepted_on go together.", "/accepted_by")
    if not isinstance(by, str | None) or not isinstance(on, str | None):
        return Remark(place, "wrong_type", "Must be text.", "/accepted_by")
    standing = stated.get("standing")
    if standing is not None and (standing != "disputed" or not kind.two_keys or by is not None):
        says = "Only a link that needs acceptance and has none can be stated as disputed."
        return Remark(place, "standing_not_allowed", says, "/standing")
    named = {name: _named(value) for name, value in facts.items()}
    accepted = Acceptance(by, on) if by is not None and on is not None else None
    return LinkRow(place, kind, ends[0], ends[1], named, accepted, standing == "disputed")
