"""The cases of the verdict that a hasty reading gets wrong: small graphs, each with the right answer."""

from itertools import pairwise

import pytest

from app.questions.unaligned import UnalignedRow
from app.who import Reader
from tests.build import (
    Drawn,
    Joined,
    a,
    a_change,
    a_duty,
    a_goal,
    a_process,
    a_project,
    a_provision,
    an_instrument,
    an_organisation,
    link,
)
from tests.questions.conftest import DAY, Board

NEXT_MONTH = "2026-07-01"


def way(*nodes: Drawn) -> list[Drawn | Joined]:
    """The nodes and clean links from each to the next."""
    kinds = {
        ("Project", "Process"): "CHANGES",
        ("Project", "PolicyInstrument"): "CHANGES",
        ("Project", "Project"): "ENABLES",
        ("Process", "PolicyInstrument"): "OPERATES",
        ("PolicyInstrument", "PolicyGoal"): "ADVANCES",
    }
    links = [link(kinds[a.kind, b.kind], a, b) for a, b in pairwise(nodes)]
    return [*nodes, *links]


def said(row: UnalignedRow) -> tuple[str, str | None]:
    """Verdict and reason of a row."""
    return row.verdict.value, row.breaks_at and row.breaks_at.reason.value


@pytest.fixture
def p() -> Drawn:
    return a_project()


@pytest.fixture
def r() -> Drawn:
    return a_process()


@pytest.fixture
def i() -> Drawn:
    return an_instrument()


@pytest.fixture
def g() -> Drawn:
    return a_goal()


async def test_1_a_suspect_route_says_no_strength_and_shows_its_weakest_link(
    board: Board, p: Drawn, r: Drawn, i: Drawn, g: Drawn
) -> None:
    weak = link("CHANGES", p, r, strength="weak")
    suspect = link("OPERATES", r, i, strength="direct", suspect=True)
    row = await board.says(p, r, i, g, weak, suspect, link("ADVANCES", i, g, strength="direct"))
    assert (row.verdict, row.strength) == ("aligned_but_suspect", None)
    assert (await board.route(p)).weakest.link == weak.id
    assert row.breaks_at and (row.breaks_at.reason, row.breaks_at.link) == ("link_suspect", suspect.id)


async def test_2_a_withdrawn_link_does_not_wait_for_acceptance(
    board: Board, p: Drawn, i: Drawn, g: Drawn
) -> None:
    withdrawn = link("CHANGES", p, i, standing="withdrawn", strength="direct")
    row = await board.says(p, withdrawn, *way(i, g))
    assert said(row) == ("unaligned", "link_disputed")


async def test_3_an_instrument_grounded_only_in_law_without_a_day_waits_for_law(
    board: Board, p: Drawn, i: Drawn, g: Drawn
) -> None:
    law = a_provision(intervals=[{}])
    row = await board.says(*way(p, i, g), law, link("GROUNDED_IN", i, law))
    assert said(row) == ("aligned_if_law_changes", "law_not_in_force")
    assert row.breaks_at and row.breaks_at.id == i.id


async def test_4_one_provision_in_force_is_enough(board: Board, p: Drawn, i: Drawn, g: Drawn) -> None:
    ended, good = a_provision(intervals=[{"from": "2000-01-01", "to": "2020-01-01"}]), a_provision()
    grounds = (link("GROUNDED_IN", i, ended), link("GROUNDED_IN", i, good))
    row = await board.says(*way(p, i, g), ended, good, *grounds)
    assert said(row) == ("aligned", None)


async def test_5_what_needs_a_bill_that_fell_will_not_come(
    board: Board, p: Drawn, i: Drawn, g: Drawn
) -> None:
    bill = a_change(outcome="fell")
    row = await board.says(*way(p, i, g), bill, link("NEEDS_CHANGE", i, bill))
    assert said(row) == ("unaligned", "law_will_not_change")


