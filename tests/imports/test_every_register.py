"""All four registers in one graph. That a second load changes nothing is tested with each."""

import time
from collections.abc import AsyncIterator, Callable

import pytest

from app import imports
from app.graph import Graph
from tests.imports import registers


async def _loads(graph: Graph) -> AsyncIterator[tuple[str, imports.Report, float]]:
    for name, folder in registers.FOLDERS.items():
        began = time.monotonic()
        report = await registers.load(graph, name, folder)
        yield name, report, sum(report.counts.values()) / (time.monotonic() - began)


@pytest.mark.trial
@pytest.mark.real_data
@pytest.mark.timeout(1_200)
@pytest.mark.skipif(
    not all(folder.is_dir() for folder in registers.FOLDERS.values()),
    reason="the full registers are not there",
)
async def test_four_registers_share_one_graph(
    graph: Graph, record_property: Callable[[str, object], None]
) -> None:
    async for name, report, speed in _loads(graph):
        assert report.counts["rejected"] == 0, name
        record_property(f"{name}: rows a second", round(speed))
    for name in registers.FOLDERS:
        assert await registers.refuted(graph, name) == []
    row = await graph.row("MATCH (n:Record) RETURN count(DISTINCT n.source_system) AS sources")
    assert row == {"sources": 4}
