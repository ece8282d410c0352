"""`law-dependent`: which investments depend on a change in the law."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.questions.core import Answer, ask
from app.questions.law_dependent import LawDependent, LawDependentRow
from app.who import EVERYTHING, Reader
from tests.build import (
    Drawn,
    Joined,
    a_change,
    a_cost,
    a_goal,
    a_process,
    a_project,
    a_provision,
    an_instrument,
    an_organisation,
    link,
    store,
)
from tests.questions.conftest import DAY, Board


async def asked(board: Board, reader: Reader = EVERYTHING, **parameters: Any) -> Answer[LawDependentRow]:
    question = LawDependent.model_validate({"valid_on": DAY, **parameters})
    return await ask(board.graph, question, reader, ZoneInfo("Europe/London"))


def a_route(project: Drawn, instrument: Drawn, goal: Drawn) -> list[Drawn | Joined]:
    return [
        project,
        instrument,
        goal,
        link("CHANGES", project, instrument),
        link("ADVANCES", instrument, goal),
    ]


async def test_a_need_of_anything_on_a_route_is_the_projects(board: Board) -> None:
    enabler, project = a_project(title="Enabler"), a_project(title="P", go_live="2027-01-31")
    instrument, bill = an_instrument(title="I"), a_change(title="Bill", latest_in_force="2027-03-01")
    cost = a_cost("12.00")
    await store(
        board.graph, *a_route(project, instrument, a_goal()), enabler, bill, cost,
        link("ENABLES", enabler, project), link("NEEDS_CHANGE", instrument, bill),
        link("INCURS", project, cost),
    )  # fmt: skip
    answer = await asked(board)
    first, second = answer.rows
    assert (first.title, second.title) == ("P", "Enabler")
    assert (first.through.title, first.need, first.law, first.stage, first.outcome) == (
        "I", "blocking", "in_parliament", "first_house", "pending",
    )  # fmt: skip
    assert (first.slack_days, first.another_route, first.verdict) == (-29, False, "aligned_if_law_changes")
    assert answer.total is not None and [str(each.amount) for each in answer.total] == ["12.00"]
    assert first.sentence == (
        "*P* leads to the policy instrument *I*, which needs *Bill*, which is still before its legislature; "
        "no other route remains."
    )
    assert [row.title for row in (await asked(board, change=[bill.id])).rows] == ["P", "Enabler"]
    assert (await asked(board, change=[project.id])).rows == []


async def test_another_route_that_does_not_wait_for_it_is_seen(board: Board) -> None:
    project, waits, free, also = a_project(), an_instrument(), an_instrument(), an_instrument()
    bill, other, goal = a_change(title="A"), a_change(title="B"), a_goal()
    needs = [link("NEEDS_CHANGE", waits, bill), link("NEEDS_CHANGE", free, other)]
    await store(
        board.graph, *a_route(project, waits, goal), free, also, bill, other, *needs,
        link("CHANGES", project, free), link("ADVANCES", free, goal),
        link("CHANGES", project, also), link("ADVANCES", also, goal, standing="proposed"),
    )  # fmt: skip
    assert {row.change and row.change.title: row.another_route for row in (await asked(board)).rows} == {
        "A": True, "B": True,
    }  # fmt: skip
    await store(board.graph, link("NEEDS_CHANGE", free, bill))
    assert {row.change and row.change.title: row.another_route for row in (await asked(board)).rows} == {
        "A": False, "B": True,
    }  # fmt: skip


@pytest.mark.parametrize("effect", ["commence", "insert", "amend"])
async def test_law_not_in_force_names_the_change_that_brings_it(board: Board, effect: str) -> None:
    project, instrument = a_project(), an_instrument()
    section, order = (
        a_provision(title="S", intervals=[]),
        a_change(title="Order", stage="assent", outcome="made"),
    )
    due = [{"from": "2026-12-01"}]
    await store(
        board.graph, *a_route(project, instrument, a_goal()), section, order,
        link("GROUNDED_IN", instrument, section),
        link("AFFECTS", order, section, effect=effect, intervals=due),
    )  # fmt: skip
    (row,) = (await asked(board)).rows
    assert row.provision is not None and row.provision.title == "S"
    if effect == "amend":
        assert (row.change, row.law, row.in_force_on) == (None, "unappointed", None)
    else:
        assert row.change is not None and row.change.title == "Order"
        assert (row.law, str(row.in_force_on)) == ("dated_future", "2026-12-01")


async def test_partial_and_dead_needs_are_listed_and_what_leads_nowhere_is_not(board: Board) -> None:
    partial, dead, nowhere = a_project(title="Partial"), a_project(title="Dead"), a_project(title="Nowhere")
    served, dying, process = an_instrument(), an_instrument(), a_process()
    pending, fell = a_change(), a_change(outcome="fell")
    goal = a_goal()
    await store(
        board.graph, *a_route(partial, served, goal), dead, dying, nowhere, process, pending, fell,
        link("CHANGES", dead, dying), link("ADVANCES", dying, goal), link("NEEDS_CHANGE", dying, fell),
        link("NEEDS_CHANGE", partial, pending, need="partial"), link("CHANGES", nowhere, process),
        link("NEEDS_CHANGE", process, pending),
    )  # fmt: skip
    rows = {row.title: row for row in (await asked(board)).rows}
    assert rows.keys() == {"Partial", "Dead"}
    assert (rows["Partial"].verdict, rows["Partial"].another_route) == ("aligned", True)
    assert (rows["Dead"].verdict, rows["Dead"].law, rows["Dead"].slack_days) == ("unaligned", "never", None)


async def test_a_change_in_force_is_nobodys_dependency_and_hidden_ways_tell_nothing(board: Board) -> None:
    ours, theirs, goal = an_organisation(), an_organisation(), a_goal()
    mine, secret = (
        a_project(organisation=ours.id),
        an_instrument(organisation=theirs.id, sensitivity="restricted"),
    )
    bill, old = a_change(), a_change(stage="assent", outcome="in_force", in_force_on="2020-01-01")
    await store(
        board.graph, ours, theirs, *a_route(mine, secret, goal), bill, old,
        link("NEEDS_CHANGE", secret, bill), link("NEEDS_CHANGE", mine, old),
    )  # fmt: skip
    assert (await asked(board, Reader(ours.id))).rows == []
    assert [row.through.id for row in (await asked(board)).rows] == [secret.id]
