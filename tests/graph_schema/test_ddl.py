"""Constraints and indexes: every kind has its own, and the database has them all."""

import pytest

from app.errors import AlreadyExists
from app.graph import Graph, Tx
from graph_schema import LINK_KINDS, NODE_KINDS, TRACING_LABELS
from graph_schema.core import INDEXED
from graph_schema.ddl import SERVICE_NODES, statements
from migrations import constraints


def test_every_kind_has_what_keeps_it_unique_and_sorted() -> None:
    wanted = "\n".join(statements().values())
    for kind in NODE_KINDS:
        assert f"FOR (n:`{kind.__name__}`) REQUIRE n.id IS UNIQUE" in wanted
        for fact in kind.marked(INDEXED):
            assert f"FOR (n:`{kind.__name__}`) ON (n.`{fact}`, n.id)" in wanted
    for link in LINK_KINDS:
        for unique in ("id", "key"):
            assert f"FOR ()-[r:`{link.label}`]-() REQUIRE r.`{unique}` IS UNIQUE" in wanted
    for node, unique in SERVICE_NODES:
        assert f"FOR (n:`{node}`) REQUIRE n.`{unique}` IS UNIQUE" in wanted


def test_names_are_ours_and_each_statement_may_run_twice() -> None:
    for name, statement in statements().items():
        assert name.startswith("gt_")
        assert f" {name} IF NOT EXISTS " in statement


def test_a_person_is_not_searched() -> None:
    assert "Person" not in statements()["gt_search"]
    assert all(kind.__name__ in statements()["gt_search"] for kind in NODE_KINDS if kind.__name__ != "Person")


async def test_a_migrated_database_lacks_nothing_and_has_nothing_over(graph: Graph) -> None:
    assert await constraints.differences(graph) == ({}, {})


@pytest.mark.parametrize(("node", "unique"), SERVICE_NODES)
async def test_the_database_refuses_a_second_node_of_one_key(graph: Graph, node: str, unique: str) -> None:
    async def twice(tx: Tx) -> None:
        await tx.rows(f"UNWIND [1, 2] AS i CREATE (n:Probe:`{node}` {{`{unique}`: 999999}})")

    with pytest.raises(AlreadyExists):
        await graph.write(twice)


@pytest.mark.parametrize("kind", LINK_KINDS, ids=lambda kind: kind.label)
async def test_the_database_refuses_a_second_link_of_one_key(graph: Graph, kind: type) -> None:
    async def twice(tx: Tx) -> None:
        await tx.rows(
            f"CREATE (a:Probe) CREATE (b:Probe) CREATE (a)-[:{kind.label} {{key: 'k'}}]->(b) "
            f"CREATE (a)-[:{kind.label} {{key: 'k'}}]->(b)"
        )

    with pytest.raises(AlreadyExists):
        await graph.write(twice)


def test_the_tracing_labels_are_those_a_route_is_made_of() -> None:
    assert TRACING_LABELS == ("CHANGES", "ENABLES", "OPERATES", "ADVANCES")
