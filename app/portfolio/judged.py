"""What every record of a route is worth: its best quality and strength, the level it reaches, its verdict."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from app.portfolio.columns import Array
from app.portfolio.grounds import accepted
from app.portfolio.kept import TRACES
from app.portfolio.ladder import Rung, lift, reached
from app.portfolio.verdicts import Quality, Verdict, verdict
from app.portfolio.world import QUALITY_OF, TOP, World

_ALL = 255


@dataclass(frozen=True, eq=False)
class Net:
    """Places of routes, the links between them that are not absent, and where a route ends."""

    rungs: tuple[Rung, ...]
    quality: Array
    """Of what stands at each place."""
    cap: Array
    """The highest level each place passes on."""
    ends: Array

    @classmethod
    def of(cls, world: World) -> "Net":
        """The whole world, to all goals."""
        goals = np.zeros(world.snapshot.rooms.ladder, bool)
        goals[world.snapshot.places("PolicyGoal")] = True
        return cls(world.rungs, world.quality, world.cap, goals)

    @classmethod
    def around(cls, world: World, place: int) -> tuple["Net", int]:
        """What can be reached from a place, as small as that is, and the number of the place there."""
        begin = np.zeros(world.snapshot.rooms.ladder, bool)
        begin[place] = True
        led = reached(world.rungs, begin)
        number, whole = np.cumsum(led) - 1, cls.of(world)
        some = (each.only(np.flatnonzero(led[each.source])) for each in world.rungs)
        rungs = tuple(replace(each, source=number[each.source], target=number[each.target]) for each in some)
        return cls(rungs, whole.quality[led], whole.cap[led], whole.ends[led]), int(number[place])

    def to_each(self) -> Iterator["Net"]:
        """The same for one end after another."""
        for end in np.flatnonzero(self.ends).tolist():
            yield replace(self, ends=np.arange(len(self.ends)) == end)


class Judged:
    """The values of all places of one world, worked out when they are first asked for."""

    def __init__(self, world: World, net: Net | None = None) -> None:
        self.world = world
        self.snapshot = world.snapshot
        self._net = net

    @cached_property
    def net(self) -> Net:
        """What routes are looked for in: the whole world, unless a part of it was given."""
        return self._net or Net.of(self.world)

    @cached_property
    def level(self) -> Array:
        """The level of the best route from each place: quality and, of a clean one, strength."""
        return lift(self.net.rungs, np.where(self.net.ends, TOP, 0).astype(np.uint8), self.net.cap)

    @cached_property
    def quality(self) -> Array:
        """Quality of the best route from each place; 0 where none arrives. Shape (places,), uint8."""
        return QUALITY_OF[self.level]

    @cached_property
    def strength(self) -> Array:
        """Rank of the strength of the best route from each place, 0 unless that is clean."""
        return np.where(self.level > 3, self.level - 3, 0).astype(np.uint8)

    @cached_property
    def goal_level(self) -> Array:
        """Rank of the highest goal each place reaches over clean parts, those above it included; else 0."""
        clean = np.where(self.world.quality == Quality.CLEAN, _ALL, 0).astype(np.uint8)
        ranks = np.zeros_like(clean)
        ranks[self.snapshot.places("PolicyGoal")] = self.snapshot.records["PolicyGoal"]["level"]
        base = lift((self.world.parts,), ranks, clean)
        return lift(self._passing(self.world.rungs, 4), base, clean)

    @cached_property
    def duty(self) -> Array:
        """From which places a chain of accepted links leads to what a duty in force requires."""
        base = np.where(self.world.law.duties, _ALL, 0).astype(np.uint8)
        passes = np.where(self.world.quality >= Quality.WAITS_FOR_LAW, _ALL, 0).astype(np.uint8)
        return lift(self._passing(self.world.rungs[1:], 3), base, passes) > 0

    @staticmethod
    def _passing(rungs: tuple[Rung, ...], least: int) -> tuple[Rung, ...]:
        """The rungs, links of this level or more passing everything and others nothing."""
        return tuple(each.at((each.level >= least).view(np.uint8) * np.uint8(_ALL)) for each in rungs)

    @cached_property
    def looked_at(self) -> Array:
        """From which places a link of any standing or date leads to something the reader sees."""
        if self.world.reader.sees_everything:
            return self.snapshot.begins_something
        found = np.zeros(self.snapshot.rooms.ladder, bool)
        for label in TRACES:
            links = self.snapshot.links[label]
            source = self.snapshot.rooms.kept(links["source"][self.world.seen[links["target"]]])
            found[source] = True
        return found

    @cached_property
    def claims(self) -> Array:
        """At which places a project claims, accepted, to serve a goal the reader sees."""
        links = self.snapshot.links["CLAIMS"]
        found = np.zeros(self.snapshot.rooms.ladder, bool)
        found[links["source"][accepted(links, self.world.number) & self.world.seen[links["target"]]]] = True
        return found

    @cached_property
    def declared(self) -> Array:
        """Which projects are declared to have no goal to serve, with somebody else's acceptance."""
        projects, day = self.snapshot.records["Project"], self.world.number
        by, agreed = projects["declared_by"], projects["declaration_accepted_by"]
        found: Array = (by > 0) & (agreed > 0) & (by != agreed)
        return found & (projects["declaration_accepted_on"] <= day) & (day < projects["declaration_expires"])

    def verdicts(self, kind: str) -> Array:
        """The verdict on each record of a kind, as its number in `Verdict`. Shape (records,), uint8."""
        places = self.snapshot.places(kind)
        declared = self.declared if kind == "Project" else np.zeros(len(self.snapshot.records[kind]), bool)
        facts = self.quality[places]
        for each in (self.duty[places], declared, self.claims[places], self.looked_at[places]):
            facts = facts * 2 + each
        return _VERDICTS[facts]


def _table() -> Array:
    """The verdict by quality, duty, declared, claims and looked at, as one number in that order."""
    bits = ((8, "duty"), (4, "declared"), (2, "claims"), (1, "looked_at"))
    found = [
        verdict(facts // 16, **{name: bool(facts & bit) for bit, name in bits}) for facts in range(5 * 16)
    ]
    return np.array([list(Verdict).index(each) for each in found], np.uint8)


_VERDICTS = _table()
