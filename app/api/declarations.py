"""Routes for declaring that a project has no policy goal to serve, and for agreeing."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from app.api import bodies, shapes
from app.api.problems import PreconditionRequired
from app.api.records import Id, reasoned
from app.api.routing import Route, Said, act
from app.domain import declarations, faults
from app.errors import (
    AlreadyAccepted,
    DeclarationExpired,
    Invalid,
    NotAllowed,
    NotFound,
    NothingDeclared,
    OwnedByAnotherSource,
    Retired,
    StaleRevision,
)
from graph_schema.delivery import Project
from graph_schema.values import Day, Prose


class Declaration(BaseModel):
    """Why no goal applies to a project, and until when."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[Prose, Field(min_length=1, max_length=1_000, description="Why no goal applies.")]
    expires: Annotated[Day, Field(description="First day on which it no longer holds; after today.")]


async def _declare(request: Request, id: Id) -> Response:
    def reads(body: bytes) -> Said:
        said = faults.valid(Declaration, bodies.object_of(body))
        return Said(declarations.declare, (said.reason, said.expires), said.reason)

    return await act(request, (id,), reads)


async def _accept(request: Request, id: Id) -> Response:
    return await act(request, (id,), reasoned(declarations.accept))


def routes() -> Iterator[Route]:
    """Both routes. What was agreed is what was read, so both need the ETag."""
    place = f"/v1/{Project.plural}/{{id}}"
    both = (NotFound, NotAllowed, StaleRevision, Retired, PreconditionRequired, Invalid)
    yield Route(
        "POST",
        place + "/declare-not-applicable",
        _declare,
        operation="declare_not_applicable",
        summary="Declare that no goal applies to a project",
        description="Holds until it expires, once somebody else has accepted it. Replaces an earlier one.",
        tag="Project",
        answers=shapes.record_of(Project),
        takes=(bodies.JSON,),
        body=Declaration,
        needs_match=True,
        refusals=(*both, OwnedByAnotherSource),
    )
    yield Route(
        "POST",
        place + "/accept-declaration",
        _accept,
        operation="accept_declaration",
        summary="Accept that no goal applies to a project",
        description="For an owner of the project's organisation or post, and never for who declared it.",
        tag="Project",
        answers=shapes.record_of(Project),
        takes=(bodies.JSON,),
        body=shapes.Reason,
        body_optional=True,
        needs_match=True,
        refusals=(*both, NothingDeclared, AlreadyAccepted, DeclarationExpired),
    )
