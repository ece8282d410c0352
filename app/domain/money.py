"""What a project costs: its rows of one bucket. Whole pence, never floats; buckets are never added up."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from graph_schema.values import CaseVersion

Row = Mapping[str, Any]
"""The stored facts of a Cost."""


class Bucket(NamedTuple):
    """Money that may be added up: one currency, price basis and price year."""

    currency: str
    price_basis: str
    price_year: int | None


@dataclass(frozen=True)
class Amount:
    """What comes to one bucket."""

    pence: int
    counted_twice: bool = False
    """Whether some line states a whole-life figure and figures by year, of which the larger was taken."""


_FIRST_CHOICE = (CaseVersion.ACTUAL, CaseVersion.FORECAST, CaseVersion.BASELINE)
_LINE = ("category", "line", "funding", "fund")


def amounts(rows: Iterable[Row], case_version: CaseVersion | None = None) -> dict[Bucket, Amount]:
    """What a project's Cost rows come to, by bucket.

    Per category, line, funding, fund and year the actuals count if there are any, else the forecasts, else
    the baselines; rows of one version add up. Whole life includes the years: where a line has both, the
    larger counts. `case_version` takes the rows of that version alone.
    """
    choice = (case_version,) if case_version else _FIRST_CHOICE
    buckets: dict[Bucket, list[Row]] = defaultdict(list)
    for row in rows:
        buckets[Bucket(row["currency"], row["price_basis"], row["price_year"])].append(row)
    found = {bucket: _amount(each, choice) for bucket, each in buckets.items()}
    return {bucket: amount for bucket in sorted(found, key=by_name) if (amount := found[bucket]) is not None}


def by_name(bucket: Bucket) -> tuple[str, str, int]:
    """The order in which buckets are listed."""
    return bucket.currency, bucket.price_basis, bucket.price_year or 0


def _amount(rows: Iterable[Row], choice: tuple[CaseVersion, ...]) -> Amount | None:
    versions: dict[tuple[Any, ...], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        versions[(*(row[name] for name in _LINE), row["year"])][row["case_version"]] += row["amount"]
    years: dict[tuple[Any, ...], dict[int | None, int]] = defaultdict(dict)
    for (*line, year), stated in versions.items():
        picked = next((stated[version] for version in choice if version in stated), None)
        if picked is not None:
            years[tuple(line)][year] = picked
    if not years:
        return None
    both = [each for each in years.values() if None in each and len(each) > 1]
    return Amount(sum(_of_line(each) for each in years.values()), bool(both))


def _of_line(years: Mapping[int | None, int]) -> int:
    by_year = [pence for year, pence in years.items() if year is not None]
    if None not in years:
        return sum(by_year)
    return max(years[None], sum(by_year)) if by_year else years[None]
