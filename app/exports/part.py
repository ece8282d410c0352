"""The part of the graph an export holds, as a reader sees it: all of it, or what stands below one record.

Below a record is what leads to it over links that trace, or that make it a part of it; with that goes what
these records are joined with directly (costs, benefits, owners, law) and the organisations they belong to.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from app.domain import as_known, links, paging, records
from app.domain.access import Scope
from app.domain.ledger import Answer, Head
from app.domain.moments import Moment
from app.errors import NotFound, TooLarge
from app.exports.at_number import CHUNK, AtNumber
from app.graph import Graph, Row
from app.who import Reader
from graph_schema import KIND_BY_NAME, LINK_KINDS, NODE_KINDS
from graph_schema.core import PERSONAL
from graph_schema.cypher import label, labels

MOST = 200_000
"""Records that may stand below one."""
_UP = labels(tuple(kind for kind in LINK_KINDS if kind.traces or kind.label == "PART_OF"))
_ANY = labels(LINK_KINDS)
_DATES = ("valid_from", "valid_to")


def _end(name: str) -> str:
    kind = f"[l IN labels({name}) WHERE l <> 'Record'][0]"
    return f"{name} {{.id, .title, .print, .valid_from, .valid_to, kind: {kind}}}"


_LINK = f"r {{.*, label: type(r), from: {_end('a')}, to: {_end('b')}}}"


@dataclass(frozen=True)
class Wanted:
    """Which part is asked for."""

    below: str | None = None
    """Id of a record: only it and what stands below it."""
    valid_on: str | None = None
    """Only what is valid on this day: records, and links between such records."""


class Part:
    """A part of the graph at one number of the ledger, piece by piece."""

    def __init__(self, at: AtNumber, wanted: Wanted, reader: Reader) -> None:
        self.at, self.wanted, self._scope = at, wanted, Scope(reader)
        self._ids: dict[str, str] = {}
        self._core: set[str] = set()

    @classmethod
    async def of(cls, graph: Graph, wanted: Wanted, reader: Reader, moment: Moment | None = None) -> Self:
        """The part as it stands now, or as was known at a moment."""
        if moment is None:
            at = await AtNumber.now(graph)
        else:
            at = AtNumber(graph, Head(moment.ledger, moment.number, moment.at))
            if await at.settle() > as_known.MOST_CHANGED:
                says = f"More than {as_known.MOST_CHANGED:,} things have changed since then"
                raise TooLarge(f"{says}; ask for a later known_on.")
        part = cls(at, wanted, reader)
        if wanted.below is not None:
            await part._walk(wanted.below)
        return part

    async def records(self) -> AsyncIterator[list[Answer]]:
        """Every record, so many of one kind at a time, in the order of the kinds."""
        for kind in NODE_KINDS:
            if self.wanted.below is None:
                query = f"""MATCH (n:{label(kind)}) WHERE n.id > $after AND {self._scope.sees("n")}
                            WITH n ORDER BY n.id LIMIT $limit
                            WITH {records.LOADED} AS row RETURN collect(row) AS rows"""
                async for rows in self.at.pieces(query, **self._scope.parameters):
                    yield await self._then(rows)
            else:
                for ids in _cut(sorted(id for id, name in self._ids.items() if name == kind.__name__)):
                    yield await self._of(ids)

    async def links(self) -> AsyncIterator[list[Answer]]:
        """Every link between these records."""
        if self.wanted.below is not None:
            for ids in _cut(sorted(self._core)):
                here = set(ids)
                yield [each for each in await self._touching(ids, _ANY) if self._is_told(each, here)]
            return
        for kind in LINK_KINDS:
            query = f"""MATCH (a)-[r:{label(kind)}]->(b) WHERE r.id > $after AND {self._scope.sees("a", "b")}
                        WITH a, r, b ORDER BY r.id LIMIT $limit RETURN collect({_LINK}) AS rows"""
            async for rows in self.at.pieces(query, **self._scope.parameters):
                yield await self._joined(rows)

    def _is_told(self, link: Answer, here: set[str]) -> bool:
        """Whether a link that touches these records is told with them: each is told once."""
        source, target = link["from"]["id"], link["to"]["id"]
        if source not in self._ids or target not in self._ids:
            return False
        return source in here or source not in self._core

    # As it stood at the number

    async def _of(self, ids: Sequence[str]) -> list[Answer]:
        rows = await self.at.graph.rows(
            f"""UNWIND $ids AS id MATCH (n:Record {{id: id}}) WHERE {self._scope.sees("n")}
                RETURN {records.LOADED} AS row""",
            ids=list(ids),
            **self._scope.parameters,
        )
        await self.at.settle()
        return await self._then([row["row"] for row in rows])

    async def _then(self, rows: list[Row]) -> list[Answer]:
        before = await self.at.before(row["id"] for row in rows)
        found = []
        for row in rows:
            state = records.envelope(row)
            if row["id"] in before:
                told = before[row["id"]]
                if told is None:
                    continue
                state = _personal(state, as_known.whole(told))
            if paging.covers(state["facts"], self.wanted.valid_on):
                found.append(state)
        return found

    async def _joined(self, rows: list[Row]) -> list[Answer]:
        """The links of these rows that stood then, their ends as they were."""
        ends = [row[side]["id"] for row in rows for side in ("from", "to")]
        before = await self.at.before([*(row["id"] for row in rows), *ends])
        found = []
        for row in rows:
            told = before[row["id"]] if row["id"] in before else links.envelope(row)
            if told is None or told["standing"] == "withdrawn":
                continue
            sides = {side: _as_it_was(row[side], before.get(row[side]["id"])) for side in ("from", "to")}
            dated = (told["facts"], *sides.values())
            if all(paging.covers(each, self.wanted.valid_on) for each in dated):
                shown = {side: {name: end[name] for name in SHOWN} for side, end in sides.items()}
                found.append(as_known.whole(told) | shown)
        return found

    # What stands below a record

    async def _walk(self, root: str) -> None:
        """Find what stands below the record, and what goes with it."""
        top = await self._of([root])
        if not top:
            raise NotFound
        self._ids = {root: top[0]["kind"]}
        frontier = [root]
        while frontier:
            found: list[str] = []
            for ids in _cut(frontier):
                here = set(ids)
                leading = [each for each in await self._touching(ids, _UP) if each["to"]["id"] in here]
                found += self._add(each["from"] for each in leading)
            frontier = sorted(found)
        self._core = set(self._ids)
        for ids in _cut(sorted(self._core)):
            self._add(end for each in await self._touching(ids, _ANY) for end in (each["from"], each["to"]))
            belongs = {each["facts"]["organisation"] for each in await self._of(ids)} - {None}
            self._add({"id": id, "kind": "Organisation"} for id in sorted(belongs))

    def _add(self, ends: Iterable[Answer]) -> list[str]:
        """Take these records in; answers which are new."""
        new = {end["id"]: end["kind"] for end in ends if end["id"] not in self._ids}
        self._ids |= new
        if len(self._ids) > MOST:
            raise TooLarge(f"More than {MOST:,} records stand below this one; export everything instead.")
        return list(new)

    async def _touching(self, ids: Sequence[str], kinds: str) -> list[Answer]:
        """The links of these kinds that begin or end at these records, as they stood."""
        rows = await self.at.graph.rows(
            f"""UNWIND $ids AS id MATCH (n:Record {{id: id}})-[r:{kinds}]-()
                WITH DISTINCT r, startNode(r) AS a, endNode(r) AS b WHERE {self._scope.sees("a", "b")}
                WITH a, r, b ORDER BY type(r), r.id RETURN {_LINK} AS row""",
            ids=list(ids),
            **self._scope.parameters,
        )
        await self.at.settle()
        return await self._joined([row["row"] for row in rows])


SHOWN = ("id", "kind", "title")
"""What an exported link shows of a record at one of its ends."""


def _personal(now: Answer, then: Answer) -> Answer:
    """The record as it was; what is kept of a person in one place only, as it is."""
    personal = KIND_BY_NAME[now["kind"]].marked(PERSONAL)
    return then | {"facts": then["facts"] | {name: now["facts"][name] for name in personal}}


def _as_it_was(end: Row, state: Answer | None) -> Row:
    """An end of a link, with the title and dates it had."""
    if state is None:
        return end
    facts = state["facts"]
    return end | {name: facts.get(name) for name in _DATES} | {"title": facts.get("title", end["title"])}


def _cut(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
