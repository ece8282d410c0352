"""Rules of the links that leave a record: shares, dates, evidence, and what they point to."""

from datetime import date
from typing import Any

from app.domain.law import STILLBORN
from app.domain.rules.case import Case, Tie
from app.domain.rules.rule import INFORMATION, WARNING, Found, Rule, adds_up, current, no, ties_in
from graph_schema import TRACING_LABELS, TWO_KEYS
from graph_schema.core import Node, TracingLink, TwoKeyLink
from graph_schema.delivery import Project
from graph_schema.law import LegalChange, Provision
from graph_schema.links import Advances, DependsOn, GroundedIn, NeedsChange
from graph_schema.policy import PolicyGoal, PolicyInstrument, Process
from graph_schema.values import Basis, Force, Need, Polarity


def shares_add_up(case: Case[Node]) -> Found:
    """The shares by which money leaves the record come to 1; links without one divide what is missing."""
    ties = [tie for tie in current(_tracing(case), case.on) if not _harms(tie)]
    if all(tie.facts.share is None for tie in ties):
        return None
    return no(not adds_up(ties, "share"), links=ties)


def _tracing(case: Case[Node]) -> list[Tie[Any, Any]]:
    return list(case.out(TracingLink, Node))


def _harms(tie: Tie[Any, Any]) -> bool:
    return isinstance(tie.facts, Advances) and tie.facts.polarity is Polarity.HARMS


def points_to_what_is_in_use(case: Case[Node]) -> Found:
    """No link that needs acceptance points to a retired record."""
    ties = case.out(TwoKeyLink, Node)
    return ties_in(tie for tie in ties if not tie.far_live) if ties else None


def rests_on_fresh_evidence(case: Case[Node]) -> Found:
    """No link rests on evidence that has expired."""
    ties = [tie for tie in case.out(TwoKeyLink, Node) if tie.evidence]
    old = (tie for tie in ties if any(each.expires and each.expires <= case.on for each in tie.evidence))
    return ties_in(old) if ties else None


def is_reviewed_in_time(case: Case[Node]) -> Found:
    """No link is past the day by which somebody should look at it again, unless somebody has since."""
    ties = [tie for tie in case.out(TwoKeyLink, Node) if tie.facts.review_due]
    return ties_in(tie for tie in ties if _is_overdue(tie, case.on)) if ties else None


def _is_overdue(tie: Tie[TwoKeyLink, Node], on: date) -> bool:
    due = tie.facts.review_due
    return due is not None and due < on and (tie.reviewed_on is None or tie.reviewed_on < due)


def needed_when_it_may_be_in_force(case: Case[Node]) -> Found:
    """A change in the law is needed no earlier than any day on which it may be in force."""
    ties = [tie for tie in case.out(NeedsChange, LegalChange) if tie.facts.needed_by]
    early = (
        tie
        for tie in ties
        if (days := _may_be_in_force(tie.far)) and tie.facts.needed_by and tie.facts.needed_by < min(days)
    )
    return ties_in(early) if ties else None


def _may_be_in_force(change: LegalChange) -> list[Any]:
    days = (change.in_force_on, change.earliest_in_force, change.likely_in_force, change.latest_in_force)
    return [day for day in days if day]


def needs_what_can_still_come(case: Case[Node]) -> Found:
    """No blocking need waits for a change that will never come."""
    ties = [tie for tie in case.out(NeedsChange, LegalChange) if tie.facts.need is Need.BLOCKING]
    return ties_in(tie for tie in ties if tie.far.outcome in STILLBORN) if ties else None


def depends_on_what_comes_in_time(case: Case[Project]) -> Found:
    """The project it waits for goes live by the day it is needed."""
    ties = [tie for tie in case.out(DependsOn, Project) if tie.facts.needed_by and tie.far.go_live]
    late = (
        tie
        for tie in ties
        if tie.facts.needed_by and tie.far.go_live and tie.far.go_live > tie.facts.needed_by
    )
    return ties_in(late) if ties else None


def duty_is_in_a_duty(case: Case[Node]) -> Found:
    """A grounding of basis duty is in a provision whose force is duty, where its force is stated."""
    ties = [tie for tie in case.out(GroundedIn, Provision) if tie.facts.basis is Basis.DUTY and tie.far.force]
    return ties_in(tie for tie in ties if tie.far.force is not Force.DUTY) if ties else None


def purpose_is_confirmed_whole(case: Case[Node]) -> Found:
    """Who confirmed a purpose and the day of it go together."""
    ties = case.out(GroundedIn, Node)
    halves = (
        tie
        for tie in ties
        if (tie.facts.purpose_confirmed_by is None) is not (tie.facts.purpose_confirmed_on is None)
    )
    return ties_in(halves) if ties else None


_TRACED = (Project, Process, PolicyInstrument)
_JOINED = (Project, Process, PolicyInstrument, PolicyGoal, Provision)
_TRACES, _NEEDS, _GROUNDS = TRACING_LABELS, ("NEEDS_CHANGE",), ("GROUNDED_IN",)
_CLAIMED = tuple(kind.label for kind in TWO_KEYS)
_GROUNDED = (PolicyInstrument, Process, PolicyGoal)
RULES = (
    Rule("shares_do_not_add_up", WARNING, _TRACED, _TRACES,
         "The shares by which its money is divided should come to 1.", shares_add_up),
    Rule("points_to_retired", WARNING, _JOINED, _CLAIMED,
         "The record it points to is retired: withdraw the link, or claim it onto a successor.",
         points_to_what_is_in_use),
    Rule("rests_on_expired_evidence", WARNING, _JOINED, _CLAIMED,
         "Evidence the link rests on has expired: renew it, or name other evidence.",
         rests_on_fresh_evidence),
    Rule("review_overdue", INFORMATION, _JOINED, _CLAIMED,
         "The day of the link's review is past: look at it again.", is_reviewed_in_time),
    Rule("needed_before_it_can_be", WARNING, _TRACED, _NEEDS,
         "The change is needed before any day on which it may be in force: move the day, or go another way.",
         needed_when_it_may_be_in_force),
    Rule("need_of_a_dead_change", WARNING, _TRACED, _NEEDS,
         "The change it needs will never come: find another route.", needs_what_can_still_come),
    Rule("depends_on_what_comes_late", WARNING, (Project,), ("DEPENDS_ON",),
         "The project it waits for goes live after the day it is needed.", depends_on_what_comes_in_time),
    Rule("duty_without_duty", WARNING, _GROUNDED, _GROUNDS,
         "The provision is no duty: state the basis as a power, or name the provision that requires it.",
         duty_is_in_a_duty),
    Rule("purpose_half_confirmed", WARNING, _GROUNDED, _GROUNDS,
         "Who confirmed the purpose and the day go together: state both.", purpose_is_confirmed_whole),
)  # fmt: skip
