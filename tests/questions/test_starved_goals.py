"""`starved-goals`: which priority goals have nothing live behind them."""

from typing import Any
from zoneinfo import ZoneInfo

from app.questions.core import Answer, ask
from app.questions.starved_goals import StarvedGoals, StarvedGoalsRow
from app.who import EVERYTHING, Reader
from tests.build import a_goal, a_process, a_project, an_instrument, an_organisation, link, store
from tests.questions.conftest import DAY, Board


async def asked(board: Board, reader: Reader = EVERYTHING, **parameters: Any) -> Answer[StarvedGoalsRow]:
    question = StarvedGoals.model_validate({"valid_on": DAY, **parameters})
    return await ask(board.graph, question, reader, ZoneInfo("Europe/London"))


async def test_goals_without_a_live_project_by_a_counted_route_come_by_priority(board: Board) -> None:
    served, above = a_goal(title="Served", priority=1), a_goal(title="Above", priority=1)
    hoped, closed, bare = (
        a_goal(title="Hoped", priority=2),
        a_goal(title="Closed", priority=1),
        a_goal(title="Bare"),
    )
    past = a_goal(title="Past", valid_to="2025-01-01")
    instruments = [an_instrument(title=name) for name in "abc"]
    processes = [a_process() for _ in instruments]
    projects = [a_project(), a_project(), a_project(state="closed")]
    await store(
        board.graph, served, above, hoped, closed, bare, past, *instruments, *processes, *projects,
        *(link("OPERATES", *each) for each in zip(processes, instruments, strict=True)),
        *(link("ADVANCES", *each) for each in zip(instruments, (served, hoped, closed), strict=True)),
        link("CHANGES", projects[0], processes[0]), link("CHANGES", projects[2], processes[2]),
        link("CHANGES", projects[1], processes[1], standing="proposed"), link("PART_OF", served, above),
    )  # fmt: skip
    answer = await asked(board, finding=["no_counted_route"])
    assert [(row.title, row.waiting) for row in answer.rows] == [("Closed", 0), ("Hoped", 1), ("Bare", 0)]
    assert answer.rows[2].findings == ["no_counted_route", "no_instrument"]
    assert answer.rows[1].sentence == (
        "No live project serves the goal *Hoped*: 1 route waits for somebody to accept a link."
    )
    first = await asked(board, priority=1, finding=["no_counted_route"])
    assert [row.title for row in first.rows] == ["Closed"]
    assert answer.denominators.in_scope == 2


async def test_instruments_without_process_or_retiring_without_successor_are_found(board: Board) -> None:
    goal, other = a_goal(title="G"), a_goal(title="H")
    leaving = an_instrument(title="Leaving", state="retiring")
    replaced, successor = an_instrument(title="Replaced", state="retiring"), an_instrument(title="Next")
    process = a_process()
    await store(
        board.graph, goal, other, leaving, replaced, successor, process, link("ADVANCES", leaving, goal),
        link("ADVANCES", replaced, other), link("SUCCEEDED_BY", replaced, successor),
        link("OPERATES", process, replaced), link("OPERATES", process, leaving, standing="proposed"),
    )  # fmt: skip
    rows = {row.title: row for row in (await asked(board)).rows}
    assert rows["G"].findings == ["no_counted_route", "no_process", "retiring_without_successor"]
    assert [each.title for each in rows["G"].retiring] == ["Leaving"]
    assert rows["H"].findings == ["no_counted_route"]
    assert rows["G"].sentence == (
        "No live project serves the goal *G*: no process operates *Leaving*, which is to advance it, and "
        "*Leaving* is retiring and nothing is named to take its place."
    )


async def test_cycles_of_goals_and_hidden_goals_disturb_nothing(board: Board) -> None:
    ours, theirs = an_organisation(), an_organisation()
    one, two = a_goal(title="One", organisation=ours.id), a_goal(title="Two", organisation=ours.id)
    secret = a_goal(title="Secret", organisation=theirs.id, sensitivity="restricted")
    project, instrument = a_project(), an_instrument()
    await store(
        board.graph, ours, theirs, one, two, secret, project, instrument, link("PART_OF", one, two),
        link("PART_OF", two, one), link("PART_OF", secret, two), link("CHANGES", project, instrument),
        link("ADVANCES", instrument, secret),
    )  # fmt: skip
    assert [row.title for row in (await asked(board, Reader(ours.id))).rows] == ["One", "Two"]
    assert (await asked(board, finding=["no_counted_route"])).rows == []
    assert (await asked(board, organisation=[theirs.id], level=["national"])).rows == []
