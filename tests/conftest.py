"""What every test may ask for. The database is a real Neo4j: one per session or per worker."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from app.graph import Graph
from app.local_neo4j import Address, engine
from app.settings import Settings
from migrations import runner

# What a test starts lives for seconds to minutes: the second compiler of Java costs it more than it gives.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that hold slow tests, so that no worker is left alone with one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def neo4j_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    """A Neo4j for this session alone: the one GOLDEN_THREAD_TEST_NEO4J names, or one of our own."""
    elsewhere = Settings().test_neo4j
    if elsewhere and int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) > 1:
        pytest.exit(
            "GOLDEN_THREAD_TEST_NEO4J is one database: run the tests with PYTEST_WORKERS=0", returncode=4
        )
    settings = Settings(data=tmp_path_factory.mktemp("data"), neo4j_uri=elsewhere, neo4j_port=0)
    with engine(settings) as address:
        yield address


@pytest.fixture(scope="session")
async def migrated(neo4j_address: Address) -> AsyncIterator[Graph]:
    """The graph behind that address, brought to this version by the real runner, its content left alone."""
    given = neo4j_address
    async with Graph.connect(
        given.uri, given.user, given.password, given.database, read_timeout=60, write_timeout=60
    ) as graph:
        await runner.migrate(graph)
        yield graph


@pytest.fixture
async def graph(migrated: Graph) -> Graph:
    """An empty graph: nothing but the migrations and a ledger that has given no number yet."""
    await empty(migrated)
    return migrated


async def empty(graph: Graph) -> None:
    """Delete everything but the migrations, and begin another ledger at 1."""
    await graph.schema(
        """MATCH (n) WHERE NOT n:Migration AND NOT n:MigrationLock AND NOT n:Ledger
           CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS"""
    )
    await graph.schema("MATCH (l:Ledger) SET l.next = 1, l.id = randomUUID()")
