"""Routes of the export: a part of the graph, or all the reader sees of it, as one document."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.api import deps, etags, formats
from app.api.asked import Asked
from app.api.routing import Route, described, form_of
from app.domain import ledger, moments
from app.domain.moments import Known
from app.errors import Invalid, NotFound, TooLarge
from app.exports.documents import ENDINGS, FORMS, document
from app.exports.part import Part, Wanted
from graph_schema.values import Day, RecordId

GRAPHML, ZIP, XML = "application/graphml+xml", "application/zip", "application/xml"
MEDIA = {"jsonl": formats.JSON_LINES, "zip": ZIP, "graphml": GRAPHML, "archimate": XML}
FORM = {media: form for form, media in MEDIA.items()}
FILES = {f".{ENDINGS.get(form, form)}": media for form, media in MEDIA.items()}
"""The end of the address that asks for a form -> its media type."""


class ExportAsked(Asked):
    """Parameters of an export."""

    below: Annotated[
        RecordId | None,
        Field(
            description="Id of a record: only it, what leads to it, and what these are joined with directly."
        ),
    ] = None
    valid_on: Annotated[
        Day | None,
        Field(description="Only what is valid on this day, YYYY-MM-DD; whatever its dates if empty."),
    ] = None
    known_on: Known = None


async def _export(request: Request, asked: Annotated[ExportAsked, Query()]) -> Response:
    service, graph, reader = deps.service(request), deps.graph(request), deps.reader(request)
    moment, today = None, None
    if asked.known_on is not None:
        # Who sees what of the past is decided as of today.
        today = (await ledger.head(graph)).number
        moment = await moments.by(graph, asked.known_on, datetime.now(service.zone))
    day = asked.valid_on.isoformat() if asked.valid_on else None
    part = await Part.of(graph, Wanted(asked.below, day), reader, moment)
    media = form_of(request)
    head, form = part.at.head, FORM[media]
    ending = ENDINGS.get(form, form)
    told_apart = hashlib.sha256(to_json((asked.below, day, media, str(reader), today))).hexdigest()[:16]
    tag = etags.of_answer(head.id, head.number, told_apart)
    if etags.is_fresh(request, tag):
        return Response(None, 304, {"ETag": tag})
    headers = {
        "ETag": tag,
        "Ledger": f'"{head.id}";number={head.number}',
        "Link": described(request),
        "Content-Disposition": f'attachment; filename="golden-thread-{head.number}.{ending}"',
    }
    return StreamingResponse(document(part, FORMS[form]()), 200, headers, media)


def routes() -> Iterator[Route]:
    """The route of the export."""
    yield Route(
        "GET",
        "/v1/export",
        _export,
        operation="export",
        summary="Export everything, or what stands below a record",
        description="Records and links as of one number of the ledger, which the header `Ledger` and the "
        "document name: as JSON Lines; as a zip of CSV tables, one for each kind of record and one for the "
        "links; as GraphML; or as an ArchiMate model in the Open Exchange format, which tells at its end "
        "what has no place in it. Streamed: a document without its end was cut short. Withdrawn links are "
        "left out.",
        tag="Export",
        offers=tuple(FILES.values()),
        files=FILES,
        may_be_fresh=True,
        refusals=(Invalid, NotFound, TooLarge),
    )
