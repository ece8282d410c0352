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
from graph_schema.values import ProjectState, Sensitivity, Standing, Status

_OPEN, _DISCOVERABLE = (
    list(Sensitivity).index(each) + 1 for each in (Sensitivity.OPEN, Sensitivity.DISCOVERABLE)
)
_LIVE = list(Status).index(Status.LIVE) + 1
_PROPOSED, _ACCEPTED = (list(Standing).index(each) + 1 for each in (Standing.PROPOSED, Standing.ACCEPTED))
_STATES = list(ProjectState)
_STANDINGS = list(Standing)
_STEPS = [_STATES.index(each) + 1 for each in STEPS]

_QUALITIES = np.zeros((2, len(Standing) + 1), np.uint8)
"""The quality of a link inside its dates, by whether it is suspect and by its standing."""
_QUALITIES[:, _PROPOSED] = Quality.WAITS_FOR_ACCEPTANCE
_QUALITIES[:, _ACCEPTED] = (Quality.CLEAN, Quality.SUSPECT)
TOP = 7
"""The highest level. 0 absent, 1 waits for acceptance, 2 waits for law, 3 suspect, 4 to 7 clean."""
QUALITY_OF = np.array([0, 1, 2, 3, 4, 4, 4, 4], np.uint8)
"""The quality that a level is of."""
_LEVEL_OF = np.array([0, 1, 2, 3, TOP], np.uint8)
"""The level that a place of a quality passes on at most."""


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
        self._qualities: dict[str, Array] = {}

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
        if label not in self._qualities:
            self._qualities[label] = self._link_quality(label)
        return self._qualities[label]

    def _link_quality(self, label: str) -> Array:
        links = self.snapshot.links[label]
        found = _QUALITIES[self.snapshot.suspect(label).astype(np.int8), self.standing(label)]
        lives = in_dates(links, self.number)
        if not self.reader.sees_everything:
            lives &= self.seen[links["source"]] & self.seen[links["target"]]
        if label == "ENABLES":
            lives &= self.steps[links["target"]]
        found[~lives] = Quality.ABSENT
        return found

    @cached_property
    def rungs(self) -> tuple[Rung, ...]:
        """The links of routes that are not absent, from goals to projects, at their levels."""
        return tuple(self._rung(label) for label in TRACES)

    def _rung(self, label: str) -> Rung:
        links, quality = self.snapshot.links[label], self.link_quality(label)
        level = np.where(quality == Quality.CLEAN, 3 + self.strength(links), quality).astype(np.uint8)
        rows = np.flatnonzero(level)
        return Rung(
            links["source"][rows], links["target"][rows], level[rows], rows, label, chains=label == "ENABLES"
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
        rows = accepted(links, self.number) if not self.overlay.links else (
            (self.standing("PART_OF") == _ACCEPTED) & in_dates(links, self.number)
        )  # fmt: skip
        rows = np.flatnonzero(rows & rooms.holds("PolicyGoal", links["target"]))
        source, target = links["source"][rows], links["target"][rows]
        stands = self.current & self.seen
        rows = rows[stands[source] & stands[target]]
        level = np.full(len(rows), 255, np.uint8)
        return Rung(links["source"][rows], links["target"][rows], level, rows, "PART_OF", chains=True)
