"""Load-bearing links: those without which a project has a worse verdict, all of them at once.

A link bears a project when every route of the project's own quality passes over it. From goals to projects,
what every way from a place passes over is what is common to all links that leave it, each with what every
way on from it passes over. Links that chain are followed until nothing changes, cycles included: what is not
known yet rules nothing out, and what is common only shrinks. Done once for each quality and for duties, this
costs as much as there are pairs of links and what they bear.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.portfolio.columns import Array
from app.portfolio.kept import TRACES
from app.portfolio.ladder import Rung
from app.portfolio.rows import Records
from app.portfolio.surface import Portfolio
from app.portfolio.verdicts import Quality, Verdict, verdict


@dataclass(frozen=True)
class Bearing:
    """A link, and the projects it bears with the verdicts they would drop to."""

    id: str
    label: str
    source: str
    target: str
    projects: tuple[tuple[str, Verdict], ...]


def bearing(portfolio: Portfolio, projects: Records) -> list[Bearing]:
    """The links that bear any of these projects, by id."""
    snapshot, judged = portfolio.snapshot, portfolio.judged
    places = projects.at + snapshot.rooms.first["Project"]
    quality, duty = judged.quality[places], judged.duty[places]
    common = [_of_quality(portfolio, each).only(places) for each in range(1, Quality.CLEAN + 1)]
    on_duty = _of_duty(portfolio).only(places)
    facts = list(projects.rows("id", "declared", "claims", "looked_at"))
    found: dict[int, list[tuple[str, Verdict]]] = defaultdict(list)
    for at, (id, declared, claims, looked_at) in enumerate(facts):
        place, own, bound = int(places[at]), int(quality[at]), bool(duty[at])
        passes = [each.at(place) for each in common[:own]]
        bears = on_duty.at(place) if bound else frozenset()
        for link in sorted(passes[-1] if own else bears):
            left = own - sum(link in each for each in passes)
            drops = verdict(
                left, duty=bound and link not in bears, declared=declared, claims=claims, looked_at=looked_at
            )
            found[link].append((id, drops))
    return sorted((_told(portfolio, link, borne) for link, borne in found.items()), key=lambda each: each.id)


def _told(portfolio: Portfolio, link: int, borne: Sequence[tuple[str, Verdict]]) -> Bearing:
    snapshot = portfolio.snapshot
    label = next(each for each in reversed(TRACES) if _first(portfolio)[each] <= link)
    row, links = link - _first(portfolio)[label], snapshot.links[label]
    source, target = (snapshot.id(int(links[end][row])) for end in ("source", "target"))
    return Bearing(links.id(row), label, source, target, tuple(borne))


def _first(portfolio: Portfolio) -> dict[str, int]:
    """The number of the first link of each kind: links are numbered on from one kind to the next."""
    first, at = {}, 0
    for label in TRACES:
        first[label], at = at, at + len(portfolio.snapshot.links[label])
    return first


@dataclass(frozen=True, eq=False)
class _Common:
    """What every way from some places passes over: pairs of place and number of link, by place."""

    place: Array
    link: Array

    def only(self, places: Array) -> "_Common":
        mine = np.isin(self.place, places)
        return _Common(self.place[mine], self.link[mine])

    def at(self, place: int) -> frozenset[int]:
        begin, end = np.searchsorted(self.place, [place, place + 1])
        return frozenset(self.link[begin:end].tolist())


def _of_quality(portfolio: Portfolio, quality: int) -> _Common:
    """What all routes of this quality or more pass over."""
    world, arrives = portfolio.world, portfolio.judged.quality >= quality
    good = (world.quality >= quality) & arrives
    return _Walk(portfolio, world.rungs, min(quality, 4), good, np.zeros(len(good), bool)).common()


def _of_duty(portfolio: Portfolio) -> _Common:
    """What all chains to a duty pass over; a place with a duty of its own needs none."""
    world = portfolio.world
    good = (world.quality >= Quality.WAITS_FOR_LAW) & portfolio.judged.duty
    return _Walk(portfolio, world.rungs[1:], int(Quality.SUSPECT), good, world.law.duties).common()


class _Walk:
    """From the ends of ways to their beginnings, over links of a level between good places."""

    def __init__(
        self, portfolio: Portfolio, rungs: Sequence[Rung], level: int, good: Array, ends: Array
    ) -> None:
        first = _first(portfolio)
        kept = [
            each.only(np.flatnonzero((each.level >= level) & good[each.source] & good[each.target]))
            for each in rungs
        ]
        self.rungs = [(each.source, each.target, each.rows + first[each.label]) for each in kept]
        self.ends, self.links = ends, sum(len(portfolio.snapshot.links[each]) for each in TRACES)
        self.known = np.ones(len(good), bool)
        self.key = np.empty(0, np.int64)

    def common(self) -> _Common:
        """The pairs of all places."""
        for source, target, link in self.rungs[:-2]:
            self._renew(source, target, link)
        source, target, link = (np.concatenate(each) for each in zip(*self.rungs[-2:], strict=True))
        self.known[source] = False
        todo = np.ones(len(source), bool)
        while todo.any():
            usable = todo & self.known[target]
            changed = self._renew(source[usable], target[usable], link[usable])
            begins = np.zeros(len(self.known), bool)
            begins[source[changed[target]]] = True
            todo = begins[source]
        return _Common(self.key // self.links, self.key % self.links)

    def _renew(self, source: Array, target: Array, link: Array) -> Array:
        """Work out anew what is common to the ways from these sources. Answers at which places it changed."""
        begin = np.searchsorted(self.key, target.astype(np.int64) * self.links)
        length = np.searchsorted(self.key, (target.astype(np.int64) + 1) * self.links) - begin
        onward = np.repeat(begin - (np.cumsum(length) - length), length) + np.arange(int(length.sum()))
        passed = np.concatenate([link, self.key[onward] % self.links])
        pairs = np.concatenate([source, np.repeat(source, length)]).astype(np.int64) * self.links + passed
        pairs, times = np.unique(pairs, return_counts=True)
        leaving, at = np.bincount(source, minlength=len(self.known)), pairs // self.links
        common = (times == leaving[at]) & ~self.ends[at]
        anew, of = leaving > 0, self.key // self.links
        before, after = (np.bincount(each, minlength=len(anew)) for each in (of, at[common]))
        changed: Array = anew & (~self.known | (before != after))
        self.known[source] = True
        self.key = np.sort(np.concatenate([self.key[~anew[of]], pairs[common]]))
        return changed
