"""The feed of changes: the ledger read from a number on, never past the first one not there yet."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from app.api import deps, formats, shapes
from app.api.asked import Asked
from app.api.routing import Route, answer, base, described, form_of
from app.domain import ledger
from app.errors import Invalid


class ChangesAsked(Asked):
    """Parameters of the feed."""

    after: Annotated[
        int, Field(ge=0, le=2**53, description="The last number you have; 0 for the beginning.")
    ] = 0
    limit: Annotated[int, Field(ge=1, le=1_000, description="Entries at most.")] = 200


class Feed(BaseModel):
    """A stretch of the ledger."""

    ledger: Annotated[str, Field(description="Identity of the ledger: another one means another database.")]
    items: Annotated[list[shapes.Ledgered], Field(description="Entries in the order of their numbers.")]
    next_after: Annotated[int, Field(description="What to ask after next time.")]
    next: Annotated[str, Field(description="Address to ask next time, whether or not there is more yet.")]


async def _changes(request: Request, asked: Annotated[ChangesAsked, Query()]) -> Response:
    stretch = await ledger.changes(deps.graph(request), asked.after, asked.limit, deps.reader(request))
    following = f"{base(request)}/v1/changes?after={stretch.next}&limit={asked.limit}"
    headers = {"Link": f'<{following}>; rel="next", {described(request)}'}
    identity = await deps.service(request).ledger_id()
    if form_of(request) == formats.JSON_LINES:
        lines = b"".join(to_json(entry) + b"\n" for entry in stretch.entries)
        return Response(lines, 200, headers, formats.JSON_LINES)
    shown: dict[str, Any] = {
        "ledger": identity,
        "items": stretch.entries,
        "next_after": stretch.next,
        "next": following,
    }
    return answer(shown, headers=headers)


def routes() -> Iterator[Route]:
    """The route of the feed."""
    yield Route(
        "GET",
        "/v1/changes",
        _changes,
        operation="list_changes",
        summary="Read what has changed",
        description="Entries of the ledger after a number, in order and without holes; poll it from `next`.",
        tag="Changes",
        answers=Feed,
        offers=(formats.JSON, formats.JSON_LINES),
        refusals=(Invalid,),
    )
