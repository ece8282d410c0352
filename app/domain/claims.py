"""What the side that states a link does with it: claim, change, withdraw."""

from collections.abc import Iterable
from typing import Any

from app.domain import authority, faults, links, patches, records, rules, subjects
from app.domain.access import Scope
from app.domain.authority import Action, Subject
from app.domain.ledger import Done
from app.errors import (
    AlreadyExists,
    Fault,
    Invalid,
    LinkNotAllowed,
    LinkWithdrawn,
    OwnedByAnotherSource,
    StaleRevision,
)
from app.graph import Row, Tx
from app.who import PEOPLE, Reader, Stamp
from graph_schema.core import Link
from graph_schema.cypher import kind_of, label, restored, stored
from graph_schema.links import Owns


async def claim(
    tx: Tx, kind: type[Link], source_id: str, target_id: str, facts: Link, stamp: Stamp, reader: Reader
) -> Done:
    """A new link, proposed until the other side accepts it, or counted at once where its kind needs none."""
    done = await drawn(tx, kind, source_id, target_id, facts, stamp, reader)
    await rules.refuse(tx, kind, done.answer, reader, stamp.at.date())
    return done


async def drawn(
    tx: Tx, kind: type[Link], source_id: str, target_id: str, facts: Link, stamp: Stamp, reader: Reader
) -> Done:
    """The new link, before the rules that look at more than this one link are asked."""
    source, target = await _ends(tx, source_id, target_id, reader)
    may_name(kind, target, stamp)
    await subjects.may_link(
        tx, Action.CLAIM, kind.label, source, target, stamp, stamp.source, facts.model_fields_set
    )
    wrong = links.unfit(kind, source, target, facts)
    if wrong:
        raise LinkNotAllowed(faults=wrong)
    await patches.refuse_acts(tx, {}, restored(kind, stored(facts)), facts, stamp, "/facts")
    unknown = await records.unknown_references(tx, facts, reader)
    if unknown:
        raise Invalid(faults=[Fault("/facts" + each.pointer, each.code, each.detail) for each in unknown])
    await _unique(tx, kind, facts.key(source_id, target_id))
    properties = links.claimed(kind, facts, source, target, stamp, stamp.id())
    await tx.rows(
        f"""MATCH (a:Record {{id: $source}}) MATCH (b:Record {{id: $target}})
            CREATE (a)-[r:{label(kind)}]->(b) SET r = $properties""",
        source=source_id,
        target=target_id,
        properties=properties,
    )
    after = links.shown(kind, properties, source, target, restored(kind, stored(facts)))
    return links.done("claim", None, after)


def may_name(kind: type[Link], target: Row, stamp: Stamp) -> None:
    """Refuse to name the steward of what belongs to nobody, or to say for how long, by one who may not."""
    if kind is Owns and target["organisation"] is None:
        authority.require(stamp.by, Action.NAME_STEWARD, Subject())


async def _ends(tx: Tx, source_id: str, target_id: str, reader: Reader) -> tuple[Row, Row]:
    """Both records, or every reason why one cannot be linked. A hidden record is a missing one.

    Takes their locks, in the order of their ids: nobody retires or changes one until the link stands.
    """
    scope = Scope(reader)
    rows = await tx.rows(
        f"""UNWIND $ids AS id MATCH (n:Record {{id: id}}) WHERE {scope.sees("n")}
            SET n.id = n.id WITH n
            RETURN n {{.id, .title, .status, .print, .organisation,
                      kind: {kind_of("n")}}} AS n""",
        ids=sorted({source_id, target_id}),
        **scope.parameters,
    )
    found = {row["n"]["id"]: row["n"] for row in rows}
    wrong = []
    for pointer, id in (("/from", source_id), ("/to", target_id)):
        if id not in found:
            wrong.append(Fault(pointer, "record_unknown", "There is no record with this id."))
        elif found[id]["status"] == "retired":
            wrong.append(Fault(pointer, "record_retired", "The record is retired and takes no new links."))
    if wrong:
        raise Invalid(faults=wrong)
    return found[source_id], found[target_id]


