"""The portfolio as one reader sees it on one day: the only place that knows dates, readers, law and what-ifs.

From a snapshot it makes what the ladder works on: the quality of every place, the level of every link.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np

from app.portfolio.columns import Array, day_number
from app.portfolio.grounds import Supposed, accepted, in_dates
from app.portfolio.kept import LADDER, TRACES
from app.portfolio.ladder import Rung
from app.portfolio.law import Law
from app.portfolio.snapshot import Snapshot
from app.portfolio.table import Table, ids_packed
from app.portfolio.verdicts import STEPS, Quality
from app.who import Reader
from graph_schema.values import ProjectState, Sensitivity, Standing, Status, Strength

_OPEN, _DISCOVERABLE = (
    list(Sensitivity).index(each) + 1 for each in (Sensitivity.OPEN, Sensitivity.DISCOVERABLE)
)
_LIVE = list(Status).index(Status.LIVE) + 1
_PROPOSED, _ACCEPTED = (list(Standing).index(each) + 1 for each in (Standing.PROPOSED, Standing.ACCEPTED))
_STATES = list(ProjectState)
_STANDINGS = list(Standing)
_STEPS = [_STATES.index(each) + 1 for each in STEPS]

TOP = 7
"""The highest level. 0 absent, 1 waits for acceptance, 2 waits for law, 3 suspect, 4 to 7 clean."""
QUALITY_OF = np.array([0, 1, 2, 3, 4, 4, 4, 4], np.uint8)
"""The quality that a level is of."""
_LEVEL_OF = np.array([0, 1, 2, 3, TOP], np.uint8)
"""The level that a place of a quality passes on at most."""
RANKS = len(Strength)
_WORTH = np.zeros((len(Standing) + 1, 2, RANKS + 1), np.uint8)
"""The worth of a link inside its dates, by its standing, whether it is suspect, and its strength.

