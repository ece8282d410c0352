"""Why do you say this project serves this goal?"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from pydantic import Field

from app.errors import Fault, Invalid
from app.portfolio.tracing import Route, Step
from app.portfolio.verdicts import Quality
from app.questions import breaks, projects, sentences, ways
from app.questions.core import Found, Named, Note, Question, Row, Said, View
from app.questions.projects import Judged
from app.questions.sentences import Leg, Subject
from app.questions.vouching import acting_for
from graph_schema.values import GoalLevel, RecordId, Standing, Strength


class Backing(Said):
    """A piece of evidence a link rests on."""

    id: Annotated[str, Field(description="Id of the evidence.")]
    title: Annotated[str, Field(description="Its title.")]
    grade: Annotated[str | None, Field(description="How good it is, A the best.")]
    expires: Annotated[str | None, Field(description="First day on which it is too old.")]


class RouteLink(Said):
    """One link of a route, and who answers for it."""

    id: Annotated[str, Field(description="Id of the link.")]
    kind: Annotated[str, Field(description="Its kind.")]
    source: Annotated[Named, Field(description="The lower end.")]
    target: Annotated[Named, Field(description="What it leads to.")]
    target_kind: Annotated[str, Field(description="Kind of that.")]
    quality: Annotated[int, Field(ge=0, le=4, description="Quality of the link on the day.")]
    target_quality: Annotated[int, Field(ge=0, le=4, description="Quality of what it leads to.")]
    strength: Annotated[Strength, Field(description="How much the lower end does for the upper.")]
    weakest: Annotated[bool, Field(description="Whether it says least for the route.")]
    standing: Annotated[Standing, Field(description="Standing of the link.")]
    claimed_by: Annotated[str | None, Field(description="Who claimed it.")]
    claimed_on: Annotated[str | None, Field(description="Day of that.")]
    accepted_by: Annotated[str | None, Field(description="Who vouched for it on the other side.")]
    accepted_for: Annotated[
        str | None, Field(description="The post they hold, else their organisation, where that is known.")
    ]
    accepted_on: Annotated[str | None, Field(description="Day of that.")]
    reviewed_on: Annotated[str | None, Field(description="Day somebody last looked at it again.")]
    rationale: Annotated[str | None, Field(description="Why this is so, in the claimant's words.")]
    evidence: Annotated[list[Backing], Field(description="What it rests on.")]
    sentence: Annotated[str, Field(description="All that in one sentence.")]


class BestRouteRow(Row):
    """A goal the project has a route to, and the best of its routes."""

    featured = ("goal", "quality", "strength", "links")

    rank: Annotated[int, Field(description="1 is the best route of all; goals in the order of their routes.")]
    goal: Annotated[Named, Field(description="The goal at which the route ends.")]
    level: Annotated[GoalLevel, Field(description="Whose aim it is.")]
    above: Annotated[list[Named], Field(description="Goals it is an accepted part of, all the way up.")]
    quality: Annotated[int, Field(ge=1, le=4, description="Quality of the route: that of its worst part.")]
    strength: Annotated[Strength | None, Field(description="Of its weakest link; said of clean routes only.")]
    links: Annotated[list[RouteLink], Field(description="The route, link by link, from the project.")]
    sentence: Annotated[str, Field(description="The route in one sentence.")]

    def order(self, by: str) -> list[Any]:
        """The id of a route is its goal's."""
        return [self.goal.id] if by == "id" else super().order(by)


class BestRoute(Question):
    """For each goal a project has a route to, the best route, link by link: who vouched for each link, when,
    on what evidence, and which link is the weakest.

    Best is the highest quality, then the strongest weakest link, then the fewest links, then the smallest
    sequence of link ids. A route ends at the first goal; goals that one is a part of stand in `above`, and
    `goal` may name one of them. Without any route the note `no_route` says where the chain breaks.
    """

    name, version = "best-route", 2
    asks = "Why do you say this project serves this goal?"
    row = BestRouteRow
    sorts = ("rank", "goal")
    default_sort = "rank"
    example = "project=@project/WV-004"

    project: Annotated[RecordId, Field(description="Id of the project.")]
    goal: Annotated[RecordId | None, Field(description="Only routes to this goal or to a part of it.")] = None

    async def find(self, view: View) -> Found[BestRouteRow]:
        """A row a goal with a route to it."""
        project = projects.one(view, self.project)
        if project is None:
            raise Invalid(
                faults=[Fault("/project", "reference_unknown", "There is no project with this id.")]
            )
        if self.goal is not None and not view.portfolio.some("PolicyGoal", [self.goal]):
            raise Invalid(faults=[Fault("/goal", "reference_unknown", "There is no goal with this id.")])
        routes = await asyncio.to_thread(view.portfolio.to_each_goal, project.id)
        details = await _details(view, routes)
        rows = [_row(view, rank, route, details) for rank, route in enumerate(routes, 1)]
        if self.goal is not None:
            rows = [row for row in rows if self.goal in {row.goal.id, *(each.id for each in row.above)}]
        return Found(
            rows=rows,
            denominators=projects.denominators([project], 0),
            notes=() if rows else (_why_not(view, project, bool(routes)),),
        )


