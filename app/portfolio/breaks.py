"""Where the chain of each record breaks and why, for all of them at once."""

from dataclasses import dataclass

import numpy as np

from app.portfolio.chains import Chains, Pointers, Routes
from app.portfolio.columns import Array
from app.portfolio.grounds import in_dates
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
_FAR = np.int64(2**40)


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
        for chains in self.routes.among(self.starts[best < Quality.CLEAN]):
            self._on_route(chains)
        without = self.starts[best == Quality.ABSENT]
        own = self.world.quality[without]
        self._at_itself(without[own == Quality.ABSENT])
        self._walked(without[own > Quality.ABSENT])
        pointers = Pointers(self.link.label[self.starts], self.link.row[self.starts])
        return Breaks(self.at[self.starts], self.reason[self.starts], pointers)

    # With a route: the first part from the start whose quality is the route's

    def _on_route(self, chains: Chains) -> None:
        quality, label, row = Quality(chains.quality), chains.onward.label, chains.onward.row
        start = at = chains.starts
        while len(start):
            weak = self.world.quality[at] == quality
            self.at[start[weak]], self.reason[start[weak]] = at[weak], _number(WEAK_NODE.get(quality))
            start, at = start[~weak], at[~weak]
            onward = np.zeros(len(at), np.int64)
            links = np.zeros(len(at), np.uint8)
            for number, name in enumerate(TRACES):
                mine = label[at] == number
                onward[mine] = self.snapshot.links[name]["target"][row[at[mine]]]
                links[mine] = self.world.link_quality(name)[row[at[mine]]]
            weak = links == quality
            self.at[start[weak]], self.reason[start[weak]] = at[weak], _number(WEAK_LINK.get(quality))
            self.link.label[start[weak]], self.link.row[start[weak]] = label[at[weak]], row[at[weak]]
            start, at = start[~weak], onward[~weak]

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
        for ends, rungs in self._destinations():
            value = lift(rungs, np.where(ends, self.world.quality, 0).astype(np.uint8), self.world.quality)
            for quality in np.unique(value[starts]).tolist():
                if quality:
                    mine = starts[value[starts] == quality]
                    self.at[mine] = self._lowest(ends, rungs, quality)[mine]
            starts = starts[value[starts] == 0]
        self._give_reasons()

    def _destinations(self) -> list[tuple[Array, tuple[Rung, ...]]]:
        """Where a walk may end, in the order of preference, and the links it goes over."""
        rooms, places = self.snapshot.rooms, np.arange(self.places)
        rungs = tuple(each.at(np.minimum(each.level, 4)) for each in self.world.rungs)
        instruments = rooms.holds("PolicyInstrument", places) | rooms.retiring(places)
        projects = rooms.holds("Project", places)
        leads_on = np.zeros(self.places, bool)
        enables = rungs[-1]
        leads_on[enables.source[self.world.quality[enables.target] > 0]] = True
        return [
            (instruments, rungs[1:]),
            (rooms.holds("Process", places), rungs[2:]),
            (projects & ~leads_on, rungs[3:]),
            (projects, rungs[3:]),
        ]

    def _lowest(self, ends: Array, rungs: tuple[Rung, ...], quality: int) -> Array:
        """The lowest end each place reaches over parts of this quality or more."""
        good = self.world.quality >= quality
        order = self._order
        base = np.where(ends & good, order, _FAR)
        passing = tuple(each.at(np.where(each.level >= quality, 0, _FAR)) for each in rungs)
        lowest = lift(passing, base, np.where(good, 0, _FAR), np.minimum, np.maximum)
        by_order = np.zeros(2 * self.places, np.int64)
        by_order[order] = np.arange(self.places)
        return by_order[np.where(lowest == _FAR, 0, lowest)]

    @property
    def _order(self) -> Array:
        """The order of places by id, an instrument's first place before its second."""
        places = np.arange(self.places)
        return self.snapshot.rooms.kept(places) * 2 + self.snapshot.rooms.retiring(places)

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
            mine = reasons == first[places]
            link.lower(self.snapshot, label, rows[mine], places[mine])
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
        seen = world.seen[links["target"]]
        rows = np.flatnonzero(ended[links["source"]] & seen)
        source, target = links["source"][rows], links["target"][rows]
        stops = ~world.current[target] | ((label == "ENABLES") & ~world.steps[target])
        reasons = np.full(len(rows), _NO_REASON, np.int8)
        for kind, rung in RUNGS.items():
            of_kind = self.snapshot.rooms.holds(kind, self.snapshot.rooms.kept(target))
            reasons[stops & of_kind] = _NUMBER[NOT_CURRENT[rung]]
        reasons[~stops & (world.quality[target] == 0)] = _NUMBER[Reason.LAW_WILL_NOT_CHANGE]
        reasons[~in_dates(links, world.number)[rows]] = _NUMBER[Reason.LINK_ENDED]
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


def _number(reason: Reason | None) -> int:
    return _NO_REASON if reason is None else _NUMBER[reason]
