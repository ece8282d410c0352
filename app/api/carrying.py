"""The route that carries a goal's links forward to its successor."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from app.api import bodies, shapes
from app.api.records import Id
from app.api.routing import Route, answer, heard
from app.domain import carrying
from app.errors import Invalid, NotAllowed, NotFound, NotSucceeded, TooLarge
from graph_schema.policy import PolicyGoal
from graph_schema.values import RecordId


class CarryForward(shapes.Reason):
    """Where a goal's links are carried."""

    to: Annotated[RecordId, Field(description="Id of the goal that succeeded it.")]


class Carried(BaseModel):
    """The links that were claimed anew."""

    goal: Annotated[RecordId, Field(description="Id of the goal they led to.")]
    successor: Annotated[RecordId, Field(description="Id of the goal they lead to now.")]
    carried: Annotated[list[shapes.AnyLink], Field(description="The new links, each waiting for acceptance.")]


async def _forward(request: Request, id: Id) -> Response:
    told = await heard(request, CarryForward)
    return answer(await told.do(carrying.forward, id, told.said.to))


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
