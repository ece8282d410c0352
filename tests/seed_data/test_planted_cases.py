"""Each case planted in the fictional council is found by the question its README names."""

from typing import Any

import pytest

from app.questions import QUESTIONS
from app.questions.best_route import BestRoute
from app.questions.completeness import Completeness
from app.questions.core import Question
from app.questions.evidence_age import EvidenceAge
from app.questions.known_unknowns import KnownUnknowns
from app.questions.law_behind import LawBehind
from app.questions.law_dependent import LawDependent, LawDependentRow
from app.questions.law_states import LawStates
from app.questions.missing_owners import MissingOwners
from app.questions.money_by_goal import MoneyByGoal
from app.questions.money_by_organisation import MoneyByOrganisation
from app.questions.reach import Reach
from app.questions.same_process import SameProcess
from app.questions.starved_goals import StarvedGoals
from app.questions.suspect_links import SuspectLinks
from app.questions.unaligned import Unaligned
from app.questions.waiting_claims import WaitingClaims
from app.questions.what_it_changes import WhatItChanges
from app.who import Reader
from tests.seed_data import test_planted_business_cases, test_planted_past, test_planted_suppositions
from tests.seed_data.conftest import Council


async def _waiting(council: Council, project: str) -> dict[tuple[str, str], LawDependentRow]:
    """What a project waits for: by the key of the change, and of the provision."""
    keys = {id: key for key, id in council.ids.items()} | {"": ""}
    return {
        (keys[row.change.id if row.change else ""], keys[row.provision.id if row.provision else ""]): row
        for row in await council.ask(LawDependent)
        if row.ref == project
    }


async def test_law_dependent_finds_a_bill_whose_wait_has_no_bound(council: Council) -> None:
    (row,) = (await _waiting(council, "WV-018")).values()
    assert (row.need, row.law, row.latest_in_force, row.slack_days) == (
        "blocking",
        "in_parliament",
        None,
        None,
    )
    assert row.change is not None and row.change.id == council.ids["change/licensing-bill"]


async def test_law_dependent_follows_a_superseded_bill_to_its_successor(council: Council) -> None:
    row = (await _waiting(council, "WV-019"))["change/charges-bill", ""]
    assert row.became is not None and row.became.id == council.ids["change/circular-bill"]
    assert row.law == "in_parliament" and not row.another_route


async def test_law_dependent_finds_an_order_dated_too_late_by_need_and_by_grounding(council: Council) -> None:
    found = await _waiting(council, "WV-017")
    assert found.keys() == {
        ("change/notices-order", ""),
        ("change/notices-order", "provision/notices-3"),
    }
    row = found["change/notices-order", ""]
    assert (str(row.in_force_on), str(row.needed_by), row.law) == ("2027-10-01", "2027-03-31", "dated_future")
    assert row.slack_days == -184


@pytest.mark.parametrize(
    ("project", "provision", "state"),
    [("WV-016", "provision/fwma-sch3-7", "partly_in_force"), ("WV-020", "provision/lga-4", "ended")],
)
async def test_law_dependent_finds_law_that_no_recorded_change_brings(
    council: Council, project: str, provision: str, state: str
) -> None:
    row = (await _waiting(council, project))["", provision]
    assert (row.law, row.change, row.need) == (state, None, None)


async def test_law_dependent_lists_needs_that_hold_nothing_up(council: Council) -> None:
    assert (await _waiting(council, "WV-021"))["change/licensing-bill", ""].need == "partial"
    helped = (await _waiting(council, "WV-009"))["change/byelaw", ""]
    assert (helped.need, helped.verdict, helped.another_route) == ("helpful", "aligned", True)


@pytest.mark.parametrize(
    ("project", "change"), [("WV-037", "change/rewards-bill"), ("WV-038", "change/parking-regulations")]
)
async def test_law_dependent_finds_changes_that_will_never_come(
    council: Council, project: str, change: str
) -> None:
    row = (await _waiting(council, project))[change, ""]
    assert (row.law, row.another_route, row.verdict) == ("never", False, "unaligned")


async def test_best_route_shows_strengths_who_accepted_and_on_what(council: Council) -> None:
    row = (await council.ask(BestRoute, project=council.ids["project/WV-004"]))[0]
    assert row.rank == 1 and len({link.strength for link in row.links}) > 1
    assert all(link.accepted_by and link.accepted_on for link in row.links)
    assert any(link.evidence for link in row.links)
    assert [link.weakest for link in row.links].count(True) == 1


async def test_best_route_goes_through_two_enablers(council: Council) -> None:
    row = (await council.ask(BestRoute, project=council.ids["project/WV-008"]))[0]
    assert [link.kind for link in row.links] == ["ENABLES", "ENABLES", "CHANGES", "OPERATES", "ADVANCES"]


