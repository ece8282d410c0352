"""Routes of records. One factory makes them for every kind; nothing here knows a kind by name."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import Response

from app.api import asked as asked_for
from app.api import bodies, deps, files, paging, shapes, times
from app.api.problems import PreconditionRequired
from app.api.routing import Route, Said, act, heard, one
from app.domain import as_known, faults, known_lists, ledger, lists, records
from app.domain.ledger import Answer, Done
from app.domain.lists import Page
from app.domain.moments import Moment
from app.errors import (
    AlreadyExists,
    Invalid,
    NotFound,
    OwnedByAnotherSource,
    Retired,
    StaleRevision,
)
from app.graph import Graph
from graph_schema import NODE_KINDS
from graph_schema.core import Facts, Node

PATCHES = (bodies.MERGE_PATCH, bodies.JSON)
Id = Annotated[str, Path(description="The service's own id.", max_length=200)]


def routes() -> Iterator[Route]:
    """Routes of every kind of record."""
    for kind in NODE_KINDS:
        yield from _writing(kind)
        yield from _reading(kind)


def named(kind: type[Facts], words: str) -> str:
    """An operation's id: unique, and readable in a client's code."""
    return f"{words}_{kind.__name__}"


def _writing(kind: type[Node]) -> Iterator[Route]:
    many, single = f"/v1/{kind.plural}", f"/v1/{kind.plural}/{{id}}"

    async def create(request: Request) -> Response:
        told = await heard(request, kind)
        shown = await told.do(records.create, kind, told.said)
        return await one(request, shown, 201, f"{many}/{shown['id']}")

    async def change(request: Request, id: Id) -> Response:
        return await act(request, (kind, id), lambda body: Said(records.change, (bodies.object_of(body),)))

    async def retire(request: Request, id: Id) -> Response:
        return await act(request, (kind, id), reasoned(records.retire), required=False)

    name, shape = kind.__name__, shapes.record_of(kind)
    stale = (NotFound, StaleRevision, OwnedByAnotherSource, Retired)
    yield Route(
        "POST",
        many,
        create,
        operation=named(kind, "create"),
        summary=f"Create a {name}",
        description=f"Creates a record: {kind.says()} The answer's Location is its address.",
        tag=name,
        answers=shape,
        status=201,
        takes=(bodies.JSON,),
        body=kind,
        refusals=(AlreadyExists, Invalid),
    )
    yield Route(
        "PATCH",
        single,
        change,
        operation=named(kind, "change"),
        summary=f"Change a {name}",
        description="Applies a JSON merge patch (RFC 7396) to the facts. If-Match holds the ETag you read.",
        tag=name,
        answers=shape,
        takes=PATCHES,
        body=shapes.patch_of(kind),
        needs_match=True,
        refusals=(*stale, PreconditionRequired, AlreadyExists, Invalid),
    )
    yield Route(
        "POST",
        single + "/retire",
        retire,
        operation=named(kind, "retire"),
        summary=f"Retire a {name}",
        description="Takes the record out of use. It stays readable, with its history and links.",
        tag=name,
        answers=shape,
        takes=(bodies.JSON,),
        body=shapes.Reason,
        body_optional=True,
        may_match=True,
        refusals=(*stale, Invalid),
    )


def reasoned(work: Callable[..., Awaitable[Done]]) -> Callable[[bytes], Said]:
    """Reads an optional body that gives no more than the reason for this."""

    def reads(body: bytes) -> Said:
        said = faults.valid(shapes.Reason, bodies.object_of(body)) if body else shapes.Reason()
        return Said(work, reason=said.reason)

    return reads


def _reading(kind: type[Node]) -> Iterator[Route]:
    many, single = f"/v1/{kind.plural}", f"/v1/{kind.plural}/{{id}}"
    asked_of = asked_for.query_of(kind)

    async def get(request: Request, id: Id, asked: Any) -> Response:
        return await one(request, await read(request, kind, id, asked.known_on, asked.valid_on))

    async def find(request: Request, asked: Any) -> Response:
        graph, reader = deps.graph(request), deps.reader(request)

        async def page(known: Moment | None, after: str | None, limit: int) -> Page:
            wanted = replace(_wanted(kind, asked), after=after, limit=limit)
            if known is None:
                return await lists.find(graph, kind, wanted, reader)
            return await known_lists.records(graph, kind, wanted, known, reader)

        return await files.listed(request, asked, kind.plural, shape, page)

    async def history(request: Request, id: Id, asked: Any) -> Response:
        await read(request, kind, id, asked.known_on)
        return await entries(request, id, asked)

    get.__annotations__["asked"] = Annotated[asked_for.Read, Query()]
    find.__annotations__["asked"] = Annotated[asked_of, Query()]
    history.__annotations__["asked"] = Annotated[asked_for.Stretch, Query()]
    name, shape = kind.__name__, shapes.record_of(kind)
    yield Route(
        "GET",
        single,
        get,
        operation=named(kind, "get"),
        summary=f"Get a {name}",
        description=f"One record: {kind.says()}",
        tag=name,
        answers=shape,
        may_be_fresh=True,
        refusals=(NotFound, Invalid),
    )
    yield Route(
        "GET",
        many,
        find,
        operation=named(kind, "list"),
        summary=f"List {kind.plural.replace('-', ' ')}",
        description=f"Lists records, a page at a time: {kind.says()} A filter given twice means either.",
        tag=name,
        answers=shapes.page_of(shape),
        table=True,
        refusals=(Invalid,),
    )
    yield Route(
        "GET",
        single + "/history",
        history,
        operation=named(kind, "history"),
        summary=f"History of a {name}",
        description="What the ledger holds of the record, oldest first.",
        tag=name,
        answers=shapes.History,
        refusals=(NotFound, Invalid),
    )


def _wanted(kind: type[Node], asked: Any) -> lists.Wanted:
    """What a list's parameters ask for."""
    return lists.Wanted(
        fields=asked_for.filters_of(kind, asked),
        stated=tuple(asked.stated),
        unstated=tuple(asked.unstated),
        tags=tuple(asked.tag),
        has=tuple(asked.has),
        lacks=tuple(asked.lacks),
        status=None if asked.status == "any" else asked.status,
        source=asked.source,
        valid_on=times.day(asked.valid_on),
        sort=tuple(asked.sort),
        after=asked.after,
        limit=asked.limit,
        count=asked.count == "exact",
    )


