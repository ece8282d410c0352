"""Routes of what is done about people: handing a leaver's posts over, and erasing a person."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from app.api import bodies, shapes
from app.api.records import Id
from app.api.routing import Route, answer, described, heard, one
from app.domain import people
from app.errors import Invalid, NotFound
from graph_schema.people import Person, Post
from graph_schema.values import Prose, RecordId


class Handover(shapes.Reason):
    """Who takes the leaver's posts."""

    to: Annotated[RecordId, Field(description="Id of the Person who takes them.")]


class HandedOver(BaseModel):
    """What was handed over."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    from_: Annotated[RecordId, Field(alias="from", description="Id of the Person who left the posts.")]
    to: Annotated[RecordId, Field(description="Id of the Person who holds them now.")]
    items: Annotated[
        list[shapes.record_of(Post)],  # type: ignore[valid-type]
        Field(description="The posts that moved. What they own stays theirs."),
    ]


class Because(shapes.Reason):
    """Why a thing that cannot be undone is done."""

    reason: Annotated[Prose, Field(min_length=1, max_length=1_000, description="Why; kept in the ledger.")]


async def _hand_over(request: Request, id: Id) -> Response:
    told = await heard(request, Handover)
    done = await told.do(people.hand_over, id, told.said.to)
    return answer(done, headers={"Link": described(request)})


async def _erase(request: Request, id: Id) -> Response:
    told = await heard(request, Because)
    return await one(request, await told.do(people.erase, id))


def routes() -> Iterator[Route]:
    """The routes about people."""
    yield Route(
        "POST",
        f"/v1/{Person.plural}/{{id}}/handover",
        _hand_over,
        operation="hand_over_posts",
        summary="Hand a leaver's posts over",
        description="Gives every post the person holds to a successor, in one act. Safe to repeat.",
        tag=Person.__name__,
        answers=HandedOver,
        takes=(bodies.JSON,),
        body=Handover,
        refusals=(NotFound, Invalid),
    )
    yield Route(
        "POST",
        f"/v1/{Person.plural}/{{id}}/erase",
        _erase,
        operation="erase_person",
        summary="Erase a person",
        description="Takes everything about the person out of the record and its past; the record stays.",
        tag=Person.__name__,
        answers=shapes.record_of(Person),
        takes=(bodies.JSON,),
        body=Because,
        refusals=(NotFound, Invalid),
    )
