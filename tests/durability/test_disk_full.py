"""Commits on a disk that fills up: refused in our words, kept whole, and gone on with when there is room."""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain import ledger, receipts
from app.errors import Busy, Refusal, TooSlow
from app.graph import Graph
from app.local_neo4j import engine, trouble
from app.settings import Settings
from app.who import Stamp, new_id
from migrations import runner
from tests.durability.commits import commit

SIZE = 200
LEFT = 36_000_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of 120 MB."""
    place, mount = tmp_path / "disk", shutil.which("mount")
    place.mkdir()
    asked = [str(mount), "-t", "tmpfs", "-o", "size=120m", "tmpfs", str(place)]
    if mount is None or subprocess.run(asked, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a small file system")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


async def _send(graph: Graph, key: str) -> None:
    stamp = Stamp("someone", request=key)
    await graph.write(receipts.once, stamp, commit, stamp, SIZE)


async def _until_refused(graph: Graph) -> tuple[list[str], str]:
    """The keys that were acknowledged, and the one that was refused."""
    acknowledged: list[str] = []
    for _ in range(1_000):
        key = new_id()
        try:
            await _send(graph, key)
        except Refusal as refusal:
            assert isinstance(refusal, Busy)
            return acknowledged, key
        acknowledged.append(key)
    raise AssertionError("the disk took more than it holds")


async def _until_acknowledged(graph: Graph, key: str) -> None:
    for _ in range(120):
        try:
            return await _send(graph, key)
        except (Busy, TooSlow):  # an engine just started is slow; what was stopped was rolled back
            await asyncio.sleep(0.5)
    raise AssertionError("the engine did not come back")


@pytest.mark.trial
async def test_what_was_acknowledged_on_a_disk_that_filled_up_is_there_and_the_rest_goes_on(
    small_disk: Path,
) -> None:
    settings = Settings(data=small_disk, neo4j_uri=None, neo4j_port=0)
    with engine(settings) as address:
        async with Graph.connect(address.uri, address.user, address.password, address.database) as graph:
            await runner.migrate(graph)
            filler = small_disk / "filler"
            filler.write_bytes(b"\0" * (shutil.disk_usage(small_disk).free - LEFT))
            acknowledged, refused = await _until_refused(graph)
            assert "free at least" in (trouble(settings) or "")
            filler.unlink()
            await _until_acknowledged(graph, refused)
            rows = await graph.rows(
                "MATCH (c:Change) RETURN c.request AS key, count(*) AS n, min(c.seq) AS seq"
            )
            found = {row["key"]: row["n"] for row in sorted(rows, key=lambda row: row["seq"])}
            assert found == dict.fromkeys([*acknowledged, refused], SIZE)
            records = await graph.row("MATCH (n:Project) RETURN count(n) AS n")
            assert records == {"n": SIZE * len(found)}
            assert (await ledger.head(graph)).number == SIZE * len(found)