async def read(
    request: Request,
    kind: type[Node] | None,
    id: str,
    known_on: str | None = None,
    valid_on: date | None = None,
) -> dict[str, Any]:
    """The record as it stands, or as was known by then, if it is valid on the day."""
    graph, reader = deps.graph(request), deps.reader(request)
    known = await times.moment(request, known_on)
    if known is None:
        return times.valid(await records.get(graph, kind, id, reader), valid_on)
    shown = times.valid(await as_known.record(graph, kind, id, known, reader), valid_on)
    return shown | {"as_of": times.as_of(known, valid_on)}


EntriesOf = Callable[[Graph, str, int, int, int | None], Awaitable[list[Answer]]]
"""Gives what the ledger holds of an item after a number, of so many entries at most, up to a number."""


async def entries(
    request: Request, item: str, asked: asked_for.Stretch, of: EntriesOf = ledger.history
) -> Response:
    """The history of a record or link its reader has been shown to see."""
    known = await times.moment(request, asked.known_on)
    told = await of(deps.graph(request), item, asked.after, asked.limit + 1, known.number if known else None)
    following = str(told[asked.limit - 1]["seq"]) if len(told) > asked.limit else None
    page = Page(told[: asked.limit], following)
    return paging.page(request, page, times.as_of(known, None) if known else None)
