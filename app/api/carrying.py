"""The route that carries a goal's links forward to its successor."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from app.api import bodies, deps, shapes
from app.api.records import Id
from app.api.routing import Route, answer, body_of
from app.domain import carrying, faults, receipts
from app.errors import Invalid, NotAllowed, NotFound, NotSucceeded, TooLarge
from graph_schema.policy import PolicyGoal
from graph_schema.values import Prose, RecordId


class CarryForward(BaseModel):
    """Where a goal's links are carried."""

    model_config = ConfigDict(extra="forbid")

    to: Annotated[RecordId, Field(description="Id of the goal that succeeded it.")]
    reason: Annotated[
        Annotated[Prose, Field(max_length=1_000)] | None, Field(description="Why; kept in the ledger.")
    ] = None


class Carried(BaseModel):
    """The links that were claimed anew."""

    goal: Annotated[RecordId, Field(description="Id of the goal they led to.")]
    successor: Annotated[RecordId, Field(description="Id of the goal they lead to now.")]
    carried: Annotated[list[shapes.AnyLink], Field(description="The new links, each waiting for acceptance.")]


async def _forward(request: Request, id: Id) -> Response:
    body = await body_of(request)
    said = faults.valid(CarryForward, bodies.object_of(body))
    stamp = deps.stamp(request, body, said.reason)
    return answer(
        await deps.graph(request).write(
            receipts.once, stamp, carrying.forward, id, said.to, stamp, deps.reader(request)
        )
    )


def routes() -> Iterator[Route]:
    """The one route."""
    yield Route(
        "POST",
        f"/v1/{PolicyGoal.plural}/{{id}}/carry-forward",
        _forward,
        operation="carry_forward",
        summary="Carry a goal's links forward to its successor",
        description="Claims every link that leads to the goal anew onto the goal that succeeded it. Each "
        "waits for acceptance; the old links stay.",
        tag="PolicyGoal",
        answers=Carried,
        takes=(bodies.JSON,),
        body=CarryForward,
        refusals=(NotFound, NotAllowed, Invalid, NotSucceeded, TooLarge),
    )
