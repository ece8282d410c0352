"""JSON Lines to rows: each line is a record's facts, or a link between two records."""

from typing import Any

from app.imports import exported
from app.imports.files import Lines
from app.imports.mapping import REFUSED
from app.imports.rows import Acceptance, Intake, LinkRow, Place, RecordRow, Remark
from graph_schema import KIND_BY_NAME, LINK_BY_LABEL
from graph_schema.core import Link, Node


def rows(read: Lines, kind: type[Node] | None, scheme: str | None) -> Intake:
    """The records and links that lines state.

    A record's line is its facts, as a POST takes them, with `"kind"` where it differs from the one asked
    for; it is found again by its identifier of the source's scheme (its first, where no scheme is given).
    With `"partial": true` it speaks only of the facts it names, and the others stay as they are. The facts
    may stand under `"facts"` instead, as an answer shows them; then `"id"` may say which record it is. With
    `"revision"` a line holds only if that is the revision that stands.
    A link's line is `{"link": "CHANGES", "from": END, "to": END, "facts": {...}}`, with `"accepted_by"` and
    `"accepted_on"`, or `"standing": "disputed"`, where the source may state them. END, and a fact that
    refers to a record, is the service's id, `"scheme|value"`, or `{"identifier": "scheme|value"}`.
    An export of the service is read back too (`exported.py`).
    """
    if exported.is_one(read):
        return exported.rows(read, scheme)
    intake = Intake(faults=list(read.faults))
    for place, line in read.rows:
        stated = {name: value for name, value in line.items() if name != REFUSED}
        take(intake, place, stated, kind, scheme)
    return intake


def take(
    intake: Intake, place: Place, stated: dict[str, Any], kind: type[Node] | None, scheme: str | None
) -> None:
    """Add what one line states to an intake."""
    row = _link(place, stated) if "link" in stated else _record(place, stated, kind, scheme)
    if isinstance(row, Remark):
        intake.faults.append(row)
    else:
        intake.rows.append(row)


_BESIDE = ("partial", "revision", "id", "facts")
"""What a record's line may say besides its facts."""


def _record(
    place: Place, stated: dict[str, Any], kind: type[Node] | None, scheme: str | None
) -> RecordRow | Remark:
    wrong = _misstated(place, stated)
    if wrong:
        return wrong
    apart = "facts" in stated
    is_fact = _has_kind(kind) and not apart
    named = None if is_fact else stated.get("kind")
    if named is not None:
        kind = KIND_BY_NAME.get(named) if isinstance(named, str) else None
    if kind is None:
        return Remark(place, "unknown_kind", "The line names no kind of record; see /v1/schema.", "/kind")
    beside = _BESIDE if is_fact else ("kind", *_BESIDE)
    facts = stated["facts"] if apart else {n: v for n, v in stated.items() if n not in beside}
    key = stated["id"] if "id" in stated else _key(facts, scheme)
    under = "/facts" if apart else ""
    if key is None:
        says = "The line has no identifier of the source's scheme to find the record by."
        return Remark(place, "key_missing", says, f"{under}/identifiers")
    return RecordRow(
        place,
        kind,
        key,
        {name: _named(value) for name, value in facts.items()},
        frozenset(facts) if stated.get("partial") else None,
        stated.get("revision"),
        under,
    )


def _misstated(place: Place, stated: dict[str, Any]) -> Remark | None:
    """What is wrong with what a record's line says besides its facts."""
    if not isinstance(stated.get("partial", False), bool):
        return Remark(place, "wrong_type", "Must be true or false.", "/partial")
    if not isinstance(stated.get("id", ""), str) or "|" in stated.get("id", ""):
        return Remark(place, "wrong_type", "Must be the id of a record that is there.", "/id")
    if not isinstance(stated.get("facts", {}), dict):
        return Remark(place, "wrong_type", "Must be an object.", "/facts")
    if "facts" in stated and not stated.keys() <= {"kind", *_BESIDE}:
        says = "Beside `facts` a record's line has only kind, id, revision and partial."
        return Remark(place, "unknown_field", says)
    return _unread(place, stated)


def _unread(place: Place, stated: dict[str, Any]) -> Remark | None:
    """What is wrong with the revision a line rests on."""
    revision = stated.get("revision", 1)
    if isinstance(revision, int) and not isinstance(revision, bool) and 0 <= revision < 2**31:
        return None
    return Remark(place, "wrong_type", "Must be the number of a revision.", "/revision")


def _key(facts: dict[str, Any], scheme: str | None) -> str | None:
    """The identifier a record is found by: its first, or its first of a scheme."""
    stands = facts.get("identifiers")
    keys = (
        f"{each['scheme']}|{each['value']}"
        for each in (stands if isinstance(stands, list) else ())
        if isinstance(each, dict) and all(isinstance(each.get(part), str) for part in ("scheme", "value"))
    )
    return next((key for key in keys if scheme is None or key.startswith(f"{scheme}|")), None)


def _has_kind(kind: type[Node] | None) -> bool:
    """Whether `kind` is a fact of the kind itself, as it is of a LegalChange."""
    return kind is not None and "kind" in kind.model_fields


def _named(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"identifier"}:
        return value["identifier"]
    if isinstance(value, list):
        return [_named(each) for each in value]
    return value


_OF_A_LINK = ("link", "from", "to", "facts", "revision", "accepted_by", "accepted_on", "standing")


def _link(place: Place, stated: dict[str, Any]) -> LinkRow | Remark:
    label = stated["link"]
    kind = LINK_BY_LABEL.get(label) if isinstance(label, str) else None
    if kind is None:
        return Remark(place, "unknown_link_kind", "There is no link kind of this name.", "/link")
    if not stated.keys() <= set(_OF_A_LINK):
        return Remark(place, "unknown_field", "A link's line has no such member; see the documentation.")
    ends = [_named(stated.get(side)) for side in ("from", "to")]
    for side, end in zip(("from", "to"), ends, strict=True):
        if not isinstance(end, str):
            return Remark(place, "missing", "Say which record this end is.", f"/{side}")
    facts = stated.get("facts", {})
    if not isinstance(facts, dict):
        return Remark(place, "wrong_type", "Must be an object.", "/facts")
    wrong = _unread(place, stated) or _misaccepted(place, stated, kind)
    if wrong:
        return wrong
    by, on = stated.get("accepted_by"), stated.get("accepted_on")
    return LinkRow(
        place,
        kind,
        ends[0],
        ends[1],
        {name: _named(value) for name, value in facts.items()},
        Acceptance(by, on) if by is not None and on is not None else None,
        stated.get("standing") == "disputed",
        stated.get("revision"),
    )


def _misaccepted(place: Place, stated: dict[str, Any], kind: type[Link]) -> Remark | None:
    """What is wrong with what a link's line says of its acceptance."""
    by, on, standing = (stated.get(name) for name in ("accepted_by", "accepted_on", "standing"))
    if (by is None) != (on is None) or (standing == "accepted" and by is None):
        return Remark(place, "acceptance_half", "accepted_by and accepted_on go together.", "/accepted_by")
    if not isinstance(by, str | None) or not isinstance(on, str | None):
        return Remark(place, "wrong_type", "Must be text.", "/accepted_by")
    if standing in (None, "proposed" if by is None else "accepted"):
        return None
    if standing != "disputed" or not kind.two_keys or by is not None:
        says = "Only a link that needs acceptance and has none can be stated as disputed."
        return Remark(place, "standing_not_allowed", says, "/standing")
    return None
