"""The ladder: values lifted from goals to projects over links, and money pushed from projects to goals.

A link passes on the lesser of its own level and of what the place it leads to is worth; a place takes the
best of what reaches it, and passes on no more than its cap. Links that chain are followed to the fix point,
which cycles cannot disturb: values only rise.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.portfolio.columns import MILLION, Array

Meet = Callable[[Array, Array], Array]


@dataclass(frozen=True, eq=False)
class Rung:
    """Links of one kind that are not absent: from place, to place, at which level."""

    source: Array
    target: Array
    level: Array
    rows: Array
    """Rows of the links in their table, in the order of their ids."""
    label: str
    chains: bool = False

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
        todo: Any = slice(None)
        while True:
            source, target, level = rung.source[todo], rung.target[todo], rung.level[todo]
            before = value.copy() if rung.chains else value
            join.at(value, source, meet(level, value[target]))
            meet(value, cap, out=value)
            if not rung.chains:
                break
            todo = np.flatnonzero((value != before)[rung.target])
            if not len(todo):
                break
    return value


def reached(rungs: Sequence[Rung], begin: Array) -> Array:
    """Which places can be reached from these, downwards over the links. In the shape of begin."""
    found = begin.copy()
    for rung in reversed(rungs):
        while True:
            new = rung.target[found[rung.source] & ~found[rung.target]]
            found[new] = True
            if not rung.chains or not len(new):
                break
    return found


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


def shares(weights: Array, group: Array) -> Array:
    """Weights over links in millionths, by the place each link leaves.

    A set share is a link's weight; unset ones (-1) divide what is missing to one equally, nothing if nothing
    is missing; all zero is equal.
    """
    size = int(group.max()) + 1 if len(group) else 0
    unset = weights < 0
    stated = np.bincount(group, np.where(unset, 0, weights), size).astype(np.int64)
    open_ = np.bincount(group, unset, size).astype(np.int64)
    # Equal parts of what is missing need not be whole millionths: weights are scaled by how many are unset.
    scaled = np.where(unset, np.maximum(MILLION - stated, 0)[group], weights * np.maximum(open_, 1)[group])
    total = np.bincount(group, scaled, size).astype(np.int64)
    return np.where(total[group] == 0, 1, scaled).astype(np.int64)
