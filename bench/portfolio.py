"""The portfolio against Cypher on the same store, against the memory it must touch, and over HTTP."""

import asyncio
import csv
import gc
import io
import multiprocessing
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import date
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import psutil
import uvicorn
from fastapi import FastAPI, Response

from app.domain.ledger import Head
from app.graph import Graph
from app.local_neo4j import Address
from app.main import create_app
from app.portfolio import load as loading
from app.portfolio import refresh
from app.portfolio.breaks import breaks
from app.portfolio.chains import Routes
from app.portfolio.judged import Judged
from app.portfolio.law import Law
from app.portfolio.money import Money
from app.portfolio.snapshot import Snapshot
from app.portfolio.surface import Portfolio
from app.portfolio.verdicts import Quality
from app.portfolio.world import Overlay, World
from app.questions.core import View
from app.settings import Settings
from app.who import EVERYTHING
from bench.routes import _asked, _free_port, _ready
from graph_schema.values import Standing
from tests.questions.cypher.breaks import breaks as cypher_breaks
from tests.questions.cypher.lift import lift as cypher_lift

DAY = date(2026, 6, 1)
ROUNDS, SECONDS = 5, 2.0
MOST_BREAKS_IN_CYPHER = 10_000
"""Of more projects the routes in Cypher, a statement a link, do not end in time."""
Measure = dict[str, Any]


async def measure(graph: Graph, address: Address, in_cypher: bool = True) -> list[Measure]:
    """Every ratio of the portfolio, over what stands in the store."""
    found: list[Measure] = []
    before = psutil.Process().memory_info().rss
    build, stream, snapshot = await _built(graph)
    items = sum(snapshot.counts().values())
    found.append(_told("build_vs_stream", build / stream, build_s=build, stream_s=stream, at_most=2))
    law = Law(snapshot, DAY)
    lift = _timed(lambda: _verdicts(snapshot, law))
    full = _timed(lambda: _all(snapshot, law))
    gc.collect()
    held = psutil.Process().memory_info().rss - before
    found.append(
        _told("bytes_per_item", held / items, items=items, columns=snapshot.nbytes / items, at_most=80)
    )
    floor = _floor(snapshot)
    found.append(_told("verdict_vs_floor", full / floor, ours_s=full, floor_s=floor, at_most=5))
    found.append(_told("lift_vs_floor", lift / floor, ours_s=lift, floor_s=floor))
    found += _suppositions(snapshot, law, lift)
    found.append(_told("csv_vs_writer", _csv(snapshot, law), at_least=0.5))
    if in_cypher:
        found += await _against_cypher(graph, snapshot, law, lift, full)
    return found + await _over_http(address)


def _told(name: str, ratio: float, **facts: Any) -> Measure:
    rounded = {key: round(value, 6) if isinstance(value, float) else value for key, value in facts.items()}
    return {"name": name, "ratio": round(ratio, 3)} | rounded


