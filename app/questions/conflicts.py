"""What pulls against what?"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from app.portfolio.surface import Portfolio
from app.portfolio.verdicts import COUNTED
from app.questions import case_sentences, projects
from app.questions.core import Found, Named, Row, Sum, View
from app.questions.projects import Accounts, Filters, Judged, OfProjects
from graph_schema.values import Polarity, ProjectState, RecordId

_NAMED = 20
"""Most projects a row names on the other side; `against_count` counts them all."""


class ConflictsRow(Row):
    """A project that harms a goal, and what pulls the other way."""

    featured = ("title", "harms", "through", "helps", "against_count", "sentence")

    id: Annotated[str, Field(description="Id of the project.")]
    ref: Annotated[str | None, Field(description="Its owner's reference.")]
    title: Annotated[str, Field(description="Its title.")]
    organisation: Annotated[Named | None, Field(description="The organisation it belongs to.")]
    state: Annotated[ProjectState, Field(description="How far the work has got.")]
    harms: Annotated[Named, Field(description="The goal it harms.")]
    priority: Annotated[int | None, Field(description="Priority of that goal; 1 matters most.")]
    through: Annotated[list[Named], Field(description="The instruments it does that through.")]
    helps: Annotated[list[Named], Field(description="Other goals the same project helps.")]
    against: Annotated[
        list[Named], Field(description=f"Live projects that help the goal it harms, {_NAMED} at most.")
    ]
    against_count: Annotated[int, Field(description="How many there are.")]
    sentence: Annotated[str, Field(description="All that in one sentence.")]
    money: Annotated[list[Sum], Field(description="The project's cost, one sum a bucket.")]

    def order(self, by: str) -> list[Any]:
        """Goals without priority come last."""
        if by == "id":
            return [self.id, self.harms.id]
        if by == "priority":
            return [self.priority or 6]
        return super().order(by)


class Conflicts(OfProjects):
    """Projects that harm a goal while they help another, or while another live project helps that goal.

    Help and harm go over counted links, of quality 2 or more, and end at the goal an instrument is linked
    to. Whoever keeps or changes an instrument helps what it helps and harms what it harms; to end it, alone
    or through a project that one enables, turns that round. A project that helps and harms one goal pulls
    against itself and is listed too. A row for each project and goal it harms; what harms and meets no help
    is not a conflict and not listed. The total counts each project once.
    """

    name, version = "conflicts", 1
    asks = "What pulls against what?"
    row = ConflictsRow
    sorts = ("priority", "money", "against_count", "title", "harms", "organisation", "id")
    default_sort = "priority"
    reads_nothing = True
    example = "limit=3"

    goal: Annotated[
        tuple[RecordId, ...], Field(max_length=500, description="Only harm to these goals, by id.")
    ] = ()

    async def find(self, view: View) -> Found[ConflictsRow]:
        """A row a project and goal it harms."""
        judgement = projects.judge(view, self)
        pull = _pull(view.portfolio, set(projects.chosen(view, Filters()).column("id")))
        asked = {each.id: each for each in judgement.projects}
        told = [
            conflict
            for goal, harming in pull.harms.items()
            if not self.goal or goal in self.goal
            for project, through in harming.items()
            if project in asked and (conflict := pull.conflict(project, goal, through)).is_one
        ]
        names = _names(view.portfolio, told)
        accounts = projects.accounts(view, {each.project for each in told})
        priorities = dict(view.portfolio.all("PolicyGoal").rows("id", "priority"))
        return Found(
            rows=[_row(asked[each.project], each, names, priorities[each.goal], accounts) for each in told],
            denominators=judgement.denominators(),
            total=accounts.total,
            notes=accounts.notes,
        )


Through = dict[str, set[str]]
"""Project -> the instruments."""


@dataclass(frozen=True)
class _Conflict:
    project: str
    goal: str
    through: list[str]
    helps: list[str]
    """Goals the project helps."""
    against: list[str]
    """Other live projects that help the goal, as many as are named."""
    against_count: int

    @property
    def is_one(self) -> bool:
        return bool(self.helps or self.against_count)


@dataclass(frozen=True)
class _Pull:
    """Which projects help and harm which goals, through which instruments."""

    helping: Mapping[str, list[str]]
    """Goal -> live projects, in the order of their ids."""
    harms: Mapping[str, Through]
    helped: Mapping[str, set[str]]
    """Project -> goals."""

    def conflict(self, project: str, goal: str, through: set[str]) -> _Conflict:
        """What pulls against the harm a project does to a goal."""
        helping = self.helping.get(goal, [])
        at = bisect_left(helping, project)
        itself = at < len(helping) and helping[at] == project
        others = [each for each in helping[: _NAMED + 1] if each != project][:_NAMED]
        helps = sorted(self.helped.get(project, ()))
        return _Conflict(project, goal, sorted(through), helps, others, len(helping) - itself)


def _pull(portfolio: Portfolio, live: set[str]) -> _Pull:
    """Read off the projects that lead to each place of each instrument, and what the instrument does."""
    goals = set(portfolio.all("PolicyGoal").where(current=(True,)).column("id"))
    advances = [
        (instrument, goal, polarity is Polarity.HARMS)
        for instrument, goal, polarity, quality in portfolio.links("ADVANCES").rows(
            "source", "target", "polarity", "quality"
        )
        if quality >= COUNTED and goal in goals
    ]
    places = sorted({each + sign for each, _, _ in advances for sign in "+-"})
    reaching = {
        place: found.column("id")
        for place, found in zip(places, portfolio.reaching(places, COUNTED), strict=True)
    }
    harmed: dict[str, Through] = defaultdict(dict)
    helping: dict[str, set[str]] = defaultdict(set)
    helped: dict[str, set[str]] = defaultdict(set)
    for instrument, goal, harms in advances:
        for sign, turned in (("+", False), ("-", True)):
            for project in reaching[instrument + sign]:
                if harms == turned:
                    helping[goal].add(project)
                    helped[project].add(goal)
                else:
                    harmed[goal].setdefault(project, set()).add(instrument)
    return _Pull({goal: sorted(by & live) for goal, by in helping.items()}, harmed, helped)


def _names(portfolio: Portfolio, told: Iterable[_Conflict]) -> dict[str, Named]:
    """Everything that is named, by id."""
    each = list(told)
    ids = {
        "PolicyGoal": {id for one in each for id in (one.goal, *one.helps)},
        "PolicyInstrument": {id for one in each for id in one.through},
        "Project": {id for one in each for id in one.against},
    }
    return {
        id: Named(id=id, title=title)
        for kind, some in ids.items()
        for id, title in portfolio.some(kind, some).rows("id", "title")
    }


def _row(
    project: Judged, conflict: _Conflict, names: dict[str, Named], priority: int | None, accounts: Accounts
) -> ConflictsRow:
    against, helps = [names[id] for id in conflict.against], [names[id] for id in conflict.helps]
    return ConflictsRow(
        id=project.id,
        ref=project.ref,
        title=project.title,
        organisation=project.organisation,
        state=ProjectState(str(project.state)),
        harms=names[conflict.goal],
        priority=priority,
        through=[names[id] for id in conflict.through],
        helps=helps,
        against=against,
        against_count=conflict.against_count,
        sentence=case_sentences.of_conflict(
            project.title,
            names[conflict.goal].title or "",
            [each.title or "" for each in helps],
            [each.title or "" for each in against],
            conflict.against_count,
        ),
        money=accounts.costs.get(project.id, []),
    )
