"""Routes that check without saving: every fault and finding at once, and nothing is kept."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from app.api import bodies, deps, shapes
from app.api.asked import Asked
from app.api.findings import Findings, shown
from app.api.records import PATCHES, Id, named
from app.api.routing import Route, answer, body_of, described
from app.domain import claims, faults, records, trial
from app.domain.ledger import Done
from app.errors import NotFound, OwnedByAnotherSource, Retired
from app.graph import Graph, Tx
from app.questions import previews
from app.questions.previews import Flips
from app.who import Reader, Stamp
from graph_schema import LINK_KINDS, NODE_KINDS
from graph_schema.core import Link, Node
from graph_schema.values import Day

_REFUSALS = (NotFound, OwnedByAnotherSource, Retired)


class Checking(Asked):
    """Parameters of a check."""

    flips: Annotated[
        bool, Field(description="Also say which verdicts saving it would flip, for you, and how much money.")
    ] = False
    valid_on: Annotated[
        Day | None, Field(description="Day on which the flips are to be told; today if empty.")
    ] = None


class Validated(Findings):
    """What saving it would meet. Nothing has been saved."""

    valid: Annotated[bool, Field(description="Whether it would be saved: no finding is a violation.")]
    flips: Annotated[
        Flips | None, Field(description="Which verdicts would flip; if asked, and if it would be saved.")
    ] = None


def routes() -> Iterator[Route]:
    """The routes of every kind of record and link."""
    for kind in NODE_KINDS:
        yield from _of_record(kind)
    for link in LINK_KINDS:
        yield from _of_link(link)


Check = Callable[[Graph, trial.Write, trial.Stated, Reader, date], Awaitable[trial.Tried]]
Writes = Callable[[Stamp, Reader], trial.Write]
"""Who acts and who looks -> what would validate and write what is stated."""


async def checked(request: Request, asked: Checking, check: Check, writes: Writes) -> Response:
    """What would be found and flip if it were written; it is tried and not kept."""
    body = await body_of(request)
    stamp, reader, today = deps.stamp(request, body), deps.reader(request), deps.today(request)
    graph, stated = deps.graph(request), bodies.object_of(body)
    tried = await check(graph, writes(stamp, reader), stated, reader, today)
    said: dict[str, Any] = {"valid": tried.valid, "items": shown(tried.findings)}
    if asked.flips and tried.valid:
        flips = await previews.of(graph, tried.entries, reader, asked.valid_on or today)
        said["flips"] = flips.model_dump(mode="json")
    return answer(said, headers={"Link": described(request)})


def _of_record(kind: type[Node]) -> Iterator[Route]:
    async def validate(request: Request, asked: Annotated[Checking, Query()]) -> Response:
        def writes(stamp: Stamp, reader: Reader) -> trial.Write:
            return lambda tx, stated: records.create(tx, kind, faults.valid(kind, stated), stamp, reader)

        return await checked(request, asked, trial.record, writes)

    async def validate_change(request: Request, id: Id, asked: Annotated[Checking, Query()]) -> Response:
        def writes(stamp: Stamp, reader: Reader) -> trial.Write:
            return lambda tx, patch: records.change(tx, kind, id, patch, None, stamp, reader)

        return await checked(request, asked, trial.record, writes)

    many, name = f"/v1/{kind.plural}", kind.__name__
    yield route(many, validate, named(kind, "validate"), f"Check a {name} without saving it", name, kind)
    yield route(
        many + "/{id}", validate_change, named(kind, "validate_change"),
        f"Check a change of a {name} without saving it", name, shapes.patch_of(kind), PATCHES,
    )  # fmt: skip


def _of_link(kind: type[Link]) -> Iterator[Route]:
    async def validate(request: Request, asked: Annotated[Checking, Query()]) -> Response:
        def writes(stamp: Stamp, reader: Reader) -> trial.Write:
            async def drawn(tx: Tx, stated: trial.Stated) -> Done:
                claim: Any = faults.valid(shapes.claim_of(kind), stated)
                return await claims.drawn(tx, kind, claim.from_, claim.to, claim.facts, stamp, reader)

            return drawn

        return await checked(request, asked, trial.link, writes)

    async def validate_change(request: Request, id: Id, asked: Annotated[Checking, Query()]) -> Response:
        def writes(stamp: Stamp, reader: Reader) -> trial.Write:
            return lambda tx, patch: claims.redrawn(tx, kind, id, patch, None, stamp, reader)

        return await checked(request, asked, trial.link, writes)

    many, name = f"/v1/links/{kind.path()}", kind.label
    yield route(
        many, validate, named(kind, "validate"), f"Check a {name} link without saving it", name,
        shapes.claim_of(kind),
    )  # fmt: skip
    yield route(
        many + "/{id}", validate_change, named(kind, "validate_change"),
        f"Check a change of a {name} link without saving it", name, shapes.patch_of(kind), PATCHES,
    )  # fmt: skip


def route(
    path: str,
    endpoint: Any,
    operation: str,
    summary: str,
    tag: str,
    body: type[BaseModel],
    takes: tuple[str, ...] = (bodies.JSON,),
) -> Route:
    """A route that checks: it answers 200 with every finding, and nothing is saved."""
    return Route(
        "POST",
        path + "/validate",
        endpoint,
        operation=operation,
        summary=summary,
        description="Makes every check of the real call and answers all findings at once, and with `flips` "
        "which verdicts would flip, with the money that hangs on them. Nothing is saved.",
        tag=tag,
        answers=Validated,
        takes=takes,
        body=body,
        refusals=_REFUSALS if "{id}" in path else (),
    )
