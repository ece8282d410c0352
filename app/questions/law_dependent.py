"""Which investments depend on a change in the law, on which change, and how far has it got?"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from app.domain.law import Change, State
from app.portfolio.verdicts import COUNTED, Quality, Verdict
from app.questions import lift, projects, sentences
from app.questions.breaks import RECORDS
from app.questions.core import Found, Named, Row, Sum, View
from app.questions.legal import Law, Rest
from app.questions.legal import Need as Needed
from app.questions.lift import NO_ROUTE, Lifted
from app.questions.projects import Accounts, Judged, Judgement, OfProjects
from app.questions.threads import Thread, Threads, threads
from graph_schema.values import ChangeOutcome, ChangeStage, Need, ProjectState, RecordId


class Thing(Named):
    """A record with its kind."""

    kind: Annotated[str, Field(description="Its kind.")]


class LawDependentRow(Row):
    """A project, and one change in the law it depends on through one thing on its way."""

    featured = ("title", "need", "change", "law", "in_force_on", "slack_days", "another_route", "money")

    id: Annotated[str, Field(description="Id of the project.")]
    ref: Annotated[str | None, Field(description="Its owner's reference.")]
    title: Annotated[str, Field(description="Its title.")]
    organisation: Annotated[Named | None, Field(description="The organisation it belongs to.")]
    state: Annotated[ProjectState, Field(description="How far the work has got.")]
    verdict: Annotated[Verdict, Field(description="What the graph says of it.")]
    through: Annotated[Thing, Field(description="What needs the change: the project, or a thing on its way.")]
    need: Annotated[
        Need | None, Field(description="How much depends on it; empty: it rests on law not in force.")
    ]
    provision: Annotated[
        Named | None, Field(description="The provision it rests on, where no change is stated as needed.")
    ]
    change: Annotated[
        Named | None, Field(description="The change; empty: none is recorded that brings the provision.")
    ]
    became: Annotated[Named | None, Field(description="What took the place of the change, if anything did.")]
    law: Annotated[State, Field(description="State of the change, or of the provision without one.")]
    stage: Annotated[ChangeStage | None, Field(description="How far it has got on its way to being made.")]
    outcome: Annotated[ChangeOutcome | None, Field(description="What became of it.")]
    in_force_on: Annotated[date | None, Field(description="Day it comes into force, where one is set.")]
    earliest_in_force: Annotated[date | None, Field(description="Earliest day it could be in force.")]
    likely_in_force: Annotated[date | None, Field(description="Day it is likely to be in force.")]
    latest_in_force: Annotated[
        date | None, Field(description="Latest day it should be; empty without a set day: no bound.")
    ]
    needed_by: Annotated[date | None, Field(description="Day it is needed; go-live where none is stated.")]
    slack_days: Annotated[
        int | None,
        Field(description="Days from its set or latest day to the day it is needed; below 0 is too late."),
    ]
    another_route: Annotated[
        bool, Field(description="Whether a counted route remains that does not wait for it.")
    ]
    sentence: Annotated[str, Field(description="All that in one sentence.")]
    money: Annotated[list[Sum], Field(description="The project's cost, one sum a bucket.")]

    def order(self, by: str) -> list[Any]:
        """Money sorts by the largest sum of one bucket; a project's rows stay together."""
        if by == "money":
            return [max((int(each.amount) for each in self.money), default=-1)]
        if by == "id":
            through = (self.through.id, self.change and self.change.id, self.provision and self.provision.id)
            return [self.id, *(each or "" for each in through)]
        if by in ("change", "organisation"):
            named = getattr(self, by)
            return [(named and named.title) or ""]
        if by == "law":
            return [list(State).index(self.law)]
        return super().order(by)


@dataclass(frozen=True)
class _Tie:
    """Something that needs a change, or rests on law not in force, and what it waits for."""

    node: str
    state: State
    """State of the change, or of the provision where no change brings it."""
    need: Needed | None = None
    rest: Rest | None = None
    change: str | None = None
    now: str | None = None
    """The change whose state that is: its own, or what took its place."""

    @property
    def waits_for(self) -> str:
        """The change, or the provision where no change brings it."""
        return self.change or (self.rest.provision if self.rest else "")

    @property
    def holds_up(self) -> bool:
        return self.need is None or self.need.need is Need.BLOCKING


