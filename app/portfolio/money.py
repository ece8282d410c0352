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
from app.portfolio.ladder import Rung, Split, bits, fewest, leads, reached, words
from app.portfolio.verdicts import COUNTED, Quality

_QUALITIES = (Quality.CLEAN, Quality.SUSPECT, Quality.WAITS_FOR_LAW)


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
        """The links of this quality or more between places worth as much: every place but goals has one."""
        worth = self.judged.quality >= quality
        rungs = []
        for rung in self.world.rungs:
            keep = (rung.level >= min(quality, 4)) & worth[rung.source] & worth[rung.target]
            rungs.append(rung.only(np.flatnonzero(keep)))
        advances, operates, changes, enables = rungs
        enables, cycles = self._without_cycles(rungs, worth)
        stages = [*self._by_depth(changes, enables), self._edges(operates), self._edges(advances)]
        return Channel(tuple(Split.of(*each) for each in stages), cycles)

    def _edges(self, *rungs: Rung) -> tuple[Array, Array, Array]:
        """These links place by place, those of one place in the order of their ids: ends and shares."""
        masks = []
        for each in rungs:
            masks.append(np.zeros(len(self.snapshot.links[each.label]), bool))
            masks[-1][each.rows] = True
        order, *columns = self.snapshot.leaving(*(each.label for each in rungs))
        kept = np.flatnonzero(np.concatenate(masks)[order])
        source, target, share = (each[kept] for each in columns)
        return source, target, share

    def _by_depth(self, changes: Rung, enables: Rung) -> list[tuple[Array, Array, Array]]:
        """The links of projects in stages: a project's money is complete before it is passed on."""
        source, target, share = self._edges(changes, enables)
        depth = _depths(enables, self.snapshot.rooms.ladder)
        deepest = int(depth.max()) if len(depth) else 0
        if not deepest:
            return [(source, target, share)]
        order = np.argsort(depth[source], kind="stable")
        ends = np.searchsorted(depth[source][order], np.arange(deepest + 2))
        stages = [order[begin:end] for begin, end in pairwise(ends.tolist())]
        return [(source[each], target[each], share[each]) for each in stages]

    def _without_cycles(self, rungs: Sequence[Rung], worth: Array) -> tuple[Rung, int]:
        """ENABLES links; inside a group on a cycle those alone that lead to fewer steps left to a goal."""
        enables = rungs[-1]
        groups = _groups(enables.source, enables.target)
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


def _groups(source: Array, target: Array) -> list[list[int]]:
    """Groups of places each of which leads to each other of its group, of more than one place."""
    source, target = _peeled(source, target)
    onward: dict[int, list[int]] = {}
    for begin, end in zip(source.tolist(), target.tolist(), strict=True):
        onward.setdefault(begin, []).append(end)
    return [group for group in components.of(onward) if len(group) > 1]


def _peeled(source: Array, target: Array) -> tuple[Array, Array]:
    """The links, without those that cannot be on a cycle because nothing leads to them, or on from them."""
    while True:
        keep = np.isin(source, target) & np.isin(target, source)
        if keep.all():
            return source, target
        source, target = source[keep], target[keep]
