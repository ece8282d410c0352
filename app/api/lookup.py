"""Routes across kinds: a record by its id or identifier alone, search, and what stands around a record."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from app.api import deps, shapes, times
from app.api.asked import AS_PATH, LINK_BY_PATH, Asked, Read
from app.api.records import Id, read
from app.api.routing import Route, answer, described, one
from app.domain import records, search
from app.domain.moments import Known
from app.errors import Invalid, NotFound
from graph_schema import KIND_BY_NAME
from graph_schema.core import Identifier
from graph_schema.values import KEY_FORM, Day


class ByIdentifier(Read):
    """Parameters of a look-up by identifier."""

    identifier: Annotated[
        str,
        Field(
            max_length=500,
            pattern=KEY_FORM,
            description="Scheme and value of a key, `scheme|value`, such as gss|E09000033.",
        ),
    ]


class Words(Asked):
    """Parameters of a search."""

    q: Annotated[
        str,
        Field(
            min_length=1, max_length=400, description="Words that all must occur; each may be a beginning."
        ),
    ]
    kind: Annotated[
        tuple[Literal[tuple(KIND_BY_NAME)], ...],  # type: ignore[valid-type]
        Field(description="Only records of these kinds."),
    ] = ()
    limit: Annotated[int, Field(ge=1, le=200, description="Records at most.")] = 20
    valid_on: Annotated[Day | None, Field(description="Only records valid on this day.")] = None


class Around(Asked):
    """Parameters of a neighbourhood."""

    direction: Annotated[
        Literal["out", "in", "both"],
        Field(
            description="out: to what it serves or relies on; in: from what serves or relies on it; or both."
        ),
    ] = "both"
    depth: Annotated[int, Field(ge=1, le=6, description="Steps at most.")] = 1
    kinds: Annotated[
        tuple[Annotated[Literal[tuple(LINK_BY_PATH)], AS_PATH], ...],  # type: ignore[valid-type]
        Field(description="Only links of these kinds; empty: all."),
    ] = ()
    cap: Annotated[int, Field(ge=1, le=2_000, description="Records at most.")] = 200
    valid_on: Annotated[Day | None, Field(description="Only links and neighbours valid on this day.")] = None
    known_on: Known = None


async def _look_up(request: Request, asked: Annotated[ByIdentifier, Query()]) -> Response:
    scheme, _, value = asked.identifier.partition("|")
    now = await records.by_identifier(deps.graph(request), scheme, value, deps.reader(request))
    if asked.known_on is None:
        return await one(request, times.valid(now, asked.valid_on))
    shown = await read(request, None, now["id"], asked.known_on, asked.valid_on)
    keys = {Identifier.model_validate(each).key for each in shown["facts"]["identifiers"]}
    if Identifier.spelt(asked.identifier) not in keys:
        raise NotFound
    return await one(request, shown)


async def _any(request: Request, id: Id, asked: Annotated[Read, Query()]) -> Response:
    return await one(request, await read(request, None, id, asked.known_on, asked.valid_on))


async def _search(request: Request, asked: Annotated[Words, Query()]) -> Response:
    kinds = tuple(KIND_BY_NAME[name] for name in asked.kind)
    day = times.day(asked.valid_on)
    found = await search.search(deps.graph(request), asked.q, kinds, deps.reader(request), asked.limit, day)
    return answer({"items": found}, headers={"Link": described(request)})


async def _neighbourhood(request: Request, id: Id, asked: Annotated[Around, Query()]) -> Response:
    kinds = tuple(LINK_BY_PATH[path] for path in asked.kinds)
    wanted = search.Around(asked.direction, asked.depth, kinds, asked.cap, times.day(asked.valid_on))
    known = await times.moment(request, asked.known_on)
    around = await search.neighbourhood(deps.graph(request), id, deps.reader(request), wanted, known)
    shown: dict[str, Any] = {
        "records": around.records,
        "links": around.links,
        "truncated": around.truncated,
    }
    if known:
        shown["as_of"] = times.as_of(known, asked.valid_on)
    return answer(shown, headers={"Link": described(request)})


class Found(BaseModel):
    """Records found by words, best match first."""

    items: Annotated[list[shapes.AnyRecord], Field(description="The records.")]


class Neighbourhood(BaseModel):
    """A record, what stands around it, and the links between."""

    records: Annotated[
        list[shapes.AnyRecord], Field(description="The record itself first, then its neighbours.")
    ]
    links: Annotated[list[shapes.AnyLink], Field(description="The links between them.")]
    truncated: Annotated[bool, Field(description="Whether there is more than the cap let through.")]
    as_of: shapes.AS_OF = None


def routes() -> Iterator[Route]:
    """Routes across kinds."""
    yield Route(
        "GET",
        "/v1/records",
        _look_up,
        operation="get_record_by_identifier",
        summary="Look a record up by identifier",
        description="The record of any kind that a key of some register, list or system names.",
        tag="Records",
        answers=shapes.AnyRecord,
        may_be_fresh=True,
        refusals=(NotFound, Invalid),
    )
    yield Route(
        "GET",
        "/v1/records/{id}",
        _any,
        operation="get_record",
        summary="Get a record of any kind",
        description="One record by its id alone; `kind` says what it is.",
        tag="Records",
        answers=shapes.AnyRecord,
        may_be_fresh=True,
        refusals=(NotFound, Invalid),
    )
    yield Route(
        "GET",
        "/v1/records/{id}/neighbourhood",
        _neighbourhood,
        operation="get_neighbourhood",
        summary="What stands around a record",
        description="Records within some steps, and the links between; `truncated` says if there is more.",
        tag="Records",
        answers=Neighbourhood,
        refusals=(NotFound, Invalid),
    )
    yield Route(
        "GET",
        "/v1/search",
        _search,
        operation="search_records",
        summary="Search records by words",
        description="Live records whose title, summary or reference holds every word, best match first.",
        tag="Records",
        answers=Found,
        refusals=(Invalid,),
    )
