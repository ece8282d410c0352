"""Routes that check without saving: every fault and finding at once, and nothing is kept."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from app.api import bodies, deps, shapes
from app.api.findings import Findings, shown
from app.api.records import PATCHES, Id, named
from app.api.routing import Route, answer, body_of, described
from app.domain import claims, faults, records, trial
from app.domain.ledger import Done
from app.domain.rules import Finding, Severity
from app.errors import NotFound, OwnedByAnotherSource, Retired
from app.graph import Graph, Tx
from app.who import Reader, Stamp
from graph_schema import LINK_KINDS, NODE_KINDS
from graph_schema.core import Link, Node

_REFUSALS = (NotFound, OwnedByAnotherSource, Retired)


class Validated(Findings):
    """What saving it would meet. Nothing has been saved."""

    valid: Annotated[bool, Field(description="Whether it would be saved: no finding is a violation.")]


def routes() -> Iterator[Route]:
    """The routes of every kind of record and link."""
    for kind in NODE_KINDS:
        yield from _of_record(kind)
    for link in LINK_KINDS:
        yield from _of_link(link)


Check = Callable[[Graph, trial.Write, trial.Stated, Reader, date], Awaitable[list[Finding]]]
Writes = Callable[[Stamp, Reader], trial.Write]
"""Who acts and who looks -> what would validate and write what is stated."""


async def _checked(request: Request, check: Check, writes: Writes) -> Response:
    """What would be found if it were written; it is tried and not kept."""
    body = await body_of(request)
    stamp, reader = deps.stamp(request, body), deps.reader(request)
    stated = bodies.object_of(body)
    found = await check(deps.graph(request), writes(stamp, reader), stated, reader, deps.today(request))
    valid = all(each.severity is not Severity.VIOLATION for each in found)
    return answer({"valid": valid, "items": shown(found)}, headers={"Link": described(request)})


def _of_record(kind: type[Node]) -> Iterator[Route]:
    async def validate(request: Request) -> Response:
        def writes(stamp: Stamp, reader: Reader) -> trial.Write:
            return lambda tx, stated: records.create(tx, kind, faults.valid(kind, stated), stamp, reader)

        return await _checked(request, trial.record, writes)

    async def validate_change(request: Request, id: Id) -> Response:
        def writes(stamp: Stamp, reader: Reader) -> trial.Write:
            return lambda tx, patch: records.change(tx, kind, id, patch, None, stamp, reader)

        return await _checked(request, trial.record, writes)

    many, name = f"/v1/{kind.plural}", kind.__name__
    yield _route(many, validate, named(kind, "validate"), f"Check a {name} without saving it", name, kind)
    yield _route(
        many + "/{id}", validate_change, named(kind, "validate_change"),
        f"Check a change of a {name} without saving it", name, shapes.patch_of(kind), PATCHES,
    )  # fmt: skip


def _of_link(kind: type[Link]) -> Iterator[Route]:
    async def validate(request: Request) -> Response:
        def writes(stamp: Stamp, reader: Reader) -> trial.Write:
            async def drawn(tx: Tx, stated: trial.Stated) -> Done:
                claim: Any = faults.valid(shapes.claim_of(kind), stated)
                return await claims.drawn(tx, kind, claim.from_, claim.to, claim.facts, stamp, reader)

            return drawn

        return await _checked(request, trial.link, writes)

    async def validate_change(request: Request, id: Id) -> Response:
        def writes(stamp: Stamp, reader: Reader) -> trial.Write:
            return lambda tx, patch: claims.redrawn(tx, kind, id, patch, None, stamp, reader)

        return await _checked(request, trial.link, writes)

    many, name = f"/v1/links/{kind.path()}", kind.label
    yield _route(
        many, validate, named(kind, "validate"), f"Check a {name} link without saving it", name,
        shapes.claim_of(kind),
    )  # fmt: skip
    yield _route(
        many + "/{id}", validate_change, named(kind, "validate_change"),
        f"Check a change of a {name} link without saving it", name, shapes.patch_of(kind), PATCHES,
    )  # fmt: skip


def _route(
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
        description="Makes every check of the real call and answers all findings at once. Nothing is saved.",
        tag=tag,
        answers=Validated,
        takes=takes,
        body=body,
        refusals=_REFUSALS if "{id}" in path else (),
    )
