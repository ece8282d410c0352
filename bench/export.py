"""The export of everything as JSON Lines, against the bare driver's stream of the same rows."""

from collections.abc import Awaitable, Callable
from statistics import median
from time import perf_counter
from typing import Any

import neo4j

from app.exports.documents import JsonLines, document
from app.exports.part import Part, Wanted
from app.graph import Graph
from app.local_neo4j import Address
from app.who import EVERYTHING

PAIRS, WARM = 20, 2
_STREAMS = (
    "MATCH (n:Record) RETURN n {.*, kind: labels(n)} AS n",
    "MATCH (a:Record)-[r]->(b:Record) RETURN a.id AS source, r {.*, kind: type(r)} AS r, b.id AS target",
)


async def measure(graph: Graph, address: Address) -> list[dict[str, Any]]:
    """The ratio of rows a second, over what stands in the store; medians of pairs taken by turns."""
    given = address
    async with neo4j.AsyncGraphDatabase.driver(given.uri, auth=(given.user, given.password)) as driver:
        ours, bare, rows = [], [], 0
        for turn in range(WARM + PAIRS):
            some = [await _timed(lambda: _exported(graph)), await _timed(lambda: _streamed(driver, given))]
            if turn >= WARM:
                (rows, seconds), (streamed, baseline) = some
                assert rows == streamed, (rows, streamed)
                ours.append(rows / seconds)
                bare.append(rows / baseline)
    return [
        {
            "name": "export_vs_stream",
            "ratio": round(median(ours) / median(bare), 3),
            "rows": rows,
            "rows_per_second": round(median(ours)),
            "baseline_rows_per_second": round(median(bare)),
            "at_least": 0.5,
        }
    ]


async def _timed(work: Callable[[], Awaitable[int]]) -> tuple[int, float]:
    began = perf_counter()
    rows = await work()
    return rows, perf_counter() - began


async def _exported(graph: Graph) -> int:
    lines = 0
    async for some in document(await Part.of(graph, Wanted(), EVERYTHING), JsonLines()):
        lines += some.count(b"\n")
    return lines - 2


async def _streamed(driver: neo4j.AsyncDriver, address: Address) -> int:
    rows = 0
    async with driver.session(database=address.database, default_access_mode=neo4j.READ_ACCESS) as session:
        for text in _STREAMS:
            async for _ in await session.run(text):
                rows += 1
    return rows
