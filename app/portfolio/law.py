"""What law does to the records of routes on one day; the states themselves are `domain.law`'s."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from copy import copy
from datetime import date
from functools import cached_property
from types import MappingProxyType

import numpy as np

from app.domain import law
from app.domain.law import Change, Place, State
from app.portfolio.columns import NEVER, Array, dates_in, day_number
from app.portfolio.grounds import Changes, Grounded, Need, Needed, Rest, Supposed, accepted, in_dates
from app.portfolio.snapshot import Snapshot
from app.portfolio.table import Table
from app.portfolio.verdicts import Quality
from graph_schema.law import Provision
from graph_schema.links import Affects
from graph_schema.values import Basis, DutyKind, Force, Nation, Standing
from graph_schema.values import Need as HowMuch

_WITHDRAWN = list(Standing).index(Standing.WITHDRAWN) + 1
_DUTY = list(Basis).index(Basis.DUTY) + 1
_BLOCKING = list(HowMuch).index(HowMuch.BLOCKING) + 1


_LAW_LINKS = ("GROUNDED_IN", "NEEDS_CHANGE", "AFFECTS", "SUCCEEDED_BY", "PART_OF")
_LAW_RECORDS = ("Provision", "LegalChange", "Legislation", "Organisation")


class Law:
    """What law does to the records of routes on one day, and why; under suppositions, if there are any."""

    def __init__(self, snapshot: Snapshot, day: date, supposed: Supposed = MappingProxyType({})) -> None:
        self.snapshot, self.day, self.supposed = snapshot, day, supposed
        self._number = day_number(day)
        self._by_change: dict[int, list[Affects]] = defaultdict(list)
        self._by_provision: dict[int, list[tuple[Affects, int]]] = defaultdict(list)
        self._supposed_on: dict[int, list[tuple[Affects, date | None]]] = defaultdict(list)
        self._read_effects()
        self.changes: Mapping[str, Change] = Changes(snapshot, self._by_change, self._number, supposed)

    def holds_for(self, snapshot: Snapshot) -> bool:
        """Whether a later snapshot has the same law, for the same organisations."""
        mine, theirs = self.snapshot, snapshot
        return (
            mine.rooms is theirs.rooms
            and all(mine.links[each] is theirs.links[each] for each in _LAW_LINKS)
            and all(mine.records[each] is theirs.records[each] for each in _LAW_RECORDS)
            and np.array_equal(mine.spread("organisation"), theirs.spread("organisation"))
        )

    def on(self, day: date) -> "Law | None":
        """The law on another day; None where a date of it lies between the two."""
        least, most = np.searchsorted(self._dates, sorted((self._number, day_number(day))), side="right")
        if least < most:
            return None
        other = copy(self)
        other.day, other._number = day, day_number(day)
        return other

    @cached_property
    def _dates(self) -> Array:
        """Every date that a fact of law names, and every date on which a link of law begins or ends."""
        links, records = self.snapshot.links, self.snapshot.records
        found = {NEVER}
        for table in (records["Provision"], records["LegalChange"], links["AFFECTS"]):
            for each in table["whole"].tolist():
                found.update(dates_in(each.facts))
        columns = [links[label][end] for label in _LAW_LINKS for end in ("valid_from", "valid_to")]
        return np.unique(np.concatenate([np.array(sorted(found), np.int32), *columns]))

    def _read_effects(self) -> None:
        links = self.snapshot.links["AFFECTS"]
        for at in np.flatnonzero(accepted(links, self._number)).tolist():
            effect: Affects = links["whole"][at].facts
            change, target = int(links["source"][at]), int(links["target"][at])
            self._by_change[change].append(effect)
            self._by_provision[target].append((effect, change))
            id = self.snapshot.id(change) if self.supposed else ""
            if id in self.supposed:
                self._supposed_on[target].append((effect, self.supposed[id]))

    # What stands where

    @cached_property
    def grounded(self) -> "Grounded":
        """The groundings that count: accepted, of a process or instrument, in a provision."""
        links, rooms = self.snapshot.links["GROUNDED_IN"], self.snapshot.rooms
        counts = accepted(links, self._number) & rooms.holds("Provision", links["target"])
        of_route = rooms.holds("Process", links["source"]) | rooms.holds("PolicyInstrument", links["source"])
        rows: Array = np.flatnonzero(counts & of_route)
        source, target = links["source"][rows], links["target"][rows]
        pairs, which = _pairs(target, self._codes(source))
        states = [self._state_of_provision(*pair) for pair in pairs]
        is_law = self._at_provisions(target, lambda each: not law.NO_LAW & self._types(each))
        binding = self._at_provisions(target, self._binds)
        whole = np.array([each is State.IN_FORCE for each in states], bool)[which]
        partly = np.array([each is State.PARTLY_IN_FORCE for each in states], bool)[which]
        confirmed = links["confirmed_by"][rows] & links["confirmed_on"][rows]
        reliable = is_law & (whole | (partly & confirmed))
        return Grounded(
            rows, source, target, np.array(states, object)[which], is_law, reliable,
            self._changed(links, rows, target), reliable & binding & (links["basis"][rows] == _DUTY),
        )  # fmt: skip

    @cached_property
    def needed(self) -> "Needed":
        """The changes that projects, processes and instruments need."""
        links = self.snapshot.links["NEEDS_CHANGE"]
        stands = (links["standing"] > 0) & (links["standing"] != _WITHDRAWN)
        rows = np.flatnonzero(stands & in_dates(links, self._number))
        source, target = links["source"][rows], links["target"][rows]
        pairs, which = _pairs(target, self._codes(source))
        decided = [
            law.decided(self.snapshot.id(change), self.changes, self.day, self._places[code])
            for change, code in pairs
        ]
        caps = np.array([_cap_of_need(state) for state, _ in decided], np.uint8)[which]
        return Needed(rows, source, target, tuple(decided[each] for each in which.tolist()), caps)

    @cached_property
    def caps(self) -> Array:
        """The most each place of a route may pass on, as a quality. Shape (places,), uint8."""
        found, size = (
            np.full(self.snapshot.rooms.ladder, int(Quality.CLEAN), np.uint8),
            self.snapshot.rooms.ladder,
        )
        each = self.grounded
        found[each.source[each.changed]] = Quality.SUSPECT
        waiting = np.zeros(size, bool)
        waiting[each.source[each.is_law]] = True
        waiting[each.source[each.reliable]] = False
        found[waiting] = Quality.WAITS_FOR_LAW
        blocking = self.snapshot.links["NEEDS_CHANGE"]["need"][self.needed.rows] == _BLOCKING
        np.minimum.at(found, self.needed.source[blocking], self.needed.caps[blocking])
        return self.snapshot.twice(found)

    @cached_property
    def duties(self) -> Array:
        """At which places a duty in force requires what stands there. Shape (places,), bool."""
        found = np.zeros(self.snapshot.rooms.ladder, bool)
        found[self.grounded.source[self.grounded.duty]] = True
        return found

    def _codes(self, places: Array) -> Array:
        """For whom law is asked at each place: a position in `_places`, by its record's own organisation."""
        words, which = np.unique(self.snapshot.spread("organisation")[places], return_inverse=True)
        codes = np.array([self._code_of.get(each, 0) for each in words.tolist()], np.int64)
        found: Array = codes[which]
        return found

    @cached_property
    def _places(self) -> list[Place]:
        """Each nation and type of organisation once; the first asks for everywhere and everybody."""
        return list(dict.fromkeys((law.EVERYWHERE, *self._where.values())))

    @cached_property
    def _code_of(self) -> dict[int, int]:
        number = {place: code for code, place in enumerate(self._places)}
        return {word: number[place] for word, place in self._where.items()}

    @cached_property
    def _where(self) -> dict[int, Place]:
        """For whom law is asked, by the word that is an organisation's id: its nation and type."""
        table, words = self.snapshot.records["Organisation"], self.snapshot.words
        nations = [None, *Nation]
        facts = zip(table.texts(slice(None)), table["nation"].tolist(), table["type"].tolist(), strict=True)
        return {words.known(id): Place(nations[nation], words.texts[kind]) for id, nation, kind in facts}

    # Of provisions

    def _provision(self, place: int) -> Provision:
        _, position = self.snapshot.at(place)
        facts: Provision = self.snapshot.records["Provision"]["whole"][position].facts
        supposed = self._supposed_on.get(place)
        return law.supposed_provision(facts, supposed) if supposed else facts

    def _state_of_provision(self, provision: int, code: int) -> State:
        return law.state_of_provision(self._provision(provision), self.day, self._places[code])

    def _at_provisions(self, places: Array, says: Callable[[int], bool]) -> Array:
        """What is said of each of these provisions, each asked about once."""
        once, which = np.unique(places, return_inverse=True)
        return np.array([says(each) for each in once.tolist()], bool)[which]

    def _binds(self, provision: int) -> bool:
        facts = self._provision(provision)
        return facts.force is Force.DUTY and facts.duty_kind is not DutyKind.HAVE_REGARD

    def _types(self, provision: int) -> set[str | None]:
        """Types of the legislation a provision is part of."""
        return self._legislation.get(provision, set())

    @cached_property
    def _legislation(self) -> dict[int, set[str | None]]:
        links, rooms = self.snapshot.links["PART_OF"], self.snapshot.rooms
        rows = accepted(links, self._number) & rooms.holds("Legislation", links["target"])
        types = self.snapshot.records["Legislation"]["type"][
            links["target"][rows] - rooms.first["Legislation"]
        ]
        found: dict[int, set[str | None]] = defaultdict(set)
        for provision, word in zip(links["source"][rows].tolist(), types.tolist(), strict=True):
            found[provision].add(self.snapshot.words.texts[word])
        return found

    def _changed(self, links: Table, rows: Array, target: Array) -> Array:
        """Which of these groundings are in a provision that has changed since they were reviewed."""
        prints = self.snapshot.records["Provision"]["print"][target - self.snapshot.rooms.first["Provision"]]
        seen = links["target_print"][rows]
        changed: Array = (seen != 0) & (seen != prints)
        affected = np.isin(target, np.array(list(self._by_provision), np.int64))
        for at in np.flatnonzero(affected & ~changed).tolist():
            effects = [self._supposed_effect(*each) for each in self._by_provision[int(target[at])]]
            reviewed = self._reviewed_on(links, int(rows[at]))
            changed[at] = law.changed_since_review(None, None, reviewed, effects, self.day)
        return changed

    def _supposed_effect(self, effect: Affects, change: int) -> Affects:
        id = self.snapshot.id(change) if self.supposed else ""
        return law.supposed_effect(effect, self.supposed[id]) if id in self.supposed else effect

    @staticmethod
    def _reviewed_on(links: Table, row: int) -> date | None:
        days = (int(links["reviewed_on"][row]), int(links["accepted_on"][row]))
        return next((date.fromordinal(each) for each in days if each != NEVER), None)

    # Of one record

    def where(self, organisation: str | None) -> Place:
        """For whom law is asked about what belongs to this organisation: everybody, if to none."""
        return self._where.get(self.snapshot.words.known(organisation), law.EVERYWHERE)

    def has_changed(self, grounding: str) -> bool:
        """Whether the provision of a grounding, of any standing, has changed since that was reviewed."""
        links = self.snapshot.links["GROUNDED_IN"]
        row = np.array([links.position(grounding)])
        return bool(self._changed(links, row, links["target"][row])[0])

    def rests(self, id: str) -> list[Rest]:
        """The provisions a process or instrument is accepted as grounded in."""
        return [self._rest(each) for each in self._rows[0].get(id, ())]

    def needs(self, id: str) -> list[Need]:
        """The changes in the law a project, process or instrument needs."""
        return [self._need(each) for each in self._rows[1].get(id, ())]

    def touched(self) -> list[str]:
        """Ids of the records that rest on a provision or need a change in the law."""
        places = np.unique(np.concatenate([self.grounded.source, self.needed.source]))
        return [self.snapshot.id(each) for each in places.tolist()]

    def waiting(self, id: str) -> list[Rest]:
        """The provisions a record rests on where none of them can be relied on; empty where one can."""
        in_law = [each for each in self.rests(id) if each.is_law]
        return [] if any(each.reliable for each in in_law) else in_law

    @cached_property
    def held_up(self) -> frozenset[str]:
        """Ids of what waits for law: it needs a change not in force, or rests on no law in force."""
        waits = np.flatnonzero(self.caps <= Quality.WAITS_FOR_LAW)
        waits = waits[~self.snapshot.rooms.retiring(waits)]
        return frozenset(self.snapshot.id(each) for each in waits.tolist())

    @property
    def needing(self) -> Collection[str]:
        """Ids of the projects, processes and instruments that need a change in the law, in force or not."""
        return self._rows[1].keys()

    def ends(self, id: str) -> tuple[date, list[Rest]] | None:
        """The day from which a record can rest on none of the law it rests on now, and that law.

        None if no such day is set, or if it rests on none.
        """
        rows = [at for at in self._rows[0].get(id, ()) if self.grounded.reliable[at]]
        days = [day for at in rows if (day := self._relied_on_until(at))]
        if not rows or len(days) < len(rows):
            return None
        return max(days), [self._rest(at) for at in rows]

    def _relied_on_until(self, at: int) -> date | None:
        """Until when a grounding can be relied on, that can be now."""
        each, links = self.grounded, self.snapshot.links["GROUNDED_IN"]
        row, place = (
            int(each.rows[at]),
            self._places[int(self._codes(each.source[[at]])[0])],
        )
        confirmed = bool(links["confirmed_by"][row] and links["confirmed_on"][row])
        return law.relied_on_until(self._provision(int(each.target[at])), self.day, place, confirmed)

    def resting(self) -> list[str]:
        """Ids of the processes and instruments that rest on law with a day set on which it ends."""
        ending = {
            int(place)
            for place in np.unique(self.grounded.target).tolist()
            if any(entry.to is not None and entry.to > self.day for entry in self._provision(place).intervals)
        }
        rows = np.isin(self.grounded.target, np.array(sorted(ending), np.int64))
        return [self.snapshot.id(each) for each in np.unique(self.grounded.source[rows]).tolist()]

    def state_of(self, change: str, id: str) -> tuple[State, str]:
        """The state of a change for a record, and the id of the change whose state it is."""
        (code,) = self._codes(np.array([self.snapshot.place(id)]))
        return law.decided(change, self.changes, self.day, self._places[code])

    @cached_property
    def _rows(self) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
        """By id, which of the groundings that count and of the needs are its own."""
        found: tuple[dict[str, list[int]], dict[str, list[int]]] = (defaultdict(list), defaultdict(list))
        for rows, source in zip(found, (self.grounded.source, self.needed.source), strict=True):
            places, which = np.unique(source, return_inverse=True)
            ids = [self.snapshot.id(each) for each in places.tolist()]
            for at, number in enumerate(which.tolist()):
                rows[ids[number]].append(at)
        return found

    def _rest(self, at: int) -> Rest:
        each = self.grounded
        provision = int(each.target[at])
        bring = {
            change for effect, change in self._by_provision.get(provision, ()) if effect.effect in law.BRINGS
        }
        return Rest(
            provision=self.snapshot.id(provision),
            title=self._provision(provision).title,
            state=each.states[at],
            is_law=bool(each.is_law[at]),
            reliable=bool(each.reliable[at]),
            changed=bool(each.changed[at]),
            duty=bool(each.duty[at]),
            brought_by=tuple(sorted(self.snapshot.id(change) for change in bring)),
        )

    def _need(self, at: int) -> Need:
        links, row = self.snapshot.links["NEEDS_CHANGE"], int(self.needed.rows[at])
        state, decided_by = self.needed.decided[at]
        by = int(links["needed_by"][row])
        return Need(
            self.snapshot.id(int(self.needed.target[at])),
            list(HowMuch)[links["need"][row] - 1],
            None if by == NEVER else date.fromordinal(by),
            state,
            decided_by,
        )


def _cap_of_need(state: State) -> Quality:
    if state is State.NEVER:
        return Quality.ABSENT
    return Quality.CLEAN if law.can_be_relied_on(state) else Quality.WAITS_FOR_LAW


def _pairs(targets: Array, codes: Array) -> tuple[list[tuple[int, int]], Array]:
    """The different pairs of a target and a code, and which of them each row is."""
    width = int(codes.max()) + 1 if len(codes) else 1
    pairs, which = np.unique(targets.astype(np.int64) * width + codes, return_inverse=True)
    return [divmod(each, width) for each in pairs.tolist()], which
