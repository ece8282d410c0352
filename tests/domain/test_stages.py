"""Which stage and outcome of a change in the law may follow which."""

from datetime import date
from itertools import pairwise, product
from typing import Any

import pytest

from app.domain import stages
from app.domain.stages import OUTCOMES, STAGES, Event
from graph_schema.law import LegalChange
from graph_schema.values import ChangeOutcome, ChangeStage, Legislature

TODAY = date(2026, 11, 25)
SAID: dict[str, Any] = {"on": "2026-11-20", "citation": "Hansard"}


def codes(facts: dict[str, Any], event: dict[str, Any], last: date | None = None) -> list[str]:
    """What is wrong with an event of a change with these facts."""
    change = LegalChange.model_validate({"title": "A Bill", "kind": "bill", **facts})
    happened = Event.model_validate(SAID | event)
    return [fault.code for fault in stages.faults(change, happened, last, TODAY)]


@pytest.mark.parametrize("legislature", [*Legislature, None], ids=str)
def test_every_legislature_begins_with_a_proposal_and_ends_when_law_is_made(legislature: Any) -> None:
    order = STAGES[legislature]
    assert (order[0], order[-1]) == (ChangeStage.PROPOSED, ChangeStage.ASSENT)
    assert all(stages.may_follow(legislature, *step) for step in pairwise(order))


def test_a_stage_follows_earlier_ones_of_its_own_legislature_alone() -> None:
    for legislature, now, then in product([*Legislature, None], ChangeStage, ChangeStage):
        ahead = list(ChangeStage).index(then) > list(ChangeStage).index(now)
        again = (now, then) == (ChangeStage.DRAFT, ChangeStage.CONSULTATION)
        wanted = then in STAGES[legislature] and (ahead or again)
        assert stages.may_follow(legislature, now, then) is wanted, (legislature, now, then)


@pytest.mark.parametrize(
    ("facts", "event", "wrong"),
    [
        ({"legislature": "uk"}, {"stage": "introduced"}, []),
        ({"legislature": "uk", "stage": "first_house"}, {"stage": "second_house"}, []),
        ({"legislature": "senedd", "stage": "draft"}, {"stage": "second_house"}, ["stage_cannot_follow"]),
        ({"legislature": "council", "stage": "draft"}, {"stage": "first_house"}, ["stage_cannot_follow"]),
        ({"stage": "second_house"}, {"stage": "first_house"}, ["stage_cannot_follow"]),
        ({"stage": "introduced"}, {"stage": "introduced"}, ["stage_cannot_follow"]),
        ({"stage": "assent"}, {"stage": "proposed"}, ["stage_cannot_follow"]),
        ({"outcome": "fell"}, {"stage": "assent"}, ["stage_cannot_follow"]),
        ({"stage": "final_stages"}, {"stage": "assent", "outcome": "made"}, []),
        ({"stage": "final_stages"}, {"outcome": "made"}, ["outcome_cannot_follow"]),
        ({"stage": "assent", "outcome": "made"}, {"outcome": "in_force"}, []),
        ({"stage": "assent"}, {"outcome": "defeated"}, ["outcome_cannot_follow"]),
        ({"stage": "first_house"}, {"outcome": "defeated"}, []),
        ({"outcome": "fell"}, {"outcome": "pending"}, ["outcome_cannot_follow"]),
        ({"outcome": "fell"}, {"outcome": "superseded"}, []),
        ({"outcome": "quashed"}, {"outcome": "in_force"}, ["outcome_cannot_follow"]),
        ({"stage": "assent", "outcome": "in_force"}, {"outcome": "quashed"}, []),
        ({}, {"in_force_on": "2027-04-01"}, ["not_made_yet"]),
        ({"stage": "assent", "outcome": "made"}, {"in_force_on": "2027-04-01"}, []),
        ({"outcome": "made", "in_force_on": "2027-04-01"}, {"outcome": "in_force"}, ["date_order"]),
        ({}, {"likely_in_force": "2027-04-01"}, []),
        ({}, {}, ["event_empty"]),
        ({}, {"stage": "draft", "citation": None}, ["source_missing"]),
        ({}, {"stage": "draft", "on": "2026-11-26"}, ["event_in_future"]),
    ],
)  # fmt: skip
def test_an_event_that_cannot_have_happened_next_is_refused(
    facts: dict[str, Any], event: dict[str, Any], wrong: list[str]
) -> None:
    assert codes(facts, event) == wrong


def test_events_are_recorded_in_their_order() -> None:
    assert codes({}, {"stage": "draft"}, date(2026, 11, 21)) == ["event_out_of_order"]
    assert codes({}, {"stage": "draft"}, date(2026, 11, 20)) == []


def test_every_outcome_but_pending_comes_from_some_other() -> None:
    for outcome in ChangeOutcome:
        assert outcome not in OUTCOMES[outcome].after
        assert bool(OUTCOMES[outcome].after) is (outcome is not ChangeOutcome.PENDING)
