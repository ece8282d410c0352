"""Routes that check without saving, and tell what the rules find of what is saved."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from app.api import bodies, deps, shapes
from app.api.records import PATCHES, Id, named
from app.api.routing import Route, answer, body_of, described
from app.domain import claims, faults, records, rules, trial
from app.domain.rules import Finding, Severity
from app.errors import NotFound, OwnedByAnotherSource, Retired
from graph_schema import KIND_BY_NAME, LINK_KINDS, NODE_KINDS
from graph_schema.core import Link, Node
from graph_schema.values import RecordId

_REFUSALS = (NotFound, OwnedByAnotherSource, Retired)


class FindingShown(BaseModel):
    """One thing wrong with a record or link, or missing from it."""

    pointer: Annotated[str, Field(description="JSON Pointer to where it stands; empty: the whole.")]
    code: Annotated[str, Field(description="Which rule it breaks; see docs/rules.md.")]
    severity: Annotated[
        Literal[tuple(each.value for each in Severity)],  # type: ignore[valid-type]
        Field(description="violation: is refused; warning: probably wrong; information: worth knowing."),
    ]
    detail: Annotated[str, Field(description="What to do about it.")]
    record: Annotated[
        RecordId | None, Field(description="Id of the record it is about; null for what is only tried.")
    ]
    kind: Annotated[str | None, Field(description="Kind of that record.")]
    links: Annotated[list[str], Field(description="Ids of the links it is about.")]


class Findings(BaseModel):
    """Everything found of a record."""

    items: Annotated[list[FindingShown], Field(description="The findings, gravest first.")]


class Validated(Findings):
    """What saving it would meet. Nothing has been saved."""

    valid: Annotated[bool, Field(description="Whether it would be saved: no finding is a violation.")]


def routes() -> Iterator[Route]:
    """The routes of every kind of record and link, and the findings of a record of any kind."""
    for kind in NODE_KINDS:
        yield from _of_record(kind)
    for link in LINK_KINDS:
        yield from _of_link(link)


def _shown(found: list[Finding]) -> list[dict[str, Any]]:
    """The findings, gravest first."""
    order = list(Severity)
    return [each.shown() for each in sorted(found, key=lambda each: order.index(each.severity))]


def _validated(request: Request, found: list[Finding]) -> Response:
    valid = all(each.severity is not Severity.VIOLATION for each in found)
    return answer({"valid": valid, "items": _shown(found)}, headers={"Link": described(request)})


def _of_record(kind: type[Node]) -> Iterator[Route]:
    async def validate(request: Request) -> Response:
        body = await body_of(request)
        stamp, reader = deps.stamp(request, body), deps.reader(request)
        found = await trial.record(
            deps.graph(request),
            lambda tx, stated: records.create(tx, kind, faults.valid(kind, stated), stamp, reader),
            bodies.object_of(body),
            reader,
            deps.today(request),
        )
        return _validated(request, found)

    async def validate_change(request: Request, id: Id) -> Response:
        body = await body_of(request)
        stamp, reader = deps.stamp(request, body), deps.reader(request)
        found = await trial.record(
            deps.graph(request),
            lambda tx, patch: records.change(tx, kind, id, patch, None, stamp, reader),
            bodies.object_of(body),
            reader,
            deps.today(request),
        )
        return _validated(request, found)

    many, name = f"/v1/{kind.plural}", kind.__name__
    yield _route(many, validate, named(kind, "validate"), f"Check a {name} without saving it", name, kind)
    yield _route(
        many + "/{id}", validate_change, named(kind, "validate_change"),
        f"Check a change of a {name} without saving it", name, shapes.patch_of(kind), PATCHES,
    )  # fmt: skip


def _of_link(kind: type[Link]) -> Iterator[Route]:
    async def validate(request: Request) -> Response:
        body = await body_of(request)
        stamp, reader = deps.stamp(request, body), deps.reader(request)

        async def drawn(tx: Any, stated: Any) -> Any:
            claim: Any = faults.valid(shapes.claim_of(kind), stated)
            return await claims.drawn(tx, kind, claim.from_, claim.to, claim.facts, stamp, reader)

        found = await trial.link(
            deps.graph(request), drawn, bodies.object_of(body), reader, deps.today(request)
        )
        return _validated(request, found)

    async def validate_change(request: Request, id: Id) -> Response:
        body = await body_of(request)
        stamp, reader = deps.stamp(request, body), deps.reader(request)
        found = await trial.link(
            deps.graph(request),
            lambda tx, patch: claims.redrawn(tx, kind, id, patch, None, stamp, reader),
            bodies.object_of(body),
            reader,
            deps.today(request),
        )
        return _validated(request, found)

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


async def _findings(request: Request, id: Id) -> Response:
    reader = deps.reader(request)
    shown = await records.get(deps.graph(request), None, id, reader)
    kind = KIND_BY_NAME[shown["kind"]]
    cases = await rules.cases(deps.graph(request), kind, [id], reader, deps.today(request))
    found = [finding for case in cases for finding in rules.findings(case)]
    return answer({"items": _shown(found)}, headers={"Link": described(request)})


def of_any_record() -> Route:
    """The route that tells what the rules find of a record."""
    return Route(
        "GET",
        "/v1/records/{id}/findings",
        _findings,
        operation="list_findings",
        summary="What the rules find of a record",
        description="Everything the rules of docs/rules.md find of a record and its links today.",
        tag="Records",
        answers=Findings,
        refusals=(NotFound,),
    )
