"""Write the answers of the sample into every document that tells one, or into those named.

python -m tests.documents docs/questions/reach.md
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from app import docs
from app.graph import Graph
from app.local_neo4j import Address, engine
from app.settings import Settings
from migrations import runner
from tests.documents.filling import filled
from tests.documents.pages import READING, START, WRITING, nothing, question_pages, sample, written
from tests.documents.running import Sample


async def _write(address: Address, folder: Path, wanted: list[str]) -> bool:
    """Write every page that is wanted and can be written; answers whether all could."""
    sound = True
    async with Graph.connect(
        address.uri, address.user, address.password, address.database, read_timeout=120, write_timeout=120
    ) as graph:
        await runner.migrate(graph)
        if START in wanted:
            async with nothing(graph, address) as unloaded:
                start = docs.ROOT / START
                told = await filled(start.read_text(encoding="utf-8"), unloaded.run, folder, full=True)
                start.write_text(told, encoding="utf-8")
        for paths in ([*question_pages(), *READING], *([path] for path in WRITING)):
            if chosen := [path for path in paths if path in wanted]:
                async with sample(graph, address) as loaded:
                    sound &= await _again(chosen, loaded, folder)
    return sound


async def _again(paths: list[str], of: Sample, folder: Path) -> bool:
    sound = True
    for path in paths:
        try:
            page = await written(path, of, folder)
        except AssertionError as unexpected:
            sound = False
            sys.stdout.write(f"not written: {path}: {unexpected}\n")
            continue
        if page != (docs.ROOT / path).read_text(encoding="utf-8"):
            (docs.ROOT / path).write_text(page, encoding="utf-8")
            sys.stdout.write(f"written: {path}\n")
    return sound


def main() -> int:
    """Write every page again, over a Neo4j that lives as long as that; 1 where one could not be."""
    docs.write()
    wanted = sys.argv[1:] or [*question_pages(), *READING, *WRITING]
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as given,
        engine(Settings(data=Path(given), neo4j_port=0)) as address,
    ):
        folder = Path(given) / "files"
        folder.mkdir()
        os.chdir(folder)
        return 0 if asyncio.run(_write(address, folder, wanted)) else 1


if __name__ == "__main__":
    sys.exit(main())
