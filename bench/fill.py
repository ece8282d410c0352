"""Records for the measurements to stand among."""

from app.domain import receipts, records
from app.domain.ledger import Done
from app.graph import Graph, Tx
from app.who import Stamp
from graph_schema.core import Identifier
from graph_schema.delivery import Project

BATCH = 1_000

_CREATE = """
UNWIND $rows AS row
CREATE (n:Record:Project) SET n = row.properties
CREATE (i:Identifier)-[:IDENTIFIES]->(n) SET i = row.identifier
"""


async def fill(graph: Graph, size: int) -> None:
    """Add so many projects, ledger included."""
    for start in range(0, size, BATCH):
        stamp = Stamp(actor="bench")
        await graph.write(receipts.once, stamp, _batch, stamp, range(start, min(start + BATCH, size)))


async def _batch(tx: Tx, stamp: Stamp, numbers: range) -> Done:
    rows, entries = [], []
    for number in numbers:
        key = Identifier(scheme="bench", value=f"{stamp.request}-{number}")
        facts = Project(title=f"Project {number}", tags=("bench:fill",), identifiers=(key,))
        properties = records.properties(facts, stamp, 1) | {"id": stamp.id(number)}
        shown = records.shown(Project, stamp.id(number), properties, records.stated(facts))
        entries.append(records.entry("create", None, shown))
        rows.append(
            {"properties": properties, "identifier": records.identifier_nodes(facts, stamp.source)[0]}
        )
    await tx.rows(_CREATE, rows=rows)
    return Done({}, tuple(entries))
