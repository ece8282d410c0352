"""Graphs for tests: records and links that are valid unless said otherwise, written straight into the store.

project, instrument = a_project(), an_instrument()
await store(graph, project, instrument, link("CHANGES", project, instrument, strength="weak"))
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.graph import Graph, Tx
from app.who import new_id
from graph_schema import KIND_BY_NAME, LINK_BY_LABEL
from graph_schema.cypher import label, stored

CHANGED_AT = "2026-01-01T00:00:00Z"
ACCEPTED = {"accepted_by": "the owner", "accepted_on": "2026-01-01", "reviewed_on": "2026-01-01"}


@dataclass(frozen=True)
class Drawn:
    """A record as the store will hold it."""

    kind: str
    properties: dict[str, Any]
    identifiers: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        return str(self.properties["id"])


@dataclass(frozen=True)
class Joined:
    """A link as the store will hold it."""

    label: str
    source: Drawn
    target: Drawn
    properties: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.properties["id"])


def a(
    kind: str, /, *, id: str | None = None, status: str = "live", source: str = "person", **facts: Any
) -> Drawn:
    """A record of any kind."""
    declared = KIND_BY_NAME[kind]
    stated = declared.model_validate({"title": f"A {kind}", **facts})
    properties = stored(stated) | {
        "id": id or new_id(),
        "revision": 1,
        "status": status,
        "print": stated.fingerprint(),
        "source_system": source,
    }
    return Drawn(kind, properties, tuple((each.scheme, each.value) for each in stated.identifiers))


def a_project(**facts: Any) -> Drawn:
    """A project under way."""
    return a("Project", **{"state": "delivering", **facts})


def a_process(**facts: Any) -> Drawn:
    return a("Process", **facts)


def an_instrument(**facts: Any) -> Drawn:
    return a("PolicyInstrument", **facts)


def a_goal(**facts: Any) -> Drawn:
    """A goal adopted long ago."""
    return a(
        "PolicyGoal",
        **{"level": "corporate", "adopted_by": "the council", "adopted_on": "2020-01-01", **facts},
    )


def a_provision(**facts: Any) -> Drawn:
    """A power, wholly in force for years."""
    return a("Provision", **{"force": "power", "intervals": [{"from": "2000-01-01"}], **facts})


def a_duty(**facts: Any) -> Drawn:
    """A specific duty, wholly in force for years."""
    return a_provision(**{"force": "duty", "duty_kind": "specific", **facts})


def a_change(**facts: Any) -> Drawn:
    """A Bill in Parliament."""
    return a("LegalChange", **{"kind": "bill", "stage": "first_house", **facts})


def an_organisation(**facts: Any) -> Drawn:
    return a("Organisation", **facts)


def a_cost(pounds: str, **facts: Any) -> Drawn:
    return a("Cost", amount=pounds, **facts)


_NEEDED: dict[str, dict[str, Any]] = {
    "GROUNDED_IN": {"basis": "power"},
    "NEEDS_CHANGE": {"need": "blocking"},
    "AFFECTS": {"effect": "amend"},
    "RELATES": {"relation": "association"},
}


def link(
    kind: str,
    source: Drawn,
    target: Drawn,
    *,
    id: str | None = None,
    standing: str = "accepted",
    suspect: bool = False,
    service: dict[str, Any] | None = None,
    **facts: Any,
) -> Joined:
    """A link that counts: accepted, valid, unchanged, strong. `service` are the service's own members."""
    declared = LINK_BY_LABEL[kind]
    given = _NEEDED.get(kind, {}) | facts
    if kind == "CHANGES":
        given = {"depth": "rules", **given}
    if declared.traces:
        given = {"strength": "strong", **given}
    stated = declared.model_validate(given)
    properties = stored(stated) | {
        "id": id or new_id(),
        "revision": 1,
        "standing": standing,
        "source_system": "person",
        "claimed_by": "the project",
        "claimed_on": "2026-01-01",
    }
    if standing != "withdrawn":
        properties["key"] = stated.key(source.id, target.id)
    if standing == "accepted":
        target_print = "0" * 32 if suspect else target.properties["print"]
        properties |= ACCEPTED | {"source_print": source.properties["print"], "target_print": target_print}
    return Joined(kind, source, target, properties | (service or {}))


async def store(graph: Graph, *things: Drawn | Joined) -> None:
    """Write all of it in one transaction, one statement a kind."""
    await graph.write(_store, things)


async def _store(tx: Tx, things: Iterable[Drawn | Joined]) -> None:
    records: dict[str, list[Drawn]] = defaultdict(list)
    links: dict[str, list[Joined]] = defaultdict(list)
    for thing in things:
        if isinstance(thing, Drawn):
            records[thing.kind].append(thing)
        else:
            links[thing.label].append(thing)
    for kind, drawn in records.items():
        await tx.rows(
            f"""UNWIND $rows AS row
                CREATE (n:Record:{label(KIND_BY_NAME[kind])})
                SET n = row.properties, n.changed_at = $at
                FOREACH (i IN row.identifiers |
                  CREATE (x:Identifier)-[:IDENTIFIES]->(n)
                  SET x = {{key: i[0] + '|' + i[1], scheme: i[0], value: i[1],
                            source_system: row.properties.source_system}})""",
            rows=[
                {"properties": each.properties, "identifiers": [list(pair) for pair in each.identifiers]}
                for each in drawn
            ],
            at=CHANGED_AT,
        )
    for kind, joined in links.items():
        await tx.rows(
            f"""UNWIND $rows AS row
                MATCH (s:Record {{id: row.source}}) MATCH (t:Record {{id: row.target}})
                CREATE (s)-[r:{label(LINK_BY_LABEL[kind])}]->(t)
                SET r = row.properties, r.changed_at = $at""",
            rows=[
                {"source": each.source.id, "target": each.target.id, "properties": each.properties}
                for each in joined
            ],
            at=CHANGED_AT,
        )
