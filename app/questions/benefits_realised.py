"""Which benefits were promised, by when, and which arrived?"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from app.domain import money
from app.domain.money import Bucket
from app.questions import case_sentences, cases, projects
from app.questions.cases import Line
from app.questions.core import Found, Named, Row, View
from app.questions.projects import Judged, OfProjects
from graph_schema.values import BenefitCategory, CaseVersion, Currency, Money, PriceBasis, RecordId


class Arrival(StrEnum):
    """What became of a promise by the day."""

    OVERDUE, ARRIVED_LATE, ARRIVING = "overdue", "arrived_late", "arriving"
    ARRIVED, AWAITED, UNDATED = "arrived", "awaited", "undated"
    ARRIVED_SHORT = "arrived_short"


class BenefitsRealisedRow(Row):
    """A line of a project's benefits: what was promised, and what arrived."""

    featured = (
        "title",
        "line",
        "baseline",
        "forecast",
        "actual",
        "due",
        "realised_on",
        "late_by_days",
        "arrival",
    )

    id: Annotated[str, Field(description="Id of the project.")]
    ref: Annotated[str | None, Field(description="Its owner's reference.")]
    title: Annotated[str, Field(description="Its title.")]
    organisation: Annotated[Named | None, Field(description="The organisation it belongs to.")]
    line: Annotated[str | None, Field(description="The line of the case; null: benefits without one.")]
    category: Annotated[BenefitCategory, Field(description="The Green Book's kind.")]
    baseline: Annotated[Money | None, Field(description="What was promised first.")]
    forecast: Annotated[Money | None, Field(description="What is promised now.")]
    actual: Annotated[Money | None, Field(description="What has arrived by the day.")]
    currency: Annotated[Currency, Field(description="Currency of these amounts.")]
    price_basis: Annotated[PriceBasis, Field(description="Whether inflation is in them.")]
    price_year: Annotated[int | None, Field(description="Year of the prices.")]
    due: Annotated[date | None, Field(description="Day by which all of it was promised first.")]
    realised_on: Annotated[date | None, Field(description="Day the last of it arrived, where one is stated.")]
    late_by_days: Annotated[
        int | None, Field(description="Days from due to its arrival, or to the day asked about if overdue.")
    ]
    short_by: Annotated[
        Money | None, Field(description="The first promise less what has arrived; below 0 is more than that.")
    ]
    arrival: Annotated[
        Arrival,
        Field(
            description="What became of it; arriving: a part, and the rest is not due yet; arrived_short: "
            "less than was promised for a day that is past."
        ),
    ]
    sentence: Annotated[str, Field(description="All that in one sentence.")]

    def order(self, by: str) -> list[Any]:
        """What is not late comes after what is; what has no day comes last."""
        if by == "id":
            bucket = [self.currency, self.price_basis, self.price_year or 0]
            return [self.id, self.category, self.line or "", *bucket]
        if by == "late_by_days":
            return [-(10**9) if self.late_by_days is None else self.late_by_days]
        if by == "short_by":
            return [-(10**18) if self.short_by is None else self.short_by]
        if by == "due":
            return [str(self.due or date.max)]
        if by == "arrival":
            return [list(Arrival).index(self.arrival)]
        return super().order(by)


class BenefitsRealised(OfProjects):
    """For each line of the benefits of each project: baseline, forecast and actual, the day it was due, the
    day it arrived, and by how much it is late or short.

    The same text of `line` is the same promise in another version of the case. It was due on the latest `due`
    of its baseline, else of its forecast; where none is stated, at the end of the last year promised. An
    actual that arrives after the day asked about has not arrived. A benefit of several projects counts for
    each as far as it is attributed to it. Disbenefits are negative.
    """

    name, version = "benefits-realised", 2
    asks = "Which benefits were promised, by when, and which arrived?"
    row = BenefitsRealisedRow
    sorts = ("late_by_days", "due", "short_by", "arrival", "title", "id")
    default_sort = "-late_by_days"
    reads_nothing = True
    example = "arrival=arrived_late"

    project: Annotated[
        tuple[RecordId, ...], Field(max_length=500, description="Only these projects, by id.")
    ] = ()
    arrival: Annotated[
        tuple[Arrival, ...], Field(max_length=7, description="Only lines of which this is said.")
    ] = ()

    async def find(self, view: View) -> Found[BenefitsRealisedRow]:
        """A row a project, line and bucket."""
        judgement = projects.judge(view, self)
        asked = {each.id: each for each in judgement.projects if not self.project or each.id in self.project}
        benefits = cases.benefits(view.portfolio, asked)
        rows = [
            row
            for id, lines in benefits.items()
            for row in _rows(asked[id], lines, view.valid_on)
            if not self.arrival or row.arrival in self.arrival
        ]
        return Found(rows=rows, denominators=judgement.denominators())


