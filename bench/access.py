"""What it costs to say who is asking, and whether time tells of what is hidden.

One record over HTTP with a key, against the bare driver's `execute_query` of the same Cypher; and a hidden
record against one that never was, asked in pairs by turns, their times compared by rank.
"""

import asyncio
import math
import multiprocessing
from collections.abc import Awaitable, Callable
from statistics import median
from time import perf_counter
from typing import Any

import neo4j
import numpy as np

from app.domain import keys, receipts, records
from app.domain.keys import NewKey, Secret
from app.graph import Graph
from app.keyring import OPERATOR
from app.local_neo4j import Address
from app.who import EVERYTHING, new_id
from bench.clients import free_port, ready
from bench.routes import _serve
from graph_schema.core import Node
from graph_schema.delivery import Project
from graph_schema.people import Organisation

GETS, PAIRS, WARM = 1_000, 200, 100
_SAME = f"MATCH (n:Project {{id: $id}}) WHERE true RETURN {records.LOADED} AS n"

Timed = Callable[[], Awaitable[float]]


async def measure(graph: Graph, address: Address) -> list[dict[str, Any]]:
    """Medians of one record with a key against the driver, and the p of the hidden against the absent."""
    ours, others = [await _made(graph, Organisation) for _ in range(2)]
    hidden = await _made(graph, Project, organisation=others, sensitivity="restricted")
    seen = await _made(graph, Project, organisation=ours)
    key = await _key(graph, ours)
    port = free_port()
    context = multiprocessing.get_context("spawn")
    server = context.Process(target=_serve, args=("service", address, port), daemon=True)
    server.start()
    try:
        await ready(port)
        return [await _against_the_driver(address, port, key, seen), await _hidden(port, key, hidden)]
    finally:
        server.terminate()
        server.join()
        await graph.schema("MATCH (n) WHERE n:Key OR n:Actor DELETE n")


async def _made(graph: Graph, kind: type[Node], **facts: Any) -> str:
    stamp = OPERATOR.stamp()
    stated = kind.model_validate({"title": "Measured", **facts})
    made = await graph.write(receipts.once, stamp, records.create, kind, stated, stamp, EVERYTHING)
    return str(made["id"])


async def _key(graph: Graph, organisation: str) -> str:
    secret, stamp = Secret.new(), OPERATOR.stamp()
    new = NewKey.model_validate({"title": "bench", "organisation": organisation, "roles": ["viewer"]})
    await graph.write(receipts.once, stamp, keys.create, new, secret, stamp)
    return secret.text


class _Client:
    """One connection, kept open, that brings a key."""

    def __init__(self, port: int, key: str) -> None:
        self._head = f"Host: localhost:{port}\r\nAuthorization: Bearer {key}\r\n\r\n"
        self._port = port

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)

    async def get(self, id: str) -> float:
        """Seconds that one answer takes."""
        began = perf_counter()
        self._writer.write(f"GET /v1/projects/{id} HTTP/1.1\r\n{self._head}".encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
        await self._reader.readexactly(int(length))
        return perf_counter() - began


async def _against_the_driver(address: Address, port: int, key: str, id: str) -> dict[str, Any]:
    client = _Client(port, key)
    await client.open()
    async with neo4j.AsyncGraphDatabase.driver(
        address.uri, auth=(address.user, address.password), notifications_min_severity="OFF"
    ) as driver:

        async def bare() -> float:
            began = perf_counter()
            await driver.execute_query(_SAME, id=id, database_=address.database, routing_="r")
            return perf_counter() - began

        ours, theirs = await _by_turns(lambda: client.get(id), bare, GETS)
    mine, base = median(ours), median(theirs)
    return {
        "name": "GET one record with a key, median, against the driver's execute_query",
        "ratio": round(mine / base, 3),
        "median_ms": round(mine * 1_000, 3),
        "baseline_median_ms": round(base * 1_000, 3),
    }


async def _hidden(port: int, key: str, hidden: str) -> dict[str, Any]:
    client, absent = _Client(port, key), new_id()
    await client.open()
    there, not_there = await _by_turns(lambda: client.get(hidden), lambda: client.get(absent), PAIRS)
    return {
        "name": f"GET a hidden record against one that never was, {PAIRS} pairs, median",
        "ratio": round(median(there) / median(not_there), 3),
        "rank_sum_p": round(rank_sum_p(there, not_there), 4),
        "median_ms": round(median(there) * 1_000, 3),
        "baseline_median_ms": round(median(not_there) * 1_000, 3),
    }


async def _by_turns(one: Timed, other: Timed, times: int) -> tuple[list[float], list[float]]:
    """Times of both, each first in every second pair, after some that warm up."""
    first, second = [], []
    for turn in range(WARM + times):
        if turn % 2:
            a, b = await one(), await other()
        else:
            b, a = await other(), await one()
        if turn >= WARM:
            first.append(a)
            second.append(b)
    return first, second


def rank_sum_p(first: list[float], second: list[float]) -> float:
    """Two-sided p of Wilcoxon's rank-sum test, by its normal approximation."""
    n, m = len(first), len(second)
    order = np.argsort(np.array([*first, *second]), kind="stable")
    ranks = np.empty(n + m)
    ranks[order] = np.arange(1, n + m + 1)
    z = (ranks[:n].sum() - n * (n + m + 1) / 2) / math.sqrt(n * m * (n + m + 1) / 12)
    return math.erfc(abs(z) / math.sqrt(2))
