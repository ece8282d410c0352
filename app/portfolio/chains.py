"""Best routes: highest quality, then the strongest weakest link, then fewest links, then the lowest ids."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.portfolio.columns import Array
from app.portfolio.judged import Judged
from app.portfolio.kept import TRACES
from app.portfolio.ladder import FAR, Rung, fewest, lift, reached
from app.portfolio.snapshot import Snapshot
from app.portfolio.verdicts import STRENGTHS, Quality

NO_LINK = -1


@dataclass(frozen=True, eq=False)
class Pointers:
    """At most one link for each place: the number of its label in `TRACES` and its row, or `NO_LINK`."""

    label: Array
    row: Array

    @classmethod
    def none(cls, places: int) -> "Pointers":
        return cls(np.full(places, NO_LINK, np.int8), np.full(places, NO_LINK, np.int64))

    def lower(self, snapshot: Snapshot, label: str, rows: Array, places: Array) -> None:
        """Point each of these places to its link of the lowest id: the present one or one of these."""
        first = np.full(len(self.row), FAR, np.int64)
        np.minimum.at(first, places, rows)
        new = np.flatnonzero(first < FAR)
        if not len(new):
            return
        ids = snapshot.links[label].ids[:, first[new]]
        better = np.ones(len(new), bool)
        for number in np.unique(self.label[new]).tolist():
            if number == NO_LINK:
                continue
            at = np.flatnonzero(self.label[new] == number)
            present = snapshot.links[TRACES[number]].ids[:, self.row[new[at]]]
            mine = ids[:, at]
            better[at] = (mine[0] < present[0]) | ((mine[0] == present[0]) & (mine[1] < present[1]))
        chosen = new[better]
        self.row[chosen], self.label[chosen] = first[chosen], TRACES.index(label)


@dataclass(frozen=True, eq=False)
class Chains:
    """The best routes of places whose best routes are of one quality and strength."""

    quality: int
    starts: Array
    onward: Pointers
    """The next link of the best route from each place on one."""


class Routes:
    """The best routes of all places of one world, as they are judged."""

    def __init__(self, judged: Judged) -> None:
        self.judged, self.world, self.snapshot = judged, judged.world, judged.snapshot
        self._chains: dict[tuple[int, int], Chains] = {}

    @cached_property
    def _strengths(self) -> dict[str, Array]:
        return {
            each.label: self.world.strength(self.snapshot.links[each.label])[each.rows].astype(np.uint8)
            for each in self.judged.rungs
        }

    @cached_property
    def rank(self) -> Array:
        """Rank of the strongest weakest link among each place's routes of its own best quality; 0 of none."""
        found = self.judged.strength.copy()
        for quality in (Quality.SUSPECT, Quality.WAITS_FOR_LAW, Quality.WAITS_FOR_ACCEPTANCE):
            own = self.judged.quality == quality
            if own.any():
                good = self.world.quality >= quality
                rungs = [
                    each.at(
                        np.where(self._holds(each, quality), self._strengths[each.label], 0).astype(np.uint8)
                    )
                    for each in self.judged.rungs
                ]
                most = np.where(good, len(STRENGTHS), 0).astype(np.uint8)
                lifted = lift(rungs, np.where(self.judged.ends, most, 0).astype(np.uint8), most)
                found[own] = lifted[own]
        return found

    @staticmethod
    def _holds(rung: Rung, quality: int) -> Array:
        """Which links are of this quality or more: levels below clean are qualities."""
        found: Array = rung.level >= min(quality, 4)
        return found

    def among(self, starts: Array) -> Iterator[Chains]:
        """The best routes of these places that have one, those of one quality and strength together."""
        quality, rank = self.judged.quality[starts], self.rank[starts]
        for pair in np.unique(quality.astype(np.int64) * 8 + rank).tolist():
            of, by = divmod(pair, 8)
            if of:
                yield self._pair(of, by, starts[(quality == of) & (rank == by)])

    def _pair(self, quality: int, rank: int, starts: Array) -> Chains:
        good = self.world.quality >= quality
        rungs = []
        for each in self.judged.rungs:
            holds = self._holds(each, quality) & (self._strengths[each.label] >= rank)
            rungs.append(each.only(np.flatnonzero(holds & good[each.source] & good[each.target])))
        begin = np.zeros(self.snapshot.rooms.ladder, bool)
        begin[starts] = True
        on_the_way = reached(rungs, begin)
        rungs = [each.only(np.flatnonzero(on_the_way[each.source])) for each in rungs]
        steps = fewest(rungs, self.judged.ends & good)
        onward = Pointers.none(self.snapshot.rooms.ladder)
        for each in rungs:
            nearer = steps[each.target] == steps[each.source] - 1
            onward.lower(self.snapshot, each.label, each.rows[nearer], each.source[nearer])
        return Chains(quality, starts, onward)

    def of(self, starts: Iterable[int]) -> dict[int, list[tuple[str, int]]]:
        """Each place's best route as labels and rows of its links; places without a route are left out."""
        found = {}
        for chains in self.among(np.array(sorted(starts), np.int64)):
            label, row = chains.onward.label, chains.onward.row
            for start in chains.starts.tolist():
                steps, at = [], start
                while not self.judged.ends[at]:
                    name = TRACES[label[at]]
                    steps.append((name, int(row[at])))
                    at = int(self.snapshot.links[name]["target"][row[at]])
                found[start] = steps
        return found
