"""Which parts of routes made a verdict another: those good enough in one of two worlds and not in the other.

Of two verdicts one rests on a route, or a chain to a duty, that the other has not. Every such route of the
better world has a part that is not good enough in the worse one: these parts made the flip.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from app.portfolio.columns import Array
from app.portfolio.grounds import accepted
from app.portfolio.kept import LADDER, TRACES
from app.portfolio.ladder import Rung, leads
from app.portfolio.surface import Portfolio
from app.portfolio.table import Table
from app.portfolio.verdicts import Quality, Verdict


@dataclass(frozen=True)
class Part:
    """A link or record that is good enough in one world only."""

    id: str
    label: str = ""
    """Label of the link; empty: a record."""
    own: bool = True
    """Whether its own facts may have decided that; else the ends of the link, or the law of the record."""


_Verdicts = tuple[Verdict, Verdict]
_BIT = {
    Verdict.DUTY_ONLY: "duty",
    Verdict.DECLARED_NOT_APPLICABLE: "declared",
    Verdict.CLAIMED_ONLY: "claims",
    Verdict.UNALIGNED: "looked_at",
    Verdict.NOT_ASSESSED: "looked_at",
}
"""What a verdict without a route rests on."""


def parts(then: Portfolio, now: Portfolio, verdicts: Mapping[str, _Verdicts]) -> dict[str, set[Part]]:
    """The parts that made each of these projects' verdict another, from the one then to the one now."""
    found: dict[str, set[Part]] = defaultdict(set)
    for world in _by_quality(then, now, verdicts):
        for id, some in by_routes(*world).items():
            found[id] |= some
    for bit in sorted({*_BIT.values()}):
        asked = [id for id, pair in verdicts.items() if bit in {_BIT.get(each) for each in pair}]
        for better, worse in ((then, now), (now, then)):
            holds = _bits(better, bit, asked)
            lost = {id for id, other in _bits(worse, bit, asked).items() if holds.get(id) and not other}
            for id, some in _of_bit(better, worse, bit, lost).items():
                found[id] |= some
    return found


def _by_quality(
    then: Portfolio, now: Portfolio, verdicts: Mapping[str, _Verdicts]
) -> "Iterator[tuple[Portfolio, Portfolio, int, list[str]]]":
    """The better world, the worse, the better quality, and the projects that differ by that."""
    groups: dict[tuple[bool, int], list[str]] = defaultdict(list)
    before, after = (dict(each.some("Project", verdicts).rows("id", "quality")) for each in (then, now))
    for id in verdicts:
        if before[id] != after[id]:
            groups[before[id] > after[id], max(before[id], after[id])].append(id)
    for (fell, quality), ids in sorted(groups.items()):
        yield (then, now, quality, ids) if fell else (now, then, quality, ids)


def _bits(portfolio: Portfolio, bit: str, ids: Iterable[str]) -> dict[str, bool]:
    return dict(portfolio.some("Project", ids).rows("id", bit))


def _of_bit(better: Portfolio, worse: Portfolio, bit: str, ids: Collection[str]) -> dict[str, set[Part]]:
    """What one world has of these projects, and the other has not, besides routes."""
    if bit == "duty":
        return by_duty(better, worse, ids)
    if bit == "declared":
        return {id: {Part(id)} for id in ids}
    labels = ("CLAIMS",) if bit == "claims" else TRACES
    found: dict[str, set[Part]] = defaultdict(set)
    for label in labels:
        mine, theirs = (each.snapshot.links[label] for each in (better, worse))
        counts = accepted(mine, better.world.number) if bit == "claims" else np.ones(len(mine), bool)
        at = theirs.find(mine.ids)
        other = accepted(theirs, worse.world.number) if bit == "claims" else np.ones(len(theirs), bool)
        there = np.flatnonzero(at >= 0)
        counts[there] &= ~other[at[there]]
        for row in np.flatnonzero(counts).tolist():
            id = better.snapshot.id(int(mine["source"][row]))
            if id in ids:
                found[id].add(Part(mine.id(row), label))
    return found


@dataclass(frozen=True, eq=False)
class _Need:
    """What a way must be made of, and where it may end."""

    link: int
    record: int
    rungs: tuple[Rung, ...]
    arrives: Array
    """From which places of the better world such a way arrives."""
    ends_worse: Array | None = None
    """At which places of the worse world a way may end, where that is not a matter of quality."""