async def test_6_law_amended_since_review_makes_what_rests_on_it_suspect(
    board: Board, p: Drawn, i: Drawn, g: Drawn
) -> None:
    law, act = a_provision(), a_change(kind="act", outcome="in_force")
    amended = link("AFFECTS", act, law, effect="amend", intervals=[{"from": "2026-02-01"}])
    row = await board.says(*way(p, i, g), law, act, amended, link("GROUNDED_IN", i, law))
    assert said(row) == ("aligned_but_suspect", "law_changed_since_review")


async def test_7_retiring_what_helps_a_goal_does_not_serve_it(
    board: Board, p: Drawn, i: Drawn, g: Drawn
) -> None:
    row = await board.says(p, *way(i, g), link("CHANGES", p, i, mode="retires"))
    assert said(row) == ("unaligned", "retires_what_helps")
    assert row.breaks_at and row.breaks_at.id == i.id


async def test_7b_retiring_what_harms_a_goal_serves_it(board: Board, p: Drawn, i: Drawn, g: Drawn) -> None:
    row = await board.says(
        p, i, g, link("CHANGES", p, i, mode="retires"), link("ADVANCES", i, g, polarity="harms")
    )
    assert said(row) == ("aligned", None)


async def test_8_no_duty_is_reached_over_a_proposed_link(board: Board, p: Drawn, r: Drawn) -> None:
    duty = a_duty()
    ground = link("GROUNDED_IN", r, duty, basis="duty")
    row = await board.says(p, r, duty, ground, link("CHANGES", p, r, standing="proposed"))
    assert said(row) == ("unaligned", "process_operates_no_instrument")


async def test_9_a_duty_of_the_instrument_is_reached_through_the_process(
    board: Board, p: Drawn, r: Drawn, i: Drawn
) -> None:
    duty = a_duty()
    row = await board.says(*way(p, r, i), duty, link("GROUNDED_IN", i, duty, basis="duty"))
    assert said(row) == ("duty_only", "instrument_advances_no_goal")


async def test_10_who_enables_a_project_of_duty_only_is_of_duty_only(
    board: Board, p: Drawn, r: Drawn
) -> None:
    enabler, duty = a_project(), a_duty()
    row = await board.says(*way(enabler, p, r), duty, link("GROUNDED_IN", r, duty, basis="duty"))
    assert row.verdict == "duty_only"


async def test_11_who_enables_a_project_without_links_breaks_at_that_project(board: Board, p: Drawn) -> None:
    enabler = a_project()
    row = await board.says(*way(enabler, p))
    assert said(row) == ("unaligned", "no_change_link")
    assert row.breaks_at and row.breaks_at.id == p.id


async def test_12_to_be_enabled_is_not_to_be_looked_at(board: Board, p: Drawn) -> None:
    row = await board.says(p, enabler := a_project(), link("ENABLES", enabler, p))
    assert row.verdict == "not_assessed"


@pytest.mark.parametrize("facts", [{"standing": "withdrawn"}, {"valid_to": "2025-06-01"}])
async def test_13_a_link_that_is_gone_was_a_look(
    board: Board, p: Drawn, i: Drawn, facts: dict[str, str]
) -> None:
    row = await board.says(p, i, link("CHANGES", p, i, **facts))  # type: ignore[arg-type]
    assert row.verdict == "unaligned"


@pytest.mark.parametrize("sensitivity", ["restricted", "discoverable"])
async def test_14_a_link_to_something_hidden_was_not_seen(board: Board, i: Drawn, sensitivity: str) -> None:
    ours, theirs = an_organisation(), an_organisation()
    project = a_project(organisation=ours.id)
    hidden = an_instrument(organisation=theirs.id, sensitivity=sensitivity)
    goal = a_goal()
    reader = Reader(organisation=ours.id)
    row = await board.says(*way(project, hidden, goal), ours, theirs, reader=reader)
    assert said(row) == ("not_assessed", "no_change_link")
    neighbours = await board.rows(reader=Reader(organisation=theirs.id))
    assert neighbours[project.id].verdict == "aligned"


