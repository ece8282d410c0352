"""Each rule has an example that meets it and one that does not; and the rules read from a real graph."""

import asyncio
from datetime import date
from typing import Any

import pytest

from app.domain import rules
from app.domain.rules import Case, Severity, case
from app.domain.rules.case import Tie
from app.errors import RuleBroken
from app.graph import Graph
from app.who import EVERYTHING, Reader
from graph_schema import KIND_BY_NAME, LINK_BY_LABEL, NODE_KINDS, links
from graph_schema.core import Link
from graph_schema.delivery import Evidence
from tests import build
from tests.api.facts import least
from tests.domain.conftest import Desk

ON = date(2026, 11, 25)
PERSON = "01890000-0000-7000-8000-000000000001"
RULES = {rule.code: rule for rule in rules.RULES}


def facts(kind: str, **stated: Any) -> Any:
    """A record's facts, valid unless said otherwise."""
    declared = KIND_BY_NAME[kind]
    return declared.model_validate({"title": "A title", **least(declared), **stated})


def tie(label: str, far: str = "Project", /, *, into: bool = False, **given: Any) -> Tie[Any, Any]:
    """A link to (or from) a record of this kind. `far_` before a name: a fact of the other end."""
    declared = LINK_BY_LABEL[label]
    own = {name: value for name, value in given.items() if not name.startswith("far_")}
    other = {name.removeprefix("far_"): value for name, value in given.items() if name.startswith("far_")}
    live, evidence = other.pop("live", True), own.pop("resting_on", None)
    reviewed_on = own.pop("reviewed_on", None)
    return Tie(
        id=f"{label}-{abs(hash(str(given)))}",
        facts=declared.model_validate({**least(declared), **own}),
        outgoing=not into,
        far_id="far",
        far=facts(far, **other),
        far_live=live,
        evidence=() if evidence is None else (Evidence.model_validate({"title": "E", **evidence}),),
        reviewed_on=reviewed_on,
    )


ANSWER = {
    "question": "unaligned", "digest": "0" * 64, "valid_on": "2026-01-01", "ledger": "a ledger", "number": 7,
}  # fmt: skip


def of(kind: str, *ties: Tie[Any, Any], cycles: tuple[str, ...] = (), **stated: Any) -> Case[Any]:
    """A record as the rules see it on 25 November 2026."""
    return Case("id", facts(kind, **stated), ON, ties, frozenset(cycles))


def owned(discipline: str | None = None, **given: Any) -> Tie[Any, Any]:
    return tie("OWNS", "Post", into=True, accountable=True, far_discipline=discipline, **given)


def incurs(**given: Any) -> Tie[Any, Any]:
    return tie("INCURS", "Cost", **{f"far_{name}": value for name, value in given.items()})


def gains(**given: Any) -> Tie[Any, Any]:
    return tie("EXPECTS", "Benefit", **{f"far_{name}": value for name, value in given.items()})


def changes(depth: str = "process", **given: Any) -> Tie[Any, Any]:
    return tie("CHANGES", "Process", depth=depth, **given)


def needs(need: str = "blocking", **given: Any) -> Tie[Any, Any]:
    return tie("NEEDS_CHANGE", "LegalChange", need=need, **given)


DECLARED = {"reason": "r", "declared_by": "a", "declared_on": "2026-01-01", "expires": "2027-01-01"}
_OVER = {"share": "0.6"}

