"""A process that commits without end and notes in a journal what it began and what was acknowledged.

Started again after it was killed, it first sends what it had begun and got no answer to, under the same keys.
"""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.domain import receipts
from app.errors import Busy, TooSlow
from app.graph import Graph
from app.local_neo4j import engine
from app.settings import Settings
from app.who import Stamp, new_id
from tests.durability.commits import commit

SIZES = (1, 1, 1_000)
"""One endless task for each."""


class Journal:
    """Lines of JSON in a file, each whole or absent once the system has it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def ended(self) -> bool:
        """Whether the trial has asked the writer to finish."""
        return self.path.with_suffix(".stop").exists()

    def note(self, **line: Any) -> None:
        """Add a line."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def lines(self) -> Iterator[dict[str, Any]]:
        """Every whole line."""
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        yield from (json.loads(line) for line in text.split("\n")[:-1] if line)

    def begun(self) -> dict[str, int]:
        """Key -> size of every commit that was begun."""
        return {line["begun"]: line["size"] for line in self.lines() if "begun" in line}

    def acknowledged(self) -> dict[str, int]:
        """Key -> size of every commit that was acknowledged."""
        return {line["acknowledged"]: line["size"] for line in self.lines() if "acknowledged" in line}


async def _write(graph: Graph, journal: Journal, key: str, size: int) -> None:
    while True:
        stamp = Stamp("writer", request=key, body=str(size))
        try:
            answer = await graph.write(receipts.once, stamp, commit, stamp, size)
        except (Busy, TooSlow):
            journal.note(repeated=key)
            await asyncio.sleep(0.2)
            continue
        assert answer == {"key": key, "size": size}
        journal.note(acknowledged=key, size=size)
        return


async def _endless(graph: Graph, journal: Journal, size: int) -> None:
    while not journal.ended:
        key = new_id()
        journal.note(begun=key, size=size)
        await _write(graph, journal, key, size)
        await asyncio.sleep(0.3 if size > 1 else 0.02)


async def _run(journal: Journal) -> None:
    settings = Settings()
    done = journal.acknowledged()
    left = {key: size for key, size in journal.begun().items() if key not in done}
    with engine(settings) as address:
        graph = Graph.connect(address.uri, address.user, address.password, address.database, write_timeout=30)
        async with graph:
            await asyncio.gather(*(_write(graph, journal, key, size) for key, size in left.items()))
            await asyncio.gather(*(_endless(graph, journal, size) for size in SIZES))


if __name__ == "__main__":
    asyncio.run(_run(Journal(Path(sys.argv[1]))))