DECLARED = {"reason": "Keeps the lights on.", "declared_by": "chief", "declared_on": "2026-01-01"}
ACCEPTED = {"accepted_by": "board", "accepted_on": "2026-02-01", "expires": "2027-01-01"}


async def test_15_a_declaration_goes_before_a_claim(board: Board, g: Drawn) -> None:
    project = a_project(not_applicable=DECLARED | ACCEPTED)
    row = await board.says(project, g, link("CLAIMS", project, g))
    assert row.verdict == "declared_not_applicable"


async def test_15b_a_declaration_that_expired_or_nobody_accepted_counts_for_nothing(
    board: Board, g: Drawn
) -> None:
    alone = a_project(not_applicable=DECLARED | {"expires": "2027-01-01"})
    expired = a_project(not_applicable=DECLARED | ACCEPTED | {"expires": DAY})
    row = await board.says(alone, expired, g, link("CLAIMS", alone, g))
    assert row.verdict == "claimed_only"
    assert (await board.rows())[expired.id].verdict == "not_assessed"


async def test_16_a_route_that_waits_goes_before_a_declaration(
    board: Board, r: Drawn, i: Drawn, g: Drawn
) -> None:
    project = a_project(not_applicable=DECLARED | ACCEPTED)
    proposed = link("CHANGES", project, r, standing="proposed")
    row = await board.says(project, *way(r, i, g), proposed)
    assert said(row) == ("awaiting_acceptance", "link_not_accepted")


async def test_17_a_route_is_not_bridged_over_a_retired_goal(board: Board, p: Drawn, i: Drawn) -> None:
    retired, above = a_goal(status="retired"), a_goal()
    row = await board.says(*way(p, i, retired), above, link("PART_OF", retired, above))
    assert said(row) == ("unaligned", "goal_not_current")


async def test_18_a_route_ends_at_its_first_goal_whatever_is_above(board: Board, p: Drawn, i: Drawn) -> None:
    goal, above = a_goal(level="place"), a_goal(level="national", status="retired")
    row = await board.says(*way(p, i, goal), above, link("PART_OF", goal, above))
    assert (row.verdict, row.level) == ("aligned", "place")


async def test_19_a_goal_above_is_served_only_when_its_owner_accepted(
    board: Board, p: Drawn, i: Drawn
) -> None:
    goal, national = a_goal(level="corporate"), a_goal(level="national")
    part = link("PART_OF", goal, national, standing="proposed")
    row = await board.says(*way(p, i, goal), national, part)
    assert (row.verdict, row.level) == ("aligned", "corporate")


async def test_19b_a_goal_above_is_served_when_its_owner_accepted(board: Board, p: Drawn, i: Drawn) -> None:
    goal, national = a_goal(level="corporate"), a_goal(level="national")
    row = await board.says(*way(p, i, goal), national, link("PART_OF", goal, national))
    assert (row.verdict, row.level) == ("aligned", "national")


@pytest.mark.parametrize("state", ["stopped", "idea", "proposed"])
async def test_20_a_project_that_is_not_under_way_passes_nothing_on(
    board: Board, i: Drawn, g: Drawn, state: str
) -> None:
    enabler, stopped = a_project(), a_project(state=state)
    row = await board.says(*way(enabler, stopped, i, g))
    assert said(row) == ("unaligned", "project_not_current")
    assert row.breaks_at and row.breaks_at.id == enabler.id
    assert (await board.rows())[stopped.id].verdict == "aligned"


async def test_20b_a_closed_project_passes_on(board: Board, i: Drawn, g: Drawn) -> None:
    row = await board.says(*way(a_project(), a_project(state="closed"), i, g))
    assert row.verdict == "aligned"


