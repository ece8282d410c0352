"""Best routes: highest quality, then the strongest weakest link, then fewest links, then the lowest ids.

Each quality and strength is a world of its own, one bit of 16, in which only those parts are there that are
of this quality and strength or more. What is there in a world is there in every lesser one too, so the
highest bit of a place says how good its best route is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from app.portfolio.columns import Array
from app.portfolio.judged import Judged, Net
from app.portfolio.kept import TRACES
from app.portfolio.ladder import FAR, Rung, ranges, within
from app.portfolio.snapshot import Snapshot
from app.portfolio.verdicts import Quality
from app.portfolio.world import RANKS

NO_LINK = -1
_WORLDS = np.array(
    [
        sum(1 << q * RANKS + s for q in range(quality) for s in range(rank))
        for quality, rank in [(0, 0), *product(range(1, len(Quality)), range(1, RANKS + 1))]
    ],
    np.uint16,
)
"""The worlds in which a link of a worth is there."""
_OF_QUALITY = np.array([0, *_WORLDS[RANKS::RANKS]], np.uint16)
"""The worlds in which a place of a quality is there: whatever the strength."""
_HIGHEST = np.array([bits.bit_length() - 1 for bits in range(2**16)], np.int8)


def quality_in(world: Array) -> Array:
    """The quality that all parts have in these worlds, or more; 0 of -1, no world."""
    return world // RANKS + 1


@dataclass(frozen=True, eq=False)
class Pointers:
    """At most one link for each place: the number of its label in `TRACES` and its row, or `NO_LINK`."""

    label: Array
    row: Array

    @classmethod
    def none(cls, places: int) -> "Pointers":
        return cls(np.full(places, NO_LINK, np.int8), np.full(places, NO_LINK, np.int64))

    def lower(self, snapshot: Snapshot, label: str, rows: Array, places: Array) -> Array:
        """Point each of these places, each named once, to the link of the lower id: the present one or this.

        Answers which of these they were pointed to.
        """
        ids, better = snapshot.links[label].ids, np.ones(len(places), bool)
        for number in np.unique(self.label[places]).tolist():
            if number == NO_LINK:
                continue
            at = np.flatnonzero(self.label[places] == number)
            present = snapshot.links[TRACES[number]].ids[:, self.row[places[at]]]
            mine = ids[:, rows[at]]
            better[at] = (mine[0] < present[0]) | ((mine[0] == present[0]) & (mine[1] < present[1]))
        chosen = np.flatnonzero(better)
        self.row[places[chosen]], self.label[places[chosen]] = rows[chosen], TRACES.index(label)
        return chosen


@dataclass(frozen=True, eq=False)
class Onward:
    """The next links of some routes, and where they lead."""

    link: Pointers
    target: Array
    quality: Array


class Routes:
    """The best routes of all places of one world, as they are judged."""

    def __init__(self, judged: Judged) -> None:
        self.judged, self.world, self.snapshot = judged, judged.world, judged.snapshot

    @property
    def net(self) -> Net:
        """What routes are looked for in."""
        return self.judged.net

    @cached_property
    def _worths(self) -> tuple[Rung, ...]:
        """The links that are judged, each with its worth for a level."""
        if self.net.rungs is self.world.rungs:
            return self.world.worths
        return tuple(each.at(self.world.worth(each.label)[each.rows]) for each in self.net.rungs)

    @cached_property
    def _rungs(self) -> tuple[Rung, ...]:
        """The links, each with the worlds it is there in."""
        return tuple(each.at(np.take(_WORLDS, each.level)) for each in self._worths)

    @cached_property
    def _near(self) -> list[tuple[Array, Array]]:
        """By the number of links to a goal: the places so near, and in which worlds they first are."""
        ends = np.where(self.net.ends, _WORLDS[-1], 0).astype(np.uint16)
        return within(self._rungs, ends, np.take(_OF_QUALITY, self.net.quality))

    def _at(self, links: int) -> Array:
        """In which worlds each place is first reached over so many links. Shape (places,), uint16."""
        found = np.zeros(len(self.net.quality), np.uint16)
        places, worlds = self._near[links]
        found[places] = worlds
        return found

    def best(self, starts: Array) -> tuple[Array, Array]:
        """The highest world in which each of these places has a route, or -1; and the fewest links of one."""
        reached = np.zeros(len(self.net.quality), np.uint16)
        for places, worlds in self._near:
            reached[places] |= worlds
        world, links = _HIGHEST[reached[starts]], np.full(len(starts), FAR, np.int64)
        todo = np.flatnonzero(world >= 0)
        for number in range(len(self._near)):
            arrived = (self._at(number)[starts[todo]] >> world[todo].astype(np.uint16)) & 1 > 0
            links[todo[arrived]] = number
            todo = todo[~arrived]
        return world, links

    def onward(self, at: Array, world: Array, links: int) -> Onward:
        """The next link of the best route, of so many links, from each of these places in its world."""
        nearer, bit = self._at(links - 1), np.left_shift(1, world.astype(np.uint16)).astype(np.uint16)
        link = Pointers.none(len(at))
        target, quality = np.zeros(len(at), np.int32), np.zeros(len(at), np.int8)
        for rung, worth, first in zip(self._rungs, self._worths, self._first, strict=True):
            which, each = (
                np.repeat(np.arange(len(at)), first[at + 1] - first[at]),
                ranges(first[at], first[at + 1]),
            )
            there = np.flatnonzero(rung.level[each] & nearer[rung.target[each]] & bit[which])
            which, each = which[there], each[there]
            lowest = np.flatnonzero(np.r_[True, which[1:] != which[:-1]]) if len(which) else there
            which, each = which[lowest], each[lowest]
            lower = link.lower(self.snapshot, rung.label, rung.rows[each], which)
            target[which[lower]] = rung.target[each[lower]]
            quality[which[lower]] = quality_in(worth.level[each[lower]].astype(np.int8) - 1)
        return Onward(link, target, quality)

    @cached_property
    def _first(self) -> list[Array]:
        """Of each kind of link, how many leave the places before each place."""
        places = len(self.net.quality)
        counts = (np.bincount(each.source, minlength=places) for each in self._rungs)
        return [np.concatenate([[0], np.cumsum(each)]) for each in counts]

    def of(self, starts: Iterable[int]) -> dict[int, list[tuple[str, int]]]:
        """Each place's best route as labels and rows of its links; places without a route are left out."""
        begin = np.array(sorted(starts), np.int64)
        world, links = self.best(begin)
        found: dict[int, list[tuple[str, int]]] = {each: [] for each in begin[world >= 0].tolist()}
        at = begin.copy()
        for left in range(len(self._near) - 1, 0, -1):
            mine = np.flatnonzero((links >= left) & (links < FAR))
            onward = self.onward(at[mine], world[mine], left)
            at[mine] = onward.target
            steps = zip(onward.link.label.tolist(), onward.link.row.tolist(), strict=True)
            for start, (label, row) in zip(begin[mine].tolist(), steps, strict=True):
                found[start].append((TRACES[label], row))
        return found
