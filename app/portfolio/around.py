"""What a record rests on and what leads to it: all that an answer about it may depend on."""

from collections.abc import Iterable, Sequence

import numpy as np

from app.portfolio.columns import Array
from app.portfolio.kept import LINKS, RECORDS
from app.portfolio.snapshot import Snapshot

_HUBS = ("Organisation", "Portfolio", "ServiceType", "Asset", "Legislation", "Post")
"""Kinds that join what has nothing to do with each other: nothing is followed down from them."""


class Around:
    """The links of one snapshot, of any standing and date, as a net to walk on."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        rooms = snapshot.rooms
        ends = {
            end: rooms.kept(np.concatenate([snapshot.links[label][end] for label in LINKS]))
            for end in ("source", "target")
        }
        self._source, self._target = ends["source"], ends["target"]
        self._affects = (rooms.kept(snapshot.links["AFFECTS"][end]) for end in ("source", "target"))

    def ids(self, of: Iterable[str]) -> set[str]:
        """The records and links around these records: what leads to them, and what all of that rests on."""
        begin = np.zeros(self.snapshot.rooms.end, bool)
        begin[[place for each in of if (place := self.snapshot.place(each, RECORDS)) >= 0]] = True
        hubs = np.zeros(len(begin), bool)
        for kind in _HUBS:
            hubs[self.snapshot.places(kind)] = True
        onward = ~hubs[self._target]
        below = _reached(begin, self._target[onward], self._source[onward])
        rests = _reached(below, self._source, self._target)
        changes, provisions = self._affects
        rests[changes[rests[provisions]]] = True
        rests = _reached(rests, self._source, self._target)
        return self._records(rests) | self._links(rests)

    def _records(self, found: Array) -> set[str]:
        tables, places = self.snapshot.records, self.snapshot.places
        return {id for kind in RECORDS for id in tables[kind].texts(found[places(kind)])}

    def _links(self, found: Array) -> set[str]:
        links, kept = self.snapshot.links, self.snapshot.rooms.kept
        return {id for label in LINKS for id in links[label].texts(found[kept(links[label]["source"])])}


def _reached(begin: Array, source: Array, target: Array) -> Array:
    """Which places are reached from these over any number of links."""
    found = begin.copy()
    while True:
        new = target[found[source] & ~found[target]]
        if not len(new):
            return found
        found[new] = True


def around(snapshots: Sequence[Snapshot], ids: Iterable[str]) -> set[str]:
    """The ids of all records and links around these records, in any of these snapshots."""
    asked = list(ids)
    return {id for each in snapshots for id in Around(each).ids(asked)}