EXAMPLES: dict[str, tuple[Case[Any], Case[Any]]] = {
    # code: (one that meets the rule, one that does not)
    "no_go_live": (of("Project", go_live="2027-01-01"), of("Project")),
    "go_live_after_end": (
        of("Project", go_live="2027-01-01", end="2027-01-01"),
        of("Project", go_live="2027-01-02", end="2027-01-01"),
    ),
    "state_against_days": (
        of("Project", state="delivering", start="2026-11-25"),
        of("Project", state="closed", end="2026-11-26"),
    ),
    "over_without_end": (of("Project", state="stopped", end="2026-01-01"), of("Project", state="stopped")),
    "nothing_changed": (of("Project", tie("ENABLES")), of("Project", tie("CLAIMS", "PolicyGoal"))),
    "no_label": (of("Project", label="enabler"), of("Project")),
    "no_stated_depth": (of("Project", stated_depth="rules"), of("Project")),
    "depth_differs": (
        of("Project", changes("interface"), changes("process"), stated_depth="process"),
        of("Project", changes("interface"), stated_depth="process"),
    ),
    "cosmetic_transformation": (
        of("Project", changes("interface"), changes("rules"), label="transformation"),
        of("Project", changes("interface"), label="transformation"),
    ),
    "enabler_of_nothing": (of("Project", tie("ENABLES"), label="enabler"), of("Project", label="enabler")),
    "declaration_expired": (
        of("Project", not_applicable=DECLARED),
        of("Project", not_applicable=DECLARED | {"expires": "2026-11-25"}),
    ),
    "declaration_not_accepted": (
        of("Project", not_applicable=DECLARED | {"accepted_by": "b", "accepted_on": "2026-02-01"}),
        of("Project", not_applicable=DECLARED),
    ),
    "evidence_expired": (of("Evidence", expires="2026-11-26"), of("Evidence", expires="2026-11-25")),
    "evidence_expires_first": (
        of("Evidence", dated="2026-01-01", expires="2027-01-01"),
        of("Evidence", dated="2026-01-01", expires="2026-01-01"),
    ),
    "evidence_undated": (of("Evidence", dated="2026-01-01"), of("Evidence")),
    "asset_without_licence": (of("Asset", licence="OGL"), of("Asset")),
    "portfolio_without_board": (of("Portfolio", board="Capital board"), of("Portfolio")),
    "decision_incomplete": (
        of("Decision", board="Board", on="2026-01-01", choice="Yes"),
        of("Decision", board="Board", on="2026-01-01"),
    ),
    "decision_without_answers": (of("Decision", answers=[ANSWER]), of("Decision")),
    "past_its_time": (of("Portfolio", valid_to="2026-11-26"), of("Portfolio", valid_to="2026-11-25")),
    "cost_shared": (
        of(
            "Cost",
            tie("INCURS", into=True, valid_to="2026-01-01"),
            tie("INCURS", into=True, valid_from="2026-01-01"),
        ),
        of("Cost", tie("INCURS", into=True), tie("INCURS", "PolicyInstrument", into=True)),
    ),
    "cost_of_nothing": (of("Cost", tie("INCURS", into=True)), of("Cost")),
    "benefit_of_nothing": (of("Benefit", tie("EXPECTS", into=True)), of("Benefit")),
    "funding_of_nothing": (of("Funding", tie("FUNDED_BY", into=True)), of("Funding")),
    "attribution_over_one": (
        of("Benefit", *(tie("EXPECTS", into=True, attribution=each) for each in ("0.5", "0.500000"))),
        of("Benefit", *(tie("EXPECTS", into=True, attribution=each) for each in ("0.5", "0.500001"))),
    ),
    "bearers_over_one": (
        of("Cost", *(tie("FALLS_TO", "Organisation", share=each) for each in ("0.4", "0.6"))),
        of("Cost", *(tie("FALLS_TO", "Organisation", share=each) for each in ("0.5", "0.6"))),
    ),
    "bearers_incomplete": (
        of("Benefit", tie("FALLS_TO", "Organisation")),
        of("Benefit", tie("FALLS_TO", "Organisation", share="0.5"), tie("FALLS_TO", "Organisation")),
    ),
    "bearer_assumed": (of("Cost", tie("FALLS_TO", "Organisation")), of("Cost")),
    "bearer_not_agreed": (
        of("Cost", tie("FALLS_TO", "Organisation", agreed_by_bearer=True)),
        of("Cost", tie("FALLS_TO", "Organisation")),
    ),
    "agreement_half": (
        of("Cost", tie("FALLS_TO", "Organisation", agreed_by_bearer=True, agreed_on="2026-01-01")),
        of("Cost", tie("FALLS_TO", "Organisation", agreed_on="2026-01-01")),
    ),
    "cost_negative": (of("Cost", amount="0.00"), of("Cost", amount="-0.01")),
    "real_prices_without_year": (
        of("Cost", price_basis="real", price_year=2025),
        of("Benefit", price_basis="real"),
    ),
    "actual_to_come": (
        of("Cost", case_version="actual", year=2026),
        of("Cost", case_version="actual", year=2027),
    ),
    "benefit_overdue": (
        of("Benefit", due="2026-01-01", realised_on="2026-06-01"),
        of("Benefit", due="2026-11-24"),
    ),
    "no_cost": (of("Project", incurs()), of("Project")),
    "no_benefit": (of("Project", gains()), of("Project")),
    "costs_in_buckets": (
        of("Project", incurs(year=2025), incurs(year=2026)),
        of("Project", incurs(), incurs(currency="EUR")),
    ),
    "whole_life_and_years": (
        of("Project", incurs(line="a"), incurs(line="b", year=2026)),
        of("Project", incurs(line="a"), incurs(line="a", year=2026)),
    ),
    "benefit_before_go_live": (
        of("Project", gains(year=2026), go_live="2027-03-31"),
        of("Project", gains(year=2026), go_live="2027-04-01"),
    ),
    "accountable_twice": (
        of("Project", owned(valid_to="2026-01-01"), owned(valid_from="2026-01-01")),
        of("Project", owned("policy"), owned("finance")),
    ),
    "no_owner": (of("Process", owned()), of("Process", owned(valid_to="2026-11-25"))),
    "owner_vacant": (of("Process", owned(far_holder=PERSON)), of("Process", owned())),
    "no_digital_post": (of("Project", owned("digital")), of("Project", owned("policy"))),
    "no_policy_post": (of("Project", owned("policy")), of("Project", owned("digital"))),
    "no_finance_post": (of("Project", owned("finance")), of("Project", owned("finance", far_live=False))),
    "no_legal_post": (of("Project", owned("legal"), needs()), of("Project", owned("policy"), needs())),
    "one_person_at_the_table": (
        of("Project", owned("policy", far_holder=PERSON), owned("legal")),
        of("Project", owned("policy", far_holder=PERSON), owned("legal", far_holder=PERSON)),
    ),
    "post_vacant": (of("Post", holder=PERSON), of("Post")),
    "post_of_nobody": (of("Post", organisation=PERSON), of("Post")),
    "no_nation": (of("Organisation", nation="W"), of("Organisation")),
    "ended_without_successor": (
        of("Organisation", tie("SUCCEEDED_BY", "Organisation"), valid_to="2026-01-01"),
        of("Organisation", valid_to="2026-01-01"),
    ),
    "succession_over_one": (
        of("Process", *(tie("SUCCEEDED_BY", "Process", share=each) for each in ("0.4", "0.6"))),
        of("Process", *(tie("SUCCEEDED_BY", "Process", share=each) for each in ("0.5", "0.6"))),
    ),
    "succession_incomplete": (
        of("Process", *(tie("SUCCEEDED_BY", "Process", share=each) for each in ("0.4", "0.6"))),
        of("Process", tie("SUCCEEDED_BY", "Process", share="0.4"), tie("SUCCEEDED_BY", "Process")),
    ),
    "succession_undated": (
        of("Process", tie("SUCCEEDED_BY", "Process", on="2026-01-01")),
        of("Process", tie("SUCCEEDED_BY", "Process")),
    ),
    "cycle": (of("PolicyGoal"), of("PolicyGoal", cycles=("PART_OF",))),
    "goal_not_adopted": (
        of("PolicyGoal", adopted_by="Cabinet", adopted_on="2026-01-01"),
        of("PolicyGoal", adopted_by="Cabinet"),
    ),
    "goal_adopted_later": (
        of("PolicyGoal", adopted_on="2026-11-25"),
        of("PolicyGoal", adopted_on="2026-11-26"),
    ),
    "goal_without_priority": (of("PolicyGoal", priority=1), of("PolicyGoal")),
    "goal_not_measured": (of("PolicyGoal", tie("MEASURED_BY", "Outcome")), of("PolicyGoal")),
    "goal_ended_without_successor": (
        of("PolicyGoal", tie("SUCCEEDED_BY", "PolicyGoal"), valid_to="2026-01-01"),
        of("PolicyGoal", valid_to="2026-01-01"),
    ),
    "readings_backwards": (
        of("Outcome", baseline={"value": "1", "on": "2025-01-01"}, target={"value": "2", "on": "2027-01-01"}),
        of("Outcome", baseline={"value": "1", "on": "2025-01-01"}, latest={"value": "2", "on": "2024-01-01"}),
    ),
    "outcome_without_target": (of("Outcome", target={"value": "2"}), of("Outcome")),
    "instrument_not_grounded": (
        of("PolicyInstrument", tie("GROUNDED_IN", "Legislation", basis="power")),
        of("PolicyInstrument"),
    ),
    "instrument_without_goal": (
        of("PolicyInstrument", tie("ADVANCES", "PolicyGoal")),
        of("PolicyInstrument"),
    ),
    "retiring_without_successor": (
        of("PolicyInstrument", tie("SUCCEEDED_BY", "PolicyInstrument"), state="retiring"),
        of("PolicyInstrument", state="retiring"),
    ),
    "process_without_instrument": (of("Process", tie("OPERATES", "PolicyInstrument")), of("Process")),
    "process_without_service_type": (of("Process", tie("INSTANCE_OF", "ServiceType")), of("Process")),
    "no_organisation": (of("Process", organisation=PERSON), of("PolicyInstrument")),
    "duty_kind_without_duty": (
        of("Provision", force="duty", duty_kind="target"),
        of("Provision", force="power", duty_kind="target"),
    ),
    "duty_kind_unstated": (
        of("Provision", force="duty", duty_kind="target"),
        of("Provision", force="duty"),
    ),
    "force_unstated": (of("Provision", force="power"), of("Provision")),
    "application_beyond_extent": (
        of("Provision", extent=["E", "W"], application=["E"]),
        of("Provision", extent=["E", "W"], application=["S"]),
    ),
    "ended_without_day": (
        of("Provision", intervals=[{"to": "2026-01-01", "ended_by": "repeal"}]),
        of("Provision", intervals=[{"ended_by": "repeal"}]),
    ),
    "provision_of_no_legislation": (of("Provision", tie("PART_OF", "Legislation")), of("Provision")),
    "change_not_checked": (
        of("LegalChange", last_checked="2026-08-27"),
        of("LegalChange", last_checked="2026-08-26"),
    ),
    "change_without_estimate": (
        of("LegalChange", latest_in_force="2028-01-01"),
        of("LegalChange", earliest_in_force="2027-01-01"),
    ),
    "estimate_passed": (
        of("LegalChange", latest_in_force="2026-11-25"),
        of("LegalChange", latest_in_force="2026-11-24"),
    ),
    "outcome_against_day": (
        of("LegalChange", outcome="in_force", in_force_on="2026-11-25"),
        of("LegalChange", in_force_on="2026-11-25"),
    ),
    "stage_of_another_legislature": (
        of("LegalChange", legislature="uk", stage="second_house"),
        of("LegalChange", legislature="council", stage="second_house"),
    ),
    "superseded_by_nothing": (
        of("LegalChange", tie("SUCCEEDED_BY", "LegalChange"), outcome="superseded"),
        of("LegalChange", outcome="superseded"),
    ),
    "shares_do_not_add_up": (
        of("Project", changes(share="0.4"), changes()),
        of("Project", changes(share="0.4"), tie("ENABLES", share="0.5")),
    ),
    "points_to_retired": (of("Project", changes()), of("Project", changes(far_live=False))),
    "rests_on_expired_evidence": (
        of("Project", changes(resting_on={"expires": "2026-11-26"})),
        of("Project", changes(resting_on={"expires": "2026-11-25"})),
    ),
    "review_overdue": (
        of(
            "Project",
            changes(review_due="2026-11-25"),
            changes(review_due="2026-11-24", reviewed_on=date(2026, 11, 24)),
        ),
        of("Project", changes(review_due="2026-11-24", reviewed_on=date(2026, 11, 23))),
    ),
    "needed_before_it_can_be": (
        of("Project", needs(needed_by="2027-01-01", far_earliest_in_force="2027-01-01")),
        of("Process", needs(needed_by="2027-01-01", far_likely_in_force="2027-01-02")),
    ),
    "need_of_a_dead_change": (
        of("Project", needs("helpful", far_outcome="fell"), needs()),
        of("Project", needs(far_outcome="fell")),
    ),
    "depends_on_what_comes_late": (
        of("Project", tie("DEPENDS_ON", needed_by="2027-01-01", far_go_live="2027-01-01")),
        of("Project", tie("DEPENDS_ON", needed_by="2027-01-01", far_go_live="2027-01-02")),
    ),
    "duty_without_duty": (
        of("Process", tie("GROUNDED_IN", "Provision", basis="duty", far_force="duty")),
        of("Process", tie("GROUNDED_IN", "Provision", basis="duty", far_force="power")),
    ),
    "purpose_half_confirmed": (
        of("Process", tie("GROUNDED_IN", "Provision", basis="power")),
        of("Process", tie("GROUNDED_IN", "Provision", basis="power", purpose_confirmed_by="a post")),
    ),
}


