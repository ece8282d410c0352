"""Routes of jobs: a file that was sent is imported and watched, and what it refused comes back to mend."""

import asyncio
import re
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from app.api import bodies, deps, formats, paging, shapes, uploads
from app.api.asked import Paged
from app.api.routing import Route, answer, base, body_of, described, form_of
from app.domain import faults, jobs, mappings, receipts
from app.domain.ledger import Done
from app.domain.lists import Page
from app.errors import Fault, Invalid, NotFound, TooLarge
from app.graph import Tx
from app.imports import guessing, preview, reading, workbooks
from app.imports.mapping import Mapping, of
from app.imports.running import Absent, Mode
from app.questions.columns import as_csv
from app.who import Stamp
from graph_schema.values import ID_FORM

JobId = Annotated[str, Path(description="The job's id.", max_length=60)]


class NewJob(BaseModel):
    """What is to be made of a file that was sent."""

    model_config = ConfigDict(extra="forbid")

    upload: Annotated[str, Field(max_length=60, description="Id of the upload.")]
    kind: Annotated[
        str | None,
        Field(description="Kind of the records, such as Project; JSON Lines may say it themselves."),
    ] = None
    scheme: Annotated[str, Field(max_length=60, description="Scheme of the rows' keys.")]
    key: Annotated[
        str | None, Field(max_length=10_000, description="The column that holds each row's key.")
    ] = None
    columns: Annotated[
        dict[str, str] | None,
        Field(max_length=500, description="Column -> fact; left out: as the preview shows it."),
    ] = None
    sheet: Annotated[str, Field(max_length=200, description="Which sheet; empty: the first.")] = ""
    mode: Annotated[
        Mode, Field(description="`best-effort` takes every sound row, `all-or-nothing` all or none.")
    ] = Mode.BEST_EFFORT
    dry_run: Annotated[bool, Field(description="Make every check of the real run, and change nothing.")] = (
        False
    )
    absent: Annotated[
        Absent,
        Field(
            description="`retire` takes out of use what your source states under keys of the scheme and the "
            "file leaves out."
        ),
    ] = Absent.KEEP
    save_mapping: Annotated[bool, Field(description="Keep the mapping for the source's next file.")] = False


class WhyFailed(BaseModel):
    """Why a job failed."""

    code: Annotated[str, Field(description="Which rule it is.")]
    detail: Annotated[str, Field(description="What happened, and what to do.")]


class Counts(BaseModel):
    """What became of the rows."""

    created: Annotated[int, Field(description="Rows that made something new.")]
    changed: Annotated[int, Field(description="Rows that changed something.")]
    unchanged: Annotated[int, Field(description="Rows that state what stands.")]
    rejected: Annotated[int, Field(description="Rows that were refused.")]
    retired: Annotated[int | None, Field(description="Records the file left out, where that was asked.")] = (
        None
    )


class Job(BaseModel):
    """What is being made of a file."""

    id: Annotated[str, Field(description="Its id.")]
    state: Annotated[
        Literal["waiting", "running", "done", "failed", "cancelled"], Field(description="How far it is.")
    ]
    upload: Annotated[str, Field(description="Id of the upload.")]
    name: Annotated[str, Field(description="What the file's sender calls it.")]
    kind: Annotated[str | None, Field(description="Kind of the records.")]
    scheme: Annotated[str, Field(description="Scheme of the rows' keys.")]
    mode: Annotated[Mode, Field(description="What a refused row means for the others.")]
    dry_run: Annotated[bool, Field(description="Whether nothing is changed.")]
    absent: Annotated[str, Field(description="What becomes of records the file leaves out.")]
    rows_read: Annotated[int, Field(description="Rows that are done.")]
    rows_total: Annotated[int | None, Field(description="Rows in all, once they are counted.")]
    counts: Annotated[Counts | None, Field(description="What became of the rows, once it is over.")]
    remarks: Annotated[int, Field(description="How many faults and warnings `/remarks` lists.")]
    refused_rows: Annotated[int, Field(description="How many rows `/refused.xlsx` holds, to mend.")]
    problem: Annotated[WhyFailed | None, Field(description="Why it failed.")]
    created_at: Annotated[str, Field(description="When it was started.")]
    started_at: Annotated[str | None, Field(description="When it was first taken up.")]
    finished_at: Annotated[str | None, Field(description="When it ended.")]