async def test_starved_goals_finds_a_priority_without_process_or_project(council: Council) -> None:
    row = next(row for row in await council.ask(StarvedGoals) if row.id == council.ids["goal/not-online"])
    assert row.priority == 1 and row.waiting == 1
    assert row.findings == ["no_counted_route", "no_process"]


async def test_starved_goals_finds_an_instrument_that_retires_without_successor(council: Council) -> None:
    rows = await council.ask(StarvedGoals, finding=["retiring_without_successor"])
    assert [each.id for row in rows for each in row.retiring] == [council.ids["instrument/recycling-rewards"]]
    assert [row.id for row in rows] == [council.ids["goal/carbon-neutral"]]


async def test_a_goal_nobody_accepted_as_a_part_serves_nothing_above(council: Council) -> None:
    starved = {row.id for row in await council.ask(StarvedGoals, finding=["no_counted_route"])}
    assert council.ids["goal/net-zero"] not in starved
    (row,) = await council.ask(
        BestRoute, project=council.ids["project/DG-001"], goal=council.ids["goal/net-zero"]
    )
    assert row.goal.id == council.ids["goal/net-zero"]
    ours = await council.ask(BestRoute, project=council.ids["project/WV-014"])
    assert [each.above for each in ours if each.goal.id == council.ids["goal/carbon-neutral"]] == [[]]


async def _law(council: Council, node: str, law: str, **parameters: Any) -> Any:
    rows = await council.ask(LawBehind, node=council.ids[node], **parameters)
    return next(row for row in rows if row.law.id == council.ids[law])


async def test_law_behind_tells_nations_apart(council: Council) -> None:
    duty = ("instrument/housing-relief", "provision/ha-193")
    assert (await _law(council, *duty)).state == "in_force"
    assert (await _law(council, *duty, nation="W")).state != "in_force"
    states = [
        (await _law(council, "provision/eqa-1", "provision/eqa-1", nation=nation)).state for nation in "EWS"
    ]
    assert states.count("in_force") == 2
    assert (await _law(council, "provision/eqa-149", "provision/eqa-149")).duty_kind == "have_regard"


async def test_law_behind_reads_partial_commencement_and_its_confirmation(council: Council) -> None:
    assert (await _law(council, "instrument/weekly-collection", "provision/epa-45")).state == "in_force"
    confirmed = await _law(council, "instrument/budget-statement", "provision/notices-5")
    assert (confirmed.state, confirmed.can_be_relied_on) == ("partly_in_force", True)
    plain = await _law(council, "process/statutory-notices", "provision/notices-5")
    assert (plain.state, plain.can_be_relied_on) == ("partly_in_force", False)
    assert (await _law(council, "process/statutory-notices", "provision/notices-4")).state == "unappointed"


@pytest.mark.parametrize(
    ("node", "law"),
    [
        ("instrument/assisted-help", "provision/guidance-3"),
        ("process/information-requests", "provision/constitution-12"),
    ],
)
async def test_law_behind_says_what_is_neither_duty_nor_power(council: Council, node: str, law: str) -> None:
    row = await _law(council, node, law)
    assert (row.force, row.can_be_relied_on) == (None, False)
    assert row.sentence.endswith("which is neither duty nor power.")


async def test_reach_finds_that_an_application_leads_nowhere_over_links_that_count(council: Council) -> None:
    ends = {"from_kind": "Element", "to_kind": "PolicyGoal"}
    assert [row.reaches for row in await council.ask(Reach, **ends)] == [False, False]
    over_all = await council.ask(Reach, over=["RELATES", "OPERATES", "ADVANCES"], **ends)
    assert [row.reaches for row in over_all] == [True, True]


async def test_unaligned_of_processes_and_instruments_finds_dead_rungs(council: Council) -> None:
    processes = await council.ask(Unaligned, kind="Process", verdict=["not_assessed", "unaligned"])
    assert "Handle general enquiries by telephone" in {row.title for row in processes}
    instruments = await council.ask(Unaligned, kind="PolicyInstrument")
    assert {row.title for row in instruments} >= {"Civic events programme", "Free Saturday parking"}


async def test_known_unknowns_counts_what_nobody_looked_at_what_was_declared_and_what_is_withheld(
    council: Council,
) -> None:
    rows = {row.organisation.id: row for row in await council.ask(KnownUnknowns)}
    ours, theirs = rows[council.ids["org/wyverdale"]], rows[council.ids["org/thornmere"]]
    assert (ours.not_assessed, ours.declared_not_applicable) == (3, 1)
    assert theirs.not_assessed == 1
    seen = await council.ask(KnownUnknowns, reader=Reader(council.ids["org/wyverdale"]))
    assert sum(row.withheld for row in seen) == 1


