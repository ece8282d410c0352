"""What law is asked from: groundings, needs and changes, and which links count on a day."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from app.domain import law
from app.domain.law import Change, State
from app.portfolio.columns import Array
from app.portfolio.snapshot import Snapshot
from app.portfolio.table import Table
from graph_schema.law import LegalChange
from graph_schema.links import Affects
from graph_schema.values import Need as HowMuch
from graph_schema.values import Standing

_ACCEPTED = list(Standing).index(Standing.ACCEPTED) + 1

Supposed = Mapping[str, date | None]
"""Id of a change in the law -> the day it is supposed to come into force; None: not yet by any day."""


@dataclass(frozen=True)
class Rest:
    """A provision that a process or instrument is accepted as grounded in, as it stands on the day."""

    provision: str
    title: str
    state: State
    is_law: bool
    """Whether it is law at all: guidance and its like neither carry a route nor hold it back."""
    reliable: bool
    changed: bool
    """Whether it has changed since the grounding was reviewed."""
    duty: bool
    brought_by: tuple[str, ...]
    """Ids of the changes that commence or insert it."""


@dataclass(frozen=True)
class Need:
    """A change in the law that a project, process or instrument needs, and its state on the day."""

    change: str
    need: HowMuch
    needed_by: date | None
    state: State
    decided_by: str
    """Id of the change whose state that is: its own, or that of what took its place."""


def in_dates(links: Table, day: int) -> Array:
    """Which rows are so on the day: from inclusive, to exclusive."""
    found: Array = (links["valid_from"] <= day) & (day < links["valid_to"])
    return found


def accepted(links: Table, day: int) -> Array:
    """Which links count without doubt about who said so, on the day."""
    found: Array = (links["standing"] == _ACCEPTED) & in_dates(links, day)
    return found


class Changes(Mapping[str, Change]):
    """The changes in the law with what their states rest on, each made when it is first asked for."""

    def __init__(
        self, snapshot: Snapshot, effects: Mapping[int, list[Affects]], day: int, supposed: Supposed
    ) -> None:
        self._snapshot, self._effects, self._supposed = snapshot, effects, supposed
        self._table = snapshot.records["LegalChange"]
        self._first = snapshot.rooms.first["LegalChange"]
        self._made: dict[str, Change] = {}
        links = snapshot.links["SUCCEEDED_BY"]
        rows = accepted(links, day) & snapshot.rooms.holds("LegalChange", links["source"])
        self._successors: dict[int, list[int]] = defaultdict(list)
        for source, target in zip(
            links["source"][rows].tolist(), links["target"][rows].tolist(), strict=True
        ):
            self._successors[source].append(target)

    def __getitem__(self, id: str) -> Change:
        if id not in self._made:
            position = self._table.position(id)
            if position < 0:
                raise KeyError(id)
            place = self._first + position
            facts: LegalChange = self._table["whole"][position].facts
            successors = tuple(self._snapshot.id(each) for each in self._successors.get(place, ()))
            made = Change(facts, tuple(self._effects.get(place, ())), successors)
            self._made[id] = law.supposed(made, self._supposed[id]) if id in self._supposed else made
        return self._made[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._table.texts(np.arange(len(self._table))))

    def __len__(self) -> int:
        return len(self._table)


@dataclass(frozen=True)
class Grounded:
    """Groundings that count, an array a fact: where each begins and ends, and what its law is on the day."""

    rows: Array
    source: Array
    target: Array
    states: Array
    is_law: Array
    reliable: Array
    changed: Array
    duty: Array


@dataclass(frozen=True)
class Needed:
    """Needs of changes in the law: where each begins and ends, its state, what it lets pass if it blocks."""

    rows: Array
    source: Array
    target: Array
    decided: tuple[tuple[State, str], ...]
    caps: Array
