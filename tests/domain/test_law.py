"""States of law on a date: of provisions, effects and changes."""

from datetime import date
from typing import Any

import pytest

from app.domain import law
from app.domain.law import Change, Place, State
from graph_schema.law import LegalChange, Provision
from graph_schema.links import Affects
from graph_schema.values import Nation

DAY = date(2026, 6, 1)
LONG_AGO, SOON = "2000-01-01", "2026-09-01"
WALES, ENGLAND = Place(Nation.W), Place(Nation.E)
COMPLETES = "in force in so far as not already in force"
PURPOSES = "for specified purposes"


def provision(*intervals: dict[str, Any], **facts: Any) -> Provision:
    return Provision.model_validate({"title": "s. 1", "force": "power", "intervals": intervals, **facts})


def effect(*intervals: dict[str, Any], **facts: Any) -> Affects:
    return Affects.model_validate({"effect": "amend", "intervals": intervals, **facts})


def change(*effects: Affects, successors: tuple[str, ...] = (), **facts: Any) -> Change:
    stated = LegalChange.model_validate({"title": "A Bill", "kind": "bill", **facts})
    return Change(stated, effects, successors)


def begins(day: str, qualification: str | None = None, **more: Any) -> dict[str, Any]:
    return {"from": day, "qualification": qualification, **more}


@pytest.mark.parametrize(
    ("intervals", "state"),
    [
        ([begins(LONG_AGO)], State.IN_FORCE),
        ([begins(LONG_AGO, "wholly in force")], State.IN_FORCE),
        ([begins("2026-06-01")], State.IN_FORCE),
        ([begins(SOON)], State.DATED_FUTURE),
        ([{}], State.UNAPPOINTED),
        ([], State.UNAPPOINTED),
        ([begins(LONG_AGO, to="2026-06-01")], State.ENDED),
        ([begins(LONG_AGO, to="2026-06-02")], State.IN_FORCE),
        ([begins(LONG_AGO, to="2020-01-01"), {}], State.UNAPPOINTED),
        ([begins(LONG_AGO, to="2020-01-01"), {"to": "2020-01-01"}], State.ENDED),
        ([begins(LONG_AGO, to="2020-01-01"), begins(SOON)], State.DATED_FUTURE),
        ([begins(LONG_AGO, to="2020-01-01", ended_by="quashed")], State.NEVER),
        ([begins(LONG_AGO, to="2020-01-01", saved_for="pending appeals")], State.PARTLY_IN_FORCE),
        ([begins(LONG_AGO, PURPOSES)], State.PARTLY_IN_FORCE),
        ([begins(LONG_AGO, "with effect in accordance with")], State.PARTLY_IN_FORCE),
        ([begins(LONG_AGO, "Other")], State.PARTLY_IN_FORCE),
        ([begins(LONG_AGO, PURPOSES), begins("2026-01-01", COMPLETES)], State.IN_FORCE),
        ([begins(LONG_AGO, PURPOSES), begins(SOON, COMPLETES)], State.PARTLY_IN_FORCE),
        ([begins(SOON, PURPOSES), begins("2026-10-01", COMPLETES)], State.DATED_FUTURE),
        (
            [begins(LONG_AGO, PURPOSES, to="2026-05-01"), begins("2026-01-01", COMPLETES)],
            State.PARTLY_IN_FORCE,
        ),
        ([begins(LONG_AGO, COMPLETES)], State.IN_FORCE),
        ([begins(LONG_AGO), {}], State.IN_FORCE),
    ],
)
def test_the_state_of_a_provision_comes_from_its_dated_entries(
    intervals: list[dict[str, Any]], state: State
) -> None:
    assert law.state_of_provision(provision(*intervals), DAY) is state


@pytest.mark.parametrize(
    ("words", "in_england", "in_wales", "everywhere"),
    [
        ("for E.", State.IN_FORCE, State.PARTLY_IN_FORCE, State.PARTLY_IN_FORCE),
        ("for W.", State.PARTLY_IN_FORCE, State.IN_FORCE, State.PARTLY_IN_FORCE),
        ("for E.W.", State.IN_FORCE, State.IN_FORCE, State.IN_FORCE),
        ("for E. for specified purposes",) + (State.PARTLY_IN_FORCE,) * 3,
    ],
)
def test_words_about_a_nation_commence_the_law_there(
    words: str, in_england: State, in_wales: State, everywhere: State
) -> None:
    law_of_both = provision(begins(LONG_AGO, words), extent=["E", "W"])
    states = [law.state_of_provision(law_of_both, DAY, place) for place in (ENGLAND, WALES, law.EVERYWHERE)]
    assert states == [in_england, in_wales, everywhere]


def test_a_later_entry_completes_each_nation_by_itself() -> None:
    entries = begins(LONG_AGO, "for E."), begins("2026-01-01", COMPLETES)
    assert law.state_of_provision(provision(*entries, extent=["E", "W"]), DAY) is State.IN_FORCE


def test_english_law_is_only_partly_there_for_a_welsh_council() -> None:
    english = provision(begins(LONG_AGO), extent=["E"])
    assert law.state_of_provision(english, DAY, WALES) is State.PARTLY_IN_FORCE
    assert law.state_of_provision(english, DAY) is State.IN_FORCE


def test_application_narrows_extent() -> None:
    applied = provision(begins(LONG_AGO), extent=["E", "W"], application=["E"])
    assert law.state_of_provision(applied, DAY, WALES) is State.PARTLY_IN_FORCE
    assert law.state_of_provision(applied, DAY, ENGLAND) is State.IN_FORCE


