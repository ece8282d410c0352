"""What every test may ask for. The database is a real Neo4j: one per session, or per worker when there are several."""

import os
from collections.abc import Iterator

import pytest

from app.local_neo4j import Address, engine
from app.settings import Settings


@pytest.fixture(scope="session")
def neo4j_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    """A Neo4j for this session alone: the one GOLDEN_THREAD_TEST_NEO4J names, or one of our own on a new directory."""
    elsewhere = Settings().test_neo4j
    if elsewhere and int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) > 1:
        pytest.exit(
            "GOLDEN_THREAD_TEST_NEO4J is one database: run the tests with PYTEST_WORKERS=0", returncode=4
        )
    settings = Settings(data=tmp_path_factory.mktemp("data"), neo4j_uri=elsewhere, neo4j_port=0)
    with engine(settings) as address:
        yield address
