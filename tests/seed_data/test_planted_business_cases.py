"""What is planted in the council's business cases, its law and its work is found by the question of it."""

from app.questions.benefits_realised import BenefitsRealised
from app.questions.conflicts import Conflicts
from app.questions.legal_slack import LegalSlack
from app.questions.net_gain import NetGain
from app.questions.other_instruments import OtherInstruments
from app.questions.reorganisation import Reorganisation
from app.questions.shared_work import SharedWork
from app.questions.simplify_standardise_share import SimplifyStandardiseShare
from app.questions.three_delusions import ThreeDelusions
from app.questions.transformation_test import TransformationTest
from tests.seed_data.conftest import Council


async def test_net_gain_finds_a_gain_that_falls_to_somebody_who_has_not_agreed(council: Council) -> None:
    rows = await council.ask(NetGain, gain=["net_gain_overall_net_loss_to_payer"])
    found = {row.organisation.id: row for row in rows if row.id == council.ids["project/WV-004"]}
    payer, gainer = (found[council.ids[key]] for key in ("org/wyverdale", "org/health-trust"))
    assert payer.net < 0 < payer.overall and gainer.net > 0
    assert (payer.assumed, gainer.consent) == (True, "not_agreed")
    (loser, _) = await council.ask(NetGain, project=[council.ids["project/WV-001"]])
    assert (loser.consent, loser.benefit_cash) == ("agreed", -6_000_000)


async def test_conflicts_finds_help_and_harm_in_one_project_and_between_two(council: Council) -> None:
    ids = council.ids
    rows = {(row.ref, row.harms.id): row for row in await council.ask(Conflicts)}
    order = rows["WV-001", ids["goal/high-streets"]]
    assert {each.id for each in order.helps} == {ids["goal/town-air"]}
    assert {each.id for each in order.through} == {ids["instrument/clean-air-order"]}
    assert {each.id for each in rows["WV-011", ids["goal/high-streets"]].through} == {
        ids["instrument/resident-permits"]
    }
    promoted = rows["WV-040", ids["goal/town-air"]]
    assert ids["project/WV-005"] in {each.id for each in promoted.against}


async def test_other_instruments_finds_two_ways_to_one_goal(council: Council) -> None:
    rows = await council.ask(OtherInstruments, goal=council.ids["goal/town-air"])
    assert {row.id for row in rows} == {
        council.ids["instrument/clean-air-order"], council.ids["instrument/resident-permits"],
    }  # fmt: skip
    assert [row.compared_with is None for row in rows].count(True) == 1


async def test_legal_slack_finds_each_kind_of_slack_and_authority_that_ends(council: Council) -> None:
    rows = {(row.ref, row.slack): row for row in await council.ask(LegalSlack)}
    assert len(await council.ask(LegalSlack, project=[council.ids["project/WV-017"]])) == 1
    assert rows["WV-017", "benefit_before_law"].slack_days == -183
    assert rows["WV-018", "unbounded"].law_day is None
    assert rows["WV-019", "ok"].slack_days == 365
    assert rows["WV-009", "no_slack"].need == "helpful"
    ends = rows["WV-009", "authority_ends_before_benefit"]
    assert (ends.law.id, str(ends.law_day)) == (council.ids["provision/notices-5"], "2029-04-01")


async def test_reorganisation_finds_late_benefits_and_two_councils_on_one_service(council: Council) -> None:
    ids, rows = council.ids, await council.ask(Reorganisation)
    assert {str(row.ends_on) for row in rows} == {"2028-04-01"}
    assert {each.id for row in rows for each in row.successors} == {ids["org/successor"]}
    late = {row.ref for row in rows if row.finding == "benefit_after_its_bearer_ends"}
    assert "WV-019" in late and "WV-017" not in late
    pairs = [{row.id, row.other.id} for row in rows if row.finding == "merging_councils_do_the_same"]
    assert {ids["project/TM-001"], ids["project/WV-002"]} in pairs


async def test_shared_work_finds_a_pair_and_rules_that_nobody_uses(council: Council) -> None:
    ids = council.ids
    rows = {(row.id, row.other.id, row.asset and row.asset.id) for row in await council.ask(SharedWork)}
    pair = {ids["project/TM-001"], ids["project/WV-002"]}
    assert any({one, other} == pair and asset is None for one, other, asset in rows)
    assert (ids["project/TM-001"], ids["project/WV-012"], ids["asset/permit-rules"]) in rows
    shared = {ids["project/TM-002"], ids["project/WV-004"]}
    assert not any({one, other} == shared for one, other, _ in rows)


async def test_simplify_standardise_share_finds_all_three_rungs(council: Council) -> None:
    (row,) = await council.ask(SimplifyStandardiseShare, rung=["shared"])
    assert row.ref == "WV-003" and [each.id for each in row.shares] == [council.ids["asset/rounds-standard"]]


async def test_transformation_test_tells_what_earned_the_word_from_what_did_not(council: Council) -> None:
    rows = {row.ref: row for row in await council.ask(TransformationTest)}
    assert rows["WV-001"].finding == "justified" and rows["WV-001"].missing == []
    assert rows["WV-002"].finding == "cosmetic"
    assert (rows["WV-004"].finding, rows["WV-004"].missing) == (
        "process_improvement",
        ["no_instrument_changed"],
    )
    assert (rows["WV-006"].finding, rows["WV-006"].missing) == ("unproven", ["no_benefit_for_that_goal"])
    assert rows["WV-017"].finding == "unproven" and "blocking_legal_gap" in rows["WV-017"].missing


async def test_three_delusions_finds_each_of_them(council: Council) -> None:
    rows = {row.ref: row for row in await council.ask(ThreeDelusions)}
    assert (rows["WV-002"].delusions, rows["WV-002"].cash_percent, rows["WV-002"].interface_as_stated) == (
        ["digital_cuts_cost", "interface_is_all"], 90, True,
    )  # fmt: skip
    assert rows["WV-014"].interface_as_stated is False
    touched = {each.id for each in rows["WV-014"].instruments}
    assert touched == {council.ids["instrument/garden-subscription"]}


async def test_benefits_realised_finds_a_line_that_arrived_a_month_late(council: Council) -> None:
    (row,) = await council.ask(BenefitsRealised, arrival=["arrived_late"])
    assert (row.ref, row.late_by_days, str(row.actual), str(row.short_by)) == (
        "WV-003", 31, "64210.55", "85789.45",
    )  # fmt: skip
