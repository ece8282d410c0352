"""The graph as it stood at one number of the ledger, read piece by piece while others write.

Neo4j's reads are no snapshot. So after each piece the ledger is read on, and what a piece shows of later
changes is put back as it stood before the first of them. Nothing is ever deleted, so nothing is missed; and
nobody is held up longer than it takes to look at the ledger's counter.
"""

import json
from collections.abc import AsyncIterator, Iterable
from typing import Any, Self

from app.domain import ledger
from app.domain.ledger import Answer, Head
from app.errors import Busy
from app.graph import Graph, Row

CHUNK = 2_000
"""Records or links of a piece."""
_ENTRIES = 10_000
_REWRITES = ("erase", "redact")

_LATER = """
MATCH (c:Change) WHERE c.seq > $after AND c.seq <= $until
WITH c ORDER BY c.seq LIMIT $limit
RETURN collect([c.seq, c.item, c.action]) AS entries
"""
_BEFORE = "UNWIND $numbers AS seq MATCH (c:Change {seq: seq}) RETURN c.item AS item, c.before AS before"


class AtNumber:
    """Reads as of one number of the ledger, and knows what has changed since."""

    def __init__(self, graph: Graph, head: Head) -> None:
        self.graph, self.head = graph, head
        self.rewritten = False
        """Whether a text was redacted or a person erased since: what was read before may still show it."""
        self._read_to = head.number
        self._first: dict[str, int] = {}

    @classmethod
    async def now(cls, graph: Graph) -> Self:
        """As of the number the ledger has reached by now."""
        return cls(graph, await ledger.reached(graph))

    async def pieces(self, query: str, limit: int = CHUNK, **given: Any) -> AsyncIterator[list[Row]]:
        """The `rows` of a query that goes on `$after` an id; what changed since is known of each piece."""
        after = ""
        while True:
            row = await self.graph.row(query, after=after, limit=limit, **given)
            rows: list[Row] = row["rows"] if row else []
            await self.settle()
            if rows:
                yield rows
            if len(rows) < limit:
                return
            after = rows[-1]["id"]

    async def settle(self) -> int:
        """Read the ledger on, so that every change which can have been seen is known; answers how many."""
        reached = await ledger.reached(self.graph)
        if reached.id != self.head.id:
            raise Busy("The database was replaced by another while it was read; begin again.")
        while self._read_to < reached.number:
            row = await self.graph.row(_LATER, after=self._read_to, until=reached.number, limit=_ENTRIES)
            entries = row["entries"] if row else []
            for seq, item, action in entries:
                self._first.setdefault(item, seq)
                self.rewritten |= action in _REWRITES
                self._read_to = seq
            if not entries:
                break
        return len(self._first)

    async def before(self, ids: Iterable[str]) -> dict[str, Answer | None]:
        """Of these, those that have changed since: what stood at the number, None where there was nothing."""
        numbers = sorted(self._first[id] for id in set(ids) if id in self._first)
        if not numbers:
            return {}
        rows = await self.graph.rows(_BEFORE, numbers=numbers)
        return {row["item"]: row["before"] and json.loads(row["before"]) for row in rows}
