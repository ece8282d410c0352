"""The tracing part of the graph at one number of the ledger, as columns. Never changed once made.

Every record has a **place**, a whole number: each kind has a room of places, with some left free for records
to come, and an instrument has two, one for who keeps it and one, in a room of its own, for who retires it.
A link joins two places.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from app.domain.ledger import Head
from app.portfolio.columns import Array, Column, Stored, Words
from app.portfolio.kept import LADDER, LINKS, RECORDS, TRACES
from app.portfolio.table import Table, ids_packed, table
from graph_schema import values

NOWHERE = -1
_HARMS = list(values.Polarity).index(values.Polarity.HARMS) + 1
_RETIRES = list(values.ChangeMode).index(values.ChangeMode.RETIRES) + 1
_WAYS = (("source", "from"), ("target", "to"))
_RETIRING = "retiring"
"""The room of the second places of instruments."""


def _room(records: int) -> int:
    """How many places a kind of so many records gets."""
    return records + records // 8 + 256


@dataclass(frozen=True)
class Rooms:
    """Where the places of each kind begin."""

    first: Mapping[str, int]
    end: int

    @classmethod
    def of(cls, records: Mapping[str, int]) -> "Rooms":
        """Rooms for so many records of each kind, those of routes first, from goal to project."""
        first, at = {}, 0
        for kind in RECORDS:
            for room in (kind, _RETIRING) if kind == "PolicyInstrument" else (kind,):
                first[room], at = at, at + _room(records[kind])
        return cls(first, at)

    @property
    def ladder(self) -> int:
        """The end of the places of routes."""
        return self.first["Organisation"]

    @property
    def second(self) -> int:
        """How far an instrument's second place lies behind its first."""
        return self.first[_RETIRING] - self.first["PolicyInstrument"]

    def size(self, kind: str) -> int:
        """How many places a kind has."""
        begins = sorted([*self.first.values(), self.end])
        return begins[begins.index(self.first[kind]) + 1] - self.first[kind]

    def holds(self, kind: str, places: Array) -> Array:
        """Which of these places are of a kind; of instruments the first alone."""
        return (places >= self.first[kind]) & (places < self.first[kind] + self.size(kind))

    def retiring(self, places: Array) -> Array:
        """Which of these places are the second ones of instruments."""
        return self.holds(_RETIRING, places)

    def kept(self, places: Array) -> Array:
        """These places, the second ones of instruments as their first."""
        return np.where(self.retiring(places), places - self.second, places)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Everything questions about the whole portfolio are answered from."""

    head: Head
    records: Mapping[str, Table]
    links: Mapping[str, Table]
    """Label -> table with the columns `source` and `target`, places."""
    rooms: Rooms
    words: Words
    rights: Mapping[str, Table] = field(default_factory=dict)
    """Of kinds put back as they were: the sensitivity and organisation that decide today who sees each."""

    @classmethod
    def empty(cls, head: Head) -> "Snapshot":
        """A graph without anything."""
        words = Words()
        records = {kind: tabled(columns, [], words) for kind, columns in RECORDS.items()}
        links = {label: tabled(columns, [], words) for label, columns in LINKS.items()}
        return cls(head, records, links, Rooms.of(dict.fromkeys(RECORDS, 0)), words)

    def places(self, kind: str) -> slice:
        """The places that records of a kind stand at, in the order of their ids."""
        first = self.rooms.first[kind]
        return slice(first, first + len(self.records[kind]))

    def at(self, place: int) -> tuple[str, int]:
        """The kind and the position of the record at a place."""
        begins, kinds = self._begins
        number = bisect_right(begins, place) - 1
        kind = kinds[number]
        return ("PolicyInstrument" if kind == _RETIRING else kind), place - begins[number]

    @cached_property
    def _begins(self) -> tuple[list[int], list[str]]:
        ordered = sorted((first, kind) for kind, first in self.rooms.first.items())
        return [first for first, _ in ordered], [kind for _, kind in ordered]

    def id(self, place: int) -> str:
        """The id of the record at a place."""
        kind, position = self.at(place)
        return self.records[kind].id(position)

    def ids(self, places: Array) -> list[str]:
        """The ids of the records at these places."""
        found = np.empty(len(places), object)
        kept = self.rooms.kept(places)
        for kind, each in self.records.items():
            mine = np.flatnonzero(self.rooms.holds(kind, kept))
            if len(mine):
                found[mine] = each.texts(kept[mine] - self.rooms.first[kind])
        return found.tolist()

    def placed(self, ids: Sequence[str], kinds: Iterable[str] = tuple(RECORDS)) -> Array:
        """The places of these records, among these kinds; `NOWHERE` of those that are not there."""
        packed, found = ids_packed(ids), np.full(len(ids), NOWHERE, np.int64)
        for kind in kinds:
            at = self.records[kind].find(packed)
            found = np.where(at >= 0, at + self.rooms.first[kind], found)
        return found

    def place(self, id: str, kinds: Iterable[str] = LADDER) -> int:
        """The place of a record by its id, among these kinds; `NOWHERE` if it is not there."""
        packed = ids_packed([id])
        for kind in kinds:
            position = int(self.records[kind].find(packed)[0])
            if position >= 0:
                return self.rooms.first[kind] + position
        return NOWHERE

    @cached_property
    def remembered(self) -> dict[Any, Any]:
        """What has been worked out from it, kept as long as it is."""
        return {}

    @cached_property
    def laws(self) -> dict[Any, Any]:
        """What law does by day, as far as it was worked out, for this snapshot or one before it."""
        return {}

    @cached_property
    def pasts(self) -> dict[Any, Any]:
        """What was known at earlier numbers, as far as it was worked out, kept as long as it is."""
        return {}

    @cached_property
    def answers(self) -> dict[Any, Any]:
        """Whole answers that were worked out from it, kept as long as it is."""
        return {}

    @cached_property
    def bodies(self) -> dict[Any, Any]:
        """Answers as they were sent, kept as long as it is."""
        return {}

    @cached_property
    def _spread(self) -> dict[str, Array]:
        return {}

    def spread(self, name: str) -> Array:
        """A column that all kinds of routes have, by place. Shape (places of routes,)."""
        if name not in self._spread:
            kinds = {kind: self.records[kind][name] for kind in LADDER}
            found = np.zeros(self.rooms.ladder, kinds["Project"].dtype)
            for kind, values_ in kinds.items():
                found[self.places(kind)] = values_
            self._spread[name] = self.twice(found)
        return self._spread[name]

    @cached_property
    def prints(self) -> Array:
        """The fingerprint of what stands at each place, of every kind."""
        found = np.zeros(self.rooms.end, np.uint64)
        for kind, each in self.records.items():
            found[self.places(kind)] = each["print"]
        return self.twice(found)

    @cached_property
    def _suspect(self) -> dict[str, Array]:
        return {}

    def suspect(self, label: str) -> Array:
        """Which links of a kind have an end whose fingerprint is not the one that was last reviewed."""
        if label not in self._suspect:
            self._suspect[label] = self.moved(label, "source") | self.moved(label, "target")
        return self._suspect[label]

    def moved(self, label: str, end: str) -> Array:
        """Of which links of a kind this end has not the fingerprint that was last reviewed."""
        links = self.links[label]
        seen = links[f"{end}_print"]
        found: Array = (seen != 0) & (seen != self.prints[links[end]])
        return found

    @cached_property
    def worths(self) -> dict[str, Array]:
        """By label, what links are worth as they stand, whatever the day and the reader, as far as found."""
        return {}

    @cached_property
    def _begins_by_label(self) -> dict[str, Array]:
        return {}

    @cached_property
    def begins_something(self) -> Array:
        """From which places of routes a link of any standing and date leads on."""
        found = np.zeros(self.rooms.ladder, bool)
        for label in TRACES:
            if label not in self._begins_by_label:
                begins = np.zeros(self.rooms.ladder, bool)
                begins[self.links[label]["source"]] = True
                self._begins_by_label[label] = begins
            found |= self._begins_by_label[label]
        first = self.places("PolicyInstrument")
        second = slice(first.start + self.rooms.second, first.stop + self.rooms.second)
        found[first] |= found[second]
        found[second] = False
        return found

    def twice(self, values_: Array) -> Array:
        """The same values, those of instruments now at their second places too."""
        places = self.places("PolicyInstrument")
        values_[places.start + self.rooms.second : places.stop + self.rooms.second] = values_[places]
        return values_

    def counts(self) -> dict[str, int]:
        """How many rows each kind and label has."""
        return {name: len(each) for name, each in (*self.records.items(), *self.links.items())}

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays, texts apart."""
        return sum(each.nbytes for each in (*self.records.values(), *self.links.values()))

    def after(
        self, head: Head, records: Mapping[str, list[Stored]], links: Mapping[str, list[Stored]]
    ) -> "Snapshot":
        """The snapshot at a later number, with these records and links as they stand then.

        Each is told by its stored properties; a link also by `from` and `to`, each (kind, id).
        """
        merged = self._with_records(records)
        after = replace(merged, head=head, links=dict(merged.links) | merged._linked(links))
        after.laws.update(self.laws)
        if not records:
            self._lend(after)
        return after

    def _lend(self, after: "Snapshot") -> None:
        """Give a snapshot with the same records what was worked out from them, and from the same links."""
        after._spread.update(self._spread)
        vars(after)["prints"] = self.prints
        for mine, theirs in (
            (self._suspect, after._suspect),
            (self.worths, after.worths),
            (self._begins_by_label, after._begins_by_label),
        ):
            theirs.update({each: mine[each] for each in mine if after.links[each] is self.links[each]})

    def without(self, records: Mapping[str, list[str]], links: Mapping[str, list[str]]) -> "Snapshot":
        """The snapshot before these records and links, told by their ids, were there."""
        left = {kind: self.records[kind].without(ids) for kind, ids in records.items()}
        moved = self._moved(self.rooms, {kind: pushed for kind, (_, pushed) in left.items()})
        linked = dict(self.links) | {label: self.links[label].without(ids)[0] for label, ids in links.items()}
        return replace(
            self,
            records=dict(self.records) | {kind: each for kind, (each, _) in left.items()},
            links={label: _moved_ends(each, moved) for label, each in linked.items()} if left else linked,
        )

    def _with_records(self, changed: Mapping[str, list[Stored]]) -> "Snapshot":
        tables, pushed = dict(self.records), {}
        for kind, rows in changed.items():
            tables[kind], pushed[kind] = tables[kind].merged(tabled(RECORDS[kind], rows, self.words))
        sizes = {kind: len(each) for kind, each in tables.items()}
        full = any(size > self.rooms.size(kind) for kind, size in sizes.items())
        rooms = Rooms.of(sizes) if full else self.rooms
        if not full and not any(each.any() for each in pushed.values()):
            return replace(self, records=tables)
        moved = self._moved(rooms, pushed)
        links = {label: _moved_ends(each, moved) for label, each in self.links.items()}
        return replace(self, records=tables, links=links, rooms=rooms)

    def _moved(self, rooms: Rooms, pushed: Mapping[str, Array]) -> Array:
        """The new place at each old one."""
        moved = np.zeros(self.rooms.end, np.int32)
        for kind, each in self.records.items():
            own = np.arange(len(each)) + pushed.get(kind, 0)
            for room in (kind, _RETIRING) if kind == "PolicyInstrument" else (kind,):
                first = self.rooms.first[room]
                moved[first : first + len(each)] = rooms.first[room] + own
        return moved

    def _linked(self, changed: Mapping[str, list[Stored]]) -> dict[str, Table]:
        found = {}
        for label, rows in changed.items():
            ends = {end: self._ends([row[way] for row in rows]) for end, way in _WAYS}
            placed = [
                {**row, "source": source, "target": target}
                for row, source, target in zip(rows, ends["source"], ends["target"], strict=True)
            ]
            made = joined(self.rooms, label, tabled(LINKS[label], placed, self.words))
            found[label] = self.links[label].merged(made)[0]
        return found

    def _ends(self, ends: list[tuple[str, str]]) -> list[int]:
        """The places of these records, each told by kind and id."""
        places = np.full(len(ends), NOWHERE, np.int64)
        for kind in {kind for kind, _ in ends if kind in RECORDS}:
            mine = [at for at, (of, _) in enumerate(ends) if of == kind]
            found = self.records[kind].find(ids_packed([ends[at][1] for at in mine]))
            places[mine] = np.where(found >= 0, found + self.rooms.first[kind], NOWHERE)
        return places.tolist()


def joined(rooms: Rooms, label: str, links: Table) -> Table:
    """The links both ends of which are kept, an instrument's second place where it is meant."""
    source, target = links["source"], links["target"]
    if label == "ADVANCES":
        source = np.where(links["polarity"] == _HARMS, source + rooms.second, source)
    if label == "CHANGES":
        retired = (links["mode"] == _RETIRES) & rooms.holds("PolicyInstrument", target)
        target = np.where(retired, target + rooms.second, target)
    return replace(links, columns={**links.columns, "source": source, "target": target}).only(
        (links["source"] >= 0) & (links["target"] >= 0)
    )


def tabled(columns: Iterable[Column], rows: Sequence[Stored], words: Words) -> Table:
    """A table of these stored properties."""
    raw = {each.name: [each.read(row) for row in rows] for each in columns}
    return table(columns, [row["id"] for row in rows], raw, words)


def _moved_ends(links: Table, moved: Array) -> Table:
    ends = {end: moved[links[end]] for end in ("source", "target")}
    return replace(links, columns={**links.columns, **ends})
