"""The fictional council, loaded once for all that ask about it."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app import docs, imports
from app.domain import ledger
from app.graph import Graph
from app.imports.sample import SAMPLE, read_sample
from app.questions.core import Answer, Question, ask
from app.who import EVERYTHING, Reader, Stamp
from tests.conftest import empty

FOLDER = docs.ROOT / "seed_data" / "fictional_council"
DAY = "2026-11-01"


class Council:
    """The fictional council, loaded, with its keys."""

    def __init__(self, graph: Graph, ids: dict[str, str]) -> None:
        self.graph, self.ids = graph, ids

    async def ask(
        self, question: type[Question], reader: Reader = EVERYTHING, **parameters: Any
    ) -> list[Any]:
        return (await self.answer(question, reader, **parameters)).rows

    async def answer(
        self, question: type[Question], reader: Reader = EVERYTHING, **parameters: Any
    ) -> Answer[Any]:
        asked = question.model_validate({"valid_on": DAY, "limit": 10_000, **parameters})
        return await ask(self.graph, asked, reader, ZoneInfo("Europe/London"))


_LOADED: dict[str, Council] = {}
"""By the identity of the ledger: whatever empties the database gives it another."""


@pytest.fixture(scope="module")
async def council(migrated: Graph) -> Council:
    """The council as another file loaded it, or loaded again where others emptied the database since."""
    held = _LOADED.get((await ledger.head(migrated)).id)
    if held is not None:
        return held
    await empty(migrated)
    for stage in read_sample(FOLDER):
        await imports.run(migrated, stage, SAMPLE, Stamp("loader"))
    rows = await migrated.rows(
        "MATCH (i:Identifier {scheme: $scheme})-[:IDENTIFIES]->(n) RETURN i.value AS key, n.id AS id",
        scheme=SAMPLE.name,
    )
    loaded = Council(migrated, {row["key"]: row["id"] for row in rows})
    _LOADED[(await ledger.head(migrated)).id] = loaded
    return loaded
