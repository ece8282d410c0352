"""Routes that tell what the rules find of what is saved: of one record, or of all of a kind."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from app.api import deps, paging, shapes
from app.api.asked import Asked
from app.api.records import Id
from app.api.routing import Route, answer, described
from app.domain import records, rules
from app.domain.lists import Page
from app.domain.rules import RULES, Finding, Severity
from app.errors import Invalid, NotFound
from graph_schema import KIND_BY_NAME
from graph_schema.values import Day, RecordId

_ON = "Day on which the rules are asked; today if empty."


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


class FindingsPage(shapes.Pages):
    """What is found of a stretch of the records of a kind."""

    items: Annotated[list[FindingShown], Field(description="The findings, record by record.")]


class OfOne(Asked):
    """Parameters of the findings of one record."""

    valid_on: Annotated[Day | None, Field(description=_ON)] = None


class OfMany(OfOne):
    """Parameters of the findings of all records of a kind."""

    kind: Annotated[
        Literal[tuple(KIND_BY_NAME)],  # type: ignore[valid-type]
        Field(description="Kind of the records."),
    ] = "Project"
    code: Annotated[
        tuple[Literal[tuple(rule.code for rule in RULES)], ...],  # type: ignore[valid-type]
        Field(max_length=100, description="Only what these rules find; empty: all."),
    ] = ()
    severity: Annotated[tuple[Severity, ...], Field(description="Only findings this grave; empty: all.")] = ()
    after: Annotated[RecordId | None, Field(description="`next_cursor` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=200, description="Records looked at for a page, at most.")] = 50


def shown(found: list[Finding]) -> list[dict[str, Any]]:
    """The findings as answers show them, gravest first."""
    order = list(Severity)
    return [each.shown() for each in sorted(found, key=lambda each: order.index(each.severity))]


async def _of_one(request: Request, id: Id, asked: Annotated[OfOne, Query()]) -> Response:
    graph, reader = deps.graph(request), deps.reader(request)
    kind = KIND_BY_NAME[(await records.get(graph, None, id, reader))["kind"]]
    cases = await rules.cases(graph, kind, [id], reader, asked.valid_on or deps.today(request))
    found = [finding for case in cases for finding in rules.findings(case)]
    return answer({"items": shown(found)}, headers={"Link": described(request)})


async def _of_many(request: Request, asked: Annotated[OfMany, Query()]) -> Response:
    graph, reader = deps.graph(request), deps.reader(request)
    on, kind = asked.valid_on or deps.today(request), KIND_BY_NAME[asked.kind]
    ids, following = await rules.stretch(graph, kind, asked.after, asked.limit, reader)
    cases = await rules.cases(graph, kind, ids, reader, on)
    items = [
        each
        for case in cases
        for each in shown(rules.findings(case))
        if each["code"] in (asked.code or (each["code"],))
        and each["severity"] in (asked.severity or (each["severity"],))
    ]
    return paging.page(request, Page(items, following))


def routes() -> Iterator[Route]:
    """The routes that tell what the rules find."""
    yield Route(
        "GET",
        "/v1/records/{id}/findings",
        _of_one,
        operation="get_findings",
        summary="What the rules find of a record",
        description="Everything the rules of docs/rules.md find of a record and its links.",
        tag="Records",
        answers=Findings,
        refusals=(NotFound, Invalid),
    )
    yield Route(
        "GET",
        "/v1/findings",
        _of_many,
        operation="list_findings",
        summary="What the rules find of all records of a kind",
        description="Looks at the live records of a kind in the order of their ids, so many a page; "
        "a page without findings may be followed by one with some.",
        tag="Records",
        answers=FindingsPage,
        refusals=(Invalid,),
    )
