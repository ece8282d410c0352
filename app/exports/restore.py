"""An archive back into an empty database, which then has a ledger of its own.

The ledger's node is marked first, and the mark goes with the last statement: until then nothing is served
from, or written to, the half that stands there. Another run begins again.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from itertools import groupby, islice
from typing import Any

from app.domain import ledger
from app.errors import Refusal
from app.exports.archive import KEPT, MEMBERS, Archive
from app.graph import Graph, Row, Tx
from app.who import new_id
from graph_schema import KIND_BY_NAME, LINK_BY_LABEL
from graph_schema.cypher import label

BATCH = 1_000
_CLEARED = 5_000

Progress = Callable[[int, int], None]
Finish = Callable[[Tx, Row], Awaitable[None]]
"""Says in the last transaction how far the database's migrations have come."""

_HOLDS = """
MATCH (l:Ledger {name: 'ledger'})
RETURN l.restoring IS NOT NULL AS again,
       l.next > 1 OR EXISTS { MATCH (:Record) } OR EXISTS { MATCH (:Change) } OR EXISTS { MATCH (:Key) }
       OR EXISTS { MATCH (:Actor) } OR EXISTS { MATCH (:Source) } AS holds
"""
_MARK = "MATCH (l:Ledger {name: 'ledger'}) SET l.restoring = $run"
_MINE = "MATCH (l:Ledger {name: 'ledger', restoring: $run}) SET l.name = l.name RETURN l.name AS name"
_CLEAR = (
    "MATCH ()-[r]->() WITH r LIMIT $most DELETE r RETURN count(*) AS gone",
    """MATCH (n) WHERE NOT n:Migration AND NOT n:MigrationLock AND NOT n:Ledger
       WITH n LIMIT $most DETACH DELETE n RETURN count(*) AS gone""",
)
_RECORDS = """
UNWIND $rows AS row
CREATE (n:Record:{label}) SET n = row.properties
FOREACH (i IN row.identifiers | CREATE (x:Identifier)-[:IDENTIFIES]->(n) SET x = i)
RETURN count(*) AS made
"""
_LINKS = """
UNWIND $rows AS row
MATCH (a:Record {{id: row.from}}) MATCH (b:Record {{id: row.to}})
CREATE (a)-[r:{label}]->(b) SET r = row.properties
RETURN count(*) AS made
"""
_ENTRIES = """
UNWIND $rows AS row
CREATE (c:Change) SET c = row, c.recorded_at = datetime(row.recorded_at)
RETURN count(*) AS made
"""
_KEPT = "UNWIND $rows AS row CREATE (n:`{node}`) SET n = row RETURN count(*) AS made"
_NODES = {"ledger": _ENTRIES} | {name: _KEPT.format(node=node) for name, (node, _) in KEPT.items()}
_END = """
MATCH (l:Ledger {name: 'ledger'})
OPTIONAL MATCH (c:Change {seq: $number})
SET l.id = $id, l.next = $number + 1, l.restoring = null,
    l.at = CASE WHEN c.recorded_at > l.at THEN c.recorded_at ELSE l.at END
"""

_NOT_EMPTY = (
    "The database holds something already, and a backup is put back into an empty one only. Set "
    "GOLDEN_THREAD_DATA to a new folder, or GOLDEN_THREAD_NEO4J_URI to a Neo4j whose database is empty."
)


async def put_back(graph: Graph, archive: Archive, finish: Finish, progress: Progress | None = None) -> str:
    """Fill the database with what the archive holds; answers the identity of the new ledger."""
    run, id = new_id(), new_id()
    await graph.write(_begin, run)
    for query in _CLEAR:
        while await graph.write(_cleared, run, query):
            pass
    done = 0
    for query, rows in _statements(archive):
        done += await graph.write(_batch, run, query, rows)
        if progress:
            progress(done, archive.manifest.lines)
    await graph.write(_ended, run, archive, id, finish)
    return id


async def _begin(tx: Tx, run: str) -> None:
    """Mark the ledger, or take over what another run has left; refuse a database that holds something."""
    await tx.rows(ledger.LOCK)
    row = await tx.row(_HOLDS)
    if row is None or (row["holds"] and not row["again"]):
        raise Refusal(_NOT_EMPTY)
    await tx.rows(_MARK, run=run)


async def _mine(tx: Tx, run: str) -> None:
    if await tx.row(_MINE, run=run) is None:
        raise Refusal("Another restore into this database has begun; this one has stopped.")


async def _cleared(tx: Tx, run: str, query: str) -> int:
    await _mine(tx, run)
    row = await tx.row(query, most=_CLEARED)
    return int(row["gone"]) if row else 0


async def _batch(tx: Tx, run: str, query: str, rows: list[Row]) -> int:
    await _mine(tx, run)
    row = await tx.row(query, rows=rows)
    if row is None or row["made"] != len(rows):
        raise Refusal("The archive holds a link to a record that it does not hold; take the backup again.")
    return len(rows)


async def _ended(tx: Tx, run: str, archive: Archive, id: str, finish: Finish) -> None:
    await _mine(tx, run)
    manifest = archive.manifest.model_dump(mode="json")
    await finish(tx, manifest)
    await tx.rows(_END, id=id, number=archive.manifest.ledger.number)


def _statements(archive: Archive) -> Iterator[tuple[str, list[Row]]]:
    """Each statement with its rows, in an order in which every link's ends are there."""
    for member in (each for each in MEMBERS if each in archive.manifest.members):
        if member in _NODES:
            for rows in _batched(archive.lines(member)):
                yield _NODES[member], rows
            continue
        for kind, lines in groupby(archive.lines(member), key=lambda row: row["kind"]):
            for rows in _batched(lines):
                yield _query(member, kind), rows


def _query(member: str, kind: str) -> str:
    if member == "records":
        return _RECORDS.replace("{label}", label(KIND_BY_NAME[kind]))
    return _LINKS.format(label=label(LINK_BY_LABEL[kind]))


def _batched(lines: Iterable[dict[str, Any]]) -> Iterator[list[Row]]:
    lines = iter(lines)
    while rows := list(islice(lines, BATCH)):
        yield rows
