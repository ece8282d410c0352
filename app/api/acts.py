"""Routes of what the two sides of a link do with it: one factory for every kind that needs both."""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Annotated, Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from app.api import bodies, shapes
from app.api.problems import PreconditionRequired
from app.api.records import Id, named
from app.api.routing import Route, Said, act, heard, one
from app.domain import acceptance, faults
from app.domain.acceptance import Seen
from app.domain.ledger import Done
from app.errors import (
    AlreadyAccepted,
    AlreadyDisputed,
    Invalid,
    LinkWithdrawn,
    Moved,
    NotAccepted,
    NotAllowed,
    NotDisputed,
    NotFound,
    Refusal,
    Retired,
    StaleRevision,
)
from graph_schema import TWO_KEYS
from graph_schema.core import Link

_Print = Annotated[str, Field(min_length=1, max_length=64)]


class Acceptance(shapes.Reason):
    """What was read before a link is accepted: the `print` of both its ends."""

    source_print: Annotated[_Print, Field(description="`from.print` of the link as it was read.")]
    target_print: Annotated[_Print, Field(description="`to.print` of the link as it was read.")]

    @property
    def seen(self) -> Seen:
        """Both ends as they were read."""
        return Seen(self.source_print, self.target_print)


class Review(Acceptance):
    """What was read before a link is reviewed, and whether it stands."""

    stands: Annotated[bool, Field(description="Whether the link still holds; false withdraws it.")] = True


def routes() -> Iterator[Route]:
    """Routes of the acts on every kind of link that needs acceptance."""
    for kind in TWO_KEYS:
        yield from _acts(kind)


Work = Callable[..., Awaitable[Done]]
"""A use case that takes a link, the revision the caller read, and who acts."""

_COMMON = (NotFound, NotAllowed, Invalid, StaleRevision, LinkWithdrawn)


def _acts(kind: type[Link]) -> Iterator[Route]:
    yield _route(
        kind,
        "accept",
        Acceptance,
        lambda said: partial(acceptance.accept, seen=said.seen),
        "The link counts from now on. For who answers for the upper side, but for a claim of their own.",
        (AlreadyAccepted, Moved, Retired),
    )
    yield _route(
        kind,
        "dispute",
        shapes.Reason,
        lambda _: acceptance.dispute,
        "The link no longer counts until the dispute is settled. The reason is asked for.",
        (AlreadyDisputed,),
    )
    yield _route(
        kind,
        "reinstate",
        shapes.Reason,
        lambda _: acceptance.reinstate,
        "Ends the dispute: the link waits for acceptance again.",
        (NotDisputed,),
    )
    yield _route(
        kind,
        "review",
        Review,
        lambda said: partial(acceptance.review, seen=said.seen, stands=said.stands),
        "The accepted link rests from now on on both ends as they were read, or is withdrawn.",
        (NotAccepted, Moved, Retired),
    )
    yield _remark(kind)


def _route(
    kind: type[Link],
    name: str,
    shape: type[shapes.Reason],
    calls: Callable[[Any], Work],
    says: str,
    refusals: tuple[type[Refusal], ...],
) -> Route:
    """An act on one link that depends on the revision the caller read."""

    def reads(body: bytes) -> Said:
        said = faults.valid(shape, bodies.object_of(body))
        return Said(calls(said), reason=said.reason)

    async def endpoint(request: Request, id: Id) -> Response:
        return await act(request, (kind, id), reads)

    return Route(
        "POST",
        f"/v1/links/{kind.path()}/{{id}}/{name}",
        endpoint,
        operation=named(kind, name),
        summary=f"{name.capitalize()} a {kind.label} link",
        description=says,
        tag=kind.label,
        answers=shapes.link_of(kind),
        takes=(bodies.JSON,),
        body=shape,
        needs_match=True,
        refusals=(*_COMMON, PreconditionRequired, *refusals),
    )


def _remark(kind: type[Link]) -> Route:
    async def endpoint(request: Request, id: Id) -> Response:
        told = await heard(request, shapes.Reason)
        return await one(request, await told.do(acceptance.remark, kind, id))

    return Route(
        "POST",
        f"/v1/links/{kind.path()}/{{id}}/remark",
        endpoint,
        operation=named(kind, "remark_on"),
        summary=f"Remark on a disputed {kind.label} link",
        description="A word of either side in a dispute. It stands in the link's history.",
        tag=kind.label,
        answers=shapes.link_of(kind),
        takes=(bodies.JSON,),
        body=shapes.Reason,
        refusals=(NotFound, NotAllowed, Invalid, NotDisputed),
    )
