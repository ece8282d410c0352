"""Outlines: the little that everybody may know of another organisation's discoverable record."""

from typing import Any

from app.domain import money
from app.domain.access import Scope
from app.domain.ledger import Answer
from app.graph import Graph
from app.who import Reader
from graph_schema.core import Node
from graph_schema.cypher import in_dates, kind_of, label

BANDS = (
    (10_000_000, "under_100_thousand"),
    (100_000_000, "under_1_million"),
    (1_000_000_000, "under_10_million"),
)
"""Pence below which a cost is called this."""

_COSTS = """COLLECT { MATCH (n)-[l:INCURS]->(c:Cost {status: 'live'})
    WHERE l.standing = 'accepted' AND c.sensitivity <> 'restricted'
    RETURN c {.amount, .currency, .price_basis, .price_year, .year, .category, .line, .funding, .fund,
              .case_version} }"""
_CONTACT = f"""COLLECT {{ MATCH (n)<-[o:OWNS {{accountable: true}}]-(p:Post {{status: 'live'}})
    WHERE o.standing <> 'withdrawn' AND p.sensitivity <> 'restricted' AND {in_dates("o", "$on")}
    MATCH (h:Person {{id: p.holder}}) WHERE h.sensitivity <> 'restricted' AND h.contact IS NOT NULL
    RETURN h.contact ORDER BY p.id LIMIT 1 }}"""


async def find(
    graph: Graph, kind: type[Node] | None, reader: Reader, on: str, after: str = "", limit: int = 50
) -> list[Answer]:
    """What this reader may know of the discoverable records of others in use, in the order of their ids."""
    scope = Scope(reader)
    rows = await graph.rows(
        f"""MATCH (n:{label(kind) if kind else "Record"})
            WHERE n.status = 'live' AND n.id > $after AND {scope.outlines("n")}
            WITH n ORDER BY n.id LIMIT $limit
            RETURN n.id AS id, {kind_of("n")} AS kind, n.title AS title,
                   n.organisation AS organisation, n.state AS state, {_COSTS} AS costs, {_CONTACT} AS contacts
            ORDER BY id""",
        after=after,
        limit=limit,
        on=on,
        **scope.parameters,
    )
    return [_outline(row) for row in rows]


def _outline(row: dict[str, Any]) -> Answer:
    shown = {name: row[name] for name in ("id", "kind", "title", "organisation", "state")}
    return shown | {"cost_band": _band(row["costs"]), "contact": next(iter(row["contacts"]), None)}


def _band(costs: list[dict[str, Any]]) -> str | None:
    """The band of what it costs; of the largest bucket, where it is priced in several years or currencies."""
    pence = max((each.pence for each in money.amounts(costs).values()), default=None)
    if pence is None:
        return None
    return next((name for below, name in BANDS if pence < below), "10_million_and_over")
