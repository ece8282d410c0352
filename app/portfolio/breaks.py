"""Where the chain of each record breaks and why, for all of them at once."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.portfolio.chains import Pointers, Routes, quality_in
from app.portfolio.columns import Array
from app.portfolio.grounds import in_dates
from app.portfolio.judged import Judged
from app.portfolio.kept import TRACES
from app.portfolio.ladder import Rung, lift
from app.portfolio.verdicts import MISSING, NOT_CURRENT, RUNGS, WEAK_LINK, WEAK_NODE, Quality, Reason
from graph_schema.values import Standing

NO_BREAK = -1
_REASONS = list(Reason)
_NUMBER = {reason: number for number, reason in enumerate(_REASONS)}
_NO_REASON = len(_REASONS)
_MISSING = {kind: MISSING[rung] for kind, rung in RUNGS.items() if rung in MISSING}
_AGAINST = (Standing.DISPUTED, Standing.WITHDRAWN)
_STANDINGS = [list(Standing).index(each) + 1 for each in _AGAINST]
_FAR = np.int32(2**31 - 1)
_WEAK_LINK, _WEAK_NODE = (
    np.array([_NUMBER[reasons[each]] if each in reasons else _NO_REASON for each in Quality], np.int8)
    for reasons in (WEAK_LINK, WEAK_NODE)
)


@dataclass(frozen=True, eq=False)
class Breaks:
    """For each of some places: where its chain breaks, why, and the link at fault."""

    place: Array
    """`NO_BREAK` where it does not break."""
    reason: Array
    """Number of the reason in `Reason`."""
    link: Pointers


def breaks(routes: Routes, starts: Array) -> Breaks:
    """Where the chains of these places break. The arrays are of the shape of `starts`."""
    return _Finder(routes, starts).found()


class _Finder:
    def __init__(self, routes: Routes, starts: Array) -> None:
        self.routes, self.judged, self.world = routes, routes.judged, routes.world
        self.snapshot, self.starts = routes.snapshot, starts
        self.places = self.snapshot.rooms.ladder
        self.at = np.full(self.places, NO_BREAK, np.int64)
        self.reason = np.full(self.places, _NO_REASON, np.int8)
        self.link = Pointers.none(self.places)

    def found(self) -> Breaks:
        best = self.judged.quality[self.starts]
        self._on_routes(self.starts[(best > Quality.ABSENT) & (best < Quality.CLEAN)])
        without = self.starts[best == Quality.ABSENT]
        own = self.world.quality[without]
        self._at_itself(without[own == Quality.ABSENT])
        self._walked(without[own > Quality.ABSENT])
        pointers = Pointers(self.link.label[self.starts], self.link.row[self.starts])
        return Breaks(self.at[self.starts], self.reason[self.starts], pointers)

    # With a route: the first part from the start whose quality is the route's

    def _on_routes(self, starts: Array) -> None:
        world, links = self.routes.best(starts)
        at, quality = starts.copy(), quality_in(world)
        todo = np.zeros(0, np.int64)
        for left in range(int(links.max()) if len(links) else -1, -1, -1):
            todo = np.concatenate([todo, np.flatnonzero(links == left)])
            weak = self.world.quality[at[todo]] == quality[todo]
            found, todo = todo[weak], todo[~weak]
            self._give(starts[found], at[found], _WEAK_NODE[quality[found]])
            if not left or not len(todo):
                continue
            onward = self.routes.onward(at[todo], world[todo], left)
            weak = onward.quality == quality[todo]
            found = todo[weak]
            self._give(starts[found], at[found], _WEAK_LINK[quality[found]])
            self.link.label[starts[found]] = onward.link.label[weak]
            self.link.row[starts[found]] = onward.link.row[weak]
            at[todo] = onward.target
            todo = todo[~weak]

    def _give(self, starts: Array, places: Array, reasons: Array) -> None:
        self.at[starts], self.reason[starts] = places, reasons

    # Without a route

    def _at_itself(self, starts: Array) -> None:
        """A place of quality 0 breaks at itself, before anything else."""
        self.at[starts] = starts
        for kind, rung in RUNGS.items():
            mine = starts[self.snapshot.rooms.holds(kind, starts)]
            if kind in _MISSING:
                self.reason[mine] = np.where(
                    self.world.current[mine], _NUMBER[Reason.LAW_WILL_NOT_CHANGE], _NUMBER[NOT_CURRENT[rung]]
                )

    def _walked(self, starts: Array) -> None:
        """Walk over parts of quality 1 or more: the highest rung, then the best value, then the lowest id."""
        if not len(starts):
            return
        ground = _Ground(self.judged)
        todo = ground.number[starts]
        for ends, rungs in ground.destinations():
            value = lift(rungs, np.where(ends, ground.quality, 0).astype(np.uint8), ground.quality)
            for quality in np.unique(value[todo]).tolist():
                if quality:
                    mine = todo[value[todo] == quality]
                    self.at[ground.places[mine]] = ground.places[ground.lowest(ends, rungs, quality)[mine]]
            todo = todo[value[todo] == 0]
        self._give_reasons()

    def _give_reasons(self) -> None:
        """The first reason that holds at each place where a walk ended, with the lowest link giving it."""
        ended = np.zeros(self.places, bool)
        walked = self.starts[(self.reason[self.starts] == _NO_REASON) & (self.at[self.starts] >= 0)]
        ended[self.at[walked]] = True
        given = [(label, *each) for label in TRACES for each in self._faults(label, ended)]
        first = np.full(self.places, _NO_REASON, np.int8)
        for _, _, places, reasons in given:
            np.minimum.at(first, places, reasons)
        link = Pointers.none(self.places)
        for label, rows, places, reasons in given:
            mine = np.flatnonzero(reasons == first[places])
            _, lowest = np.unique(places[mine], return_index=True)
            link.lower(self.snapshot, label, rows[mine[lowest]], places[mine[lowest]])
        for kind, reason in _MISSING.items():
            here = np.flatnonzero(ended & (first == _NO_REASON))
            here = here[self.snapshot.rooms.holds(kind, self.snapshot.rooms.kept(here))]
            first[here] = _NUMBER[reason]
        at = self.at[walked]
        self.reason[walked] = first[at]
        self.link.label[walked], self.link.row[walked] = link.label[at], link.row[at]
        self.at[walked] = self.snapshot.rooms.kept(at)

    def _faults(self, label: str, ended: Array) -> list[tuple[Array, Array, Array]]:
        """The links that give a reason at these places: their rows, the places, the reasons."""
        links, world = self.snapshot.links[label], self.world
        rows = np.flatnonzero(ended[links["source"]])
        rows = rows[world.seen[links["target"][rows]]]
        source, target = links["source"][rows], links["target"][rows]
        stops = ~world.current[target] | ((label == "ENABLES") & ~world.steps[target])
        reasons = np.full(len(rows), _NO_REASON, np.int8)
        for kind, rung in RUNGS.items():
            of_kind = self.snapshot.rooms.holds(kind, self.snapshot.rooms.kept(target))
            reasons[stops & of_kind] = _NUMBER[NOT_CURRENT[rung]]
        reasons[~stops & (world.quality[target] == 0)] = _NUMBER[Reason.LAW_WILL_NOT_CHANGE]
        reasons[~in_dates(links.only(rows), world.number)] = _NUMBER[Reason.LINK_ENDED]
        reasons[np.isin(world.standing(label)[rows], _STANDINGS)] = _NUMBER[Reason.LINK_DISPUTED]
        given = reasons < _NO_REASON
        found = [(rows[given], source[given], reasons[given])]
        return [*found, *self._against(ended)] if label == "ADVANCES" else found

    def _against(self, ended: Array) -> list[tuple[Array, Array, Array]]:
        """Links of instruments that do the opposite of what would carry a route on."""
        rung, rooms = self.world.rungs[0], self.snapshot.rooms
        second = rooms.retiring(rung.source)
        other = np.where(second, rung.source - rooms.second, rung.source + rooms.second)
        counts = ended[other] & (self.world.quality[rung.target] > 0)
        reason = np.where(second, _NUMBER[Reason.ONLY_HARMS], _NUMBER[Reason.RETIRES_WHAT_HELPS])
        return [(rung.rows[counts], other[counts], reason[counts].astype(np.int8))]


class _Ground:
    """What walks without a route go over: the parts of quality 1 or more from which no route leads on.

    What such a walk leads to has no route either, so that this is a small part of the whole.
    """

    def __init__(self, judged: Judged) -> None:
        world, self._rooms = judged.world, judged.snapshot.rooms
        self.places = np.flatnonzero((judged.quality == 0) & (world.quality > 0))
        self.quality = world.quality[self.places]
        self.number = np.full(self._rooms.ladder, NO_BREAK, np.int32)
        self.number[self.places] = np.arange(len(self.places))
        self._rungs = tuple(self._rung(each) for each in world.rungs)

    def _rung(self, rung: Rung) -> Rung:
        which = np.flatnonzero(self.number[rung.source] >= 0)
        here = rung.only(which[self.number[rung.target[which]] >= 0])
        source, target = self.number[here.source], self.number[here.target]
        return Rung(source, target, np.minimum(here.level, 4), here.rows, here.label, here.chains)

    def destinations(self) -> list[tuple[Array, tuple[Rung, ...]]]:
        """Where a walk may end, in the order of preference, and the links it goes over."""
        instruments = self._holds("PolicyInstrument") | self._rooms.retiring(self.places)
        projects = self._holds("Project")
        leads_on = np.zeros(len(self.places), bool)
        leads_on[self._rungs[-1].source] = True
        return [
            (instruments, self._rungs[1:]),
            (self._holds("Process"), self._rungs[2:]),
            (projects & ~leads_on, self._rungs[3:]),
            (projects, self._rungs[3:]),
        ]

    def _holds(self, kind: str) -> Array:
        return self._rooms.holds(kind, self.places)

    def lowest(self, ends: Array, rungs: tuple[Rung, ...], quality: int) -> Array:
        """The lowest end each place reaches over parts of this quality or more."""
        good = self.quality >= quality
        base = np.where(ends & good, self._order, _FAR)
        passing = tuple(each.at(np.where(each.level >= quality, 0, _FAR)) for each in rungs)
        lowest = lift(passing, base, np.where(good, 0, _FAR), np.minimum, np.maximum)
        return self._by_order[np.where(lowest == _FAR, 0, lowest)]

    @cached_property
    def _by_order(self) -> Array:
        """The places by id, an instrument's first before its second."""
        order = self._rooms.kept(self.places) * 2 + self._rooms.retiring(self.places)
        return np.argsort(order, kind="stable")

    @cached_property
    def _order(self) -> Array:
        found = np.empty(len(self.places), np.int32)
        found[self._by_order] = np.arange(len(self.places), dtype=np.int32)
        return found
