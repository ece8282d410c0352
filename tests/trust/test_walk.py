"""The page about the two keys tells what the service answers."""

from app.graph import Graph
from tests.trust import walk


async def test_the_page_about_two_keys_is_what_happens(graph: Graph) -> None:
    assert walk.PAGE.read_text(encoding="utf-8") == await walk.walk(graph), (
        "docs/two-keys.md is stale: python -m tests.trust.walk"
    )
