"""Routes of what happens to law: events of a change, and a legal post's word on a grounding."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from app.api import asked as asked_for
from app.api import bodies, checks, shapes
from app.api.problems import PreconditionRequired
from app.api.records import Id, entries, read, reasoned
from app.api.routing import Route, Said, act
from app.domain import faults, legal_events, trial
from app.domain.stages import Event
from app.errors import (
    AlreadyDisputed,
    Invalid,
    LinkWithdrawn,
    NotAllowed,
    NotFound,
    OwnedByAnotherSource,
    Retired,
    StaleRevision,
)
from app.who import Reader, Stamp
from graph_schema.law import LegalChange
from graph_schema.links import GroundedIn

_EVENTS = f"/v1/{LegalChange.plural}/{{id}}/events"


class EventSaid(Event):
    """Something that happened to a change in the law, to record."""

    reason: shapes.WHY = None


class EventShown(Event):
    """Something that happened to a change in the law, as recorded."""

    seq: Annotated[int, Field(description="Number of its entry in the ledger.")]
    recorded_at: Annotated[str, Field(description="When it was recorded, RFC 3339 in UTC.")]
    actor: Annotated[str, Field(description="Who recorded it.")]
    source: Annotated[str, Field(description="On behalf of which source.")]
    reason: Annotated[str | None, Field(description="Why, in the actor's words.")]


class Events(shapes.Pages):
    """Events of a change in the law, oldest first."""

    items: Annotated[list[EventShown], Field(description="The events.")]


async def _record(request: Request, id: Id) -> Response:
    def reads(body: bytes) -> Said:
        event, reason = _event(bodies.object_of(body))
        return Said(legal_events.record, (event,), reason)

    return await act(request, (id,), reads)


async def _validate(request: Request, id: Id, asked: Annotated[checks.Checking, Query()]) -> Response:
    def writes(stamp: Stamp, reader: Reader) -> trial.Write:
        return lambda tx, stated: legal_events.record(tx, id, _event(stated)[0], None, stamp, reader)

    return await checks.checked(request, asked, trial.record, writes)


def _event(stated: dict[str, Any]) -> tuple[Event, str | None]:
    """What happened, and why it is told."""
    said = faults.valid(EventSaid, stated)
    return Event.model_validate(said.model_dump(exclude={"reason"})), said.reason


async def _list(request: Request, id: Id, asked: Annotated[asked_for.Stretch, Query()]) -> Response:
    await read(request, LegalChange, id, asked.known_on)
    return await entries(request, id, asked, legal_events.listed)


async def _confirm(request: Request, id: Id) -> Response:
    return await act(request, (id,), reasoned(legal_events.confirm_purpose))


def routes() -> Iterator[Route]:
    """The routes. What is recorded or confirmed rests on what was read, so both need the ETag."""
    yield Route(
        "POST",
        _EVENTS,
        _record,
        operation="record_legal_event",
        summary="Record what happened to a change in the law",
        description="Moves its stage, outcome or days of force, with the day it happened and its source.",
        tag="LegalChange",
        answers=shapes.record_of(LegalChange),
        takes=(bodies.JSON,),
        body=EventSaid,
        needs_match=True,
        refusals=(
            NotFound, NotAllowed, StaleRevision, Retired, OwnedByAnotherSource, PreconditionRequired, Invalid,
        ),
    )  # fmt: skip
    yield checks.route(
        _EVENTS, _validate, "validate_legal_event", "Check an event of a change in the law without saving it",
        "LegalChange", EventSaid,
    )  # fmt: skip
    yield Route(
        "GET",
        _EVENTS,
        _list,
        operation="list_legal_events",
        summary="What happened to a change in the law",
        description="Its recorded events, oldest first, each with its source and who recorded it.",
        tag="LegalChange",
        answers=Events,
        refusals=(NotFound, Invalid),
    )
    yield Route(
        "POST",
        f"/v1/links/{GroundedIn.path()}/{{id}}/confirm-purpose",
        _confirm,
        operation="confirm_purpose",
        summary="Confirm that partly commenced law covers what rests on it",
        description="For a legal post in the organisation of what is grounded, and never for who claimed it.",
        tag="GROUNDED_IN",
        answers=shapes.link_of(GroundedIn),
        takes=(bodies.JSON,),
        body=shapes.Reason,
        body_optional=True,
        needs_match=True,
        refusals=(
            NotFound, NotAllowed, StaleRevision, LinkWithdrawn, AlreadyDisputed, PreconditionRequired,
            Invalid,
        ),
    )  # fmt: skip
