"""The portfolio against an exhaustive search in Python, on random graphs held in memory.

`GRAPHS=5000 pytest tests/portfolio/test_against_search.py` compares that many.
"""

import os
from datetime import date
from random import Random

import pytest

from app.portfolio.judged import Judged
from app.portfolio.verdicts import LEVELS, STRENGTHS, Verdict
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
    columns = (judged.quality[places], judged.strength[places], judged.goal_level[places])
    return {
        snapshot.records["Project"].id(at): Said(
            list(Verdict)[verdict].value,
            int(quality),
            STRENGTHS[strength - 1].value if strength else None,
            LEVELS[level - 1].value if level else None,
        )
        for at, (verdict, quality, strength, level) in enumerate(
            zip(judged.verdicts("Project"), *columns, strict=True)
        )
    }


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
                    said = search.says(id)
                    expected = Said(said.verdict, said.quality, said.strength, said.level)
                    assert found[id] == expected, (
                        f"seed {seed}, graph {number}, project {id}, {day}, {reader}"
                    )
