"""The kinds in machine form: every fact, code list and the link matrix, under one version."""

import hashlib
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, Field
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from app.api import etags
from app.api.formats import JSON
from app.api.routing import Route
from graph_schema import published


class Published(BaseModel):
    """The kinds in machine form."""

    version: Annotated[str, Field(description="Version of the schema; raised with every change.")]
    kinds: Annotated[list[dict[str, Any]], Field(description="Kinds of record with their facts.")]
    links: Annotated[list[dict[str, Any]], Field(description="Kinds of link: facts, and what they may join.")]
    code_lists: Annotated[dict[str, Any], Field(description="Code lists and structures the facts refer to.")]


@cache
def _written() -> tuple[bytes, str]:
    body = to_json(published.document())
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'


async def _schema(request: Request) -> Response:
    body, tag = _written()
    if etags.is_fresh(request, tag):
        return Response(None, 304, {"ETag": tag})
    return Response(body, 200, {"ETag": tag}, JSON)


def routes() -> Iterator[Route]:
    """The route of the schema."""
    yield Route(
        "GET",
        "/v1/schema",
        _schema,
        operation="get_schema",
        summary="The kinds of record and link",
        description="Every kind with its facts, types, code lists and marks, and what a link may join.",
        tag="Schema",
        answers=Published,
        may_be_fresh=True,
        public=True,
    )