async def test_21_an_instrument_counts_while_it_is_proposed(board: Board, p: Drawn, g: Drawn) -> None:
    instrument = an_instrument(state="proposed")
    row = await board.says(p, *way(instrument, g), link("CHANGES", p, instrument, mode="introduces"))
    assert row.verdict == "aligned"


async def test_22_a_link_ends_on_the_day_its_dates_end(board: Board, p: Drawn, i: Drawn, g: Drawn) -> None:
    ends = link("CHANGES", p, i, valid_to=DAY)
    row = await board.says(p, *way(i, g), ends)
    assert said(row) == ("unaligned", "link_ended")
    assert (await board.rows("2026-05-31"))[p.id].verdict == "aligned"


async def test_23_the_day_decides_and_never_the_day_of_going_live(board: Board, i: Drawn, g: Drawn) -> None:
    project = a_project(go_live="2026-12-01")
    order = a_change(kind="commencement_order", outcome="made", in_force_on="2026-09-01")
    row = await board.says(*way(project, i, g), order, link("NEEDS_CHANGE", project, order))
    assert said(row) == ("aligned_if_law_changes", "law_not_in_force")
    assert (await board.rows("2026-09-01"))[project.id].verdict == "aligned"


async def test_24_extent_is_that_of_the_instruments_own_organisation(board: Board, g: Drawn) -> None:
    welsh, english = an_organisation(nation="W"), an_organisation(nation="E")
    project, instrument = a_project(organisation=english.id), an_instrument(organisation=welsh.id)
    law = a_provision(extent=["E"])
    ground = link("GROUNDED_IN", instrument, law)
    row = await board.says(*way(project, instrument, g), welsh, english, law, ground)
    assert said(row) == ("aligned_if_law_changes", "law_not_in_force")


SOME_PURPOSES = [{"from": "2020-01-01", "qualification": "for specified purposes"}]


async def test_25_partly_commenced_law_carries_nothing_until_its_purpose_is_confirmed(
    board: Board, p: Drawn, i: Drawn, g: Drawn
) -> None:
    law = a_provision(intervals=SOME_PURPOSES)
    row = await board.says(*way(p, i, g), law, link("GROUNDED_IN", i, law))
    assert row.verdict == "aligned_if_law_changes"


async def test_25b_partly_commenced_law_carries_a_confirmed_purpose(
    board: Board, p: Drawn, i: Drawn, g: Drawn
) -> None:
    law = a_provision(intervals=SOME_PURPOSES)
    ground = link(
        "GROUNDED_IN", i, law, purpose_confirmed_by="head of law", purpose_confirmed_on="2026-02-01"
    )
    row = await board.says(*way(p, i, g), law, ground)
    assert row.verdict == "aligned"


@pytest.mark.parametrize("need", ["partial", "helpful"])
async def test_26_a_need_that_does_not_block_caps_nothing(
    board: Board, p: Drawn, i: Drawn, g: Drawn, need: str
) -> None:
    bill = a_change()
    row = await board.says(*way(p, i, g), bill, link("NEEDS_CHANGE", p, bill, need=need))
    assert row.verdict == "aligned"


async def test_27_what_only_harms_a_goal_serves_none(board: Board, p: Drawn, i: Drawn, g: Drawn) -> None:
    row = await board.says(*way(p, i), g, link("ADVANCES", i, g, polarity="harms"))
    assert said(row) == ("unaligned", "only_harms")


async def test_27b_what_helps_and_harms_a_goal_serves_it(board: Board, p: Drawn, i: Drawn, g: Drawn) -> None:
    row = await board.says(*way(p, i, g), link("ADVANCES", i, g, polarity="harms"))
    assert row.verdict == "aligned"


async def test_28_an_overdue_review_and_expired_evidence_leave_a_link_clean(
    board: Board, p: Drawn, i: Drawn, g: Drawn
) -> None:
    old = a("Evidence", expires="2021-01-01")
    overdue = link("CHANGES", p, i, review_due="2021-01-01", evidence=[old.id])
    row = await board.says(p, old, overdue, *way(i, g))
    assert (row.verdict, row.strength) == ("aligned", "strong")


