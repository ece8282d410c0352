"""Which single link, if withdrawn, gives the most money a worse verdict?"""

from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import Field

from app.portfolio.bearing import Bearing, bearing
from app.portfolio.verdicts import WITHOUT_COUNTED_ROUTE, Verdict
from app.questions import projects, supposed_sentences
from app.questions.core import Found, Named, Row, Said, Sum, View
from app.questions.projects import Judged, OfProjects

_NAMED = 20
"""Projects that are named in a row."""


class Borne(Said):
    """A project that rests on the link."""

    id: Annotated[str, Field(description="Id of the project.")]
    title: Annotated[str, Field(description="Its title.")]
    verdict: Annotated[Verdict, Field(description="What the graph says of it.")]
    drops_to: Annotated[Verdict, Field(description="What it would say without the link.")]


class LoadBearingLinksRow(Row):
    """A link, and what rests on it."""

    featured = ("kind", "source", "target", "projects", "drops_to", "stranded", "money")

    id: Annotated[str, Field(description="Id of the link.")]
    kind: Annotated[str, Field(description="Its kind.")]
    source: Annotated[Named, Field(description="The lower end: the thing done.")]
    target: Annotated[Named, Field(description="The upper end: the thing served.")]
    projects: Annotated[int, Field(description="Projects that would have a worse verdict without it.")]
    drops_to: Annotated[list[Verdict], Field(description="The verdicts these would have, the best first.")]
    bears: Annotated[list[Borne], Field(description=f"These projects, {_NAMED} at most.")]
    stranded: Annotated[
        list[Sum], Field(description="Cost of those that would be left without a counted route.")
    ]
    money: Annotated[list[Sum], Field(description="Cost of all of them; what two links bear is in both.")]
    sentence: Annotated[str, Field(description="All that in one sentence.")]


class LoadBearingLinks(OfProjects):
    """Links without which a live project has a worse verdict: every route of the project's own quality passes
    over such a link, or every chain to its duty.

    It is told of each link alone, of any standing that counts today; two links may bear a project together
    that neither bears alone: ask `what-if`. Money is the whole cost of the projects a link bears, so that
    rows are not to be added up.
    """

    name, version = "load-bearing-links", 1
    asks = "Which single link, if withdrawn, unaligns the most money?"
    row = LoadBearingLinksRow
    reads_nothing = True
    sorts = ("stranded", "money", "projects", "kind", "source", "target", "id")
    default_sort = "-stranded"
    example = "limit=3"

    async def find(self, view: View) -> Found[LoadBearingLinksRow]:
        """A row a link that bears a project."""
        judgement = projects.judge(view, self)
        judged = {each.id: each for each in judgement.projects}
        found = bearing(view.portfolio, projects.chosen(view, self))
        titles = view.portfolio.titles(end for each in found for end in (each.source, each.target))
        borne = {id for each in found for id, _ in each.projects}
        total = view.portfolio.some("Project", borne).cost()
        return Found(
            rows=[_row(view, each, judged, titles) for each in found],
            denominators=judgement.denominators(),
            total=[projects.sum_of(bucket, pence) for bucket, pence in total],
        )


def _row(
    view: View, link: Bearing, judged: Mapping[str, Judged], titles: Mapping[str, str]
) -> LoadBearingLinksRow:
    drops = sorted({verdict for _, verdict in link.projects}, key=list(Verdict).index)
    source, target = (Named(id=id, title=titles.get(id)) for id in (link.source, link.target))
    lost = [id for id, verdict in link.projects if _lost(judged[id], verdict)]
    return LoadBearingLinksRow(
        id=link.id,
        kind=link.label,
        source=source,
        target=target,
        projects=len(link.projects),
        drops_to=drops,
        bears=[
            Borne(id=id, title=judged[id].title, verdict=judged[id].verdict, drops_to=verdict)
            for id, verdict in link.projects[:_NAMED]
        ],
        stranded=_cost(view, lost),
        money=_cost(view, [id for id, _ in link.projects]),
        sentence=supposed_sentences.of_withdrawal(
            source.title or "", target.title or "", len(link.projects), [str(each) for each in drops]
        ),
    )


def _lost(project: Judged, verdict: Verdict) -> bool:
    return verdict in WITHOUT_COUNTED_ROUTE and project.verdict not in WITHOUT_COUNTED_ROUTE


def _cost(view: View, ids: Iterable[str]) -> list[Sum]:
    cost = view.portfolio.some("Project", ids).cost()
    return [projects.sum_of(bucket, pence) for bucket, pence in cost]
