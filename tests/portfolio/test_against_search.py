"""The portfolio against an exhaustive search in Python, on random graphs held in memory.

`GRAPHS=5000 pytest tests/portfolio/test_against_search.py` compares that many.
"""

import os
from datetime import date
from random import Random
from typing import Any

import numpy as np
import pytest

from app.portfolio.breaks import Breaks, breaks
from app.portfolio.chains import Routes
from app.portfolio.judged import Judged
from app.portfolio.kept import TRACES
from app.portfolio.snapshot import Snapshot
from app.portfolio.verdicts import LEVELS, STRENGTHS, Reason, Verdict
from app.portfolio.world import World
from app.who import EVERYTHING, Reader
from tests.portfolio.memory import snapshot_of
from tests.questions.oracle import Said
from tests.questions.oracle import World as Search
from tests.questions.random_graphs import BEFORE, DAY, ORGANISATIONS, OURS, draw, everything

GRAPHS = int(os.environ.get("GRAPHS", "150"))
VIEWS = [(DAY, EVERYTHING), (DAY, Reader(OURS.id)), (BEFORE, Reader(None))]


def portfolio_says(judged: Judged) -> dict[str, Said]:
    """What the columns say of every project."""
    snapshot = judged.snapshot
    places = snapshot.places("Project")
    starts = np.arange(places.start, places.stop)
    routes = Routes(judged)
    chains, broken = routes.of(starts), breaks(routes, starts)
    columns = (judged.quality[places], judged.strength[places], judged.goal_level[places])
    told = zip(judged.verdicts("Project"), *columns, strict=True)
    return {
        snapshot.id(places.start + at): Said(
            list(Verdict)[verdict].value,
            int(quality),
            STRENGTHS[strength - 1].value if strength else None,
            LEVELS[level - 1].value if level else None,
            **route_of(judged, chains.get(places.start + at)),
            breaks_at=break_of(snapshot, broken, at),
        )
        for at, (verdict, quality, strength, level) in enumerate(told)
    }


def route_of(judged: Judged, chain: list[tuple[str, int]] | None) -> dict[str, Any]:
    """The links of the best route, and the weakest of them."""
    if chain is None:
        return {}
    links = judged.snapshot.links
    weakest = min(chain, key=lambda each: judged.world.strength(links[each[0]])[each[1]])
    return {
        "route": tuple(links[label].id(row) for label, row in chain),
        "weakest": links[weakest[0]].id(weakest[1]),
    }


def break_of(snapshot: Snapshot, broken: Breaks, at: int) -> tuple[str, str, str | None] | None:
    """Where a chain breaks: record, reason, link."""
    if broken.place[at] < 0:
        return None
    label = broken.link.label[at]
    link = None if label < 0 else snapshot.links[TRACES[label]].id(int(broken.link.row[at]))
    return snapshot.id(int(broken.place[at])), list(Reason)[broken.reason[at]].value, link


@pytest.mark.parametrize("seed", range(max(1, GRAPHS // 150)))
def test_every_verdict_agrees_with_exhaustive_search(seed: int) -> None:
    random = Random(seed)
    graphs = [draw(random) for _ in range(min(GRAPHS, 150))]
    snapshot = snapshot_of(everything(graphs))
    for day, reader in VIEWS:
        found = portfolio_says(Judged(World(snapshot, date.fromisoformat(day), reader)))
        for number, graph in enumerate(graphs):
            organisation = None if reader.sees_everything else reader.organisation or "nobody"
            search = Search([*ORGANISATIONS, *graph], day, organisation)
            for id, node in search.nodes.items():
                if node["kind"] == "Project" and search.sees(id):
                    assert found[id] == search.says(id), (
                        f"seed {seed}, graph {number}, project {id}, {day}, {reader}"
                    )
