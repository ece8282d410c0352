"""Routes of files: sent, looked at, and imported under a mapping that its sender has seen."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from app.api import bodies, deps
from app.api.routing import Route, answer, base, described
from app.domain import jobs, mappings, receipts
from app.errors import Fault, Invalid, NotFound, TooLarge
from app.imports import guessing, preview, reading
from app.imports.mapping import Mapping
from app.imports.spool import MOST_BYTES
from app.who import new_id
from graph_schema import KIND_BY_NAME
from graph_schema.values import Line

P = ParamSpec("P")
T = TypeVar("T")

UploadId = Annotated[str, Path(description="The upload's id.", max_length=60)]

FORMS = {
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/jsonl": "jsonl",
    "application/x-ndjson": "jsonl",
}
"""Content-Type -> what the file is. A plain stream of bytes is what its name ends in."""
BYTES = "application/octet-stream"

_KIND = Annotated[
    str | None, Field(max_length=60, description="Kind of the records, such as Project, to guess a mapping.")
]
_SCHEME = Annotated[
    str | None, Field(max_length=60, description="Scheme of the rows' keys; a saved mapping goes by it too.")
]
_SHEET = Annotated[str, Field(max_length=200, description="Which sheet of a workbook; empty: the first.")]


class Looking(BaseModel):
    """What a file is looked at for."""

    model_config = ConfigDict(extra="forbid")

    kind: _KIND = None
    scheme: _SCHEME = None
    sheet: _SHEET = ""


class Sending(Looking):
    """A file that is sent."""

    name: Annotated[
        Annotated[Line, Field(max_length=200)] | None,
        Field(description="What the file is called; its ending says what it is where Content-Type does not."),
    ] = None


class Becoming(BaseModel):
    """A column, and what becomes of it."""

    column: Annotated[str, Field(description="Its name in the header.")]
    becomes: Annotated[str | None, Field(description="The fact it feeds, or `key`; null: it is not taken.")]
    why: Annotated[str | None, Field(description="Why it is not taken.")]


class First(BaseModel):
    """One of the first rows."""

    row: Annotated[int, Field(description="Where it stands in the file, as a spreadsheet counts.")]
    cells: Annotated[dict[str, Any], Field(description="Its cells by column.")]


class Remarked(BaseModel):
    """Something wrong with the file, or to know about it."""

    file: Annotated[str, Field(description="The file's name.")]
    row: Annotated[int, Field(description="The row.")]
    field: Annotated[str, Field(description="Pointer to the fact; empty: the whole row.")]
    code: Annotated[str, Field(description="Which rule it is.")]
    detail: Annotated[str, Field(description="What it says.")]


class Upload(BaseModel):
    """A file that was sent, and what it holds."""

    id: Annotated[str, Field(description="Its id, to start a job with.")]
    name: Annotated[str, Field(description="What its sender calls it.")]
    form: Annotated[str, Field(description="What it is: csv, xlsx, ods or jsonl.")]
    size: Annotated[int, Field(description="Its size in bytes.")]
    at: Annotated[str, Field(description="When it was sent; it is kept for a day, or until it is imported.")]
    sheets: Annotated[list[str], Field(description="The sheets of a workbook.")]
    sheet: Annotated[str, Field(description="The sheet that is shown.")]
    rows: Annotated[int, Field(description="How many rows can be read.")]
    columns: Annotated[list[Becoming], Field(description="Its columns, and what becomes of each.")]
    first: Annotated[list[First], Field(description="The first rows.")]
    mapping: Annotated[
        Mapping | None, Field(description="The mapping that seems to be meant: correct it, then start a job.")
    ]
    fields: Annotated[list[str], Field(description="The facts a column can feed.")] = []
    remarks: Annotated[list[Remarked], Field(description="What is wrong with the file as such.")]


async def _send(request: Request, asked: Annotated[Sending, Query()]) -> Response:
    jobs.may_import(deps.caller(request))
    form = _form(request, asked)
    spool, id = deps.service(request).spool, new_id()
    digest = deps.digest(request)
    written = False
    try:
        with spool.create(id) as file:

            def take(part: bytes) -> None:
                file.write(part)
                digest.update(part)

            await bodies.receive(request, MOST_BYTES, take, bodies.FILE_SECONDS)
            size = file.tell()
        given = {"id": id, "name": asked.name or f"upload.{form}", "form": form, "size": size}
        held = await _looked_at(request, given, asked)
        stamp = deps.stamp_of(request, digest.hexdigest())
        written = True  # from here on it may be kept, whatever is answered; what is not is cleared away later
        kept = await deps.graph(request).write(receipts.once, stamp, jobs.upload, given, stamp)
    except BaseException:
        if not written:
            spool.remove(id)
        raise
    if kept["id"] != id:  # the same request again: its file is there already
        spool.remove(id)
    return answer(kept | held, 201, _told(request, kept["id"]))


def _told(request: Request, id: str) -> dict[str, str]:
    return {"Location": f"{base(request)}/v1/uploads/{id}", "Link": described(request)}


def _form(request: Request, asked: Sending) -> str:
    """What the file is: by its Content-Type, or by the ending of its name."""
    stated = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if stated != BYTES:
        return FORMS[stated]
    if asked.name is None:
        says = "Say what the file is: by Content-Type, or by a name that ends in .xlsx, .csv, .ods or .jsonl."
        raise Invalid(faults=[Fault("/name", "file_type", says)])
    form = reading.form_of(asked.name)
    return "jsonl" if form in reading.LINES else form


async def _look(request: Request, id: UploadId, asked: Annotated[Looking, Query()]) -> Response:
    kept = await jobs.uploaded(deps.graph(request), id, deps.caller(request))
    shown = {name: kept[name] for name in ("id", "name", "form", "size", "at")}
    return answer(shown | await _looked_at(request, kept, asked), headers={"Link": described(request)})


async def _looked_at(request: Request, kept: dict[str, Any], asked: Looking) -> dict[str, Any]:
    """What the file holds, read beside the loop that serves others."""
    kind, scheme = kind_of(asked.kind), asked.scheme
    if kept["form"] in reading.LINES:
        return await looked_into(request, kept, preview.of_lines, kind, scheme)
    table = await looked_into(request, kept, reading.read_table, asked.sheet, kept["form"])
    mapping = None
    if kind and scheme:
        mapping = guessing.guessed(table.columns, kind, scheme, await saved(request, kind.__name__, scheme))
    return preview.of_table(table, mapping)


async def looked_into(
    request: Request,
    kept: dict[str, Any],
    read: Callable[Concatenate[bytes, str, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """What a file that was sent reads as, beside the loop that serves others and a few files at a time."""
    service = deps.service(request)
    async with service.heavy:
        data = await asyncio.to_thread(service.spool.read, kept["id"])
        return await asyncio.to_thread(read, data, kept["name"], *args, **kwargs)


def kind_of(name: str | None) -> Any:
    """The kind of this name, or a fault."""
    if name is None or name in KIND_BY_NAME:
        return KIND_BY_NAME[name] if name else None
    says = "There is no kind of this name; see /v1/schema."
    raise Invalid(faults=[Fault("/kind", "unknown_kind", says)])


async def saved(request: Request, kind: str, scheme: str) -> Mapping | None:
    """The mapping the caller's organisation has saved for these."""
    kept = await mappings.of(deps.graph(request), scheme, deps.caller(request))
    return next((Mapping(**each) for each in kept if each["kind"] == kind), None)


