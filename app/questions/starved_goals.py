"""Which priority goals have nothing live behind them?"""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from app.domain.money import Bucket, by_name
from app.portfolio.rows import Records
from app.portfolio.surface import Choice
from app.portfolio.verdicts import LEVELS
from app.questions import flows, projects, sentences
from app.questions.core import Found, Named, Question, Row, Sum, View
from app.questions.flows import GoalMoney
from app.questions.projects import Filters
from graph_schema.values import GoalLevel, InstrumentState, Polarity, RecordId, Standing, Tag

_NO_PRIORITY = 6


class Starvation(StrEnum):
    """What is wrong with what stands behind a goal."""

    NO_COUNTED_ROUTE = "no_counted_route"
    NO_INSTRUMENT = "no_instrument"
    NO_PROCESS = "no_process"
    RETIRING_WITHOUT_SUCCESSOR = "retiring_without_successor"


class StarvedGoalsRow(Row):
    """A goal, and what is missing behind it."""

    featured = ("title", "organisation", "priority", "findings", "sentence")

    id: Annotated[str, Field(description="Id of the goal.")]
    title: Annotated[str, Field(description="Its title.")]
    organisation: Annotated[Named | None, Field(description="The organisation whose goal it is.")]
    level: Annotated[GoalLevel, Field(description="Whose aim it is.")]
    priority: Annotated[int | None, Field(description="1 matters most.")]
    findings: Annotated[
        list[Starvation],
        Field(
            description="no_counted_route: no live project serves it or a part of it; no_instrument: nothing "
            "advances it; no_process: nothing operates what advances it; retiring_without_successor."
        ),
    ]
    waiting: Annotated[
        int,
        Field(description="Live projects with a route to it that waits for acceptance, and no better one."),
    ]
    instruments: Annotated[list[Named], Field(description="Current instruments accepted as helping it.")]
    retiring: Annotated[list[Named], Field(description="Of them: retiring, with no successor named.")]
    apportioned: Annotated[
        list[Sum], Field(description="Cost of live projects that stops at this goal, every pound once.")
    ]
    money_share: Annotated[
        Decimal | None,
        Field(
            description="Its part of what is apportioned to all goals asked about, of the bucket with most "
            "money."
        ),
    ]
    priority_share: Annotated[
        Decimal | None,
        Field(
            description="6 less its priority, over the sum of that for all goals asked about with a priority."
        ),
    ]
    sentence: Annotated[str, Field(description="All that in one sentence.")]

    def order(self, by: str) -> list[Any]:
        """Goals without priority come last; among equals the higher level comes first, then the title."""
        if by == "priority":
            rank = len(LEVELS) - LEVELS.index(self.level)
            return [_NO_PRIORITY if self.priority is None else self.priority, rank, self.title]
        if by == "level":
            return [LEVELS.index(self.level)]
        return super().order(by)


class StarvedGoals(Question):
    """Current goals that no live project serves by a counted route, by priority; and goals whose instruments
    no process operates, or one of whose instruments is retiring with no successor.

    A goal is served by what serves a current goal that is an accepted part of it. `finding` narrows the list:
    `no_counted_route` lists the starved ones alone.
    """

    name, version = "starved-goals", 2
    reads_nothing = True
    asks = "Which priority goals have nothing live behind them?"
    row = StarvedGoalsRow
    sorts = ("priority", "level", "title", "organisation", "waiting", "id")
    default_sort = "priority"
    example = "finding=no_counted_route"

    organisation: Annotated[
        tuple[RecordId, ...], Field(max_length=500, description="Ids of the organisations whose goals.")
    ] = ()
    level: Annotated[tuple[GoalLevel, ...], Field(max_length=5, description="Levels of the goals.")] = ()
    priority: Annotated[
        int | None, Field(ge=1, le=5, description="Only goals of this priority or one that matters more.")
    ] = None
    tag: Annotated[
        tuple[Tag, ...], Field(max_length=50, description="Tags the goals carry, all of them.")
    ] = ()
    finding: Annotated[
        tuple[Starvation, ...], Field(max_length=4, description="Only goals with one of these findings.")
    ] = ()

    async def find(self, view: View) -> Found[StarvedGoalsRow]:
        """A row a goal with any finding."""
        judgement = projects.judge(view, Filters())
        live = projects.chosen(view, Filters())
        goals = self._goals(view)
        behind = view.portfolio.behind(goals, live)
        instruments = _instruments(view, set(goals))
        named = view.portfolio.some("PolicyGoal", goals)
        weighed = _Weighed.of(view, live, named)
        facts = named.rows("id", "title", "organisation", "organisation_title", "level", "priority")
        rows = [
            _row(goal, serving, waiting, instruments[goal[0]], weighed)
            for goal, (serving, waiting) in zip(facts, behind, strict=True)
        ]
        wanted = set(self.finding or Starvation)
        return Found(
            rows=[row for row in rows if wanted & set(row.findings)], denominators=judgement.denominators()
        )

    def _goals(self, view: View) -> list[str]:
        """Ids of the current goals asked about, in order."""
        choice = Choice(self.organisation, tags=self.tag, facts={"level": self.level, "current": (True,)})
        goals = view.portfolio.chosen("PolicyGoal", choice).rows("id", "priority")
        return [
            id
            for id, priority in goals
            if self.priority is None or (priority is not None and priority <= self.priority)
        ]


