"""What does each organisation spend, and how much of it serves a goal?"""

from typing import Annotated, Any

from pydantic import Field

from app.portfolio.verdicts import Verdict
from app.questions import flows, projects
from app.questions.core import Found, Named, Row, Said, Sum, View
from app.questions.flows import Flowing
from app.questions.projects import OfProjects
from graph_schema.values import CaseVersion


class VerdictMoney(Said):
    """The projects of one verdict and their cost."""

    verdict: Annotated[Verdict, Field(description="The verdict.")]
    projects: Annotated[int, Field(description="How many projects have it.")]
    money: Annotated[list[Sum], Field(description="Their cost, one sum a bucket.")]


class MoneyByOrganisationRow(Row):
    """An organisation, what its projects cost, and where that goes."""

    featured = ("organisation", "projects", "cost", "to_goals", "at_risk", "no_goal")

    organisation: Annotated[
        Named | None, Field(description="The organisation; null: projects without organisation.")
    ]
    projects: Annotated[int, Field(description="Its projects.")]
    cost: Annotated[list[Sum], Field(description="What they cost: what goes to goals and to none, added up.")]
    to_goals: Annotated[list[Sum], Field(description="Of that: apportioned to goals, every pound once.")]
    at_risk: Annotated[
        list[Sum], Field(description="Of what goes to goals: over a suspect part, or waiting for law.")
    ]
    no_goal: Annotated[list[Sum], Field(description="Of the cost: without a counted route to a goal.")]
    no_goal_by_verdict: Annotated[list[VerdictMoney], Field(description="That by verdict.")]

    def order(self, by: str) -> list[Any]:
        """The id of a row is its organisation's."""
        if by == "id":
            return [self.organisation.id if self.organisation else ""]
        return super().order(by)


class MoneyByOrganisation(OfProjects):
    """Per organisation what its live projects cost, how much of it serves goals, how much of that is at risk,
    and how much serves none.

    Each organisation's money is apportioned by itself, as `money-by-goal` does; its rows add up to the total.
    """

    name, version = "money-by-organisation", 1
    reads_nothing = True
    asks = "What does each organisation spend, and how much of it serves a goal?"
    row = MoneyByOrganisationRow
    sorts = ("cost", "to_goals", "at_risk", "no_goal", "projects", "organisation")
    default_sort = "-cost"
    example = "limit=4"

    case_version: Annotated[
        CaseVersion | None,
        Field(description="Costs of this version alone; actuals, else forecasts, else baselines if empty."),
    ] = None

    async def find(self, view: View) -> Found[MoneyByOrganisationRow]:
        """A row an organisation that has projects in scope."""
        judgement, chosen = projects.judge(view, self), projects.chosen(view, self)
        title = view.portfolio.organisation_title
        found = {
            id: (len(some), flows.of(view, some, self.case_version))
            for id, some in chosen.by("organisation").items()
        }
        return Found(
            rows=[_row(projects.named(id, title(id)), *each) for id, each in found.items()],
            denominators=judgement.denominators(),
            total=flows.sums(dict(chosen.cost(self.case_version))),
            notes=flows.notes(flowing for _, flowing in found.values()),
        )


def _row(organisation: Named | None, count: int, flowing: Flowing) -> MoneyByOrganisationRow:
    return MoneyByOrganisationRow(
        organisation=organisation,
        projects=count,
        cost=flows.sums(flowing.total),
        to_goals=flows.sums(flowing.arrived),
        at_risk=flows.sums(flowing.at_risk),
        no_goal=flows.sums(flowing.nowhere),
        no_goal_by_verdict=[
            VerdictMoney(verdict=verdict, projects=flowing.projects[verdict], money=flows.sums(purse))
            for verdict, purse in flowing.no_goal.items()
            if flowing.projects[verdict]
        ],
    )
