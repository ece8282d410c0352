"""The portfolio as it was known: today's, with everything that has changed since put back as it was.

What a thing was at a number of the ledger is what stood before its first later entry. So this costs what has
changed since, not what the ledger holds. Who sees what is always today's.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from app.domain.ledger import Head
from app.domain.moments import Moment
from app.graph import Graph
from app.portfolio.columns import Stored
from app.portfolio.kept import LINKS, RECORDS
from app.portfolio.once import once
from app.portfolio.refresh import at, link_stated, record_stated
from app.portfolio.snapshot import Snapshot
from app.portfolio.table import Table
from graph_schema import KIND_BY_NAME

T = TypeVar("T")

KEPT = 4
"""Pasts kept with the snapshot they were worked out from."""
ENTRIES = 10_000
"""Entries of the ledger looked at in one round trip."""

Before = tuple[str, str, str | None]
"""Kind or label, id, and what stood before the first later entry: JSON, None where there was nothing."""

_BEFORE = """
MATCH (c:Change) WHERE c.seq > $after AND c.seq <= $upto AND c.kind IN $kinds
WITH c ORDER BY c.seq WITH c.item AS item, collect(c)[0] AS c
RETURN collect([c.kind, item, c.before]) AS found
"""


async def then(graph: Graph, moment: Moment) -> Snapshot:
    """The snapshot of what was known at a moment, for readers as they are today."""
    now = await at(graph)
    if moment.number >= now.head.number:
        return now
    return await once(now.pasts, moment.number, KEPT, lambda: _then(graph, now, moment))


async def _then(graph: Graph, now: Snapshot, moment: Moment) -> Snapshot:
    head = Head(now.head.id, moment.number, moment.at)
    before = await changed(graph, moment.number, now.head.number)
    return await asyncio.to_thread(as_it_was, now, head, before)


async def changed(graph: Graph, after: int, upto: int) -> list[Before]:
    """What stood before each thing first changed after a number."""
    first: dict[str, Before] = {}
    for begin in range(after, upto, ENTRIES):
        end = min(begin + ENTRIES, upto)
        row = await graph.row(_BEFORE, after=begin, upto=end, kinds=[*RECORDS, *LINKS])
        for kind, item, before in row["found"] if row else ():
            first.setdefault(item, (kind, item, before))
    return list(first.values())


def as_it_was(now: Snapshot, head: Head, changed: Iterable[Before]) -> Snapshot:
    """The snapshot with these things as they stood before, and without those that were not there."""
    back: dict[str, list[Stored]] = defaultdict(list)
    new: dict[str, list[str]] = defaultdict(list)
    for kind, item, before in changed:
        if before is None:
            new[kind].append(item)
        elif kind in RECORDS:
            back[kind].append(record_stated(KIND_BY_NAME[kind], json.loads(before)))
        else:
            back[kind].append(link_stated(json.loads(before)))
    was = now.after(head, _of(RECORDS, back), _of(LINKS, back)).without(_of(RECORDS, new), _of(LINKS, new))
    touched = {*back, *new} & RECORDS.keys()
    return replace(was, rights={kind: _rights(now.records[kind], was.records[kind]) for kind in touched})


def _of(kinds: Iterable[str], found: dict[str, list[T]]) -> dict[str, list[T]]:
    return {kind: found[kind] for kind in kinds if kind in found}


def _rights(now: Table, was: Table) -> Table:
    """Today's columns that decide who sees a record, in the rows of then."""
    at = now.find(was.ids)
    return Table(was.ids, {name: now[name][at] for name in ("sensitivity", "organisation")})