async def _unique(tx: Tx, kind: type[Link], key: str) -> None:
    """Refuse a second live link; the constraint on `key` decides between two that come at once."""
    if await tx.row(f"MATCH ()-[r:{label(kind)} {{key: $key}}]->() RETURN r.id AS id", key=key):
        raise AlreadyExists(
            "A link of this kind between these records stands already; change or withdraw that one."
        )


async def change(
    tx: Tx,
    kind: type[Link],
    id: str,
    patch: dict[str, Any],
    revision: int | None,
    stamp: Stamp,
    reader: Reader,
) -> Done:
    """The link with this JSON merge patch applied to its facts.

    What was accepted is what stood there: a link that needs acceptance goes back to proposed.
    """
    done = await redrawn(tx, kind, id, patch, revision, stamp, reader)
    if done.entries:
        await rules.refuse(tx, kind, done.answer, reader, stamp.at.date())
    return done


async def redrawn(
    tx: Tx,
    kind: type[Link],
    id: str,
    patch: dict[str, Any],
    revision: int | None,
    stamp: Stamp,
    reader: Reader,
) -> Done:
    """The changed link, before the rules that look at more than this one link are asked."""
    loaded = await locked(tx, Action.CHANGE, kind, id, revision, stamp, reader, patch.keys())
    before = links.envelope(loaded)
    facts = faults.valid(kind, patches.merged(before["facts"], patch), ("facts",))
    stated = restored(kind, stored(facts))
    if stated == before["facts"]:
        return Done(before, receipt=links.impersonal(before))
    may_name(kind, loaded["to"], stamp)
    wrong = links.unfit(kind, loaded["from"], loaded["to"], facts)
    if wrong:
        raise LinkNotAllowed(faults=wrong)
    await patches.refuse_acts(tx, before["facts"], stated, facts, stamp, "/facts")
    unknown = await records.unknown_references(tx, facts, reader)
    if unknown:
        raise Invalid(faults=[Fault("/facts" + each.pointer, each.code, each.detail) for each in unknown])
    key = facts.key(before["from"]["id"], before["to"]["id"])
    if key != loaded["key"]:
        await _unique(tx, kind, key)
    written = stored(facts) | {"key": key}
    if not links.born_accepted(kind, loaded["from"], loaded["to"]):
        written |= {"standing": "proposed", "claimed_by": stamp.actor, "claimed_on": stamp.on}
        written |= links.UNACCEPTED
    return await links.written(tx, "change", kind, loaded, written, stamp)


async def withdraw(
    tx: Tx, kind: type[Link], id: str, revision: int | None, stamp: Stamp, reader: Reader
) -> Done:
    """Take the link back. It stays readable with its history, and the same link may be claimed anew."""
    loaded = await locked(tx, Action.WITHDRAW, kind, id, revision, stamp, reader)
    return await links.written(tx, "withdraw", kind, loaded, links.WITHDRAWN, stamp)


async def locked(
    tx: Tx,
    action: Action,
    kind: type[Link],
    id: str,
    revision: int | None,
    stamp: Stamp,
    reader: Reader,
    fields: Iterable[str] = (),
) -> Row:
    """The link under its lock: nobody else changes it until this transaction ends."""
    loaded = await links.read(tx, kind, id, reader)
    by_people = action is Action.WITHDRAW and stamp.source == PEOPLE
    if loaded["source_system"] != stamp.source and not by_people:
        raise OwnedByAnotherSource
    await subjects.may_link(
        tx, action, kind.label, loaded["from"], loaded["to"], stamp, loaded["source_system"], fields
    )
    if revision is not None and loaded["revision"] != revision:
        raise StaleRevision(revision=loaded["revision"], besides=links.besides(loaded))
    if loaded["standing"] == "withdrawn":
        raise LinkWithdrawn
    return loaded
