"""How the snapshot is made and kept exact: read in bulk, then every entry of the ledger applied.

A number of the ledger is taken under the counter's lock: all of it is then in every index. The bulk read may
hold later changes already; entries carry the whole new state, so applying one twice does no harm.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from app.domain.ledger import HEAD, LOCK, Entry, Head, head_of, instant, written
from app.errors import OutOfMemory
from app.graph import Graph, Row, Tx
from app.portfolio.columns import Stored
from app.portfolio.kept import LINKS, RECORDS
from app.portfolio.load import Progress, load
from app.portfolio.once import keep_last
from app.portfolio.snapshot import Snapshot
from app.portfolio.table import Table, ids_packed
from app.settings import Settings
from graph_schema import KIND_BY_NAME, LINK_BY_LABEL
from graph_schema.core import Node
from graph_schema.cypher import labels, stored

PINNED = 8
"""Snapshots kept for further pages; they share what did not change."""
ENTRIES = 2_000
"""Most entries of one look at the ledger."""
BYTES_AT_LEAST, BYTES_PER_RECORD, BYTES_PER_LINK = 2**24, 400, 100
"""What is foreseen before anything is loaded; `make bench` tells it beside what was taken."""

_TOTALS = f"""
CALL () {{ MATCH (n:Record) RETURN count(n) AS records }}
CALL () {{ MATCH ()-[r:{labels(tuple(LINK_BY_LABEL.values()))}]->() RETURN count(r) AS links }}
"""
_STANDS = f"MATCH (l:Ledger {{name: 'ledger'}}) {_TOTALS} RETURN {HEAD}, records, links"
_NEWS = f"""
MATCH (l:Ledger {{name: 'ledger'}})
{_TOTALS}
CALL () {{
  MATCH (c:Change) WHERE c.seq > $after WITH c ORDER BY c.seq LIMIT {ENTRIES}
  RETURN collect([c.seq, c.item_kind, c.kind, c.item, c.before IS NULL, c.after,
                  toString(c.recorded_at)]) AS entries
}}
RETURN {HEAD}, records, links, entries
"""


@dataclass(frozen=True)
class Totals:
    """How many records and links the store holds, of kinds that are kept and not."""

    records: int
    links: int

    @property
    def bytes(self) -> int:
        """The memory that so many are foreseen to take."""
        return BYTES_AT_LEAST + self.records * BYTES_PER_RECORD + self.links * BYTES_PER_LINK


async def barrier(graph: Graph) -> tuple[Head, Totals]:
    """The ledger's number and the totals at that number: nobody is between an entry and its commit."""

    async def locked(tx: Tx) -> Row | None:
        await tx.rows(LOCK)
        return await tx.row(_STANDS)

    row = await graph.write(locked)
    assert row is not None, "the ledger node is made by the first migration"
    return head_of(row), Totals(row["records"], row["links"])


@dataclass(frozen=True)
class News:
    """What has happened since a number of the ledger."""

    head: Head
    """The number up to which the entries are whole."""
    number: int
    """The number the ledger has reached."""
    entries: list[list[Any]]
    totals: Totals


async def news(graph: Graph, after: int) -> News:
    """The entries after a number, up to the first that is not there yet, in one round trip."""
    row = await graph.row(_NEWS, after=after)
    assert row is not None, "the ledger node is made by the first migration"
    whole = [entry for number, entry in enumerate(row["entries"], after + 1) if entry[0] == number]
    head = head_of(row)
    at = instant(whole[-1][-1]) if whole else head.at
    return News(
        Head(head.id, after + len(whole), at), head.number, whole, Totals(row["records"], row["links"])
    )


def applied(snapshot: Snapshot, head: Head, entries: Iterable[list[Any]]) -> Snapshot:
    """The snapshot after these entries."""
    records: dict[str, dict[str, Stored]] = defaultdict(dict)
    links: dict[str, dict[str, Stored]] = defaultdict(dict)
    for _, _, kind, item, _, after, _ in entries:
        if kind in RECORDS:
            records[kind][item] = record_stated(KIND_BY_NAME[kind], json.loads(after))
        elif kind in LINKS:
            links[kind][item] = link_stated(json.loads(after))
    return snapshot.after(
        head,
        {kind: list(rows.values()) for kind, rows in records.items()},
        {label: list(rows.values()) for label, rows in links.items()},
    )


def hides(before: Snapshot, after: Snapshot, entries: Iterable[list[Any]]) -> bool:
    """Whether these entries change who may see a record, or take out of it what must not stand anywhere.

    Who may see what is always today's, so an answer of an earlier number is no longer anybody's.
    """
    changed: dict[str, list[str]] = defaultdict(list)
    for _, _, kind, item, is_new, told, _ in entries:
        if kind in RECORDS and not is_new:
            changed[kind].append(item)
            if _REDACTED in told:
                return True
    return any(_rescoped(before.records[kind], after.records[kind], ids) for kind, ids in changed.items())


_REDACTED = '"redacted":['
"""What only the entry of a redaction holds; in a text the quotation marks are written otherwise."""


def _rescoped(before: Table, after: Table, ids: list[str]) -> bool:
    packed = ids_packed(ids)
    packed = packed[:, before.find(packed) >= 0]
    old, new = before.find(packed), after.find(packed)
    return any((before[name][old] != after[name][new]).any() for name in ("sensitivity", "organisation"))


def record_stated(kind: type[Node], after: Row) -> Stored:
    """The stored properties of a record, from its envelope in the ledger."""
    facts = kind.model_validate(after["facts"])
    service = {"id": after["id"], "status": after["status"], "source_system": after["source"]}
    return stored(facts) | service | {"print": facts.fingerprint()}


