"""The one ledger: every change, in the order of commits, without gaps. History and feed read it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from app.domain.access import Scope
from app.errors import HalfRestored
from app.graph import Graph, Row, Tx
from app.who import Reader, Stamp

Answer = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """What one change did to one record or link, or to the registration of a source."""

    action: str
    """create, change, retire, claim, withdraw, ..."""
    item: str
    kind: str
    """Kind of the record, or label of the link."""
    revision: int
    before: Answer | None
    after: Answer
    """The whole new state, so that applying an entry twice is harmless."""
    ends: tuple[str, ...]
    """The records that must be seen for the entry to be seen: the record itself, or both ends of the link."""
    item_kind: Literal["record", "link", "source"] = "record"

    def stored(self) -> dict[str, Any]:
        """The entry's properties, all but its number and the stamp's."""
        return {
            "action": self.action,
            "item": self.item,
            "item_kind": self.item_kind,
            "kind": self.kind,
            "revision": self.revision,
            "before": None if self.before is None else written(self.before),
            "after": written(self.after),
            "ends": list(self.ends),
        }


@dataclass(frozen=True)
class Done:
    """What a use case leaves for the ledger: the caller's answer, and the entries that tell what changed."""

    answer: Answer
    entries: tuple[Entry, ...] = ()
    receipt: Answer | None = None
    """What the receipt keeps of the answer, where that is less: a person's name stands in one place only."""
    in_use: frozenset[str] = frozenset()
    """Ids of records that must be in use still when the ledger's lock is held: who retires one is done by
    then, or comes after."""


class NoLongerInUse(Exception):
    """A record that was to be in use was retired meanwhile; nothing was written."""

    def __init__(self, ids: Iterable[str]) -> None:
        super().__init__()
        self.ids = frozenset(ids)


@dataclass(frozen=True)
class Head:
    """Where the ledger stands."""

    id: str
    """The ledger's identity: made with the database, new after a restore."""
    number: int
    at: str | None


_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def written(answer: Answer) -> str:
    """An answer as the ledger keeps it: compact JSON."""
    return _COMPACT.encode(answer)


_APPEND = """
MATCH (l:Ledger {name: 'ledger'}) WHERE l.restoring IS NULL
SET l.next = l.next + size($entries),
    l.at = CASE WHEN l.at > datetime.realtime('UTC') THEN l.at ELSE datetime.realtime('UTC') END
WITH l.at AS at, l.next - size($entries) AS first
CALL (at, first) {
  UNWIND range(0, size($entries) - 1) AS i
  WITH $entries[i] AS entry, first + i AS seq, at
  CREATE (c:Change) SET c = entry {.*, seq: seq, recorded_at: at}
}
WITH first, first + size($entries) - 1 AS last
OPTIONAL MATCH (r:Receipt {key: $receipt})
SET r.first = first, r.last = last, r.answer = $answer
RETURN first, last, COLLECT {
  UNWIND $in_use AS id MATCH (n:Record {id: id}) WHERE n.status <> 'live' RETURN id
} AS retired
"""

_UNCHANGED = "MATCH (r:Receipt {key: $receipt}) SET r.answer = $answer"


async def append(tx: Tx, done: Done, stamp: Stamp) -> None:
    """Number and keep the entries, and complete the request's receipt. The last statement of its transaction.

    Takes the ledger's lock, so nothing may wait after it. Without entries no number is taken.
    """
    entries, answer = done.entries, done.answer if done.receipt is None else done.receipt
    if not entries:
        await tx.rows(_UNCHANGED, receipt=stamp.request, answer=written(answer))
        return
    by = {
        "actor": stamp.actor,
        "source": stamp.source,
        "reason": stamp.reason,
        "request": stamp.request,
    }
    # Everything of an entry is set at once: each further SET of a property updates every index anew.
    numbered = await tx.row(
        _APPEND,
        entries=[by | entry.stored() for entry in entries],
        receipt=stamp.request,
        answer=written(answer),
        in_use=sorted(done.in_use),
    )
    if numbered is None:
        raise HalfRestored
    if numbered["retired"]:
        raise NoLongerInUse(numbered["retired"])


