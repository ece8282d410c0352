"""The bulk read: every kept record and link, in the order of their ids, a list a column.

Neo4j's reads are no snapshot: what this gives may hold changes later than the number it is given under, and
is exact only when every entry after that number has been applied (`refresh.py`).
"""

from collections.abc import AsyncIterator, Callable, Iterable

import numpy as np

from app.domain.ledger import Head
from app.graph import Graph, Row
from app.portfolio.columns import Array, Column, Words
from app.portfolio.kept import LINKS, RECORDS
from app.portfolio.snapshot import NOWHERE, Rooms, Snapshot, joined
from app.portfolio.table import Table, table
from graph_schema import KIND_BY_NAME, LINK_BY_LABEL
from graph_schema.cypher import label as labelled

CHUNK = 20_000

Progress = Callable[[int, int], None]
"""Called with the number of records and links read and of all there are."""


async def load(graph: Graph, head: Head, total: int = 0, progress: Progress | None = None) -> Snapshot:
    """Everything that is kept, as it stands at this number of the ledger or somewhat later."""
    reader = _Reader(graph, total, progress)
    records = {kind: await reader.records(kind) for kind in RECORDS}
    rooms = Rooms.of({kind: len(each) for kind, each in records.items()})
    reader.place(rooms)
    links = {label: joined(rooms, label, await reader.links(label)) for label in LINKS}
    return Snapshot(head, records, links, rooms, reader.words)


async def streamed(graph: Graph) -> int:
    """Read the same lists and keep nothing: what the load is measured against. Answers how many rows."""
    reader = _Reader(graph, 0, None)
    texts = [_text_of(kind) for kind in RECORDS] + [_text_between(label) for label in LINKS]
    return sum([len(row["id"]) for text in texts async for row in reader.chunks(text)])


def _text_of(kind: str) -> str:
    return _text(f"(n:{labelled(KIND_BY_NAME[kind])})", "n", ["id(n) AS inner"], RECORDS[kind])


def _text_between(label: str) -> str:
    ends = ["id(a) AS source", "id(b) AS target"]
    return _text(f"(a)-[r:{labelled(LINK_BY_LABEL[label])}]->(b)", "r", ends, LINKS[label])


class _Reader:
    """Reads kind after kind, and knows where each record stands by the store's own number for it."""

    def __init__(self, graph: Graph, total: int, progress: Progress | None) -> None:
        self.graph, self.words = graph, Words()
        self._all, self._done, self._progress = total, 0, progress
        self._inner: dict[str, Array] = {}
        self._places = np.empty(0, np.int32)

    async def records(self, kind: str) -> Table:
        """All records of a kind."""
        parts, inner = [], []
        columns = RECORDS[kind]
        async for row in self.chunks(_text_of(kind)):
            parts.append(table(columns, row["id"], row, self.words))
            inner.append(np.array(row["inner"], np.int64))
        self._inner[kind] = np.concatenate([np.empty(0, np.int64), *inner])
        return _together(columns, parts, self.words)

    def place(self, rooms: Rooms) -> None:
        """Remember the place of each record."""
        highest = max((int(each.max()) for each in self._inner.values() if len(each)), default=-1)
        self._places = np.full(highest + 2, NOWHERE, np.int32)
        for kind, inner in self._inner.items():
            self._places[inner] = rooms.first[kind] + np.arange(len(inner), dtype=np.int32)
        self._inner = {}

    async def links(self, label: str) -> Table:
        """All links of a kind, between places."""
        columns = LINKS[label]
        parts = []
        async for row in self.chunks(_text_between(label)):
            for end in ("source", "target"):
                row[end] = self._places[np.minimum(row[end], len(self._places) - 1)]
            parts.append(table(columns, row["id"], row, self.words))
        return _together(columns, parts, self.words)

    async def chunks(self, text: str) -> AsyncIterator[Row]:
        after = ""
        while True:
            row = await self.graph.row(text, after=after, limit=CHUNK)
            if row is None or not row["id"]:
                return
            after = row["id"][-1]
            yield row
            self._done += len(row["id"])
            if self._progress:
                self._progress(self._done, self._all)
            if len(row["id"]) < CHUNK:
                return


def _text(pattern: str, variable: str, first: list[str], columns: Iterable[Column]) -> str:
    """Reads the next rows in the order of their ids, a list a column."""
    given = {each.partition(" AS ")[2] for each in first}
    asked = [f"{expression} AS {name}" for expression, _, name in (each.partition(" AS ") for each in first)]
    asked += [f"{each.cypher(variable)} AS {each.name}" for each in columns if each.name not in given]
    names = ["id", *given, *(each.name for each in columns if each.name not in given)]
    collected = ", ".join(f"collect({name}_) AS {name}" for name in names)
    with_ = ", ".join(each + "_" for each in [f"{variable}.id AS id", *asked])
    bound = "a, r, b" if variable == "r" else variable
    return f"""
    MATCH {pattern} WHERE {variable}.id > $after
    WITH {bound} ORDER BY {variable}.id LIMIT $limit
    WITH {with_}
    RETURN {collected}
    """


def _together(columns: Iterable[Column], parts: list[Table], words: Words) -> Table:
    if not parts:
        return table(columns, [], {each.name: [] for each in columns}, words)
    names = [each.name for each in columns]
    return Table(
        np.concatenate([each.ids for each in parts], axis=1),
        {name: np.concatenate([each[name] for each in parts]) for name in names},
    )