def by_routes(
    better: Portfolio, worse: Portfolio, quality: int, projects: Collection[str]
) -> dict[str, set[Part]]:
    """Of each of these projects the parts of its routes of this quality that are worse in the other world."""
    need = _Need(quality, quality, better.world.rungs, better.judged.quality >= quality)
    return _Crossing(better, worse, need).of(projects)


def by_duty(better: Portfolio, worse: Portfolio, projects: Collection[str]) -> dict[str, set[Part]]:
    """Of each of these projects the parts of its chains to a duty that do not hold in the other world."""
    judged, waits = better.judged, int(Quality.WAITS_FOR_LAW)
    need = _Need(int(Quality.SUSPECT), waits, better.world.rungs[1:], judged.duty, worse.law.duties)
    return _Crossing(better, worse, need).of(projects)


class _Crossing:
    def __init__(self, better: Portfolio, worse: Portfolio, need: _Need) -> None:
        self.better, self.worse, self.need = better, worse, need
        good = (better.world.quality >= need.record) & need.arrives
        self.rungs = [
            each.only(
                np.flatnonzero((each.level >= min(need.link, 4)) & good[each.source] & good[each.target])
            )
            for each in need.rungs
        ]
        self.good = good

    def of(self, projects: Collection[str]) -> dict[str, set[Part]]:
        """The parts on ways of these projects."""
        found = [*self._links(), *self._records()]
        if not found or not projects:
            return {}
        places = np.array([place for _, place in found], np.int64)
        begin, marks = leads(self.rungs, places, np.arange(len(found)))
        snapshot, wanted = self.better.snapshot, set(projects)
        mine = snapshot.rooms.holds("Project", begin)
        positions = begin[mine] - snapshot.rooms.first["Project"]
        told: dict[str, set[Part]] = defaultdict(set)
        for id, mark in zip(snapshot.records["Project"].texts(positions), marks[mine].tolist(), strict=True):
            if id in wanted:
                told[id].add(found[mark][0])
        return told

    def _links(self) -> Iterator[tuple[Part, int]]:
        """Links on ways that are worse, or lead elsewhere, in the other world, and where each begins."""
        for rung in self.rungs:
            mine, theirs = self.better.snapshot.links[rung.label], self.worse.snapshot.links[rung.label]
            at = theirs.find(mine.ids[:, rung.rows])
            there = np.flatnonzero(at >= 0)
            holds = np.zeros(len(at), bool)
            quality = self.worse.world.link_quality(rung.label)[at[there]]
            holds[there] = quality >= self.need.link
            for end, ends in (("source", rung.source), ("target", rung.target)):
                elsewhere = self.worse.snapshot.rooms.retiring(theirs[end][at[there]])
                holds[there] &= elsewhere == self.better.snapshot.rooms.retiring(ends[there])
            own = np.ones(len(at), bool)
            own[there] = _differ(mine.only(rung.rows[there]), theirs.only(at[there]))
            lost = np.flatnonzero(~holds)
            ids, places = mine.texts(rung.rows[lost]), rung.source[lost].tolist()
            for id, place, itself in zip(ids, places, own[lost].tolist(), strict=True):
                yield Part(id, rung.label, itself), place

    def _records(self) -> Iterator[tuple[Part, int]]:
        """Records on ways that are not good enough in the worse world, and where each stands."""
        need = self.need
        for kind in LADDER:
            table, places = self.better.snapshot.records[kind], self.better.snapshot.places(kind)
            at = self.worse.snapshot.records[kind].find(table.ids)
            there, first = at >= 0, self.worse.snapshot.rooms.first[kind]
            worth, current = np.zeros(len(at), np.uint8), np.zeros(len(at), bool)
            worth[there] = self.worse.world.quality[first + at[there]]
            current[there] = self.worse.world.current[first + at[there]]
            lost = worth < need.record
            if need.ends_worse is not None:
                ends = self.better.law.duties[places]
                ends[there] &= ~need.ends_worse[first + at[there]]
                lost |= ends
            for position in np.flatnonzero(lost).tolist():
                part = Part(table.id(position), own=not current[position])
                for place in {places.start + position, places.start + position + self._second(kind)}:
                    if self.good[place]:
                        yield part, place

    def _second(self, kind: str) -> int:
        return self.better.snapshot.rooms.second if kind == "PolicyInstrument" else 0


def _differ(mine: Table, theirs: Table) -> Array:
    """Which links are of another standing or other dates."""
    names = ("standing", "valid_from", "valid_to")
    found: Array = np.any([mine[name] != theirs[name] for name in names], axis=0)
    return found
