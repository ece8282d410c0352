"""Finding records by words, and what stands around one of them."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from app.domain import as_known, links, paging, records
from app.domain.access import Scope
from app.domain.ledger import Answer
from app.domain.moments import Moment
from app.errors import Fault, Invalid
from app.graph import Graph
from app.who import Reader
from graph_schema import LINK_KINDS
from graph_schema.core import Link, Node
from graph_schema.cypher import in_dates, labels

MOST_WORDS = 12
LONGEST_WORD = 200
_UNINDEXED = {
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in",
    "into", "is", "it", "no", "not", "of", "on", "or", "such", "that", "the", "their",
    "then", "there", "these", "they", "this", "to", "was", "will", "with",
}  # fmt: skip
"""Words the index leaves out: a search for them too would find nothing."""


async def search(
    graph: Graph,
    q: str,
    kinds: tuple[type[Node], ...],
    reader: Reader,
    limit: int = 20,
    valid_on: str | None = None,
) -> list[Answer]:
    """Live records whose title, summary or reference holds every word or its beginning, best first.

    Best is what has most of the words in its title, then the shortest title. The index's own score is not
    used: it weighs words by how often they occur anywhere, hidden records included.
    """
    words = [word[:LONGEST_WORD] for word in re.findall(r"\w+", _folded(q))[:MOST_WORDS]]
    words = [word for word in words if word not in _UNINDEXED] or words
    if not words:
        raise Invalid(faults=[Fault("/q", "no_words", "Search for at least one word.")])
    scope = Scope(reader)
    valid = in_dates("n", "$valid_on") if valid_on else "true"
    of_kind = f"n:{labels(kinds)}" if kinds else "true"
    row = await graph.row(
        f"""CALL db.index.fulltext.queryNodes('gt_search', $q) YIELD node AS n
            WHERE n.status = 'live' AND {of_kind} AND {scope.sees("n")} AND {valid}
            WITH n, size([word IN $words WHERE toLower(n.title) CONTAINS word]) AS named
            ORDER BY named DESC, size(n.title), n.title, n.id LIMIT $limit
            RETURN collect({records.LOADED}) AS found""",
        q=" AND ".join(f"({word} OR {word}*)" for word in words),
        words=words,
        limit=limit,
        valid_on=valid_on,
        **scope.parameters,
    )
    return [records.envelope(each) for each in row["found"]] if row else []


def _folded(q: str) -> str:
    """The words without accents, as the index keeps them, and in small letters: AND, OR and NOT are words."""
    apart = unicodedata.normalize("NFKD", q.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


@dataclass(frozen=True)
class Neighbourhood:
    """A record, what stands within some steps of it, and the links between."""

    records: list[Answer]
    links: list[Answer]
    truncated: bool
    """Whether there is more than the cap let through."""


_ARROWS = {"out": "(a)-[r:{kinds}]->(b)", "in": "(a)<-[r:{kinds}]-(b)", "both": "(a)-[r:{kinds}]-(b)"}


@dataclass(frozen=True)
class Around:
    """What to look for around a record."""

    direction: str = "both"
    """out (to what it serves or relies on), in, or both."""
    depth: int = 1
    kinds: tuple[type[Link], ...] = ()
    """Only links of these kinds; empty: all."""
    cap: int = 200
    """Records at most."""
    valid_on: str | None = None
    """Only links and neighbours valid on this day."""


async def neighbourhood(
    graph: Graph, id: str, reader: Reader, asked: Around = Around(), moment: Moment | None = None
) -> Neighbourhood:
    """What stands within some steps of a record, now or as was known. One statement a step."""
    walk = _Walk(graph, reader, asked, moment)
    start = await walk.start(id)
    found: dict[str, Answer] = {start["id"]: start}
    joined: dict[str, Answer] = {}
    frontier, truncated = [start["id"]], False
    for _ in range(asked.depth):
        step = await walk.step(frontier, joined)
        frontier = []
        for link, record in step[: asked.cap]:
            if record["id"] not in found and len(found) >= asked.cap:
                truncated = True
                continue
            if record["id"] not in found:
                frontier.append(record["id"])
                found[record["id"]] = record
            joined[link["id"]] = link
        truncated = truncated or len(step) > asked.cap
        if not frontier:
            break
    return Neighbourhood(list(found.values()), await walk.titled(list(joined.values())), truncated)


Step = list[tuple[Answer, Answer]]
"""Links from the frontier, each with the record at its other end."""


@dataclass
class _Walk:
    """Steps through the graph as it stands, or as was known at a moment."""

    graph: Graph
    reader: Reader
    asked: Around
    moment: Moment | None
    _since: list[Answer] = field(default_factory=list)
    """Links of the kinds asked for that have changed since the moment, as they were."""

    @property
    def _kinds(self) -> tuple[type[Link], ...]:
        return self.asked.kinds or LINK_KINDS

    async def start(self, id: str) -> Answer:
        """The record it begins at."""
        if self.moment is None:
            return await records.get(self.graph, None, id, self.reader)
        self._since = await as_known.changed(self.graph, self._kinds, self.moment, self.reader)
        return await as_known.record(self.graph, None, id, self.moment, self.reader)

    async def step(self, frontier: list[str], known: Iterable[str]) -> Step:
        """The next links, in the order of their ids, one more than the cap at most."""
        found = await self._now(frontier, list(known))
        if self.moment is None:
            return found
        ways = {link["id"]: (link, record["id"]) for link, record in found}
        ways |= {link["id"]: (link, end) for link, end in self._then(set(frontier), set(known))}
        there = await as_known.states(self.graph, (end for _, end in ways.values()), self.moment, self.reader)
        step = [
            (link, there[end])
            for _, (link, end) in sorted(ways.items())
            if end in there and paging.covers(there[end]["facts"], self.asked.valid_on)
        ]
        return step[: self.asked.cap + 1]

    def _then(self, near: set[str], known: set[str]) -> Iterator[tuple[Answer, str]]:
        """Links that have changed since and led from the frontier, each with its other end."""
        for link in self._since:
            if link["id"] in known or link["standing"] == "withdrawn":
                continue
            if not paging.covers(link["facts"], self.asked.valid_on):
                continue
            if link["from"]["id"] in near and self.asked.direction != "in":
                yield link, link["to"]["id"]
            elif link["to"]["id"] in near and self.asked.direction != "out":
                yield link, link["from"]["id"]

    async def _now(self, frontier: list[str], known: list[str]) -> Step:
        scope = Scope(self.reader)
        where = ["r.standing <> 'withdrawn'", "NOT r.id IN $known", scope.sees("b")]
        if self.asked.valid_on:
            where += [in_dates("r", "$valid_on")] + (
                [in_dates("b", "$valid_on")] if self.moment is None else []
            )
        if self.moment:
            where.append(paging.unchanged("r"))
        rows = await self.graph.rows(
            f"""UNWIND $frontier AS id MATCH (a:Record {{id: id}})
                MATCH {_ARROWS[self.asked.direction].format(kinds=labels(self._kinds))}
                WHERE {" AND ".join(where)}
                WITH DISTINCT r, b AS n, startNode(r) AS s, endNode(r) AS t ORDER BY r.id LIMIT $limit
                RETURN {links.map_of("s", "t")} AS link, {records.LOADED} AS record""",
            frontier=frontier,
            known=known,
            limit=self.asked.cap + 1,
            valid_on=self.asked.valid_on,
            since=self.moment.number if self.moment else None,
            **scope.parameters,
        )
        return [(links.envelope(row["link"]), records.envelope(row["record"])) for row in rows]

    async def titled(self, joined: list[Answer]) -> list[Answer]:
        """The links with their ends' titles of the moment."""
        return joined if self.moment is None else await as_known.titled(self.graph, joined, self.moment)
