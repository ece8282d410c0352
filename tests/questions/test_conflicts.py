"""`conflicts`: what pulls against what."""

from collections import defaultdict
from random import Random

import pytest

from app.portfolio.verdicts import LIVE
from app.questions.conflicts import Conflicts
from app.who import EVERYTHING, Reader
from tests.build import a_cost, a_goal, a_process, a_project, an_instrument, an_organisation, link, store
from tests.questions.asking import a_case, asked
from tests.questions.conftest import Board
from tests.questions.oracle import World
from tests.questions.random_graphs import BEFORE, DAY, ORGANISATIONS, OURS, draw, everything


async def test_a_project_that_helps_one_goal_and_harms_another(board: Board) -> None:
    project, enabler, process, instrument = (
        a_project(title="P"),
        a_project(title="E"),
        a_process(),
        an_instrument(),
    )
    air, streets = a_goal(title="Air"), a_goal(title="Streets", priority=2)
    await store(
        board.graph, *a_case(project, a_cost("3.00")), enabler, process, instrument, air, streets,
        link("ENABLES", enabler, project), link("CHANGES", project, process),
        link("OPERATES", process, instrument), link("ADVANCES", instrument, air),
        link("ADVANCES", instrument, streets, polarity="harms"),
    )  # fmt: skip
    answer = await asked(board, Conflicts, sort="title")
    assert [(row.title, row.harms.title, row.priority) for row in answer.rows] == [
        ("E", "Streets", 2), ("P", "Streets", 2),
    ]  # fmt: skip
    assert answer.rows[1].sentence == "*P* harms the goal *Streets* while it helps *Air*."
    assert [each.title for each in answer.rows[1].helps] == ["Air"]
    assert answer.total is not None and str(answer.total[0].amount) == "3.00"
    assert (await asked(board, Conflicts, goal=[air.id])).rows == []


async def test_one_ends_what_another_promotes_and_harm_alone_is_no_conflict(board: Board) -> None:
    ends, promotes, alone = a_project(title="Ends"), a_project(title="Promotes"), a_project(title="Alone")
    parking, other = an_instrument(title="Parking"), an_instrument()
    air, untouched = a_goal(title="Air"), a_goal()
    await store(
        board.graph, ends, promotes, alone, parking, other, air, untouched,
        link("CHANGES", ends, parking, mode="retires"), link("CHANGES", promotes, parking),
        link("ADVANCES", parking, air, polarity="harms"), link("CHANGES", alone, other),
        link("ADVANCES", other, untouched, polarity="harms"),
    )  # fmt: skip
    (row,) = (await asked(board, Conflicts)).rows
    assert (row.title, row.helps, row.against_count) == ("Promotes", [], 1)
    assert row.sentence == "*Promotes* harms the goal *Air*; *Ends* helps *Air*."


async def test_what_waits_for_acceptance_is_hidden_or_not_under_way_does_not_pull(board: Board) -> None:
    ours, theirs = an_organisation(), an_organisation()
    harming, hoping = a_project(title="Harms"), a_project(title="Hopes")
    closed = a_project(title="Closed", state="closed")
    secret = a_project(title="Secret", organisation=theirs.id, sensitivity="restricted")
    bad, good, goal = an_instrument(), an_instrument(), a_goal()
    await store(
        board.graph, ours, theirs, harming, hoping, closed, secret, bad, good, goal,
        link("CHANGES", harming, bad), link("ADVANCES", bad, goal, polarity="harms"),
        link("CHANGES", hoping, good, standing="proposed"), link("CHANGES", closed, good),
        link("CHANGES", secret, good), link("ADVANCES", good, goal, valid_from="2026-06-01"),
    )  # fmt: skip
    assert (await asked(board, Conflicts, Reader(ours.id))).rows == []
    (row,) = (await asked(board, Conflicts)).rows
    assert [each.title for each in row.against] == ["Secret"]
    assert (await asked(board, Conflicts, valid_on="2026-05-31")).rows == []


Pull = tuple[set[str], dict[str, set[str]]]
"""The goals a project helps, and those it harms with the instruments it does that through."""


def pull(world: World, project: str) -> Pull:
    """By exhaustive search: every simple path to an instrument, and what that does from there."""
    helps, harms = set(), defaultdict(set)
    for links, end, polarity in world.paths(project, "helps", (project,)):
        if world.nodes[end]["kind"] != "PolicyInstrument" or world.worst(project, links) < 2:
            continue
        for each in world.out(end, "ADVANCES"):
            if min(world.link_quality(each), world.node_quality(each["target"])) >= 2:
                if each["polarity"] == polarity:
                    helps.add(each["target"])
                else:
                    harms[each["target"]].add(end)
    return helps, harms


def searched(world: World) -> set[tuple[str, ...]]:
    """Project, goal it harms, instruments, goals it helps and projects against it, of every conflict."""
    live = {
        id: pull(world, id)
        for id, node in world.nodes.items()
        if node["kind"] == "Project" and node["state"] in LIVE and world.sees(id) and world.current(id)
    }
    return {
        (id, goal, *sorted(through), "|", *sorted(helps), "|", *sorted(against))
        for id, (helps, harms) in live.items()
        for goal, through in harms.items()
        if (against := {each for each, (good, _) in live.items() if goal in good and each != id}) or helps
    }


@pytest.mark.parametrize(
    ("day", "reader"), [(DAY, EVERYTHING), (DAY, Reader(OURS.id)), (BEFORE, Reader(None))]
)
async def test_conflicts_are_what_an_exhaustive_search_finds(board: Board, day: str, reader: Reader) -> None:
    graphs = [draw(Random(seed)) for seed in range(200)]
    await store(board.graph, *everything(graphs))
    organisation = None if reader.sees_everything else reader.organisation or "nobody"
    expected = set()
    for graph in graphs:
        expected |= searched(World([*ORGANISATIONS, *graph], day, organisation))
    rows = (await asked(board, Conflicts, reader, valid_on=day, limit=10_000)).rows
    found = {
        (row.id, row.harms.id, *(each.id for each in row.through), "|", *(each.id for each in row.helps), "|",
         *(each.id for each in row.against))
        for row in rows
    }  # fmt: skip
    assert found == expected
    assert len(expected) > 10
