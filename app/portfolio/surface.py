"""The portfolio as one reader sees it on one day: what questions ask, without an array in sight.

    portfolio = view.portfolio
    chosen = portfolio.chosen("Project", Choice(states=LIVE))     # in use, seen by the reader, in scope
    for id, title, verdict in chosen.where(verdict=wanted).rows("id", "title", "verdict"): ...

- `chosen(kind, choice)`, `all(kind)`: **records** with named columns: every column of `kept.RECORDS`, `id`,
  `organisation_title`, and of kinds of routes also `verdict`, `quality`, `strength`, `level`, `duty`,
  `breaks_at` (the reason) and, of projects, `cost` (pence by bucket) and `money` (the same as text).
- `links(label)`: **links** both ends of which are kept and seen, of any standing and date, with the columns
  of `kept.LINKS`, `id`, `from_kind`, `to_kind`, `holds` (accepted and in dates) and, of links of routes,
  `quality`.
- `routes(ids)`, `to_each_goal(id)`, `breaks(ids)`: the best route of each record, link by link; the best of
  one to each goal; where its chain breaks and why.
- `reaching(ids, least)`: for each of many records, which projects lead to it over parts of a quality;
  `keeping(without, least)`: which projects keep a route without each of many sets of records.
- `flowing(projects)`: where their money goes; `money_of(ids)`, `records.cost()`: what they cost.
- `supposing(overlay)`: the same portfolio under a what-if. `law`: what law does to each record, and why.

Ids are text, values are those of `graph_schema.values`. Everything is of one number of the ledger, `head`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import pairwise
from threading import Lock
from typing import Any

import numpy as np

from app.domain.ledger import Head
from app.domain.money import Bucket
from app.portfolio.amounts import Told
from app.portfolio.columns import Array
from app.portfolio.grounds import accepted
from app.portfolio.kept import LADDER
from app.portfolio.ladder import Rung, bits, leads, leads_directly, lift, words
from app.portfolio.law import Law
from app.portfolio.money import Money
from app.portfolio.once import keep_last
from app.portfolio.rows import Flowing, Links, Records, Sight
from app.portfolio.snapshot import Snapshot
from app.portfolio.table import ids_packed
from app.portfolio.tracing import Broken, Route, Step, Tracing
from app.portfolio.verdicts import COUNTED, Quality
from app.portfolio.world import NOTHING_SUPPOSED, Overlay, World
from app.who import Reader


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


class Portfolio(Sight):
    """Everything at once, for one reader, on one day, at one number of the ledger."""

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
        rows = self.world.in_use(kind) & self.world.sees(kind) & self._of(kind, choice.organisations)
        if choice.owners:
            rows &= self._linked(kind, "OWNS", "source", "Post", choice.owners)
        if choice.portfolios:
            rows &= self._linked(kind, "PART_OF", "target", "Portfolio", choice.portfolios)
        if choice.tags:
            wanted = set(choice.tags)
            tags = Records(self, kind, np.arange(len(rows))).column("tags")
            rows &= np.array([wanted <= set(each) for each in tags], bool)
        return Records(self, kind, np.flatnonzero(rows)).where(**choice.facts)

    def some(self, kind: str, ids: Iterable[str]) -> "Records":
        """These records of a kind, as far as the reader sees them, in use or not."""
        at = self.snapshot.records[kind].find(ids_packed(sorted(set(ids))))
        at = at[at >= 0]
        return Records(self, kind, at[self.world.sees(kind)[at]])

    def withheld(self, kind: str, choice: Choice = Choice()) -> dict[str | None, int]:
        """How many chosen records, by organisation, the reader sees an outline of only."""
        rows = self.world.in_use(kind) & self.world.outlines(kind) & self._of(kind, choice.organisations)
        found: dict[str | None, int] = {}
        for each in Records(self, kind, np.flatnonzero(rows)).where(**choice.facts).column("organisation"):
            found[each] = found.get(each, 0) + 1
        return found

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

    # Links

    def links(
        self, label: str, *, source: Iterable[str] | None = None, target: Iterable[str] | None = None
    ) -> "Links":
        """Every link of a kind between records the reader sees; those that leave or reach these records."""
        links = self.snapshot.links[label]
        seen = self.seen_anywhere
        rows = seen[links["source"]] & seen[links["target"]]
        for end, ids in (("source", source), ("target", target)):
            if ids is not None:
                places = self.snapshot.placed(sorted(set(ids)))
                rows &= np.isin(self.snapshot.rooms.kept(links[end]), places[places >= 0])
        return Links(self, label, np.flatnonzero(rows))

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

    def to_each_goal(self, id: str) -> list[Route]:
        """The best route of a record to each goal it has one to, the best of all first."""
        return self._tracing.to_each_goal(id)

    def wholes(self, id: str) -> "Records":
        """The goals a goal is an accepted part of, all the way up."""
        parts, goals = self.world.parts, self.snapshot.places("PolicyGoal")
        upward = Rung(parts.target, parts.source, parts.level, parts.rows, parts.label, chains=True)
        begin = np.array([self.snapshot.place(id)])
        places, _ = leads((upward,), begin, np.zeros(1, np.int64))
        return Records(self, "PolicyGoal", places[places != begin] - goals.start)

    def reaching(self, ids: Sequence[str], least: Quality, *, routed: bool = False) -> "list[Records]":
        """For each of these records, the projects that lead to it over parts of this quality or more.

        With `routed` only where a route of that quality leads on from it.
        """
        good = self.world.quality >= least
        rungs = [
            each.only(np.flatnonzero((each.level >= min(least, 4)) & good[each.source] & good[each.target]))
            for each in self.world.rungs
        ]
        places, marks = self._marked(ids)
        if routed:
            arrives = self.judged.quality[places] >= least
            places, marks = places[arrives], marks[arrives]
        return self._projects(*leads(rungs, places, marks), len(ids))

    def behind(self, goals: Sequence[str], among: Records) -> list[tuple[int, int]]:
        """For each of these goals and its parts: how many of these projects serve it by a counted route, and
        how many have a route to it that waits for acceptance, and no better one.
        """
        mine = among.at + self.snapshot.rooms.first["Project"]
        places = np.array([self.snapshot.place(each) for each in goals], np.int64)
        told: list[tuple[int, int]] = []
        for (some, serving), (_, hoping) in zip(
            self._words(COUNTED, places), self._words(Quality.WAITS_FOR_ACCEPTANCE, places), strict=True
        ):
            count = some.stop - some.start
            served, hoped = (bits(each[mine], count) for each in (serving, hoping))
            told += zip(served.sum(axis=0).tolist(), (hoped & ~served).sum(axis=0).tolist(), strict=True)
        return told

    def _words(self, least: Quality, places: Array) -> Iterator[tuple[slice, Array]]:
        """From where each of these goals and its parts is reached over parts of this quality or more."""
        good = self.world.quality >= least
        rungs = [each.only(np.flatnonzero(each.level >= min(least, 4))) for each in self.world.rungs]
        return words([self.world.parts, *rungs], good, places)

    def serving(self, goals: Sequence[str]) -> "Iterator[tuple[int, int, Records]]":
        """For each of these goals, by position, the projects that serve it or a part of it, best ways first.

        Each comes with the level of the best way: 1 to 3 are the qualities below clean, 4 to 7 clean ones by
        the strength of the weakest link.
        """
        places, marks = self._marked(goals)
        known = [np.zeros(0, np.int64)] * len(goals)
        for level in range(7, 0, -1):
            good = self.world.cap >= level
            rungs = [
                each.only(np.flatnonzero((each.level >= level) & good[each.source] & good[each.target]))
                for each in self.world.rungs
            ]
            found = self._projects(*leads([self.world.parts, *rungs], places, marks), len(goals))
            for at, projects in enumerate(found):
                new = np.setdiff1d(projects.at, known[at])
                if len(new):
                    known[at] = np.union1d(known[at], new)
                    yield at, level, Records(self, "Project", new)

    def keeping(self, without: Sequence[Collection[str]], least: Quality) -> "list[Records]":
        """For each of these sets of records, the projects that keep a route of this quality without them."""
        found: list[Records] = []
        for begin in range(0, len(without), 64):
            found += self._keeping(without[begin : begin + 64], least)
        return found

    def _keeping(self, without: Sequence[Collection[str]], least: Quality) -> "list[Records]":
        """Each set is a bit of a word, and one lift serves 64 of them."""
        everything = np.uint64(2**64 - 1)
        cap = np.where(self.world.quality >= least, everything, np.uint64(0))
        places = self.snapshot.placed([id for ids in without for id in ids], LADDER)
        bit = np.repeat(np.arange(len(without), dtype=np.uint64), [len(ids) for ids in without])
        there = places >= 0
        np.bitwise_and.at(cap, places[there], ~(np.uint64(1) << bit[there]))
        cap = self.snapshot.twice(cap)
        base = np.zeros_like(cap)
        base[self.snapshot.places("PolicyGoal")] = everything
        rungs = []
        for each in self.world.rungs:
            good = each.only(np.flatnonzero(each.level >= min(least, 4)))
            rungs.append(good.at(np.broadcast_to(everything, len(good.rows))))
        words = lift(rungs, base, cap, np.bitwise_or, np.bitwise_and)[self.snapshot.places("Project")]
        kept = np.ascontiguousarray(bits(words, len(without)).T).view(bool)
        return [Records(self, "Project", np.flatnonzero(each)) for each in kept]

    def carrying(self, ids: Sequence[str], least: Quality, *, over_absent: bool = False) -> "list[Records]":
        """For each of these records, the projects that lead to it over links of this quality or more.

        The record itself and the projects may be anything; what stands on the way must be there, unless
        `over_absent`. An id followed by + or - means an instrument for who keeps it, or for who retires it.
        """
        stands = (self.world.quality > Quality.ABSENT) | over_absent
        rungs = [each.only(np.flatnonzero(each.level >= min(least, 4))) for each in self.world.rungs]
        onward = [each.only(np.flatnonzero(stands[each.target])) for each in rungs]
        places, marks = self._marked(ids)
        first, of = leads_directly(rungs, places, marks)
        return self._projects(
            *leads(onward, np.concatenate([places, first]), np.concatenate([marks, of])), len(ids)
        )

    def _marked(self, ids: Sequence[str]) -> tuple[Array, Array]:
        """The places of these records, each marked by its position; both places of an instrument."""
        rooms = self.snapshot.rooms
        places = self.snapshot.placed([each.rstrip("+-") for each in ids], LADDER)
        kept = np.array([not each.endswith("-") for each in ids], bool) & (places >= 0)
        retired = np.array([not each.endswith("+") for each in ids], bool)
        retired &= rooms.holds("PolicyInstrument", places)
        marks = np.arange(len(ids))
        return (
            np.concatenate([places[kept], places[retired] + rooms.second]),
            np.concatenate([marks[kept], marks[retired]]),
        )

    def _projects(self, places: Array, marks: Array, count: int) -> "list[Records]":
        mine = self.snapshot.rooms.holds("Project", places)
        places, marks = places[mine] - self.snapshot.rooms.first["Project"], marks[mine]
        order = np.argsort(marks, kind="stable")
        ends = np.searchsorted(marks[order], np.arange(count + 1))
        return [Records(self, "Project", places[order[begin:end]]) for begin, end in pairwise(ends.tolist())]

    # Money

    @cached_property
    def flows(self) -> Money:
        """Where money goes."""
        return Money(self.judged)

    def flowing(self, projects: Records, version: str | None = None) -> list[Flowing]:
        """Where the money of these projects goes, one answer a bucket that adds up to its own total."""
        costs = self.accounts.costs_of(version)
        mine = np.zeros(len(self.snapshot.records["Project"]), bool)
        mine[projects.at] = True
        goals = self.snapshot.records["PolicyGoal"]
        pence = np.array([np.where(mine, costs.of(each, len(mine)), 0) for each in range(len(costs.buckets))])
        some = [each for each in range(len(costs.buckets)) if pence[each].any()]
        touched: Iterable[Array] = self.flows.touches(pence[some]) if some else ()
        told = []
        for number, touches in zip(some, touched, strict=True):
            flow = self.flows.flow(pence[number])
            parts = self.flows.with_parts(flow.apportioned)
            at = np.flatnonzero((touches != 0) | (flow.apportioned != 0) | (parts != 0))
            columns = (each[at].tolist() for each in (touches, flow.apportioned, parts, flow.at_risk))
            rows = list(zip(goals.texts(at), *columns, strict=True))
            told.append(Flowing(costs.buckets[number], rows, flow.cycles))
        return told

    def by_portfolio(self, projects: Records) -> list[tuple[str, str, Records]]:
        """The portfolios the reader sees, with those of these projects that are accepted parts of them."""
        found = self.all("Portfolio").rows("id", "title")
        return [
            (id, title, projects.within(self.chosen("Project", Choice(portfolios=(id,)))))
            for id, title in found
        ]

    def money_of(self, ids: Iterable[str]) -> Told:
        """Cost and grants of these projects."""
        return self.accounts.told(self.some("Project", ids).at)

    def through(self, projects: Records, ids: Sequence[str]) -> dict[str, list[tuple[Bucket, int]]]:
        """What of the cost of these projects goes through each of these instruments, every pound once."""
        costs, table = self.accounts.costs, self.snapshot.records["PolicyInstrument"]
        mine = np.zeros(len(self.snapshot.records["Project"]), bool)
        mine[projects.at] = True
        found: dict[str, list[tuple[Bucket, int]]] = {id: [] for id in ids}
        at = {id: table.position(id) for id in ids}
        for number, bucket in enumerate(costs.buckets):
            through = self.flows.flow(np.where(mine, costs.of(number, len(mine)), 0)).through
            for id, position in at.items():
                if through[position]:
                    found[id].append((bucket, int(through[position])))
        return found

    def quality(self, id: str) -> Quality:
        """Quality of the best route from a record."""
        return Quality(self._value(self.judged.quality, id))

    def part(self, id: str) -> Quality:
        """Quality of a record itself."""
        return Quality(self._value(self.world.quality, id))

    def _value(self, values: Array, id: str) -> int:
        place = self.snapshot.place(id)
        return int(values[place]) if place >= 0 else 0


def of(snapshot: Snapshot, day: date, reader: Reader, overlay: Overlay = NOTHING_SUPPOSED) -> Portfolio:
    """The portfolio of a snapshot on a day for a reader; the last few are kept with the snapshot."""
    key = (day, reader, repr(overlay))
    kept: dict[Any, Portfolio] = snapshot.remembered
    made = kept.get(key)
    if made is None:
        made = Portfolio(World(snapshot, day, reader, _law(snapshot, day), overlay))
        with _KEEPING:  # questions are worked out in several threads
            keep_last(kept, key, made, KEPT)
            if not overlay.law:
                keep_last(snapshot.laws, day, made.law, KEPT)
    return made


KEPT = 8
"""Portfolios, and the law of so many days, kept with a snapshot."""
_KEEPING = Lock()


def _law(snapshot: Snapshot, day: date) -> Law | None:
    """What is known of the law of a day: its own, or that of a day since which nothing of it has changed."""
    held = [each for each in list(snapshot.laws.values()) if each.holds_for(snapshot)]
    found = (each if each.day == day else each.on(day) for each in held)
    return next((each for each in found if each is not None), None)
