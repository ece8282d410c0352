"""What a large import costs against the bare UNWIND of its rows, and a small batch among many records."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from statistics import median
from time import perf_counter
from typing import Any

import neo4j
import psutil

from app import imports
from app.graph import Graph
from app.imports import files, jsonl
from app.imports.standing import batches
from app.local_neo4j import Address
from app.who import Stamp
from bench import writes
from bench.fill import fill
from bench.load import emptied

ROWS, ROUNDS = 100_000, 3
SMALL, LARGE, PAIRS, A_SMALL_BATCH = 10_000, 1_000_000, 20, 50
_STEP = 5_000


async def measure_import(graph: Graph, address: Address) -> list[dict[str, Any]]:
    """The ratio of an import of 100,000 rows, half of them links; and the memory it took and left."""
    targets = await writes.processes(graph)
    ours, bare, peaks, left = [], [], [], []
    async with neo4j.AsyncGraphDatabase.driver(
        address.uri, auth=(address.user, address.password), notifications_min_severity="OFF"
    ) as driver:
        for turn in range(ROUNDS + 1):
            before = _memory()
            seconds, peak = await _watched(lambda: _imported(graph, targets))
            baseline = await _unwound(driver, address.database, targets)
            if turn:  # the first turn warms everything up
                ours.append(seconds)
                bare.append(baseline)
                peaks.append(peak - before)
                left.append(_memory() - before)
    await emptied(graph)
    told = writes.told("import_vs_unwind", ours, bare, at_most=3.5)
    return [told | {"rows": ROWS, "peak_mb": median(peaks), "left_mb": median(left)}]


async def _imported(graph: Graph, targets: list[str]) -> float:
    data = "\n".join(json.dumps(line) for line in writes.many(targets, ROWS // 2)).encode()
    began = perf_counter()
    report = await imports.run(
        graph, jsonl.rows(files.lines(data, "bench"), None, None), writes.OFFICE, Stamp(actor="bench")
    )
    assert report.counts["created"] == ROWS, report.counts
    return perf_counter() - began


async def _unwound(driver: neo4j.AsyncDriver, database: str, targets: list[str]) -> float:
    nodes, links = writes.bare_rows(targets, ROWS // 2)
    began = perf_counter()
    for query, rows in ((writes.BARE_NODES, nodes), (writes.BARE_LINKS, links)):
        for some in batches(rows):
            await driver.execute_query(query, rows=some, database_=database)
    return perf_counter() - began


async def _watched(work: Callable[[], Awaitable[float]]) -> tuple[float, int]:
    """What the work gives, and the most memory this process had meanwhile, in MB."""
    peak = _memory()
    doing = asyncio.ensure_future(work())
    while not (await asyncio.wait({doing}, timeout=0.1))[0]:
        peak = max(peak, _memory())
    return doing.result(), peak


def _memory() -> int:
    return int(psutil.Process().memory_info().rss) // 2**20


async def measure_growth(graph: Graph, large: int = LARGE) -> list[dict[str, Any]]:
    """The ratio of a small batch among many records to the same among few."""
    targets = await writes.processes(graph)
    found = []
    stands = 0
    for size in (SMALL, large):
        for _ in range(stands, size, _STEP):
            await fill(graph, _STEP)
        stands = size
        taken = [await writes.sent(graph, writes.many(targets, A_SMALL_BATCH)) for _ in range(PAIRS + 3)]
        found.append(taken[3:])
    await emptied(graph)
    told = writes.told("batch_growth", found[1], found[0], at_most=1.3)
    return [told | {"records": large, "baseline_records": SMALL}]
