"""Everything that is in the graph into one archive, exact at one number of the ledger, while others write.

The archive holds what the store holds, under the names it has there, and nothing of the store's own numbers.
Receipts are left out: they are of the last day, and of the old ledger. Of keys there are the digests.
"""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from app.domain import as_known, links
from app.domain.ledger import Answer
from app.errors import Busy
from app.exports.archive import KEPT, Made, Manifest, Member, Position, Writing
from app.exports.at_number import CHUNK, AtNumber
from app.graph import Graph, Row
from app.who import instant
from graph_schema import LINK_KINDS, NODE_KINDS
from graph_schema.core import PERSONAL, Link, Node
from graph_schema.cypher import label, restored, stored

Progress = Callable[[int, int], None]
"""Called with the lines written or read, and with how many there are in all."""
_TRIES = 3

_RECORDS = """
MATCH (n:{label}) WHERE n.id > $after WITH n ORDER BY n.id LIMIT $limit
WITH {{id: n.id, properties: properties(n),
       identifiers: COLLECT {{ MATCH (i:Identifier)-[:IDENTIFIES]->(n)
                               RETURN properties(i) ORDER BY i.key }}}} AS row
RETURN collect(row) AS rows
"""
_LINKS = """
MATCH (a)-[r:{label}]->(b) WHERE r.id > $after WITH a, r, b ORDER BY r.id LIMIT $limit
RETURN collect({{id: r.id, from: a.id, to: b.id, properties: properties(r)}}) AS rows
"""
_LEDGER = """
MATCH (c:Change) WHERE c.seq > $after AND c.seq <= $until
WITH c ORDER BY c.seq LIMIT $limit
RETURN collect(c {.*, recorded_at: toString(c.recorded_at)}) AS rows
"""
_LINES = """
CALL () { MATCH (n:Record) RETURN count(n) AS records }
CALL () { MATCH ()-[r]->() WHERE type(r) <> 'IDENTIFIES' RETURN count(r) AS links }
RETURN records + links AS lines
"""


async def take(
    graph: Graph, path: Path, reached: Row, progress: Progress | None = None, at: AtNumber | None = None
) -> Manifest:
    """Write the archive to this path; `reached` is how far the database's migrations have come.

    It is as of the number the ledger has now, or of an earlier one. Where a person was erased or a text
    redacted since, it is begun again, so that it holds neither.
    """
    for _ in range(_TRIES):
        at = at or await AtNumber.now(graph)
        with Writing(path) as writing:
            await _Copying(at, writing, progress).all()
            await at.settle()
            if not at.rewritten:
                manifest = _manifest(at, writing, reached)
                writing.close(manifest)
                return manifest
        at = None
    raise Busy("Persons were erased or texts redacted while the backup was taken; take it again.")


def _manifest(at: AtNumber, writing: Writing, reached: Row) -> Manifest:
    made = reached["migrations"]
    return Manifest(
        service_version=version("golden-thread"),
        schema_version=reached["schema_version"],
        migrations=tuple(Made(**{name: move[name] for name in Made.model_fields}) for move in made),
        ledger=Position(id=at.head.id, number=at.head.number, at=at.head.at),
        taken_at=instant(datetime.now(UTC)),
        members=writing.members,
    )


class _Copying:
    """Writes one archive."""

    def __init__(self, at: AtNumber, writing: Writing, progress: Progress | None) -> None:
        self._at, self._writing, self._progress = at, writing, progress
        self._done = self._all = 0

    async def all(self) -> None:
        """Every member, in the order they are put back in."""
        counted = await self._at.graph.row(_LINES)
        self._all = (counted["lines"] if counted else 0) + self._at.head.number
        with self._writing.member("records") as member:
            for kind in NODE_KINDS:
                await self._records(kind, member)
        with self._writing.member("links") as member:
            for link in LINK_KINDS:
                await self._links(link, member)
        with self._writing.member("ledger") as member:
            async for rows in self._entries():
                self._write(member, rows)
        for name, (node, key) in KEPT.items():
            query = f"MATCH (n:`{node}`) RETURN properties(n) AS row ORDER BY n.`{key}`"
            with self._writing.member(name) as member:
                self._write(member, [row["row"] for row in await self._at.graph.rows(query)])

    def _write(self, member: Member, rows: list[Row]) -> None:
        for row in rows:
            member.write(row)
        self._done += len(rows)
        if self._progress:
            self._progress(self._done, max(self._done, self._all))

    async def _records(self, kind: type[Node], member: Member) -> None:
        async for rows in self._at.pieces(_RECORDS.format(label=label(kind))):
            before = await self._at.before(row["id"] for row in rows)
            then = (_record_then(kind, row, before) for row in rows)
            self._write(member, [{"kind": kind.__name__} | row for row in then if row is not None])

    async def _links(self, kind: type[Link], member: Member) -> None:
        async for rows in self._at.pieces(_LINKS.format(label=label(kind))):
            before = await self._at.before(row["id"] for row in rows)
            then = (_link_then(kind, row, before) for row in rows)
            self._write(member, [{"kind": kind.label} | row for row in then if row is not None])

    async def _entries(self) -> AsyncIterator[list[Row]]:
        after = 0
        while True:
            row = await self._at.graph.row(_LEDGER, after=after, until=self._at.head.number, limit=CHUNK)
            rows: list[Row] = row["rows"] if row else []
            if not rows:
                return
            yield rows
            after = rows[-1]["seq"]


def _record_then(kind: type[Node], row: Row, before: dict[str, Answer | None]) -> Row | None:
    """The record as the store held it; None where it was not there yet."""
    if row["id"] not in before:
        return {name: row[name] for name in ("properties", "identifiers")}
    state = before[row["id"]]
    if state is None:
        return None
    told = as_known.whole(state)["facts"]
    now = restored(kind, row["properties"])
    # A person's facts are kept in one place, not in the ledger: they are as they are.
    personal = kind.marked(PERSONAL)
    facts = kind.model_validate(told | {name: now[name] for name in personal if name in now})
    named = {f"{each['scheme']}|{each['value']}" for each in told["identifiers"]}
    return {
        "properties": _stated(stored(facts), state)
        | {"status": state["status"], "print": facts.fingerprint()},
        "identifiers": [
            each for each in row["identifiers"] if each["key"] in named or "identifiers" in personal
        ],
    }


def _link_then(kind: type[Link], row: Row, before: dict[str, Answer | None]) -> Row | None:
    """The link as the store held it; None where it was not there yet."""
    joined: dict[str, Any] = {name: row[name] for name in ("from", "to")}
    if row["id"] not in before:
        return joined | {"properties": row["properties"]}
    state = before[row["id"]]
    if state is None:
        return None
    facts = kind.model_validate(as_known.whole(state)["facts"])
    service = {name: state[name] for name in links.SERVICE if state.get(name) is not None}
    if state["standing"] != "withdrawn":
        service["key"] = facts.key(row["from"], row["to"])
    return joined | {"properties": _stated(stored(facts), state) | service}


def _stated(facts: Row, state: Answer) -> Row:
    """What is stored of these facts, with what every record and link has; nothing is stored of no fact."""
    service = {"id": state["id"], "revision": state["revision"], "source_system": state["source"]}
    held = {name: value for name, value in facts.items() if value is not None}
    return held | service | {"changed_at": state["changed_at"]}
