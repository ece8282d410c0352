"""Finding records by words, and what stands around one of them."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from app.domain import links, records
from app.domain.access import Scope
from app.domain.ledger import Answer
from app.errors import Fault, Invalid
from app.graph import Graph
from app.who import Reader
from graph_schema import LINK_KINDS
from graph_schema.core import Link, Node
from graph_schema.cypher import labels

MOST_WORDS = 12
LONGEST_WORD = 200
_UNINDEXED = {
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in",
    "into", "is", "it", "no", "not", "of", "on", "or", "such", "that", "the", "their",
    "then", "there", "these", "they", "this", "to", "was", "will", "with",
}  # fmt: skip
"""Words the index leaves out: a search for them too would find nothing."""


async def search(
    graph: Graph, q: str, kinds: tuple[type[Node], ...], reader: Reader, limit: int = 20
) -> list[Answer]:
    """Live records whose title, summary or reference holds every word or its beginning, best first."""
    words = [word[:LONGEST_WORD] for word in re.findall(r"\w+", _folded(q))[:MOST_WORDS]]
    words = [word for word in words if word not in _UNINDEXED] or words
    if not words:
        raise Invalid(faults=[Fault("/q", "no_words", "Search for at least one word.")])
    scope = Scope(reader)
    of_kind = f"n:{labels(kinds)}" if kinds else "true"
    row = await graph.row(
        f"""CALL db.index.fulltext.queryNodes('gt_search', $q) YIELD node AS n, score
            WHERE n.status = 'live' AND {of_kind} AND {scope.sees("n")}
            WITH n, score ORDER BY score DESC, n.id LIMIT $limit
            RETURN collect({records.LOADED}) AS found""",
        q=" AND ".join(f"({word} OR {word}*)" for word in words),
        limit=limit,
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


async def neighbourhood(
    graph: Graph,
    id: str,
    reader: Reader,
    direction: str = "both",
    depth: int = 1,
    kinds: tuple[type[Link], ...] = (),
    cap: int = 200,
) -> Neighbourhood:
    """What stands within `depth` steps of a record over live links of these kinds, at most `cap` records.

    `direction` is out (to what it serves or relies on), in, or both. One statement a step.
    """
    start = await records.get(graph, None, id, reader)
    found: dict[str, Answer] = {start["id"]: start}
    joined: dict[str, Answer] = {}
    frontier, truncated = [start["id"]], False
    for _ in range(depth):
        step = await _step(graph, frontier, reader, direction, kinds or LINK_KINDS, list(joined), cap)
        frontier = []
        for link, record in step[:cap]:
            if record["id"] not in found and len(found) >= cap:
                truncated = True
                continue
            if record["id"] not in found:
                frontier.append(record["id"])
                found[record["id"]] = record
            joined[link["id"]] = link
        truncated = truncated or len(step) > cap
        if not frontier:
            break
    return Neighbourhood(list(found.values()), list(joined.values()), truncated)


async def _step(
    graph: Graph,
    frontier: list[str],
    reader: Reader,
    direction: str,
    kinds: tuple[type[Link], ...],
    known: list[str],
    cap: int,
) -> list[tuple[Answer, Answer]]:
    scope = Scope(reader)
    rows: list[dict[str, Any]] = await graph.rows(
        f"""UNWIND $frontier AS id MATCH (a:Record {{id: id}})
            MATCH {_ARROWS[direction].format(kinds=labels(kinds))}
            WHERE r.standing <> 'withdrawn' AND NOT r.id IN $known AND {scope.sees("b")}
            WITH DISTINCT r, b AS n, startNode(r) AS s, endNode(r) AS t ORDER BY r.id LIMIT $limit
            RETURN {links.map_of("s", "t")} AS link, {records.LOADED} AS record""",
        frontier=frontier,
        known=known,
        limit=cap + 1,
        **scope.parameters,
    )
    return [(links.envelope(row["link"]), records.envelope(row["record"])) for row in rows]
