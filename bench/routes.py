"""How many requests a second the service answers, against a hand-written minimal route over the bare driver.

Both run in processes of their own, over the same database and the same records, and are asked by turns.
"""

import asyncio
import multiprocessing
from statistics import median
from typing import Any

import neo4j
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from app.domain import receipts, records
from app.graph import Graph
from app.local_neo4j import Address
from app.main import create_app
from app.settings import Settings
from app.who import EVERYTHING, Stamp
from bench.clients import asked, free_port, ready
from graph_schema.delivery import Project

RECORDS, ROUNDS, SECONDS = 200, 3, 2.0
CLIENTS = (1, 16)

_FACTS = ", ".join(
    f".{name}" for name in Project.model_fields if name not in ("identifiers", "not_applicable")
)
_RECORD = f"""n {{.id, kind: 'Project', .revision, .status, source: n.source_system, .changed_at,
  facts: n {{{_FACTS}, identifiers: COLLECT {{
    MATCH (i:Identifier)-[:IDENTIFIES]->(n) RETURN i {{.scheme, .value}} }} }} }}"""
_ONE = f"MATCH (n:Project {{id: $id}}) RETURN {_RECORD} AS n"
_LIST = f"""MATCH (n:Project) WHERE n.status = 'live' AND n.id > '' WITH n ORDER BY n.id LIMIT 51
  RETURN collect({_RECORD}) AS n"""


class _Record(BaseModel):
    id: str
    kind: str
    revision: int
    status: str
    source: str
    changed_at: str
    facts: dict[str, Any]


class _Page(BaseModel):
    items: list[_Record]


def minimal(address: Address) -> FastAPI:
    """The route somebody would write by hand: the driver, one statement, a response model, nothing else."""
    app = FastAPI()
    driver = neo4j.AsyncGraphDatabase.driver(
        address.uri, auth=(address.user, address.password), notifications_min_severity="OFF"
    )

    async def ask(query: str, **parameters: Any) -> Any:
        async with driver.session(
            database=address.database, default_access_mode=neo4j.READ_ACCESS
        ) as session:
            found = await (await session.run(query, parameters)).single()
            return found["n"] if found else None

    @app.get("/projects/{id}", response_model=_Record)
    async def one(id: str) -> Any:
        return await ask(_ONE, id=id)

    @app.get("/projects", response_model=_Page)
    async def listed() -> Any:
        return {"items": (await ask(_LIST))[:50]}

    return app


def _serve(which: str, address: Address, port: int) -> None:
    app = minimal(address) if which == "minimal" else create_app(Settings(), address)
    uvicorn.run(app, port=port, log_level="critical", access_log=False, server_header=False)


async def _filled(graph: Graph) -> str:
    """Make the records that are asked for; gives the id of one of them."""
    id = ""
    for at in range(RECORDS):
        stamp = Stamp(actor="bench")
        key = ({"scheme": "bench", "value": f"{stamp.request}-{at}"},)
        facts = Project.model_validate(
            {"title": f"Project {at}", "tags": ("bench:project",), "identifiers": key}
        )
        made = await graph.write(receipts.once, stamp, records.create, Project, facts, stamp, EVERYTHING)
        id = made["id"]
    return id


async def measure(graph: Graph, address: Address) -> list[dict[str, Any]]:
    """Ratio of the service's requests a second to the minimal route's, for one record and a list of fifty."""
    id = await _filled(graph)
    ours, bare = free_port(), free_port()
    context = multiprocessing.get_context("spawn")
    servers = [
        context.Process(target=_serve, args=(which, address, port), daemon=True)
        for which, port in (("service", ours), ("minimal", bare))
    ]
    for server in servers:
        server.start()
    try:
        await asyncio.gather(ready(ours), ready(bare))
        return [
            await _compared(name, (ours, path), (bare, path.removeprefix("/v1")), clients)
            for name, path in (("GET one record", f"/v1/projects/{id}"), ("list fifty", "/v1/projects"))
            for clients in CLIENTS
        ]
    finally:
        for server in servers:
            server.terminate()
            server.join()


async def _compared(name: str, ours: tuple[int, str], bare: tuple[int, str], clients: int) -> dict[str, Any]:
    rates: list[tuple[float, float]] = []
    for turn in range(ROUNDS + 1):
        rate = (await asked(*ours, clients, SECONDS), await asked(*bare, clients, SECONDS))
        if turn:  # the first turn warms everything up
            rates.append(rate)
    mine, theirs = median(each[0] for each in rates), median(each[1] for each in rates)
    return {
        "name": f"{name}, {clients} client{'s' if clients > 1 else ''}, requests per second",
        "ratio": round(mine / theirs, 3),
        "requests_per_second": round(mine),
        "baseline_requests_per_second": round(theirs),
    }
