"""Tables: rows of one kind in the order of their ids, a column an array."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from app.portfolio.columns import Array, Column, Words, from_hex

_HALVES = tuple([at for at in half if at not in (8, 13, 18, 23)] for half in (range(18), range(18, 36)))


_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
_WRITTEN = [at for half in _HALVES for at in half]


def ids_packed(ids: Sequence[str]) -> Array:
    """Ids as two numbers each, shape (2, n); in the order of the texts."""
    grid = np.array(ids, "S36").view(np.uint8).reshape(len(ids), 36)
    return np.stack([from_hex(np.ascontiguousarray(grid[:, half])) for half in _HALVES])


def id_text(high: int, low: int) -> str:
    """An id as text."""
    digits = f"{high:016x}{low:016x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of one kind in the order of their ids, a column an array. Never changed once made."""

    ids: Array
    """Shape (2, n), uint64: the halves of each id."""
    columns: Mapping[str, Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.ids.shape[1])

    def __getitem__(self, name: str) -> Array:
        return self.columns[name]

    def id(self, position: int) -> str:
        """The id of a row as text."""
        return id_text(int(self.ids[0, position]), int(self.ids[1, position]))

    def texts(self, positions: Array | slice) -> list[str]:
        """The ids of these rows as text."""
        halves = np.ascontiguousarray(self.ids[:, positions].T.astype(">u8"))
        octets = halves.view(np.uint8).reshape(-1, 16)
        grid = np.full((len(octets), 36), ord("-"), np.uint8)
        grid[:, _WRITTEN[::2]], grid[:, _WRITTEN[1::2]] = _HEX[octets >> 4], _HEX[octets & 15]
        found: list[str] = grid.view("S36")[:, 0].astype("U36").tolist()
        return found

    def before(self, ids: Array) -> Array:
        """How many rows come before each of these packed ids."""
        begin: Array = np.searchsorted(self.ids[0], ids[0])
        end = np.searchsorted(self.ids[0], ids[0], side="right")
        several = np.flatnonzero(end - begin > 1)
        one = np.flatnonzero(end - begin == 1)
        begin[one] += self.ids[1, begin[one]] < ids[1, one]
        for at in several:
            begin[at] += np.searchsorted(self.ids[1, begin[at] : end[at]], ids[1, at])
        return begin

    def find(self, ids: Array) -> Array:
        """Positions of packed ids; -1 for those that are not there."""
        if not len(self):
            return np.full(ids.shape[1], -1)
        at = self.before(ids)
        inside = np.minimum(at, len(self) - 1)
        return np.where((at < len(self)) & (self.ids[:, inside] == ids).all(axis=0), at, -1)

    def position(self, id: str) -> int:
        """Position of one id; -1 if it is not there."""
        return int(self.find(ids_packed([id]))[0])

    @cached_property
    def by_source(self) -> Array:
        """Rows of links place by place, those that leave one place in the order of their ids. int32"""
        rows = np.arange(len(self))
        packed = (self["source"].astype(np.int64) << 32) | rows
        packed.sort()
        return (packed & 0xFFFFFFFF).astype(np.int32)

    def only(self, rows: Array) -> "Table":
        """The table of these rows alone."""
        return Table(self.ids[:, rows], {name: values[rows] for name, values in self.columns.items()})

    def merged(self, rows: "Table") -> tuple["Table", Array]:
        """The table with these rows put in place of those of their ids, or added.

        Answers it with the number of new rows before each of the old.
        """
        at = self.find(rows.ids)
        old, new = np.flatnonzero(at >= 0), np.flatnonzero(at < 0)
        where = self.before(rows.ids[:, new])
        pushed = np.searchsorted(where, np.arange(len(self)), side="right")
        columns = {}
        for name, values in self.columns.items():
            columns[name] = np.insert(values, where, rows[name][new])
            columns[name][at[old] + pushed[at[old]]] = rows[name][old]
        return Table(np.insert(self.ids, where, rows.ids[:, new], axis=1), columns), pushed

    def without(self, ids: Sequence[str]) -> tuple["Table", Array]:
        """The table without these rows, and how far each of the others moves."""
        stays = np.ones(len(self), bool)
        at = self.find(ids_packed(ids))
        stays[at[at >= 0]] = False
        return self.only(stays), np.cumsum(stays) - 1 - np.arange(len(self))

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays, texts apart."""
        return int(self.ids.nbytes + sum(each.nbytes for each in self.columns.values()))


def table(
    columns: Iterable[Column], ids: Sequence[str], raw: Mapping[str, Sequence[Any]], words: Words
) -> Table:
    """A table of these rows, in the order of their ids. Of an id that comes twice the last row counts."""
    packed = ids_packed(ids)
    order = np.lexsort((packed[1], packed[0]))
    twice = (packed[:, order][:, 1:] == packed[:, order][:, :-1]).all(axis=0)
    order = np.delete(order, np.flatnonzero(twice))
    return Table(packed[:, order], {each.name: each.pack(raw[each.name], words)[order] for each in columns})
