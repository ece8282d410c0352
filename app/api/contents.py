"""Every address of the service, in one table of contents."""

from collections.abc import Iterator
from functools import cache

from app.api import (
    acts,
    batches,
    carrying,
    checks,
    declarations,
    export,
    feed,
    findings,
    front,
    health,
    inbox,
    jobs,
    keys,
    legal_events,
    links,
    lookup,
    mappings,
    outlines,
    people,
    questions,
    records,
    redaction,
    schema,
    sources,
    templates,
    uploads,
)
from app.api.routing import Route


@cache
def table() -> tuple[Route, ...]:
    """Every route, made once: routes hold nothing of one service."""
    return tuple(routes())


def routes() -> Iterator[Route]:
    """Every route but the one that describes them. They are tried in order, so the many come last."""
    yield from health.routes()
    yield from schema.routes()
    yield from feed.routes()
    yield from export.routes()
    yield from keys.routes()
    yield from sources.routes()
    yield from uploads.routes()
    yield from jobs.routes()
    yield from mappings.routes()
    yield from templates.routes()
    yield from questions.routes()
    yield from lookup.routes()
    yield from findings.routes()
    yield from outlines.routes()
    yield from people.routes()
    yield from records.routes()
    yield from links.routes()
    yield from acts.routes()
    yield from checks.routes()
    yield from redaction.routes()
    yield from inbox.routes()
    yield from batches.routes()
    yield from declarations.routes()
    yield from carrying.routes()
    yield from front.routes()
    yield from legal_events.routes()
