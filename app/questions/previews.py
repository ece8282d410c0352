"""Before something is done: which verdicts would flip, and what money hangs on them. Nothing is written."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Annotated

from pydantic import Field

from app import portfolio
from app.domain.ledger import Entry
from app.graph import Graph
from app.questions import flips, projects
from app.questions.core import AsOf, LedgerNumber, Said, Sum, View
from app.questions.flips import Flipped, Today
from app.questions.projects import Filters
from app.who import Reader

MOST = 100
"""The most flips that are told one by one."""


class Flips(Said):
    """Which verdicts on live projects would flip, and which goals would become or stop being starved."""

    projects: Annotated[int, Field(description="How many projects.")]
    stranded: Annotated[int, Field(description="Of them: those that would lose their last counted route.")]
    goals: Annotated[int, Field(description="How many goals.")]
    total: Annotated[list[Sum], Field(description="What these projects cost, one sum a bucket.")]
    items: Annotated[list[Flipped], Field(description=f"Each flip, what is stranded first; {MOST} at most.")]
    as_of: Annotated[AsOf, Field(description="What it is true of.")]


async def of(graph: Graph, entries: Iterable[Entry], reader: Reader, on: date) -> Flips:
    """What this reader would be told otherwise on a day, if the ledger held these entries too."""
    now = View(graph, reader, on, await portfolio.at(graph))
    then = replace(now, snapshot=await portfolio.keep(graph).supposing(now.snapshot, entries))
    today = Today.of(now, projects.judge(now, Filters()).projects)
    live = set(projects.chosen(then, Filters()).column("id"))
    outcome = today.under(then.portfolio, live, dict.fromkeys(today.live - live, "not_live"))
    flipped = flips.of_projects(today, outcome)
    told = flips.Told(now.portfolio, flipped)
    goals = [Flipped(**flips.goal(each)) for each in flips.of_goals(today, outcome)]
    rows = [*(Flipped(**told.project(each)) for each in flipped), *goals]
    return Flips(
        projects=len(flipped),
        stranded=sum(each.stranded() for each in flipped),
        goals=len(goals),
        total=projects.accounts(now, [each.project.id for each in flipped]).total,
        items=sorted(rows, key=lambda row: [*row.order("stranded"), row.title, row.id])[:MOST],
        as_of=AsOf(
            valid_on=on,
            known_on=now.head.at,
            ledger=LedgerNumber(id=now.head.id, number=now.head.number),
        ),
    )