def test_law_for_other_types_of_authority_is_not_wholly_in_force_for_this_one() -> None:
    for_counties = provision(begins(LONG_AGO), applies_to=["county"])
    assert law.state_of_provision(for_counties, DAY, Place(None, "district")) is State.PARTLY_IN_FORCE
    assert law.state_of_provision(for_counties, DAY, Place(None, "county")) is State.IN_FORCE


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, State.PROPOSED),
        ({"stage": "consultation"}, State.PROPOSED),
        ({"stage": "introduced"}, State.IN_PARLIAMENT),
        ({"stage": "final_stages", "in_force_on": LONG_AGO}, State.IN_PARLIAMENT),
        ({"stage": "assent"}, State.UNAPPOINTED),
        ({"outcome": "made"}, State.UNAPPOINTED),
        ({"outcome": "made", "in_force_on": "2026-06-01"}, State.IN_FORCE),
        ({"outcome": "made", "in_force_on": SOON}, State.DATED_FUTURE),
        ({"outcome": "in_force"}, State.IN_FORCE),
        ({"outcome": "withdrawn"}, State.NEVER),
        ({"outcome": "defeated"}, State.NEVER),
        ({"outcome": "fell"}, State.NEVER),
        ({"outcome": "quashed", "in_force_on": LONG_AGO}, State.NEVER),
        ({"outcome": "superseded"}, State.NEVER),
    ],
)
def test_the_state_of_a_change_without_effects_comes_from_how_it_fared(
    facts: dict[str, Any], state: State
) -> None:
    assert law.state_of_change("c", {"c": change(**facts)}, DAY) is state


OLD, NEW, NO_DAY = effect(begins(LONG_AGO)), effect(begins(SOON)), effect({})
PARTLY, PROSPECTIVE = effect(begins(LONG_AGO, PURPOSES)), effect(prospective=True)


@pytest.mark.parametrize(
    ("effects", "state"),
    [
        ([OLD, OLD], State.IN_FORCE),
        ([OLD, NEW], State.PARTLY_IN_FORCE),
        ([OLD, PROSPECTIVE], State.PARTLY_IN_FORCE),
        ([PARTLY, NEW], State.PARTLY_IN_FORCE),
        ([NEW, NO_DAY], State.DATED_FUTURE),
        ([NO_DAY, PROSPECTIVE], State.UNAPPOINTED),
        ([OLD, effect()], State.IN_FORCE),
    ],
)
def test_the_state_of_a_change_with_effects_is_theirs_together(effects: list[Affects], state: State) -> None:
    assert law.state_of_change("c", {"c": change(*effects)}, DAY) is state


def test_a_superseded_change_has_the_state_of_its_last_successor() -> None:
    changes = {
        "a": change(outcome="superseded", successors=("b",)),
        "b": change(outcome="superseded", successors=("c",)),
        "c": change(stage="second_house"),
    }
    assert law.state_of_change("a", changes, DAY) is State.IN_PARLIAMENT


def test_changes_that_supersede_each_other_never_come() -> None:
    changes = {
        "a": change(outcome="superseded", successors=("b",)),
        "b": change(outcome="superseded", successors=("a",)),
    }
    assert law.state_of_change("a", changes, DAY) is State.NEVER


def test_of_several_successors_the_least_advanced_that_can_come_decides() -> None:
    changes = {
        "a": change(outcome="superseded", successors=("b", "c", "d")),
        "b": change(outcome="in_force"),
        "c": change(stage="introduced"),
        "d": change(outcome="fell"),
    }
    assert law.state_of_change("a", changes, DAY) is State.IN_PARLIAMENT


@pytest.mark.parametrize("outcome", ["fell", "withdrawn", "superseded"])
def test_what_will_not_come_is_not_revived_by_supposing_that_it_has_not_come(outcome: str) -> None:
    gone = change(outcome=outcome)
    assert law.supposed(gone, None) == gone


def test_a_later_day_supposed_takes_back_what_the_stated_day_opened_and_closed() -> None:
    starts = effect(begins("2026-05-01"), effect="commence")
    later = law.supposed_provision(provision(begins("2026-05-01")), [(starts, date(2026, 9, 1))])
    assert law.state_of_provision(later, DAY) is State.DATED_FUTURE
    ends = effect(begins("2026-05-01"), effect="repeal")
    kept = provision(begins(LONG_AGO, to="2026-05-01", ended_by="repeal"))
    longer = law.supposed_provision(kept, [(ends, date(2026, 9, 1))])
    assert [law.state_of_provision(longer, day) for day in (DAY, date(2026, 9, 1))] == [
        State.IN_FORCE, State.ENDED,
    ]  # fmt: skip


@pytest.mark.parametrize("state", list(State))
def test_only_law_in_force_or_partly_with_a_confirmed_purpose_can_be_relied_on(state: State) -> None:
    assert law.can_be_relied_on(state) is (state is State.IN_FORCE)
    assert law.can_be_relied_on(state, True) is (state in (State.IN_FORCE, State.PARTLY_IN_FORCE))


REVIEWED = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("print_now", "effects", "changed"),
    [
        ("same", [], False),
        ("other", [], True),
        ("same", [effect(begins("2026-02-01"))], True),
        ("same", [effect(begins("2026-06-01"))], True),
        ("same", [effect(begins("2026-06-02"))], False),
        ("same", [effect(begins("2026-01-01"))], False),
        ("same", [effect(begins("2026-02-01"), effect="commence")], False),
        ("same", [effect({})], False),
    ],
)
def test_a_provision_has_changed_since_review_by_print_or_by_an_effect_between(
    print_now: str, effects: list[Affects], changed: bool
) -> None:
    assert law.changed_since_review(print_now, "same", REVIEWED, effects, DAY) is changed
