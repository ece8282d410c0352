"""`three-delusions`: which cases show the three delusions."""

import pytest

from app.questions.three_delusions import ThreeDelusions
from app.who import Reader
from tests.build import (
    a,
    a_change,
    a_cost,
    a_process,
    a_project,
    a_provision,
    an_instrument,
    an_organisation,
    link,
    store,
)
from tests.questions.asking import a_benefit, a_case, asked
from tests.questions.conftest import Board


async def test_mostly_cash_and_nothing_to_run_it(board: Board) -> None:
    project, enough, less = a_project(title="P"), a_project(title="Run"), a_project(title="Less")
    cash, rest = a_benefit("80.00"), a_benefit("20.00", category="quantifiable")
    loss = a_benefit("-900.00", category="qualitative")
    await store(
        board.graph, *a_case(project, cash, rest, loss, a_cost("5.00")),
        *a_case(enough, a_benefit("1.00"), a_cost("2.00", category="run")),
        *a_case(less, a_benefit("79.99"), a_benefit("20.01", category="non_cash_releasing")),
    )  # fmt: skip
    answer = await asked(board, ThreeDelusions)
    (row,) = answer.rows
    assert (row.title, row.delusions, row.cash_percent, row.costs_afterwards) == (
        "P", ["digital_cuts_cost"], 80, False,
    )  # fmt: skip
    assert row.sentence == (
        "*P*: 80% of its benefit is cash and nothing is set aside to run, maintain or redesign it."
    )
    assert answer.total is not None and [str(each.amount) for each in answer.total] == ["5.00"]
    assert answer.denominators.in_scope == 3


async def test_interface_alone_is_told_with_whether_that_is_the_stated_scope(board: Board) -> None:
    stated, other = a_project(title="Stated", stated_depth="interface"), a_project(title="Other")
    deeper, screens, process = a_project(title="Deeper"), a_process(), a_process()
    await store(
        board.graph, stated, other, deeper, screens, process,
        link("CHANGES", stated, screens, depth="interface"),
        link("CHANGES", other, screens, depth="interface", standing="proposed"),
        link("CHANGES", other, process, depth="process", standing="withdrawn"),
        link("CHANGES", deeper, screens, depth="interface"),
        link("CHANGES", deeper, process, depth="process", standing="proposed", valid_from="2026-06-01"),
    )  # fmt: skip
    rows = (await asked(board, ThreeDelusions, sort="title")).rows
    assert [(row.title, row.interface_as_stated) for row in rows] == [("Other", False), ("Stated", True)]
    assert {row.delusions[0] for row in rows} == {"interface_is_all"}
    before = await asked(board, ThreeDelusions, sort="title", valid_on="2026-05-31")
    assert [row.title for row in before.rows] == ["Deeper", "Other", "Stated"]


@pytest.mark.parametrize("care", ["none", "grounded", "proposed", "needs", "project", "reviewed", "later"])
async def test_law_is_nobodys_subject_where_nobody_looked_at_it(board: Board, care: str) -> None:
    reviews = {"reviewed": {"legal_review_on": "2026-06-01"}, "later": {"legal_review_on": "2026-06-02"}}
    project, process = a_project(title="P"), a_process()
    instrument = an_instrument(title="I", **reviews.get(care, {}))
    act, bill = a("Legislation"), a_change()
    cares = {
        "grounded": [link("GROUNDED_IN", instrument, act)],
        "proposed": [link("GROUNDED_IN", instrument, act, standing="proposed")],
        "needs": [link("NEEDS_CHANGE", instrument, bill, need="helpful")],
        "project": [link("NEEDS_CHANGE", project, bill)],
    }
    await store(
        board.graph, project, process, instrument, act, bill, *cares.get(care, []),
        link("CHANGES", project, process), link("OPERATES", process, instrument),
    )  # fmt: skip
    rows = (await asked(board, ThreeDelusions)).rows
    assert [row.delusions for row in rows] == (
        [["law_is_not_ours"]] if care in ("none", "proposed", "later") else []
    )
    if rows:
        assert [each.title for each in rows[0].instruments] == ["I"]


async def test_instruments_of_others_that_are_hidden_or_ended_are_not_touched(board: Board) -> None:
    ours, theirs = an_organisation(), an_organisation()
    project, provision = a_project(), a_provision()
    hidden = an_instrument(organisation=theirs.id, sensitivity="restricted")
    ended, grounded = an_instrument(valid_to="2026-01-01"), an_instrument()
    await store(
        board.graph, ours, theirs, project, provision, hidden, ended, grounded,
        *(link("CHANGES", project, each) for each in (hidden, ended, grounded)),
        link("GROUNDED_IN", grounded, provision),
    )  # fmt: skip
    assert (await asked(board, ThreeDelusions, Reader(ours.id))).rows == []
    assert len((await asked(board, ThreeDelusions, delusion=["law_is_not_ours"])).rows) == 1
    assert (await asked(board, ThreeDelusions, delusion=["interface_is_all"])).rows == []