def _why_not(view: View, project: Judged, elsewhere: bool) -> Note:
    """Why there is no route: where the chain breaks, or that every route leads to other goals."""
    if elsewhere:
        return Note(code="no_route", detail=f"Every route of *{project.title}* leads to other goals.")
    subject = Subject(project.id, "Project", project.title, project.verdict)
    told = ways.tell(view, [subject], {}, view.portfolio.breaks([project.id]))
    return Note(code="no_route", detail=told[project.id].text)


async def _details(view: View, routes: Iterable[Route]) -> dict[str, dict[str, Any]]:
    """Who vouched for each link of these routes, when, and on what evidence."""
    by_label: dict[str, set[str]] = defaultdict(set)
    for step in (step for route in routes for step in route.steps):
        by_label[step.label].add(step.link)
    read: dict[str, dict[str, Any]] = {}
    for label, ids in by_label.items():
        read |= await view.links(label, ids)
    called = await acting_for(view, (each["accepted_by"] for each in read.values()))
    named = {id for each in read.values() for id in each["facts"]["evidence"]}
    backing = {each.id: each for each in _backing(view, named)}
    return {
        id: each
        | {
            "rationale": each["facts"]["rationale"],
            "accepted_for": called.get(each["accepted_by"]),
            "evidence": [backing[of] for of in sorted(each["facts"]["evidence"]) if of in backing],
        }
        for id, each in read.items()
    }


def _backing(view: View, ids: Iterable[str]) -> Iterator[Backing]:
    for id, title, grade, expires in view.portfolio.some("Evidence", ids).rows(
        "id", "title", "grade", "expires"
    ):
        yield Backing(id=id, title=title, grade=grade, expires=expires and expires.isoformat())


def _row(view: View, rank: int, route: Route, details: dict[str, dict[str, Any]]) -> BestRouteRow:
    quality = min(route.start_quality, *(min(each.quality, each.target_quality) for each in route.steps))
    goal, weakest = route.steps[-1].target, route.weakest
    ((title, level),) = view.portfolio.some("PolicyGoal", [goal]).rows("title", "level")
    titles = view.portfolio.titles(step.source for step in route.steps)
    links = [
        _link(step, leg, details[step.link] | {"source_title": titles[step.source]}, step is weakest)
        for step, leg in zip(route.steps, sentences.legs_of(route), strict=True)
    ]
    return BestRouteRow(
        rank=rank,
        goal=Named(id=goal, title=title),
        level=level,
        above=[Named(id=id, title=title) for id, title in view.portfolio.wholes(goal).rows("id", "title")],
        quality=quality,
        strength=weakest.strength if quality == Quality.CLEAN else None,
        links=links,
        sentence=sentences.of_route(view.portfolio.law, route, breaks.break_of_route(route, quality)),
    )


def _link(step: Step, leg: Leg, read: dict[str, Any], weakest: bool) -> RouteLink:
    return RouteLink(
        id=step.link,
        kind=step.label,
        source=Named(id=step.source, title=read["source_title"]),
        target=Named(id=step.target, title=step.title),
        target_kind=step.kind,
        quality=step.quality,
        target_quality=step.target_quality,
        strength=step.strength,
        weakest=weakest,
        evidence=read["evidence"],
        sentence=sentences.of_link(read, leg, step.strength, weakest=weakest),
        **{name: read[name] for name in _VOUCHED},
    )


_VOUCHED = (
    "standing", "claimed_by", "claimed_on", "accepted_by", "accepted_for", "accepted_on", "reviewed_on",
    "rationale",
)  # fmt: skip
