"""Which investments depend on a change in the law, on which change, and how far has it got?"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from app.domain.law import Change, State
from app.portfolio.grounds import Need as Needed
from app.portfolio.grounds import Rest
from app.portfolio.law import Law
from app.portfolio.verdicts import COUNTED, Quality, Verdict
from app.portfolio.world import Overlay
from app.questions import projects, sentences
from app.questions.core import Found, Named, Row, Sum, View
from app.questions.projects import Accounts, Judged, OfProjects
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
        """A project's rows stay together."""
        if by == "id":
            through = (self.through.id, self.change and self.change.id, self.provision and self.provision.id)
            return [self.id, *(each or "" for each in through)]
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
    reads_nothing = True
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
        judgement = projects.judge(view, self)
        law = view.portfolio.law
        ties = [each for each in _ties(law, view.valid_on) if not self.change or each.change in self.change]
        if not ties:
            return Found(rows=[], denominators=judgement.denominators(), total=[])
        found = _dependencies(view, {each.id: each for each in judgement.projects}, ties)
        ids = sorted({project for project, _ in found})
        accounts = projects.accounts(view, ids)
        go_live = dict(view.portfolio.some("Project", ids).rows("id", "go_live"))
        things = _things(view, {tie.node for _, tie in found})
        by_id = {each.id: each for each in judgement.projects}
        rows = [
            _row(by_id[project], tie, things[tie.node], law, go_live[project], other, accounts)
            for (project, tie), other in found.items()
        ]
        return Found(
            rows=rows, denominators=judgement.denominators(), total=accounts.total, notes=accounts.notes
        )


def depending(view: View, asked: Iterable[Judged]) -> set[str]:
    """Ids of those of these projects that depend on a change in the law."""
    ties = list(_ties(view.portfolio.law, view.valid_on))
    return {project for project, _ in _depends(view, {each.id: each for each in asked}, ties)}


def _things(view: View, ids: set[str]) -> dict[str, Thing]:
    return {
        id: Thing(id=id, title=title, kind=kind)
        for kind in ("Project", "Process", "PolicyInstrument")
        for id, title in view.portfolio.some(kind, ids).rows("id", "title")
    }


def _ties(law: Law, day: date) -> Iterator[_Tie]:
    """Everything that waits for law, whoever it is on the way of."""
    for node in law.touched():
        yield from (
            _Tie(node, each.state, need=each, change=each.change, now=each.decided_by)
            for each in law.needs(node)
            if each.state is not State.IN_FORCE
        )
        for rest in law.waiting(node):
            states = {each: law.state_of(each, node) for each in rest.brought_by}
            coming = [
                _Tie(node, state, rest=rest, change=each, now=now)
                for each, (state, now) in states.items()
                if state is not State.IN_FORCE
            ]
            yield from coming or [_Tie(node, rest.state, rest=rest)]


Dependencies = dict[tuple[str, _Tie], bool]
"""Project and what it depends on -> whether a counted route remains without it."""


def _depends(view: View, asked: dict[str, Judged], ties: list[_Tie]) -> list[tuple[str, _Tie]]:
    """Each project asked about with each thing on its way that waits."""
    hopeful = view.portfolio.supposing(Overlay(hopeful=True))
    nodes = sorted({tie.node for tie in ties})
    reaching = hopeful.reaching(nodes, Quality.WAITS_FOR_ACCEPTANCE, routed=True)
    behind = {node: {node, *each.column("id")} for node, each in zip(nodes, reaching, strict=True)}
    return [
        (project, tie)
        for tie in ties
        for project in sorted(behind[tie.node] & asked.keys())
        if tie.need or asked[project].verdict is Verdict.ALIGNED_IF_LAW_CHANGES
    ]


def _dependencies(view: View, asked: dict[str, Judged], ties: list[_Tie]) -> Dependencies:
    depends = _depends(view, asked, ties)
    waiting: dict[str, set[str]] = defaultdict(set)
    for tie in ties:
        waiting[tie.waits_for] |= {tie.node} if tie.holds_up else set()
    awaited = sorted({tie.waits_for for _, tie in depends})
    mine = view.portfolio.some("Project", {project for project, _ in depends})
    remaining = {
        each: set(kept.within(mine).column("id"))
        for each, kept in zip(
            awaited, view.portfolio.keeping([waiting[each] for each in awaited], COUNTED), strict=True
        )
    }
    return {(project, tie): project in remaining[tie.waits_for] for project, tie in depends}


def _row(
    project: Judged,
    tie: _Tie,
    through: Thing,
    law: Law,
    go_live: date | None,
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


def _dates(now: Change | None, tie: _Tie, go_live: date | None) -> dict[str, Any]:
    """How far the change is, its days, and the slack to the day it is needed."""
    needed_by = tie.need.needed_by if tie.need else None
    needed_by = needed_by or go_live
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
