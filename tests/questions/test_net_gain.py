"""`net-gain`: who pays, who gains, and has the payer agreed."""

from random import Random

import pytest

from app.portfolio.verdicts import Verdict
from app.questions.net_gain import NetGain
from app.questions.unaligned import Unaligned
from app.who import EVERYTHING, Reader
from graph_schema.values import ProjectState
from tests.build import Drawn, a_cost, a_project, an_organisation, link, store
from tests.questions.asking import a_benefit, a_case, asked
from tests.questions.conftest import DAY, Board
from tests.questions.random_graphs import ORGANISATIONS, OURS, THEIRS, draw, everything


async def test_a_gain_that_falls_elsewhere_is_a_loss_to_the_payer(board: Board) -> None:
    council, trust = an_organisation(title="Council"), an_organisation(title="Trust")
    project = a_project(title="P", organisation=council.id)
    build, run, nights, rooms = (
        a_cost("100.00"),
        a_cost("0.01", category="run"),
        a_benefit("150.00"),
        a_benefit("30.00", category="quantifiable"),
    )
    await store(
        board.graph, council, trust, *a_case(project, build, run, nights, rooms),
        link("FALLS_TO", nights, trust), link("FALLS_TO", rooms, council, share="0.5"),
        link("FALLS_TO", rooms, trust, share="0.5", agreed_by_bearer=True, agreed_on="2026-05-31"),
    )  # fmt: skip
    answer = await asked(board, NetGain)
    payer, gainer = answer.rows
    assert [str(each) for each in (payer.cost, payer.benefit_cash, payer.benefit_non_cash, payer.net)] == [
        "100.01", "0.00", "15.00", "-85.01",
    ]  # fmt: skip
    assert (payer.assumed, payer.consent, payer.gain) == (True, "own", "net_gain_overall_net_loss_to_payer")
    assert (str(gainer.net), str(gainer.overall), gainer.assumed) == ("165.00", "79.99", False)
    assert gainer.consent == "in_part"
    assert payer.sentence == (
        "*Council* pays £100.01 and gains £15 otherwise through *P*, a net loss of £85.01; for all "
        "together it is a net gain of £79.99."
    )
    assert answer.total is not None and [str(each.amount) for each in answer.total] == ["100.01"]
    assert (await asked(board, NetGain, gain=["no_net_gain"])).rows == []
    assert len((await asked(board, NetGain, project=[project.id])).rows) == 2
    before = await asked(board, NetGain, valid_on="2026-05-01")
    assert [row.consent for row in before.rows] == ["own", "not_agreed"]


async def test_shares_divide_to_the_penny_and_those_not_set_take_the_rest(board: Board) -> None:
    orgs = [an_organisation(title=name) for name in "abc"]
    project, cost = a_project(organisation=orgs[0].id), a_cost("100.00")
    shares = [link("FALLS_TO", cost, each) for each in orgs]
    await store(board.graph, *orgs, *a_case(project, cost), *shares)
    rows = (await asked(board, NetGain, sort="cost")).rows
    assert sorted(str(row.cost) for row in rows) == ["33.33", "33.33", "33.34"]
    assert {row.gain for row in rows} == {"no_benefit_stated"}


async def test_shares_that_do_not_come_to_one_lose_nothing_and_are_told(board: Board) -> None:
    orgs = [an_organisation(), an_organisation()]
    project, cost = a_project(), a_cost("90.00")
    shares = [
        link("FALLS_TO", cost, each, share=part) for each, part in zip(orgs, ("0.2", "0.1"), strict=True)
    ]
    await store(board.graph, *orgs, *a_case(project, cost), *shares)
    answer = await asked(board, NetGain, sort="-cost")
    assert [str(row.cost) for row in answer.rows] == ["60.00", "30.00"]
    assert [note.code for note in answer.notes] == ["shares_do_not_add_up"]


async def test_a_benefit_counts_as_far_as_it_is_the_projects_and_buckets_stand_apart(board: Board) -> None:
    ours, theirs = a_project(title="Ours"), a_project(title="Theirs")
    shared, real = a_benefit("100.00"), a_benefit("7.00", price_basis="real", price_year=2024)
    loss = a_benefit("-20.00")
    await store(
        board.graph, *a_case(ours, a_cost("10.00"), real, loss), theirs, shared,
        link("EXPECTS", ours, shared, attribution="0.25"), link("EXPECTS", theirs, shared, attribution="0.5"),
    )  # fmt: skip
    answer = await asked(board, NetGain, sort="title")
    told = [(row.title, row.price_basis, str(row.benefit_cash), row.gain) for row in answer.rows]
    assert sorted(told) == [
        ("Ours", "nominal", "5.00", "no_net_gain"),
        ("Ours", "real", "7.00", "no_cost_stated"),
        ("Theirs", "nominal", "50.00", "no_cost_stated"),
    ]


async def test_actuals_count_before_forecasts_unless_a_version_is_asked_for(board: Board) -> None:
    project = a_project()
    versions = [a_benefit("1.00", case_version="baseline"), a_benefit("2.00"), a_cost("1.50")]
    await store(board.graph, *a_case(project, *versions))
    (row,) = (await asked(board, NetGain)).rows
    assert (str(row.net), row.gain) == ("0.50", "net_gain")
    (row,) = (await asked(board, NetGain, case_version="baseline")).rows
    assert (str(row.net), row.gain) == ("1.00", "no_cost_stated")


async def test_what_the_reader_does_not_see_is_in_no_figure(board: Board) -> None:
    ours, theirs = an_organisation(title="Ours"), an_organisation(title="Theirs", sensitivity="restricted")
    project, hidden = (
        a_project(organisation=ours.id),
        a_project(organisation=theirs.id, sensitivity="restricted"),
    )
    cost = a_cost("10.00")
    secret = a_benefit("99.00", organisation=theirs.id, sensitivity="restricted")
    await store(
        board.graph, ours, theirs, *a_case(project, cost, secret), *a_case(hidden, a_cost("5.00")),
        link("FALLS_TO", cost, theirs),
    )  # fmt: skip
    (row,) = (await asked(board, NetGain, Reader(ours.id))).rows
    assert (row.organisation.title, str(row.cost), row.assumed, row.gain) == (
        "Ours", "10.00", True, "no_benefit_stated",
    )  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
async def test_what_falls_to_all_together_is_the_cost_to_the_penny(board: Board, seed: int) -> None:
    random = Random(seed)
    graphs = everything([draw(random) for _ in range(30)])
    costs = [each for each in graphs if isinstance(each, Drawn) and each.kind == "Cost"]
    shares = ["0.333333", "0.25", "1", None]
    falls = [
        link("FALLS_TO", each, organisation, share=random.choice(shares))
        for each in costs
        for organisation in random.sample(ORGANISATIONS, random.randint(0, 2))
    ]
    await store(board.graph, *graphs, *falls)
    every = {"state": tuple(ProjectState), "limit": 1}
    for day, reader in ((DAY, EVERYTHING), (DAY, Reader(OURS.id)), ("2026-10-01", Reader(THEIRS.id))):
        net = await asked(board, NetGain, reader, valid_on=day, **every)
        spent = await asked(board, Unaligned, reader, valid_on=day, verdict=tuple(Verdict), **every)
        assert spent.total and net.total == [each for each in spent.total if each.amount]