async def _drop(request: Request, id: UploadId) -> Response:
    stamp = deps.stamp(request, b"")
    dropped = await deps.graph(request).write(receipts.once, stamp, jobs.drop, id, stamp)
    deps.service(request).spool.remove(dropped["id"])
    return Response(None, 204)


def routes() -> Iterator[Route]:
    """Routes of uploads."""
    yield Route(
        "POST", "/v1/uploads", _send, operation="upload_file", summary="Send a file",
        description=f"Takes a table (CSV, XLSX, ODS) or JSON Lines as the request's body, at most "
        f"{MOST_BYTES // 1_000_000} MB, and shows what it holds. Nothing is imported. It is kept for a day.",
        tag="Files", answers=Upload, status=201, takes=(*FORMS, BYTES), refusals=(Invalid, TooLarge),
    )  # fmt: skip
    yield Route(
        "GET", "/v1/uploads/{id}", _look, operation="get_upload", summary="Look at a file that was sent",
        description="What the file holds, and the mapping of its columns that seems to be meant.",
        tag="Files", answers=Upload, refusals=(Invalid, NotFound, TooLarge),
    )  # fmt: skip
    yield Route(
        "DELETE", "/v1/uploads/{id}", _drop, operation="delete_upload", summary="Delete a file that was sent",
        description="Removes the file at once. What was imported from it stays.",
        tag="Files", status=204, refusals=(NotFound,),
    )  # fmt: skip
