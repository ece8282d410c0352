"""What reaches what, over which links?"""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from app.domain.access import Scope
from app.errors import Fault, Invalid
from app.questions import projects
from app.questions.core import Found, Named, Note, Question, Row, View
from app.questions.projects import Filters
from graph_schema import KIND_BY_NAME, LINK_KINDS, TRACING_LABELS
from graph_schema.cypher import in_dates, kind_of
from graph_schema.values import Standing, Tag

MOST_STEPS = 100
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
            return [MOST_STEPS + 1 if self.steps is None else self.steps]
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
        starts = await view.read(_records(view.scope, self.from_kind), tag=self.from_tag)
        ends = await view.read(_records(view.scope, self.to_kind), tag=self.to_tag)
        found, cut_off = await self._found(view, [row["id"] for row in ends])
        titles = {row["id"]: row["title"] for row in ends}
        rows = [_row(row, found.get(row["id"]), titles) for row in starts]
        reached = sum(row.reaches for row in rows)
        notes = (
            [Note(code="reached", detail=f"{reached:,} of {len(rows):,} records reach one.")] if rows else []
        )
        if cut_off:
            notes.append(
                Note(code="cut_off", detail=f"Chains were followed over {MOST_STEPS} links at most.")
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

    async def _found(self, view: View, ends: list[str]) -> tuple[dict[str, tuple[int, str]], bool]:
        """For each record that reaches an end: over how many links, and which; and whether that was cut off.

        Back from the ends, one statement a step over everything found in the step before, so that a cycle
        ends where it comes to what is known.
        """
        text = step(view.scope, self.over or TRACING_LABELS, self.direction)
        found: dict[str, tuple[int, str]] = {}
        arrived, nearest = set(ends), {id: id for id in ends}
        standings = [str(each) for each in self.standing or _STANDINGS]
        for steps in range(1, MOST_STEPS + 1):
            rows = await view.read(text, frontier=sorted(nearest), standings=standings)
            further: dict[str, str] = {}
            for row in rows:
                if row["id"] not in found:
                    to = min(nearest[each] for each in row["next"])
                    further[row["id"]] = to
            found |= {id: (steps, to) for id, to in further.items()}
            nearest = {id: to for id, to in further.items() if id not in arrived}
            if not nearest:
                return found, False
        return found, True


def _records(scope: Scope, kind: str | None) -> str:
    return f"""
    MATCH (n:{kind or "Record"})
    WHERE n.status = 'live' AND {in_dates("n")} AND {scope.sees("n")} AND ($tag IS NULL OR $tag IN n.tags)
    RETURN collect({{
      id: n.id, title: n.title, kind: {kind_of("n")}
    }}) AS rows
    """


def step(scope: Scope, over: Iterable[str], direction: str, *, named: bool = False) -> str:
    """Text of one step back from `$frontier` over links of these kinds and `$standings`, to what is in use.

    `direction` is that of the way asked about, so that the step goes against it. Each row has an `id` and,
    in `next`, what of the frontier it leads to; with `named` also title, kind and organisation.
    """
    kinds = "|".join(f"`{label}`" for label in over)
    arrow = {"out": f"<-[l:{kinds}]-", "in": f"-[l:{kinds}]->", "both": f"-[l:{kinds}]-"}[direction]
    shown = f", title: a.title, organisation: a.organisation, kind: {kind_of('a')}" if named else ""
    return f"""
    UNWIND $frontier AS id
    MATCH (b:Record {{id: id}}) MATCH (b){arrow}(a:Record)
    WHERE l.standing IN $standings AND {in_dates("l")}
      AND a.status = 'live' AND {in_dates("a")} AND {scope.sees("a")}
    WITH a, collect(DISTINCT b.id) AS next
    RETURN collect({{id: a.id, next: next{shown}}}) AS rows
    """


def _row(record: dict[str, Any], found: tuple[int, str] | None, titles: dict[str, str]) -> ReachRow:
    return ReachRow(
        id=record["id"],
        kind=record["kind"],
        title=record["title"],
        reaches=found is not None,
        steps=found and found[0],
        to=found and Named(id=found[1], title=titles[found[1]]),
    )
