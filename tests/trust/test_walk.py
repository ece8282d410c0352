"""The page about the two keys tells what the service answers."""

import pytest

from app.graph import Graph
from tests.trust import walk


@pytest.mark.slow
async def test_the_page_about_two_keys_is_what_happens(graph: Graph) -> None:
    assert walk.PAGE.read_text(encoding="utf-8") == await walk.walk(graph), (
        "docs/two-keys.md is stale: python -m tests.trust.walk"
    )
