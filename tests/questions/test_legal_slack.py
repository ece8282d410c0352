"""`legal-slack`: which benefits are claimed before the law allows them."""

import pytest

from app.questions.legal_slack import LegalSlack
from app.who import Reader
from tests.build import (
    Drawn,
    Joined,
    a_change,
    a_goal,
    a_project,
    a_provision,
    an_instrument,
    an_organisation,
    link,
    store,
)
from tests.questions.asking import a_benefit, a_case, asked
from tests.questions.conftest import Board


def a_route(project: Drawn, instrument: Drawn) -> list[Drawn | Joined]:
    goal = a_goal()
    return [instrument, goal, link("CHANGES", project, instrument), link("ADVANCES", instrument, goal)]


@pytest.mark.parametrize(
    ("facts", "slack", "days"),
    [
        ({"latest_in_force": "2028-04-02"}, "benefit_before_law", -1),
        ({"latest_in_force": "2028-04-01"}, "no_slack", 0),
        ({"latest_in_force": "2027-04-02"}, "ok", 365),
        ({"in_force_on": "2028-03-31", "outcome": "made", "latest_in_force": "2029-01-01"}, "ok", 1),
        ({"earliest_in_force": "2027-01-01"}, "unbounded", None),
        ({"outcome": "fell", "latest_in_force": "2027-01-01"}, "law_will_not_come", None),
    ],
)
async def test_slack_runs_from_the_law_to_the_first_day_of_the_first_year(
    board: Board, facts: dict[str, str], slack: str, days: int | None
) -> None:
    project, instrument, bill = (
        a_project(title="P"),
        an_instrument(title="I"),
        a_change(title="Bill", **facts),
    )
    first, later = a_benefit("1.00", year=2028), a_benefit("2.00", year=2030)
    loss = a_benefit("-5.00", year=2026)
    await store(
        board.graph, *a_case(project, first, later, loss), *a_route(project, instrument), bill,
        link("NEEDS_CHANGE", instrument, bill),
    )  # fmt: skip
    (row,) = (await asked(board, LegalSlack)).rows
    assert (row.slack, row.slack_days, row.law.title, row.through.title) == (slack, days, "Bill", "I")
    assert (str(row.first_benefit), str(row.last_benefit)) == ("2028-04-01", "2031-03-31")
    assert [str(each.amount) for each in row.benefits] == ["3.00"]
    if slack == "benefit_before_law":
        assert (
            row.sentence
            == "*P* claims benefits from 2028-04-01, 1 day before *Bill* is in force (2028-04-02)."
        )


async def test_a_baseline_says_nothing_of_the_years_of_a_line_that_moved(board: Board) -> None:
    moved, undated, none = a_project(title="Moved"), a_project(title="Undated"), a_project(title="None")
    due = a_project(title="Due")
    bill = a_change(latest_in_force="2028-01-01")
    promised = a_benefit("9.00", line="L", year=2026, case_version="baseline")
    await store(
        board.graph, *a_case(moved, promised, a_benefit("9.00", line="L", year=2028)),
        *a_case(undated, a_benefit("1.00")), none, *a_case(due, a_benefit("1.00", due="2027-12-31")), bill,
        *(link("NEEDS_CHANGE", each, bill) for each in (moved, undated, none, due)),
    )  # fmt: skip
    rows = {row.title: (row.slack, row.slack_days) for row in (await asked(board, LegalSlack)).rows}
    assert rows == {
        "Moved": ("ok", 91), "Undated": ("benefit_without_day", None), "Due": ("benefit_before_law", -1),
    }  # fmt: skip
    first = await asked(board, LegalSlack, slack=["benefit_before_law", "ok"], project=[moved.id, due.id])
    assert [row.title for row in first.rows] == ["Due", "Moved"]


async def test_authority_that_ends_before_the_last_benefit_is_told_unless_other_law_remains(
    board: Board,
) -> None:
    ours, theirs = an_organisation(), an_organisation()
    project, remains = a_project(title="P"), a_project(title="Remains")
    ending, kept = an_instrument(title="Ending"), an_instrument()
    sunset = a_provision(title="Sunset", intervals=[{"from": "2000-01-01", "to": "2031-01-01"}])
    earlier = a_provision(title="Earlier", intervals=[{"from": "2000-01-01", "to": "2030-01-01"}])
    forever = a_provision()
    await store(
        board.graph, ours, theirs, *a_case(project, a_benefit("1.00", year=2030)), *a_route(project, ending),
        *a_case(remains, a_benefit("1.00", year=2030)), *a_route(remains, kept), sunset, earlier, forever,
        link("GROUNDED_IN", ending, sunset), link("GROUNDED_IN", ending, earlier),
        link("GROUNDED_IN", kept, sunset), link("GROUNDED_IN", kept, forever),
    )  # fmt: skip
    rows = (await asked(board, LegalSlack, sort="law")).rows
    assert [(row.title, row.law.title, row.slack, str(row.law_day), row.slack_days) for row in rows] == [
        ("P", "Earlier", "authority_ends_before_benefit", "2031-01-01", -90),
        ("P", "Sunset", "authority_ends_before_benefit", "2031-01-01", -90),
    ]
    assert rows[1].sentence == (
        "*P* claims benefits until 2031-03-31, but what it rests on in *Sunset* ends on 2031-01-01."
    )
    hidden = a_project(organisation=theirs.id, sensitivity="restricted")
    await store(board.graph, *a_case(hidden, a_benefit("1.00", year=2040)), link("CHANGES", hidden, ending))
    assert {row.title for row in (await asked(board, LegalSlack, Reader(ours.id))).rows} == {"P"}
