"""What projects cost and are granted, in whole pence, by bucket: `domain.money.amounts` for all at once."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from app.domain.money import FIRST_CHOICE, Bucket, by_name
from app.portfolio.columns import Array
from app.portfolio.grounds import accepted
from app.portfolio.table import Table
from app.portfolio.world import World
from graph_schema.values import CaseVersion, Money

_VERSIONS = list(CaseVersion)
_WHOLE_LIFE = -1


@dataclass(frozen=True, eq=False)
class Costs:
    """What projects cost: one row a project and bucket, by project."""

    project: Array
    """Position of the project."""
    bucket: Array
    """Number of the bucket in `buckets`."""
    pence: Array
    twice: Array
    """Whether some line states a whole-life figure and figures by year, of which the larger was taken."""
    buckets: tuple[Bucket, ...]

    def of(self, number: int, projects: int) -> Array:
        """Pence of each project in one bucket. Shape (projects,), int64."""
        found = np.zeros(projects, np.int64)
        rows = self.bucket == number
        found[self.project[rows]] = self.pence[rows]
        return found


@dataclass(frozen=True, eq=False)
class Grants:
    """Money in: one row a project and grant."""

    project: Array
    grant: Array
    """Position of the Funding."""
    pence: Array
    currency: Array
    """Number of the currency among the words."""


@dataclass(frozen=True)
class Told:
    """The money of some projects, in pence."""

    costs: dict[str, list[tuple[Bucket, int]]]
    """By id of the project, the buckets in the order of their names."""
    total: list[tuple[Bucket, int]]
    twice: int
    """Projects with a line that states a whole-life figure and figures by year: the larger counts."""
    grants: dict[str, list[tuple[str, int]]]
    """By id of the project, by currency."""
    granted: list[tuple[str, int]]
    """Each grant once, however many projects share it."""


class Accounts:
    """The money of the projects of one world, as far as its reader may see it."""

    def __init__(self, world: World) -> None:
        self._world, self._snapshot = world, world.snapshot
        self._costs: dict[str | None, Costs] = {}

    def told(self, projects: Array) -> Told:
        """The money of these projects, told by position."""
        asked = np.zeros(len(self._snapshot.records["Project"]), bool)
        asked[projects] = True
        costs, grants = self.costs, self.grants
        mine = np.flatnonzero(asked[costs.project])
        given = np.flatnonzero(asked[grants.project])
        _, once = np.unique(grants.grant[given], return_index=True)
        return Told(
            self._by_project(costs.project[mine], self._in_buckets(mine)),
            self.added(projects),
            len(np.unique(costs.project[mine][costs.twice[mine]])),
            {
                id: self._by_currency(rows)
                for id, rows in self._by_project(grants.project[given], given.tolist()).items()
            },
            self._by_currency(given[once].tolist()),
        )

    def of_each(self, projects: Array) -> list[list[tuple[Bucket, int]]]:
        """What each of these projects costs, by bucket."""
        costs, found = self.costs, {at: list[tuple[Bucket, int]]() for at in projects.tolist()}
        for at, bucket, pence in zip(
            costs.project.tolist(), costs.bucket.tolist(), costs.pence.tolist(), strict=True
        ):
            if at in found:
                found[at].append((costs.buckets[bucket], pence))
        return list(found.values())

    def texts(self, projects: Array) -> list[str]:
        """What each of these projects costs as text, the buckets apart."""
        costs, found = self.costs, [""] * len(self._snapshot.records["Project"])
        says = [" ".join(str(each) for each in bucket if each is not None) for bucket in costs.buckets]
        rows = zip(costs.project.tolist(), costs.bucket.tolist(), costs.pence.tolist(), strict=True)
        for at, bucket, pence in rows:
            before = found[at]
            found[at] = f"{before}{before and '; '}{Money(pence)} {says[bucket]}"
        return [found[at] for at in projects.tolist()]

    def added(self, projects: Array, version: str | None = None) -> list[tuple[Bucket, int]]:
        """What these projects cost together, the buckets in the order of their names."""
        costs = self.costs_of(version)
        asked = np.zeros(len(self._snapshot.records["Project"]), bool)
        asked[projects] = True
        mine = asked[costs.project]
        total, some = np.zeros(len(costs.buckets), np.int64), np.zeros(len(costs.buckets), bool)
        np.add.at(total, costs.bucket[mine], costs.pence[mine])
        some[costs.bucket[mine]] = True
        return [(costs.buckets[each], int(total[each])) for each in np.flatnonzero(some).tolist()]

    def _in_buckets(self, rows: Array) -> list[tuple[Bucket, int]]:
        costs = self.costs
        pairs = zip(costs.bucket[rows].tolist(), costs.pence[rows].tolist(), strict=True)
        return [(costs.buckets[bucket], pence) for bucket, pence in pairs]

    def _by_project(self, projects: Array, values: list[Any]) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for id, value in zip(self._snapshot.records["Project"].texts(projects), values, strict=True):
            found.setdefault(id, []).append(value)
        return found

    def _by_currency(self, rows: list[int]) -> list[tuple[str, int]]:
        grants, found = self.grants, dict[str, int]()
        for row in rows:
            currency = str(self._snapshot.words.texts[grants.currency[row]])
            found[currency] = found.get(currency, 0) + int(grants.pence[row])
        return sorted(found.items())

    def _joined(self, label: str, kind: str) -> tuple[Array, Array]:
        """Projects and what accepted links join them to: in use, and seen by the reader."""
        links, rooms, world = self._snapshot.links[label], self._snapshot.rooms, self._world
        records = self._snapshot.records[kind]
        counts = world.in_use(kind) & world.sees(kind)
        rows = accepted(links, world.number) & rooms.holds("Project", links["source"])
        at = links["target"][rows] - rooms.first[kind]
        good = counts[at] if len(records) else np.zeros(len(at), bool)
        return (links["source"][rows] - rooms.first["Project"])[good], at[good]

    @cached_property
    def grants(self) -> Grants:
        """What the projects are granted."""
        project, grant = self._joined("FUNDED_BY", "Funding")
        table = self._snapshot.records["Funding"]
        return Grants(project, grant, table["amount"][grant], table["currency"][grant])

    @property
    def costs(self) -> Costs:
        """What the projects cost: actuals where there are any, else forecasts, else baselines."""
        return self.costs_of()

    def costs_of(self, version: str | None = None) -> Costs:
        """What the projects cost in one version of the case, or in the usual choice of versions."""
        if version not in self._costs:
            self._costs[version] = self._costed((CaseVersion(version),) if version else FIRST_CHOICE)
        return self._costs[version]

    def _costed(self, choice: tuple[CaseVersion, ...]) -> Costs:
        project, cost = self._joined("INCURS", "Cost")
        table = self._snapshot.records["Cost"]
        bucket, line, buckets = self._lines(table)
        years = table["year"][cost]
        # Per project, line and year: the rows of the first version of the choice that has any.
        key, which = _numbered(project, line[cost], years)
        first = _first(which)
        picked, stated = np.zeros(len(key), np.int64), np.zeros(len(key), bool)
        for each in choice:
            rows = (table["case_version"][cost] == _VERSIONS.index(each) + 1) & ~stated[which]
            np.add.at(picked, which[rows], table["amount"][cost[rows]])
            stated[which[rows]] = True
        first, picked = first[stated], picked[stated]
        return self._summed(
            project[first], bucket[cost[first]], line[cost[first]], years[first], picked, buckets
        )

    @staticmethod
    def _summed(
        project: Array, bucket: Array, line: Array, year: Array, pence: Array, buckets: tuple[Bucket, ...]
    ) -> Costs:
        """Whole life includes the years: where a line has both, the larger counts."""
        lines, which = _numbered(project, line)
        first, whole = _first(which), year == _WHOLE_LIFE
        by_year, life = np.zeros(len(lines), np.int64), np.zeros(len(lines), np.int64)
        np.add.at(by_year, which[~whole], pence[~whole])
        np.add.at(life, which[whole], pence[whole])
        has_years, has_life = np.zeros(len(lines), bool), np.zeros(len(lines), bool)
        has_years[which[~whole]], has_life[which[whole]] = True, True
        both = has_years & has_life
        amount = np.where(both, np.maximum(life, by_year), life + by_year)
        sums, which = _numbered(project[first], bucket[first])
        pence, twice = np.zeros(len(sums), np.int64), np.zeros(len(sums), bool)
        np.add.at(pence, which, amount)
        np.logical_or.at(twice, which, both)
        at = first[_first(which)]
        return Costs(project[at], bucket[at], pence, twice, buckets)

    def _lines(self, table: Table) -> tuple[Array, Array, tuple[Bucket, ...]]:
        """Of each cost the number of its bucket and of its line; and the buckets, by name."""
        texts = self._snapshot.words.texts
        _, bucket = _numbered(table["currency"], table["price_basis"], table["price_year"])
        _, line = _numbered(
            bucket, table["category"], table["line"], table["funding"], table["fund"]
        )  # fmt: skip
        at = _first(bucket)
        named = [
            Bucket(str(texts[currency]), str(texts[basis]), None if year < 0 else year)
            for currency, basis, year in zip(
                *(table[name][at].tolist() for name in ("currency", "price_basis", "price_year")), strict=True
            )
        ]
        order = sorted(range(len(named)), key=lambda each: by_name(named[each]))
        place = np.zeros(len(named), np.int64)
        place[order] = np.arange(len(named))
        return place[bucket], line, tuple(named[each] for each in order)


def _numbered(*columns: Array) -> tuple[Array, Array]:
    """Numbers for the different combinations of these columns, and the number of each row."""
    found = np.zeros(len(columns[0]), np.int64)
    numbers = np.zeros(0, np.int64)
    for column in columns:
        values, which = np.unique(column, return_inverse=True)
        numbers, found = np.unique(found * max(len(values), 1) + which, return_inverse=True)
    return numbers, found


def _first(which: Array) -> Array:
    """The first row of each number."""
    return np.unique(which, return_index=True)[1]