def _said(code: str, example: Case[Any]) -> rules.Checked:
    return next(each for each in rules.checked(example) if each.rule.code == code)


@pytest.mark.parametrize("code", RULES)
def test_each_rule_has_an_example_that_meets_it_and_one_that_does_not(code: str) -> None:
    meets, breaks = (_said(code, example) for example in EXAMPLES[code])
    assert meets.met
    assert breaks.findings and all(each.detail == RULES[code].advice for each in breaks.findings)


def test_every_rule_has_one_code_one_sentence_of_advice_and_says_what_it_demands() -> None:
    assert len(RULES) == len(rules.RULES) and set(EXAMPLES) == set(RULES)
    for rule in rules.RULES:
        assert rule.advice.endswith(".") and ". " not in rule.advice
        assert rule.says.endswith(".")


def test_a_rule_reads_only_links_its_kinds_can_have() -> None:
    for rule in rules.RULES:
        for way in rule.reads:
            kind = LINK_BY_LABEL[way.removeprefix(case.INCOMING)]
            side = 1 if way.startswith(case.INCOMING) else 0
            joined = {end for cell in kind.matrix for end in cell[side]}
            assert joined & set(rule.kinds), f"{rule.code} reads {way}"


def test_every_violation_but_the_cycle_names_the_link_whose_claim_it_refuses() -> None:
    grave = [rule for rule in rules.RULES if rule.severity is Severity.VIOLATION and rule.code != "cycle"]
    assert [rule.code for rule in grave if len(rule.reads) != 1] == []