@dataclass(frozen=True)
class _Weighed:
    """How much money and how much priority the goals asked about have."""

    money: dict[str, GoalMoney]
    bucket: Bucket | None
    """The bucket with the most money."""
    total: int
    priorities: dict[str, int | None]
    weight: int

    @classmethod
    def of(cls, view: View, live: Records, goals: Records) -> "_Weighed":
        priorities = dict(goals.rows("id", "priority"))
        money = {id: each for id, each in flows.of(view, live).goals.items() if id in priorities}
        total = flows.added(each.apportioned for each in money.values())
        most = max(total, key=lambda bucket: (total[bucket], by_name(bucket)), default=None)
        weight = sum(_NO_PRIORITY - each for each in priorities.values() if each)
        return cls(money, most, total[most] if most else 0, priorities, weight)

    def money_share(self, id: str) -> Decimal | None:
        if self.bucket is None or not self.total:
            return None
        return _part(self.money[id].apportioned.get(self.bucket, 0) if id in self.money else 0, self.total)

    def priority_share(self, id: str) -> Decimal | None:
        priority = self.priorities[id]
        return _part(_NO_PRIORITY - priority, self.weight) if priority else None


def _part(part: int, whole: int) -> Decimal:
    return (Decimal(part) / whole).quantize(Decimal("0.000001"))


@dataclass(frozen=True)
class _Instrument:
    """A current instrument accepted as helping a goal."""

    named: Named
    operated: bool
    leaving: bool
    """Whether it is retiring and nothing is named to take its place."""


def _instruments(view: View, goals: set[str]) -> dict[str, list[_Instrument]]:
    """The instruments that help each of these goals."""
    portfolio = view.portfolio
    helps = [
        (source, target)
        for source, target, polarity, holds in portfolio.links("ADVANCES").rows(
            "source", "target", "polarity", "holds"
        )
        if holds and polarity is Polarity.HELPS and target in goals
    ]
    current = portfolio.all("PolicyInstrument").where(current=(True,))
    known = {id: (title, state) for id, title, state in current.rows("id", "title", "state")}
    processes = set(portfolio.all("Process").where(current=(True,)).column("id"))
    operated = {
        target
        for source, target, holds in portfolio.links("OPERATES").rows("source", "target", "holds")
        if holds and source in processes
    }
    succeeded = {
        source
        for source, standing in portfolio.links("SUCCEEDED_BY").rows("source", "standing")
        if standing not in (None, Standing.WITHDRAWN)
    }
    found: dict[str, list[_Instrument]] = defaultdict(list)
    for id, goal in sorted(helps):
        if id in known:
            title, state = known[id]
            leaving = state is InstrumentState.RETIRING and id not in succeeded
            found[goal].append(_Instrument(Named(id=id, title=title), id in operated, leaving))
    return found


def _row(
    goal: tuple[Any, ...], serving: int, waiting: int, instruments: list[_Instrument], weighed: "_Weighed"
) -> StarvedGoalsRow:
    id, title, organisation, organisation_title, level, priority = goal
    retiring = [each.named for each in instruments if each.leaving]
    operated = any(each.operated for each in instruments)
    findings = {
        Starvation.NO_COUNTED_ROUTE: not serving,
        Starvation.NO_INSTRUMENT: not instruments and not serving,
        Starvation.NO_PROCESS: bool(instruments) and not operated,
        Starvation.RETIRING_WITHOUT_SUCCESSOR: bool(retiring),
    }
    return StarvedGoalsRow(
        id=id,
        title=title,
        organisation=projects.named(organisation, organisation_title),
        level=level,
        priority=priority,
        findings=[finding for finding, holds in findings.items() if holds],
        waiting=waiting,
        instruments=[each.named for each in instruments],
        retiring=retiring,
        apportioned=flows.sums(weighed.money[id].apportioned if id in weighed.money else {}),
        money_share=weighed.money_share(id),
        priority_share=weighed.priority_share(id),
        sentence=sentences.of_goal(
            title,
            served=bool(serving),
            waiting=waiting,
            instruments=[each.named.title or "" for each in instruments],
            operated=operated,
            retiring=[each.title or "" for each in retiring],
        ),
    )
