"""Write the answers of the sample into every document that tells one, or into those named.

python -m tests.documents docs/questions/reach.md
"""

import sys
from functools import partial
from pathlib import Path

from app import docs
from app.graph import Graph
from app.local_neo4j import Address
from tests.documents.filling import filled
from tests.documents.pages import READING, START, WRITING, nothing, question_pages, sample, written
from tests.documents.running import Sample, over_a_neo4j


async def _write(wanted: list[str], graph: Graph, address: Address, folder: Path) -> bool:
    """Write every page that is wanted and can be written; answers whether all could."""
    sound = True
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
    return over_a_neo4j(partial(_write, wanted))


if __name__ == "__main__":
    sys.exit(main())