def test_a_rule_that_does_not_apply_is_neither_met_nor_broken() -> None:
    said = _said("no_legal_post", of("Project"))
    assert (said.applies, said.met, said.findings) == (False, False, ())


# In the graph


async def test_the_rules_of_many_records_are_read_in_one_statement(graph: Graph) -> None:
    project, other, cost = build.a_project(), build.a_project(), build.a_cost("5.00")
    post, hidden = build.a("Post"), build.a("Post", sensitivity="restricted")
    change = build.a_change(outcome="fell")
    goals = [build.a_goal() for _ in range(3)]
    await build.store(
        graph, project, other, cost, post, hidden, change, *goals,
        build.link("INCURS", project, cost), build.link("INCURS", other, cost),
        build.link("OWNS", post, project, accountable=True),
        build.link("OWNS", hidden, project, accountable=True),
        build.link("NEEDS_CHANGE", project, change),
        *(build.link("PART_OF", goals[at], goals[(at + 1) % 3]) for at in range(2)),
    )  # fmt: skip
    found = await _codes(graph, EVERYTHING, project, other)
    assert {"accountable_twice", "need_of_a_dead_change"} <= found[project.id]
    assert "no_owner" in found[other.id] and "no_cost" not in found[other.id]
    assert "accountable_twice" not in (await _codes(graph, Reader("another"), project))[project.id]
    assert "cost_shared" in (await _codes(graph, EVERYTHING, cost))[cost.id]
    assert not any("cycle" in codes for codes in (await _codes(graph, EVERYTHING, *goals)).values())
    await build.store(graph, build.link("PART_OF", goals[2], goals[0]))
    assert all("cycle" in codes for codes in (await _codes(graph, EVERYTHING, *goals)).values())