def _rows(project: Judged, lines: Iterable[Line], day: date) -> Iterator[BenefitsRealisedRow]:
    together: dict[tuple[Bucket, str, str | None], list[Line]] = defaultdict(list)
    for each in lines:
        together[money.bucket_of(each), each["category"], each["line"]].append(each)
    for (bucket, _, _), stated in together.items():
        yield _row(project, bucket, stated, day)


def _row(project: Judged, bucket: Bucket, stated: list[Line], day: date) -> BenefitsRealisedRow:
    arrived = [each for each in stated if each["case_version"] is CaseVersion.ACTUAL and _is_here(each, day)]
    promises = [each for each in stated if each["case_version"] is not CaseVersion.ACTUAL]
    baseline, forecast = (
        _amount(promises, version) for version in (CaseVersion.BASELINE, CaseVersion.FORECAST)
    )
    actual, due = _amount(arrived, CaseVersion.ACTUAL), _due(promises or stated)
    realised_on = max((each["realised_on"] for each in arrived if each["realised_on"]), default=None)
    promised = forecast if baseline is None else baseline
    short = None if promised is None or actual is None else Money(promised - actual)
    arrival = _arrival(actual is not None, (short or 0) > 0, due, realised_on, day)
    until = day if arrival is Arrival.OVERDUE else realised_on
    in_part = arrival in (Arrival.ARRIVING, Arrival.ARRIVED_SHORT)
    late = (until - due).days if until and due and not in_part else None
    return BenefitsRealisedRow(
        id=project.id,
        ref=project.ref,
        title=project.title,
        organisation=project.organisation,
        line=stated[0]["line"],
        category=stated[0]["category"],
        baseline=baseline,
        forecast=forecast,
        actual=actual,
        currency=Currency(bucket.currency),
        price_basis=PriceBasis(bucket.price_basis),
        price_year=bucket.price_year,
        due=due,
        realised_on=realised_on,
        late_by_days=late,
        short_by=short,
        arrival=arrival,
        sentence=case_sentences.of_promise(
            stated[0]["line"], project.title, (promised, actual, short), bucket, (due, realised_on), late
        ),
    )


def _is_here(actual: Line, day: date) -> bool:
    return actual["realised_on"] is None or actual["realised_on"] <= day


def _amount(lines: list[Line], version: CaseVersion) -> Money | None:
    """What the lines of one version come to; None where there is none."""
    found = money.amounts(lines, version)
    return next((Money(each.pence) for each in found.values()), None)


def _due(promises: list[Line]) -> date | None:
    """The day by which all of it was promised first."""
    first = [each for each in promises if each["case_version"] is CaseVersion.BASELINE] or promises
    days = [each["due"] for each in first if each["due"]]
    ends = [date(each["year"] + 1, 3, 31) for each in first if each["year"] is not None]
    return max(days or ends, default=None)


def _arrival(here: bool, short: bool, due: date | None, realised_on: date | None, day: date) -> Arrival:
    if here:
        if short and due and day <= due:
            return Arrival.ARRIVING
        if realised_on and due and realised_on > due:
            return Arrival.ARRIVED_LATE
        return Arrival.ARRIVED_SHORT if short else Arrival.ARRIVED
    if due is None:
        return Arrival.UNDATED
    return Arrival.OVERDUE if day > due else Arrival.AWAITED
