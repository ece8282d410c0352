"""What the documents say a command answers is what it answers: `make answers` writes them again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app import docs
from app.graph import Graph
from app.local_neo4j import Address
from tests.documents import asks
from tests.documents.pages import READING, WRITING, question_pages, sample, written
from tests.documents.running import Sample

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
async def loaded(migrated: Graph, neo4j_address: Address) -> AsyncIterator[Sample]:
    """The sample, for documents that change nothing."""
    async with sample(migrated, neo4j_address) as each:
        yield each


async def _fresh(path: str, of: Sample, folder: Path) -> None:
    assert (docs.ROOT / path).read_text(encoding="utf-8") == await written(path, of, folder), (
        f"{path} is stale: run `make answers`"
    )


@pytest.mark.parametrize("path", [*question_pages(), *READING])
async def test_a_document_that_asks_tells_what_is_answered(
    loaded: Sample, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await _fresh(path, loaded, tmp_path)


async def test_every_ask_is_answered_or_said_to_come_later(
    loaded: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = [each async for each in asks.answered(loaded, tmp_path)]
    numbers = {page: [each.ask.number for each in told if each.ask.page == page] for page in asks.PAGES}
    assert numbers == {page: list(range(1, count + 1)) for page, count in asks.PAGES.items()}
    assert [each.line() for each in told if not each.sound] == []


@pytest.mark.parametrize("path", WRITING)
async def test_a_document_that_changes_something_tells_what_happens(
    migrated: Graph, neo4j_address: Address, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with sample(migrated, neo4j_address) as loaded:
        await _fresh(path, loaded, tmp_path)
