"""Whether two snapshots say the same, and where they do not."""

from collections.abc import Iterator

import numpy as np

from app.portfolio.columns import Array
from app.portfolio.kept import LINKS, RECORDS
from app.portfolio.snapshot import Snapshot
from app.portfolio.table import Table

_ENDS = ("source", "target")
_WORDS = {
    column.name for columns in (*RECORDS.values(), *LINKS.values()) for column in columns if column.by_word
}


def differences(one: Snapshot, other: Snapshot) -> Iterator[tuple[str, str, str]]:
    """Each difference as kind or label, id and fact; a record or link that only one has has the fact `id`."""
    tables = [(kind, one.records[kind], other.records[kind]) for kind in RECORDS]
    tables += [(label, one.links[label], other.links[label]) for label in LINKS]
    for name, mine, theirs in tables:
        at = theirs.find(mine.ids)
        for row in np.flatnonzero(at < 0).tolist():
            yield name, mine.id(row), "id"
        for row in np.flatnonzero(mine.find(theirs.ids) < 0).tolist():
            yield name, theirs.id(row), "id"
        both = np.flatnonzero(at >= 0)
        for fact in mine.columns:
            left, right = _said(one, mine, fact)[both], _said(other, theirs, fact)[at[both]]
            for row in both[np.flatnonzero(left != right)].tolist():
                yield name, mine.id(row), fact


def _said(snapshot: Snapshot, table: Table, fact: str) -> Array:
    """A column in terms that do not depend on how this snapshot counts places and words."""
    values = table[fact]
    if fact in _ENDS:
        return np.array([snapshot.id(each) for each in values.tolist()], object)
    if fact in _WORDS:
        texts = np.array(snapshot.words.texts, object)
        said: Array = texts[values]
        return said
    return values
