"""The route that takes many records and links in one call, by the planner and applier of every import."""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app import imports
from app.api import bodies, deps, formats, rows_received, shapes
from app.api.asked import Asked
from app.api.routing import Route, answer, form_of, told_again
from app.api.rows_received import MOST_ROWS
from app.domain import authority, receipts
from app.domain.authority import Action, Subject
from app.domain.ledger import Answer, Done
from app.domain.sources import Source
from app.errors import BatchRefused, Fault, Invalid, NotAllowed, TooLarge
from app.graph import Tx
from app.imports import Absent, Intake, LinkRow, Mode, RecordRow, Report
from app.imports.ending import Whole
from app.imports.plan import Outcome
from graph_schema.core import PERSONAL
from graph_schema.values import Day, Prose, RecordId

SECONDS = 300.0
"""How long a batch may take. Each of its transactions is far shorter."""
_CHUNK = 500


class BatchAsked(Asked):
    """How a batch is to be taken."""

    mode: Annotated[
        Mode, Field(description="`best-effort` takes every sound row; `all-or-nothing` takes all or none.")
    ] = Mode.BEST_EFFORT
    dry_run: Annotated[
        bool, Field(description="Make every check and write of the real run, and keep nothing.")
    ] = False
    absent: Annotated[
        Absent,
        Field(
            description="`retire`: the rows are all your source has of their kinds; what it stated before "
            "and no row speaks of is retired or withdrawn. For integrations."
        ),
    ] = Absent.KEEP
    reason: Annotated[
        Annotated[Prose, Field(max_length=1_000)] | None, Field(description="Why; kept in the ledger.")
    ] = None


_REVISION = Annotated[
    int | None, Field(description="The revision you read; the row is rejected if another stands.")
]
_TAG = Annotated[str | None, Field(description="The same as an ETag; `*` is whatever stands.")]


class RecordStated(BaseModel):
    """A row that states a record, found by its first identifier or its id; new if none is there."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str, Field(description="Kind of the record, such as Project.")]
    facts: Annotated[
        dict[str, Any],
        Field(
            description="Its facts, as a POST of its kind takes them. A fact that refers to a record holds "
            "its id or `scheme|value`."
        ),
    ]
    id: Annotated[RecordId | None, Field(description="Id of a record that is there.")] = None
    partial: Annotated[
        bool, Field(description="Whether facts that are not named stay; else they go to their defaults.")
    ] = False
    revision: _REVISION = None
    if_match: _TAG = None


class LinkStated(BaseModel):
    """A row that states a link, found by its kind and ends."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    link: Annotated[str, Field(description="Kind of the link, such as CHANGES.")]
    from_: Annotated[str, Field(alias="from", description="The lower end: id or `scheme|value`.")]
    to: Annotated[str, Field(description="The upper end: id or `scheme|value`.")]
    facts: Annotated[dict[str, Any], Field(description="Its facts.")] = {}
    accepted_by: Annotated[
        str | None, Field(description="Who accepted it, where your source may state that.")
    ] = None
    accepted_on: Annotated[Day | None, Field(description="When.")] = None
    standing: Annotated[str | None, Field(description="`disputed`, where your source may state that.")] = None
    revision: _REVISION = None
    if_match: _TAG = None


class Batch(BaseModel):
    """Records and links that may name each other, and what is there, by `scheme|value` or id."""

    model_config = ConfigDict(extra="forbid")

    rows: Annotated[
        list[RecordStated | LinkStated], Field(max_length=MOST_ROWS, description="The rows, in any order.")
    ]


class RowDone(BaseModel):
    """What became of a row."""

    row: Annotated[int, Field(description="Its number: place in `rows`, or line, from 1.")]
    outcome: Annotated[Outcome, Field(description="What was done.")]
    kind: Annotated[str | None, Field(description="Kind of the record or link.")]
    key: Annotated[
        str | None, Field(description="`scheme|value` by which the record was looked for; none of a person.")
    ]
    id: Annotated[str | None, Field(description="Id of the record or link.")]
    revision: Annotated[int | None, Field(description="Its revision as it now stands.")]
    errors: Annotated[list[shapes.Fault], Field(description="Every reason why the row was rejected.")]
    warnings: Annotated[list[shapes.Fault], Field(description="What did not keep the row from being taken.")]


class EndedOne(BaseModel):
    """Something no row spoke of any more."""

    kind: Annotated[str, Field(description="Kind of the record or link.")]
    id: Annotated[str, Field(description="Its id.")]
    outcome: Annotated[str, Field(description="`retired` or `withdrawn`.")]


