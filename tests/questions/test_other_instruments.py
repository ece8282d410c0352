"""`other-instruments`: whether an aim could be reached another way."""

from collections import defaultdict
from random import Random

import pytest

from app.domain.money import Bucket
from app.errors import Invalid
from app.portfolio.verdicts import COUNTED
from app.questions import projects
from app.questions.other_instruments import OtherInstruments
from app.questions.projects import Filters
from app.who import Reader
from tests.build import (
    a_change,
    a_cost,
    a_goal,
    a_process,
    a_project,
    an_instrument,
    an_organisation,
    link,
    store,
)
from tests.questions.asking import a_case, asked
from tests.questions.conftest import Board
from tests.questions.random_graphs import OURS, draw, everything


async def test_instruments_of_a_goal_are_compared_by_cost_law_and_projects(board: Board) -> None:
    goal, part, elsewhere = a_goal(title="G"), a_goal(title="Part"), a_goal()
    charge, permits, advice = (an_instrument(title=name) for name in ("Charge", "Permits", "Advice"))
    project, bill = a_project(), a_change()
    run, letters = a_process(volume=100, unit_cost="0.10"), a_process(volume=10, unit_cost="1.50")
    await store(
        board.graph, goal, part, elsewhere, charge, permits, advice, bill, run, letters,
        *a_case(project, a_cost("90.00")), link("PART_OF", part, goal),
        link("CHANGES", project, charge, share="0.5"), link("CHANGES", project, permits, share="0.5"),
        link("ADVANCES", charge, goal), link("ADVANCES", permits, part), link("ADVANCES", advice, goal),
        link("ADVANCES", permits, elsewhere), link("OPERATES", run, charge),
        link("OPERATES", letters, advice), link("NEEDS_CHANGE", advice, bill),
        link("NEEDS_CHANGE", charge, bill, need="helpful"),
    )  # fmt: skip
    rows = {row.title: row for row in (await asked(board, OtherInstruments, goal=goal.id)).rows}
    told = {
        title: (str(row.cost[0].amount), row.cheaper, row.needs_law, row.digital)
        for title, row in rows.items()
    }
    assert told == {
        "Charge": ("55.00", None, False, True),
        "Permits": ("45.00", True, False, True),
        "Advice": ("15.00", True, True, False),
    }
    assert rows["Charge"].compared_with is None
    assert [str(each.amount) for each in rows["Charge"].running_cost] == ["10.00"]
    assert rows["Permits"].running_cost == []
    assert [each.title for each in rows["Permits"].goals] == ["Part"]
    assert rows["Advice"].sentence == (
        "*Advice* helps *G*; it costs less than *Charge*, is changed by no live project, and waits for law."
    )
    compared = await asked(board, OtherInstruments, goal=goal.id, instrument=permits.id)
    assert [(row.title, row.cheaper) for row in compared.rows] == [
        ("Advice", True), ("Permits", None), ("Charge", False),
    ]  # fmt: skip


async def test_what_processes_cost_in_other_currencies_is_not_added_to_pounds(board: Board) -> None:
    goal, instrument = a_goal(), an_instrument()
    pounds = a_process(volume=2, unit_cost="1.00")
    euros = a_process(volume=3, unit_cost="1.00", unit_cost_currency="EUR")
    await store(
        board.graph, goal, instrument, pounds, euros, link("ADVANCES", instrument, goal),
        link("OPERATES", pounds, instrument), link("OPERATES", euros, instrument),
    )  # fmt: skip
    (row,) = (await asked(board, OtherInstruments, goal=goal.id)).rows
    for sums in (row.cost, row.running_cost):
        assert [(each.currency, str(each.amount)) for each in sums] == [("EUR", "3.00"), ("GBP", "2.00")]


async def test_an_instrument_without_cost_is_not_called_cheap_and_hidden_ones_are_not_told(
    board: Board,
) -> None:
    ours, theirs, goal = an_organisation(), an_organisation(), a_goal()
    free, secret = (
        an_instrument(title="Free"),
        an_instrument(organisation=theirs.id, sensitivity="restricted"),
    )
    harming, hoped, ended = an_instrument(), an_instrument(), an_instrument(valid_to="2026-06-01")
    process = a_process(volume=1, unit_cost="1.00")
    await store(
        board.graph, ours, theirs, goal, free, secret, harming, hoped, ended, process,
        link("OPERATES", process, secret), link("ADVANCES", free, goal), link("ADVANCES", secret, goal),
        link("ADVANCES", harming, goal, polarity="harms"), link("ADVANCES", ended, goal),
        link("ADVANCES", hoped, goal, standing="proposed"),
    )  # fmt: skip
    (row,) = (await asked(board, OtherInstruments, Reader(ours.id), goal=goal.id)).rows
    assert (row.title, row.cost, row.compared_with, row.cheaper) == ("Free", [], None, None)
    rows = (await asked(board, OtherInstruments, goal=goal.id)).rows
    assert [(row.title, row.cheaper) for row in rows if row.id != secret.id] == [("Free", None)]
    assert len((await asked(board, OtherInstruments, goal=goal.id, valid_on="2026-05-31")).rows) == 3
    for wrong in ({"goal": free.id}, {"goal": goal.id, "instrument": harming.id}):
        with pytest.raises(Invalid):
            await asked(board, OtherInstruments, **wrong)


async def test_every_pound_that_reaches_a_goal_goes_through_one_instrument(board: Board) -> None:
    await store(board.graph, *everything([draw(Random(seed)) for seed in range(100)]))
    view = await board.view(reader=Reader(OURS.id))
    live, portfolio = projects.chosen(view, Filters()), view.portfolio
    found: dict[Bucket, int] = defaultdict(int)
    for sums in portfolio.through(live, portfolio.all("PolicyInstrument").column("id")).values():
        for bucket, pence in sums:
            found[bucket] += pence
    served = live.where(quality=range(COUNTED, 5))
    assert dict(served.cost()) == dict(found) and sum(found.values()) > 0
