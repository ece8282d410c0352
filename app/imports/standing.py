"""What stands in the graph of what an import speaks of: read in bulk, before anything is decided."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from app.domain import links, records
from app.domain.access import Scope
from app.domain.subjects import Holders
from app.graph import Graph, Row
from app.who import Reader
from graph_schema.core import Link
from graph_schema.cypher import label

T = TypeVar("T")

BATCH = 2_000
READ_TIMEOUT = 60.0

Pair = tuple[str, str]


@dataclass
class Standing:
    """Records by key or id, links by the ids of their ends, and all links of kinds that may have no cycle."""

    records: dict[str, Row] = field(default_factory=dict)
    """Key, or id where a row names one, -> the record as `records.LOADED` gives it."""
    taken: set[str] = field(default_factory=set)
    """Keys of records the reader may not see: there are none of these, but the keys are not free."""
    links: dict[str, dict[Pair, list[Row]]] = field(default_factory=dict)
    """Label -> ends -> links of that kind between them, withdrawn ones too, as `links.LOADED` gives them."""
    arcs: dict[str, list[Pair]] = field(default_factory=dict)
    """Label of an acyclic kind -> the ends of all its live links."""
    holders: Holders = field(default_factory=dict)
    """Who holds the posts that own the records, where the caller is a person."""
    head: Row = field(default_factory=dict)
    """The ledger's identity and last number, where a row states a decision."""


def batches(things: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """The things in lists of at most this size."""
    rest = iter(things)
    while batch := list(islice(rest, size)):
        yield batch


async def read_records(graph: Graph, names: Iterable[str], reader: Reader) -> Standing:
    """The records that these keys (`scheme|value`) and ids name; those that are not there are left out."""
    wanted = sorted(set(names))
    scope = Scope(reader)
    seen = f"CASE WHEN {scope.sees('n')} THEN {records.LOADED} END AS found"
    standing = Standing()

    async def read(query: str, some: list[str]) -> None:
        for batch in batches(some):
            rows = await graph.rows(
                f"UNWIND $keys AS key {query}", READ_TIMEOUT, keys=batch, **scope.parameters
            )
            for row in rows:
                if row["found"] is None:
                    standing.taken.add(row["key"])
                else:
                    standing.records[row["key"]] = {"organisation": None} | row["found"]

    await asyncio.gather(
        read(
            f"MATCH (:Identifier {{key: key}})-[:IDENTIFIES]->(n:Record) RETURN key, {seen}",
            [name for name in wanted if "|" in name],
        ),
        read(
            f"MATCH (n:Record {{id: key}}) WHERE {scope.sees('n')} RETURN key, {seen}",
            [name for name in wanted if "|" not in name],
        ),
    )
    return standing


async def read_links(graph: Graph, kind: type[Link], pairs: Iterable[Pair]) -> dict[Pair, list[Row]]:
    """The links of a kind between these records, in both states: live and withdrawn.

    Both ends are found first: else the database goes through all links of the end that has most.
    """
    found: dict[Pair, list[Row]] = {}
    for batch in batches(sorted(set(pairs))):
        rows = await graph.rows(
            f"""UNWIND $pairs AS pair
                MATCH (a:Record {{id: pair[0]}}) MATCH (b:Record {{id: pair[1]}})
                CALL (a, b) {{ MATCH (a)-[r:{label(kind)}]->(b) RETURN r }}
                RETURN {links.LOADED} AS found ORDER BY r.id""",
            READ_TIMEOUT,
            pairs=[list(pair) for pair in batch],
        )
        for row in rows:
            link: dict[str, Any] = row["found"]
            found.setdefault((link["from"]["id"], link["to"]["id"]), []).append(link)
    return found


async def read_arcs(graph: Graph, kind: type[Link], reader: Reader) -> list[Pair]:
    """The ends of every live link of a kind that the reader sees."""
    scope = Scope(reader)
    row = await graph.row(
        f"""MATCH (a:Record)-[r:{label(kind)}]->(b:Record)
            WHERE r.standing <> 'withdrawn' AND {scope.sees("a", "b")}
            RETURN collect([a.id, b.id]) AS arcs""",
        READ_TIMEOUT,
        **scope.parameters,
    )
    return [(source, target) for source, target in row["arcs"]] if row else []