class BatchDone(BaseModel):
    """What became of a batch. As JSON Lines, the first line is all but the rows, then each row is a line."""

    counts: Annotated[dict[Outcome, int], Field(description="Rows by outcome.")]
    by_kind: Annotated[dict[str, dict[Outcome, int]], Field(description="The same for each kind.")]
    source: Annotated[str, Field(description="The source that states the rows.")]
    mode: Annotated[Mode, Field(description="What a rejected row means for the others.")]
    dry_run: Annotated[bool, Field(description="Whether nothing was kept.")]
    refused: Annotated[bool, Field(description="Of a dry run: whether the real run would be refused.")]
    ended: Annotated[list[EndedOne], Field(description="What ended because no row spoke of it.")]
    rows: Annotated[list[RowDone], Field(description="The rows, in order.")]


async def _batch(request: Request, asked: Annotated[BatchAsked, Query()]) -> Response:
    who = deps.caller(request)
    authority.require(who, Action.IMPORT, Subject(organisation=who.organisation, source=who.source))
    received = await rows_received.read(request)
    stamp = deps.stamp_of(request, received.digest.hexdigest(), asked.reason)
    graph = deps.graph(request).patient(SECONDS)

    async def run() -> Answer:
        report = await imports.run(
            graph,
            received.intake,
            Source(who.source, who.source),
            stamp,
            asked.mode,
            asked.dry_run,
            whole=Whole.of(received.intake.rows) if asked.absent is Absent.RETIRE else None,
        )
        if report.refused and not asked.dry_run:
            raise BatchRefused(faults=_faults(report))
        return _shown(report, received.intake)

    async def kept(_: Tx) -> Done:
        return Done(await run())

    async with deps.service(request).heavy:
        is_kept = stamp.named and not asked.dry_run
        told = await (graph.write(receipts.once, stamp, kept) if is_kept else run())
    if form_of(request) == formats.JSON_LINES:
        return StreamingResponse(_lines(told), 200, told_again(told), formats.JSON_LINES)
    return answer(told)


def _faults(report: Report) -> Iterator[Fault]:
    for each in report.rows:
        yield Fault(f"/rows/{each.place.row - 1}{each.field}", each.code, each.detail)


def _shown(report: Report, intake: Intake) -> Answer:
    plan = report.plan
    told: list[Answer] = []
    for at, row in enumerate(intake.rows):
        id, revision = plan.items.get(at, (None, None))
        is_kept = not (report.dry_run and plan.outcomes.get(at) == "created")
        told.append({
            "row": row.place.row,
            "outcome": plan.outcomes.get(at, "rejected"),
            "kind": row.kind.label if isinstance(row, LinkRow) else row.kind.__name__,
            "key": _key(row),
            "id": id if is_kept else None,
            "revision": revision,
            "errors": _remarks(plan.faults.get(at, ())),
            "warnings": _remarks(plan.warnings.get(at, ())),
        })  # fmt: skip
    unread: Answer = {
        "outcome": "rejected",
        "kind": None,
        "key": None,
        "id": None,
        "revision": None,
        "warnings": [],
    }
    told += [unread | {"row": each.place.row, "errors": _remarks([each])} for each in intake.faults]
    summary = {
        "counts": dict(report.counts),
        "by_kind": report.by_kind,
        "source": report.source,
        "mode": report.mode,
        "dry_run": report.dry_run,
        "refused": report.refused,
        "ended": [
            {"kind": each.kind, "id": each.id, "outcome": each.outcome} for each in plan.ended.values()
        ],
    }
    return summary | {"rows": sorted(told, key=lambda each: each["row"])}


def _key(row: RecordRow | LinkRow) -> str | None:
    """The key a row's record was looked for by. One of a person names the person: no receipt keeps it."""
    if isinstance(row, LinkRow) or "|" not in row.key or "identifiers" in row.kind.marked(PERSONAL):
        return None
    return row.key


def _remarks(remarks: Any) -> list[dict[str, str]]:
    return [{"pointer": each.field, "code": each.code, "detail": each.detail} for each in remarks]


async def _lines(told: Answer) -> AsyncIterator[bytes]:
    """The answer as JSON Lines, some rows at a time."""
    rows = told["rows"]
    yield to_json({name: value for name, value in told.items() if name != "rows"}) + b"\n"
    for at in range(0, len(rows), _CHUNK):
        yield b"".join(to_json(row) + b"\n" for row in rows[at : at + _CHUNK])


def routes() -> Iterator[Route]:
    """The route of batches."""
    yield Route(
        "POST",
        "/v1/batches",
        _batch,
        operation="send_batch",
        summary="Send many records and links",
        description="Creates or changes what each row states, and says of every row what was done or why "
        f"not. At most {MOST_ROWS:,} rows. As JSON, or as JSON Lines with one row a line.",
        tag="Batches",
        answers=BatchDone,
        offers=(formats.JSON, formats.JSON_LINES),
        takes=(bodies.JSON, *bodies.JSON_LINES),
        body=Batch,
        refusals=(Invalid, NotAllowed, BatchRefused, TooLarge),
    )
