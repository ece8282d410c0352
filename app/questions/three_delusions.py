"""Which cases show the three delusions about digital government?"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from app.domain import money
from app.domain.money import Bucket
from app.portfolio.surface import Portfolio
from app.questions import altered, case_sentences, cases, projects
from app.questions.altered import Altered
from app.questions.cases import Line
from app.questions.core import Found, Named, Row, Sum, View
from app.questions.projects import Accounts, Judged, OfProjects
from graph_schema.values import BenefitCategory, CostCategory, Depth, ProjectLabel, ProjectState

_MOSTLY = 80
_AFTERWARDS = (CostCategory.RUN, CostCategory.MAINTAIN, CostCategory.REDESIGN)


class Delusion(StrEnum):
    """What a case takes for granted."""

    CUTS_COST = "digital_cuts_cost"
    INTERFACE_IS_ALL = "interface_is_all"
    LAW_IS_NOT_OURS = "law_is_not_ours"


class ThreeDelusionsRow(Row):
    """A project, and which of the delusions its case shows."""

    featured = ("title", "delusions", "cash_percent", "stated_depth", "instruments", "sentence", "money")

    id: Annotated[str, Field(description="Id of the project.")]
    ref: Annotated[str | None, Field(description="Its owner's reference.")]
    title: Annotated[str, Field(description="Its title.")]
    organisation: Annotated[Named | None, Field(description="The organisation it belongs to.")]
    state: Annotated[ProjectState, Field(description="How far the work has got.")]
    label: Annotated[ProjectLabel | None, Field(description="What it calls itself.")]
    delusions: Annotated[
        list[Delusion],
        Field(
            description="digital_cuts_cost: nearly all benefit is cash and nothing is to run, maintain or "
            "redesign; interface_is_all: no change goes deeper; law_is_not_ours: it touches an instrument "
            "whose law nobody looked at."
        ),
    ]
    cash_percent: Annotated[
        int | None, Field(description="How much of its benefit is cash-releasing, where any is stated.")
    ]
    costs_afterwards: Annotated[
        bool, Field(description="Whether it states a cost to run, maintain or redesign.")
    ]
    stated_depth: Annotated[Depth | None, Field(description="How deep it says it goes.")]
    interface_as_stated: Annotated[
        bool | None, Field(description="Where all is interface: whether that is its stated scope.")
    ]
    instruments: Annotated[
        list[Named], Field(description="Instruments it touches, without grounding, legal change or review.")
    ]
    sentence: Annotated[str, Field(description="All that in one sentence.")]
    money: Annotated[list[Sum], Field(description="The project's cost, one sum a bucket.")]

    def order(self, by: str) -> list[Any]:
        """Whoever shows most delusions sorts highest."""
        if by == "delusions":
            return [len(self.delusions), *self.delusions]
        return super().order(by)


class ThreeDelusions(OfProjects):
    """Live projects whose case shows one of the three delusions.

    `digital_cuts_cost`: cash-releasing benefits are at least 80% of all it promises, in each bucket of money,
    and it states no cost to run, maintain or redesign; disbenefits are left out. `interface_is_all`: all it
    changes, accepted or proposed, it changes at interface depth; that may be its stated scope, and
    `interface_as_stated` says so. `law_is_not_ours`: it changes an instrument, itself or through a process
    that operates it, that has no accepted grounding, needs no change in the law and had no legal review by
    the day, and the project itself needs no change in the law.
    """

    name, version = "three-delusions", 1
    asks = "Which cases show the three delusions?"
    row = ThreeDelusionsRow
    sorts = ("delusions", "money", "cash_percent", "title", "organisation", "id")
    default_sort = "-delusions"
    reads_nothing = True
    example = "limit=3"

    delusion: Annotated[
        tuple[Delusion, ...], Field(max_length=3, description="Only projects that show one of these.")
    ] = ()

    async def find(self, view: View) -> Found[ThreeDelusionsRow]:
        """A row a project that shows any."""
        judgement = projects.judge(view, self)
        portfolio = view.portfolio
        told = _tell(portfolio, {each.id for each in judgement.projects})
        wanted = set(self.delusion or Delusion)
        shown = [each for each in judgement.projects if wanted & set(told[each.id].delusions)]
        accounts = projects.accounts(view, [each.id for each in shown])
        named = dict(portfolio.all("PolicyInstrument").rows("id", "title"))
        return Found(
            rows=[_row(each, told[each.id], named, accounts) for each in shown],
            denominators=judgement.denominators(),
            total=accounts.total,
            notes=accounts.notes,
        )


@dataclass(frozen=True)
class _Case:
    """What a project's case says, as far as it matters to the delusions."""

    cash_percent: int | None
    costs_afterwards: bool
    all_interface: bool
    stated_depth: Depth | None
    lawless: tuple[str, ...]
    """Ids of the instruments it touches whose law nobody looked at."""

    @property
    def delusions(self) -> list[Delusion]:
        mostly_cash = self.cash_percent is not None and self.cash_percent >= _MOSTLY
        shows = {
            Delusion.CUTS_COST: mostly_cash and not self.costs_afterwards,
            Delusion.INTERFACE_IS_ALL: self.all_interface,
            Delusion.LAW_IS_NOT_OURS: bool(self.lawless),
        }
        return [delusion for delusion, holds in shows.items() if holds]


