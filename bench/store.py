"""The store a size is measured over: made in a folder that is kept, or in one of its own."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.graph import Graph
from app.local_neo4j import Address, engine
from app.settings import Settings
from bench.generate import generate
from migrations import runner

_LARGE = 300_000
_RECORD_AND_ITS_LINKS = 5.4


def memory(size: int) -> tuple[int, int]:
    """Heap and page cache of Neo4j for so many records, in megabytes: enough for the statements in Cypher."""
    return (4_096, 3_072) if size > _LARGE else (1_536, 768)


@asynccontextmanager
async def filled(size: int, kept: Path | None) -> AsyncIterator[tuple[Graph, Address]]:
    """A graph of so many records; one that is kept is made once."""
    heap, cache = memory(size)
    with _folder(size, kept) as folder:
        settings = Settings(data=folder, neo4j_uri=None, neo4j_heap_mb=heap, neo4j_pagecache_mb=cache)
        with engine(settings, progress=True) as address:
            opened = Graph.connect(
                address.uri, address.user, address.password, address.database,
                read_timeout=600, write_timeout=120,
            )  # fmt: skip
            async with opened as graph:
                await runner.migrate(graph)
                if not (folder / "whole").exists():
                    await _generated(graph, size)
                    (folder / "whole").touch()
                yield graph, address


async def _generated(graph: Graph, size: int) -> None:
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True,
    ) as progress:  # fmt: skip
        task = progress.add_task("Records and links made", total=round(size * _RECORD_AND_ITS_LINKS))
        await generate(graph, size, lambda rows: progress.advance(task, rows))
    await graph.schema("CALL db.awaitIndexes(300)")


@contextmanager
def _folder(size: int, kept: Path | None) -> Iterator[Path]:
    if kept is None:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            yield Path(folder)
    else:
        folder_ = kept / str(size)
        folder_.mkdir(parents=True, exist_ok=True)
        yield folder_
