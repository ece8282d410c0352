"""Routes of links. One factory makes them for every kind; nothing here knows a kind by name."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from app.api import asked as asked_for
from app.api import bodies, deps, files, shapes, times
from app.api.problems import PreconditionRequired
from app.api.records import PATCHES, Id, entries, named, reasoned
from app.api.routing import Route, Said, act, heard, one
from app.domain import as_known, claims, known_lists, links
from app.domain.lists import Page
from app.domain.moments import Moment
from app.errors import (
    AlreadyExists,
    Invalid,
    LinkNotAllowed,
    NotFound,
    OwnedByAnotherSource,
    Retired,
    RuleBroken,
    StaleRevision,
)
from graph_schema import LINK_KINDS
from graph_schema.core import Link

_STALE = (NotFound, StaleRevision, OwnedByAnotherSource, Retired)


def routes() -> Iterator[Route]:
    """Routes of every kind of link."""
    for kind in LINK_KINDS:
        yield from _writing(kind)
        yield from _reading(kind)


def _writing(kind: type[Link]) -> Iterator[Route]:
    many, single = f"/v1/links/{kind.path()}", f"/v1/links/{kind.path()}/{{id}}"

    async def draw(request: Request) -> Response:
        told = await heard(request, shapes.claim_of(kind))
        claim: Any = told.said
        shown = await told.do(claims.claim, kind, claim.from_, claim.to, claim.facts)
        return await one(request, shown, 201, f"{many}/{shown['id']}")

    async def change(request: Request, id: Id) -> Response:
        return await act(request, (kind, id), lambda body: Said(claims.change, (bodies.object_of(body),)))

    async def withdraw(request: Request, id: Id) -> Response:
        return await act(request, (kind, id), reasoned(claims.withdraw), required=False)

    name, shape = kind.label, shapes.link_of(kind)
    yield Route(
        "POST",
        many,
        draw,
        operation=named(kind, "claim"),
        summary=f"Claim a {name} link",
        description=f"{kind.says()} Proposed until the upper side accepts it, if its kind needs that.",
        tag=name,
        answers=shape,
        status=201,
        takes=(bodies.JSON,),
        body=shapes.claim_of(kind),
        refusals=(AlreadyExists, Invalid, LinkNotAllowed, RuleBroken),
    )
    yield Route(
        "PATCH",
        single,
        change,
        operation=named(kind, "change"),
        summary=f"Change a {name} link",
        description="Applies a JSON merge patch (RFC 7396) to the facts; acceptance is then needed anew.",
        tag=name,
        answers=shape,
        takes=PATCHES,
        body=shapes.patch_of(kind),
        needs_match=True,
        refusals=(*_STALE, PreconditionRequired, AlreadyExists, Invalid, LinkNotAllowed),
    )
    yield Route(
        "POST",
        single + "/withdraw",
        withdraw,
        operation=named(kind, "withdraw"),
        summary=f"Withdraw a {name} link",
        description="Takes the link back. It stays readable, with its history.",
        tag=name,
        answers=shape,
        takes=(bodies.JSON,),
        body=shapes.Reason,
        body_optional=True,
        may_match=True,
        refusals=(*_STALE, Invalid),
    )


def _reading(kind: type[Link]) -> Iterator[Route]:
    many, single = f"/v1/links/{kind.path()}", f"/v1/links/{kind.path()}/{{id}}"

    async def get(request: Request, id: Id, asked: Any) -> Response:
        return await one(request, await _read(request, kind, id, asked.known_on, asked.valid_on))

    async def find(request: Request, asked: Any) -> Response:
        graph, reader = deps.graph(request), deps.reader(request)

        async def page(known: Moment | None, after: str | None, limit: int) -> Page:
            wanted = replace(_wanted(kind, asked), after=after, limit=limit)
            if known is None:
                return await links.find(graph, kind, wanted, reader)
            return await known_lists.joined(graph, kind, wanted, known, reader)

        return await files.listed(request, asked, kind.path(), shape, page)

    async def history(request: Request, id: Id, asked: Any) -> Response:
        await _read(request, kind, id, asked.known_on)
        return await entries(request, id, asked)

    get.__annotations__["asked"] = Annotated[asked_for.Read, Query()]
    find.__annotations__["asked"] = Annotated[asked_for.query_of(kind), Query()]
    history.__annotations__["asked"] = Annotated[asked_for.Stretch, Query()]
    name, shape = kind.label, shapes.link_of(kind)
    yield Route(
        "GET",
        single,
        get,
        operation=named(kind, "get"),
        summary=f"Get a {name} link",
        description=f"One link. {kind.says()}",
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
        summary=f"List {name} links",
        description=f"{kind.says()} Filter by standing, ends and the link's own facts.",
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
        summary=f"History of a {name} link",
        description="What the ledger holds of the link, oldest first.",
        tag=name,
        answers=shapes.History,
        refusals=(NotFound, Invalid),
    )


def _wanted(kind: type[Link], asked: Any) -> links.Wanted:
    """What a list's parameters ask for."""
    return links.Wanted(
        fields=asked_for.filters_of(kind, asked),
        stated=tuple(asked.stated),
        unstated=tuple(asked.unstated),
        standing=tuple(each.value for each in asked.standing),
        source=asked.source,
        from_id=asked.from_,
        to_id=asked.to,
        valid_on=times.day(asked.valid_on),
        after=asked.after,
        limit=asked.limit,
        count=asked.count == "exact",
    )


async def _read(
    request: Request, kind: type[Link], id: str, known_on: str | None = None, valid_on: date | None = None
) -> dict[str, Any]:
    """The link as it stands, or as was known by then, if it is valid on the day."""
    graph, reader = deps.graph(request), deps.reader(request)
    known = await times.moment(request, known_on)
    if known is None:
        return times.valid(await links.get(graph, kind, id, reader), valid_on)
    shown = times.valid(await as_known.link(graph, kind, id, known, reader), valid_on)
    return shown | {"as_of": times.as_of(known, valid_on)}
