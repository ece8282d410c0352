"""A full disk: said clearly, and recovered from when there is room again. Needs the right to mount."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from neo4j import GraphDatabase
from neo4j.exceptions import DriverError, Neo4jError

from app.local_neo4j import engine, faults, trouble
from app.local_neo4j.attach import Address
from app.settings import Settings
from tests.local_neo4j.conftest import Running, eventually

SIZE_MB = 120


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of 120 MB."""
    mount = shutil.which("mount")
    place = tmp_path / "disk"
    place.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(place)]
    if mount is None or subprocess.run([mount, *options], capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a small file system")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def _fill(place: Path, name: str, leave_mb: float = 0) -> Path:
    filler = place / name
    with filler.open("wb") as file:
        while shutil.disk_usage(place).free > leave_mb * 1_000_000 + 4096:
            room = shutil.disk_usage(place).free - int(leave_mb * 1_000_000)
            try:
                file.write(b"\0" * min(1_000_000, max(4096, room // 2)))
                file.flush()
            except OSError:
                break
    return filler


def _write_until_it_fails(address: Address) -> int:
    """How many writes of one megabyte were acknowledged before one was not."""
    with GraphDatabase.driver(
        address.uri, auth=(address.user, address.password), max_transaction_retry_time=0.0
    ) as driver:
        for number in range(SIZE_MB * 2):
            try:
                with driver.session() as session:
                    session.run(
                        "CREATE (:Filler {n: $n, text: $text})", n=number, text="x" * 1_000_000
                    ).consume()
            except (Neo4jError, DriverError):
                return number
    raise AssertionError("the disk took more than it holds")


@pytest.mark.slow
def test_a_full_disk_is_said_and_the_engine_comes_back_when_there_is_room(small_disk: Path) -> None:
    settings = Settings(data=small_disk, neo4j_uri=None, neo4j_port=0)
    with engine(settings) as address:
        here = Running(settings, address)
        filler = _fill(small_disk, "most", leave_mb=30)
        acknowledged = _write_until_it_fails(address)
        rest = _fill(small_disk, "rest")
        assert "free at least" in (trouble(settings) or "")
        assert eventually(lambda: here.state()["state"] == "disk full", 30)
        with pytest.raises(faults.DiskFull), engine(settings):
            pass
        filler.unlink()
        rest.unlink()
        assert eventually(here.answers)
        assert eventually(lambda: trouble(settings) is None, 10)
        assert here.ask("MATCH (f:Filler) RETURN count(f)") >= acknowledged


def test_a_disk_that_is_full_at_the_start_is_said(small_disk: Path) -> None:
    _fill(small_disk, "all")
    with (
        pytest.raises(faults.DiskFull, match="free at least"),
        engine(Settings(data=small_disk, neo4j_uri=None)),
    ):
        pass
