"""Every measurement against its baseline of the same run: `python -m bench --size 10000`."""

import argparse
import asyncio
import json
import os
import platform
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from app.graph import Graph
from app.local_neo4j import engine
from app.settings import Settings
from bench import access, export, load, many, peers, portfolio, routes, writes
from bench.fill import fill
from bench.generate import generate
from migrations import runner

BENCHES = ("load", "routes", "portfolio", "access", "export", "writes", "import", "growth", "peers")
USUAL = BENCHES[:6]
"""What is measured where nothing else is asked for; the others take many minutes."""
RESULTS = Path(__file__).parent / "results.json"

HEAP_MB = 1_024
MOST_IN_CYPHER = 200_000
"""Above this many records the Cypher baselines of the portfolio are left out: they do not end in time."""

Ratio = dict[str, Any]


async def _measured(only: tuple[str, ...], size: int, pairs: int) -> list[Ratio]:
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        engine(Settings(data=Path(folder), neo4j_uri=None, neo4j_heap_mb=HEAP_MB), progress=True) as address,
        Progress(transient=True, console=Console(stderr=True)) as progress,
    ):
        step = progress.add_task("Measuring", total=len(only) + 1)
        opened = Graph.connect(
            address.uri, address.user, address.password, address.database, read_timeout=600, write_timeout=120
        )
        async with opened as graph:
            await runner.migrate(graph)
            found: list[Ratio] = []
            if "load" in only:  # first: it empties the graph
                found += await load.measure(graph)
                progress.advance(step)
            if "portfolio" in only:
                await load.emptied(graph)
                await generate(graph, size)
                with _quiet():
                    found += await portfolio.measure(graph, address, in_cypher=size <= MOST_IN_CYPHER)
                await load.emptied(graph)
                progress.advance(step)
            if "export" in only:
                await generate(graph, size)
                found += await export.measure(graph, address)
                await load.emptied(graph)
                progress.advance(step)
            if "access" in only:
                with _quiet():
                    found += await access.measure(graph, address)
            if "writes" in only:
                found += await writes.measure(graph, address, pairs)
                progress.advance(step)
            if "import" in only:
                found += await many.measure_import(graph, address)
                progress.advance(step)
            if "growth" in only:
                found += await many.measure_growth(graph)
                progress.advance(step)
            if "peers" in only:
                with _quiet():
                    found += await peers.measure(graph, address)
                progress.advance(step)
            if "routes" not in only:
                return found
            await fill(graph, size)
            progress.advance(step)
            with _quiet():
                return found + await routes.measure(graph, address)


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


def _table(found: list[Ratio]) -> Table:
    table = Table(
        "Measured", "Ratio", "Limit", "Ours", "Baseline", title="Against the baseline of the same run"
    )
    for each in found:
        ours, baseline = (
            [value for name, value in each.items() if test(name)] for test in (_is_ours, _is_theirs)
        )
        told = str(each.get("ratio", each.get("skipped")))
        limit = f"at most {each['at_most']}" if "at_most" in each else f"at least {each.get('at_least', '')}"
        table.add_row(
            each["name"],
            told,
            limit if limit[-1] != " " else "",
            *(f"{side[0]:,}" if side else "" for side in (ours, baseline)),
        )
    return table


def _is_ours(name: str) -> bool:
    return name.endswith(("_per_second", "median_ms")) and not name.startswith("baseline")


def _is_theirs(name: str) -> bool:
    return name.startswith("baseline")


def main() -> None:
    """Measure, print a table and write `bench/results.json`."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--size", type=int, default=10_000, help="Records the routes are measured among.")
    parser.add_argument("--only", choices=BENCHES, action="append", help="Only this; may be repeated.")
    parser.add_argument("--pairs", type=int, default=writes.PAIRS, help="Pairs that writes are measured in.")
    asked = parser.parse_args()
    found = asyncio.run(_measured(tuple(asked.only or USUAL), asked.size, asked.pairs))
    told = {
        "size": asked.size,
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version(), "system": platform.system()},
        "ratios": [each for each in found if "ratio" in each],
        "skipped": [each for each in found if "skipped" in each],
    }
    RESULTS.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    Console().print(_table(found))


if __name__ == "__main__":
    main()
