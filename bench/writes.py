"""What one call that writes costs: checks, identifiers, receipt and ledger included, against the bare driver.

Rows come as JSON Lines and go through the planner and applier of batches and imports. The baseline is one
transaction of the bare driver that makes the same nodes and links, with no check and nothing besides.
"""

import json
from collections.abc import Awaitable, Callable
from statistics import median
from time import perf_counter
from typing import Any

import neo4j

from app import imports
from app.domain.sources import Source
from app.graph import Graph
from app.imports import Intake, files, jsonl
from app.local_neo4j import Address
from app.who import Stamp, new_id

PAIRS, WARM, ROWS = 20, 3, 1_000
OFFICE = Source("bench", "Measured")

BARE_NODES = "UNWIND $rows AS row CREATE (n:Record:Project) SET n = row"
BARE_LINKS = """
UNWIND $rows AS row MATCH (a:Record {id: row.source}) MATCH (b:Record {id: row.target})
CREATE (a)-[r:CHANGES]->(b) SET r = row.facts
"""
_BARE_CREATE = """
CREATE (n:Record:Project) SET n = $node WITH n
UNWIND $links AS row MATCH (b:Record {id: row.target}) CREATE (n)-[r:CHANGES]->(b) SET r = row.facts
"""

Timed = Callable[[], Awaitable[float]]
Line = dict[str, Any]


async def measure(graph: Graph, address: Address, pairs: int = PAIRS) -> list[dict[str, Any]]:
    """The ratios of creating one project with three links, of a batch, and of the same batch again."""
    ids = await processes(graph)
    async with neo4j.AsyncGraphDatabase.driver(
        address.uri, auth=(address.user, address.password), notifications_min_severity="OFF"
    ) as driver:
        bare = _Bare(driver, address.database, ids)
        return [
            await _compared("create_vs_raw", lambda: _create(graph, ids), bare.create, pairs, 2.5),
            await _compared("batch_vs_unwind", lambda: _batch(graph, ids), bare.batch, pairs, 3),
            await _again(graph, ids, pairs),
        ]


async def processes(graph: Graph) -> list[str]:
    """The ids of three new processes, for links to lead to."""
    keys = [new_id() for _ in range(3)]
    await sent(graph, [_record("Process", each) for each in keys])
    found = await graph.rows(
        """UNWIND $keys AS key MATCH (:Identifier {key: 'bench|' + key})-[:IDENTIFIES]->(n)
           RETURN n.id AS id""",
        keys=keys,
    )
    return [row["id"] for row in found]


def _record(kind: str, key: str) -> Line:
    return {
        "kind": kind,
        "facts": {"title": f"{kind} {key}", "identifiers": [{"scheme": "bench", "value": key}]},
    }


def _link(key: str, target: str) -> Line:
    return {"link": "CHANGES", "from": f"bench|{key}", "to": target, "facts": {"depth": "process"}}


async def sent(graph: Graph, lines: list[Line]) -> float:
    """Seconds that these lines take, from their bytes to the report."""
    data = "\n".join(json.dumps(line) for line in lines).encode()
    began = perf_counter()
    intake: Intake = jsonl.rows(files.lines(data, "bench"), None, None)
    report = await imports.run(graph, intake, OFFICE, Stamp(actor="bench"))
    seconds = perf_counter() - began
    assert report.counts["rejected"] == 0, report.rows[:3]
    return seconds


async def _create(graph: Graph, targets: list[str]) -> float:
    key = new_id()
    return await sent(graph, [_record("Project", key), *(_link(key, target) for target in targets)])


def many(targets: list[str], projects: int = ROWS) -> list[Line]:
    """Lines that state so many new projects and a link of each."""
    keys = [new_id() for _ in range(projects)]
    records = [_record("Project", key) for key in keys]
    return records + [_link(key, targets[at % len(targets)]) for at, key in enumerate(keys)]


async def _batch(graph: Graph, targets: list[str]) -> float:
    return await sent(graph, many(targets))


class _Bare:
    """What somebody would write by hand who checks nothing and keeps no account."""

    def __init__(self, driver: neo4j.AsyncDriver, database: str, targets: list[str]) -> None:
        self._driver, self._database, self._targets = driver, database, targets

    async def create(self) -> float:
        """Seconds that one project and its three links take, in one transaction."""
        links = [{"target": target, "facts": _facts()} for target in self._targets]
        return await self._timed((_BARE_CREATE, {"node": _node(), "links": links}))

    async def batch(self) -> float:
        """Seconds that the nodes and links of a batch take, in one transaction."""
        nodes, links = bare_rows(self._targets)
        return await self._timed((BARE_NODES, {"rows": nodes}), (BARE_LINKS, {"rows": links}))

    async def _timed(self, *statements: tuple[str, dict[str, Any]]) -> float:
        async def work(tx: neo4j.AsyncManagedTransaction) -> None:
            for query, parameters in statements:
                await (await tx.run(query, parameters)).consume()

        began = perf_counter()
        async with self._driver.session(database=self._database) as session:
            await session.execute_write(work)
        return perf_counter() - began


def bare_rows(targets: list[str], projects: int = ROWS) -> tuple[list[Line], list[Line]]:
    """The rows of so many nodes, and of a link of each."""
    nodes = [_node() for _ in range(projects)]
    links = [
        {"source": node["id"], "target": targets[at % 3], "facts": _facts()} for at, node in enumerate(nodes)
    ]
    return nodes, links


def _node() -> Line:
    """The properties of a project as the store keeps them, without what only this service keeps."""
    key = new_id()
    return {"id": key, "title": f"Project {key}", "state": "idea", "sensitivity": "open"}


def _facts() -> Line:
    return {"id": new_id(), "depth": "process", "mode": "alters", "strength": "moderate"}


async def _compared(name: str, ours: Timed, bare: Timed, pairs: int, at_most: float) -> dict[str, Any]:
    """The medians of both by turns, each first in every second pair."""
    mine, theirs = [], []
    for turn in range(WARM + pairs):
        if turn % 2:
            a, b = await ours(), await bare()
        else:
            b, a = await bare(), await ours()
        if turn >= WARM:
            mine.append(a)
            theirs.append(b)
    return told(name, mine, theirs, at_most)


async def _again(graph: Graph, targets: list[str], pairs: int) -> dict[str, Any]:
    """The same batch once more, unchanged, against its first time."""
    first, again = [], []
    for turn in range(WARM + pairs):
        lines = many(targets)
        once, twice = await sent(graph, lines), await sent(graph, lines)
        if turn >= WARM:
            first.append(once)
            again.append(twice)
    return told("again_vs_first", again, first, 0.6)


def told(name: str, ours: list[float], baseline: list[float], at_most: float) -> dict[str, Any]:
    """The ratio of the medians, and the limit it is to keep."""
    mine, base = median(ours), median(baseline)
    return {
        "name": name,
        "ratio": round(mine / base, 3),
        "median_ms": round(mine * 1_000, 2),
        "baseline_median_ms": round(base * 1_000, 2),
        "pairs": len(ours),
        "at_most": at_most,
    }
