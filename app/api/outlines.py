"""The route of outlines: what may be known of other organisations' discoverable records."""

from collections.abc import Iterator
from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from app.api import deps, files, shapes
from app.api.asked import Paged
from app.api.routing import Route
from app.domain import outlines
from app.domain.lists import Page
from app.domain.moments import Moment
from app.errors import Invalid
from graph_schema import KIND_BY_NAME


class OutlinesAsked(Paged):
    """Parameters of the list of outlines."""

    kind: Annotated[
        Literal[tuple(KIND_BY_NAME)] | None,  # type: ignore[valid-type]
        Field(description="Only records of this kind."),
    ] = None


class Outline(BaseModel):
    """What may be known of another organisation's discoverable record."""

    id: Annotated[str, Field(description="The service's own id; the record itself is not shown.")]
    kind: Annotated[str, Field(description="Kind of the record.")]
    title: Annotated[str, Field(description="The name people use.")]
    organisation: Annotated[str | None, Field(description="Id of the organisation it belongs to.")]
    state: Annotated[str | None, Field(description="How far it has got, where its kind says so.")]
    cost_band: Annotated[
        Literal["under_100_thousand", "under_1_million", "under_10_million", "10_million_and_over"] | None,
        Field(description="What it costs, in pounds or its own currency; null: no cost may be known."),
    ]
    contact: Annotated[str | None, Field(description="How to reach who holds the accountable post.")]


async def _outlines(request: Request, asked: Annotated[OutlinesAsked, Query()]) -> Response:
    kind = KIND_BY_NAME[asked.kind] if asked.kind else None
    graph, reader, today = deps.graph(request), deps.reader(request), deps.today(request).isoformat()

    async def page(_: Moment | None, after: str | None, limit: int) -> Page:
        found = await outlines.find(graph, kind, reader, today, after or "", limit + 1)
        return Page(found[:limit], found[limit - 1]["id"] if len(found) > limit else None)

    return await files.listed(request, asked, "outlines", Outline, page)


def routes() -> Iterator[Route]:
    """The route of outlines."""
    yield Route(
        "GET",
        "/v1/outlines",
        _outlines,
        operation="list_outlines",
        summary="Outlines of other organisations' discoverable records",
        description="Title, organisation, state, cost band and contact: whom to ring. "
        "Each is withheld from lists, questions and routes, and counted there as `withheld`.",
        tag="Records",
        answers=shapes.page_of(Outline),
        table=True,
        refusals=(Invalid,),
    )
