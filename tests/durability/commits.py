"""What the trial writes: commits of one entry and of a thousand, each under a key of its own."""

from app.domain import records
from app.domain.ledger import Done
from app.graph import Tx
from app.who import Stamp, new_id
from graph_schema.core import Identifier
from graph_schema.delivery import Project

SCHEME = "durability"

_CREATE = """
UNWIND $rows AS row
CREATE (n:Record:Project) SET n = row.properties
CREATE (i:Identifier)-[:IDENTIFIES]->(n) SET i = row.identifier
"""


async def commit(tx: Tx, stamp: Stamp, size: int) -> Done:
    """So many new records with their identifiers and ledger entries, in one transaction."""
    rows, entries = [], []
    for at in range(size):
        id = new_id()
        key = Identifier(scheme=SCHEME, value=f"{stamp.request}-{at}")
        facts = Project(title=f"Commit {stamp.request}", identifiers=(key,))
        properties = records.properties(facts, stamp, 1) | {"id": id}
        answer = records.shown(Project, id, properties, records.stated(facts))
        entries.append(records.entry("create", None, answer))
        rows.append(
            {
                "properties": properties,
                "identifier": records.identifier_nodes(facts, stamp.source)[0],
            }
        )
    await tx.rows(_CREATE, rows=rows)
    return Done({"key": stamp.request, "size": size}, tuple(entries))