def _timed(work: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """The median of some runs after one to warm up, in seconds."""
    work()
    taken = []
    for _ in range(rounds):
        began = perf_counter()
        work()
        taken.append(perf_counter() - began)
    return median(taken)


async def _timed_async(work: Callable[[], Coroutine[Any, Any, Any]], rounds: int = 2) -> float:
    taken = []
    for _ in range(rounds):
        began = perf_counter()
        await work()
        taken.append(perf_counter() - began)
    return min(taken)


async def _built(graph: Graph) -> tuple[float, float, Snapshot]:
    """How long the snapshot takes, and how long the same lists take to arrive."""
    keeper = refresh.Keeper(graph, 100_000)
    stream = await _timed_async(lambda: loading.streamed(graph))
    began = perf_counter()
    snapshot = await keeper.at()
    return perf_counter() - began, stream, snapshot


def _verdicts(snapshot: Snapshot, law: Law) -> Judged:
    """Verdict and strength of every project."""
    judged = Judged(World(snapshot, DAY, EVERYTHING, law))
    judged.verdicts("Project")
    return judged


def _all(snapshot: Snapshot, law: Law) -> None:
    """Verdict, strength and break point of every project."""
    judged = _verdicts(snapshot, law)
    places = snapshot.places("Project")
    breaks(Routes(judged), np.arange(places.start, places.stop))


def _floor(snapshot: Snapshot) -> float:
    """What touching each tracing link once must take: a random gather each, and its bytes in a row."""
    links = [snapshot.links[label] for label in ("ADVANCES", "OPERATES", "CHANGES", "ENABLES")]
    target = np.concatenate([each["target"] for each in links])
    values = np.zeros(snapshot.rooms.ladder, np.uint8)
    gather = _timed(lambda: values[target])
    several = np.zeros(50_000_000, np.uint8)
    bandwidth = len(several) / _timed(lambda: several.sum(dtype=np.uint64))
    touched = sum(
        each[name].nbytes for each in links for name in ("source", "target", "standing", "strength")
    )
    return gather + touched / bandwidth


def _suppositions(snapshot: Snapshot, law: Law, lift: float) -> list[Measure]:
    links = snapshot.links["CHANGES"]
    some = {links.id(row): Standing.WITHDRAWN for row in range(min(10, len(links)))}
    overlay = Overlay(links=some)
    one = _timed(lambda: Judged(World(snapshot, DAY, EVERYTHING, law, overlay)).verdicts("Project"))
    portfolio = Portfolio(World(snapshot, DAY, EVERYTHING, law))
    processes = snapshot.records["Process"]
    without = [{processes.id(row)} for row in range(min(64, len(processes)))]
    many = _timed(lambda: portfolio.keeping(without, Quality.WAITS_FOR_LAW))
    changed = _timed(lambda: _after_one_change(snapshot, law))
    return [
        _told("whatif_vs_lift", one / lift, at_most=1.5),
        _told("whatif64_vs_lift", many / lift, at_most=3),
        _told("change_vs_lift", changed / lift, at_most=2),
    ]


def _after_one_change(snapshot: Snapshot, law: Law) -> None:
    """The verdicts after one link was taken back: its new row, merged, and a lift."""
    links = snapshot.links["CHANGES"]
    row = links.only(np.array([0]))
    columns = {**row.columns, "standing": np.full(1, 4, np.int8)}
    merged = links.merged(replace(row, columns=columns))[0]
    after = replace(snapshot, head=Head("", 1, None), links={**snapshot.links, "CHANGES": merged})
    _verdicts(after, law)


def _csv(snapshot: Snapshot, law: Law) -> float:
    """All verdicts as CSV: rows a second, against writing the same rows from memory."""
    names = ("id", "ref", "verdict", "strength", "breaks_at", "cost")
    portfolio = Portfolio(World(snapshot, DAY, EVERYTHING, law))
    records = portfolio.all("Project")
    rows = [tuple(row) for row in records.rows(*names)]

    def written(some: Any) -> None:
        csv.writer(io.StringIO()).writerows(some)

    ours = _timed(lambda: written(portfolio.all("Project").rows(*names)), 3)
    return _timed(lambda: written(rows), 3) / ours


async def _against_cypher(
    graph: Graph, snapshot: Snapshot, law: Law, lift: float, full: float
) -> list[Measure]:
    view = View(graph, EVERYTHING, DAY, snapshot)
    ids = snapshot.records["Project"].texts(np.arange(len(snapshot.records["Project"])))

    async def with_breaks() -> None:
        await cypher_breaks(view, await cypher_lift(view), ids)

    verdict = await _timed_async(lambda: cypher_lift(view), 1)
    told = [_told("verdict_vs_cypher", verdict / lift, ours_s=lift, cypher_s=verdict, at_least=75)]
    if len(ids) <= MOST_BREAKS_IN_CYPHER:
        breaks = await _timed_async(with_breaks, 1)
        told.append(_told("breaks_vs_cypher", breaks / full, ours_s=full, cypher_s=breaks))
    judged = _verdicts(snapshot, law)
    pence = Portfolio(judged.world).accounts.costs.of(0, len(ids))
    ours = _timed(lambda: Money(judged).flow(pence))
    money = await _timed_async(lambda: graph.rows(_MONEY, 300, day=DAY.isoformat()))
    return [*told, _told("money_vs_cypher", money / ours, ours_s=ours, cypher_s=money, at_least=50)]


_MONEY = """
MATCH (p:Project)-[:INCURS]->(c:Cost) WHERE p.status = 'live' WITH p, sum(c.amount) AS pence
CALL (p, pence) {
  MATCH (p)-[l:CHANGES]->(x) WHERE l.standing = 'accepted' AND coalesce(l.valid_to > $day, true)
  WITH pence, collect([x, coalesce(l.share, 1.0)]) AS ways
  WITH pence, ways, reduce(t = 0.0, w IN ways | t + w[1]) AS total UNWIND ways AS way
  RETURN way[0] AS x, pence * way[1] / total AS part
}
WITH x, sum(part) AS part
CALL (x, part) {
  WITH x, part WHERE x:PolicyInstrument RETURN x AS i, part AS reached
  UNION
  WITH x, part WHERE x:Process
  MATCH (x)-[l:OPERATES]->(i) WHERE l.standing = 'accepted' AND coalesce(l.valid_to > $day, true)
  WITH part, collect([i, coalesce(l.share, 1.0)]) AS ways
  WITH part, ways, reduce(t = 0.0, w IN ways | t + w[1]) AS total UNWIND ways AS way
  RETURN way[0] AS i, part * way[1] / total AS reached
}
WITH i, sum(reached) AS part
CALL (i, part) {
  MATCH (i)-[l:ADVANCES]->(g) WHERE l.standing = 'accepted' AND l.polarity = 'helps'
    AND coalesce(l.valid_to > $day, true)
  WITH part, collect([g, coalesce(l.share, 1.0)]) AS ways
  WITH part, ways, reduce(t = 0.0, w IN ways | t + w[1]) AS total UNWIND ways AS way
  RETURN way[0] AS g, part * way[1] / total AS reached
}
RETURN g.id AS goal, sum(reached) AS pence
"""
"""Money by share over accepted links, in floats: less than the portfolio does, and without its qualities."""


def _constant(body: bytes) -> FastAPI:
    app = FastAPI()

    @app.get("/constant")
    async def constant() -> Response:
        return Response(body, media_type="application/json")

    return app


def _serve(body: bytes | None, address: Address, port: int) -> None:
    settings = Settings(rate_per_minute=0)
    app = create_app(settings, address) if body is None else _constant(body)
    uvicorn.run(app, port=port, log_level="critical", access_log=False, server_header=False)


async def _over_http(address: Address) -> list[Measure]:
    """The first page of `unaligned`, nothing changed since, against a route that returns the same bytes."""
    path = f"/v1/questions/unaligned?valid_on={DAY.isoformat()}"
    ours, bare = _free_port(), _free_port()
    context = multiprocessing.get_context("spawn")
    service = context.Process(target=_serve, args=(None, address, ours), daemon=True)
    service.start()
    await _ready(ours)
    body, tag = await _fetched(ours, path)
    constant = context.Process(target=_serve, args=(body, address, bare), daemon=True)
    constant.start()
    try:
        await _ready(bare)
        rates = {
            clients: (
                await _asked(ours, path, clients, SECONDS),
                await _asked(bare, "/constant", clients, SECONDS),
            )
            for clients in (1, 16)
        }
        status = await _status(ours, path, tag)
    finally:
        for server in (service, constant):
            server.terminate()
            server.join()
    return [
        _told("page_vs_constant_16", rates[16][0] / rates[16][1], ours_per_second=rates[16][0], at_least=0.4),
        _told("page_vs_constant_1", rates[1][0] / rates[1][1], ours_per_second=rates[1][0]),
        _told("not_modified", float(status == 304), status=status, at_least=1),
    ]


async def _fetched(port: int, path: str) -> tuple[bytes, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
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
