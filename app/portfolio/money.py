"""Where the money goes: every pound of every project to the goals it serves, once, or to no goal.

The best of a project's routes decide over what its money may flow: links and records of that quality or more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from app.domain import components
from app.portfolio.columns import Array
from app.portfolio.judged import Judged
from app.portfolio.ladder import (
    SIDES,
    Rung,
    Split,
    bits,
    fewest,
    leads,
    ranges,
    reached,
    spread,
    words,
)
from app.portfolio.verdicts import COUNTED, Quality

_QUALITIES = (Quality.CLEAN, Quality.SUSPECT, Quality.WAITS_FOR_LAW)

_Edges = tuple[Array, Array, Array]
"""Sources, targets and shares of links."""


@dataclass(frozen=True, eq=False)
class Flow:
    """What came to each goal of some money. Shape (goals,), int64 pence."""

    apportioned: Array
    at_risk: Array
    """The part of it from projects whose best route is suspect or waits for law."""
    through: Array
    """What went through each instrument on its way. Shape (instruments,), int64 pence."""
    cycles: int
    """Groups of projects that enable each other in a circle and carry money."""


@dataclass(frozen=True, eq=False)
class Channel:
    """The links money of one quality flows over, by the place they leave, in the order of their ids."""

    stages: tuple[Split, ...]
    """The links, those whose sources are complete first."""
    cycles: int


class Money:
    """The flow of money in one world. Channels are found once and serve every amount."""

    def __init__(self, judged: Judged) -> None:
        self.judged, self.world, self.snapshot = judged, judged.world, judged.snapshot
        self._channels = {quality: self._channel(quality) for quality in _QUALITIES}

    def flow(self, pence: Array) -> Flow:
        """Push the money of projects, an amount a position, to goals. What has no counted route stays out."""
        places, goals = self.snapshot.places("Project"), self.snapshot.places("PolicyGoal")
        quality = self.judged.quality[places]
        goal_money = np.zeros((len(_QUALITIES), goals.stop - goals.start), np.int64)
        instruments = self.snapshot.places("PolicyInstrument")
        through = np.zeros(instruments.stop - instruments.start, np.int64)
        for number, each in enumerate(_QUALITIES):
            at = np.zeros(self.snapshot.rooms.ladder, np.int64)
            at[places] = np.where(quality == each, pence, 0)
            if not at.any():
                continue
            for stage in self._channels[each].stages:
                np.add.at(at, stage.target, stage.parts(at))
            goal_money[number] = at[goals]
            second = self.snapshot.rooms.second
            through += at[instruments] + at[instruments.start + second : instruments.stop + second]
        cycles = max(each.cycles for each in self._channels.values())
        return Flow(goal_money.sum(axis=0), goal_money[1:].sum(axis=0), through, cycles)

    def _channel(self, quality: Quality) -> Channel:
        """The links that carry the money of projects of this quality: every place but goals has one."""
        worth = self.judged.quality >= quality
        begins = np.zeros(len(worth), bool)
        projects = self.snapshot.places("Project")
        begins[projects] = self.judged.quality[projects] == quality
        rungs: list[Rung] = []
        for rung in reversed(self.world.rungs):
            rungs.append(self._carrying(rung, quality, worth, begins))
        enables, changes, operates, advances = rungs
        enables, cycles = self._without_cycles(rungs[::-1], worth)
        stages = [*self._by_depth(changes, enables), self._edges(operates), self._edges(advances)]
        return Channel(tuple(Split.of(*each) for each in stages), cycles)

    @staticmethod
    def _carrying(rung: Rung, quality: Quality, worth: Array, begins: Array) -> Rung:
        """The links of this quality or more, between places worth as much, that money reaches, now marked."""
        good = np.flatnonzero(rung.level >= min(quality, 4))
        if rung.chains:
            good = good[worth[rung.source[good]] & worth[rung.target[good]]]
            spread(begins, rung.source[good], rung.target[good], chains=True)
            return rung.only(good[begins[rung.source[good]]])
        good = good[begins[rung.source[good]]]
        carrying = rung.only(good[worth[rung.target[good]]])
        begins[carrying.target] = True
        return carrying

    def _edges(self, rung: Rung) -> _Edges:
        """Links place by place, those of one place in the order of their ids: ends and shares."""
        links = self.snapshot.links[rung.label]
        return rung.source, rung.target, links["share"][rung.rows]

    def _by_depth(self, changes: Rung, enables: Rung) -> list[_Edges]:
        """The links of projects in stages: a project's money is complete before it is passed on."""
        if not len(enables.source):
            return [self._edges(changes)]
        at = self._places_among(changes, enables)
        pairs = zip(self._edges(changes), self._edges(enables), strict=True)
        source, target, share = (np.insert(each, at, new) for each, new in pairs)
        depth = _depths(enables, self.snapshot.rooms.ladder)[source]
        deepest = int(depth.max())
        order = np.argsort(depth.astype(np.min_scalar_type(deepest)), kind="stable")
        ends = np.searchsorted(depth[order], np.arange(deepest + 2))
        stages = [order[begin:end] for begin, end in pairwise(ends.tolist())]
        return [(source[each], target[each], share[each]) for each in stages]

    def _places_among(self, changes: Rung, enables: Rung) -> Array:
        """Before which of the first links each of the others stands: by place left, then by id."""
        begin, end = (np.searchsorted(changes.source, enables.source, side) for side in SIDES)
        which, each = np.repeat(np.arange(len(begin)), end - begin), ranges(begin, end)
        mine = self.snapshot.links[changes.label].ids[:, changes.rows[each]]
        new = self.snapshot.links[enables.label].ids[:, enables.rows[which]]
        before = (mine[0] < new[0]) | ((mine[0] == new[0]) & (mine[1] < new[1]))
        found: Array = begin + np.bincount(which[before], minlength=len(begin))
        return found

    def _without_cycles(self, rungs: Sequence[Rung], worth: Array) -> tuple[Rung, int]:
        """ENABLES links; inside a group on a cycle those alone that lead to fewer steps left to a goal."""
        enables = rungs[-1]
        groups = _groups(enables.source, enables.target, self.snapshot.rooms.ladder)
        if not groups:
            return enables, 0
        goals = np.zeros(self.snapshot.rooms.ladder, bool)
        goals[self.snapshot.places("PolicyGoal")] = True
        steps = fewest(rungs, goals & worth)
        group = np.full(self.snapshot.rooms.ladder, -1, np.int64)
        for number, members in enumerate(groups):
            group[members] = number
        inside = (group[enables.source] >= 0) & (group[enables.source] == group[enables.target])
        onward = steps[enables.target] < steps[enables.source]
        return enables.only(np.flatnonzero(~inside | onward)), len(groups)

    # What is behind a goal

    def touches(self, pence: Array) -> Array:
        """Per goal the whole amount of each project with a counted route to it or a goal below it.

        `pence` has a row a bucket and a column a project; the answer a row a bucket and a column a goal.
        """
        places, goals = self.snapshot.places("Project"), self.snapshot.places("PolicyGoal")
        found = np.zeros((len(pence), goals.stop - goals.start), np.int64)
        paid = np.flatnonzero(pence.any(axis=0))
        rungs, on_the_way, good = self._counted(paid + places.start)
        reached_goals = np.flatnonzero(on_the_way[goals] & good[goals])
        for some, word in words(rungs, good, reached_goals + goals.start):
            led = bits(word[places][paid], some.stop - some.start)
            found[:, reached_goals[some]] = pence[:, paid] @ led.astype(np.int64)
        return found

    def _counted(self, begin: Array) -> tuple[list[Rung], Array, Array]:
        """The links on counted routes from these places and up over parts; what they reach; what is good."""
        good = self.world.quality >= COUNTED
        rungs = [
            each.only(np.flatnonzero((each.level >= COUNTED) & good[each.source] & good[each.target]))
            for each in (self.world.parts, *self.world.rungs)
        ]
        start = np.zeros(len(good), bool)
        start[begin] = good[begin]
        on_the_way = reached(rungs, start)
        return [each.only(np.flatnonzero(on_the_way[each.source])) for each in rungs], on_the_way, good

    def with_parts(self, apportioned: Array) -> Array:
        """Per goal what was apportioned to it and to the goals below it, each once. Not additive."""
        goals = self.snapshot.places("PolicyGoal")
        own = np.arange(goals.start, goals.stop)
        place, mark = leads((self.world.parts,), own, own - goals.start)
        found = np.zeros(goals.stop - goals.start, np.int64)
        np.add.at(found, mark, apportioned[place - goals.start])
        return found


def _depths(enables: Rung, places: int) -> Array:
    """How many links lead at most to each place. The links have no cycle."""
    depth = np.zeros(places, np.int64)
    todo = np.arange(len(enables.source))
    while len(todo):
        before = depth.copy()
        np.maximum.at(depth, enables.target[todo], depth[enables.source[todo]] + 1)
        todo = np.flatnonzero((depth != before)[enables.source])
    return depth


def _groups(source: Array, target: Array, places: int) -> list[list[int]]:
    """Groups of places each of which leads to each other of its group, of more than one place."""
    source, target = _peeled(source, target, places)
    onward: dict[int, list[int]] = {}
    for begin, end in zip(source.tolist(), target.tolist(), strict=True):
        onward.setdefault(begin, []).append(end)
    return [group for group in components.of(onward) if len(group) > 1]


def _peeled(source: Array, target: Array, places: int) -> tuple[Array, Array]:
    """The links, without those that cannot be on a cycle because nothing leads to them, or on from them."""
    while True:
        begins, ends = np.zeros(places, bool), np.zeros(places, bool)
        begins[source], ends[target] = True, True
        keep = ends[source] & begins[target]
        if keep.all():
            return source, target
        source, target = source[keep], target[keep]
