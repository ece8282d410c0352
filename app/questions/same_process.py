"""Who else changes the same process at the same time?"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from app.questions import altered, projects
from app.questions.altered import Stated
from app.questions.core import Found, Named, Row, View
from app.questions.projects import Filters, Judged, OfProjects
from graph_schema.values import ChangeMode, Depth, RecordId, Standing


class SameProcessRow(Row):
    """Two projects that change one process, and when they both do."""

    featured = ("process", "first", "second", "first_mode", "second_mode", "overlap_from", "overlap_to")

    id: Annotated[str, Field(description="Ids of the process and of both projects, with a bar between.")]
    process: Annotated[Named, Field(description="The process.")]
    of: Annotated[Named | None, Field(description="The organisation whose process it is.")]
    first: Annotated[Named, Field(description="One project.")]
    first_organisation: Annotated[Named | None, Field(description="The organisation it belongs to.")]
    first_depth: Annotated[Depth, Field(description="How deep it goes.")]
    first_mode: Annotated[ChangeMode, Field(description="What it does to the process.")]
    first_standing: Annotated[Standing, Field(description="Standing of its link.")]
    second: Annotated[Named, Field(description="The other project.")]
    second_organisation: Annotated[Named | None, Field(description="The organisation it belongs to.")]
    second_depth: Annotated[Depth, Field(description="How deep that goes.")]
    second_mode: Annotated[ChangeMode, Field(description="What that does to the process.")]
    second_standing: Annotated[Standing, Field(description="Standing of its link.")]
    overlap_from: Annotated[
        date | None, Field(description="First day on which both are under way; empty: no start is stated.")
    ]
    overlap_to: Annotated[
        date | None, Field(description="First day on which they no longer are; empty: no end is stated.")
    ]


class SameProcess(OfProjects):
    """Pairs of live projects that change one process while both are under way.

    A project is under way from its start until its end, an empty one being open; a link narrows that by its
    own dates. Pairs whose common time is over on the day are left out, and so are links that are disputed or
    withdrawn. The filters choose projects of which at least one is in each pair; the other may be anybody's.
    """

    name, version = "same-process", 1
    asks = "Who else changes the same process at the same time?"
    row = SameProcessRow
    sorts = ("process", "first", "second", "overlap_from", "overlap_to", "id")
    default_sort = "process"
    reads_nothing = True
    example = "limit=3"

    project: Annotated[RecordId | None, Field(description="Only pairs with this project.")] = None
    process: Annotated[
        tuple[RecordId, ...], Field(max_length=200, description="Only these processes, by id.")
    ] = ()

    async def find(self, view: View) -> Found[SameProcessRow]:
        """A row a pair and process."""
        judgement = projects.judge(view, self)
        asked = projects.asked(view, self.project) if self.project else judgement.projects
        live = projects.judge(view, Filters()).projects
        by_id = {each.id: each for each in (*live, *asked)}
        found = [each for each in altered.stated(view.portfolio, by_id) if self._counts(each)]
        found.sort(key=lambda each: (each.target.id, each.project))
        days = {id: days for id, *days in view.portfolio.some("Project", by_id).rows("id", "start", "end")}
        chosen = {each.id for each in asked}
        rows = [_row(pair, by_id) for pair in _pairs(found, days, chosen, view.valid_on)]
        return Found(rows=rows, denominators=judgement.denominators())

    def _counts(self, change: Stated) -> bool:
        stands = change.standing in (Standing.PROPOSED, Standing.ACCEPTED) and not change.retired
        return stands and change.kind == "Process" and (not self.process or change.target.id in self.process)


class _Pair(NamedTuple):
    """Two changes of one process, and the days they share."""

    first: Stated
    second: Stated
    begins: date | None
    ends: date | None


def _pairs(
    found: Iterable[Stated], days: Mapping[str, Sequence[date | None]], chosen: set[str], day: date
) -> Iterator[_Pair]:
    by_process: dict[str, list[Stated]] = defaultdict(list)
    for each in found:
        by_process[each.target.id].append(each)
    for changes in by_process.values():
        for pair in combinations(changes, 2):
            starts = [each for one in pair for each in (one.valid_from, days[one.project][0]) if each]
            stops = [each for one in pair for each in (one.valid_to, days[one.project][1]) if each]
            begins, ends = max(starts, default=None), min(stops, default=None)
            over = ends is not None and (ends <= day or (begins is not None and begins >= ends))
            if {one.project for one in pair} & chosen and not over:
                yield _Pair(*pair, begins, ends)


def _row(pair: _Pair, by_id: dict[str, Judged]) -> SameProcessRow:
    sides: dict[str, Any] = {}
    for name, change in (("first", pair.first), ("second", pair.second)):
        project = by_id[change.project]
        sides |= {
            name: Named(id=project.id, title=project.title),
            f"{name}_organisation": project.organisation,
            f"{name}_depth": change.depth,
            f"{name}_mode": change.mode,
            f"{name}_standing": change.standing,
        }
    return SameProcessRow(
        id="|".join((pair.first.target.id, pair.first.project, pair.second.project)),
        process=pair.first.target,
        of=pair.first.of,
        **sides,
        overlap_from=pair.begins,
        overlap_to=pair.ends,
    )
