"""How a source's tables are read, kept for the next time: one mapping a kind and organisation."""

import json
from collections.abc import Mapping
from typing import Any

from app.domain import jobs
from app.domain.ledger import Answer, Done
from app.errors import NotFound
from app.graph import Graph, Tx
from app.who import Caller, Stamp


async def save(tx: Tx, scheme: str, stated: Mapping[str, Any], stamp: Stamp) -> Done:
    """Keep the mapping of a source's tables for its kind, in the place of the one before."""
    jobs.may_import(stamp.by)
    await tx.rows(
        """MERGE (m:Mapping {key: $key})
           SET m.organisation = $organisation, m.scheme = $scheme, m.kind = $kind, m.stated = $stated,
               m.at = $at, m.actor = $actor""",
        key="|".join((stamp.by.organisation or "", scheme, stated["kind"])),
        organisation=stamp.by.organisation or "",
        scheme=scheme,
        kind=stated["kind"],
        stated=json.dumps(dict(stated)),
        at=stamp.instant,
        actor=stamp.actor,
    )
    return Done(dict(stated))


async def of(graph: Graph, scheme: str, caller: Caller) -> list[Answer]:
    """The mappings the caller's organisation has saved for a source, by kind."""
    rows = await graph.rows(
        """MATCH (m:Mapping {organisation: $organisation, scheme: $scheme})
           RETURN m.stated AS stated ORDER BY m.kind""",
        organisation=caller.organisation or "",
        scheme=scheme,
    )
    return [json.loads(row["stated"]) for row in rows]


async def forget(tx: Tx, scheme: str, stamp: Stamp) -> Done:
    """Forget the mappings of a source."""
    jobs.may_import(stamp.by)
    row = await tx.row(
        """MATCH (m:Mapping {organisation: $organisation, scheme: $scheme})
           DELETE m RETURN count(m) AS gone""",
        organisation=stamp.by.organisation or "",
        scheme=scheme,
    )
    if row is None or not row["gone"]:
        raise NotFound("There is no mapping saved for this source.")
    return Done({"forgotten": row["gone"]})
