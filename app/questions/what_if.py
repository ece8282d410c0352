"""If this were so, or were not so: what would change?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from app.domain import money
from app.errors import Fault, Invalid
from app.portfolio.surface import Choice, Portfolio
from app.portfolio.tracing import Broken
from app.portfolio.verdicts import COUNTED, WITHOUT_COUNTED_ROUTE, Verdict
from app.portfolio.world import Overlay
from app.questions import breaks, cases, projects, supposed_sentences
from app.questions.breaks import Break
from app.questions.cases import Phases
from app.questions.core import Found, Named, Row, Sum, View
from app.questions.projects import Judged, OfProjects
from graph_schema.values import RecordId, Standing

_Ids = Annotated[tuple[RecordId, ...], Field(max_length=500)]
_OnDay = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-f-]{36}(@[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))?$"),
]


class WhatIfRow(Row):
    """A project whose verdict would be another, or a goal that would become or stop being starved."""

    featured = ("title", "kind", "before", "after", "sentence", "unspent")

    id: Annotated[str, Field(description="Id of the record.")]
    kind: Annotated[str, Field(description="Project, or PolicyGoal.")]
    title: Annotated[str, Field(description="Its title.")]
    organisation: Annotated[Named | None, Field(description="The organisation it belongs to.")]
    before: Annotated[str, Field(description="The verdict as things stand; of a goal, served or starved.")]
    after: Annotated[
        str, Field(description="The verdict as it would be; `stopped` for a project supposed to be stopped.")
    ]
    stranded: Annotated[
        bool, Field(description="Whether a project loses its last counted route, or a goal its last project.")
    ]
    breaks_at: Annotated[Break | None, Field(description="Where the chain would break.")]
    sentence: Annotated[str, Field(description="All that in one sentence.")]
    unspent: Annotated[list[Sum], Field(description="Of the project's cost, still to come, not committed.")]
    committed: Annotated[list[Sum], Field(description="Still to come and committed: not a saving.")]
    sunk: Annotated[list[Sum], Field(description="Actuals of closed financial years.")]
    benefits_lost: Annotated[
        list[Sum],
        Field(description="Benefits promised by a project that is stranded or stopped, cash and non-cash."),
    ]

    def order(self, by: str) -> list[Any]:
        """What is stranded comes before what is not."""
        if by == "stranded":
            return [int(not self.stranded), self.kind == "PolicyGoal"]
        return super().order(by)


class WhatIf(OfProjects):
    """Every verdict that would flip, and every goal that would become or stop being starved, if something
    were so: a change in the law in force from a day, or not; links accepted or withdrawn; records retired;
    projects stopped; goals dropped; any of these together. Nothing is written.

    It is told for `valid_on`: ask for the day in question. A change in force from D opens the provisions it
    commences or inserts from D, closes those it repeals, and otherwise counts as a change since review. Money
    is what the project's own lines say by year: whole-life figures are in none of the three sums.
    """

    name, version = "what-if", 1
    asks = "If this were so, or were not so: which verdicts flip, and what money and benefits hang on it?"
    row = WhatIfRow
    sorts = ("stranded", "unspent", "title", "kind", "before", "after", "id")
    default_sort = "stranded"
    example = "stop=@project/WV-004"

    in_force: Annotated[
        tuple[_OnDay, ...],
        Field(
            max_length=100,
            description="Changes in the law supposed to be in force: id, or id@day for from that day.",
        ),
    ] = ()
    not_in_force: Annotated[_Ids, Field(description="Changes in the law supposed not to be in force.")] = ()
    accept: Annotated[_Ids, Field(description="Tracing links supposed to be accepted.")] = ()
    withdraw: Annotated[_Ids, Field(description="Tracing links supposed to be withdrawn.")] = ()
    retire: Annotated[_Ids, Field(description="Processes and instruments supposed to be retired.")] = ()
    drop: Annotated[_Ids, Field(description="Goals supposed to be dropped.")] = ()
    stop: Annotated[_Ids, Field(description="Projects supposed to be stopped.")] = ()

    async def find(self, view: View) -> Found[WhatIfRow]:
        """A row for each project and each goal of which something else would be said."""
        overlay = self.overlay(view)
        judgement = projects.judge(view, self)
        supposed = view.portfolio.supposing(overlay)
        flips = self._flips(judgement.projects, supposed)
        goals = _goals(view, judgement.projects, supposed, frozenset(self.stop), frozenset(self.drop))
        broken = supposed.breaks(flip.before.id for flip in flips)
        accounts = _accounts(view, flips)
        rows = [_row(flip, broken.get(flip.before.id), accounts) for flip in flips]
        return Found(rows=[*rows, *goals], denominators=judgement.denominators())

    def overlay(self, view: View) -> Overlay:
        """What is supposed, every id checked against what the reader sees."""
        faults = [*_unknown(view.portfolio, self), *_contradictions(self)]
        if faults:
            raise Invalid(faults=faults)
        coming = {each[:36]: _day(each, view.valid_on) for each in self.in_force}
        return Overlay(
            links=dict.fromkeys(self.accept, Standing.ACCEPTED)
            | dict.fromkeys(self.withdraw, Standing.WITHDRAWN),
            retired=frozenset((*self.retire, *self.drop)),
            stopped=frozenset(self.stop),
            law=coming | dict.fromkeys(self.not_in_force),
        )

    def _flips(self, before: Iterable[Judged], supposed: Portfolio) -> list["_Flip"]:
        known = {each.id: each for each in before}
        after = dict(supposed.some("Project", known).rows("id", "verdict"))
        return [
            _Flip(each, None if id in self.stop else after[id])
            for id, each in known.items()
            if id in self.stop or after[id] is not each.verdict
        ]


@dataclass(frozen=True)
class _Flip:
    """A project of which something else would be said."""

    before: Judged
    after: Verdict | None
    """None: it is supposed to be stopped."""

    @property
    def stranded(self) -> bool:
        lost = self.after is None or self.after in WITHOUT_COUNTED_ROUTE
        return lost and self.before.quality >= COUNTED


@dataclass(frozen=True)
class _Accounts:
    phases: Mapping[str, Phases]
    benefits: Mapping[str, dict[money.Bucket, money.Amount]]


def _day(stated: str, otherwise: date) -> date:
    return date.fromisoformat(stated[37:]) if "@" in stated else otherwise


_KIND = {
    "in_force": ("LegalChange",), "not_in_force": ("LegalChange",), "drop": ("PolicyGoal",),
    "retire": ("Process", "PolicyInstrument"), "stop": ("Project",),
}  # fmt: skip


def _unknown(portfolio: Portfolio, asked: WhatIf) -> Iterable[Fault]:
    """A fault for each id that names nothing the reader sees, or a day that does not exist."""
    for name in ("accept", "withdraw"):
        for at, id in enumerate(getattr(asked, name)):
            if not portfolio.sees_link(id):
                yield Fault(f"/{name}/{at}", "reference_unknown", "There is no tracing link with this id.")
    for name, kinds in _KIND.items():
        for at, stated in enumerate(getattr(asked, name)):
            if not any(len(portfolio.some(kind, [stated[:36]])) for kind in kinds):
                says = f"There is no {' or '.join(kinds)} with this id."
                yield Fault(f"/{name}/{at}", "reference_unknown", says)
    for at, stated in enumerate(asked.in_force):
        try:
            _day(stated, date.max)
        except ValueError:
            yield Fault(f"/in_force/{at}", "date_unknown", "There is no such day.")


def _contradictions(asked: WhatIf) -> Iterable[Fault]:
    coming = [each[:36] for each in asked.in_force]
    for name, one, other in (
        ("withdraw", asked.accept, asked.withdraw),
        ("not_in_force", coming, asked.not_in_force),
    ):
        if set(one) & set(other):
            yield Fault(f"/{name}", "contradiction", "The same thing is supposed to be so and not to be so.")
    if len(set(coming)) < len(coming):
        yield Fault("/in_force", "contradiction", "One change is supposed to come into force twice.")


def _accounts(view: View, flips: Iterable[_Flip]) -> _Accounts:
    """What is still to come of the cost of these projects, and the benefits they promise."""
    ids = {each.before.id for each in flips}
    benefits = cases.benefits(view.portfolio, ids)
    return _Accounts(
        cases.phases(view.portfolio, ids), {id: money.amounts(lines) for id, lines in benefits.items()}
    )


def _row(flip: _Flip, broken: Broken | None, accounts: _Accounts) -> WhatIfRow:
    project, after = flip.before, flip.after
    phases = accounts.phases.get(project.id, {})
    lost = accounts.benefits.get(project.id, {}) if flip.stranded or after is None else {}
    return WhatIfRow(
        id=project.id,
        kind="Project",
        title=project.title,
        organisation=project.organisation,
        before=project.verdict,
        after=after or "stopped",
        stranded=flip.stranded,
        breaks_at=breaks.shown(broken) if broken and after else None,
        sentence=supposed_sentences.of_flip(project.title, project.verdict, after, stranded=flip.stranded),
        benefits_lost=[projects.sum_of(bucket, each.pence) for bucket, each in lost.items()],
        **cases.by_phase(phases, "unspent", "committed", "sunk"),
    )


def _goals(
    view: View, live: Iterable[Judged], supposed: Portfolio, stopped: frozenset[str], dropped: frozenset[str]
) -> list[WhatIfRow]:
    """The goals that would become or stop being starved by the live projects asked about."""
    goals = view.portfolio.chosen("PolicyGoal", Choice(facts={"current": (True,)}))
    ids = [each for each in goals.column("id") if each not in dropped]
    running = {each.id for each in live}
    served = [
        _served(portfolio, ids, of)
        for portfolio, of in ((view.portfolio, running), (supposed, running - stopped))
    ]
    told = {id: rest for id, *rest in goals.rows("id", "title", "organisation", "organisation_title")}
    return [_of_goal(id, *told[id], starved=id in served[0]) for id in sorted(served[0] ^ served[1])]


def _served(portfolio: Portfolio, goals: list[str], running: set[str]) -> set[str]:
    """Which of these goals some of these projects serve by a counted route."""
    behind = portfolio.behind(goals, portfolio.some("Project", running))
    return {id for id, (serving, _) in zip(goals, behind, strict=True) if serving}


def _of_goal(id: str, title: str, of: str | None, name: str | None, *, starved: bool) -> WhatIfRow:
    return WhatIfRow(
        id=id,
        kind="PolicyGoal",
        title=title,
        organisation=projects.named(of, name),
        before="served" if starved else "starved",
        after="starved" if starved else "served",
        stranded=starved,
        breaks_at=None,
        sentence=supposed_sentences.of_starving(title, starved=starved),
        unspent=[],
        committed=[],
        sunk=[],
        benefits_lost=[],
    )