class LawDependent(OfProjects):
    """Projects that need a change in the law that is not in force, themselves or on any route to a goal;
    and those that are `aligned_if_law_changes` because something on a route rests on law not in force.

    One row for each thing that waits and each change it waits for. A route is one of quality 1 or more, as if
    a change that will never come still could; a partial or helpful need holds nothing up and is listed. The
    total counts each project once.
    """

    name, version = "law-dependent", 1
    asks = "Which investments depend on a change in the law, on which change, how far has it got?"
    row = LawDependentRow
    sorts = ("money", "title", "organisation", "change", "law", "needed_by", "in_force_on", "id")
    default_sort = "-money"
    example = "limit=3"

    change: Annotated[
        tuple[RecordId, ...], Field(max_length=200, description="Only these changes in the law, by id.")
    ] = ()

    async def find(self, view: View) -> Found[LawDependentRow]:
        """A row for each project, each thing that waits on its way, and each change it waits for."""
        judgement = await projects.judge(view, self)
        law = judgement.lifted.law
        ties = [each for each in _ties(law, view.valid_on) if not self.change or each.change in self.change]
        if not ties:
            return Found(rows=[], denominators=judgement.denominators(), total=[], notes=judgement.notes())
        found = await _dependencies(view, judgement, ties)
        ids = sorted({project for project, _ in found})
        accounts = await projects.accounts(view, ids)
        go_live = {row["id"]: row["go_live"] for row in await view.read(_GO_LIVE, ids=ids)}
        nodes = sorted({tie.node for _, tie in found})
        things = {row["id"]: Thing(**row) for row in await view.read(RECORDS, ids=nodes)}
        by_id = {each.id: each for each in judgement.projects}
        rows = [
            _row(by_id[project], tie, things[tie.node], law, go_live[project], other, accounts)
            for (project, tie), other in found.items()
        ]
        return Found(
            rows=rows,
            denominators=judgement.denominators(),
            total=accounts.total,
            notes=judgement.notes() + accounts.notes,
        )


_GO_LIVE = "UNWIND $ids AS id MATCH (p:Project {id: id}) RETURN collect({id: id, go_live: p.go_live}) AS rows"


def _ties(law: Law, day: date) -> Iterator[_Tie]:
    """Everything that waits for law, whoever it is on the way of."""
    for node, needs in law.needs.items():
        yield from (
            _Tie(node, each.state, need=each, change=each.change, now=each.decided_by)
            for each in needs
            if each.state is not State.IN_FORCE
        )
    for node in law.rests:
        for rest in law.waiting(node):
            states = {each: law.state_of(each, node, day) for each in rest.brought_by}
            coming = [
                _Tie(node, state, rest=rest, change=each, now=now)
                for each, (state, now) in states.items()
                if state is not State.IN_FORCE
            ]
            yield from coming or [_Tie(node, rest.state, rest=rest)]


Dependencies = dict[tuple[str, _Tie], bool]
"""Project and what it depends on -> whether a counted route remains without it."""


async def _dependencies(view: View, judgement: Judgement, ties: list[_Tie]) -> Dependencies:
    asked = {each.id: each for each in judgement.projects}
    supposed = await _as_if_it_could_come(view, judgement.lifted)
    found = await threads(view, supposed)
    depends: list[tuple[str, _Tie]] = []
    behind = {node: _behind(node, supposed, found) for node in {tie.node for tie in ties}}
    for tie in ties:
        for project in sorted(behind[tie.node] & asked.keys()):
            if tie.need or asked[project].verdict is Verdict.ALIGNED_IF_LAW_CHANGES:
                depends.append((project, tie))
    waiting: dict[str, set[str]] = defaultdict(set)
    for tie in ties:
        waiting[tie.waits_for] |= {tie.node} if tie.holds_up else set()
    goals = [place for place, value in judgement.lifted.values.items() if value["fewest"][0] == 0]
    remaining = {
        awaited: _remaining(found, goals, waiting[awaited], judgement.lifted)
        for awaited in {tie.waits_for for _, tie in depends}
    }
    return {(project, tie): project in remaining[tie.waits_for] for project, tie in depends}


