"""A Neo4j to work with: at a given address, or one of our own as a child process. Nothing else starts one."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.local_neo4j import faults
from app.local_neo4j.attach import Address, local, trouble
from app.local_neo4j.faults import EngineError
from app.local_neo4j.given import given
from app.settings import Settings

__all__ = ["Address", "EngineError", "engine", "faults", "trouble"]


@contextmanager
def engine(settings: Settings, *, progress: bool = False) -> Iterator[Address]:
    """The Neo4j this data directory uses: an address given by setting, or its own, attached to or started.

    An own engine lives as long as any block of any process uses it, whoever started it and however a user
    ends; the last one out waits until it is down. While in use it is restarted on the same port when it dies,
    or when a full disk made it useless and there is room again: a driver made from the address recovers.
    """
    if settings.neo4j_uri:
        yield given(settings, settings.neo4j_uri)
        return
    with local(settings, progress=progress) as address:
        yield address
