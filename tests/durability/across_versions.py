"""The backup archive between versions of Neo4j, both ways: `python -m tests.durability.across_versions`.

The sample's council, whose records and links are of every kind, is loaded into the one and backed up. What is
put back into the other must answer every question with the same digest, and come out of an export and of
another backup the same.
"""

import argparse
import asyncio
import contextlib
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import permutations
from pathlib import Path
from typing import Any

from app import imports
from app.exports import restore
from app.exports.archive import Archive
from app.exports.documents import JsonLines, document
from app.exports.part import Part, Wanted
from app.graph import Graph
from app.imports.sample import SAMPLE, read_sample
from app.local_neo4j import engine
from app.settings import Settings
from app.who import EVERYTHING, Stamp
from migrations import runner
from tests.exports.conftest import digests, held, take
from tests.imports.registers import SEED

VERSIONS = ("5.26.30", "2026.08.1")


@dataclass(frozen=True)
class Told:
    """What a database says of itself."""

    version: str
    """The version that it says it is."""
    questions: dict[str, str]
    """Digest of the answer of each question that can be asked without naming anything."""
    export: str
    """Digest of an export of everything, without the identity of the ledger."""
    archive: dict[str, Any]
    """Lines and digest of each member of a backup."""

    @classmethod
    async def by(cls, graph: Graph, archive: Path) -> "Told":
        """What this database says; its backup is written to the path."""
        row = await graph.row("CALL dbms.components() YIELD versions RETURN versions[0] AS version")
        assert row is not None
        part = await Part.of(graph, Wanted(), EVERYTHING)
        export = b"".join([some async for some in document(part, JsonLines())])
        print = sha256(b"".join(export.splitlines(keepends=True)[1:]))
        manifest = await take(graph, archive)
        return cls(row["version"], await digests(graph), print.hexdigest(), held(manifest))


@contextlib.asynccontextmanager
async def opened(folder: Path, version: str) -> AsyncIterator[Graph]:
    """An empty database of this version."""
    with engine(Settings(data=folder, neo4j_uri=None, neo4j_port=0, neo4j_version=version)) as address:
        connected = Graph.connect(
            address.uri, address.user, address.password, address.database, read_timeout=120, write_timeout=300
        )
        async with connected as graph:
            yield graph


async def _filled(graph: Graph) -> None:
    await runner.migrate(graph)
    for stage in read_sample(SEED / "fictional_council"):
        await imports.run(graph, stage, SAMPLE, Stamp("loader"))


async def moved(folder: Path, source: str, target: str) -> tuple[Told, Told]:
    """What the database says that is backed up, and the one of another version that it is put back into."""
    archive = folder / "archive.zip"
    async with opened(folder / "from", source) as graph:
        await _filled(graph)
        before = await Told.by(graph, archive)
    async with opened(folder / "to", target) as graph:
        await runner.migrate(graph)
        with Archive(archive) as found:
            await restore.put_back(graph, found, runner.put_back)
        await runner.migrate(graph)
        return before, await Told.by(graph, folder / "again.zip")


def main() -> int:
    """Move the archive both ways and print what differs; 1 where something does."""
    argparse.ArgumentParser(
        prog="python -m tests.durability.across_versions", description=__doc__
    ).parse_args()
    wrong = 0
    for source, target in permutations(VERSIONS):
        with tempfile.TemporaryDirectory(prefix="versions-", ignore_cleanup_errors=True) as folder:
            before, after = asyncio.run(moved(Path(folder), source, target))
        differ = sorted(
            name for name in before.questions if before.questions[name] != after.questions.get(name)
        )
        members = {name: each["lines"] for name, each in _plain(before.archive).items() if each["lines"]}
        same = (before.questions, before.export, before.archive) == (
            after.questions,
            after.export,
            after.archive,
        )
        wrong += not same
        sys.stdout.write(
            f"{before.version} -> {after.version}: {'the same' if same else 'NOT THE SAME'}; "
            f"{len(before.questions)} questions, {differ or 'none'} differ; "
            f"export {before.export[:16]} and {after.export[:16]}; "
            f"archive {'the same' if before.archive == after.archive else 'another'}, lines {members}\n"
        )
        sys.stdout.flush()
    return 1 if wrong else 0


def _plain(members: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: each.model_dump() for name, each in members.items()}


if __name__ == "__main__":
    sys.exit(main())
