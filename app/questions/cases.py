"""What the business cases of projects say: each project's costs and benefits, and who bears them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain import money
from app.domain.money import Bucket
from app.portfolio.surface import Portfolio
from app.questions import projects as of_projects
from app.questions.core import Sum

Line = money.Row
"""The facts of a Cost or Benefit, as `money.counted` reads them; `amount` is the project's part of it."""
Lines = dict[str, list[Line]]
"""By id of the project."""

_FACTS = (
    "id", "amount", "currency", "year", "line", "price_basis", "price_year", "case_version", "category",
)  # fmt: skip
_OF_KIND = {"Cost": ("funding", "fund", "committed"), "Benefit": ("due", "realised_on")}


def costs(portfolio: Portfolio, projects: Collection[str]) -> Lines:
    """The costs of these projects, of every version of the case."""
    known, found = _known(portfolio, "Cost"), defaultdict(list)
    for project, cost, holds in portfolio.links("INCURS").rows("source", "target", "holds"):
        if holds and project in projects and cost in known:
            found[project].append(known[cost])
    return dict(found)


def benefits(portfolio: Portfolio, projects: Collection[str]) -> Lines:
    """The benefits of these projects, of every version of the case, as far as they are due to each.

    What several projects expect is divided by their `attribution`; those that state none divide the rest.
    """
    known, expected, found = _known(portfolio, "Benefit"), defaultdict(list), defaultdict(list)
    for project, benefit, part, holds in portfolio.links("EXPECTS").rows(
        "source", "target", "attribution", "holds"
    ):
        if holds and benefit in known:
            expected[benefit].append((project, part))
    for benefit, by in expected.items():
        parts = [part for _, part in by]
        others = 0 if None in parts else max(money.WHOLE - sum(parts), 0)
        due = money.divided(known[benefit]["amount"], [*parts, others])
        for (project, _), amount in zip(by, due, strict=False):
            if project in projects:
                found[project].append(known[benefit] | {"amount": amount})
    return dict(found)


Phases = Mapping[Bucket, money.Phases]


def phases(portfolio: Portfolio, projects: Collection[str]) -> dict[str, Phases]:
    """What is past and what is still to come of the cost of each of these projects."""
    day = portfolio.world.day
    return {id: money.phases(lines, day) for id, lines in costs(portfolio, projects).items()}


def by_phase(phases: Phases, *names: str) -> dict[str, list[Sum]]:
    """The sums of these phases, by name, one a bucket that has any."""
    return {
        name: [
            of_projects.sum_of(bucket, pence)
            for bucket, each in phases.items()
            if (pence := getattr(each, name))
        ]
        for name in names
    }


def _known(portfolio: Portfolio, kind: str) -> dict[str, dict[str, Any]]:
    """Every cost or benefit in use on the day that the reader sees, by id."""
    names = (*_FACTS, *_OF_KIND[kind])
    absent = dict.fromkeys(name for facts in _OF_KIND.values() for name in facts)
    rows = portfolio.chosen(kind).rows(*names)
    return {row[0]: absent | dict(zip(names, row, strict=True)) for row in rows}


@dataclass(frozen=True)
class Bearer:
    """An organisation that bears a part of a cost or has a part of a benefit."""

    organisation: str | None
    share: int | None
    """In millionths."""
    agreed: bool
    assumed: bool = False
    """Whether nobody says so: what nobody is named for is the project's own organisation's."""


def bearers(portfolio: Portfolio) -> dict[str, list[Bearer]]:
    """Who bears each cost and benefit of which that is said, by its id."""
    day, found = portfolio.world.day, defaultdict(list)
    for item, organisation, share, agreed, on, holds in portfolio.links("FALLS_TO").rows(
        "source", "target", "share", "agreed_by_bearer", "agreed_on", "holds"
    ):
        if holds:
            found[item].append(Bearer(organisation, share, agreed and (on is None or on <= day)))
    return dict(found)


def sums(amounts: Iterable[tuple[Bucket, int]]) -> list[Sum]:
    """One sum a bucket of these amounts."""
    total: dict[Bucket, int] = defaultdict(int)
    for bucket, pence in amounts:
        total[bucket] += pence
    return [of_projects.sum_of(bucket, total[bucket]) for bucket in sorted(total, key=money.by_name)]
