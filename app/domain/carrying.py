"""Carrying a goal's links forward to its successor, where they wait for acceptance anew."""

from collections import defaultdict
from typing import Any

from app.domain import faults, links, subjects
from app.domain.access import Scope
from app.domain.authority import Action
from app.domain.ledger import Done, Entry
from app.errors import NotFound, NotSucceeded, TooLarge
from app.graph import Row, Tx
from app.who import Reader, Stamp
from graph_schema import LINK_BY_LABEL
from graph_schema.cypher import label, restored, stored

MOST = 1_000
"""The most links one act carries."""


async def forward(tx: Tx, id: str, successor: str, stamp: Stamp, reader: Reader) -> Done:
    """Every link onto the goal that still stands, claimed anew onto the goal that succeeded it.

    What stands there already, what comes from a retired record and what would close a cycle is left.
    """
    goal = await _succeeded(tx, id, successor, reader)
    await subjects.may_act(tx, Action.CARRY_FORWARD, goal, stamp)
    found = await _standing(tx, id, successor, stamp, reader)
    if len(found) > MOST:
        raise TooLarge(f"More than {MOST} links lead to the goal; carry them over in an import.")
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    shown, entries = [], list[Entry]()
    for at, each in enumerate(found):
        kind, source = LINK_BY_LABEL[each["label"]], each["from"]
        facts = faults.valid(kind, restored(kind, each))
        properties = links.claimed(kind, facts, source, goal, stamp, stamp.id(at)) | _WAITING
        rows[kind.label].append({"source": source["id"], "properties": properties})
        after = links.shown(kind, properties, source, goal, restored(kind, stored(facts)))
        entries.append(links.entry("carry_forward", None, after))
        shown.append(after)
    for name, some in sorted(rows.items()):
        await tx.rows(
            f"""MATCH (g:PolicyGoal {{id: $successor}})
                UNWIND $rows AS row MATCH (a:Record {{id: row.source}})
                CREATE (a)-[r:{label(LINK_BY_LABEL[name])}]->(g) SET r = row.properties""",
            successor=successor,
            rows=some,
        )
    return Done({"goal": id, "successor": successor, "carried": shown}, tuple(entries))


_WAITING: Row = {"standing": "proposed", "source_print": None, "target_print": None}
"""However the link stood, and whoever both ends belong to: carried forward, it waits."""


async def _succeeded(tx: Tx, id: str, successor: str, reader: Reader) -> Row:
    """The successor of a goal, both under their locks."""
    scope = Scope(reader)
    row = await tx.row(
        f"""MATCH (g:PolicyGoal {{id: $id}}) WHERE {scope.sees("g")}
            RETURN EXISTS {{ MATCH (g)-[s:SUCCEEDED_BY]->(t:PolicyGoal {{id: $successor, status: 'live'}})
                             WHERE s.standing = 'accepted' AND {scope.sees("t")} }} AS succeeded""",
        id=id,
        successor=successor,
        **scope.parameters,
    )
    if row is None:
        raise NotFound
    if not row["succeeded"]:
        raise NotSucceeded
    locked = await tx.rows(
        """UNWIND $ids AS id MATCH (n:PolicyGoal {id: id}) SET n.id = n.id
           RETURN n {.id, .title, .print, .organisation, .source_system, kind: 'PolicyGoal'} AS n""",
        ids=sorted((id, successor)),
    )
    return next(each["n"] for each in locked if each["n"]["id"] == successor)


async def _standing(tx: Tx, id: str, successor: str, stamp: Stamp, reader: Reader) -> list[Row]:
    """The links onto the goal that can be claimed onto its successor, in the order of their ids."""
    scope = Scope(reader)
    await tx.rows("MERGE (l:Lock {name: 'PART_OF'}) SET l.name = l.name")
    rows = await tx.rows(
        f"""MATCH (g:PolicyGoal {{id: $id}}), (t:PolicyGoal {{id: $successor}})
            MATCH (a:Record)-[r:ADVANCES|PART_OF]->(g)
            WHERE r.standing IN ['proposed', 'accepted'] AND (r.valid_to IS NULL OR $today < r.valid_to)
              AND a.status = 'live' AND {scope.sees("a")} AND a.id <> t.id
              AND NOT EXISTS {{ MATCH (a)-[x]->(t) WHERE type(x) = type(r) AND x.standing <> 'withdrawn'
                                AND coalesce(x.polarity = r.polarity, true) }}
              AND NOT (r:PART_OF AND EXISTS {{
                MATCH (t)(()-[u:PART_OF]->() WHERE u.standing <> 'withdrawn')+(a) }})
            WITH a, r, g AS b ORDER BY r.id LIMIT $limit
            RETURN {links.LOADED} AS r""",
        id=id,
        successor=successor,
        today=stamp.on,
        limit=MOST + 1,
        **scope.parameters,
    )
    return [row["r"] for row in rows]
