"""What do we spend on each goal, with no pound twice?"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from app.portfolio.rows import Records
from app.portfolio.verdicts import Verdict
from app.questions import flows, projects
from app.questions.core import Found, Named, Row, Sum, View
from app.questions.flows import Flowing, GoalMoney
from app.questions.projects import OfProjects
from graph_schema.values import CaseVersion, GoalLevel


class About(StrEnum):
    """What a row is about."""

    GOAL, NO_GOAL, NO_GOAL_VERDICT = "goal", "no_goal", "no_goal_verdict"


class MoneyByGoalRow(Row):
    """A goal and the money that serves it; or the money that serves none, as a whole and by verdict."""

    featured = ("title", "priority", "apportioned", "at_risk", "with_parts", "touches")

    about: Annotated[
        About,
        Field(
            description="goal; no_goal: all money without a counted route; no_goal_verdict: of that, the "
            "projects of one verdict."
        ),
    ]
    part: Annotated[
        Named | None,
        Field(description="The organisation or portfolio whose money it is, if asked by one; null: of none."),
    ]
    goal: Annotated[str | None, Field(description="Id of the goal.")]
    title: Annotated[str, Field(description="Its title; (no goal) where there is none.")]
    organisation: Annotated[Named | None, Field(description="The organisation whose goal it is.")]
    level: Annotated[GoalLevel | None, Field(description="Whose aim it is.")]
    priority: Annotated[int | None, Field(description="1 matters most.")]
    verdict: Annotated[Verdict | None, Field(description="Of a no_goal_verdict row: the projects' verdict.")]
    touches: Annotated[
        list[Sum],
        Field(
            description="Whole cost of every project with a counted route to the goal or to one below it: "
            "counts pounds in several rows."
        ),
    ]
    apportioned: Annotated[
        list[Sum],
        Field(
            description="What of the cost stops at this goal, every pound once. Goals and no_goal add up to "
            "the total."
        ),
    ]
    with_parts: Annotated[
        list[Sum],
        Field(description="Apportioned to it and to the goals below it, each once: not to be added up."),
    ]
    at_risk: Annotated[
        list[Sum],
        Field(
            description="Of what is apportioned: from projects whose best route is suspect or waits for law."
        ),
    ]
    sentence: Annotated[str, Field(description="All that in one sentence.")]

    def order(self, by: str) -> list[Any]:
        """Goals without priority come last; the rows of one goal stay together."""
        if by == "id":
            return [each or "" for each in (self.goal, self.verdict, self.part and self.part.id)]
        if by == "priority":
            return [6 if self.priority is None else self.priority]
        return super().order(by)


class MoneyByGoal(OfProjects):
    """Where the cost of live projects goes: to each goal, and to no goal.

    The best of a project's routes decides over which links its money may flow; where they part, so does the
    money, by the shares that are set, else equally, in whole pence. It stops at the first goal. What is
    apportioned to all goals and to (no goal) is the total, to the penny, in every bucket. A project without a
    counted route is in the (no goal) row and in the row of its verdict. `by` divides the projects first, by
    organisation or by portfolio, a project of several portfolios in each; a part adds up to its own total.
    """

    name, version = "money-by-goal", 2
    reads_nothing = True
    asks = "What do we spend on each goal, with no pound twice?"
    row = MoneyByGoalRow
    sorts = ("apportioned", "touches", "with_parts", "at_risk", "priority", "title", "id")
    default_sort = "-apportioned"
    example = "limit=6"

    by: Annotated[
        Literal["organisation", "portfolio"] | None,
        Field(
            description="Divide the projects by their organisation, or by the portfolios they are part of."
        ),
    ] = None
    case_version: Annotated[
        CaseVersion | None,
        Field(description="Costs of this version alone; actuals, else forecasts, else baselines if empty."),
    ] = None

    async def find(self, view: View) -> Found[MoneyByGoalRow]:
        """A row a goal and part that money reaches, and the rows of what reaches none."""
        judgement, chosen = projects.judge(view, self), projects.chosen(view, self)
        parts = [
            (part, flows.of(view, some, self.case_version)) for part, some in _parts(view, chosen, self.by)
        ]
        total = flows.sums(dict(chosen.cost(self.case_version)))
        return Found(
            rows=[row for part, flowing in parts for row in _rows(view, part, flowing)],
            denominators=judgement.denominators(),
            total=total,
            notes=flows.notes(each for _, each in parts),
        )


def _parts(view: View, chosen: Records, by: str | None) -> Iterable[tuple[Named | None, Records]]:
    if by is None:
        return [(None, chosen)]
    if by == "organisation":
        title = view.portfolio.organisation_title
        return [(projects.named(id, title(id)), some) for id, some in chosen.by("organisation").items()]
    found = view.portfolio.by_portfolio(chosen)
    rest = chosen
    for _, _, some in found:
        rest = rest.without(some)
    named = [(Named(id=id, title=title), some) for id, title, some in found]
    return [(part, some) for part, some in [*named, (None, rest)] if len(some)]


def _rows(view: View, part: Named | None, flowing: Flowing) -> Iterator[MoneyByGoalRow]:
    facts = ("id", "title", "organisation", "organisation_title", "level", "priority")
    for id, title, organisation, named, level, priority in view.portfolio.some(
        "PolicyGoal", flowing.goals
    ).rows(*facts):
        yield _row(
            About.GOAL, part, flowing.goals[id],
            goal=id, title=title, organisation=projects.named(organisation, named), level=level,
            priority=priority,
        )  # fmt: skip
    if not any(flowing.projects.values()):
        return
    yield _row(About.NO_GOAL, part, GoalMoney(apportioned=flowing.nowhere))
    for verdict, purse in flowing.no_goal.items():
        if flowing.projects[verdict]:
            yield _row(About.NO_GOAL_VERDICT, part, GoalMoney(apportioned=purse), verdict=verdict)


_NONE: dict[str, Any] = {
    **dict.fromkeys(("goal", "organisation", "level", "priority", "verdict")),
    "title": "(no goal)",
}


def _row(about: About, part: Named | None, money: GoalMoney, **facts: Any) -> MoneyByGoalRow:
    said = _NONE | facts
    return MoneyByGoalRow(
        about=about,
        part=part,
        touches=flows.sums(money.touches),
        apportioned=flows.sums(money.apportioned),
        with_parts=flows.sums(money.with_parts),
        at_risk=flows.sums(money.at_risk),
        sentence=flows.said(
            said["title"] if about is About.GOAL else None,
            said["verdict"],
            money.apportioned,
            money.at_risk,
        ),
        **said,
    )
