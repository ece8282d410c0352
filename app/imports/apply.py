"""A plan to the graph: one statement per kind and batch, with its ledger entries, each batch whole or not."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from app.domain import ledger, receipts, rules, sources
from app.domain.ledger import Done, NoLongerInUse
from app.domain.sources import Source
from app.errors import AlreadyExists, Fault
from app.graph import Graph, Tx
from app.imports.plan import Write
from app.imports.standing import BATCH, batches
from app.who import PEOPLE, Stamp
from graph_schema.core import Link
from graph_schema.cypher import label

Progress = Callable[[int, int], None]
"""Called with the number of rows done and of all rows."""


class Overtaken(Exception):
    """Somebody else changed what a decision rests on; read and decide again."""

    def __init__(self, ids: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.ids = ids
        """What it is that changed, where that is known."""


class Broken(Exception):
    """Links just written break rules that may not be broken; nothing was written."""

    def __init__(self, faults: dict[str, list[Fault]]) -> None:
        super().__init__()
        self.faults = faults
        """Id of each link -> why it cannot be."""


class _Rehearsed(Exception):
    """Ends a rehearsal, so that nothing of it stays."""


def in_batches(writes: list[Write]) -> list[list[Write]]:
    """The writes in the order they are made: all records before all links, each batch sorted by id.

    What fits one batch is one.
    """
    nodes = sorted((write for write in writes if not issubclass(write.kind, Link)), key=_order)
    links = sorted((write for write in writes if issubclass(write.kind, Link)), key=_order)
    if len(writes) <= BATCH:
        return [[*nodes, *links]] if writes else []
    return [batch for some in (nodes, links) for batch in batches(some)]


def _order(write: Write) -> tuple[str, bool, str]:
    return write.kind.__name__, write.revision is not None, write.id


@dataclass(frozen=True)
class Asserter:
    """Whose statements are written, and the edition they are of: to be registered, but for people."""

    source: Source
    edition: str
    stamp: Stamp


async def write(graph: Graph, parts: list[list[Write]], stamp: Stamp, by: Asserter | None = None) -> None:
    """Write all the parts in one transaction; raises `Overtaken`, nothing written, if out of date."""
    try:
        await graph.write(receipts.once, stamp, _done, parts, by)
    except AlreadyExists:
        raise Overtaken from None
    except NoLongerInUse as retired:
        raise _overtaken(parts, retired) from None


def _overtaken(parts: list[list[Write]], retired: NoLongerInUse) -> Overtaken:
    """Which new links were overtaken by the retirement of an end."""
    new = [write for part in parts for write in part if _is_claimed(write)]
    return Overtaken(frozenset(each.id for each in new if not retired.ids.isdisjoint(each.ends or ())))


def _is_claimed(write: Write) -> bool:
    return write.ends is not None and write.revision is None


async def rehearse(graph: Graph, parts: list[list[Write]], stamp: Stamp, by: Asserter) -> None:
    """Do what `write` does, the ledger included, then roll it back."""

    async def work(tx: Tx) -> None:
        done = await _done(tx, parts, by)
        await ledger.append(tx, done, stamp)
        raise _Rehearsed

    try:
        await graph.write(work)
    except _Rehearsed:
        pass
    except AlreadyExists:
        raise Overtaken from None
    except NoLongerInUse as retired:
        raise _overtaken(parts, retired) from None


async def _done(tx: Tx, parts: list[list[Write]], by: Asserter | None) -> Done:
    entries = []
    for writes in parts:
        for _, group in groupby(writes, key=lambda write: _order(write)[:2]):
            await _written(tx, list(group))
        entries += [write.entry for write in writes]
    if by is not None and by.stamp.caller is not None:
        joined = [write.entry.after for part in parts for write in part if _joins(write)]
        faults = await rules.broken(tx, joined, by.stamp.by.reader, by.stamp.at.date())
        if faults:
            raise Broken(faults)
    # Last, since whoever writes for the same source waits for it, as for the ledger.
    if by is not None and by.source.name != PEOPLE:
        await sources.register(tx, by.source, by.stamp.on, by.edition)
    every = [write for part in parts for write in part]
    made = {write.id for write in every if write.revision is None}
    ends = {end for write in every if _is_claimed(write) for end in write.ends or ()}
    return Done({"written": len(entries)}, tuple(entries), in_use=frozenset(ends - made))


def _joins(write: Write) -> bool:
    """Whether it makes or changes a link that stands afterwards."""
    return issubclass(write.kind, Link) and write.entry.action != "withdraw"


_CREATE = """
UNWIND $rows AS row
CREATE (n:Record:{label}) SET n = row.properties
FOREACH (i IN row.identifiers | CREATE (x:Identifier)-[:IDENTIFIES]->(n) SET x = i)
RETURN count(n) AS done, [] AS ids
"""
_CHANGE = """
UNWIND $rows AS row
MATCH (n:{label} {id: row.id}) SET n.id = n.id
WITH n, row WHERE n.revision = row.revision AND n.status = 'live'
SET n += row.properties
FOREACH (i IN row.identifiers | CREATE (x:Identifier)-[:IDENTIFIES]->(n) SET x = i)
RETURN count(n) AS done, collect(row.id) AS ids
"""
_CLAIM = """
UNWIND $rows AS row
MATCH (a:Record {id: row.source}) MATCH (b:Record {id: row.target})
WHERE a.status = 'live' AND b.status = 'live'
CREATE (a)-[r:{label}]->(b) SET r = row.properties
RETURN count(r) AS done, collect(row.id) AS ids
"""
_RESTATE = """
UNWIND $rows AS row
MATCH ()-[r:{label} {id: row.id}]->() SET r.id = r.id
WITH r, row WHERE r.revision = row.revision AND r.standing <> 'withdrawn'
SET r += row.properties
RETURN count(r) AS done, collect(row.id) AS ids
"""


async def _written(tx: Tx, writes: list[Write]) -> None:
    """Make writes that are of one kind, and all new or all changes."""
    kind, is_new = writes[0].kind, writes[0].revision is None
    new, changed = (_CLAIM, _RESTATE) if issubclass(kind, Link) else (_CREATE, _CHANGE)
    query = new if is_new else changed
    rows = [
        {
            "id": write.id,
            "revision": write.revision,
            "properties": write.properties,
            "identifiers": write.identifiers,
            "source": write.ends[0] if write.ends else None,
            "target": write.ends[1] if write.ends else None,
        }
        for write in writes
    ]
    row = await tx.row(query.replace("{label}", label(kind)), rows=rows)
    assert row is not None
    if row["done"] != len(writes):
        raise Overtaken(frozenset(write.id for write in writes) - set(row["ids"]))
