"""The service against FastAPI and neomodel doing the same, over HTTP and the same records.

The peer runs under the Python that BENCH_PEER_PYTHON names, which has bench/requirements.txt. Where there is
none, nothing is measured and the reason is told.
"""

import asyncio
import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from app.graph import Graph
from app.local_neo4j import Address
from app.who import new_id
from bench import clients, routes, writes
from bench.fill import fill
from bench.load import emptied

ROOT = Path(__file__).parent.parent
RECORDS, STEP, ROUNDS, SECONDS, CLIENTS, ROWS = 100_000, 5_000, 5, 2.0, 4, 200
PYTHON = os.environ.get("BENCH_PEER_PYTHON", sys.executable)


class Asked(NamedTuple):
    """One kind of request, as each side takes it."""

    name: str
    method: str
    ours: tuple[str, Callable[[], Any]]
    peers: tuple[str, Callable[[], Any]]


async def measure(graph: Graph, address: Address) -> list[dict[str, Any]]:
    """Ratio of the service's requests a second to the peer's, for each of four requests."""
    if not await asyncio.to_thread(_is_there):
        return [{"name": "peer", "skipped": "no neomodel: install bench/requirements.txt"}]
    for _ in range(0, RECORDS, STEP):
        await fill(graph, STEP)
    targets = await writes.processes(graph)
    row = await graph.row("MATCH (n:Project) RETURN n.id AS id LIMIT 1")
    assert row is not None
    with _served(address) as (ours, peers):
        await asyncio.gather(clients.ready(ours), clients.ready(peers))
        found = [await _compared(asked, ours, peers) for asked in _asks(row["id"], targets)]
    await emptied(graph)
    return found


def _is_there() -> bool:
    asked = [PYTHON, "-c", "import fastapi, neomodel, uvicorn"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


@contextmanager
def _served(address: Address) -> Any:
    """Both services in processes of their own; gives their ports."""
    ours, peers = clients.free_port(), clients.free_port()
    process = multiprocessing.get_context("spawn").Process(
        target=routes._serve, args=("service", address, ours), daemon=True
    )
    process.start()
    url = address.uri.replace("//", f"//{address.user}:{address.password}@")
    peer = subprocess.Popen([PYTHON, "-m", "bench.peer", url, str(peers)], cwd=ROOT)
    try:
        yield ours, peers
    finally:
        for each in (process, peer):
            each.terminate()
        process.join()
        peer.wait()


def _asks(id: str, targets: list[str]) -> list[Asked]:
    def nothing() -> None:
        return None

    def a_project() -> Any:
        return {"title": f"Project {new_id()}", "tags": ["bench:peer"]}

    def rows() -> Any:
        return {"rows": writes.many(targets, ROWS)}

    def projects() -> Any:
        links = [
            {"project": at, "process": targets[at % len(targets)], "depth": "process"} for at in range(ROWS)
        ]
        return {"projects": [a_project() for _ in range(ROWS)], "links": links}

    return [
        Asked("peer_get", "GET", (f"/v1/projects/{id}", nothing), (f"/projects/{id}", nothing)),
        Asked("peer_list", "GET", ("/v1/projects", nothing), ("/projects", nothing)),
        Asked("peer_create", "POST", ("/v1/projects", a_project), ("/projects", a_project)),
        Asked("peer_batch", "POST", ("/v1/batches", rows), ("/batch", projects)),
    ]


async def _compared(asked: Asked, ours: int, peers: int) -> dict[str, Any]:
    rates = []
    for turn in range(ROUNDS + 1):
        rate = [
            await _rate(port, asked.method, *told)
            for port, told in ((ours, asked.ours), (peers, asked.peers))
        ]
        if turn:  # the first turn warms everything up
            rates.append(rate)
    mine, theirs = (median(side) for side in zip(*rates, strict=True))
    return {
        "name": asked.name,
        "ratio": round(mine / theirs, 3),
        "requests_per_second": round(mine, 1),
        "baseline_requests_per_second": round(theirs, 1),
        "at_least": 1,
    }


async def _rate(port: int, method: str, path: str, body: Callable[[], Any]) -> float:
    """Requests a second that the clients get answered."""

    def request() -> bytes:
        sent = b"" if (stated := body()) is None else json.dumps(stated).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/json\r\n"
        return head.encode() + f"Content-Length: {len(sent)}\r\n\r\n".encode() + sent

    return await clients.rate(port, request, CLIENTS, SECONDS, b"20")
