"""Who pays, who gains, is there a net gain overall, and has the payer agreed?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from app.domain import money
from app.domain.money import Bucket
from app.questions import case_sentences, cases, projects
from app.questions.cases import Bearer, Line, Lines
from app.questions.core import Found, Named, Note, Row, View
from app.questions.projects import Judged, OfProjects
from graph_schema.values import BenefitCategory, CaseVersion, Currency, Money, PriceBasis, RecordId


class Gain(StrEnum):
    """Whether a project is worth more than it costs, and to whom."""

    NET_GAIN = "net_gain"
    LOSS_TO_PAYER = "net_gain_overall_net_loss_to_payer"
    NO_NET_GAIN = "no_net_gain"
    NO_BENEFIT = "no_benefit_stated"
    NO_COST = "no_cost_stated"


class Consent(StrEnum):
    """Whether an organisation has agreed to what falls to it."""

    AGREED, IN_PART, NOT_AGREED, OWN = "agreed", "in_part", "not_agreed", "own"


class NetGainRow(Row):
    """An organisation, and what a project costs and brings it, in one bucket of money."""

    featured = ("title", "organisation", "cost", "benefit_cash", "benefit_non_cash", "net", "consent", "gain")

    id: Annotated[str, Field(description="Id of the project.")]
    ref: Annotated[str | None, Field(description="Its owner's reference.")]
    title: Annotated[str, Field(description="Its title.")]
    organisation: Annotated[
        Named | None, Field(description="Who pays or gains; null: the project names no organisation.")
    ]
    assumed: Annotated[
        bool, Field(description="Whether some of it falls to the project's own organisation by assumption.")
    ]
    cost: Annotated[Money, Field(description="What falls to it of the cost.")]
    benefit_cash: Annotated[Money, Field(description="Of the benefit, cash-releasing.")]
    benefit_non_cash: Annotated[Money, Field(description="Of the benefit, everything else.")]
    net: Annotated[Money, Field(description="Both benefits less the cost.")]
    net_cash: Annotated[Money, Field(description="The cash-releasing benefit less the cost.")]
    overall: Annotated[Money, Field(description="The same net of all organisations together.")]
    currency: Annotated[Currency, Field(description="Currency of these amounts.")]
    price_basis: Annotated[PriceBasis, Field(description="Whether inflation is in them.")]
    price_year: Annotated[int | None, Field(description="Year of the prices.")]
    consent: Annotated[
        Consent, Field(description="Whether it agreed to what falls to it; own: it is its own project.")
    ]
    gain: Annotated[Gain, Field(description="What is said of the project as a whole.")]
    sentence: Annotated[str, Field(description="All that in one sentence.")]

    def order(self, by: str) -> list[Any]:
        """An organisation's rows in one project differ by bucket."""
        if by == "id":
            named = self.organisation
            return [self.id, named.id if named else "", self.currency, self.price_basis, self.price_year or 0]
        return super().order(by)


class NetGain(OfProjects):
    """For each project, and each organisation that bears a part of its cost or has a part of its benefit: the
    cost, the benefit in cash and otherwise, and what remains.

    Who bears what is said by the shares of each cost and benefit; what nobody the reader sees is named for
    is the project's own organisation's, and `assumed`. Shares divide among those seen, they lose nothing.
    Per line and year actuals count, else forecasts, else baselines; `case_version` takes one version alone.
    Disbenefits are negative benefits. A benefit several projects expect counts for each as far as it is
    attributed to it. Buckets of money (currency, price basis, price year) are never added up: each has its
    own row and its own `gain`. `net_gain_overall_net_loss_to_payer`: together they gain, and an
    organisation that pays does not.
    """

    name, version = "net-gain", 1
    asks = "Who pays, who gains, is there a net gain overall, and has the payer agreed?"
    row = NetGainRow
    sorts = ("net", "cost", "overall", "title", "organisation", "gain", "id")
    default_sort = "net"
    reads_nothing = True
    example = "gain=net_gain_overall_net_loss_to_payer"

    project: Annotated[
        tuple[RecordId, ...], Field(max_length=500, description="Only these projects, by id.")
    ] = ()
    gain: Annotated[
        tuple[Gain, ...], Field(max_length=5, description="Only projects of which this is said.")
    ] = ()
    case_version: Annotated[
        CaseVersion | None, Field(description="Only figures of this version of the case.")
    ] = None

    async def find(self, view: View) -> Found[NetGainRow]:
        """A row a project, organisation and bucket."""
        judgement = projects.judge(view, self)
        asked = {each.id: each for each in judgement.projects if not self.project or each.id in self.project}
        portfolio = view.portfolio
        costs, benefits = cases.costs(portfolio, asked), cases.benefits(portfolio, asked)
        bearers = cases.bearers(portfolio)
        rows = [
            row
            for project in asked.values()
            for row in _rows(
                project, self._accounts(project, costs, benefits, bearers), portfolio.organisation_title
            )
            if not self.gain or row.gain in self.gain
        ]
        return Found(
            rows=rows,
            denominators=judgement.denominators(),
            total=cases.sums((_bucket(row), row.cost) for row in rows if row.cost),
            notes=_off(bearers, [*costs.values(), *benefits.values()]),
        )

    def _accounts(
        self, project: Judged, costs: Lines, benefits: Lines, bearers: Mapping[str, list[Bearer]]
    ) -> "dict[Bucket, dict[str | None, _Account]]":
        """By bucket and organisation, what the project costs and brings it."""
        organisation = project.organisation.id if project.organisation else None
        own = [Bearer(organisation, None, agreed=False, assumed=True)]
        found: dict[Bucket, dict[str | None, _Account]] = {}
        for lines, of_costs in ((costs, True), (benefits, False)):
            for line in money.counted(lines.get(project.id, ()), self.case_version):
                by = bearers.get(line["id"], own)
                parts = money.divided(line["amount"], [each.share for each in by])
                for bearer, pence in zip(by, parts, strict=True):
                    accounts = found.setdefault(money.bucket_of(line), {})
                    accounts.setdefault(bearer.organisation, _Account()).add(bearer, pence, line, of_costs)
        return found


