"""What leads to what, over links of any kinds: over how many, at fewest, and to which of several ends."""

from collections.abc import Collection, Iterable
from typing import Literal

import numpy as np

from app.portfolio.columns import Array
from app.portfolio.grounds import in_dates
from app.portfolio.ladder import FAR
from app.portfolio.surface import Portfolio
from graph_schema.values import Standing

MOST = 100
"""Links a chain is followed over at most."""

Direction = Literal["out", "in", "both"]


def steps(
    portfolio: Portfolio,
    ends: Iterable[str],
    over: Collection[str],
    standings: Collection[Standing],
    direction: Direction = "out",
    most: int = MOST,
) -> tuple[dict[str, tuple[int, str]], bool]:
    """For each record in use that leads to one of these: over how many links, and to which.

    Among the ends as near it is that of the lowest id. Also whether chains go on beyond the most links.
    """
    ids = sorted(set(ends))
    source, target = _joins(portfolio, over, standings, direction)
    begin = np.full(portfolio.snapshot.rooms.end, FAR, np.int32)
    begin[portfolio.snapshot.placed(ids)] = np.arange(len(ids))
    taken, nearest = np.zeros(len(begin), np.int32), np.full(len(begin), FAR, np.int32)
    front, step = begin, 0
    while (front < FAR).any() and step < most:
        step += 1
        open_ = taken[source] == 0
        source, target = source[open_], target[open_]
        rows = np.flatnonzero(front[target] < FAR)
        led = np.full(len(begin), FAR, np.int32)
        np.minimum.at(led, source[rows], front[target[rows]])
        new = led < FAR
        taken[new], nearest[new] = step, led[new]
        front = np.where(begin < FAR, FAR, led)
    at = np.flatnonzero(taken)
    told = zip(portfolio.snapshot.ids(at), taken[at].tolist(), nearest[at].tolist(), strict=True)
    return {id: (many, ids[end]) for id, many, end in told}, bool((front < FAR).any())


def _joins(
    portfolio: Portfolio, over: Collection[str], standings: Collection[Standing], direction: Direction
) -> tuple[Array, Array]:
    """Where a chain may go on, from place to place: over links that hold on the day, from what is in use."""
    kept, codes = portfolio.snapshot.rooms.kept, [list(Standing).index(each) + 1 for each in standings]
    stands = portfolio.seen_anywhere & portfolio.in_use_anywhere
    found = []
    for label in over:
        links = portfolio.snapshot.links[label]
        holds = np.isin(links["standing"], codes) & in_dates(links, portfolio.world.number)
        source, target = kept(links["source"][holds]), kept(links["target"][holds])
        found += [(source, target)] if direction != "in" else []
        found += [(target, source)] if direction != "out" else []
    ways = [np.concatenate(each) for each in zip(*found, strict=True)]
    begins = stands[ways[0]]
    return ways[0][begins], ways[1][begins]
