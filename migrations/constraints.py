"""Make the store's constraints and indexes agree with the kinds. Names that begin with `gt_` are ours."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from neo4j.exceptions import Neo4jError

from app.errors import SchemaMismatch
from app.graph import Graph, Row
from graph_schema import ddl

_CONSTRAINTS = """
SHOW CONSTRAINTS YIELD name, labelsOrTypes, properties WHERE name STARTS WITH 'gt_'
RETURN name, 'CONSTRAINT' AS kind, labelsOrTypes AS labels, properties, 'ONLINE' AS state, null AS analyzer
"""
_INDEXES = """
SHOW INDEXES YIELD name, type, labelsOrTypes, properties, state, options, owningConstraint
WHERE name STARTS WITH 'gt_' AND owningConstraint IS NULL
RETURN name, type AS kind, labelsOrTypes AS labels, properties, state,
       options['indexConfig']['fulltext.analyzer'] AS analyzer
"""


async def differences(graph: Graph) -> tuple[dict[str, str], dict[str, str]]:
    """What to drop and what to create (name -> statement) so that the store agrees with the kinds."""
    wanted = ddl.statements()
    there = {row["name"]: row for row in [*await graph.rows(_CONSTRAINTS), *await graph.rows(_INDEXES)]}
    wrong = {
        name
        for name, row in there.items()
        if name not in wanted or row["state"] == "FAILED" or _standing(row) != _declared(wanted[name])
    }
    drop = {
        name: f"DROP {'CONSTRAINT' if there[name]['kind'] == 'CONSTRAINT' else 'INDEX'} {name} IF EXISTS"
        for name in sorted(wrong)
    }
    create = {name: text for name, text in wanted.items() if name not in there or name in wrong}
    return drop, create


async def reconcile(
    graph: Graph, between: Callable[[], Awaitable[None]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Drop what is ours and not declared, create what is missing; answers the names created, then dropped.

    `between` is called before each statement: on a large database one may take minutes.
    """
    drop, create = await differences(graph)
    for name, text in [*drop.items(), *create.items()]:
        await between()
        try:
            await graph.schema(text)
        except Neo4jError as error:
            raise SchemaMismatch(
                f"The constraint or index {name} cannot be made; the data may hold duplicates."
            ) from error
    if create:
        await graph.schema("CALL db.awaitIndexes(300)")
    return tuple(create), tuple(drop)


def _declared(statement: str) -> tuple[Any, ...]:
    """What a statement of `ddl` declares, in the form `_standing` gives of what is there."""
    head, _, rest = statement.partition(" FOR ")
    kind = "CONSTRAINT" if "CONSTRAINT" in head else "FULLTEXT" if "FULLTEXT" in head else "RANGE"
    pattern, _, body = rest.partition(" REQUIRE " if kind == "CONSTRAINT" else " ON ")
    labels = set(re.findall(r"\w+", pattern.partition(":")[2]))
    properties = re.findall(r"\b[nr]\.`?(\w+)", body.partition(" OPTIONS ")[0])
    analyzer = re.search(r"`fulltext\.analyzer`: '([\w-]+)'", body)
    return kind, labels, properties, analyzer[1] if analyzer else None


def _standing(row: Row) -> tuple[Any, ...]:
    return row["kind"], set(row["labels"]), row["properties"], row["analyzer"]