class Jobs(shapes.Pages):
    """Jobs, newest first."""

    items: Annotated[list[Job], Field(description="The jobs of this page.")]


class Told(BaseModel):
    """What is to be said of a row."""

    row: Annotated[int, Field(description="The row, as a spreadsheet counts, or the line.")]
    column: Annotated[str | None, Field(description="The column; null: the whole row.")]
    field: Annotated[str, Field(description="Pointer to the fact; empty: the whole row.")]
    code: Annotated[str, Field(description="Which rule it is.")]
    detail: Annotated[str, Field(description="What it says.")]
    rejects: Annotated[bool, Field(description="Whether it is why the row was refused.")]


class Remarks(shapes.Pages):
    """Faults, then warnings, in the order of the file."""

    items: Annotated[list[Told], Field(description="The remarks of this page.")]


async def _start(request: Request) -> Response:
    body = await body_of(request)
    wanted = faults.valid(NewJob, bodies.object_of(body))
    stamp = deps.stamp(request, body)
    asked = wanted.model_dump(mode="json", exclude={"save_mapping"})
    try:
        asked |= await _mapped(request, wanted)
    except NotFound:
        if not stamp.named:  # sent again when the file is imported and gone, it is answered as it was
            raise
    job = await deps.graph(request).write(receipts.once, stamp, _begun, asked, wanted.save_mapping, stamp)
    runner = deps.service(request).runner
    if runner:
        runner.wake()
    headers = {"Location": f"{base(request)}/v1/jobs/{job['id']}", "Link": described(request)}
    return answer(job, 202, headers)


async def _begun(tx: Tx, asked: dict[str, Any], saves: bool, stamp: Stamp) -> Done:
    done = await jobs.create(tx, asked, stamp)
    if saves and asked["columns"]:
        kept = {name: asked[name] for name in ("kind", "scheme", "key", "columns", "sheet")}
        await mappings.save(tx, asked["scheme"], kept, stamp)
    return done


async def _mapped(request: Request, wanted: NewJob) -> dict[str, Any]:
    """The mapping of the job; JSON Lines say themselves what each member is."""
    kept = await jobs.uploaded(deps.graph(request), wanted.upload, deps.caller(request))
    if kept["form"] not in reading.LINES:
        return (await _mapping(request, kept, wanted)).model_dump()
    if wanted.absent is Absent.RETIRE and wanted.kind is None:
        says = "Say of which kind the file is the whole list."
        raise Invalid(faults=[Fault("/kind", "missing", says)])
    of({"kind": wanted.kind or "Project", "scheme": wanted.scheme})
    return {}


async def _mapping(request: Request, kept: dict[str, Any], wanted: NewJob) -> Mapping:
    """The mapping that is stated, or else the one the preview shows."""
    kind = uploads.kind_of(wanted.kind)
    if kind is None:
        raise Invalid(faults=[Fault("/kind", "missing", "Say of which kind the rows are.")])
    table = await uploads.looked_into(request, kept, reading.read_table, wanted.sheet, kept["form"])
    stated = {"kind": wanted.kind, "scheme": wanted.scheme}
    if wanted.columns is not None:
        return preview.fitting(of({**stated, "key": wanted.key, "columns": wanted.columns}), table)
    of(stated)
    saved = await uploads.saved(request, kind.__name__, wanted.scheme)
    return preview.fitting(guessing.guessed(table.columns, kind, wanted.scheme, saved), table)


async def _get(request: Request, id: JobId) -> Response:
    job = await jobs.get(deps.graph(request), id, deps.caller(request))
    return answer(job, headers={"Link": described(request)})


async def _list(request: Request, asked: Annotated[Paged, Query()]) -> Response:
    if asked.after is not None and not re.fullmatch(ID_FORM, asked.after):
        raise Invalid(faults=[Fault("/after", "cursor", "This is no cursor of this list.")])
    caller = deps.caller(request)
    return paging.page(request, await jobs.list_of(deps.graph(request), caller, asked.after, asked.limit))


