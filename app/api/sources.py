"""Routes of the registrations of sources: which systems state facts here, and what each may state."""

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import quote

from fastapi import Path
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from app.api import bodies, deps, shapes
from app.api.problems import PreconditionRequired
from app.api.records import PATCHES
from app.api.routing import Route, Said, act, answer, described, heard, one
from app.domain import registrations
from app.domain.registrations import NewSource, Registration
from app.errors import AlreadyExists, Invalid, NotFound, StaleRevision

Name = Annotated[str, Path(description="The source's name.", max_length=200)]


class Source(Registration):
    """A system that states facts here."""

    id: Annotated[str | None, Field(description="Its id in the ledger; null until an administrator acts.")]
    name: Annotated[str, Field(description="Its name, as keys and files give it.")]
    organisation: Annotated[str | None, Field(description="Id of the organisation it is of; null: none's.")]
    registered_on: Annotated[str, Field(description="The day it was registered, or first stated something.")]
    edition: Annotated[str | None, Field(description="The latest edition loaded of it, where it says so.")]
    revision: Annotated[int, Field(description="Its revision, as the ETag has it.")]


class Sources(BaseModel):
    """The systems that state facts here."""

    items: Annotated[list[Source], Field(description="The sources, by name.")]


async def _list(request: Request) -> Response:
    found = await registrations.list_of(deps.graph(request), deps.caller(request))
    return answer({"items": found}, headers={"Link": described(request)})


async def _get(request: Request, name: Name) -> Response:
    return await one(request, await registrations.get(deps.graph(request), name, deps.caller(request)))


async def _create(request: Request) -> Response:
    told = await heard(request, NewSource)
    made = await told.do(registrations.create, told.said)
    return await one(request, made, 201, f"/v1/sources/{quote(made['name'], safe='')}")


async def _change(request: Request, name: Name) -> Response:
    return await act(request, (name,), lambda body: Said(registrations.change, (bodies.object_of(body),)))


def routes() -> Iterator[Route]:
    """Routes of sources."""
    yield Route(
        "GET", "/v1/sources", _list, operation="list_sources", summary="List sources",
        description="The systems that state facts here, of the administrator's organisation or all.",
        tag="Sources", answers=Sources,
    )  # fmt: skip
    yield Route(
        "POST", "/v1/sources", _create, operation="create_source", summary="Register a source",
        description="Registers a system before it states anything. One that nobody registered is, under its "
        "name, when it first does.",
        tag="Sources", answers=Source, status=201, takes=(bodies.JSON,), body=NewSource,
        refusals=(AlreadyExists, Invalid),
    )  # fmt: skip
    yield Route(
        "GET", "/v1/sources/{name}", _get, operation="get_source", summary="Get a source",
        description="A system that states facts here, and what it may state.",
        tag="Sources", answers=Source, may_be_fresh=True, refusals=(NotFound,),
    )  # fmt: skip
    yield Route(
        "PATCH", "/v1/sources/{name}", _change, operation="change_source", summary="Change a source",
        description="Applies a JSON merge patch (RFC 7396), such as whether the source may state that a link "
        "was accepted. If-Match holds the ETag you read.",
        tag="Sources", answers=Source, takes=PATCHES, body=shapes.patch_of(Registration), needs_match=True,
        refusals=(NotFound, StaleRevision, PreconditionRequired, Invalid),
    )  # fmt: skip
