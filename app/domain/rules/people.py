"""Rules of people and bodies: who answers for a thing, who is at the table, who takes over."""

from collections import defaultdict
from collections.abc import Callable

from app.domain.rules.case import Case, Tie
from app.domain.rules.rule import (
    INFORMATION,
    VIOLATION,
    WARNING,
    Found,
    Rule,
    current,
    is_whole,
    no,
    over_one,
    ties_in,
    too_many,
)
from graph_schema.core import Node
from graph_schema.delivery import Portfolio, Project
from graph_schema.law import LegalChange
from graph_schema.links import OWNABLE, NeedsChange, Owns, SucceededBy
from graph_schema.people import Organisation, Post
from graph_schema.policy import PolicyGoal, PolicyInstrument, Process
from graph_schema.values import Discipline


def _accountable(case: Case[Node]) -> list[Tie[Owns, Post]]:
    return [tie for tie in case.into(Owns, Post) if tie.facts.accountable]


def accountable_once(case: Case[Node]) -> Found:
    """At most one post is accountable at a time."""
    return too_many(_accountable(case))


def has_owner(case: Case[Node]) -> Found:
    """A post is accountable today. A goal of no organisation has a steward instead."""
    if isinstance(case.facts, PolicyGoal) and case.facts.organisation is None:
        return None
    return no(not current(_accountable(case), case.on))


def owner_is_held(case: Case[Node]) -> Found:
    """The accountable post has a holder."""
    owners: list[Tie[Owns, Post]] = current(_accountable(case), case.on)
    return ties_in(tie for tie in owners if tie.far.holder is None) if owners else None


def has_post_of(discipline: Discipline) -> Callable[[Case[Project]], Found]:
    """A post of this discipline owns a part in it today."""

    def check(case: Case[Project]) -> Found:
        posts: list[Tie[Owns, Post]] = current(case.into(Owns, Post), case.on)
        return no(not any(tie.far.discipline is discipline for tie in posts))

    check.__doc__ = f"A post of discipline {discipline} owns a part in it today."
    return check


def has_legal_post(case: Case[Project]) -> Found:
    """A legal post owns a part in it today, where the project needs a change in the law."""
    if not case.out(NeedsChange, LegalChange):
        return None
    return has_post_of(Discipline.LEGAL)(case)


def posts_are_of_different_people(case: Case[Project]) -> Found:
    """The posts that own it are not all one person's: several disciplines are several heads."""
    held: dict[str, list[Tie[Owns, Post]]] = defaultdict(list)
    for tie in current(case.into(Owns, Post), case.on):
        if tie.far.holder is not None:
            held[tie.far.holder].append(tie)
    twice = [ties for ties in held.values() if len({tie.far.discipline for tie in ties}) > 1]
    return no(True, links=twice[0]) if twice else ()


def is_held(case: Case[Post]) -> Found:
    """The post has a holder."""
    return no(case.facts.holder is None, "/holder")


def is_of_an_organisation(case: Case[Node]) -> Found:
    """The record says which organisation it belongs to."""
    return no(case.facts.organisation is None, "/organisation")


def is_in_a_nation(case: Case[Organisation]) -> Found:
    """The organisation says which nation it is in."""
    return no(case.facts.nation is None, "/nation")


def has_successor(case: Case[Organisation]) -> Found:
    """An organisation that has ended is succeeded by another."""
    if case.facts.valid_to is None or case.facts.valid_to > case.on:
        return None
    return no(not case.out(SucceededBy, Organisation), "/valid_to")


def succession_within_one(case: Case[Node]) -> Found:
    """The successors' shares come to 1 at most."""
    return over_one(case.out(SucceededBy, Node), "share")


def succession_is_whole(case: Case[Node]) -> Found:
    """The shares of several successors come to 1."""
    ties = case.out(SucceededBy, Node)
    return no(not is_whole(ties, "share"), links=ties) if len(ties) > 1 else None


def succession_is_dated(case: Case[Node]) -> Found:
    """A succession has its day."""
    ties = case.out(SucceededBy, Node)
    return ties_in(tie for tie in ties if tie.facts.on is None) if ties else None


def in_no_circle(case: Case[Node]) -> Found:
    """The record does not reach itself over links that may have no cycle."""
    return no(bool(case.cycles))


_OWNED = (Project, Process, PolicyInstrument, PolicyGoal, Portfolio)
_SUCCEEDED = tuple(source for sources, _ in SucceededBy.matrix for source in sources)
_OWNS, _SUCCESSION = ("in:OWNS",), ("SUCCEEDED_BY",)
RULES = (
    Rule("accountable_twice", VIOLATION, OWNABLE, _OWNS,
         "One post is accountable for a thing at a time: end the other's accountability first.",
         accountable_once),
    Rule("no_owner", WARNING, _OWNED, _OWNS, "Name the post that is accountable for it.", has_owner),
    Rule("owner_vacant", WARNING, _OWNED, _OWNS,
         "Say who holds the accountable post, or hand the ownership to a post that is held.", owner_is_held),
    Rule("no_digital_post", WARNING, (Project,), _OWNS,
         "Name the digital post that owns a part in it.", has_post_of(Discipline.DIGITAL)),
    Rule("no_policy_post", WARNING, (Project,), _OWNS,
         "Name the policy post that owns a part in it.", has_post_of(Discipline.POLICY)),
    Rule("no_finance_post", WARNING, (Project,), _OWNS,
         "Name the finance post that owns a part in it.", has_post_of(Discipline.FINANCE)),
    Rule("no_legal_post", WARNING, (Project,), ("in:OWNS", "NEEDS_CHANGE"),
         "The project needs a change in the law: name the legal post that owns a part in it.",
         has_legal_post),
    Rule("one_person_at_the_table", INFORMATION, (Project,), _OWNS,
         "One person holds posts of several disciplines that own it: consider a second head.",
         posts_are_of_different_people),
    Rule("post_vacant", INFORMATION, (Post,), (), "Say who holds the post, if somebody does.", is_held),
    Rule("post_of_nobody", WARNING, (Post,), (),
         "Say which organisation the post belongs to: what it may accept follows from it.",
         is_of_an_organisation),
    Rule("no_nation", INFORMATION, (Organisation,), (),
         "State the nation: without it, law must hold in all of them to be relied on.", is_in_a_nation),
    Rule("ended_without_successor", WARNING, (Organisation,), _SUCCESSION,
         "The organisation has ended: say which one takes its place.", has_successor),
    Rule("succession_over_one", VIOLATION, _SUCCEEDED, _SUCCESSION,
         "The successors' shares come to more than 1: lower one of them.", succession_within_one),
    Rule("succession_incomplete", WARNING, _SUCCEEDED, _SUCCESSION,
         "The successors' shares should come to 1: state what each takes over.", succession_is_whole),
    Rule("succession_undated", INFORMATION, _SUCCEEDED, _SUCCESSION,
         "State the day of the succession.", succession_is_dated),
    Rule("cycle", VIOLATION, _SUCCEEDED, (),
         "It reaches itself over links that may have no cycle: withdraw one link of the circle.",
         in_no_circle),
)  # fmt: skip
