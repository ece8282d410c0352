"""`money-by-goal` and `money-by-organisation`: where the money goes, every pound once."""

from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.portfolio.verdicts import Verdict
from app.questions.core import Answer, Sum, ask
from app.questions.money_by_goal import MoneyByGoal
from app.questions.money_by_organisation import MoneyByOrganisation
from app.who import EVERYTHING, Reader
from tests.build import (
    Drawn,
    Joined,
    a,
    a_cost,
    a_goal,
    a_project,
    an_instrument,
    an_organisation,
    link,
    store,
)
from tests.questions.conftest import DAY, Board
from tests.questions.random_graphs import BEFORE, OURS, draw, everything

ZONE = ZoneInfo("Europe/London")


async def asked(
    board: Board, question: Any = MoneyByGoal, reader: Reader = EVERYTHING, **given: Any
) -> Answer[Any]:
    stated = question.model_validate({"valid_on": DAY, "limit": 10_000, **given})
    return await ask(board.graph, stated, reader, ZONE)


def pounds(sums: list[Sum]) -> list[str]:
    return [str(each.amount) for each in sums]


def costing(project: Drawn, amount: str, **facts: Any) -> list[Drawn | Joined]:
    cost = a_cost(amount, **facts)
    return [cost, link("INCURS", project, cost)]


async def test_money_parts_by_the_shares_that_are_set_and_equally_where_none_is(board: Board) -> None:
    goals = [a_goal(title=title, priority=1) for title in "ABC"]
    instrument, other, project = an_instrument(), an_instrument(), a_project()
    await store(
        board.graph, *goals, instrument, other, project, *costing(project, "100.01"),
        link("CHANGES", project, instrument, share="0.75"), link("CHANGES", project, other),
        link("ADVANCES", instrument, goals[0]), link("ADVANCES", instrument, goals[1], suspect=True),
        link("ADVANCES", other, goals[2]),
    )  # fmt: skip
    answer = await asked(board)
    by_title = {row.title: row for row in answer.rows}
    assert {title: pounds(row.apportioned) for title, row in by_title.items()} == {
        "A": ["75.00"], "B": [], "C": ["25.01"], "(no goal)": [],
    }  # fmt: skip
    assert pounds(by_title["A"].touches) == ["100.01"] and pounds(answer.total or []) == ["100.01"]
    assert by_title["A"].sentence == "£75 goes to the goal *A*."


async def test_what_is_suspect_or_waits_for_law_is_at_risk_and_the_rest_goes_to_no_goal(board: Board) -> None:
    goal, instrument = a_goal(title="G"), an_instrument()
    doubted, waiting, bare = a_project(), a_project(), a_project()
    await store(
        board.graph, goal, instrument, doubted, waiting, bare, *costing(doubted, "10.00"),
        *costing(waiting, "2.00"), *costing(bare, "0.30"), link("CHANGES", doubted, instrument, suspect=True),
        link("CHANGES", waiting, instrument, standing="proposed"), link("ADVANCES", instrument, goal),
    )  # fmt: skip
    rows = {(row.about.value, row.verdict): row for row in (await asked(board)).rows}
    assert pounds(rows["goal", None].at_risk) == ["10.00"]
    assert pounds(rows["no_goal", None].apportioned) == ["2.30"]
    assert pounds(rows["no_goal_verdict", Verdict.AWAITING_ACCEPTANCE].apportioned) == ["2.00"]
    assert pounds(rows["no_goal_verdict", Verdict.NOT_ASSESSED].apportioned) == ["0.30"]
    assert rows["no_goal", None].sentence == "£2.30 serves no goal by a counted route."


async def test_versions_and_buckets_of_a_case_are_never_mixed(board: Board) -> None:
    project = a_project()
    await store(
        board.graph, project, *costing(project, "5.00", case_version="forecast", year=2026),
        *costing(project, "7.00", case_version="baseline", year=2026),
        *costing(project, "9.00", currency="EUR"),
    )  # fmt: skip
    totals = {
        version: [(str(each.amount), each.currency.value) for each in answer.total or []]
        for version in (None, "baseline")
        for answer in [await asked(board, case_version=version)]
    }
    assert totals == {None: [("9.00", "EUR"), ("5.00", "GBP")], "baseline": [("7.00", "GBP")]}


async def test_each_organisation_and_portfolio_adds_up_to_its_own_total(board: Board) -> None:
    ours, board_of_ours = an_organisation(title="Ours"), a("Portfolio", title="Board")
    mine, other = a_project(organisation=ours.id), a_project()
    goal, instrument = a_goal(title="G"), an_instrument()
    await store(
        board.graph, ours, board_of_ours, mine, other, goal, instrument, *costing(mine, "1.00"),
        *costing(other, "20.00"), link("CHANGES", mine, instrument), link("ADVANCES", instrument, goal),
        link("PART_OF", mine, board_of_ours),
    )  # fmt: skip
    rows = {
        row.organisation and row.organisation.title: row
        for row in (await asked(board, MoneyByOrganisation)).rows
    }
    assert (pounds(rows["Ours"].to_goals), pounds(rows["Ours"].no_goal)) == (["1.00"], [])
    assert pounds(rows[None].no_goal) == ["20.00"]
    assert [each.verdict for each in rows[None].no_goal_by_verdict] == [Verdict.NOT_ASSESSED]
    by_portfolio = (await asked(board, by="portfolio")).rows
    assert [(row.part and row.part.title, row.title, pounds(row.apportioned)) for row in by_portfolio] == [
        (None, "(no goal)", ["20.00"]), (None, "(no goal)", ["20.00"]), ("Board", "G", ["1.00"]),
        ("Board", "(no goal)", []),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "reader"),
    [(DAY, EVERYTHING), (DAY, Reader(OURS.id)), (BEFORE, Reader(None))],
    ids=["who sees everything", "an organisation", "the public, before"],
)
async def test_goals_and_no_goal_are_the_total_to_the_penny(board: Board, day: str, reader: Reader) -> None:
    await store(board.graph, *everything([draw(Random(seed)) for seed in range(60)]))
    for given in ({}, {"by": "organisation"}):
        answer = await asked(board, MoneyByGoal, reader, valid_on=day, **given)
        found: dict[str, int] = {}
        for row in answer.rows:
            for each in row.apportioned if row.about != "no_goal_verdict" else ():
                found[each.currency] = found.get(each.currency, 0) + int(each.amount)
        assert found == {each.currency: int(each.amount) for each in answer.total or []}