def link_stated(after: Row) -> Stored:
    """The stored properties of a link and its ends, from its envelope in the ledger."""
    facts = LINK_BY_LABEL[after["kind"]].model_validate(after["facts"])
    ends = {end: (after[end]["kind"], after[end]["id"]) for end in ("from", "to")}
    return stored(facts) | after | ends


class Keeper:
    """Keeps the snapshot of one graph exact, for one process."""

    def __init__(self, graph: Graph, memory_mb: int, progress: Progress | None = None) -> None:
        self._graph, self._memory_mb, self._progress = graph, memory_mb, progress
        self._snapshot: Snapshot | None = None
        self._totals = Totals(0, 0)
        self._running: asyncio.Task[Snapshot] | None = None
        self._waiting: asyncio.Task[Snapshot] | None = None
        self._pinned: dict[tuple[str, int], Snapshot] = {}
        self._hidden = 0
        """Number at which something was last hidden or redacted: what was known before is shown no more."""
        self._merging = asyncio.Lock()

    def pin(self, snapshot: Snapshot) -> None:
        """Keep a snapshot for further pages of an answer; the last few that were pinned are kept."""
        keep_last(self._pinned, (snapshot.head.id, snapshot.head.number), snapshot, PINNED)

    def pinned(self, like: Snapshot, number: int) -> Snapshot | None:
        """The snapshot at an earlier number of the same ledger, if it is kept and may still be shown."""
        return self._pinned.get((like.head.id, number)) if number >= self._hidden else None

    async def at(self) -> Snapshot:
        """The snapshot at the number the ledger has reached by now.

        One look at the ledger serves every request that came before it began.
        """
        if self._waiting is None:
            self._waiting = asyncio.create_task(self._in_turn(self._running))
        return await asyncio.shield(self._waiting)

    async def _in_turn(self, before: asyncio.Task[Snapshot] | None) -> Snapshot:
        if before is not None:
            await asyncio.wait([before])
        self._running, self._waiting = self._waiting, None
        return await self._fresh()

    async def _fresh(self) -> Snapshot:
        snapshot = self._snapshot
        while True:
            if snapshot is None:
                snapshot = await self._rebuilt()
            told = await news(self._graph, snapshot.head.number)
            if told.head.id != snapshot.head.id or told.number < snapshot.head.number:
                snapshot = None
                continue
            snapshot = await self._followed(snapshot, told)
            if told.head.number < told.number:
                continue
            if told.totals == self._totals or await self._agrees(snapshot):
                self._snapshot = snapshot
                return snapshot
            snapshot = None

    async def _followed(self, snapshot: Snapshot, told: News) -> Snapshot:
        if not told.entries:
            return snapshot
        made = [kind for _, kind, _, _, is_new, *_ in told.entries if is_new]
        self._totals = Totals(
            self._totals.records + made.count("record"), self._totals.links + made.count("link")
        )
        after = await self._merged(snapshot, told.head, told.entries)
        if hides(snapshot, after, told.entries):
            self._hidden = after.head.number
        return after

    async def supposing(self, snapshot: Snapshot, entries: Iterable[Entry]) -> Snapshot:
        """The snapshot as it would be after entries that were never written."""
        told = [
            [0, "", entry.kind, entry.item, entry.before is None, written(entry.after), None]
            for entry in entries
        ]
        return await self._merged(snapshot, snapshot.head, told)

    async def _merged(self, snapshot: Snapshot, head: Head, entries: list[list[Any]]) -> Snapshot:
        """One at a time: snapshots share the words of their columns."""
        async with self._merging:
            return await asyncio.to_thread(applied, snapshot, head, entries)

    async def _agrees(self, snapshot: Snapshot) -> bool:
        """Whether the store holds as much as the ledger says, now nobody is half-way; or has moved on."""
        head, totals = await barrier(self._graph)
        return head.number != snapshot.head.number or totals == self._totals

    async def _rebuilt(self) -> Snapshot:
        """A new snapshot, from the bulk read and every entry that was committed while it went on."""
        head, self._totals = await barrier(self._graph)
        self._pinned.clear()
        self._hidden = 0
        self._foreseen()
        snapshot = await load(self._graph, head, self._totals.records + self._totals.links, self._progress)
        reached, _ = await barrier(self._graph)
        while snapshot.head.number < reached.number:
            told = await news(self._graph, snapshot.head.number)
            snapshot = await self._followed(snapshot, told)
        return snapshot

    def _foreseen(self) -> None:
        """Refuse to begin what would not fit."""
        needed = self._totals.bytes // 2**20
        if needed > self._memory_mb:
            raise OutOfMemory(
                f"The portfolio needs about {needed:,} MB of memory and may take {self._memory_mb:,}: set "
                "GOLDEN_THREAD_PORTFOLIO_MEMORY_MB to more."
            )


_KEEPERS: WeakKeyDictionary[Graph, Keeper] = WeakKeyDictionary()


def keep(graph: Graph, memory_mb: int | None = None, progress: Progress | None = None) -> Keeper:
    """The keeper of a graph's snapshot in this process; made when first asked for."""
    if graph not in _KEEPERS:
        allowed = Settings.model_fields["portfolio_memory_mb"].default if memory_mb is None else memory_mb
        _KEEPERS[graph] = Keeper(graph, allowed, progress)
    return _KEEPERS[graph]


async def at(graph: Graph, number: int | None = None) -> Snapshot:
    """The snapshot at the number the ledger has reached by now, or at an earlier one that is kept."""
    keeper = keep(graph)
    now = await keeper.at()
    return now if number is None else keeper.pinned(now, number) or now
