"""Who else changes the same process at the same time?"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import combinations
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from app.domain.access import Scope
from app.questions import projects
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
        found = await view.read(_changes(view.scope), ids=sorted(by_id), processes=list(self.process))
        chosen = {each.id for each in asked}
        rows = [_row(pair, by_id) for pair in _pairs(found, chosen, view.valid_on.isoformat())]
        return Found(rows=rows, denominators=judgement.denominators())


def _changes(scope: Scope) -> str:
    return f"""
    UNWIND $ids AS id
    MATCH (p:Project {{id: id}})-[l:CHANGES]->(m:Process)
    WHERE l.standing IN ['proposed', 'accepted'] AND m.status <> 'retired' AND {scope.sees("m")}
      AND (size($processes) = 0 OR m.id IN $processes)
    OPTIONAL MATCH (o:Organisation {{id: m.organisation}}) WHERE {scope.sees("o")}
    WITH id, p, l, m, o ORDER BY m.id, id
    RETURN collect({{
      project: id, process: m {{.id, .title, .organisation}}, organisation_title: o.title,
      link: l {{.depth, .mode, .standing}},
      begins: [day IN [p.start, l.valid_from] WHERE day IS NOT NULL],
      ends: [day IN [p.end, l.valid_to] WHERE day IS NOT NULL]
    }}) AS rows
    """


class _Pair(NamedTuple):
    """Two changes of one process, and the days they share."""

    first: dict[str, Any]
    second: dict[str, Any]
    begins: str | None
    ends: str | None


def _pairs(found: list[dict[str, Any]], chosen: set[str], day: str) -> Iterator[_Pair]:
    by_process: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in found:
        by_process[each["process"]["id"]].append(each)
    for changes in by_process.values():
        for first, second in combinations(changes, 2):
            begins = max(first["begins"] + second["begins"], default=None)
            ends = min(first["ends"] + second["ends"], default=None)
            over = ends is not None and (ends <= day or (begins is not None and begins >= ends))
            if {first["project"], second["project"]} & chosen and not over:
                yield _Pair(first, second, begins, ends)


def _row(pair: _Pair, by_id: dict[str, Judged]) -> SameProcessRow:
    process = pair.first["process"]
    sides: dict[str, Any] = {}
    for name, change in (("first", pair.first), ("second", pair.second)):
        project = by_id[change["project"]]
        sides |= {
            name: Named(id=project.id, title=project.title),
            f"{name}_organisation": project.organisation,
            f"{name}_depth": Depth(change["link"]["depth"]),
            f"{name}_mode": ChangeMode(change["link"]["mode"] or ChangeMode.ALTERS),
            f"{name}_standing": Standing(change["link"]["standing"]),
        }
    return SameProcessRow(
        id="|".join((process["id"], pair.first["project"], pair.second["project"])),
        process=Named(id=process["id"], title=process["title"]),
        of=projects.named(process["organisation"], pair.first["organisation_title"]),
        **sides,
        overlap_from=date.fromisoformat(pair.begins) if pair.begins else None,
        overlap_to=date.fromisoformat(pair.ends) if pair.ends else None,
    )
