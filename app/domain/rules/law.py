"""Rules of law: what a provision says of itself, and how fresh our knowledge of a change is."""

from datetime import timedelta

from app.domain import stages
from app.domain.rules.case import Case
from app.domain.rules.rule import INFORMATION, WARNING, Found, Place, Rule, no
from graph_schema.law import LegalChange, Legislation, Provision
from graph_schema.links import PartOf, SucceededBy
from graph_schema.values import ChangeOutcome, Force

CHECK_WITHIN = timedelta(days=90)
"""How long what is known of a pending change may go unchecked."""


def duty_kind_is_of_a_duty(case: Case[Provision]) -> Found:
    """Only a duty has a kind of duty."""
    if case.facts.duty_kind is None:
        return None
    return no(case.facts.force is not Force.DUTY, "/duty_kind")


def duty_says_its_kind(case: Case[Provision]) -> Found:
    """A duty says how binding it is."""
    return no(case.facts.duty_kind is None, "/duty_kind") if case.facts.force is Force.DUTY else None


def has_force(case: Case[Provision]) -> Found:
    """A provision says whether it is a duty, a power, a prohibition or a condition."""
    return no(case.facts.force is None, "/force")


def applies_within_its_extent(case: Case[Provision]) -> Found:
    """A provision applies in no nation that it does not extend to."""
    extent, application = case.facts.extent, case.facts.application
    return None if not extent or not application else no(not set(application) <= set(extent), "/application")


def ended_on_a_day(case: Case[Provision]) -> Found:
    """An interval that something ended has its last day."""
    return [
        Place(f"/intervals/{at}/to")
        for at, each in enumerate(case.facts.intervals)
        if each.ended_by is not None and each.to is None
    ]


def is_part_of_legislation(case: Case[Provision]) -> Found:
    """A provision is part of a piece of legislation."""
    return no(not case.out(PartOf, Legislation))


def _pending(case: Case[LegalChange]) -> bool:
    return case.facts.outcome is ChangeOutcome.PENDING


def checked_lately(case: Case[LegalChange]) -> Found:
    """Somebody has looked at a pending change's source within 90 days."""
    checked = case.facts.last_checked
    if not _pending(case):
        return None
    return no(checked is None or checked < case.on - CHECK_WITHIN, "/last_checked")


def has_estimate(case: Case[LegalChange]) -> Found:
    """A pending change has some day by which it may be in force; else the wait has no bound."""
    days = (case.facts.in_force_on, case.facts.likely_in_force, case.facts.latest_in_force)
    return no(not any(days), "/likely_in_force") if _pending(case) else None


def estimate_is_ahead(case: Case[LegalChange]) -> Found:
    """The last day on which a pending change was to be in force is still to come."""
    latest = case.facts.latest_in_force
    return no(latest < case.on, "/latest_in_force") if _pending(case) and latest else None


def outcome_fits_its_day(case: Case[LegalChange]) -> Found:
    """A change whose day of force is past is not pending; one whose day is to come is not in force."""
    day, outcome = case.facts.in_force_on, case.facts.outcome
    if day is None or outcome not in (ChangeOutcome.PENDING, ChangeOutcome.IN_FORCE):
        return None
    return no((day <= case.on) is (outcome is ChangeOutcome.PENDING), "/outcome")


def stage_is_of_its_legislature(case: Case[LegalChange]) -> Found:
    """A change is at a stage that its legislature has."""
    if case.facts.legislature is None:
        return None
    return no(case.facts.stage not in stages.STAGES[case.facts.legislature], "/stage")


def superseded_is_succeeded(case: Case[LegalChange]) -> Found:
    """A superseded change names the change that took its place."""
    if case.facts.outcome is not ChangeOutcome.SUPERSEDED:
        return None
    return no(not case.out(SucceededBy, LegalChange), "/outcome")


RULES = (
    Rule("duty_kind_without_duty", WARNING, (Provision,), (),
         "Only a duty has a duty_kind: correct force, or take duty_kind away.", duty_kind_is_of_a_duty),
    Rule("duty_kind_unstated", INFORMATION, (Provision,), (),
         "Say how binding the duty is: one to have regard to something requires no work.",
         duty_says_its_kind),
    Rule("force_unstated", INFORMATION, (Provision,), (),
         "Say whether it is a duty, a power, a prohibition or a condition.", has_force),
    Rule("application_beyond_extent", WARNING, (Provision,), (),
         "It applies in a nation it does not extend to: correct one of them.", applies_within_its_extent),
    Rule("ended_without_day", WARNING, (Provision,), (),
         "The interval says what ended it but not when: state its to.", ended_on_a_day),
    Rule("provision_of_no_legislation", WARNING, (Provision,), ("PART_OF",),
         "Say which legislation the provision is part of.", is_part_of_legislation),
    Rule("change_not_checked", WARNING, (LegalChange,), (),
         "Nobody has looked at the source for 90 days: check how far the change has got.", checked_lately),
    Rule("change_without_estimate", INFORMATION, (LegalChange,), (),
         "State a likely or latest day: until then the wait for it has no bound.", has_estimate),
    Rule("estimate_passed", WARNING, (LegalChange,), (),
         "The latest day it was to be in force is past: record what became of it, or a later day.",
         estimate_is_ahead),
    Rule("outcome_against_day", WARNING, (LegalChange,), (),
         "The outcome and the day of force contradict each other: correct one of them.",
         outcome_fits_its_day),
    Rule("stage_of_another_legislature", WARNING, (LegalChange,), (),
         "Its legislature has no such stage: correct the legislature, or the stage where it is stated.",
         stage_is_of_its_legislature),
    Rule("superseded_by_nothing", WARNING, (LegalChange,), ("SUCCEEDED_BY",),
         "Name the change that took its place: until then it will never be in force.",
         superseded_is_succeeded),
)  # fmt: skip