async def test_29_a_goal_adopted_next_month_is_not_current(board: Board, p: Drawn, i: Drawn) -> None:
    row = await board.says(*way(p, i, a_goal(adopted_on=NEXT_MONTH)))
    assert said(row) == ("unaligned", "goal_not_current")
    assert (await board.rows(NEXT_MONTH))[p.id].verdict == "aligned"


async def test_30_a_superseded_change_is_followed_to_what_took_its_place(
    board: Board, p: Drawn, i: Drawn, g: Drawn
) -> None:
    old, new = a_change(outcome="superseded"), a_change(stage="second_house")
    needs, follows = link("NEEDS_CHANGE", i, old), link("SUCCEEDED_BY", old, new)
    row = await board.says(*way(p, i, g), old, new, needs, follows)
    assert said(row) == ("aligned_if_law_changes", "law_not_in_force")


# What the amendments decide


async def test_a_project_blocked_by_a_dead_bill_breaks_at_itself_before_anything_else(
    board: Board, p: Drawn, i: Drawn, g: Drawn
) -> None:
    bill = a_change(outcome="defeated")
    row = await board.says(*way(p, i, g), bill, link("NEEDS_CHANGE", p, bill))
    assert said(row) == ("unaligned", "law_will_not_change")
    assert row.breaks_at and row.breaks_at.id == p.id


async def test_a_whole_act_neither_carries_an_instrument_nor_holds_it_back(
    board: Board, p: Drawn, i: Drawn, g: Drawn
) -> None:
    act, ended = a("Legislation"), a_provision(intervals=[{"from": "2000-01-01", "to": "2020-01-01"}])
    whole = link("GROUNDED_IN", i, act)
    row = await board.says(*way(p, i, g), act, ended, whole)
    assert row.verdict == "aligned"
    other = an_instrument()
    blocked = a_project()
    row = await board.says(
        *way(blocked, other), link("ADVANCES", other, g), link("GROUNDED_IN", other, act),
        link("GROUNDED_IN", other, ended),
    )  # fmt: skip
    assert row.verdict == "aligned_if_law_changes"


@pytest.mark.parametrize("type", ["statutory_guidance", "council_constitution", "grant_condition"])
async def test_guidance_and_its_like_are_no_duty(board: Board, p: Drawn, r: Drawn, type: str) -> None:
    guidance, paragraph = a("Legislation", type=type), a_duty()
    row = await board.says(
        *way(p, r), guidance, paragraph, link("PART_OF", paragraph, guidance),
        link("GROUNDED_IN", r, paragraph, basis="duty"),
    )  # fmt: skip
    assert row.verdict == "unaligned"


async def test_a_duty_to_have_regard_is_no_duty_only(board: Board, p: Drawn, r: Drawn) -> None:
    duty = a_duty(duty_kind="have_regard")
    row = await board.says(*way(p, r), duty, link("GROUNDED_IN", r, duty, basis="duty"))
    assert row.verdict == "unaligned"


async def test_a_duty_is_not_reached_by_retiring_the_instrument_it_requires(
    board: Board, p: Drawn, i: Drawn
) -> None:
    duty = a_duty()
    ground = link("GROUNDED_IN", i, duty, basis="duty")
    row = await board.says(p, i, duty, ground, link("CHANGES", p, i, mode="retires"))
    assert row.verdict == "unaligned"


async def test_projects_that_only_enable_each_other_break_at_one_of_them(board: Board) -> None:
    first, second = a_project(), a_project()
    row = await board.says(*way(first, second), link("ENABLES", second, first))
    assert said(row) == ("unaligned", "no_change_link")
    assert row.breaks_at and row.breaks_at.id == min(first.id, second.id)
