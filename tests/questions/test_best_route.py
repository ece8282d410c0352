"""`best-route`: why do you say this project serves this goal."""

from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.errors import Invalid
from app.questions.best_route import BestRoute, BestRouteRow
from app.questions.core import Answer, ask
from app.who import EVERYTHING, Reader, new_id
from tests.build import (
    Drawn,
    a,
    a_goal,
    a_process,
    a_project,
    an_instrument,
    an_organisation,
    link,
    store,
)
from tests.questions.conftest import DAY, Board
from tests.questions.random_graphs import draw, everything


async def asked(
    board: Board, project: Drawn | str, reader: Reader = EVERYTHING, **parameters: Any
) -> Answer[BestRouteRow]:
    id = project if isinstance(project, str) else project.id
    question = BestRoute.model_validate({"valid_on": DAY, "project": id, **parameters})
    return await ask(board.graph, question, reader, ZoneInfo("Europe/London"))


async def test_each_goal_has_its_best_route_with_who_vouched_and_the_weakest_link(board: Board) -> None:
    project, process, instrument = a_project(title="P"), a_process(title="R"), an_instrument(title="I")
    near, far, survey = a_goal(title="Near"), a_goal(title="Far"), a("Evidence", title="Survey", grade="B")
    weak = link("CHANGES", project, process, strength="weak", evidence=[survey.id], rationale="So.")
    await store(
        board.graph, project, process, instrument, near, far, survey, weak,
        link("OPERATES", process, instrument), link("ADVANCES", instrument, near, strength="direct"),
        link("ADVANCES", instrument, far, standing="proposed"),
    )  # fmt: skip
    answer = await asked(board, project)
    first, second = answer.rows
    assert (first.rank, first.goal.title, first.quality, first.strength) == (1, "Near", 4, "weak")
    assert (second.rank, second.goal.title, second.quality, second.strength) == (2, "Far", 1, None)
    assert [each.kind for each in first.links] == ["CHANGES", "OPERATES", "ADVANCES"]
    assert [each.weakest for each in first.links] == [True, False, False]
    told = first.links[0]
    assert (told.accepted_by, told.accepted_on, told.claimed_by, told.rationale) == (
        "the owner", "2026-01-01", "the project", "So.",
    )  # fmt: skip
    assert [(each.title, each.grade) for each in told.evidence] == [("Survey", "B")]
    assert told.sentence == (
        "*P* changes the process *R* (weak), accepted by the owner on 2026-01-01, on *Survey*; the weakest "
        "link."
    )
    assert second.sentence.startswith("Money would go from *P* to the goal *Far*: ")
    assert answer.denominators.in_scope == 1


async def test_who_vouched_is_called_by_post_or_organisation_and_not_by_an_id(board: Board) -> None:
    council, project, instrument, goal = an_organisation(title="C"), a_project(), an_instrument(), a_goal()
    person, legal, other = a("Person"), new_id(), new_id()
    post = a("Post", title="Head of Law", holder=person.id, organisation=council.id)
    await store(
        board.graph, council, project, instrument, goal, person, post,
        link("CHANGES", project, instrument, service={"accepted_by": legal}),
        link("ADVANCES", instrument, goal, service={"accepted_by": other}),
    )  # fmt: skip
    made = "UNWIND $actors AS a CREATE (:Actor {id: a[0], organisation: $of, person: a[1]})"
    await board.graph.write(
        lambda tx: tx.rows(made, actors=[[legal, person.id], [other, None]], of=council.id)
    )
    (row,) = (await asked(board, project)).rows
    assert [each.accepted_for for each in row.links] == ["Head of Law", "C"]
    assert ", accepted by Head of Law on " in row.links[0].sentence


async def test_a_goal_above_is_reached_through_its_parts(board: Board) -> None:
    project, instrument, goal, above, other = a_project(), an_instrument(), a_goal(), a_goal(), a_goal()
    await store(
        board.graph, project, instrument, goal, above, other, link("CHANGES", project, instrument),
        link("ADVANCES", instrument, goal), link("PART_OF", goal, above),
        link("PART_OF", above, other, standing="proposed"),
    )  # fmt: skip
    (row,) = (await asked(board, project, goal=above.id)).rows
    assert (row.goal.id, [each.id for each in row.above]) == (goal.id, [above.id])
    elsewhere = await asked(board, project, goal=other.id)
    assert elsewhere.rows == [] and [note.code for note in elsewhere.notes] == ["no_route"]


async def test_without_a_route_it_is_said_where_the_chain_breaks(board: Board) -> None:
    project, process = a_project(title="P", state="closed"), a_process(title="R")
    await store(board.graph, project, process, link("CHANGES", project, process))
    answer = await asked(board, project)
    assert [note.detail for note in answer.notes] == [
        "No money goes from *P* to any goal: it changes the process *R*, and that process operates no policy "
        "instrument."
    ]


async def test_what_is_not_there_or_hidden_is_refused_alike(board: Board) -> None:
    ours, theirs, goal = an_organisation(), an_organisation(), a_goal()
    secret = a_project(organisation=theirs.id, sensitivity="restricted")
    mine = a_project(organisation=ours.id)
    await store(board.graph, ours, theirs, secret, goal, mine)
    for project in (new_id(), secret, goal):
        with pytest.raises(Invalid) as refused:
            await asked(board, project, Reader(ours.id))
        assert [(each.pointer, each.code) for each in refused.value.faults] == [
            ("/project", "reference_unknown")
        ]
    with pytest.raises(Invalid) as refused:
        await asked(board, mine, goal=new_id())
    assert [each.pointer for each in refused.value.faults] == ["/goal"]


async def test_the_first_of_its_routes_is_the_one_the_verdict_rests_on(board: Board) -> None:
    graphs = [draw(Random(seed)) for seed in range(80)]
    await store(board.graph, *everything(graphs))
    view = await board.view()
    projects = [
        each.id for graph in graphs for each in graph if isinstance(each, Drawn) and each.kind == "Project"
    ]
    routes = await board.routes(projects)
    assert len(routes) > 20
    for id in sorted(routes)[:40]:
        row = (await BestRoute(project=id).answer(view)).rows[0]
        assert [each.id for each in row.links] == [step.link for step in routes[id].steps]
        strength = view.portfolio.some("Project", [id]).column("strength")
        assert [(row.quality, row.strength)] == [(view.portfolio.quality(id), *strength)]
        assert [each.id for each in row.links if each.weakest] == [routes[id].weakest.link]
