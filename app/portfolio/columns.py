"""Columns: how the facts of a kind stand in memory.

A column reads one fact from what the store keeps (`stored(facts)` and the service's own members) and packs
many of them into an array. The same column reads the bulk load and the ledger, so that both agree.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from graph_schema.core import Facts
from graph_schema.cypher import restored

Array = npt.NDArray[Any]
Stored = Mapping[str, Any]

ALWAYS, NEVER = 0, 2**31 - 1
"""Days before and after every day: an empty `valid_from`, an empty `valid_to`."""
MILLION = 1_000_000


def day_number(day: date) -> int:
    """A day as the columns hold it."""
    return day.toordinal()


def dates_in(facts: Any) -> Iterator[int]:
    """Every day that facts name, as the columns hold it."""
    if isinstance(facts, date):
        yield day_number(facts)
    elif isinstance(facts, BaseModel | tuple | list):
        for each in facts.__dict__.values() if isinstance(facts, BaseModel) else facts:
            if isinstance(each, date | BaseModel | tuple | list):
                yield from dates_in(each)


class Words:
    """Texts that come again and again, by number. Numbers are given once and never change."""

    def __init__(self) -> None:
        self.texts: list[str | None] = [None]
        self._numbers: dict[str | None, int] = {None: 0, "": 0}

    def number(self, text: str | None) -> int:
        """The number of a text; 0 of none. A text not met before gets a number."""
        found = self._numbers.get(text)
        if found is None:
            found = self._numbers[text] = len(self.texts)
            self.texts.append(text)
        return found

    def known(self, text: str | None) -> int:
        """The number of a text, -1 if it was never met."""
        return self._numbers.get(text, -1)


@dataclass(frozen=True)
class Column:
    """One fact of a kind: its name in the table, how the store says it, how many of it are packed."""

    name: str
    pack: Callable[[Sequence[Any], Words], Array]
    empty: str = "''"
    """What stands for an absent value, as Cypher text: `collect` would leave a null out."""
    of: str = ""
    """Property it is read from; its own name if empty."""
    unpack: Callable[[Array, Words], list[Any]] = lambda values, _: values.tolist()
    """Its values as questions read them."""
    by_word: bool = False
    """Whether its values are numbers of words."""

    @property
    def property(self) -> str:
        return self.of or self.name

    def cypher(self, variable: str) -> str:
        """Cypher text of its value."""
        return f"coalesce({variable}.`{self.property}`, {self.empty})"

    def read(self, stored: Stored) -> Any:
        """Its value among these properties."""
        return stored.get(self.property)


def code(name: str, codes: type[StrEnum], of: str = "") -> Column:
    """One of a closed list: 1 for the first, 0 for none."""
    numbers = {str(each): number for number, each in enumerate(codes, 1)}
    texts = [None, *codes]
    return Column(
        name,
        lambda raw, _: np.array([numbers.get(each, 0) for each in raw], np.int8),
        of=of,
        unpack=lambda values, _: [texts[each] for each in values.tolist()],
    )


def number(name: str, kind: type[np.generic] = np.int64, empty: int = -1) -> Column:
    """A whole number."""
    return Column(
        name,
        lambda raw, _: np.array([empty if each is None else each for each in raw], kind),
        str(empty),
        unpack=lambda values, _: [None if each == empty else each for each in values.tolist()],
    )


def amount(name: str) -> Column:
    """Money in minor units, which may be negative and is always stated."""
    return Column(name, lambda raw, _: np.array(raw, np.int64), "0")


def flag(name: str, of: str = "") -> Column:
    """Whether a truth value is stated as true."""
    return Column(name, lambda raw, _: np.array([bool(each) for each in raw], np.bool_), "false", of)


def stated(name: str, of: str) -> Column:
    """Whether a text is stated at all."""
    return Column(name, lambda raw, _: np.array([bool(each) for each in raw], np.bool_), "''", of)


def share(name: str) -> Column:
    """A part of a whole in millionths, -1 where none is stated."""

    def pack(raw: Sequence[Any], _: Words) -> Array:
        return np.array([-1 if each is None or each < 0 else round(each * MILLION) for each in raw], np.int32)

    return Column(
        name, pack, "-1.0", unpack=lambda values, _: [None if each < 0 else each for each in values.tolist()]
    )


def day(name: str, empty: int = NEVER, of: str = "") -> Column:
    """A day; `empty` stands for none."""
    known: dict[str | None, int] = {"": empty, None: empty}

    def number_of(text: str) -> int:
        found = known.get(text)
        if found is None:
            found = known[text] = day_number(date.fromisoformat(text[:10]))
        return found

    return Column(
        name,
        lambda raw, _: np.array([number_of(each) for each in raw], np.int32),
        of=of,
        unpack=lambda values, _: [
            None if each in (ALWAYS, NEVER) else date.fromordinal(each) for each in values.tolist()
        ],
    )


def word(name: str, of: str = "") -> Column:
    """A text that comes again and again, by its number among the words."""
    return Column(
        name,
        lambda raw, words: np.array([words.number(each) for each in raw], np.int32),
        of=of,
        unpack=lambda values, words: [words.texts[each] for each in values.tolist()],
        by_word=True,
    )


def text(name: str) -> Column:
    """A text of its own."""
    return Column(name, lambda raw, _: _objects([each or None for each in raw]))


def several(name: str) -> Column:
    """A list of texts."""
    shared: dict[tuple[str, ...], tuple[str, ...]] = {}

    def pack(raw: Sequence[Any], _: Words) -> Array:
        return _objects([shared.setdefault(each, each) for each in (tuple(every or ()) for every in raw)])

    return Column(name, pack, "[]")


class Whole:
    """All facts of a thing, read when they are first asked for."""

    def __init__(self, kind: type[Facts], stored: Stored) -> None:
        self.kind = kind
        self.stated = restored(kind, dict(stored))

    @cached_property
    def facts(self) -> Any:
        return self.kind.model_validate(self.stated)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Whole) and self.stated == other.stated

    __hash__ = None  # type: ignore[assignment]


class _WholeColumn(Column):
    def cypher(self, variable: str) -> str:
        return f"{variable} {{.*}}"

    def read(self, stored: Stored) -> Any:
        return stored


def whole(kind: type[Facts]) -> Column:
    """All facts, for the few kinds that are read whole."""
    return _WholeColumn(
        "whole",
        lambda raw, _: _objects([Whole(kind, each) for each in raw]),
        unpack=lambda values, _: [each.facts for each in values.tolist()],
    )


class _UpkeepColumn(Column):
    def cypher(self, variable: str) -> str:
        return f"[coalesce({variable}.review_due, '')] + coalesce({variable}.evidence, [])"

    def read(self, stored: Stored) -> Any:
        return [stored.get("review_due") or "", *(stored.get("evidence") or ())]


def upkeep() -> Column:
    """The day a review is due and the ids of the evidence, in one text that comes again where both do."""

    def unpack(values: Array, words: Words) -> list[Any]:
        said = ((words.texts[each] or "").split(" ") for each in values.tolist())
        return [(date.fromisoformat(due) if due else None, tuple(evidence)) for due, *evidence in said]

    return _UpkeepColumn(
        "upkeep",
        lambda raw, words: np.array([words.number(" ".join(each)) for each in raw], np.int32),
        unpack=unpack,
        by_word=True,
    )


def fingerprint(name: str, of: str = "") -> Column:
    """A fingerprint, by its first 64 bits; 0 where none is kept."""

    def pack(raw: Sequence[Any], _: Words) -> Array:
        texts = np.array([each or "" for each in raw], "S16")
        return np.where(texts == b"", 0, from_hex(texts) | 1).astype(np.uint64)

    return Column(name, pack, of=of)


def _objects(values: Sequence[Any]) -> Array:
    packed = np.empty(len(values), object)
    packed[:] = values
    return packed


def from_hex(texts: Array) -> Array:
    """The numbers that texts of 16 hexadecimal digits say."""
    grid = texts.view(np.uint8).reshape(-1, 16)
    values = np.where(grid >= 97, grid - 87, grid - 48).astype(np.uint8) & 15
    packed = np.ascontiguousarray((values[:, ::2] << 4) | values[:, 1::2])
    numbers: Array = packed.view(">u8")[:, 0].astype(np.uint64)
    return numbers
