"""What a worker takes once it has the portfolio and every verdict, beyond an empty one."""

import asyncio
import gc
import multiprocessing
import resource
from multiprocessing.connection import Connection

import psutil

from app.graph import Graph
from app.local_neo4j import Address
from app.main import create_app
from app.portfolio import surface
from app.portfolio.refresh import Keeper, Totals
from app.settings import Settings
from app.who import EVERYTHING
from bench.day import DAY
from bench.timing import Measure, told

MEMORY_MB = 100_000


def measure(address: Address) -> Measure:
    """Bytes a record or link, in a process of its own; and what is foreseen before anything is loaded."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    worker = context.Process(target=_worker, args=(address, theirs))
    worker.start()
    facts: Measure = ours.recv()
    worker.join()
    return told("bytes_per_item", facts["bytes"] / facts["items"], at_most=80, **facts)


def _worker(address: Address, told_to: Connection) -> None:
    told_to.send(asyncio.run(_held(address)))


async def _held(address: Address) -> Measure:
    create_app(Settings())
    given = (address.uri, address.user, address.password, address.database)
    async with Graph.connect(*given, read_timeout=600) as graph:
        await graph.rows("RETURN 1 AS one")
        before = _resident()
        snapshot = await Keeper(graph, MEMORY_MB).at()
        loaded = _resident()
        portfolio = surface.of(snapshot, DAY, EVERYTHING)
        portfolio.judged.verdicts("Project")
        portfolio.broken("Project")
        counts = snapshot.counts()
        records = sum(counts[kind] for kind in snapshot.records)
        links = sum(counts[label] for label in snapshot.links)
        return {
            "bytes": _resident() - before,
            "items": records + links,
            "records": records,
            "links": links,
            "columns": snapshot.nbytes,
            "loaded": loaded - before,
            "empty": before,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before,
            "foreseen": Totals(records, links).bytes,
        }


def _resident() -> int:
    gc.collect()
    return int(psutil.Process().memory_info().rss)
