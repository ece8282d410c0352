"""How fast the import path loads each register, against the bare upsert of the same rows in the same run."""

import asyncio
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from app import imports
from app.graph import Graph, Tx
from app.imports import Adapter
from app.imports.standing import batches
from app.settings import Settings
from app.who import Stamp
from graph_schema import LINK_KINDS, NODE_KINDS
from graph_schema.cypher import label

ROUNDS = 3
SEED = Path(__file__).parent.parent / "seed_data"

_NODES = "UNWIND $rows AS row MERGE (n:Record:{label} {id: row.id}) SET n += row"
_LINKS = """
UNWIND $rows AS row
MATCH (a:Record {id: row.source}) MATCH (b:Record {id: row.target})
MERGE (a)-[r:{label} {id: row.id}]->(b) SET r += row.facts
"""

Rows = list[tuple[str, list[dict[str, Any]]]]


async def measure(graph: Graph) -> list[dict[str, Any]]:
    """The ratio of each register; of one that is not at hand, why there is none."""
    registers = {
        "uk-councils": SEED / "uk_councils",
        "legislation-gov-uk": SEED / "legislation_gov_uk",
        "canada-infobase": Settings().real_data / "canada_infobase",
        "archimate": Settings().real_data / "gemma_archimate",
    }
    return [
        await _measured(graph, adapter, registers[adapter.name])
        if registers[adapter.name].is_dir()
        else {
            "name": f"load_vs_unwind_{adapter.name}",
            "skipped": f"no {registers[adapter.name].name} in GOLDEN_THREAD_REAL_DATA",
        }
        for adapter in imports.ADAPTERS
    ]


async def _measured(graph: Graph, adapter: Adapter, folder: Path) -> dict[str, Any]:
    """Load the register into the graph, which is emptied, by turns with the bare upsert of its rows."""
    ours, bare = [], []
    rows: Rows = []
    for turn in range(ROUNDS + 1):
        await emptied(graph)
        began = perf_counter()
        count = await _load(graph, adapter, folder)
        seconds = perf_counter() - began
        rows = rows or await _stored(graph)
        await emptied(graph)
        began = perf_counter()
        await _upsert(graph, rows)
        baseline = perf_counter() - began
        if turn:  # the first turn warms the database up
            ours.append(count / seconds)
            bare.append(count / baseline)
    await emptied(graph)
    ratio = median(ours) / median(bare)
    return {
        "name": f"load_vs_unwind_{adapter.name}",
        "ratio": round(ratio, 3),
        "rows": count,
        "rows_per_second": round(median(ours)),
        "baseline_rows_per_second": round(median(bare)),
    }


async def emptied(graph: Graph) -> None:
    await graph.schema(
        """MATCH (n) WHERE NOT n:Migration AND NOT n:MigrationLock AND NOT n:Ledger
           CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS"""
    )


async def _load(graph: Graph, adapter: Adapter, folder: Path) -> int:
    intake = await asyncio.to_thread(adapter.read, folder)
    report = await imports.run(graph, intake, adapter.source, Stamp(actor="bench"))
    assert report.counts["created"] == len(intake.rows), report.counts
    return len(intake.rows)


async def _stored(graph: Graph) -> Rows:
    """The rows as the load left them, for the baseline to write again."""
    found: Rows = []
    for kind in NODE_KINDS:
        rows = await graph.rows(f"MATCH (n:{label(kind)}) RETURN properties(n) AS n ORDER BY n.id")
        found.append((_NODES.replace("{label}", label(kind)), [row["n"] for row in rows]))
    for link in LINK_KINDS:
        rows = await graph.rows(
            f"""MATCH (a)-[r:{label(link)}]->(b)
                RETURN r.id AS id, a.id AS source, b.id AS target, properties(r) AS facts ORDER BY id"""
        )
        found.append((_LINKS.replace("{label}", label(link)), rows))
    return found


async def _upsert(graph: Graph, rows: Rows) -> None:
    async def write(tx: Tx, /, query: str, some: list[dict[str, Any]]) -> None:
        await tx.rows(query, rows=some)

    for query, every in rows:
        for batch in batches(every):
            await graph.write(write, query, batch)
