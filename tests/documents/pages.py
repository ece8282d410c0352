"""The documents that hold answers of the sample, and how each is written again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from app import docs, imports
from app.graph import Graph
from app.imports.jobs import Runner
from app.imports.sample import SAMPLE, STORY, read_sample
from app.imports.spool import Spool
from app.local_neo4j import Address
from app.questions import QUESTIONS
from app.who import EVERYTHING, Stamp
from tests.api.conftest import serving
from tests.conftest import empty
from tests.documents.filling import filled, told
from tests.documents.running import Sample, environment

START = "docs/start.md"
"""The guide that also tells what the demo says of the full sample."""
READING = (START, "docs/guides/board.md", "docs/bills.md", "docs/project-delivery-data.md")
"""Guides that only ask."""
WRITING = (
    "docs/guides/digital-chief.md",
    "docs/guides/integrator.md",
    "docs/guides/legal-officer.md",
    "docs/spreadsheets.md",
)
"""Guides that change what is there, each from the sample as it was loaded."""


_ZONE = ZoneInfo("Europe/London")
_LOADED = datetime.combine(STORY[0], time(9), _ZONE)
"""When the documents' sample was loaded, so that claims are as old tomorrow as today."""


@asynccontextmanager
async def nothing(graph: Graph, address: Address) -> AsyncIterator[Sample]:
    """The service before anything is loaded."""
    await empty(graph)
    with TemporaryDirectory() as data:
        async with serving(graph, lambda: EVERYTHING, data=data) as client:
            yield Sample(graph, client, environment(address), Runner(graph, Spool(Path(data)), _ZONE))


@asynccontextmanager
async def sample(graph: Graph, address: Address) -> AsyncIterator[Sample]:
    """The service over the sample's fictional council, freshly loaded."""
    async with nothing(graph, address) as ready:
        for stage in read_sample(docs.ROOT / "seed_data" / "fictional_council"):
            await imports.run(graph, stage, SAMPLE, Stamp("loader", at=_LOADED))
        await ready.learn()
        yield ready


def question_pages() -> list[str]:
    """The page of every question."""
    return [docs.question_path(question) for question in QUESTIONS]


async def written(path: str, of: Sample, folder: Path) -> str:
    """A document as it should be now."""
    for question in QUESTIONS:
        if docs.question_path(question) == path:
            return docs.question_page(question, await told(question, of))
    return await filled((docs.ROOT / path).read_text(encoding="utf-8"), of.run, folder)