@dataclass
class _Account:
    """What falls to one organisation of one project in one bucket."""

    cost: int = 0
    cash: int = 0
    non_cash: int = 0
    pays: bool = False
    assumed: bool = False
    agreed: set[bool] = field(default_factory=set)

    def add(self, bearer: Bearer, pence: int, line: Line, is_cost: bool) -> None:
        if is_cost:
            self.cost, self.pays = self.cost + pence, True
        elif line["category"] is BenefitCategory.CASH_RELEASING:
            self.cash += pence
        else:
            self.non_cash += pence
        self.assumed |= bearer.assumed
        if not bearer.assumed:
            self.agreed.add(bearer.agreed)

    @property
    def net(self) -> int:
        return self.cash + self.non_cash - self.cost

    def consent(self, *, own: bool) -> Consent:
        if self.agreed == {True}:
            return Consent.AGREED
        if own:
            return Consent.OWN
        return Consent.IN_PART if True in self.agreed else Consent.NOT_AGREED


def _gain(accounts: Iterable[_Account]) -> Gain:
    """What is said of a project from the accounts of every organisation in one bucket."""
    each = list(accounts)
    if not any(account.pays for account in each):
        return Gain.NO_COST
    if not any(account.cash or account.non_cash for account in each):
        return Gain.NO_BENEFIT
    if sum(account.net for account in each) <= 0:
        return Gain.NO_NET_GAIN
    loses = any(account.cost > 0 and account.net < 0 for account in each)
    return Gain.LOSS_TO_PAYER if loses else Gain.NET_GAIN


def _rows(
    project: Judged, by_bucket: "dict[Bucket, dict[str | None, _Account]]", title_of: Any
) -> Iterable[NetGainRow]:
    own = project.organisation and project.organisation.id
    for bucket, accounts in by_bucket.items():
        gain, overall = _gain(accounts.values()), sum(each.net for each in accounts.values())
        for organisation, account in accounts.items():
            named = projects.named(organisation, title_of(organisation))
            consent = account.consent(own=organisation == own)
            yield NetGainRow(
                id=project.id,
                ref=project.ref,
                title=project.title,
                organisation=named,
                assumed=account.assumed,
                cost=Money(account.cost),
                benefit_cash=Money(account.cash),
                benefit_non_cash=Money(account.non_cash),
                net=Money(account.net),
                net_cash=Money(account.cash - account.cost),
                overall=Money(overall),
                currency=Currency(bucket.currency),
                price_basis=PriceBasis(bucket.price_basis),
                price_year=bucket.price_year,
                consent=consent,
                gain=gain,
                sentence=case_sentences.of_gain(
                    project.title,
                    named.title if named else None,
                    {
                        "cost": account.cost,
                        "cash": account.cash,
                        "other": account.non_cash,
                        "overall": overall,
                    },
                    bucket,
                    agreed=consent in (Consent.AGREED, Consent.OWN),
                ),
            )


def _bucket(row: NetGainRow) -> Bucket:
    return Bucket(row.currency, row.price_basis, row.price_year)


def _off(bearers: Mapping[str, list[Bearer]], lines: Iterable[list[Line]]) -> tuple[Note, ...]:
    """A warning where stated shares do not come to 1."""
    items = {line["id"] for each in lines for line in each}
    stated = [[bearer.share for bearer in bearers.get(item, ())] for item in items]
    off = sum(
        bool(each) and None not in each and sum(part or 0 for part in each) != money.WHOLE for each in stated
    )
    if not off:
        return ()
    says = f"Costs and benefits whose shares do not come to 1: {off}. Their shares divide them all the same."
    return (Note(code="shares_do_not_add_up", detail=says),)