async def _cancel(request: Request, id: JobId) -> Response:
    stamp = deps.stamp(request, await body_of(request))
    return answer(await deps.graph(request).write(receipts.once, stamp, jobs.cancel, id, stamp))


async def _remarks(request: Request, id: JobId, asked: Annotated[Paged, Query()]) -> Response:
    await jobs.get(deps.graph(request), id, deps.caller(request))
    if asked.after is not None and not asked.after.isdecimal():
        raise Invalid(faults=[Fault("/after", "cursor", "This is no cursor of this list.")])
    try:
        told = deps.service(request).spool.told(id, "remarks", int(asked.after or 0))
        found = list(islice(told, asked.limit + 1))
    except (ValueError, OSError, OverflowError):
        raise Invalid(faults=[Fault("/after", "cursor", "This is no cursor of this list.")]) from None
    following = str(found[asked.limit - 1][0]) if len(found) > asked.limit else None
    return paging.page(request, Page([each for _, each in found[: asked.limit]], following))


async def _refused(request: Request, id: JobId) -> Response:
    await jobs.get(deps.graph(request), id, deps.caller(request))
    told = deps.service(request).spool.told(id, "refused")
    rows = await asyncio.to_thread(lambda: [each for _, each in told])
    form = form_of(request)
    headers = {"Content-Disposition": f'attachment; filename="refused.{_ENDINGS[form]}"'}
    if form == formats.JSON_LINES:
        return Response(b"".join(to_json(row) + b"\n" for row in rows), 200, headers, form)
    if any(isinstance(row, dict) for row in rows):
        raise NotFound("The file was JSON Lines; ask for refused.jsonl.")
    if form == formats.CSV:
        return Response(await asyncio.to_thread(as_csv, rows), 200, headers, f"{form}; charset=utf-8")
    return Response(await asyncio.to_thread(workbooks.written, rows), 200, headers, form)


_ENDINGS = {formats.CSV: "csv", formats.XLSX: "xlsx", formats.JSON_LINES: "jsonl"}


def routes() -> Iterator[Route]:
    """Routes of jobs."""
    one: dict[str, Any] = {"tag": "Files", "refusals": (NotFound, Invalid)}
    yield Route(
        "POST", "/v1/jobs", _start, operation="start_job", summary="Import a file that was sent",
        description="Starts to import an upload. The answer's Location tells how it goes. Without `columns` "
        "the mapping is the one the preview shows.",
        tag="Files", answers=Job, status=202, takes=(bodies.JSON,), body=NewJob,
        refusals=(NotFound, Invalid, TooLarge),
    )  # fmt: skip
    yield Route(
        "GET", "/v1/jobs", _list, operation="list_jobs", summary="List jobs",
        description="The jobs you have started in the last week, newest first; an administrator's "
        "organisation's.",
        tag="Files", answers=Jobs, refusals=(Invalid,),
    )  # fmt: skip
    yield Route(
        "GET", "/v1/jobs/{id}", _get, operation="get_job", summary="How a job goes",
        description="Its state, how many rows are done, and in the end what became of them.",
        answers=Job, **one,
    )  # fmt: skip
    yield Route(
        "POST", "/v1/jobs/{id}/cancel", _cancel, operation="cancel_job", summary="Cancel a job",
        description="Ends it at its next step. What it has written stays.",
        answers=Job, **one,
    )  # fmt: skip
    yield Route(
        "GET", "/v1/jobs/{id}/remarks", _remarks, operation="list_remarks",
        summary="What a job says of its rows",
        description="Every fault and warning, by row and column, a page at a time.", answers=Remarks, **one,
    )  # fmt: skip
    for form, ending in _ENDINGS.items():
        yield Route(
            "GET", f"/v1/jobs/{{id}}/refused.{ending}", _refused, operation=f"get_refused_{ending}",
            summary=f"The rows a job refused, as {ending.upper()}",
            description="The refused rows as they were sent, with the reason in a column that is passed over "
            "when they are sent again, mended.",
            offers=(form,), **one,
        )  # fmt: skip
