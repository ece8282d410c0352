"""The first page of `unaligned` over HTTP, served by the one command, against a route of the same bytes."""

import asyncio
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter

import psutil
import uvicorn
from fastapi import FastAPI, Response

from app.domain import ledger
from app.graph import Graph
from app.local_neo4j import Address
from bench.clients import asked, free_port, ready
from bench.day import DAY
from bench.timing import Measure, timed_async, told

PATH = f"/v1/questions/unaligned?valid_on={DAY.isoformat()}"
ROUNDS, SECONDS = 5, 1.5
ALONE, MANY = 1, 16


def _constant(body: bytes, port: int) -> None:
    app = FastAPI()

    @app.get("/constant")
    async def constant() -> Response:
        return Response(body, media_type="application/json")

    uvicorn.run(app, port=port, log_level="critical", access_log=False, server_header=False)


@contextmanager
def _serving(address: Address, workers: int) -> Iterator[tuple[int, psutil.Process]]:
    """The service as it is started, with so many workers: its port and its first process."""
    port = free_port()
    environment = os.environ | {
        "GOLDEN_THREAD_NEO4J_URI": address.uri,
        "GOLDEN_THREAD_NEO4J_USER": address.user,
        "GOLDEN_THREAD_NEO4J_PASSWORD": address.password,
        "GOLDEN_THREAD_NEO4J_DATABASE": address.database,
        "GOLDEN_THREAD_PORTFOLIO_MEMORY_MB": "20000",
        "GOLDEN_THREAD_QUERY_TIMEOUT_S": "120",
        "GOLDEN_THREAD_RATE_PER_MINUTE": "0",
    }
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port), "--workers", str(workers)]
    service = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield port, psutil.Process(service.pid)
    finally:
        service.terminate()
        service.wait()


@contextmanager
def _beside(body: bytes) -> Iterator[int]:
    port = free_port()
    constant = multiprocessing.get_context("spawn").Process(target=_constant, args=(body, port), daemon=True)
    constant.start()
    try:
        yield port
    finally:
        constant.terminate()
        constant.join()


async def measure(graph: Graph, address: Address) -> list[Measure]:
    """Ratios of one process, that of its requests a second first."""
    with _serving(address, 1) as (port, _):
        await ready(port)
        began = perf_counter()
        body, tag = await fetched(port, PATH)
        first = perf_counter() - began
        with _beside(body) as bare:
            await ready(bare)
            rates = [await _both(port, bare, MANY) for _ in range(ROUNDS)]
            alone = [await _both(port, bare, ALONE) for _ in range(ROUNDS)]
        status = await _status(port, PATH, tag)
    ours, theirs = (median(each) for each in zip(*rates, strict=True))
    head = await timed_async(lambda: ledger.head(graph), 200)
    one = [1 / median(each) for each in zip(*alone, strict=True)]
    return [
        told(
            "page_vs_constant_16", ours / theirs, at_least=0.4, ours_per_second=ours,
            theirs_per_second=theirs, ours_s=1 / ours, bytes=len(body), first_answer_s=first,
        ),
        told(
            "page_above_constant_1", (one[0] - one[1]) / head, at_most=1, ours_s=one[0], theirs_s=one[1],
            head_read_s=head,
        ),
        told("not_modified", float(status == 304), at_least=1, status=status),
    ]  # fmt: skip


async def _both(port: int, bare: int, clients: int) -> tuple[float, float]:
    ours = await asked(port, PATH, clients, SECONDS)
    return ours, await asked(bare, "/constant", clients, SECONDS)


async def measure_two(address: Address, one: float) -> Measure:
    """Two processes over the same Neo4j: requests a second against one, and whether both say the same."""
    with _serving(address, 2) as (port, first):
        await ready(port)
        answers = [await fetched(port, PATH) for _ in range(24)]
        before = {each: each.cpu_times().user for each in first.children()}
        rates = [await asked(port, PATH, MANY, SECONDS) for _ in range(ROUNDS)]
        both = sum(each.cpu_times().user - begun > 0.2 for each, begun in before.items())
    rate = median(rates)
    return told(
        "workers_2_vs_1", rate / one, ours_per_second=rate, theirs_per_second=one,
        bodies=len({body for body, _ in answers}), processes_that_answered=both,
    )  # fmt: skip


async def fetched(port: int, path: str) -> tuple[bytes, str]:
    """The body and the tag of an answer, over a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    facts = dict(line.split(": ", 1) for line in head.lower().split("\r\n")[1:] if ": " in line)
    body = await reader.readexactly(int(facts["content-length"]))
    writer.close()
    assert head.startswith("HTTP/1.1 200"), head
    return body, facts["etag"]


async def _status(port: int, path: str, tag: str) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nIf-None-Match: {tag}\r\n\r\n".encode())
    line = (await reader.readline()).decode()
    writer.close()
    return int(line.split()[1])
