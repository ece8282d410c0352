"""Routes for many things at once that wait for somebody: the inbox, and accepting claims by a filter."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from app.api import bodies, deps, paging, shapes
from app.api.asked import AS_PATH, LINK_BY_PATH, Paged
from app.api.routing import Route, answer, heard
from app.domain import batch_acceptance, inbox
from app.domain.batch_acceptance import MOST
from app.errors import Fault, Invalid, NotAllowed, Overtaken, TooLarge
from app.questions import previews
from app.questions.previews import Flips
from graph_schema import TWO_KEYS
from graph_schema.values import Day, RecordId

_KINDS = tuple(kind.path() for kind in TWO_KEYS)
_Kind = Annotated[Literal[_KINDS], AS_PATH]  # type: ignore[valid-type]
_Ids = Annotated[tuple[RecordId, ...], Field(max_length=MOST)]


class AcceptMany(shapes.Reason):
    """Which claims to accept, as a preview showed them. Filters narrow each other; values of one widen it."""

    kind: Annotated[
        tuple[_Kind, ...], Field(max_length=20, description="Only links of these kinds, as in a URL.")
    ] = ()
    id: Annotated[_Ids, Field(description="Only these links.")] = ()
    to: Annotated[_Ids, Field(description="Only links to these records.")] = ()
    organisation: Annotated[_Ids, Field(description="Only links to records of these organisations.")] = ()
    claimed_before: Annotated[Day | None, Field(description="Only links claimed before this day.")] = None
    dry_run: Annotated[bool, Field(description="Only say what would be accepted, and its `state`.")] = False
    state: Annotated[
        str | None, Field(max_length=64, description="`state` of the dry run; needed to accept.")
    ] = None


class LeftOut(BaseModel):
    """Claims that match and are not the caller's to accept."""

    code: Annotated[str, Field(description="Why not.")]
    count: Annotated[int, Field(description="How many.")]


class AcceptedMany(BaseModel):
    """What is accepted, or of a dry run what would be."""

    count: Annotated[int, Field(description="How many claims.")]
    state: Annotated[str, Field(description="Fingerprint of these claims and of their ends.")]
    accepted: Annotated[list[RecordId], Field(description="Ids of the links that were accepted.")] = []
    items: Annotated[list[shapes.AnyLink], Field(description="Of a dry run, the links.")] = []
    left_out: Annotated[list[LeftOut], Field(description="Of a dry run, what is not yours to accept.")] = []
    flips: Annotated[
        Flips | None, Field(description="Of a dry run, which verdicts would flip, as far as you see them.")
    ] = None


async def _accept(request: Request) -> Response:
    told = await heard(request, AcceptMany)
    said = told.said
    wanted = batch_acceptance.Wanted(
        kinds=tuple(LINK_BY_PATH[each] for each in said.kind),
        ids=said.id,
        targets=said.to,
        organisations=said.organisation,
        claimed_before=said.claimed_before.isoformat() if said.claimed_before else None,
    )
    if said.dry_run:
        graph, reader = deps.graph(request), deps.reader(request)
        seen = await batch_acceptance.preview(graph, wanted, told.stamp, reader)
        flips = await previews.of(graph, seen.entries(), reader, deps.today(request))
        return answer(seen.shown() | {"flips": flips.model_dump(mode="json")})
    if said.state is None:
        says = "Send the `state` of a dry run of the same filters, so that you accept what you saw."
        raise Invalid(faults=[Fault("/state", "missing", says)])
    return answer(await told.do(batch_acceptance.accept, wanted, said.state))


class Matter(BaseModel):
    """Something that waits for the caller."""

    what: Annotated[
        Literal[
            "waiting_claim",
            "dispute",
            "suspect_link",
            "law_changed",
            "review_due",
            "waiting_declaration",
            "expiring_declaration",
        ],
        Field(description="What waits."),
    ]
    since: Annotated[date, Field(description="Since when; of what expires, when.")]
    age_days: Annotated[int, Field(description="Days since then; below 0 where it is still to come.")]
    own_claim: Annotated[
        bool, Field(description="Whether the caller claimed it; then somebody else accepts.")
    ]
    link: Annotated[shapes.AnyLink | None, Field(description="The link, where it is about one.")]
    record: Annotated[shapes.AnyRecord | None, Field(description="The project, for a declaration.")]


class Inbox(shapes.Pages):
    """What waits for the caller, the oldest first."""

    items: Annotated[list[Matter], Field(description="The items of this page.")]


async def _inbox(request: Request, asked: Annotated[Paged, Query()]) -> Response:
    zone = deps.service(request).zone.key
    wanted = inbox.Asked(deps.today(request), zone, inbox.cursor(asked.after), asked.limit)
    return paging.page(request, await inbox.find(deps.graph(request), deps.caller(request), wanted))


def routes() -> Iterator[Route]:
    """The routes of the inbox and of accepting many."""
    taken: dict[str, Any] = {"takes": (bodies.JSON,), "body": AcceptMany}
    yield Route(
        "POST",
        "/v1/links/accept",
        _accept,
        operation="accept_links",
        summary="Accept many claims",
        description="Accepts every claim the filters name, in one act, if all is as the dry run showed it. "
        f"At most {MOST} at a time.",
        tag="Acceptance",
        answers=AcceptedMany,
        refusals=(Invalid, NotAllowed, Overtaken, TooLarge),
        **taken,
    )
    yield Route(
        "GET",
        "/v1/inbox",
        _inbox,
        operation="get_inbox",
        summary="Read what waits for you",
        description="Claims, disputes, suspect links, reviews due and declarations of your organisation and "
        "posts, the oldest first.",
        tag="Acceptance",
        answers=Inbox,
        refusals=(Invalid,),
    )
