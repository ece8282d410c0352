"""Which projects serve which goals, and how well?"""

from collections import defaultdict
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from app.errors import Fault, Invalid
from app.portfolio.surface import Choice
from app.portfolio.verdicts import STRENGTHS, Quality
from app.portfolio.world import QUALITY_OF
from app.questions import projects
from app.questions.core import Found, Named, Row, Sum, View
from app.questions.projects import Judged, OfProjects
from graph_schema.values import GoalLevel, RecordId, Strength


class By(StrEnum):
    """What stands against the goals."""

    PROJECT, ORGANISATION = "project", "organisation"


class CoverageRow(Row):
    """A goal, and a project or an organisation's projects that serve it."""

    featured = ("goal", "served_by", "quality", "strength", "projects", "money")

    goal: Annotated[Named, Field(description="The goal.")]
    goal_level: Annotated[GoalLevel | None, Field(description="Its level.")]
    served_by: Annotated[
        Named | None, Field(description="The project, or the organisation; null: projects without one.")
    ]
    quality: Annotated[int, Field(ge=1, le=4, description="Quality of the best way to the goal.")]
    strength: Annotated[Strength | None, Field(description="Of the best way; said of clean ways only.")]
    projects: Annotated[int, Field(description="How many projects that is.")]
    money: Annotated[list[Sum], Field(description="Their whole cost; who serves two goals is in both.")]

    def order(self, by: str) -> list[Any]:
        """Goals and projects sort by title, then by id."""
        if by in ("goal", "served_by"):
            named = getattr(self, by)
            return [(named and named.title) or "", (named and named.id) or ""]
        if by == "id":
            return [self.goal.id, self.served_by.id if self.served_by else ""]
        if by == "strength":
            return [0 if self.strength is None else STRENGTHS.index(self.strength) + 1]
        return super().order(by)


class Coverage(OfProjects):
    """The matrix of goals against the projects, or the organisations, that serve them.

    A cell says the best quality and strength of a way from the project to the goal, or to a goal that is an
    accepted part of it; empty cells have no row. `through` keeps to what an enabler reaches: the projects
    that it enables, directly or in turn, and itself.
    """

    name, version = "coverage", 1
    asks = "Which projects serve which goals, and how well?"
    row = CoverageRow
    sorts = ("goal", "served_by", "quality", "strength", "projects", "money", "id")
    default_sort = "goal"
    reads_nothing = True
    example = "by=organisation&limit=3"

    goal: Annotated[tuple[RecordId, ...], Field(max_length=500, description="Only these goals, by id.")] = ()
    level: Annotated[
        tuple[GoalLevel, ...], Field(max_length=20, description="Only goals of these levels.")
    ] = ()
    by: Annotated[By, Field(description="Against projects, or against organisations.")] = By.PROJECT
    least: Annotated[int, Field(ge=1, le=4, description="Least quality of a way: 2 counts, 4 is clean.")] = (
        int(Quality.WAITS_FOR_LAW)
    )
    through: Annotated[
        RecordId | None, Field(description="Id of a project: only what it reaches through those it enables.")
    ] = None

    async def find(self, view: View) -> Found[CoverageRow]:
        """A row for each cell of the matrix that is not empty."""
        judgement = projects.judge(view, self)
        asked = {each.id: each for each in judgement.projects}
        if self.through is not None:
            asked = {id: asked[id] for id in self._enabled(view, self.through) & asked.keys()}
        choice = Choice(facts={"current": (True,), "level": self.level})
        goals = view.portfolio.chosen("PolicyGoal", choice)
        told = [each for each in goals.rows("id", "title", "level") if not self.goal or each[0] in self.goal]
        cells = self._cells(view, [id for id, *_ in told], asked)
        rows = [
            self._row(view, Named(id=told[at][0], title=told[at][1]), told[at][2], of, found)
            for (at, of), found in cells.items()
        ]
        return Found(rows=rows, denominators=judgement.denominators())

    def _cells(
        self, view: View, goals: list[str], asked: dict[str, Judged]
    ) -> dict[tuple[int, Named | None], list[tuple[int, str]]]:
        """By goal and column, the levels and ids of the projects that serve it, the best first."""
        cells: dict[tuple[int, Named | None], list[tuple[int, str]]] = defaultdict(list)
        for at, level, found in view.portfolio.serving(goals):
            if QUALITY_OF[level] >= self.least:
                for id in found.column("id"):
                    if id in asked:
                        cells[(at, self._column(asked[id]))].append((level, id))
        return cells

    def _column(self, project: Judged) -> Named | None:
        return Named(id=project.id, title=project.title) if self.by is By.PROJECT else project.organisation

    def _row(
        self,
        view: View,
        goal: Named,
        level: GoalLevel | None,
        of: Named | None,
        found: list[tuple[int, str]],
    ) -> CoverageRow:
        best = found[0][0]
        cost = view.portfolio.some("Project", [id for _, id in found]).cost()
        return CoverageRow(
            goal=goal,
            goal_level=level,
            served_by=of,
            quality=int(QUALITY_OF[best]),
            strength=STRENGTHS[best - Quality.CLEAN] if best >= Quality.CLEAN else None,
            projects=len(found),
            money=[projects.sum_of(bucket, pence) for bucket, pence in cost],
        )

    @staticmethod
    def _enabled(view: View, id: str) -> set[str]:
        """The projects that a project enables, directly or in turn, and itself."""
        if not len(view.portfolio.some("Project", [id])):
            says = "There is no project with this id."
            raise Invalid(faults=[Fault("/through", "reference_unknown", says)])
        enables: dict[str, set[str]] = defaultdict(set)
        for source, target, quality in view.portfolio.links("ENABLES").rows("source", "target", "quality"):
            if quality:
                enables[source].add(target)
        found, frontier = {id}, [id]
        while frontier:
            new = enables[frontier.pop()] - found
            found |= new
            frontier += new
        return found
