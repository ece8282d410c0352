"""If we must cut, which stops hurt priority goals least?"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from app.portfolio.surface import Choice, Portfolio
from app.portfolio.verdicts import COUNTED, Verdict
from app.portfolio.world import QUALITY_OF, Overlay
from app.questions import cases, projects, supposed_sentences
from app.questions.cases import Phases
from app.questions.core import Found, Named, Row, Sum, View, largest
from app.questions.projects import Filters, Judged, OfProjects

LOWEST_PRIORITY = 5


class LeastHarmStopsRow(Row):
    """A project, and what its stop would take away."""

    featured = ("title", "verdict", "harm", "starves", "unspent", "sentence")

    id: Annotated[str, Field(description="Id of the project.")]
    ref: Annotated[str | None, Field(description="Its owner's reference.")]
    title: Annotated[str, Field(description="Its title.")]
    organisation: Annotated[Named | None, Field(description="The organisation it belongs to.")]
    verdict: Annotated[Verdict, Field(description="What the graph says of it today.")]
    harm: Annotated[
        int,
        Field(description="Sum of 6 less the priority of each goal left with no live project; 0 hurts none."),
    ]
    weakens: Annotated[int, Field(description="Goals that lose its support and keep another's.")]
    starves: Annotated[list[Named], Field(description="Goals left with no live project.")]
    strands: Annotated[list[Named], Field(description="Other projects left without a counted route.")]
    unspent: Annotated[list[Sum], Field(description="Of its cost, still to come and not committed.")]
    committed: Annotated[list[Sum], Field(description="Still to come and committed: not a saving.")]
    sentence: Annotated[str, Field(description="All that in one sentence.")]

    def order(self, by: str) -> list[Any]:
        """Harm sorts by goals starved, then projects stranded, then goals weakened, then the most unspent."""
        most = largest(self.unspent, none=0)
        if by == "harm":
            return [self.harm, len(self.strands), self.weakens, -most]
        if by == "unspent":
            return [most]
        return super().order(by)


class LeastHarmStops(OfProjects):
    """Live projects ranked by how little their stop, each alone, would take away from priority goals.

    It ranks and does not optimise: two stops together may take away more than both alone; ask `what-if` for
    a set. A goal without a priority counts as of the lowest. Committed money is shown apart and is no saving.
    """

    name, version = "least-harm-stops", 2
    asks = "If we must cut, which stops hurt priority goals least, and what does each take away?"
    row = LeastHarmStopsRow
    sorts = ("harm", "unspent", "title", "verdict", "id")
    default_sort = "harm"
    reads_nothing = True
    example = "limit=3"

    async def find(self, view: View) -> Found[LeastHarmStopsRow]:
        """A row a live project."""
        judgement = projects.judge(view, self)
        asked = {each.id: each for each in judgement.projects}
        harms = _harms(view, asked)
        phases = cases.phases(view.portfolio, asked)
        rows = [_row(each, harms[each.id], phases.get(each.id, {})) for each in judgement.projects]
        return Found(rows=rows, denominators=judgement.denominators())


@dataclass(frozen=True)
class _Harm:
    points: int
    weakens: int
    starves: list[Named]
    strands: list[Named]


def _harms(view: View, asked: dict[str, Judged]) -> dict[str, _Harm]:
    """What the stop of each of these projects takes away from the goals that all live projects serve."""
    portfolio = view.portfolio
    current = portfolio.chosen("PolicyGoal", Choice(facts={"current": (True,)}))
    goals = list(current.rows("id", "title", "priority"))
    ids = [id for id, *_ in goals]
    live = dict(projects.chosen(view, Filters()).rows("id", "title"))
    serving = _serving(portfolio, ids, live.keys())
    served: dict[str, list[int]] = defaultdict(list)
    for at, found in enumerate(serving):
        for id in found:
            served[id].append(at)
    links = portfolio.links("ENABLES").rows("target", "quality")
    enabled = {target for target, quality in links if quality}
    harms = {}
    for id in asked:
        lost, stranded, left = served[id], set[str](), {at: len(serving[at]) - 1 for at in served[id]}
        if id in enabled:
            supposed = portfolio.supposing(Overlay(stopped=frozenset({id})))
            after = _serving(supposed, ids, live.keys() - {id})
            lost = [at for at, found in enumerate(serving) if found != after[at]]
            stranded = set().union(*serving) - set().union(*after) - {id}
            left = {at: len(after[at]) for at in lost}
        starved = [goals[at] for at in lost if not left[at]]
        harms[id] = _Harm(
            sum(6 - (priority or LOWEST_PRIORITY) for *_, priority in starved),
            len(lost) - len(starved),
            [Named(id=goal, title=title) for goal, title, _ in starved],
            [Named(id=each, title=live[each]) for each in sorted(stranded)],
        )
    return harms


def _serving(portfolio: Portfolio, goals: list[str], among: Collection[str]) -> list[set[str]]:
    """For each of these goals those of the projects that serve it, or a part of it, by a counted route."""
    found: list[set[str]] = [set() for _ in goals]
    for at, level, some in portfolio.serving(goals):
        if QUALITY_OF[level] >= COUNTED:
            found[at].update(each for each in some.column("id") if each in among)
    return found


def _row(project: Judged, harm: _Harm, phases: Phases) -> LeastHarmStopsRow:
    return LeastHarmStopsRow(
        id=project.id,
        ref=project.ref,
        title=project.title,
        organisation=project.organisation,
        verdict=project.verdict,
        harm=harm.points,
        weakens=harm.weakens,
        starves=harm.starves,
        strands=harm.strands,
        sentence=supposed_sentences.of_stop(
            project.title,
            [each.title or "" for each in harm.starves],
            [each.title or "" for each in harm.strands],
            harm.weakens,
        ),
        **cases.by_phase(phases, "unspent", "committed"),
    )
