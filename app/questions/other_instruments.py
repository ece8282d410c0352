"""Could this aim be reached another way?"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from app.domain.money import Bucket
from app.errors import Fault, Invalid
from app.portfolio.surface import Portfolio
from app.questions import altered, case_sentences, flows, projects
from app.questions.core import Found, Named, Note, Question, Row, Sum, View, largest
from app.questions.flows import Purse
from app.questions.projects import Filters
from graph_schema.values import InstrumentFamily, InstrumentState, Polarity, PriceBasis, RecordId


class OtherInstrumentsRow(Row):
    """An instrument that helps the goal, and what speaks for it."""

    featured = ("title", "organisation", "cost", "cheaper", "needs_law", "digital", "sentence")

    id: Annotated[str, Field(description="Id of the instrument.")]
    title: Annotated[str, Field(description="Its title.")]
    organisation: Annotated[Named | None, Field(description="The organisation whose it is.")]
    family: Annotated[
        InstrumentFamily | None, Field(description="Hood's kind: knowing, commanding, paying, doing.")
    ]
    state: Annotated[InstrumentState, Field(description="Where it stands in its life.")]
    goals: Annotated[list[Named], Field(description="The goal, or the parts of it, that it helps.")]
    compared_with: Annotated[
        Named | None, Field(description="What it is compared with; null: it is that itself, or nothing is.")
    ]
    cost: Annotated[list[Sum], Field(description="Both costs below, one sum a bucket.")]
    projects_cost: Annotated[
        list[Sum], Field(description="Cost of live projects that goes through it, apportioned.")
    ]
    running_cost: Annotated[
        list[Sum],
        Field(description="Volume times unit cost of its processes for a year; empty: not stated."),
    ]
    cheaper: Annotated[
        bool | None,
        Field(description="Whether it costs less than what it is compared with; null: cannot be told."),
    ]
    needs_law: Annotated[
        bool, Field(description="Whether it waits for law: a blocking need, or law not in force.")
    ]
    digital: Annotated[
        bool, Field(description="Whether a live project changes it or a process that operates it.")
    ]
    sentence: Annotated[str, Field(description="All that in one sentence.")]

    def order(self, by: str) -> list[Any]:
        """Cost sorts by the largest sum of one bucket; what states none comes last."""
        if by == "cost":
            return [largest(self.cost, none=10**18)]
        return super().order(by)


class OtherInstruments(Question):
    """The current instruments accepted as helping a goal or an accepted part of it, of whatever organisation.

    Cost is what live projects spend through the instrument, each pound apportioned once over all that it
    serves, and volume times unit cost of each current process that operates it, for a year; neither is
    stated for the goal alone. `cheaper` compares with `instrument`, or with the dearest where none is
    named, and only where both state money in the same buckets. An instrument that states no cost is not
    called cheap.
    """

    name, version = "other-instruments", 2
    asks = "Could this aim be reached another way?"
    row = OtherInstrumentsRow
    sorts = ("cost", "title", "organisation", "id")
    default_sort = "cost"
    reads_nothing = True
    example = "goal=@goal/town-air"

    goal: Annotated[RecordId, Field(description="Id of the goal.")]
    instrument: Annotated[
        RecordId | None, Field(description="Id of the instrument to compare with; the dearest if empty.")
    ] = None

    async def find(self, view: View) -> Found[OtherInstrumentsRow]:
        """A row an instrument."""
        portfolio = view.portfolio
        if not len(portfolio.some("PolicyGoal", [self.goal])):
            raise Invalid(faults=[Fault("/goal", "reference_unknown", "There is no goal with this id.")])
        helps = _helping(portfolio, self.goal)
        if self.instrument is not None and self.instrument not in helps:
            says = "There is no instrument with this id that helps the goal."
            raise Invalid(faults=[Fault("/instrument", "reference_unknown", says)])
        costs = _costs(view, sorted(helps))
        compared = self.instrument or max(
            (id for id, each in costs.items() if each.all),
            key=lambda id: (costs[id].largest, id),
            default=None,
        )
        return Found(
            rows=_rows(view, helps, costs, compared),
            denominators=projects.judge(view, Filters()).denominators(),
            notes=()
            if helps
            else (Note(code="no_instrument", detail="No current instrument helps this goal."),),
        )


@dataclass(frozen=True)
class _Cost:
    """What an instrument costs: through projects, and to run for a year."""

    through: Mapping[Bucket, int]
    running: Mapping[Bucket, int]

    @property
    def all(self) -> Purse:
        return flows.added((self.through, self.running))

    @property
    def largest(self) -> int:
        return max(self.all.values(), default=0)

    def less_than(self, other: "_Cost") -> bool | None:
        """Whether it costs less; None where that cannot be told."""
        mine, theirs = self.all, other.all
        if not mine or mine.keys() != theirs.keys():
            return None
        return all(mine[each] <= theirs[each] for each in mine) and mine != theirs


def _helping(portfolio: Portfolio, goal: str) -> dict[str, list[str]]:
    """The current instruments that help the goal or a part of it, with which of these they help."""
    parts: dict[str, list[str]] = defaultdict(list)
    current = set(portfolio.all("PolicyGoal").where(current=(True,)).column("id"))
    for part, whole, holds in portfolio.links("PART_OF").rows("source", "target", "holds"):
        if holds and part in current:
            parts[whole].append(part)
    found, todo = {goal}, [goal]
    while todo:
        new = set(parts[todo.pop()]) - found
        found |= new
        todo += new
    in_use, helps = set(portfolio.chosen("PolicyInstrument").column("id")), defaultdict(list)
    for instrument, at, polarity, holds in portfolio.links("ADVANCES").rows(
        "source", "target", "polarity", "holds"
    ):
        if holds and polarity is Polarity.HELPS and at in found and instrument in in_use:
            helps[instrument].append(at)
    return dict(helps)


def _costs(view: View, instruments: list[str]) -> dict[str, _Cost]:
    portfolio, running = view.portfolio, defaultdict[str, list[Purse]](list)
    facts = portfolio.chosen("Process").rows("id", "volume", "unit_cost", "unit_cost_currency")
    processes = {
        id: {Bucket(currency, PriceBasis.NOMINAL, None): volume * unit}
        for id, volume, unit, currency in facts
        if volume is not None and unit is not None
    }
    for process, instrument, holds in portfolio.links("OPERATES").rows("source", "target", "holds"):
        if holds and process in processes:
            running[instrument].append(processes[process])
    through = portfolio.through(projects.chosen(view, Filters()), instruments)
    return {id: _Cost(dict(through[id]), flows.added(running[id])) for id in instruments}


def _rows(
    view: View, helps: dict[str, list[str]], costs: dict[str, _Cost], compared: str | None
) -> list[OtherInstrumentsRow]:
    portfolio = view.portfolio
    goals = dict(portfolio.all("PolicyGoal").rows("id", "title"))
    live = set(projects.chosen(view, Filters()).column("id"))
    changes = {id: each for id, each in altered.altered(portfolio).items() if id in live}
    digital = {id for each in altered.touched(portfolio, changes).values() for id in each}
    records = portfolio.some("PolicyInstrument", helps)
    with_whom = portfolio.some("PolicyInstrument", [compared] if compared else []).rows("id", "title")
    other = next((Named(id=id, title=title) for id, title in with_whom), None)
    found = []
    for id, title, organisation, name, family, state in records.rows(
        "id", "title", "organisation", "organisation_title", "family", "state"
    ):
        cost, beside = costs[id], other if other and other.id != id else None
        cheaper = cost.less_than(costs[beside.id]) if beside else None
        needs_law = id in portfolio.law.held_up
        found.append(
            OtherInstrumentsRow(
                id=id,
                title=title,
                organisation=projects.named(organisation, name),
                family=family,
                state=state,
                goals=[Named(id=goal, title=goals[goal]) for goal in sorted(helps[id])],
                compared_with=beside,
                cost=flows.sums(cost.all),
                projects_cost=flows.sums(cost.through),
                running_cost=flows.sums(cost.running),
                cheaper=cheaper,
                needs_law=needs_law,
                digital=id in digital,
                sentence=case_sentences.of_instrument(
                    title,
                    [goals[goal] for goal in sorted(helps[id])],
                    beside.title if beside and cheaper else None,
                    needs_law=needs_law,
                    digital=id in digital,
                ),
            )
        )
    return found
