"""Whether the service lives, whether it can work, and which version it is; and the pages about problems."""

from collections.abc import Iterator
from html import escape
from importlib.metadata import version
from typing import Annotated, Literal

from fastapi import Path
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from app.api import deps, formats, problems, shapes
from app.api.routing import Route, answer, form_of
from app.errors import Busy, NotFound, Refusal, SchemaMismatch
from graph_schema import SCHEMA_VERSION

VERSION = version("golden-thread")


class Life(BaseModel):
    """Whether the service lives."""

    status: Annotated[Literal["ok"], Field(description="ok.")]


class Health(Life):
    """How the service is."""

    version: Annotated[str, Field(description="Version of the service.")]
    schema_version: Annotated[str, Field(description="Version of the schema.")]
    ledger: Annotated[shapes.AsOf, Field(description="Where the ledger stands.")]


async def _live(request: Request) -> Response:
    return answer({"status": "ok"})


async def _fit(request: Request) -> None:
    service = deps.service(request)
    state = await service.state(deps.graph(request))
    if not state.ready:
        raise SchemaMismatch(state.says)


async def _ready(request: Request) -> Response:
    await _fit(request)
    return answer({"status": "ok"})


async def _health(request: Request) -> Response:
    await _fit(request)
    head = await deps.service(request).head()
    return answer(
        {
            "status": "ok",
            "version": VERSION,
            "schema_version": SCHEMA_VERSION,
            "ledger": {"ledger": head.id, "number": head.number, "at": head.at},
        }
    )


class Page(BaseModel):
    """What a kind of problem means."""

    type: Annotated[str, Field(description="Name of the problem.")]
    title: Annotated[str, Field(description="The kind of problem in a few words.")]
    status: Annotated[int, Field(description="The HTTP status it comes with.")]
    means: Annotated[str, Field(description="What it means.")]
    says: Annotated[str, Field(description="What its answers say.")]


PAGES: dict[str, type[Refusal]] = {problems.slug(refusal): refusal for refusal in problems.STATUS}


async def _problem(
    request: Request, slug: Annotated[str, Path(description="Name of the problem.", max_length=60)]
) -> Response:
    refusal = PAGES.get(slug)
    if refusal is None:
        raise NotFound("There is no problem of this name.")
    status, title = problems.STATUS[refusal]
    means = (refusal.__doc__ or "").strip()
    if form_of(request) == formats.JSON:
        return answer({"type": slug, "title": title, "status": status, "means": means, "says": refusal.says})
    name = escape(title)
    page = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{name}</title></head>'
        f"<body><h1>{name} ({status})</h1><p>{escape(means)}</p><p>{escape(refusal.says)}</p></body></html>"
    )
    return Response(page, media_type=formats.HTML)


def routes() -> Iterator[Route]:
    """Routes of health and of the pages about problems."""
    yield Route(
        "GET",
        "/health/live",
        _live,
        operation="get_liveness",
        summary="Whether the service lives",
        description="Answers as long as the process serves; it does not ask the database.",
        tag="Health",
        public=True,
        answers=Life,
    )
    yield Route(
        "GET",
        "/health/ready",
        _ready,
        operation="get_readiness",
        summary="Whether the service can work",
        description="Whether the database answers and fits this version of the service.",
        tag="Health",
        public=True,
        answers=Life,
        refusals=(Busy, SchemaMismatch),
    )
    yield Route(
        "GET",
        "/health",
        _health,
        operation="get_health",
        summary="Versions and where the ledger stands",
        description="Versions of service and schema, and the ledger's identity and number. No secrets.",
        tag="Health",
        public=True,
        answers=Health,
        refusals=(Busy, SchemaMismatch),
    )
    yield Route(
        "GET",
        "/problems/{slug}",
        _problem,
        operation="get_problem_page",
        summary="What a problem means",
        description="The page the `type` of a problem leads to.",
        tag="Health",
        public=True,
        answers=Page,
        offers=(formats.HTML, formats.JSON),
        refusals=(NotFound,),
    )
