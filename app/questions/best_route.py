"""Why do you say this project serves this goal?"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from app.domain.access import Scope
from app.errors import Fault, Invalid
from app.portfolio.tracing import Route, Step
from app.portfolio.verdicts import STRENGTHS, Quality
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
        routes = _routes(view, project)
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


@dataclass(frozen=True)
class _Edge:
    """A link between two places of this project's part of the graph."""

    source: int
    target: int
    step: Step

    def holds(self, quality: int, rank: int) -> bool:
        """Whether a route this good may pass over it."""
        return (
            min(self.step.quality, self.step.target_quality) >= quality
            and STRENGTHS.index(self.step.strength) + 1 >= rank
        )


def _routes(view: View, project: Judged) -> list[Route]:
    """The best route to each goal the project reaches, the best first."""
    edges = [_Edge(each.leaves, each.arrives, each) for each in view.portfolio.below(project.id)]
    start, own = view.portfolio.snapshot.place(project.id), view.portfolio.part(project.id)
    ranked = []
    for goal in sorted({each.target for each in edges if each.step.kind == "PolicyGoal"}):
        best = _best(edges, start, goal, own)
        if best is not None:
            quality, rank, steps = best
            key = (-quality, -rank, len(steps), [step.link for step in steps])
            ranked.append((key, Route(project.id, "Project", project.title, own, steps)))
    return [route for _, route in sorted(ranked, key=lambda each: each[0])]


def _best(edges: list[_Edge], start: int, goal: int, most: int) -> tuple[int, int, tuple[Step, ...]] | None:
    """The best route from the start to a goal: its quality, the rank of its weakest link, its links."""
    for quality in range(most, 0, -1):
        for rank in range(len(STRENGTHS), 0, -1):
            kept = [each for each in edges if each.holds(quality, rank)]
            fewest = _fewest(kept, goal)
            if start in fewest:
                return quality, rank, _followed(kept, fewest, start)
    return None


def _fewest(edges: Iterable[_Edge], goal: int) -> dict[int, int]:
    """Over how many links, at fewest, each place leads to the goal."""
    into: dict[int, list[int]] = defaultdict(list)
    for each in edges:
        into[each.target].append(each.source)
    fewest, todo = {goal: 0}, [goal]
    for at in todo:
        for source in into[at]:
            if source not in fewest:
                fewest[source] = fewest[at] + 1
                todo.append(source)
    return fewest


def _followed(edges: Iterable[_Edge], fewest: dict[int, int], start: int) -> tuple[Step, ...]:
    """The shortest way, over the lowest link id where several are as short."""
    onward: dict[int, list[_Edge]] = defaultdict(list)
    for each in edges:
        if fewest.get(each.target, -1) == fewest.get(each.source, 0) - 1:
            onward[each.source].append(each)
    steps, at = [], start
    while fewest[at]:
        chosen = min(onward[at], key=lambda each: each.step.link)
        steps.append(chosen.step)
        at = chosen.target
    return tuple(steps)


def _link_details(scope: Scope) -> str:
    return f"""
    UNWIND $links AS at
    MATCH (n:Record {{id: at.source}})-[l:CHANGES|ENABLES|OPERATES|ADVANCES]->() WHERE l.id = at.link
    RETURN collect(l {{
      .id, .standing, .claimed_by, .claimed_on, .accepted_by, .accepted_on, .reviewed_on, .rationale,
      source_title: n.title,
      evidence: COLLECT {{ UNWIND coalesce(l.evidence, []) AS id MATCH (e:Evidence {{id: id}})
                           WHERE {scope.sees("e")} RETURN e {{.id, .title, .grade, .expires}} ORDER BY e.id }}
    }}) AS rows
    """


async def _details(view: View, routes: Iterable[Route]) -> dict[str, dict[str, Any]]:
    """Who vouched for each link of these routes, when, and on what evidence."""
    links = {step.link: step.source for route in routes for step in route.steps}
    asked = [{"link": link, "source": source} for link, source in sorted(links.items())]
    read = await view.read(_link_details(view.scope), links=asked) if asked else []
    called = await acting_for(view, (row["accepted_by"] for row in read))
    return {row["id"]: row | {"accepted_for": called.get(row["accepted_by"])} for row in read}


def _row(view: View, rank: int, route: Route, details: dict[str, dict[str, Any]]) -> BestRouteRow:
    quality = min(route.start_quality, *(min(each.quality, each.target_quality) for each in route.steps))
    goal, weakest = route.steps[-1].target, route.weakest
    ((title, level),) = view.portfolio.some("PolicyGoal", [goal]).rows("title", "level")
    links = [
        _link(step, leg, details[step.link], step is weakest)
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
        evidence=[Backing(**each) for each in read["evidence"]],
        sentence=sentences.of_link(read, leg, step.strength, weakest=weakest),
        **{name: read[name] for name in _VOUCHED},
    )


_VOUCHED = (
    "standing", "claimed_by", "claimed_on", "accepted_by", "accepted_for", "accepted_on", "reviewed_on",
    "rationale",
)  # fmt: skip
