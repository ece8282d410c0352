"""What hangs on this thing?"""

import asyncio
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from app.errors import Fault, Invalid
from app.portfolio import steps
from app.portfolio.verdicts import Verdict
from app.questions import projects
from app.questions.core import Found, Named, Note, Question, Row, Sum, View
from app.questions.projects import Accounts, Filters
from graph_schema import TRACING_LABELS
from graph_schema.values import RecordId, Standing

OVER = (*TRACING_LABELS, "PART_OF", "GROUNDED_IN", "AFFECTS", "NEEDS_CHANGE", "DEPENDS_ON")
"""The links by which one thing hangs on another: those that trace, and those of law."""
_STANDINGS = (Standing.ACCEPTED, Standing.PROPOSED)


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
        begin, of_link = self._begin(view)
        most = steps.MOST - of_link
        led, cut_off = await asyncio.to_thread(
            steps.steps, view.portfolio, [begin], OVER, _STANDINGS, most=most
        )
        found = {id: many + of_link for id, (many, _) in led.items() if id != begin}
        if of_link:
            found[begin] = 1
        rows, accounts = await _rows(view, found)
        notes = [*accounts.notes]
        if cut_off:
            notes.append(
                Note(code="cut_off", detail=f"Chains were followed over {steps.MOST} links at most.")
            )
        denominators = projects.judge(view, Filters()).denominators()
        return Found(rows=rows, denominators=denominators, total=accounts.total, notes=tuple(notes))

    def _begin(self, view: View) -> tuple[str, int]:
        """The record asked about, or the one that the link asked about leaves, which hangs on it; and whether
        it is a link, as a number of steps.
        """
        if view.portfolio.kind(self.of):
            return self.of, 0
        source = view.portfolio.source(self.of)
        if source is None:
            says = "There is no record or link with this id."
            raise Invalid(faults=[Fault("/of", "reference_unknown", says)])
        return source, 1


async def _rows(view: View, found: Mapping[str, int]) -> tuple[list[ImpactRow], Accounts]:
    things = view.portfolio.things(found)
    mine = [id for id, each in things.items() if each.kind == "Project"]
    verdicts = dict(view.portfolio.some("Project", mine).rows("id", "verdict"))
    accounts = projects.accounts(view, mine)
    stated = await view.records(id for id, each in things.items() if each.title is None)
    title = view.portfolio.organisation_title
    rows = [
        ImpactRow(
            id=id,
            kind=each.kind,
            title=each.title or stated[id]["facts"]["title"],
            organisation=projects.named(each.organisation, title(each.organisation)),
            steps=found[id],
            verdict=verdicts.get(id),
            money=accounts.costs.get(id, []),
        )
        for id, each in things.items()
    ]
    return rows, accounts
