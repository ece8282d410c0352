"""All four registers in one graph, each loaded twice."""

import time
from collections.abc import AsyncIterator, Callable

import pytest

from app import imports
from app.domain import ledger
from app.graph import Graph
from tests.imports import registers


async def _loads(graph: Graph) -> AsyncIterator[tuple[str, imports.Report, float]]:
    for name, folder in registers.FOLDERS.items():
        began = time.monotonic()
        report = await registers.load(graph, name, folder)
        yield name, report, sum(report.counts.values()) / (time.monotonic() - began)


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.timeout(1_200)
@pytest.mark.skipif(
    not all(folder.is_dir() for folder in registers.FOLDERS.values()),
    reason="the full registers are not there",
)
async def test_four_registers_share_one_graph_and_second_loads_change_nothing(
    graph: Graph, record_property: Callable[[str, object], None]
) -> None:
    created = {}
    async for name, report, speed in _loads(graph):
        assert report.counts["rejected"] == 0, name
        created[name] = report.counts["created"]
        record_property(f"{name}: rows a second", round(speed))
    number = (await ledger.head(graph)).number
    async for name, report, speed in _loads(graph):
        assert report.counts == {"created": 0, "changed": 0, "unchanged": created[name], "rejected": 0}
        record_property(f"{name}: rows a second, again", round(speed))
    assert (await ledger.head(graph)).number == number
    for name in registers.FOLDERS:
        assert await registers.refuted(graph, name) == []
    row = await graph.row("MATCH (n:Record) RETURN count(DISTINCT n.source_system) AS sources")
    assert row == {"sources": 4}
