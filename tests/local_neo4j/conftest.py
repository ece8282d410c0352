"""Engines on directories of their own, and other processes that use them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from neo4j import GraphDatabase

from app.local_neo4j import Address, engine
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Running:
    """An engine in use by this process."""

    settings: Settings
    address: Address

    def state(self) -> dict[str, Any]:
        """What engine.json says."""
        return json.loads((self.settings.data / "engine.json").read_text())

    def ask(self, query: str = "RETURN 1 AS one") -> Any:
        """The only value a query gives."""
        given = self.address
        with GraphDatabase.driver(given.uri, auth=(given.user, given.password)) as driver:
            return driver.execute_query(query, database_=given.database).records[0][0]

    def answers(self) -> bool:
        """Whether a real query succeeds now."""
        given = self.address
        try:
            with (
                GraphDatabase.driver(given.uri, auth=(given.user, given.password)) as driver,
                driver.session(database=given.database) as session,
            ):
                return session.run("RETURN 1").single(strict=True)[0] == 1
        except Exception:
            return False


class Someone:
    """Another process that uses the engine of a data directory."""

    def __init__(self, data: Path) -> None:
        paths = {"GOLDEN_THREAD_DATA": str(data), "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("user.py"))],
            env={name: value for name, value in os.environ.items() if name != "GOLDEN_THREAD_NEO4J_URI"}
            | paths,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.uri = self.process.stdout.readline().strip()

    def leave(self) -> None:
        """End in good order."""
        self.process.communicate()
        assert self.process.returncode == 0


@pytest.fixture
def someone() -> Iterator[Callable[[Path], Someone]]:
    """Starts other processes; those still there at the end of the test are killed."""
    all_of_them: list[Someone] = []

    def start(data: Path) -> Someone:
        all_of_them.append(Someone(data))
        return all_of_them[-1]

    yield start
    for one in all_of_them:
        one.process.kill()
        one.process.communicate()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One engine for the tests of a file; each leaves it answering."""
    settings = Settings(data=tmp_path_factory.mktemp("data"), neo4j_uri=None, neo4j_port=0)
    with engine(settings) as address:
        yield Running(settings, address)


def eventually(claim: Callable[[], bool], seconds: float = 150.0) -> bool:
    """Whether the claim comes true in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if claim():
            return True
        time.sleep(0.1)
    return False


def is_gone(pid: int) -> bool:
    """Whether a process has ended, waited for by its parent or not."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
