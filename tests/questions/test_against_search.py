"""The verdict in Cypher against an exhaustive search in Python, on random graphs loaded many at a time."""

from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.questions.breaks import breaks
from app.questions.lift import lift
from app.questions.routes import best_routes
from app.who import EVERYTHING, Reader
from tests.build import Drawn, Joined, store
from tests.conftest import empty
from tests.questions.conftest import Board
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


async def answered(board: Board, ids: list[str], day: str, reader: Reader) -> dict[str, Said]:
    """What the product says of these projects; of those outside the scope of questions without a verdict."""
    view = await board.view(day, reader)
    lifted = await lift(view)
    rows = await board.rows(day, reader)
    routes = await best_routes(view, lifted, ids)
    broken = await breaks(view, lifted, ids)
    found = {}
    for id in ids:
        quality = lifted.best(id)[0]
        at = broken.get(id)
        route = routes.get(id)
        found[id] = Said(
            rows[id].verdict.value if id in rows else "",
            quality,
            lifted.strength(id),
            lifted.level(id),
            tuple(step.link for step in route.steps) if route else (),
            route.weakest.link if route else None,
            at and (at.id, at.reason.value, at.link),
        )
    return found


def agree(said: Said, found: Said) -> bool:
    """Whether both say the same; a project outside the scope of questions is given no verdict."""
    return said == found or (not found.verdict and said.__class__(**vars(said) | {"verdict": ""}) == found)


@pytest.mark.slow
@settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
async def test_every_verdict_agrees_with_exhaustive_search(board: Board, seed: int) -> None:
    random = Random(seed)
    graphs = [draw(random) for _ in range(GRAPHS)]
    await empty(board.graph)
    await store(board.graph, *everything(graphs))
    for day, reader in VIEWS:
        said, where = expected(graphs, day, reader)
        found = await answered(board, sorted(said), day, reader)
        wrong = [(where[id], said[id], found[id]) for id in said if not agree(said[id], found[id])]
        assert not wrong, f"{len(wrong)} of {len(said)} on {day}, such as {wrong[0]}"
