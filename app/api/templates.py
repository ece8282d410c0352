"""Routes of templates: a table of a kind to fill in or edit, and send again."""

import asyncio
from collections.abc import Iterator
from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from app.api import deps, formats
from app.api.routing import Route, form_of
from app.errors import Invalid, NotFound, TooLarge
from app.imports import templates, workbooks
from app.questions.columns import as_csv
from graph_schema import NODE_KINDS

Plural = Annotated[str, Path(description="Kind of record as in a URL, such as projects.", max_length=60)]
_KINDS = {kind.plural: kind for kind in NODE_KINDS}


class Filled(BaseModel):
    """What a template is for."""

    model_config = ConfigDict(extra="forbid")

    scheme: Annotated[
        str,
        Field(
            max_length=60,
            pattern=r"^[a-z0-9][a-z0-9_.-]*$",
            description="Scheme of the keys. A record without one stands under its id.",
        ),
    ]
    rows: Annotated[bool, Field(description="Whether your own records are filled in.")] = True


async def _get(request: Request, kind: Plural, asked: Annotated[Filled, Query()]) -> Response:
    node = _KINDS.get(kind)
    if node is None:
        raise NotFound("There is no kind of record of this name; see /v1/schema.")
    caller, graph = deps.caller(request), deps.graph(request)
    found = await templates.own(graph, node, caller) if asked.rows else []
    form = form_of(request)
    rows = list(templates.table(node, asked.scheme, found))
    ending = "csv" if form == formats.CSV else "xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{node.plural}.{ending}"'}
    if form == formats.CSV:
        text = as_csv([templates.as_text(cell) for cell in row] for row in rows)
        return Response(text, 200, headers, f"{form}; charset=utf-8")
    wanted = templates.columns(node)
    lists = {at: cell.codes for at, cell in enumerate(wanted.values(), 1) if cell.codes and not cell.many}
    notes = ["", *((node.model_fields[name.partition(".")[0]].description or "") for name in wanted)]
    return Response(await asyncio.to_thread(workbooks.written, rows, lists, notes), 200, headers, form)


def routes() -> Iterator[Route]:
    """Routes of templates."""
    for form, ending in ((formats.XLSX, "xlsx"), (formats.CSV, "csv")):
        yield Route(
            "GET", f"/v1/templates/{{kind}}.{ending}", _get, operation=f"get_template_{ending}",
            summary=f"A table of a kind to fill in, as {ending.upper()}",
            description="A column for each fact, and a row for each live record your own source states. Edit "
            "it and send it again: rows that say what stands change nothing.",
            tag="Files", offers=(form,), refusals=(NotFound, Invalid, TooLarge),
        )  # fmt: skip
