"""A link is load-bearing exactly where withdrawing it, and judging again, gives a worse verdict."""

from datetime import date
from random import Random

import pytest

from app.portfolio import surface
from app.portfolio.bearing import bearing
from app.portfolio.snapshot import Snapshot
from app.portfolio.verdicts import Verdict
from app.portfolio.world import Overlay
from app.who import EVERYTHING, Reader
from graph_schema.values import Standing
from tests.build import Drawn, Joined, a_goal, a_project, an_instrument, link
from tests.portfolio.memory import snapshot_of
from tests.questions.random_graphs import DAY, OURS, draw, everything

TRACING = ("ADVANCES", "OPERATES", "CHANGES", "ENABLES")
Worse = dict[str, dict[str, Verdict]]


def withdrawn_one_by_one(snapshot: Snapshot, reader: Reader) -> Worse:
    """Link -> the projects whose verdict is worse without it, and what it would be: each link tried."""
    today = surface.of(snapshot, date.fromisoformat(DAY), reader)
    before = dict(today.all("Project").rows("id", "verdict"))
    found: Worse = {}
    for label in TRACING:
        for id in today.links(label).column("id"):
            without = today.supposing(Overlay(links={id: Standing.WITHDRAWN}))
            after = dict(without.all("Project").rows("id", "verdict"))
            if flips := {each: after[each] for each in after if after[each] is not before[each]}:
                found[id] = flips
    return found


def told(snapshot: Snapshot, reader: Reader) -> Worse:
    portfolio = surface.of(snapshot, date.fromisoformat(DAY), reader)
    found = bearing(portfolio, portfolio.all("Project"))
    return {each.id: dict(each.projects) for each in found}


@pytest.mark.parametrize("seed", range(4))
def test_on_random_graphs_what_bears_is_what_its_withdrawal_shows(seed: int) -> None:
    random, bearing_links = Random(seed), 0
    for _ in range(15):
        snapshot = snapshot_of(everything([draw(random) for _ in range(3)]))
        for reader in (EVERYTHING, Reader(OURS.id)):
            shown = withdrawn_one_by_one(snapshot, reader)
            assert told(snapshot, reader) == shown
            bearing_links += len(shown)
    assert bearing_links > 20


def test_in_a_circle_of_enablers_every_link_to_the_only_way_out_bears() -> None:
    random = Random(9)
    for _ in range(40):
        projects = [a_project() for _ in range(6)]
        instruments, goal = [an_instrument() for _ in range(2)], a_goal()
        drawn: list[Drawn | Joined] = [*projects, *instruments, goal]
        drawn += [link("ADVANCES", each, goal) for each in instruments]
        drawn += [
            link("ENABLES", *random.sample(projects, 2), standing=random.choice(("accepted", "proposed")))
            for _ in range(random.randint(6, 11))
        ]
        drawn += [
            link("CHANGES", random.choice(projects), random.choice(instruments))
            for _ in range(random.randint(1, 2))
        ]
        snapshot = snapshot_of(drawn)
        assert told(snapshot, EVERYTHING) == withdrawn_one_by_one(snapshot, EVERYTHING)
