"""Records and links in named columns: lists of plain values, in the order of ids."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from app.domain.money import Bucket
from app.portfolio.amounts import Accounts
from app.portfolio.breaks import breaks
from app.portfolio.chains import Routes
from app.portfolio.columns import Array
from app.portfolio.grounds import accepted
from app.portfolio.judged import Judged
from app.portfolio.kept import LADDER, LINKS, RECORDS, TRACES
from app.portfolio.table import ids_packed
from app.portfolio.verdicts import LEVELS, STRENGTHS, Reason, Verdict
from app.portfolio.world import World
from graph_schema import KIND_BY_NAME

_VERDICTS = list(Verdict)
_REASONS = [*Reason, None]
_DERIVED = frozenset(
    [
        *("verdict", "quality", "strength", "level", "duty", "declared", "claims", "looked_at", "current"),
        *("breaks_at", "cost", "money"),
    ]
)
"""Columns of kinds of routes that are worked out; the last two of projects alone."""


@dataclass(frozen=True)
class Flowing:
    """Where the money of one bucket goes."""

    bucket: Bucket
    goals: list[tuple[str, int, int, int, int]]
    """Id of a goal some of it reaches: touches, apportioned, with parts, at risk, in pence."""
    cycles: int
    """Groups of projects that enable each other in a circle and carry money."""


class Sight:
    """What one reader sees on one day, and what it is worth."""

    def __init__(self, world: World) -> None:
        self.world, self.snapshot = world, world.snapshot
        self.judged = Judged(world)
        self.traced = Routes(self.judged)
        self._broken: dict[str, Array] = {}

    @cached_property
    def accounts(self) -> Accounts:
        """The money of projects, as far as the reader may see it."""
        return Accounts(self.world)

    def broken(self, kind: str) -> Array:
        """Why the chain of each record of a kind breaks, as its number in `Reason`."""
        if kind not in self._broken:
            places = self.snapshot.places(kind)
            self._broken[kind] = breaks(self.traced, np.arange(places.start, places.stop)).reason
        return self._broken[kind]

    @cached_property
    def seen_anywhere(self) -> Array:
        """At which places, of every kind, the reader sees what stands there."""
        found = np.zeros(self.snapshot.rooms.end, bool)
        for kind in RECORDS:
            found[self.snapshot.places(kind)] = self.world.sees(kind)
        return self.snapshot.twice(found)

    @cached_property
    def in_use_anywhere(self) -> Array:
        """At which places, of every kind, something stands that is in use on the day."""
        found = np.zeros(self.snapshot.rooms.end, bool)
        for kind in RECORDS:
            found[self.snapshot.places(kind)] = self.world.in_use(kind)
        return self.snapshot.twice(found)

    def seen_links(self, label: str, ids: Iterable[str]) -> list[str]:
        """Those of these links of a kind that the reader sees, by id."""
        links, seen = self.snapshot.links[label], self.seen_anywhere
        at = links.find(ids_packed(sorted(set(ids))))
        at = at[at >= 0]
        return links.texts(at[seen[links["source"][at]] & seen[links["target"][at]]])

    def source(self, link: str) -> str | None:
        """The record that a link of any kind leaves, where the reader sees both its ends."""
        kept = self.snapshot.rooms.kept
        for links in self.snapshot.links.values():
            at = links.position(link)
            if at >= 0:
                ends = kept(np.array([links["source"][at], links["target"][at]]))
                return self.snapshot.id(int(ends[0])) if self.seen_anywhere[ends].all() else None
        return None

    def sees_link(self, id: str) -> bool:
        """Whether the reader sees a link of this id that routes are made of, or that joins goals."""
        for label in (*TRACES, "PART_OF"):
            links = self.snapshot.links[label]
            at = links.position(id)
            if at >= 0:
                return bool(self.seen_anywhere[[links["source"][at], links["target"][at]]].all())
        return False

    def organisation_title(self, id: str | None) -> str | None:
        """The title of an organisation, where the reader sees it."""
        return self._organisations.get(id) if id else None

    @cached_property
    def _organisations(self) -> dict[str, str | None]:
        table, seen = self.snapshot.records["Organisation"], np.flatnonzero(self.world.sees("Organisation"))
        return dict(zip(table.texts(seen), table["title"][seen].tolist(), strict=True))

    def kind(self, id: str) -> str | None:
        """The kind of a record the reader sees, by its id."""
        return next((each.kind for each in self.things([id]).values()), None)

    def titles(self, ids: Iterable[str]) -> dict[str, str]:
        """The titles of these records, of any kinds that keep them, where the reader sees them."""
        return {id: each.title for id, each in self.things(ids).items() if each.title}

    def things(self, ids: Iterable[str]) -> "dict[str, Thing]":
        """What these records are, of any kinds, as far as the reader sees them."""
        asked = sorted(set(ids))
        packed, found = ids_packed(asked), dict[str, Thing]()
        for kind, table in self.snapshot.records.items():
            at = table.find(packed)
            which = np.flatnonzero(at >= 0)
            which = which[self.world.sees(kind)[at[which]]]
            records = Records(self, kind, at[which])
            titles = records.optional("title")
            for row, title, of in zip(which.tolist(), titles, records.column("organisation"), strict=True):
                found[asked[row]] = Thing(kind, title, of)
        return found


@dataclass(frozen=True)
class Thing:
    """What a record of any kind is."""

    kind: str
    title: str | None
    """None where the columns do not keep it."""
    organisation: str | None


class _Rows:
    """Some rows of one kind, in the order of their ids, with columns by name."""

    def __init__(self, sight: Sight, kind: str, at: Array) -> None:
        self._sight, self.kind, self.at = sight, kind, at

    def __len__(self) -> int:
        return len(self.at)

    def has(self, name: str) -> bool:
        """Whether there is such a column."""
        raise NotImplementedError

    def column(self, name: str) -> list[Any]:
        """A column by its name."""
        raise NotImplementedError

    def optional(self, name: str) -> list[Any]:
        """A column, or None for each where the kind has none of this name."""
        return self.column(name) if self.has(name) else [None] * len(self)

    def rows(self, *names: str) -> Iterator[tuple[Any, ...]]:
        """These columns, row by row."""
        return zip(*(self.column(name) for name in names), strict=True)

    def where(self, **facts: Collection[Any]) -> Self:
        """The rows whose facts each have one of the values given; an empty list of values narrows nothing."""
        rows = self
        for name, wanted in facts.items():
            if wanted:
                keep = [each in wanted for each in rows.column(name)]
                rows = type(self)(self._sight, self.kind, rows.at[np.array(keep, bool)])
        return rows


class Records(_Rows):
    """Some records of one kind."""

    def within(self, others: "Records") -> "Records":
        """Those that are among the others."""
        return Records(self._sight, self.kind, np.intersect1d(self.at, others.at))

    def without(self, others: "Records") -> "Records":
        """Those that are not among the others."""
        return Records(self._sight, self.kind, np.setdiff1d(self.at, others.at))

    def has(self, name: str) -> bool:
        """Whether the kind has this column, or is kept whole and has this fact."""
        columns = self._sight.snapshot.records[self.kind].columns
        return name in columns or ("whole" in columns and name in KIND_BY_NAME[self.kind].model_fields)

    def by(self, name: str) -> "dict[Any, Records]":
        """The rows divided by the values of a column, in the order in which these first come."""
        found: dict[Any, list[int]] = {}
        for at, value in zip(self.at.tolist(), self.column(name), strict=True):
            found.setdefault(value, []).append(at)
        return {value: Records(self._sight, self.kind, np.array(each)) for value, each in found.items()}

    def cost(self, version: str | None = None) -> list[tuple[Bucket, int]]:
        """What these projects cost together, in pence by bucket; in one version if one is named."""
        return self._sight.accounts.added(self.at, version)

    def column(self, name: str) -> list[Any]:
        sight, table = self._sight, self._sight.snapshot.records[self.kind]
        if name == "id":
            return table.texts(self.at)
        if name == "organisation_title":
            return [sight.organisation_title(each) for each in self.column("organisation")]
        if name in _DERIVED and self.kind in LADDER and name not in table.columns:
            return self._derived(name)
        if name not in table.columns and self.has(name):
            return [getattr(each.facts, name) for each in table["whole"][self.at].tolist()]
        kept = next(each for each in RECORDS[self.kind] if each.name == name)
        return kept.unpack(table[name][self.at], sight.snapshot.words)

    def _derived(self, name: str) -> list[Any]:
        judged, places = self._sight.judged, self.at + self._sight.snapshot.rooms.first[self.kind]
        if name == "verdict":
            return [_VERDICTS[each] for each in judged.verdicts(self.kind)[self.at].tolist()]
        if name == "strength":
            return [STRENGTHS[each - 1] if each else None for each in judged.strength[places].tolist()]
        if name == "level":
            return [LEVELS[each - 1] if each else None for each in judged.goal_level[places].tolist()]
        if name == "breaks_at":
            return [_REASONS[each] for each in self._sight.broken(self.kind)[self.at].tolist()]
        if name == "declared":
            return [bool(each) for each in judged.declared[self.at]]
        if name == "cost":
            return self._sight.accounts.of_each(self.at)
        if name == "money":
            return self._sight.accounts.texts(self.at)
        whole = self._sight.world if name == "current" else judged
        values: list[Any] = getattr(whole, name)[places].tolist()
        return values


class Links(_Rows):
    """Some links of one kind."""

    def has(self, name: str) -> bool:
        """Whether links of the kind have this column."""
        return name in self._sight.snapshot.links[self.kind].columns

    def column(self, name: str) -> list[Any]:
        snapshot, world = self._sight.snapshot, self._sight.world
        table = snapshot.links[self.kind]
        if name == "id":
            return table.texts(self.at)
        if name in ("source", "target"):
            return snapshot.ids(table[name][self.at])
        if name in ("from_kind", "to_kind"):
            end = "source" if name == "from_kind" else "target"
            return [snapshot.at(each)[0] for each in table[end][self.at].tolist()]
        if name == "holds":
            return [bool(each) for each in accepted(table, world.number)[self.at]]
        if name == "quality" and self.kind in TRACES:
            return [int(each) for each in world.link_quality(self.kind)[self.at]]
        kept = next(each for each in LINKS[self.kind] if each.name == name)
        return kept.unpack(table[name][self.at], snapshot.words)
