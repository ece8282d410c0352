"""What a record rests on and what leads to it: all that an answer about it may depend on."""

from collections.abc import Iterable, Sequence

import numpy as np

from app.portfolio.columns import Array
from app.portfolio.kept import LINKS, RECORDS
from app.portfolio.ladder import spread
from app.portfolio.surface import Portfolio

_HUBS = ("Organisation", "Portfolio", "ServiceType", "Asset", "Legislation", "Post")
"""Kinds that join what has nothing to do with each other: nothing is followed down from them."""


_FOLLOWED = tuple(label for label in LINKS if label not in ("RELATES", "MEASURED_BY", "ESTABLISHED_BY"))
"""What an answer may rest on: not the links that are shown and never counted."""


class Around:
    """The links of one portfolio, of any standing and date, a net to walk on, never past what is hidden."""

    def __init__(self, portfolio: Portfolio) -> None:
        self.snapshot, self.seen = portfolio.snapshot, portfolio.seen_anywhere
        ends = [np.concatenate([self._ends(label)[end] for label in _FOLLOWED]) for end in range(2)]
        self._source, self._target = ends

    def _ends(self, label: str) -> tuple[Array, Array]:
        """The ends of the links of a kind that the reader sees."""
        links, kept = self.snapshot.links[label], self.snapshot.rooms.kept
        source, target = kept(links["source"]), kept(links["target"])
        rows = self.seen[source] & self.seen[target]
        return source[rows], target[rows]

    def ids(self, of: Iterable[str]) -> set[str]:
        """The records and links around these records: what leads to them, and what all of that rests on."""
        begin = np.zeros(self.snapshot.rooms.end, bool)
        begin[[place for each in of if (place := self.snapshot.place(each, RECORDS)) >= 0]] = True
        begin &= self.seen
        hubs = np.zeros(len(begin), bool)
        for kind in _HUBS:
            hubs[self.snapshot.places(kind)] = True
        onward = ~hubs[self._target]
        below = _reached(begin, self._target[onward], self._source[onward])
        rests = _reached(below, self._source, self._target)
        changes, provisions = self._ends("AFFECTS")
        rests[changes[rests[provisions]]] = True
        rests = _reached(rests, self._source, self._target)
        return self._records(rests) | self._links(rests)

    def _records(self, found: Array) -> set[str]:
        tables, places = self.snapshot.records, self.snapshot.places
        return {id for kind in RECORDS for id in tables[kind].texts(found[places(kind)])}

    def _links(self, found: Array) -> set[str]:
        links, kept = self.snapshot.links, self.snapshot.rooms.kept
        rows = {
            label: found[kept(links[label]["source"])] & self.seen[kept(links[label]["target"])]
            for label in _FOLLOWED
        }
        return {id for label in _FOLLOWED for id in links[label].texts(rows[label])}


def _reached(begin: Array, source: Array, target: Array) -> Array:
    """Which places are reached from these over any number of links."""
    found = begin.copy()
    spread(found, source, target, chains=True)
    return found


def around(portfolios: Sequence[Portfolio], ids: Iterable[str]) -> set[str]:
    """The ids of all records and links around these records, in any of these portfolios."""
    asked = list(ids)
    return {id for each in portfolios for id in Around(each).ids(asked)}
