"""What reaches what, over which links?"""

import asyncio
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from app.errors import Fault, Invalid
from app.portfolio import steps
from app.portfolio.kept import RECORDS
from app.portfolio.surface import Choice
from app.questions import projects
from app.questions.core import Found, Named, Note, Question, Row, View
from app.questions.projects import Filters
from graph_schema import KIND_BY_NAME, LINK_KINDS, TRACING_LABELS
from graph_schema.values import Standing, Tag

_LABELS = tuple(kind.label for kind in LINK_KINDS)
_KINDS = tuple(KIND_BY_NAME)
_STANDINGS = (Standing.ACCEPTED, Standing.PROPOSED)


class ReachRow(Row):
    """A record asked from, and the nearest record asked for that it reaches."""

    featured = ("title", "kind", "reaches", "steps", "to")

    id: Annotated[str, Field(description="Id of the record asked from.")]
    kind: Annotated[str, Field(description="Its kind.")]
    title: Annotated[str, Field(description="Its title.")]
    reaches: Annotated[bool, Field(description="Whether it reaches any record asked for.")]
    steps: Annotated[int | None, Field(description="Over how many links, at fewest.")]
    to: Annotated[Named | None, Field(description="The nearest of them; among equals the lowest id.")]

    def order(self, by: str) -> list[Any]:
        """Records that reach nothing come after those that do."""
        if by == "steps":
            return [steps.MOST + 1 if self.steps is None else self.steps]
        return super().order(by)


class Reach(Question):
    """Which records of one kind or tag reach one of another, over any kinds of link, cycles included.

    By default over the links money is traced over; `over` names others, also RELATES, which never counts for
    a verdict. A link counts here when it is of a standing asked for and holds on the day; records only when
    they are in use. The note `reached` says how many of how many reach one.
    """

    name, version = "reach", 1
    asks = "What reaches what, over which links?"
    row = ReachRow
    sorts = ("title", "kind", "steps", "reaches", "id")
    default_sort = "title"
    example = "from_kind=Element&to_kind=PolicyGoal&over=RELATES&over=OPERATES&over=ADVANCES"

    from_kind: Annotated[
        Literal[_KINDS] | None,  # type: ignore[valid-type]
        Field(description="Kind of the records asked from."),
    ] = None
    from_tag: Annotated[Tag | None, Field(description="Tag they carry, such as archimate:Principle.")] = None
    to_kind: Annotated[
        Literal[_KINDS] | None,  # type: ignore[valid-type]
        Field(description="Kind of the records to be reached."),
    ] = None
    to_tag: Annotated[Tag | None, Field(description="Tag they carry, such as archimate:Goal.")] = None
    over: Annotated[
        tuple[Literal[_LABELS], ...],  # type: ignore[valid-type]
        Field(max_length=30, description="Kinds of link to follow; those that trace money if empty."),
    ] = ()
    direction: Annotated[
        Literal["out", "in", "both"],
        Field(description="out: along the links, to what is served or relied on; in: against them; or both."),
    ] = "out"
    standing: Annotated[
        tuple[Standing, ...],
        Field(max_length=4, description="Standings that count; accepted and proposed if empty."),
    ] = ()
    reaches: Annotated[
        Literal["yes", "no"] | None, Field(description="Only records that do, or that do not; all if empty.")
    ] = None

    def parameters(self, valid_on: date) -> dict[str, Any]:
        """The parameters, with link kinds and standings named where none is given."""
        return super().parameters(valid_on) | {
            "over": sorted(self.over or TRACING_LABELS),
            "standing": sorted(self.standing or _STANDINGS),
        }

    async def find(self, view: View) -> Found[ReachRow]:
        """A row a record asked from."""
        self._sound()
        starts = await _records(view, self.from_kind, self.from_tag)
        ends = await _records(view, self.to_kind, self.to_tag)
        over, standings = self.over or TRACING_LABELS, self.standing or _STANDINGS
        found, cut_off = await asyncio.to_thread(
            steps.steps, view.portfolio, ends, over, standings, self.direction
        )
        rows = [_row(id, *each, found.get(id), ends) for id, each in starts.items()]
        reached = sum(row.reaches for row in rows)
        notes = (
            [Note(code="reached", detail=f"{reached:,} of {len(rows):,} records reach one.")] if rows else []
        )
        if cut_off:
            notes.append(
                Note(code="cut_off", detail=f"Chains were followed over {steps.MOST} links at most.")
            )
        if self.reaches is not None:
            rows = [row for row in rows if row.reaches == (self.reaches == "yes")]
        judgement = projects.judge(view, Filters())
        return Found(rows=rows, denominators=judgement.denominators(), notes=tuple(notes))

    def _sound(self) -> None:
        says = "Name the kind or a tag of these records."
        faults = [
            Fault(f"/{end}_kind", "missing", says)
            for end in ("from", "to")
            if getattr(self, f"{end}_kind") is None and getattr(self, f"{end}_tag") is None
        ]
        if faults:
            raise Invalid(faults=faults)


_Named = dict[str, tuple[str, str]]
"""By id of a record its kind and title."""


async def _records(view: View, kind: str | None, tag: str | None) -> _Named:
    """The records in use of a kind and with a tag, of those that are asked for."""
    found: _Named = {}
    for each in (kind,) if kind else RECORDS:
        found |= await _of_kind(view, each, tag)
    return found


async def _of_kind(view: View, kind: str, tag: str | None) -> _Named:
    """These records of one kind; what the columns do not keep of it is read."""
    tagged = Choice(tags=(tag,) if tag else ())
    chosen = view.portfolio.chosen(kind)
    chosen = view.portfolio.chosen(kind, tagged) if chosen.has("tags") else chosen
    if chosen.has("title"):
        return {id: (kind, title) for id, title in chosen.rows("id", "title")}
    stated = {id: each["facts"] for id, each in (await view.records(chosen.column("id"))).items()}
    return {id: (kind, facts["title"]) for id, facts in stated.items() if tag in (None, *facts["tags"])}


def _row(id: str, kind: str, title: str, found: tuple[int, str] | None, ends: _Named) -> ReachRow:
    return ReachRow(
        id=id,
        kind=kind,
        title=title,
        reaches=found is not None,
        steps=found and found[0],
        to=found and Named(id=found[1], title=ends[found[1]][1]),
    )
