"""Routes that take words out of a free text, in a record or link and in everything kept of its past."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from app.api import bodies, shapes
from app.api.people import Because
from app.api.records import Id, named
from app.api.routing import Route, heard, one
from app.domain import redaction
from app.errors import Invalid, NotFound
from graph_schema import LINK_KINDS
from graph_schema.core import Link
from graph_schema.values import Prose


class Redaction(Because):
    """What to take out of which text, and why."""

    field: Annotated[
        str,
        Field(
            max_length=100,
            pattern=r"^[a-z_]+(/[a-z_]+)?$",
            description="The fact that holds the text, `name/part` inside a structure; or `reason`: the "
            "reasons given for changes.",
        ),
    ]
    passages: Annotated[
        tuple[Annotated[Prose, Field(min_length=1)], ...],
        Field(max_length=50, description="The passages to take out, as they are written; empty: all of it."),
    ] = ()


async def _redact(request: Request, id: Id) -> Response:
    told = await heard(request, Redaction)
    return await one(request, await told.do(redaction.redact_record, id, told.said.field, told.said.passages))


_SAYS = (
    "Replaces passages of a text in the state of today and in every earlier one the ledger keeps. An entry "
    "says which text was redacted, by whom and why, never what stood there."
)


def routes() -> Iterator[Route]:
    """The route for records of any kind, and one for each kind of link."""
    yield Route(
        "POST",
        "/v1/records/{id}/redact",
        _redact,
        operation="redact_record",
        summary="Redact a text of a record",
        description=_SAYS,
        tag="Records",
        answers=shapes.AnyRecord,
        takes=(bodies.JSON,),
        body=Redaction,
        refusals=(NotFound, Invalid),
    )
    for kind in LINK_KINDS:
        yield _of_link(kind)


def _of_link(kind: type[Link]) -> Route:
    async def redact(request: Request, id: Id) -> Response:
        told = await heard(request, Redaction)
        asked = told.said
        return await one(request, await told.do(redaction.redact_link, kind, id, asked.field, asked.passages))

    return Route(
        "POST",
        f"/v1/links/{kind.path()}/{{id}}/redact",
        redact,
        operation=named(kind, "redact"),
        summary=f"Redact a text of a {kind.label} link",
        description=_SAYS,
        tag=kind.label,
        answers=shapes.link_of(kind),
        takes=(bodies.JSON,),
        body=Redaction,
        refusals=(NotFound, Invalid),
    )
