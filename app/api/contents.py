"""Every address of the service, in one table of contents."""

from collections.abc import Iterator

from app.api import feed, health, links, lookup, questions, records, schema
from app.api.routing import Route


def routes() -> Iterator[Route]:
    """Every route but the one that describes them."""
    yield from records.routes()
    yield from lookup.routes()
    yield from links.routes()
    yield from questions.routes()
    yield from feed.routes()
    yield from schema.routes()
    yield from health.routes()