def _tell(portfolio: Portfolio, asked: set[str]) -> dict[str, _Case]:
    costs, benefits = cases.costs(portfolio, asked), cases.benefits(portfolio, asked)
    changes = altered.altered(portfolio)
    touched, lawless = altered.touched(portfolio, changes), _lawless(portfolio)
    depths = dict(portfolio.all("Project").rows("id", "stated_depth"))
    return {
        id: _Case(
            _cash_percent(money.counted(benefits.get(id, ()))),
            any(
                each["category"] in _AFTERWARDS and each["amount"] > 0
                for each in money.counted(costs.get(id, ()))
            ),
            _all_interface(changes.get(id, ())),
            depths[id],
            ()
            if id in portfolio.law.needing
            else tuple(each for each in touched.get(id, ()) if each in lawless),
        )
        for id in asked
    }


def _cash_percent(benefits: Iterable[Line]) -> int | None:
    """How much of the benefits is cash, in whole percent, of the bucket that has least of it."""
    cash: dict[Bucket, int] = defaultdict(int)
    total: dict[Bucket, int] = defaultdict(int)
    for each in benefits:
        if each["amount"] > 0:
            bucket, is_cash = money.bucket_of(each), each["category"] is BenefitCategory.CASH_RELEASING
            total[bucket] += each["amount"]
            cash[bucket] += each["amount"] if is_cash else 0
    return min((cash[bucket] * 100 // total[bucket] for bucket in total), default=None)


def _all_interface(changes: Iterable[Altered]) -> bool:
    depths = {each.depth for each in changes}
    return depths == {Depth.INTERFACE}


def _lawless(portfolio: Portfolio) -> set[str]:
    """Instruments without grounding, needed change or legal review by the day."""
    grounded = {source for source, holds in portfolio.links("GROUNDED_IN").rows("source", "holds") if holds}
    day, reviews = portfolio.world.day, portfolio.all("PolicyInstrument").rows("id", "legal_review_on")
    unseen = {id for id, on in reviews if on is None or on > day}
    return unseen - grounded - set(portfolio.law.needing)


def _row(project: Judged, case: _Case, named: dict[str, str], accounts: Accounts) -> ThreeDelusionsRow:
    instruments = [Named(id=id, title=named[id]) for id in case.lawless]
    as_stated = case.stated_depth is Depth.INTERFACE if case.all_interface else None
    shows = case.delusions
    return ThreeDelusionsRow(
        id=project.id,
        ref=project.ref,
        title=project.title,
        organisation=project.organisation,
        state=ProjectState(str(project.state)),
        label=project.label,
        delusions=shows,
        cash_percent=case.cash_percent,
        costs_afterwards=case.costs_afterwards,
        stated_depth=case.stated_depth,
        interface_as_stated=as_stated,
        instruments=instruments,
        sentence=case_sentences.of_delusions(
            project.title,
            case.cash_percent if Delusion.CUTS_COST in shows else None,
            as_stated,
            [each.title or "" for each in instruments],
        ),
        money=accounts.costs.get(project.id, []),
    )
