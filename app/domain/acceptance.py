"""What the side a link points to does with it: accept, dispute, review. The second of the two keys."""

from dataclasses import dataclass

from app.domain import links, sides
from app.domain.access import Scope
from app.domain.authority import Action
from app.domain.ledger import Done
from app.errors import (
    AlreadyAccepted,
    AlreadyDisputed,
    Fault,
    Invalid,
    LinkWithdrawn,
    Moved,
    NotAccepted,
    NotAllowed,
    NotDisputed,
    NotFound,
    Retired,
    StaleRevision,
)
from app.graph import Row, Tx
from app.who import Reader, Stamp
from graph_schema.core import Link
from graph_schema.cypher import label


@dataclass(frozen=True)
class Seen:
    """What the caller read before deciding: both ends, by the fingerprints of their meaning."""

    source_print: str
    target_print: str


async def accept(
    tx: Tx, kind: type[Link], id: str, revision: int | None, stamp: Stamp, reader: Reader, seen: Seen
) -> Done:
    """The link counts from now on, resting on both ends as the caller read them. Ends a dispute too."""
    loaded = await _locked(tx, Action.ACCEPT, kind, id, revision, stamp, reader)
    if loaded["standing"] == "accepted":
        raise AlreadyAccepted
    _as_read(loaded, seen)
    return await links.written(tx, "accept", kind, loaded, accepted(loaded, stamp), stamp)


def accepted(loaded: Row, stamp: Stamp) -> Row:
    """What acceptance writes on a link."""
    return {
        "standing": "accepted",
        "accepted_by": stamp.actor,
        "accepted_on": stamp.on,
        "reviewed_on": stamp.on,
        "source_print": loaded["from"]["print"],
        "target_print": loaded["to"]["print"],
    }


async def dispute(
    tx: Tx, kind: type[Link], id: str, revision: int | None, stamp: Stamp, reader: Reader
) -> Done:
    """The link no longer counts, for the reason given; remarks may follow until it is settled."""
    _said(stamp, "dispute_without_reason", "Say why, so that the other side can answer.")
    loaded = await _locked(tx, Action.DISPUTE, kind, id, revision, stamp, reader)
    if loaded["standing"] == "disputed":
        raise AlreadyDisputed
    return await links.written(
        tx, "dispute", kind, loaded, {"standing": "disputed"} | links.UNACCEPTED, stamp
    )


async def reinstate(
    tx: Tx, kind: type[Link], id: str, revision: int | None, stamp: Stamp, reader: Reader
) -> Done:
    """The dispute is over: the link waits for acceptance again."""
    loaded = await _locked(tx, Action.DISPUTE, kind, id, revision, stamp, reader)
    if loaded["standing"] != "disputed":
        raise NotDisputed
    return await links.written(tx, "reinstate", kind, loaded, {"standing": "proposed"}, stamp)


async def remark(tx: Tx, kind: type[Link], id: str, stamp: Stamp, reader: Reader) -> Done:
    """A word of either side about a disputed link. It stands in the link's history and changes nothing."""
    _said(stamp, "remark_missing", "Say something.")
    loaded = await read(tx, kind, id, stamp, reader)
    if not sides.takes_part(stamp.by, kind, loaded["sides"]):
        says = "Only those who answer for one of its ends take part in a dispute."
        raise NotAllowed(says, faults=[Fault("", "not_a_party", says)])
    if loaded["standing"] != "disputed":
        raise NotDisputed
    shown = links.envelope(loaded)
    return links.done("remark", shown, shown)


async def review(
    tx: Tx,
    kind: type[Link],
    id: str,
    revision: int | None,
    stamp: Stamp,
    reader: Reader,
    seen: Seen,
    stands: bool = True,
) -> Done:
    """An accepted link looked at again: it stands, resting on both ends as the caller read them.

    Or it does not, and is withdrawn.
    """
    loaded = await _locked(tx, Action.REVIEW, kind, id, revision, stamp, reader)
    if loaded["standing"] != "accepted":
        raise NotAccepted
    _as_read(loaded, seen)
    if not stands:
        return await links.written(tx, "withdraw", kind, loaded, links.WITHDRAWN, stamp)
    restamped = {
        "reviewed_on": stamp.on,
        "source_print": loaded["from"]["print"],
        "target_print": loaded["to"]["print"],
    }
    return await links.written(tx, "review", kind, loaded, restamped, stamp)


def _said(stamp: Stamp, code: str, says: str) -> None:
    if not (stamp.reason or "").strip():
        raise Invalid(faults=[Fault("/reason", code, says)])


def _as_read(loaded: Row, seen: Seen) -> None:
    """Refuse where an end says something else by now, or is no longer in use."""
    if "retired" in (loaded["sides"]["source_status"], loaded["sides"]["target_status"]):
        raise Retired("A record at an end of the link is retired.")
    if (loaded["from"]["print"], loaded["to"]["print"]) != (seen.source_print, seen.target_print):
        raise Moved(revision=loaded["revision"], besides=links.besides(loaded))


async def read(tx: Tx, kind: type[Link], id: str, stamp: Stamp, reader: Reader) -> Row:
    """The link under its lock, with who answers for its ends."""
    scope = Scope(reader)
    row = await tx.row(
        f"""MATCH (a:Record)-[r:{label(kind)} {{id: $id}}]->(b:Record) WHERE {scope.sees("a", "b")}
            SET r.id = r.id WITH a, r, b
            RETURN {links.LOADED} AS r, {sides.SIDES} AS sides""",
        id=id,
        today=stamp.on,
        **scope.parameters,
    )
    if row is None:
        raise NotFound
    loaded: Row = row["r"] | {"sides": row["sides"]}
    return loaded


async def _locked(
    tx: Tx, action: Action, kind: type[Link], id: str, revision: int | None, stamp: Stamp, reader: Reader
) -> Row:
    """The link under its lock, for one who answers for the side it points to."""
    loaded = await read(tx, kind, id, stamp, reader)
    sides.require(stamp, action, kind, loaded["sides"])
    as_stands(loaded, revision)
    return loaded


def as_stands(loaded: Row, revision: int | None) -> None:
    """Refuse a link that is withdrawn, or has changed since the caller read it."""
    if loaded["standing"] == "withdrawn":
        raise LinkWithdrawn
    if revision is not None and loaded["revision"] != revision:
        raise StaleRevision(revision=loaded["revision"], besides=links.besides(loaded))