async def _codes(graph: Graph, reader: Reader, *drawn: build.Drawn) -> dict[str, set[str]]:
    kind, ids = KIND_BY_NAME[drawn[0].kind], [each.id for each in drawn]
    found = await rules.cases(graph, kind, ids, reader, ON)
    return {each.id: {finding.code for finding in rules.findings(each)} for each in found}


async def test_every_kind_of_record_can_be_held_to_its_rules(graph: Graph) -> None:
    drawn = [build.a(kind.__name__, **least(kind) | {"title": "A"}) for kind in NODE_KINDS]
    await build.store(graph, *drawn)
    for each in drawn:
        assert len(await rules.cases(graph, KIND_BY_NAME[each.kind], [each.id], EVERYTHING, ON)) == 1


async def test_a_second_accountable_post_is_refused_and_a_second_owner_is_not(desk: Desk) -> None:
    project, first, second = [await desk.create(KIND_BY_NAME[kind]) for kind in ("Project", "Post", "Post")]
    await desk.claim(links.Owns, first, project, accountable=True)
    owns = await desk.claim(links.Owns, second, project)
    with pytest.raises(RuleBroken) as refused:
        await desk.change(owns, {"accountable": True})
    assert [each.code for each in refused.value.faults] == ["accountable_twice"]
    assert (await desk.get(owns))["facts"]["accountable"] is False


