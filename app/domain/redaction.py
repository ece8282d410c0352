"""Taking words out of a free text, in the record or link and in everything kept of its past."""

from collections.abc import Sequence
from functools import partial
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from app.domain import faults, links, past, records, subjects
from app.domain.authority import Action
from app.domain.ledger import Answer, Done
from app.errors import Fault, Invalid
from app.graph import Tx
from app.who import Reader, Stamp
from graph_schema import KIND_BY_NAME
from graph_schema.core import Facts, Link
from graph_schema.cypher import label, restored, stored, structure_of

PUT = "[redacted]"
"""What stands in the place of what was taken out."""
REASON = "reason"
"""The field that is no fact: the reasons given for changes, which the ledger alone keeps."""


def texts(kind: type[Facts]) -> tuple[str, ...]:
    """The facts of a kind that hold text; `name/part` for one inside a structure."""
    found: list[str] = []
    for name, field in kind.model_fields.items():
        structure, _ = structure_of(field.annotation)
        if structure is not None and name != "identifiers":
            found += [f"{name}/{part}" for part in texts(structure)]
        elif _is_text(field.annotation) and name not in (*kind.references(), *_telling_apart(kind)):
            found.append(name)
    return tuple(found)


def _telling_apart(kind: type[Facts]) -> tuple[str, ...]:
    """Facts by which parallel links are told apart: they identify, and cannot be taken out."""
    return kind.parallel_by if issubclass(kind, Link) else ()


def _is_text(annotation: Any) -> bool:
    if get_origin(annotation) in (Union, UnionType, Annotated):
        return any(_is_text(part) for part in get_args(annotation)[: _typed(annotation)])
    return annotation is str


def _typed(annotation: Any) -> int | None:
    """How many of an annotation's arguments are types: of Annotated the first alone."""
    return 1 if get_origin(annotation) is Annotated else None


def without(text: str, passages: Sequence[str]) -> str:
    """The text without these passages; without any of it, if none is named."""
    if not passages:
        return PUT
    for passage in sorted(passages, key=len, reverse=True):
        text = text.replace(passage, PUT)
    return text


def _envelope_without(answer: Answer, path: Sequence[str], passages: Sequence[str]) -> Answer:
    new = dict(answer)
    if isinstance(answer.get("facts"), dict):
        new["facts"] = _value_without(answer["facts"], path, passages)
    elif list(path) == ["title"] and isinstance(answer.get("title"), str):
        new["title"] = without(answer["title"], passages)
    return new


def _value_without(value: Any, path: Sequence[str], passages: Sequence[str]) -> Any:
    if isinstance(value, list):
        return [_value_without(each, path, passages) for each in value]
    if isinstance(value, dict) and path and path[0] in value:
        return value | {path[0]: _value_without(value[path[0]], path[1:], passages)}
    return without(value, passages) if isinstance(value, str) and not path else value


async def redact_record(
    tx: Tx, id: str, field: str, passages: Sequence[str], stamp: Stamp, reader: Reader
) -> Done:
    """The record with these passages of a text taken out, now and in its past. Repeated, it is no change."""
    loaded = await records.read(tx, None, id, reader)
    await subjects.may_act(tx, Action.REDACT, loaded, stamp)
    kind, before = KIND_BY_NAME[loaded["kind"]], records.envelope(loaded)
    redact = await _rewritten(tx, kind, id, field, passages, before)
    if redact is None:
        return Done(before, receipt=records.entry("redact", None, before).after)
    past_of_it = redact(before)
    facts = faults.valid(kind, past_of_it["facts"])
    written = records.properties(
        facts, stamp, loaded["revision"] + 1, loaded["status"], loaded["source_system"]
    )
    await tx.rows(f"MATCH (n:{label(kind)} {{id: $id}}) SET n += $written", id=id, written=written)
    after = records.shown(kind, id, written, records.stated(facts))
    told = records.entry("redact", past_of_it, after | {"redacted": [field]})
    return Done(after, (told,), records.entry("redact", None, after).after)


async def redact_link(
    tx: Tx,
    kind: type[Link],
    id: str,
    field: str,
    passages: Sequence[str],
    stamp: Stamp,
    reader: Reader,
) -> Done:
    """The link with these passages of a text taken out, now and in its past; its standing stays."""
    loaded = await links.read(tx, kind, id, reader)
    await subjects.may_link(
        tx, Action.REDACT, kind.label, loaded["from"], loaded["to"], stamp, loaded["source_system"]
    )
    before = links.envelope(loaded)
    redact = await _rewritten(tx, kind, id, field, passages, before)
    if redact is None:
        return Done(before, receipt=links.impersonal(before))
    past_of_it = redact(before)
    facts = faults.valid(kind, past_of_it["facts"], ("facts",))
    written = stored(facts) | {"revision": loaded["revision"] + 1, "changed_at": stamp.instant}
    await tx.rows(f"MATCH ()-[r:{label(kind)} {{id: $id}}]->() SET r += $written", id=id, written=written)
    after = links.shown(kind, loaded | written, loaded["from"], loaded["to"], restored(kind, stored(facts)))
    told = links.entry("redact", past_of_it, after | {"redacted": [field]})
    return Done(after, (told,), links.impersonal(after))


async def _rewritten(
    tx: Tx, kind: type[Facts], id: str, field: str, passages: Sequence[str], before: Answer
) -> past.Redact | None:
    """Rewrite the past of the item; answers how it is redacted, or None if nothing held the passages."""
    if field not in (*texts(kind), REASON):
        says = f"Only free text is redacted; of this kind: {', '.join((*texts(kind), REASON))}."
        raise Invalid(faults=[Fault("/field", "not_free_text", says)])
    if field == REASON:
        held = await past.rewrite(tx, id, past.as_it_was, partial(without, passages=passages))
        return past.as_it_was if held else None
    redact = partial(_envelope_without, path=field.split("/"), passages=passages)
    held = await past.rewrite(tx, id, redact)
    return redact if held or redact(before) != before else None
