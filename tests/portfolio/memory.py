"""Snapshots of drawn graphs, made in memory as the ledger would make them."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from app.domain.ledger import Head
from app.portfolio.kept import LINKS, RECORDS
from app.portfolio.snapshot import Snapshot
from tests.build import Drawn, Joined

NOWHERE = Head("a ledger", 0, None)


def snapshot_of(things: Iterable[Drawn | Joined], onto: Snapshot | None = None) -> Snapshot:
    """The snapshot after these records and links."""
    records: dict[str, list[dict[str, Any]]] = defaultdict(list)
    links: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in things:
        if isinstance(each, Drawn) and each.kind in RECORDS:
            records[each.kind].append(each.properties)
        elif isinstance(each, Joined) and each.label in LINKS:
            ends = {"from": (each.source.kind, each.source.id), "to": (each.target.kind, each.target.id)}
            links[each.label].append(each.properties | ends)
    return (onto or Snapshot.empty(NOWHERE)).after(NOWHERE, records, links)
