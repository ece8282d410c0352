"""What a project costs: its rows of one bucket. Whole pence, never floats; buckets are never added up."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any, NamedTuple

from graph_schema.values import CaseVersion, Currency, PriceBasis

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


FIRST_CHOICE = (CaseVersion.ACTUAL, CaseVersion.FORECAST, CaseVersion.BASELINE)
"""The versions of a case where none is asked for: the first of which there is anything counts."""
_LINE = ("category", "line", "funding", "fund")
WHOLE = 1_000_000
"""A whole, in millionths."""

Years = Mapping[int | None, list[Row]]
"""What one line states for each year, and for the whole life, in the version that counts."""


def amounts(rows: Iterable[Row], case_version: CaseVersion | None = None) -> dict[Bucket, Amount]:
    """What a project's Cost rows come to, by bucket: the sum of those that count."""
    found: dict[Bucket, Amount] = {}
    for bucket, years in _lines(rows, case_version):
        known = found.get(bucket, Amount(0))
        both = None in years and len(years) > 1
        found[bucket] = Amount(known.pence + _sum(_of_line(years)), known.counted_twice or both)
    return {bucket: found[bucket] for bucket in sorted(found, key=by_name)}


def counted(rows: Iterable[Row], case_version: CaseVersion | None = None) -> list[Row]:
    """The rows of a case that count: of costs, or of benefits, which have neither funding nor fund.

    Per category, line, funding, fund and year the actuals count if there are any, else the forecasts, else
    the baselines; rows of one version add up. Whole life includes the years: where a line has both, the
    larger counts. `case_version` takes the rows of that version alone.
    """
    return [row for _, years in _lines(rows, case_version) for row in _of_line(years)]


def to_come(rows: Iterable[Row]) -> dict[Bucket, Amount]:
    """What a case still promises, by bucket: the rows that count, without the actuals."""
    return amounts([row for row in counted(rows) if row["case_version"] != CaseVersion.ACTUAL])


def by_name(bucket: Bucket) -> tuple[str, str, int]:
    """The order in which buckets are listed."""
    return bucket.currency, bucket.price_basis, bucket.price_year or 0


def bucket_of(row: Row) -> Bucket:
    """The bucket a row's money belongs to."""
    return Bucket(row["currency"], row["price_basis"], row["price_year"])


_SIGNS = {Currency.GBP: "£", Currency.EUR: "€"}
"""Of the currencies whose sign is nobody else's too."""


def said(pence: int, bucket: Bucket) -> str:
    """An amount as people read it, such as £1,234.50 in prices of 2024; whole pounds without pence."""
    sign = _SIGNS.get(Currency(bucket.currency), f"{bucket.currency} ")
    minus, (pounds, rest) = "-" if pence < 0 else "", divmod(abs(pence), 100)
    real = f" in prices of {bucket.price_year or 'one year'}" if bucket.price_basis == PriceBasis.REAL else ""
    return f"{minus}{sign}{pounds:,}{f'.{rest:02d}' if rest else ''}{real}"


def divided(pence: int, shares: Sequence[int | None]) -> list[int]:
    """An amount divided to the penny by shares in millionths, in their order.

    Shares say how to divide, never how much is lost: those not set divide what is missing to a whole equally,
    and all are equal where none is more than 0. The same rule as `portfolio.ladder.Split`, for a few.
    """
    unset = shares.count(None)
    missing = max(WHOLE - sum(each or 0 for each in shares), 0)
    weights = [missing if each is None else each * max(unset, 1) for each in shares]
    ends = list(accumulate(weights if any(weights) else [1] * len(shares)))
    stops = [pence * end // ends[-1] for end in ends]
    return [stop - start for start, stop in zip([0, *stops], stops, strict=False)]


def _lines(
    rows: Iterable[Row], case_version: CaseVersion | None
) -> Iterator[tuple[Bucket, dict[int | None, list[Row]]]]:
    """Each line of a case with its bucket, and for each of its years the rows of the version that counts."""
    choice = (case_version,) if case_version else FIRST_CHOICE
    lines: dict[tuple[Any, ...], dict[int | None, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        lines[(bucket_of(row), *(row[name] for name in _LINE))][row["year"]].append(row)
    for (bucket, *_), years in lines.items():
        picked = {year: _of_version(stated, choice) for year, stated in years.items()}
        if any(picked.values()):
            yield bucket, {year: stated for year, stated in picked.items() if stated}


def _of_version(rows: list[Row], choice: tuple[CaseVersion, ...]) -> list[Row]:
    """The rows of the first of these versions that any is of."""
    stated = {version: [row for row in rows if row["case_version"] == version] for version in choice}
    return next((found for found in stated.values() if found), [])


def _of_line(years: Years) -> list[Row]:
    """Whole life includes the years: the larger counts."""
    whole = years.get(None, [])
    by_year = [row for year, rows in years.items() if year is not None for row in rows]
    return whole if not by_year or (whole and _sum(whole) > _sum(by_year)) else by_year


def _sum(rows: Iterable[Row]) -> int:
    return sum(row["amount"] for row in rows)


@dataclass(frozen=True)
class Phases:
    """What of a cost is past, and what is still to come, in pence."""

    sunk: int = 0
    """Actuals of the years that are closed."""
    committed: int = 0
    """Still to come and committed: never called saved."""
    unspent: int = 0
    """Still to come and not committed."""


def last_closed_year(day: date) -> int:
    """The last financial year that is over on a day, by its first calendar year."""
    return day.year - 1 if (day.month, day.day) >= (4, 1) else day.year - 2


def phases(rows: Iterable[Row], day: date) -> dict[Bucket, Phases]:
    """Sunk, committed and unspent money by bucket. Whole-life figures are of no year and in none of them.

    Nor are actuals of the year that is not over: they are spent, and not closed.
    """
    closed = last_closed_year(day)
    found: dict[Bucket, list[int]] = defaultdict(lambda: [0, 0, 0])
    for bucket, years in _lines(rows, None):
        counted = ((year, row) for year, stated in years.items() if year is not None for row in stated)
        for year, row in counted:
            is_actual = row["case_version"] == CaseVersion.ACTUAL
            if year > closed and not is_actual:
                found[bucket][1 if row["committed"] else 2] += row["amount"]
            elif year <= closed and is_actual:
                found[bucket][0] += row["amount"]
    return {bucket: Phases(*found[bucket]) for bucket in sorted(found, key=by_name)}
