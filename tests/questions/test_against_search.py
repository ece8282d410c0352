"""Columns, and the same in Cypher, against an exhaustive search in Python, on random graphs in the store."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.who import EVERYTHING, Reader
from tests.build import Drawn, Joined, store
from tests.conftest import empty
from tests.questions.conftest import Board
from tests.questions.cypher.breaks import breaks
from tests.questions.cypher.lift import lift
from tests.questions.cypher.routes import best_routes
from tests.questions.oracle import Said, World
from tests.questions.random_graphs import BEFORE, DAY, ORGANISATIONS, OURS, draw, everything

GRAPHS = 150
VIEWS = [(DAY, EVERYTHING), (DAY, Reader(OURS.id)), (BEFORE, Reader(None))]


def expected(
    graphs: list[list[Drawn | Joined]], day: str, reader: Reader
) -> tuple[dict[str, Said], dict[str, str]]:
    """What the search says of every project the reader sees, and a word on where it stands."""
    said, where = {}, {}
    for number, graph in enumerate(graphs):
        organisation = None if reader.sees_everything else reader.organisation or "nobody"
        world = World([*ORGANISATIONS, *graph], day, organisation)
        for id, node in world.nodes.items():
            if node["kind"] == "Project" and world.sees(id):
                said[id], where[id] = world.says(id), f"graph {number}, project {id}"
    return said, where


async def in_cypher(board: Board, ids: list[str], day: str, reader: Reader) -> dict[str, Said]:
    """What the lift in Cypher says of these projects, verdicts left out."""
    view = await board.view(day, reader)
    lifted = await lift(view)
    routes, broken = await best_routes(view, lifted, ids), await breaks(view, lifted, ids)
    return {
        id: said(
            lifted.best(id)[0], lifted.strength(id), lifted.level(id), routes.get(id),
            broken[id].reason if id in broken else None, broken.get(id), id in broken and broken[id].link,
        )
        for id in ids
    }  # fmt: skip


async def in_columns(board: Board, ids: list[str], day: str, reader: Reader) -> dict[str, Said]:
    """What the portfolio says of these projects, loaded from the store."""
    portfolio = (await board.view(day, reader)).portfolio
    routes, broken = portfolio.routes(ids), portfolio.breaks(ids)
    records = portfolio.some("Project", ids)
    found = {}
    for id, verdict, *worth in records.rows("id", "verdict", "quality", "strength", "level"):
        at = broken.get(id)
        link = at.link.link if at and at.link else None
        told = said(*worth, routes.get(id), at and at.reason, at, link)
        found[id] = replace(told, verdict=verdict.value)
    return found


def said(
    quality: int, strength: Any, level: Any, route: Any, reason: Any, at: Any, link: str | bool | None
) -> Said:
    """What one of them says, in the search's terms."""
    return Said(
        "",
        quality,
        strength,
        level,
        tuple(step.link for step in route.steps) if route else (),
        route.weakest.link if route else None,
        (at.id, reason.value, link or None) if at else None,
    )


@pytest.mark.slow
@settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
async def test_columns_and_cypher_agree_with_exhaustive_search(board: Board, seed: int) -> None:
    random = Random(seed)
    graphs = [draw(random) for _ in range(GRAPHS)]
    await empty(board.graph)
    await store(board.graph, *everything(graphs))
    for day, reader in VIEWS:
        searched, where = expected(graphs, day, reader)
        columns = await in_columns(board, sorted(searched), day, reader)
        cypher = await in_cypher(board, sorted(searched), day, reader)
        for id, found in searched.items():
            assert columns[id] == found, f"{where[id]} on {day}"
            assert cypher[id] == replace(found, verdict=""), f"{where[id]} on {day}"
