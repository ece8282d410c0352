"""What hangs on this thing?"""

from typing import Annotated, Any

from pydantic import Field

from app.errors import Fault, Invalid
from app.portfolio.kept import LINKS, RECORDS
from app.portfolio.verdicts import Verdict
from app.questions import projects, reach
from app.questions.core import Found, Named, Note, Question, Row, Sum, View
from app.questions.projects import Filters
from graph_schema import LINK_KINDS, TRACING_LABELS
from graph_schema.cypher import kind_of
from graph_schema.values import RecordId, Standing

MOST_STEPS = 100
OVER = (*TRACING_LABELS, "PART_OF", "GROUNDED_IN", "AFFECTS", "NEEDS_CHANGE", "DEPENDS_ON")
"""The links by which one thing hangs on another: those that trace, and those of law."""
_STANDINGS = [str(each) for each in (Standing.ACCEPTED, Standing.PROPOSED)]


class ImpactRow(Row):
    """A record that hangs on the thing asked about."""

    featured = ("steps", "kind", "title", "organisation", "verdict", "money")

    id: Annotated[str, Field(description="Id of the record.")]
    kind: Annotated[str, Field(description="Its kind.")]
    title: Annotated[str, Field(description="Its title.")]
    organisation: Annotated[Named | None, Field(description="The organisation it belongs to.")]
    steps: Annotated[int, Field(description="Over how many links, at fewest, it hangs on the thing.")]
    verdict: Annotated[Verdict | None, Field(description="What the graph says of it, if it is a project.")]
    money: Annotated[list[Sum], Field(description="Its cost, one sum a bucket, if it is a project.")]


class Impact(Question):
    """Everything in use that reaches a record, or a link, over tracing and legal links, by distance.

    Links that are accepted or proposed and hold on the day are followed, cycles included. Of a link, what
    hangs on it is the record it leaves and everything that reaches that record. `total` is the cost of the
    projects among the rows, each once.
    """

    name, version = "impact", 1
    asks = "What hangs on this thing?"
    row = ImpactRow
    sorts = ("steps", "title", "kind", "organisation", "money", "id")
    default_sort = "steps"
    example = "of=@goal/carbon-neutral"

    of: Annotated[RecordId, Field(description="Id of the record, or of the link.")]

    async def find(self, view: View) -> Found[ImpactRow]:
        """A row a record that hangs on it."""
        begin, steps = await self._begin(view)
        found: dict[str, tuple[int, dict[str, Any]]] = {}
        text = reach.step(view.scope, OVER, "out", named=True)
        frontier = [begin["id"]]
        if steps:
            found[begin["id"]] = (steps, begin)
        while frontier and steps < MOST_STEPS:
            steps += 1
            rows = await view.read(text, frontier=frontier, standings=_STANDINGS)
            new = {
                row["id"]: (steps, row) for row in rows if row["id"] not in found and row["id"] != begin["id"]
            }
            found |= new
            frontier = sorted(new)
        return self._told(view, found, cut_off=bool(frontier))

    async def _begin(self, view: View) -> tuple[dict[str, Any], int]:
        """The record asked about, or the one that the link asked about leaves, which hangs on it."""
        rows = await view.read(_record(view), of=self.of)
        if rows:
            return rows[0], 0
        rows = await view.read(_source(view, self.of), of=self.of)
        if not rows:
            says = "There is no record or link with this id."
            raise Invalid(faults=[Fault("/of", "reference_unknown", says)])
        return rows[0], 1

    def _told(
        self, view: View, found: dict[str, tuple[int, dict[str, Any]]], *, cut_off: bool
    ) -> Found[ImpactRow]:
        mine = [id for id, (_, row) in found.items() if row["kind"] == "Project"]
        verdicts = dict(view.portfolio.some("Project", mine).rows("id", "verdict"))
        accounts = projects.accounts(view, mine)
        title = view.portfolio.organisation_title
        rows = [
            ImpactRow(
                id=id,
                kind=row["kind"],
                title=row["title"],
                organisation=projects.named(row["organisation"], title(row["organisation"])),
                steps=steps,
                verdict=verdicts.get(id),
                money=accounts.costs.get(id, []),
            )
            for id, (steps, row) in found.items()
        ]
        notes = [*accounts.notes]
        if cut_off:
            notes.append(
                Note(code="cut_off", detail=f"Chains were followed over {MOST_STEPS} links at most.")
            )
        denominators = projects.judge(view, Filters()).denominators()
        return Found(rows=rows, denominators=denominators, total=accounts.total, notes=tuple(notes))


_SHOWN = f"{{id: n.id, title: n.title, organisation: n.organisation, kind: {kind_of('n')}}}"


def _record(view: View) -> str:
    return f"MATCH (n:Record {{id: $of}}) WHERE {view.scope.sees('n')} RETURN collect({_SHOWN}) AS rows"


_KEPT_WHOLE = frozenset(
    kind.label
    for kind in LINK_KINDS
    if kind.label in LINKS
    and all(end.__name__ in RECORDS for cell in kind.matrix for side in cell for end in side)
)
"""Kinds of link of which the portfolio keeps every one."""


def _source(view: View, of: str) -> str:
    """A look-up by its index of each kind that the link may be of.

    The portfolio knows the kind of most links: to plan a look-up of all kinds takes longer than a read may.
    """
    links = view.snapshot.links
    kinds = [
        kind for kind in LINK_KINDS if kind.label not in _KEPT_WHOLE or links[kind.label].position(of) >= 0
    ]
    seen = view.scope.sees("n", "m")
    looks = "\nUNION ALL\n".join(
        f"MATCH (n:Record)-[:`{kind.label}` {{id: $of}}]->(m:Record) WHERE {seen} RETURN n" for kind in kinds
    )
    return f"CALL () {{\n{looks}\n}}\nRETURN collect({_SHOWN}) AS rows"