# A statement of its own, of a property that never changes: `SET l.next = l.next` reads before it is locked,
# and then puts back a number that others have passed.
LOCK = "MATCH (l:Ledger {name: 'ledger'}) SET l.name = l.name"
"""Takes the counter's lock: once it is held, nobody is between an entry and its commit."""
HEAD = "l.id AS id, l.next - 1 AS number, toString(l.at) AS at, l.restoring AS restoring"
"""What `head_of` reads of the ledger's node `l`."""
_HEAD = f"MATCH (l:Ledger {{name: 'ledger'}}) RETURN {HEAD}"


def head_of(row: Row | None) -> Head:
    """Where the ledger stands; refused where a backup is being put back, or was half put back."""
    assert row is not None, "the ledger node is made by the first migration"
    if row["restoring"]:
        raise HalfRestored
    return Head(row["id"], row["number"], instant(row["at"]))


async def head(graph: Graph) -> Head:
    """The ledger's identity and the last number it has given."""
    return head_of(await graph.row(_HEAD))


async def reached(graph: Graph) -> Head:
    """Where the ledger stands once everything that has a number is committed, and in every index."""

    async def locked(tx: Tx) -> Row | None:
        await tx.rows(LOCK)
        return await tx.row(_HEAD)

    return head_of(await graph.write(locked))


def instant(text: str | None) -> str | None:
    """A stored instant as RFC 3339 in UTC to the second."""
    return None if text is None else text[:19] + "Z"


LAST = 2**62
"""A number the ledger never gives: everything comes before it."""

_ENTRY = """c {.seq, .actor, .source, .action, .item, .item_kind, .kind, .revision, .before, .after, .reason,
               recorded_at: toString(c.recorded_at)}"""


def _read(entry: dict[str, Any]) -> Answer:
    entry["recorded_at"] = instant(entry["recorded_at"])
    for side in ("before", "after"):
        entry[side] = None if entry[side] is None else json.loads(entry[side])
    return entry


async def history(
    graph: Graph,
    item: str,
    after: int = 0,
    limit: int = 100,
    until: int | None = None,
    action: str | None = None,
) -> list[Answer]:
    """The entries of one record or link, oldest first, up to the number `until`, of one action or all.

    The caller has shown that its reader may see it.
    """
    rows = await graph.rows(
        f"""MATCH (c:Change) WHERE c.item = $item AND c.seq > $after AND c.seq <= $until
              AND ($action IS NULL OR c.action = $action)
            RETURN {_ENTRY} AS entry ORDER BY c.seq LIMIT $limit""",
        item=item,
        after=after,
        until=LAST if until is None else until,
        action=action,
        limit=limit,
    )
    return [_read(row["entry"]) for row in rows]


async def about(graph: Graph, items: Iterable[str], after: int, until: int, reader: Reader) -> list[Answer]:
    """The entries about these things after one number up to another that the reader may see, in order."""
    rows = await graph.rows(
        f"""UNWIND $items AS item
            MATCH (c:Change) WHERE c.item = item AND c.seq > $after AND c.seq <= $until AND {_seen(reader)}
            RETURN {_ENTRY} AS entry ORDER BY c.seq""",
        items=sorted(items),
        after=after,
        until=until,
        **Scope(reader).parameters,
    )
    return [_read(row["entry"]) for row in rows]


def _seen(reader: Reader) -> str:
    """Cypher predicate: the reader may see all that an entry `c` is about."""
    if reader.sees_everything:
        return "true"
    return f"all(e IN c.ends WHERE EXISTS {{ (m:Record {{id: e}}) WHERE {Scope(reader).sees('m')} }})"


@dataclass(frozen=True)
class Feed:
    """A stretch of the ledger."""

    entries: list[Answer]
    next: int
    """The number to ask after next time."""


async def changes(graph: Graph, after: int, limit: int, reader: Reader) -> Feed:
    """The entries after a number, in order, up to the first number that is not there yet.

    A reader sees gaps where things are hidden; `next` passes over them.
    """
    rows = await graph.rows(
        f"""MATCH (c:Change) WHERE c.seq > $after
            WITH c ORDER BY c.seq LIMIT $limit
            RETURN c.seq AS seq, CASE WHEN {_seen(reader)} THEN {_ENTRY} END AS entry ORDER BY seq""",
        after=after,
        limit=limit,
        **Scope(reader).parameters,
    )
    prefix = []
    for row in rows:
        if row["seq"] != after + 1:
            break
        after += 1
        prefix.append(row["entry"])
    return Feed([_read(entry) for entry in prefix if entry is not None], after)