async def _as_if_it_could_come(view: View, lifted: Lifted) -> Lifted:
    """The lift as if a change that will never come still could: what needs it passes on a little."""
    dead = {id for id, cap in lifted.law.caps.items() if cap == Quality.ABSENT}
    if not dead:
        return lifted
    caps = lifted.law.caps | dict.fromkeys(dead, int(Quality.WAITS_FOR_ACCEPTANCE))
    return await lift.lift(view, replace(lifted.law, caps=caps))


def _behind(node: str, lifted: Lifted, found: Threads) -> set[str]:
    """Ids of what has this node on a route, and the node itself."""
    places = [
        place
        for place in (node + "+", node + "-")
        if place in lifted.values and lifted.values[place]["fewest"][0] < NO_ROUTE
    ]
    return {node} | {place[:-1] for place in found.upstream(places, lambda thread: thread.worth > 0)}


def _remaining(found: Threads, goals: list[str], without: set[str], lifted: Lifted) -> set[str]:
    """Ids of what has a counted route that passes none of these nodes."""

    def carries(thread: Thread) -> bool:
        return thread.worth >= COUNTED and thread.target[:-1] not in without

    reached = {place[:-1] for place in found.upstream(goals, carries)}
    return {id for id in reached - without if lifted.law.caps.get(id, Quality.CLEAN) >= COUNTED}


def _row(
    project: Judged,
    tie: _Tie,
    through: Thing,
    law: Law,
    go_live: str | None,
    other: bool,
    accounts: Accounts,
) -> LawDependentRow:
    change = law.changes[tie.change].facts if tie.change else None
    now = law.changes[tie.now] if tie.now else None
    became = now.facts.title if now and tie.now != tie.change else None
    return LawDependentRow(
        id=project.id,
        ref=project.ref,
        title=project.title,
        organisation=project.organisation,
        state=ProjectState(str(project.state)),
        verdict=project.verdict,
        through=through,
        need=tie.need.need if tie.need else None,
        provision=Named(id=tie.rest.provision, title=tie.rest.title) if tie.rest else None,
        change=Named(id=tie.change, title=change.title) if tie.change and change else None,
        became=Named(id=tie.now, title=became) if tie.now and became else None,
        law=tie.state,
        **_dates(now, tie, go_live),
        another_route=other,
        sentence=sentences.of_dependency(
            project.title,
            None if through.id == project.id else (through.kind, through.title or ""),
            tie.need.need if tie.need else None,
            (change.title if change else None, became, tie.rest.title if tie.rest else None),
            tie.state,
            another_route=other,
        ),
        money=accounts.costs.get(project.id, []),
    )


_DATES = (
    "stage", "outcome", "in_force_on", "earliest_in_force", "likely_in_force", "latest_in_force",
    "slack_days",
)  # fmt: skip


def _dates(now: Change | None, tie: _Tie, go_live: str | None) -> dict[str, Any]:
    """How far the change is, its days, and the slack to the day it is needed."""
    needed_by = tie.need.needed_by if tie.need else None
    needed_by = needed_by or (date.fromisoformat(go_live) if go_live else None)
    if now is None:
        return dict.fromkeys(_DATES) | {"needed_by": needed_by}
    due = now.facts.in_force_on or (_last_begin(now) if tie.state is State.DATED_FUTURE else None)
    latest = None if tie.state is State.NEVER else due or now.facts.latest_in_force
    return {
        "stage": now.facts.stage,
        "outcome": now.facts.outcome,
        "in_force_on": due,
        "earliest_in_force": now.facts.earliest_in_force,
        "likely_in_force": now.facts.likely_in_force,
        "latest_in_force": now.facts.latest_in_force,
        "needed_by": needed_by,
        "slack_days": (needed_by - latest).days if needed_by and latest else None,
    }


def _last_begin(change: Change) -> date | None:
    """The day the last of its effects begins."""
    begins = [entry.from_ for effect in change.effects for entry in effect.intervals if entry.from_]
    return max(begins, default=None)
