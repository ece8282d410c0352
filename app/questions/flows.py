"""Where the money of some projects goes, as questions tell it: per goal, and to no goal by verdict."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.domain import money
from app.domain.money import Bucket, by_name
from app.portfolio.rows import Records
from app.portfolio.verdicts import WITHOUT_COUNTED_ROUTE, Verdict
from app.questions.core import Note, Sum, View
from app.questions.projects import sum_of

Purse = dict[Bucket, int]
"""Pence by bucket; never added over buckets."""


@dataclass
class GoalMoney:
    """What of some money concerns one goal."""

    touches: Purse = field(default_factory=dict)
    apportioned: Purse = field(default_factory=dict)
    with_parts: Purse = field(default_factory=dict)
    at_risk: Purse = field(default_factory=dict)


@dataclass(frozen=True)
class Flowing:
    """Where the money of some projects goes. Apportioned over all goals plus no goal is the total."""

    goals: dict[str, GoalMoney]
    """By id; only goals that some money reaches."""
    no_goal: dict[Verdict, Purse]
    projects: dict[Verdict, int]
    total: Purse
    cycles: int

    @property
    def nowhere(self) -> Purse:
        """What has no counted route to a goal."""
        return added(self.no_goal.values())

    @property
    def at_risk(self) -> Purse:
        """What flows over a suspect part, or waits for law."""
        return added(each.at_risk for each in self.goals.values())

    @property
    def arrived(self) -> Purse:
        """What came to a goal."""
        return added(each.apportioned for each in self.goals.values())


def of(view: View, projects: Records, version: str | None = None) -> Flowing:
    """Where the money of these projects goes."""
    goals: dict[str, GoalMoney] = {}
    cycles = 0
    for told in view.portfolio.flowing(projects, version):
        cycles = max(cycles, told.cycles)
        for id, *amounts in told.goals:
            each = goals.setdefault(id, GoalMoney())
            for purse, pence in zip(
                (each.touches, each.apportioned, each.with_parts, each.at_risk), amounts, strict=True
            ):
                if pence:
                    purse[told.bucket] = pence
    apart = {each: projects.where(verdict=(each,)) for each in Verdict}
    return Flowing(
        goals,
        {each: dict(apart[each].cost(version)) for each in WITHOUT_COUNTED_ROUTE},
        {each: len(some) for each, some in apart.items()},
        dict(projects.cost(version)),
        cycles,
    )


def added(purses: Iterable[Mapping[Bucket, int]]) -> Purse:
    """One purse of all these."""
    found: Purse = {}
    for each in purses:
        for bucket, pence in each.items():
            found[bucket] = found.get(bucket, 0) + pence
    return found


def sums(purse: Mapping[Bucket, int]) -> list[Sum]:
    """A purse as rows show it."""
    return [sum_of(bucket, purse[bucket]) for bucket in sorted(purse, key=by_name)]


def notes(flowing: Iterable[Flowing]) -> tuple[Note, ...]:
    """What to know of these answers as a whole."""
    cycles = max((each.cycles for each in flowing), default=0)
    if not cycles:
        return ()
    return (
        Note(
            code="cycles",
            detail=f"Groups of projects that enable each other in a circle and carry money: {cycles}. Their "
            "money takes the links that lead nearer to a goal.",
        ),
    )


_NO_GOAL = {
    Verdict.AWAITING_ACCEPTANCE: "waits for somebody to accept a link",
    Verdict.DUTY_ONLY: "serves a duty in law and no goal",
    Verdict.DECLARED_NOT_APPLICABLE: "is declared to have no goal to serve",
    Verdict.CLAIMED_ONLY: "claims a goal that no link shows",
    Verdict.NOT_ASSESSED: "is in projects nobody has looked at",
    Verdict.UNALIGNED: "leads to no goal",
}


def said(
    goal: str | None,
    verdict: Verdict | None,
    apportioned: Mapping[Bucket, int],
    at_risk: Mapping[Bucket, int],
) -> str:
    """Where money goes; `goal` is empty of money that goes to none."""
    amount = _in_words(apportioned) or "No money"
    if goal is None:
        return f"{amount} {_NO_GOAL[verdict] if verdict else 'serves no goal by a counted route'}."
    risk = f", of which {_in_words(at_risk)} is suspect or waits for law" if at_risk else ""
    return f"{amount} goes to the goal *{goal}*{risk}."


def _in_words(purse: Mapping[Bucket, int]) -> str:
    return " and ".join(money.said(purse[bucket], bucket) for bucket in sorted(purse, key=by_name))