async def test_law_states_counts_the_planted_changes_by_their_state(council: Council) -> None:
    rows = {row.state: row.changes for row in await council.ask(LawStates)}
    assert sum(rows.values()) == 9
    assert rows["never"] == 2 and rows["in_parliament"] >= 1 and rows["dated_future"] == 1


async def test_waiting_claims_finds_what_nobody_answered_and_not_what_is_disputed(council: Council) -> None:
    rows = await council.ask(WaitingClaims)
    sources = {row.source.id for row in rows}
    for key in ("project/WV-022", "process/tm-homeless-assessment", "goal/carbon-neutral"):
        assert council.ids[key] in sources, key
    assert council.ids["process/council-tax-chat"] not in sources


async def test_suspect_links_finds_a_changed_process_and_an_amended_provision(council: Council) -> None:
    rows = await council.ask(SuspectLinks)
    garden = [row for row in rows if council.ids["process/garden-waste"] in (row.source.id, row.target.id)]
    assert len({row.id for row in garden}) == 2
    (amended,) = [row for row in rows if row.target.id == council.ids["provision/notices-2"]]
    assert amended.change is not None and amended.change.id == council.ids["change/notices-amendment"]


async def test_evidence_age_finds_expired_evidence_and_a_review_that_is_due(council: Council) -> None:
    rows = [row for row in await council.ask(EvidenceAge) if row.source.id == council.ids["project/WV-011"]]
    assert council.ids["evidence/kerb-survey"] in {row.evidence.id for row in rows if row.evidence}
    assert {row.finding for row in rows} == {"evidence_expired", "review_due"}


async def test_missing_owners_finds_an_empty_table_an_ended_term_and_a_shared_post(council: Council) -> None:
    rows = {row.ref: row for row in await council.ask(MissingOwners)}
    assert rows["WV-028"].missing == ["policy", "finance"]
    waiting = rows["WV-017"]
    assert waiting.needs_law and "legal" in waiting.missing and "policy" in waiting.missing
    assert [each.id for each in waiting.ended] == [council.ids["post/wv-housing"]]
    assert council.ids["post/wv-digital"] in {each.id for each in rows["WV-028"].shared}


async def test_completeness_finds_next_to_nothing_stated(council: Council) -> None:
    rows = await council.ask(Completeness)
    assert min(rows, key=lambda row: row.score).score == next(
        row.score for row in rows if row.ref == "WV-030"
    )
    assert {"no_policy_post", "enabler_of_nothing", "nothing_changed"} <= {
        row.rule for row in rows if row.ref == "WV-030"
    }


async def test_what_it_changes_finds_a_front_end_under_the_name_of_process(council: Council) -> None:
    (row,) = await council.ask(WhatItChanges, project=council.ids["project/WV-014"])
    assert (row.depth, row.stated_depth, row.mode, row.standing) == (
        "interface",
        "process",
        "alters",
        "accepted",
    )
    assert row.changes.id == council.ids["process/garden-waste"]


async def test_same_process_finds_two_projects_on_one_process_at_one_time(council: Council) -> None:
    process = council.ids["process/issue-permits"]
    pairs = await council.ask(SameProcess, project=council.ids["project/WV-002"], process=[process])
    found = {frozenset((row.first.id, row.second.id)): row for row in pairs}
    row = found[frozenset((council.ids["project/WV-002"], council.ids["project/WV-038"]))]
    assert (str(row.overlap_from), str(row.overlap_to)) == ("2026-04-01", "2027-06-30")


async def test_money_by_goal_has_what_is_unaligned_as_its_row_of_no_goal(council: Council) -> None:
    unaligned = await council.answer(Unaligned)
    answer = await council.answer(MoneyByGoal)
    (nowhere,) = [row for row in answer.rows if row.about == "no_goal"]
    assert nowhere.apportioned == unaligned.total
    served = {row.goal for row in answer.rows if row.apportioned}
    starved = {row.id for row in await council.ask(StarvedGoals, finding=["no_counted_route"])}
    assert served and not served & starved


async def test_money_by_organisation_adds_up_to_the_total_of_all(council: Council) -> None:
    answer = await council.answer(MoneyByOrganisation)
    rows = {row.organisation.id: row for row in answer.rows if row.organisation}
    ours = rows[council.ids["org/wyverdale"]]
    assert ours.to_goals and ours.at_risk and ours.no_goal
    spent = sum(int(each.amount) for row in answer.rows for each in row.cost)
    assert spent == sum(int(each.amount) for each in answer.total or [])


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_every_question_finds_a_planted_case(question: type[Question]) -> None:
    """Each question of this version has a test here or with the business cases, named for it."""
    begins = f"test_{question.name.replace('-', '_')}_"
    beside = (test_planted_business_cases, test_planted_suppositions, test_planted_past)
    tests = {*globals(), *(name for each in beside for name in vars(each))}
    assert any(name.startswith(begins) for name in tests), f"no test of a planted case begins {begins}"
