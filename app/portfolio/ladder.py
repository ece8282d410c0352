"""The ladder: values lifted from goals to projects over links, and money pushed from projects to goals.

A link passes on the lesser of its own level and of what the place it leads to is worth; a place takes the
best of what reaches it, and passes on no more than its cap. Links that chain are followed to the fix point,
which cycles cannot disturb: values only rise.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from app.portfolio.columns import MILLION, Array


@dataclass(frozen=True, eq=False)
class Rung:
    """Links of one kind that are not absent: from place, to place, at which level; by the place left."""

    source: Array
    target: Array
    level: Array
    rows: Array
    """Rows of the links in their table, those of one place in the order of their ids."""
    label: str
    chains: bool = False

    @cached_property
    def begins(self) -> Array:
        """At which of these links those of another place begin."""
        if not len(self.source):
            return np.zeros(0, np.int64)
        return np.flatnonzero(np.r_[True, self.source[1:] != self.source[:-1]])

    def only(self, which: Array) -> "Rung":
        """These links alone."""
        return Rung(
            self.source[which],
            self.target[which],
            self.level[which],
            self.rows[which],
            self.label,
            self.chains,
        )

    def at(self, level: Array) -> "Rung":
        """The same links at other levels."""
        return Rung(self.source, self.target, level, self.rows, self.label, self.chains)


def lift(
    rungs: Iterable[Rung], base: Array, cap: Array, join: Any = np.maximum, meet: Any = np.minimum
) -> Array:
    """What each place is worth: the best, over all ways, of the worst part of the way. Like base.

    `base` is what a place is worth of itself, `cap` the most it passes on. With `join` and `meet` as OR and
    AND each bit of a word is a world of its own.
    """
    value: Array = meet(base, cap)
    for rung in rungs:
        part = rung
        while True:
            before = value.copy() if rung.chains else value
            _take(join, value, part, meet(part.level, value[part.target]))
            meet(value, cap, out=value)
            if not rung.chains:
                break
            todo = np.flatnonzero((value != before)[rung.target])
            if not len(todo):
                break
            part = rung.only(todo)
    return value


def _take(join: Any, value: Array, rung: Rung, given: Array) -> None:
    """Let places take what these links give to them."""
    if join is not np.bitwise_or:
        join.at(value, rung.source, given)
    elif len(rung.source):
        value[rung.source[rung.begins]] |= np.bitwise_or.reduceat(given, rung.begins)


def within(rungs: Sequence[Rung], base: Array, cap: Array) -> list[tuple[Array, Array]]:
    """The worlds, a bit each, in which places first reach a base over so many links, from none on.

    For each number of links the places that reach one so near in more worlds, and these worlds.
    """
    value: Array = base & cap
    new, found = value.copy(), []
    while new.any():
        places = np.flatnonzero(new)
        found.append((places, new[places]))
        before = value.copy()
        for rung in rungs:
            if len(rung.target) and new[rung.target.min() : rung.target.max() + 1].any():
                _take(np.bitwise_or, value, rung, rung.level & new[rung.target])
        value &= cap
        new = value & ~before
    return found


def reached(rungs: Sequence[Rung], begin: Array) -> Array:
    """Which places can be reached from these, downwards over the links. In the shape of begin."""
    found = begin.copy()
    for rung in reversed(rungs):
        spread(found, rung.source, rung.target, chains=rung.chains)
    return found


def spread(found: Array, source: Array, target: Array, *, chains: bool) -> None:
    """Mark what links lead to from what is marked; over any number of them, where they chain."""
    while True:
        new = target[found[source] & ~found[target]]
        found[new] = True
        if not chains or not len(new):
            return


def fewest(rungs: Iterable[Rung], ends: Array) -> Array:
    """Over how many links at fewest each place leads to one of these ends; `FAR` where it does not."""
    steps = np.where(ends, 0, FAR).astype(np.int32)
    for rung in rungs:
        while True:
            before = steps.copy()
            np.minimum.at(steps, rung.source, steps[rung.target] + 1)
            if not rung.chains or (steps == before).all():
                break
    return np.minimum(steps, FAR)


FAR = 2**30
SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")


def leads(rungs: Iterable[Rung], places: Array, marks: Array) -> tuple[Array, Array]:
    """From which places some way leads to a place with which mark: pairs (place, mark), each once."""
    width = int(marks.max()) + 1 if len(marks) else 1
    known = np.unique(places.astype(np.int64) * width + marks)
    for rung in rungs:
        order = np.argsort(rung.target, kind="stable")
        target, source = rung.target[order], rung.source[order]
        front = known
        while len(front):
            at = (front // width).astype(target.dtype)
            begin, end = (np.searchsorted(target, at, side) for side in SIDES)
            new = np.unique(
                source[ranges(begin, end)] * np.int64(width) + np.repeat(front % width, end - begin)
            )
            front = np.setdiff1d(new, known, assume_unique=True)
            known = np.union1d(known, front)
            if not rung.chains:
                break
    return known // width, known % width


def words(rungs: Sequence[Rung], good: Array, places: Array) -> Iterator[tuple[slice, Array]]:
    """For 64 of these places at a time, from where each is reached over good places: one bit of a word each.

    However many ways there are, this costs one lift for 64 places.
    """
    everything = np.uint64(2**64 - 1)
    cap = np.where(good, everything, np.uint64(0))
    passing = [each.at(np.broadcast_to(everything, len(each.level))) for each in rungs]
    for begin in range(0, len(places), 64):
        some = places[begin : begin + 64]
        base = np.zeros(len(good), np.uint64)
        base[some] = np.uint64(1) << np.arange(len(some), dtype=np.uint64)
        yield slice(begin, begin + len(some)), lift(passing, base, cap, np.bitwise_or, np.bitwise_and)


def bits(word: Array, count: int) -> Array:
    """The bits of words, the first first. Shape (words, count), uint8."""
    found = np.unpackbits(word.astype("<u8").view(np.uint8).reshape(-1, 8), axis=1, bitorder="little")
    return found[:, :count]


def leads_directly(rungs: Sequence[Rung], places: Array, marks: Array) -> tuple[Array, Array]:
    """From which places one link leads to a place with which mark: pairs (place, mark)."""
    found = []
    for rung in rungs:
        order = np.argsort(rung.target, kind="stable")
        target, source = rung.target[order], rung.source[order]
        begin, end = (np.searchsorted(target, places.astype(target.dtype), side) for side in SIDES)
        found.append((source[ranges(begin, end)], np.repeat(marks, end - begin)))
    return np.concatenate([each for each, _ in found]), np.concatenate([each for _, each in found])


def ranges(begin: Array, end: Array) -> Array:
    """All numbers from each begin to before its end, one range after another."""
    length = end - begin
    first = np.repeat(begin - (np.cumsum(length) - length), length)
    return first + np.arange(int(length.sum()))


def shares(weights: Array, begins: Array, group: Array) -> Array:
    """The weights of links, scaled to whole numbers; links that leave one place stand together.

    A share that is set, in millionths, is a link's weight; those unset (-1) divide what is missing to one
    equally, nothing if nothing is missing; where all are zero, all are equal.
    """
    unset = weights < 0
    stated = np.add.reduceat(np.where(unset, 0, weights).astype(np.int64), begins)
    open_ = np.add.reduceat(unset.astype(np.int64), begins)
    # Equal parts of what is missing need not be whole millionths: all are scaled by how many are unset.
    missing = np.maximum(MILLION - stated, 0)[group]
    scaled = np.where(unset, missing, weights * np.maximum(open_, 1)[group]).astype(np.int64)
    return np.where(np.add.reduceat(scaled, begins)[group] == 0, 1, scaled)


@dataclass(frozen=True, eq=False)
class Split:
    """How the money of places is divided among the links that leave them, found once for every amount."""

    source: Array
    target: Array
    begins: Array
    """The first link of each place."""
    running: Array
    """Of each link the sum of the weights up to it, among those of its place."""
    total: Array
    """Of each link the sum of the weights of its place."""

    @classmethod
    def of(cls, source: Array, target: Array, weights: Array) -> "Split":
        """Links place by place, those of one place in the order of their ids, and the shares that are set."""
        if not len(source):
            return cls(source, target, *(np.empty(0, np.int64),) * 3)
        first = np.r_[True, source[1:] != source[:-1]]
        begins, group = np.flatnonzero(first), np.cumsum(first) - 1
        running = np.cumsum(shares(weights, begins, group))
        running -= np.r_[0, running][begins][group]
        total = running[np.r_[begins[1:], len(source)] - 1][group]
        return cls(source, target, begins, running, total)

    def parts(self, amounts: Array) -> Array:
        """What each link gets of the whole pence at the place it leaves, nothing lost.

        The k-th link gets floor(A x W_k / W) - floor(A x W_(k-1) / W), W_k the running sum of weights.
        """
        if not len(self.source):
            return np.empty(0, np.int64)
        whole, rest = np.divmod(amounts[self.source], self.total)
        # A x W_k can pass 2^63, so A is taken apart as whole x W + rest; rest x W_k does for huge W only.
        over = rest * self.running // self.total
        if len(huge := np.flatnonzero(self.total >= 2**31)):
            of = (each[huge].astype(object) for each in (rest, self.running, self.total))
            over[huge] = [int(part * running // total) for part, running, total in zip(*of, strict=True)]
        upto = whole * self.running + over
        parts: Array = np.diff(upto, prepend=0)
        parts[self.begins] = upto[self.begins]
        return parts
