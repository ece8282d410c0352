"""The front door: what this service is and where to go on from here; and what each of its problems means."""

from collections.abc import Iterator
from html import escape
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from app.api import formats, health, problems
from app.api.routing import Route, answer, base, form_of
from app.errors import NotFound, Refusal
from graph_schema import SCHEMA_VERSION

PROBLEMS: dict[str, type[Refusal]] = {problems.slug(refusal): refusal for refusal in problems.STATUS}
"""Each kind of problem by its name."""

REMEDIES = {
    400: "Mend the body; the faults say where.",
    401: "Send a key or token that this service knows and that has not expired.",
    403: "Ask somebody who may, or an administrator.",
    404: "Check the address, the id and whether you may see it; both look the same from outside.",
    405: "Use one of the methods the Allow header names.",
    406: "Ask for a form the address offers; the detail names them.",
    408: "Send the request again.",
    409: "Read what stands there now, then decide again.",
    412: "Read the record again, make the change to that revision and send its ETag.",
    413: "Send it in parts; the detail says how large one may be.",
    415: "Send the body in a form the address takes and say so in Content-Type.",
    421: "Use the name or address that the service was told it has.",
    422: "Mend every fault listed: each says where it is, its code and what is wanted.",
    428: "Read the record, then send its ETag in If-Match.",
    429: "Wait as long as Retry-After says, then send fewer requests.",
    500: "Tell whoever runs the service the request id.",
    503: "Wait as long as Retry-After says, then send it again.",
    504: "Ask for less: a filter, a smaller page or fewer steps.",
}
"""What whoever gets a problem of this status does about it."""

_PLACES = (
    ("service-desc", "/openapi.json", "Every address, parameter and answer, as OpenAPI 3.1"),
    ("describedby", "/v1/schema", "Every kind of record and link, with its facts and code lists"),
    ("questions", "/v1/questions", "The questions that can be asked"),
    ("changes", "/v1/changes", "Everything that changed, in order"),
    ("problems", "/problems", "Every kind of problem and what to do about it"),
    ("status", "/health/ready", "Whether the service can work"),
)
_SUMMARY = "Which investments serve a policy aim, which do not, and which wait for the law."


class Place(BaseModel):
    """Somewhere to go on from here."""

    rel: Annotated[str, Field(description="What it is to this service.")]
    href: Annotated[str, Field(description="Its address.")]
    title: Annotated[str, Field(description="What is there.")]


class Front(BaseModel):
    """What this service is, and where to go on."""

    title: Annotated[str, Field(description="Its name.")]
    summary: Annotated[str, Field(description="What it tells.")]
    version: Annotated[str, Field(description="Version of the service.")]
    schema_version: Annotated[str, Field(description="Version of the schema.")]
    links: Annotated[list[Place], Field(description="Where to go on.")]


class Page(BaseModel):
    """What a kind of problem means."""

    type: Annotated[str, Field(description="Name of the problem.")]
    title: Annotated[str, Field(description="The kind of problem in a few words.")]
    status: Annotated[int, Field(description="The HTTP status it comes with.")]
    means: Annotated[str, Field(description="What it means.")]
    says: Annotated[str, Field(description="What its answers say.")]
    remedy: Annotated[str, Field(description="What to do about it.")]


class Pages(BaseModel):
    """What each kind of problem means."""

    items: Annotated[list[Page], Field(description="The kinds of problem, by status.")]


def page(name: str) -> Page:
    """What is to be said of a kind of problem."""
    refusal = PROBLEMS[name]
    status, title = problems.STATUS[refusal]
    means = " ".join((refusal.__doc__ or "").split())
    return Page(
        type=name, title=title, status=status, means=means, says=refusal.says, remedy=REMEDIES[status]
    )


def pages() -> list[Page]:
    """All kinds of problem, by status and title."""
    return sorted(map(page, PROBLEMS), key=lambda each: (each.status, each.title))


def _html(title: str, *body: str) -> Response:
    head = f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
    return Response(
        f"{head}<body><h1>{escape(title)}</h1>{''.join(body)}</body></html>", media_type=formats.HTML
    )


def _listed(places: list[tuple[str, str]]) -> str:
    rows = (f'<li><a href="{escape(href)}">{escape(title)}</a></li>' for href, title in places)
    return f"<ul>{''.join(rows)}</ul>"


async def _front(request: Request) -> Response:
    if form_of(request) == formats.HTML:
        places = _listed([(f"{base(request)}{path}", title) for _, path, title in _PLACES])
        return _html("Golden Thread", f"<p>{escape(_SUMMARY)}</p>", places)
    told: dict[str, Any] = {
        "title": "Golden Thread",
        "summary": _SUMMARY,
        "version": health.VERSION,
        "schema_version": SCHEMA_VERSION,
        "links": [
            {"rel": rel, "href": f"{base(request)}{path}", "title": title} for rel, path, title in _PLACES
        ],
    }
    return answer(told)


async def _problems(request: Request) -> Response:
    if form_of(request) == formats.JSON:
        return answer({"items": [each.model_dump() for each in pages()]})
    places = [(f"{base(request)}/problems/{each.type}", f"{each.title} ({each.status})") for each in pages()]
    return _html("Problems", _listed(places))


async def _problem(
    request: Request, slug: Annotated[str, Path(description="Name of the problem.", max_length=60)]
) -> Response:
    if slug not in PROBLEMS:
        raise NotFound("There is no problem of this name.")
    told = page(slug)
    if form_of(request) == formats.JSON:
        return answer(told.model_dump())
    texts = (f"<p>{escape(text)}</p>" for text in (told.means, told.says, told.remedy))
    return _html(f"{told.title} ({told.status})", *texts)


def routes() -> Iterator[Route]:
    """Routes of the front door and of the pages about problems."""
    yield Route(
        "GET",
        "/problems",
        _problems,
        operation="list_problem_pages",
        summary="Every kind of problem",
        description="What each kind of problem means and what to do about it.",
        tag="Health",
        public=True,
        answers=Pages,
        offers=(formats.HTML, formats.JSON),
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
    yield Route(
        "GET",
        "/",
        _front,
        operation="get_front",
        summary="What this service is",
        description="Its name, its versions and where to go on from here.",
        tag="Health",
        public=True,
        answers=Front,
        offers=(formats.JSON, formats.HTML),
    )
