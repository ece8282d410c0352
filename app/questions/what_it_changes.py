"""Which process does it change, and how deep?"""

from typing import Annotated, Any

from pydantic import Field

from app.questions import altered, projects
from app.questions.altered import Stated
from app.questions.core import Found, Named, Row, View
from app.questions.projects import Judged, OfProjects
from graph_schema.values import ChangeMode, Depth, ProjectState, RecordId, Standing, Strength


class WhatItChangesRow(Row):
    """A project, and one process or instrument it says it changes."""

    featured = ("title", "organisation", "changes", "kind", "depth", "mode", "standing")

    id: Annotated[str, Field(description="Id of the project.")]
    ref: Annotated[str | None, Field(description="Its owner's reference.")]
    title: Annotated[str, Field(description="Its title.")]
    organisation: Annotated[Named | None, Field(description="The organisation it belongs to.")]
    state: Annotated[ProjectState, Field(description="How far the work has got.")]
    changes: Annotated[Named, Field(description="What it changes.")]
    kind: Annotated[str, Field(description="Process or PolicyInstrument.")]
    of: Annotated[Named | None, Field(description="The organisation whose process or instrument it is.")]
    depth: Annotated[Depth, Field(description="How deep the change goes.")]
    deepest: Annotated[bool, Field(description="Whether no other change of the project goes deeper.")]
    stated_depth: Annotated[Depth | None, Field(description="How deep the project says it goes.")]
    mode: Annotated[ChangeMode, Field(description="What it does to it.")]
    standing: Annotated[Standing, Field(description="How far the link has got between the two sides.")]
    strength: Annotated[Strength, Field(description="How much it does.")]
    link: Annotated[str, Field(description="Id of the link.")]

    def order(self, by: str) -> list[Any]:
        """Depths sort from interface to instrument; the changes of a project stay together."""
        if by == "id":
            return [self.id, self.link]
        if by == "depth":
            return [list(Depth).index(self.depth)]
        return super().order(by)


class WhatItChanges(OfProjects):
    """The processes and instruments that projects change on the day, with depth, mode and standing.

    Links of every standing but withdrawn are told, so that what is only claimed or is disputed shows.
    `depth` narrows to changes of one depth: `depth=interface` lists changes to the front end.
    """

    name, version = "what-it-changes", 1
    asks = "Which process does it change, and how deep?"
    row = WhatItChangesRow
    sorts = ("title", "organisation", "changes", "kind", "depth", "mode", "standing", "id")
    default_sort = "title"
    reads_nothing = True
    example = "limit=3"

    project: Annotated[RecordId | None, Field(description="Only this project, of whatever state.")] = None
    depth: Annotated[tuple[Depth, ...], Field(max_length=4, description="Only changes this deep.")] = ()
    standing: Annotated[
        tuple[Standing, ...], Field(max_length=4, description="Only links of these standings.")
    ] = ()

    async def find(self, view: View) -> Found[WhatItChangesRow]:
        """A row a change."""
        judgement = projects.judge(view, self)
        asked = projects.asked(view, self.project) if self.project else judgement.projects
        by_id = {each.id: each for each in asked}
        found = [
            each
            for each in altered.stated(view.portfolio, by_id)
            if each.standing is not Standing.WITHDRAWN and each.holds(view.valid_on)
        ]
        depths: dict[str, int] = {}
        for each in found:
            depths[each.project] = max(depths.get(each.project, 0), _rank(each))
        goes = dict(view.portfolio.some("Project", by_id).rows("id", "stated_depth"))
        rows = [
            _row(by_id[each.project], each, goes[each.project], _rank(each) == depths[each.project])
            for each in found
        ]
        return Found(
            rows=[
                row
                for row in rows
                if (not self.depth or row.depth in self.depth)
                and (not self.standing or row.standing in self.standing)
            ],
            denominators=judgement.denominators(),
        )


def _rank(found: Stated) -> int:
    return list(Depth).index(found.depth)


def _row(project: Judged, found: Stated, stated_depth: Depth | None, deepest: bool) -> WhatItChangesRow:
    return WhatItChangesRow(
        id=project.id,
        ref=project.ref,
        title=project.title,
        organisation=project.organisation,
        state=ProjectState(str(project.state)),
        changes=found.target,
        kind=found.kind,
        of=found.of,
        depth=found.depth,
        deepest=deepest,
        stated_depth=stated_depth,
        mode=found.mode,
        standing=found.standing,
        strength=found.strength,
        link=found.link,
    )
