"""Every measurement against its baseline of the same run: `python -m bench --sizes 10000`."""

import argparse
import asyncio
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from app.graph import Graph
from app.local_neo4j import engine
from app.settings import Settings
from bench import access, export, load, many, peers, portfolio, report, routes, store, writes
from bench.fill import fill
from bench.timing import Measure
from migrations import runner

BENCHES = ("load", "routes", "portfolio", "access", "export", "writes", "import", "growth", "peers")
USUAL = BENCHES[:6]
"""What is measured where nothing else is asked for; the others take many minutes."""
HEAP_MB = 1_024


async def _of_portfolio(size: int, kept: Path | None, found: list[Measure]) -> None:
    """Measure the portfolio at one size, over a store of its own; what is known is written at once."""
    console = Console(stderr=True)
    async with store.filled(size, kept) as (graph, address):
        measured = portfolio.measure(
            graph, address, lambda says: console.print(f"[dim]{size:,} records: {says}[/]", highlight=False)
        )
        async for each in measured:
            found.append(each | {"size": size})
            report.write(found, _machine())


async def _others(only: tuple[str, ...], size: int, pairs: int) -> list[Measure]:
    """Everything else, over one store."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        engine(Settings(data=Path(folder), neo4j_uri=None, neo4j_heap_mb=HEAP_MB), progress=True) as address,
    ):
        opened = Graph.connect(
            address.uri, address.user, address.password, address.database, read_timeout=600, write_timeout=120
        )
        async with opened as graph:
            await runner.migrate(graph)
            found: list[Measure] = []
            if "load" in only:  # first: it empties the graph
                found += await load.measure(graph)
            if "export" in only:
                await store.generate(graph, size)
                found += await export.measure(graph, address)
                await load.emptied(graph)
            if "access" in only:
                with _quiet():
                    found += await access.measure(graph, address)
            if "writes" in only:
                found += await writes.measure(graph, address, pairs)
            if "import" in only:
                found += await many.measure_import(graph, address)
            if "growth" in only:
                found += await many.measure_growth(graph)
            if "peers" in only:
                with _quiet():
                    found += await peers.measure(graph, address)
            if "routes" in only:
                await fill(graph, size)
                with _quiet():
                    found += await routes.measure(graph, address)
            return [each | {"size": size} for each in found]


@contextmanager
def _quiet() -> Iterator[None]:
    """Let the service log each request as it does by default, and nobody read it."""
    shown = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(shown, 2)
        os.close(shown)


def _table(found: list[Measure]) -> Table:
    table = Table("Size", "Measured", "Ratio", "Limit", "Met", title="Against the baseline of the same run")
    for each in found:
        limit = report.limit_of(each)
        met = {True: "yes", False: "no"}.get(each.get("met"), "")
        table.add_row(
            f"{each['size']:,}", each["name"], str(each.get("ratio", each.get("skipped"))), limit, met
        )
    return table


def main() -> None:
    """Measure, print a table, and write `bench/results.json` and `docs/benchmarks.md`."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000], help="Records, of each portfolio.")
    parser.add_argument("--only", choices=BENCHES, action="append", help="Only this; may be repeated.")
    parser.add_argument("--pairs", type=int, default=writes.PAIRS, help="Pairs that writes are measured in.")
    parser.add_argument("--store", type=Path, help="Folder that keeps the generated stores for another run.")
    asked = parser.parse_args()
    only = tuple(asked.only or USUAL)
    found: list[Measure] = []
    if others := tuple(each for each in only if each != "portfolio"):
        found += asyncio.run(_others(others, min(asked.sizes), asked.pairs))
    for size in asked.sizes if "portfolio" in only else ():
        asyncio.run(_of_portfolio(size, asked.store, found))
    report.write(found, _machine())
    Console().print(_table(found))


def _machine() -> Measure:
    return {
        "cpus": len(psutil.Process().cpu_affinity()) if sys.platform == "linux" else os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "python": platform.python_version(),
        "system": platform.system(),
        "neo4j": f"{Settings().neo4j_version} Community",
    }


if __name__ == "__main__":
    main()
