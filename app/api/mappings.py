"""Routes of saved mappings: how the tables of a source are read the next time."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from app.api import bodies, deps
from app.api.routing import Route, answer, body_of, described
from app.domain import mappings, receipts
from app.errors import Fault, Invalid, NotFound
from app.imports.mapping import Mapping, of

Scheme = Annotated[str, Path(description="Scheme of the source's keys.", max_length=60)]


class Mappings(BaseModel):
    """The mappings of a source."""

    items: Annotated[list[Mapping], Field(description="One a kind.")]


async def _get(request: Request, scheme: Scheme) -> Response:
    found = await mappings.of(deps.graph(request), scheme, deps.caller(request))
    if not found:
        raise NotFound("There is no mapping saved for this source.")
    return answer({"items": found}, headers={"Link": described(request)})


async def _save(request: Request, scheme: Scheme) -> Response:
    body = await body_of(request)
    stated = bodies.object_of(body)
    stated.setdefault("scheme", scheme)
    mapping = of(stated)
    if mapping.scheme != scheme:
        says = "The mapping is for another scheme than its address."
        raise Invalid(faults=[Fault("/scheme", "scheme_differs", says)])
    stamp = deps.stamp(request, body)
    kept = mapping.model_dump()
    return answer(await deps.graph(request).write(receipts.once, stamp, mappings.save, scheme, kept, stamp))


async def _forget(request: Request, scheme: Scheme) -> Response:
    stamp = deps.stamp(request, b"")
    await deps.graph(request).write(receipts.once, stamp, mappings.forget, scheme, stamp)
    return Response(None, 204)


def routes() -> Iterator[Route]:
    """Routes of mappings."""
    yield Route(
        "GET", "/v1/mappings/{scheme}", _get, operation="get_mappings", summary="Saved mappings of a source",
        description="How tables under keys of this scheme were mapped last, by kind of record.",
        tag="Files", answers=Mappings, refusals=(NotFound,),
    )  # fmt: skip
    yield Route(
        "PUT", "/v1/mappings/{scheme}", _save, operation="save_mapping", summary="Save a mapping",
        description="Keeps the mapping of a kind for the source's next table, in place of the one before.",
        tag="Files", answers=Mapping, takes=(bodies.JSON,), body=Mapping, refusals=(Invalid,),
    )  # fmt: skip
    yield Route(
        "DELETE", "/v1/mappings/{scheme}", _forget, operation="delete_mappings",
        summary="Forget the mappings of a source", description="Forgets what was saved for the source.",
        tag="Files", status=204, refusals=(NotFound,),
    )  # fmt: skip
