"""The portfolio as one reader sees it on one day: what questions ask, without an array in sight.

    portfolio = view.portfolio
    chosen = portfolio.chosen("Project", Choice(states=LIVE))     # in use, seen by the reader, in scope
    for id, title, verdict in chosen.where(verdict=wanted).rows("id", "title", "verdict"): ...

- `chosen(kind, choice)`, `all(kind)`: **records** with named columns: every column of `kept.RECORDS`, `id`,
  `organisation_title`, and of kinds of routes also `verdict`, `quality`, `strength`, `level`, `duty`.
- `links(label)`: **links** both ends of which are kept and seen, of any standing and date, with the columns
  of `kept.LINKS`, `id`, `from_kind`, `to_kind`, `holds` (accepted and in dates) and, of links of routes,
  `quality`.
- `routes(ids)`, `breaks(ids)`: the best route of each record, link by link; where its chain breaks and why.
- `reaching(ids, least)`: for each of many records, which projects lead to it over parts of a quality.
- `supposing(overlay)`: the same portfolio under a what-if. `law`: what law does to each record, and why.

Ids are text, values are those of `graph_schema.values`. Everything is of one number of the ledger, `head`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Self

import numpy as np

from app.domain.ledger import Head
from app.portfolio.chains import Routes
from app.portfolio.columns import Array
from app.portfolio.judged import Judged
from app.portfolio.kept import LADDER, LINKS, RECORDS, TRACES
from app.portfolio.law import Law, accepted
from app.portfolio.snapshot import Snapshot
from app.portfolio.table import ids_packed
from app.portfolio.tracing import Broken, Route, Step, Tracing
from app.portfolio.verdicts import LEVELS, STRENGTHS, Quality, Verdict
from app.portfolio.world import NOTHING_SUPPOSED, Overlay, World
from app.who import Reader
from graph_schema.values import Status

_LIVE = list(Status).index(Status.LIVE) + 1
_VERDICTS = list(Verdict)


@dataclass(frozen=True)
class Choice:
    """Which records. Values of one fact widen it, except tags; facts narrow each other."""

    organisations: Collection[str] = ()
    owners: Collection[str] = ()
    """Ids of posts that own them."""
    portfolios: Collection[str] = ()
    tags: Collection[str] = ()
    facts: Mapping[str, Collection[Any]] = field(default_factory=dict)
    """Column -> the values it may have; no values: any."""


class Portfolio:
    """Everything at once, for one reader, on one day, at one number of the ledger."""

    def __init__(self, world: World) -> None:
        self.world, self.snapshot = world, world.snapshot
        self.judged = Judged(world)
        self.traced = Routes(self.judged)

    @property
    def head(self) -> Head:
        """Where the ledger stood."""
        return self.snapshot.head

    @property
    def law(self) -> Law:
        """What law does to each record, and why."""
        return self.world.law

    def supposing(self, overlay: Overlay) -> "Portfolio":
        """The same portfolio under a what-if."""
        world = self.world
        return Portfolio(World(world.snapshot, world.day, world.reader, world.law, overlay))

    # Records

    def all(self, kind: str) -> "Records":
        """Every record of a kind the reader sees in full, in use or not."""
        return Records(self, kind, np.flatnonzero(self.world.sees(kind)))

    def chosen(self, kind: str, choice: Choice = Choice()) -> "Records":
        """The records of a kind in use on the day that are chosen; what is hidden is never chosen."""
        rows = self._in_use(kind) & self.world.sees(kind) & self._of(kind, choice.organisations)
        if choice.owners:
            rows &= self._linked(kind, "OWNS", "source", "Post", choice.owners)
        if choice.portfolios:
            rows &= self._linked(kind, "PART_OF", "target", "Portfolio", choice.portfolios)
        if choice.tags:
            wanted = set(choice.tags)
            tags = self.snapshot.records[kind]["tags"]
            rows &= np.array([wanted <= set(each) for each in tags.tolist()], bool)
        return Records(self, kind, np.flatnonzero(rows)).where(**choice.facts)

    def withheld(self, kind: str, choice: Choice = Choice()) -> dict[str | None, int]:
        """How many chosen records, by organisation, the reader sees an outline of only."""
        rows = self._in_use(kind) & self.world.outlines(kind) & self._of(kind, choice.organisations)
        found: dict[str | None, int] = {}
        for each in Records(self, kind, np.flatnonzero(rows)).where(**choice.facts).column("organisation"):
            found[each] = found.get(each, 0) + 1
        return found

    def _in_use(self, kind: str) -> Array:
        live: Array = self.snapshot.records[kind]["status"] == _LIVE
        return live & self.world.in_use(kind)

    def _of(self, kind: str, organisations: Collection[str]) -> Array:
        of = self.snapshot.records[kind]["organisation"]
        words = [self.snapshot.words.known(each) for each in organisations]
        return np.isin(of, words) if organisations else np.ones(len(of), bool)

    def _linked(self, kind: str, label: str, end: str, other: str, ids: Collection[str]) -> Array:
        """Which records of a kind an accepted link joins to one of these records, which the reader sees."""
        links, rooms = self.snapshot.links[label], self.snapshot.rooms
        at = self.snapshot.records[other].find(ids_packed(sorted(ids)))
        at = at[at >= 0]
        at = at[self.world.sees(other)[at]] + rooms.first[other]
        mine = "target" if end == "source" else "source"
        rows = accepted(links, self.world.number) & np.isin(links[end], at) & rooms.holds(kind, links[mine])
        found = np.zeros(len(self.snapshot.records[kind]), bool)
        found[links[mine][rows] - rooms.first[kind]] = True
        return found

    def organisation_title(self, id: str | None) -> str | None:
        """The title of an organisation, where the reader sees it."""
        return self._organisations.get(id) if id else None

    @cached_property
    def _organisations(self) -> dict[str, str | None]:
        return dict(self.all("Organisation").rows("id", "title"))

    # Links

    def links(self, label: str) -> "Links":
        """Every link of a kind between records the reader sees."""
        links = self.snapshot.links[label]
        seen = self._seen_anywhere
        return Links(self, label, np.flatnonzero(seen[links["source"]] & seen[links["target"]]))

    @cached_property
    def _seen_anywhere(self) -> Array:
        found = np.zeros(self.snapshot.rooms.end, bool)
        for kind in RECORDS:
            found[self.snapshot.places(kind)] = self.world.sees(kind)
        return self.snapshot.twice(found)

    # Routes

    @cached_property
    def _tracing(self) -> Tracing:
        return Tracing(self.traced)

    def routes(self, ids: Iterable[str]) -> dict[str, Route]:
        """The best route of each of these records that has one."""
        return self._tracing.routes(ids)

    def breaks(self, ids: Iterable[str]) -> dict[str, Broken]:
        """Where the chain of each of these records breaks; those whose chain does not are left out."""
        return self._tracing.breaks(ids)

    def steps(self, ids: Iterable[str]) -> list[Step]:
        """The links that leave these records and are not absent."""
        return self._tracing.steps(ids)

    def place(self, id: str) -> int:
        return self.snapshot.place(id)

    def quality(self, id: str) -> Quality:
        """Quality of the best route from a record."""
        return Quality(self._value(self.judged.quality, id))

    def part(self, id: str) -> Quality:
        """Quality of a record itself."""
        return Quality(self._value(self.world.quality, id))

    def _value(self, values: Array, id: str) -> int:
        place = self.snapshot.place(id)
        return int(values[place]) if place >= 0 else 0


class _Rows:
    """Some rows of one kind, in the order of their ids, with columns by name."""

    def __init__(self, portfolio: Portfolio, kind: str, at: Array) -> None:
        self._portfolio, self._kind, self._at = portfolio, kind, at

    def __len__(self) -> int:
        return len(self._at)

    def column(self, name: str) -> list[Any]:
        """A column by its name."""
        raise NotImplementedError

    def rows(self, *names: str) -> Iterator[tuple[Any, ...]]:
        """These columns, row by row."""
        return zip(*(self.column(name) for name in names), strict=True)

    def where(self, **facts: Collection[Any]) -> Self:
        """The rows whose facts each have one of the values given; an empty list of values narrows nothing."""
        rows = self
        for name, wanted in facts.items():
            if wanted:
                keep = [each in wanted for each in rows.column(name)]
                rows = type(self)(self._portfolio, self._kind, rows._at[np.array(keep, bool)])
        return rows


class Records(_Rows):
    """Some records of one kind."""

    def column(self, name: str) -> list[Any]:
        portfolio, table = self._portfolio, self._portfolio.snapshot.records[self._kind]
        if name == "id":
            return table.texts(self._at)
        if name == "organisation_title":
            return [portfolio.organisation_title(each) for each in self.column("organisation")]
        derived = {"verdict", "quality", "strength", "level", "duty", "claims", "looked_at"}
        if name in derived and self._kind in LADDER and name not in table.columns:
            return self._derived(name)
        kept = next(each for each in RECORDS[self._kind] if each.name == name)
        return kept.unpack(table[name][self._at], portfolio.snapshot.words)

    def _derived(self, name: str) -> list[Any]:
        judged, places = self._portfolio.judged, self._at + self._portfolio.snapshot.rooms.first[self._kind]
        if name == "verdict":
            return [_VERDICTS[each] for each in judged.verdicts(self._kind)[self._at].tolist()]
        if name == "strength":
            return [STRENGTHS[each - 1] if each else None for each in judged.strength[places].tolist()]
        if name == "level":
            return [LEVELS[each - 1] if each else None for each in judged.goal_level[places].tolist()]
        values: list[Any] = getattr(judged, name)[places].tolist()
        return values


class Links(_Rows):
    """Some links of one kind."""

    def column(self, name: str) -> list[Any]:
        snapshot, world = self._portfolio.snapshot, self._portfolio.world
        table = snapshot.links[self._kind]
        if name == "id":
            return table.texts(self._at)
        if name in ("source", "target"):
            return [snapshot.id(each) for each in table[name][self._at].tolist()]
        if name in ("from_kind", "to_kind"):
            end = "source" if name == "from_kind" else "target"
            return [snapshot.at(each)[0] for each in table[end][self._at].tolist()]
        if name == "holds":
            return [bool(each) for each in accepted(table, world.number)[self._at]]
        if name == "quality" and self._kind in TRACES:
            return [int(each) for each in world.link_quality(self._kind)[self._at]]
        kept = next(each for each in LINKS[self._kind] if each.name == name)
        return kept.unpack(table[name][self._at], snapshot.words)


def of(snapshot: Snapshot, day: date, reader: Reader, overlay: Overlay = NOTHING_SUPPOSED) -> Portfolio:
    """The portfolio of a snapshot on a day for a reader; the last few are kept with the snapshot."""
    key = (day, reader, repr(overlay))
    kept: dict[Any, Portfolio] = snapshot.remembered
    if key not in kept:
        while len(kept) >= 8:
            kept.pop(next(iter(kept)))
        law = next((each.law for each in kept.values() if each.law.day == day), None)
        kept[key] = Portfolio(World(snapshot, day, reader, law, overlay))
    return kept[key]