Worth is quality and strength as one number: 0 is absent, else 1 + RANKS x (quality - 1) + rank - 1.
"""
_STATED = np.maximum(np.arange(RANKS + 1), 1)  # one that states no strength is weak
_WORTH[_PROPOSED] = _STATED + RANKS * (Quality.WAITS_FOR_ACCEPTANCE - 1)
_WORTH[_ACCEPTED, 0] = _STATED + RANKS * (Quality.CLEAN - 1)
_WORTH[_ACCEPTED, 1] = _STATED + RANKS * (Quality.SUSPECT - 1)
_LEVELS = np.array([0, *np.repeat([1, 2, 3], RANKS), *range(4, TOP + 1)], np.uint8)
"""The level of a worth."""


@dataclass(frozen=True)
class Overlay:
    """What is supposed to be so, and never written: a what-if."""

    links: Mapping[str, Standing] = field(default_factory=dict)
    """Id of a tracing link -> the standing it is supposed to have."""
    retired: frozenset[str] = frozenset()
    """Ids of records of routes supposed to be retired, or goals dropped."""
    stopped: frozenset[str] = frozenset()
    """Ids of projects supposed to be stopped."""
    law: Supposed = field(default_factory=dict)
    """Id of a change in the law -> the day it is supposed to come into force; None: not yet."""
    hopeful: bool = False
    """Whether changes in the law that will never come still could: what needs them passes on a little."""


NOTHING_SUPPOSED = Overlay()


class World:
    """One snapshot on one day for one reader, under what is supposed."""

    def __init__(
        self,
        snapshot: Snapshot,
        day: date,
        reader: Reader,
        law: Law | None = None,
        overlay: Overlay = NOTHING_SUPPOSED,
    ) -> None:
        self.snapshot, self.day, self.reader, self.overlay = snapshot, day, reader, overlay
        fits = law is not None and law.day == day and law.supposed == overlay.law
        self.law = law if law is not None and fits else Law(snapshot, day, overlay.law)
        self.number = day_number(day)
        self._worth: dict[str, Array] = {}

    # Who sees what

    def sees(self, kind: str) -> Array:
        """Which records of a kind the reader sees in full."""
        rights = self._rights(kind)
        return self._seen(rights["sensitivity"], rights["organisation"])

    def outlines(self, kind: str) -> Array:
        """Of which records of a kind the reader sees an outline only."""
        found: Array = (self._rights(kind)["sensitivity"] == _DISCOVERABLE) & ~self.sees(kind)
        return found

    def _rights(self, kind: str) -> Table:
        """What decides who sees each record of a kind: today's facts, whatever was known."""
        return self.snapshot.rights.get(kind, self.snapshot.records[kind])

    def _seen(self, sensitivity: Array, organisation: Array) -> Array:
        if self.reader.sees_everything:
            return np.ones(len(sensitivity), bool)
        own = self.snapshot.words.known(self.reader.organisation) if self.reader.organisation else -1
        found: Array = (sensitivity == _OPEN) | (organisation == own)
        return found

    @cached_property
    def seen(self) -> Array:
        """At which places of routes the reader sees what stands there."""
        found = np.zeros(self.snapshot.rooms.ladder, bool)
        for kind in LADDER:
            found[self.snapshot.places(kind)] = self.sees(kind)
        return self.snapshot.twice(found)

    # What is so on the day

    def in_use(self, kind: str) -> Array:
        """Which records of a kind are not retired and inside their dates."""
        records = self.snapshot.records[kind]
        found: Array = (records["status"] == _LIVE) & in_dates(records, self.number)
        return found

    @cached_property
    def current(self) -> Array:
        """At which places of routes something stands that is in use on the day; a goal is adopted by then."""
        spread = self.snapshot.spread
        found: Array = spread("status") == _LIVE
        found &= (spread("valid_from") <= self.number) & (self.number < spread("valid_to"))
        goals = self.snapshot.records["PolicyGoal"]
        found[self.snapshot.places("PolicyGoal")] &= goals["adopted"] & (goals["adopted_on"] <= self.number)
        found[self._places(self.overlay.retired)] = False
        return self.snapshot.twice(found)

    def _places(self, ids: frozenset[str]) -> list[int]:
        return [place for each in sorted(ids) if (place := self.snapshot.place(each)) >= 0]

    @cached_property
    def states(self) -> Array:
        """The state of each project, 1 for the first."""
        found = self.snapshot.records["Project"]["state"]
        if self.overlay.stopped:
            found = found.copy()
            stopped = self._places(self.overlay.stopped)
            found[np.array(stopped) - self.snapshot.rooms.first["Project"]] = (
                _STATES.index(ProjectState.STOPPED) + 1
            )
        return found

    @cached_property
    def steps(self) -> Array:
        """At which places something stands that an ENABLES link may lead on to."""
        found = np.ones(self.snapshot.rooms.ladder, bool)
        found[self.snapshot.places("Project")] = np.isin(self.states, _STEPS)
        return found

    @cached_property
    def quality(self) -> Array:
        """Quality of what stands at each place, 0 where the reader sees nothing. Shape (places,), uint8."""
        caps = self.law.caps
        if self.overlay.hopeful:
            caps = np.maximum(caps, Quality.WAITS_FOR_ACCEPTANCE)
        return np.where(self.current & self.seen, caps, 0).astype(np.uint8)

    @cached_property
    def cap(self) -> Array:
        """The highest level each place passes on. Shape (places,), uint8."""
        return _LEVEL_OF[self.quality]

    # Links

    @cached_property
    def _standings(self) -> dict[str, tuple[Array, Array]]:
        """By label, the rows of links whose standing is supposed, and that standing."""
        ids = ids_packed(list(self.overlay.links))
        codes = np.array([_STANDINGS.index(each) + 1 for each in self.overlay.links.values()], np.int8)
        found = {}
        for label in (*TRACES, "PART_OF"):
            rows = self.snapshot.links[label].find(ids)
            found[label] = (rows[rows >= 0], codes[rows >= 0])
        return found

    def standing(self, label: str) -> Array:
        """The standing of each tracing link, as it is or as it is supposed to be."""
        found = self.snapshot.links[label]["standing"]
        if self.overlay.links:
            rows, codes = self._standings[label]
            found = found.copy()
            found[rows] = codes
        return found

    def link_quality(self, label: str) -> Array:
        """Quality of each link of a tracing kind; 0 between what the reader does not see. uint8."""
        return QUALITY_OF[np.take(_LEVELS, self.worth(label))]

    def worth(self, label: str) -> Array:
        """Quality and strength of each link of a tracing kind as one number, 0 of those absent. uint8."""
        if label not in self._worth:
            self._worth[label] = self._on_the_day(label, self._as_supposed(label))
        return self._worth[label]

    def _as_supposed(self, label: str) -> Array:
        """The worth of each link as it stands, or as it is supposed to stand, on no certain day."""
        worths, links = self.snapshot.worths, self.snapshot.links[label]
        if label not in worths:
            worths[label] = self._standing_at(label, links["standing"], slice(None))
        if not self.overlay.links:
            return worths[label]
        rows, standings = self._standings[label]
        found = worths[label].copy()
        found[rows] = self._standing_at(label, standings, rows)
        return found

    def _standing_at(self, label: str, standings: Array, rows: Array | slice) -> Array:
        """The worth of these rows, were these their standings."""
        suspect, strength = self.snapshot.suspect(label)[rows], self.snapshot.links[label]["strength"][rows]
        return np.take(_WORTH, (standings * 2 + suspect) * (RANKS + 1) + strength)

    def _on_the_day(self, label: str, worth: Array) -> Array:
        links = self.snapshot.links[label]
        lives = in_dates(links, self.number)
        if not self.reader.sees_everything:
            lives &= self.seen[links["source"]] & self.seen[links["target"]]
        if label == "ENABLES":
            lives &= self.steps[links["target"]]
        found: Array = worth * lives
        return found

    @cached_property
    def rungs(self) -> tuple[Rung, ...]:
        """The links of routes that are not absent, from goals to projects, at their levels."""
        return tuple(each.at(np.take(_LEVELS, each.level)) for each in self.worths)

    @cached_property
    def worths(self) -> tuple[Rung, ...]:
        """The same links, each with its worth for a level."""
        return tuple(self._rung(label) for label in TRACES)

    def _rung(self, label: str) -> Rung:
        links = self.snapshot.links[label]
        worth = self.worth(label)[links.by_source]
        there = np.flatnonzero(worth)
        rows = links.by_source[there]
        return Rung(
            links["source"][rows], links["target"][rows], worth[there], rows, label, chains=label == "ENABLES"
        )

    @staticmethod
    def strength(links: Table) -> Array:
        """Rank of each link's strength, weak 1 to direct 4; one that states none is weak."""
        found: Array = np.maximum(links["strength"], 1)
        return found

    @cached_property
    def parts(self) -> Rung:
        """Which current goal the reader sees is an accepted part of which."""
        links = self.snapshot.links["PART_OF"]
        rooms = self.snapshot.rooms
        counts = accepted(links, self.number) if not self.overlay.links else (
            (self.standing("PART_OF") == _ACCEPTED) & in_dates(links, self.number)
        )  # fmt: skip
        counts &= rooms.holds("PolicyGoal", links["target"])
        rows = links.by_source[counts[links.by_source]]
        source, target = links["source"][rows], links["target"][rows]
        stands = self.current & self.seen
        rows = rows[stands[source] & stands[target]]
        level = np.full(len(rows), 255, np.uint8)
        return Rung(links["source"][rows], links["target"][rows], level, rows, "PART_OF", chains=True)