REFUSED: dict[str, tuple[type[Link], str, str, dict[str, Any], bool]] = {
    # code: (kind of link, from, to, facts, whether the rule is about the record it points to)
    "accountable_twice": (links.Owns, "Post", "Project", {"accountable": True}, True),
    "attribution_over_one": (links.Expects, "Project", "Benefit", {"attribution": "0.6"}, True),
    "bearers_over_one": (links.FallsTo, "Cost", "Organisation", {"share": "0.6"}, False),
    "cost_shared": (links.Incurs, "Project", "Cost", {}, True),
    "succession_over_one": (links.SucceededBy, "Process", "Process", {"share": "0.6"}, False),
}


@pytest.mark.parametrize("code", REFUSED)
async def test_the_link_that_would_break_a_rule_is_refused_and_leaves_nothing(desk: Desk, code: str) -> None:
    link, source, target, given, about_target = REFUSED[code]
    one, two = (source, target) if about_target else (target, source)
    kept = await desk.create(KIND_BY_NAME[two])
    others = [await desk.create(KIND_BY_NAME[one]) for _ in range(2)]
    ends = [(each, kept) if about_target else (kept, each) for each in others]
    first = await desk.claim(link, *ends[0], **given)
    number = await desk.number()
    with pytest.raises(RuleBroken) as refused:
        await desk.claim(link, *ends[1], **given)
    assert [(each.pointer, each.code) for each in refused.value.faults] == [("/facts", code)]
    assert await desk.number() == number
    await desk.end(first)
    await desk.claim(link, *ends[1], **given)


def test_every_violation_is_refused_by_a_link_or_is_a_circle() -> None:
    grave = {rule.code for rule in rules.RULES if rule.severity is Severity.VIOLATION}
    assert grave == set(REFUSED) | {"cycle"}


async def test_of_many_posts_made_accountable_at_once_one_is(desk: Desk, graph: Graph) -> None:
    project = await desk.create(KIND_BY_NAME["Project"])
    posts = [await desk.create(KIND_BY_NAME["Post"]) for _ in range(4)]
    owns = [await desk.claim(links.Owns, post, project) for post in posts]
    made = await asyncio.gather(
        *(desk.change(each, {"accountable": True}) for each in owns), return_exceptions=True
    )
    assert sorted(type(each) is RuleBroken for each in made) == [False, True, True, True]
    (row,) = await graph.rows("MATCH ()-[r:OWNS {accountable: true}]->() RETURN count(r) AS n")
    assert row["n"] == 1


async def test_a_circle_through_what_is_hidden_is_told_to_nobody_who_may_not_see_it(
    desk: Desk, graph: Graph
) -> None:
    low, high = build.a_goal(), build.a_goal()
    hidden = build.a_goal(sensitivity="restricted", organisation=PERSON)
    await build.store(
        graph, low, high, hidden,
        build.link("PART_OF", low, hidden), build.link("PART_OF", hidden, high),
    )  # fmt: skip
    ends = [await desk.get({"kind": "PolicyGoal", "id": each.id}) for each in (high, low)]
    with pytest.raises(RuleBroken):
        await desk.claim(links.PartOf, *ends)
    await desk.claim(links.PartOf, *ends, reader=Reader("another"))
