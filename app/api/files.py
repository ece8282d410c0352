"""Tables as files: rows as CSV, JSON Lines or an Excel workbook, and whole lists read for them."""

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from app.api import deps, formats, paging, shapes, times
from app.api.asked import Counted, Paged
from app.api.routing import form_of
from app.domain.lists import Page
from app.domain.moments import Moment
from app.errors import TooLarge
from app.questions import columns, sheets
from app.questions.columns import Cell, Stated

_AT_ONCE = 1_000
MOST = 100_000
"""The most rows of a list that one file holds."""

PageOf = Callable[[Moment | None, str | None, int], Awaitable[Page]]
"""Gives, as was known or as it stands, the page after a cursor, of so many at most."""


async def file(
    request: Request,
    name: str,
    row: type[BaseModel],
    rows: Sequence[Stated],
    about: Mapping[str, Cell],
    headers: dict[str, str],
    on: date | None,
) -> Response:
    """These rows in the form asked for, as a file of this name and day, which the headers are told."""
    form, day = form_of(request), on or deps.today(request)
    ending = next(ending for ending, each in formats.SUFFIXES.items() if each == form)
    body = await asyncio.to_thread(_WRITERS[form], row, rows, about, day)
    headers["Content-Disposition"] = f'attachment; filename="{name}-{day.isoformat()}{ending}"'
    return Response(body, 200, headers, "text/csv; charset=utf-8" if form == formats.CSV else form)


def _csv(row: type[BaseModel], rows: Sequence[Stated], _: Mapping[str, Cell], __: date) -> bytes:
    text = io.StringIO()
    columns.write(text, row, rows)
    return text.getvalue().encode()


def _json_lines(_: type[BaseModel], rows: Sequence[Stated], __: Mapping[str, Cell], ___: date) -> bytes:
    return b"".join(to_json(row) + b"\n" for row in rows)


_WRITERS = {formats.CSV: _csv, formats.JSON_LINES: _json_lines, formats.XLSX: sheets.written}


async def listed(request: Request, asked: Paged, name: str, shape: type[BaseModel], page: PageOf) -> Response:
    """A page of a list; as a file the whole list, unless a page was asked for."""
    known_on, on = (asked.known_on, asked.valid_on) if isinstance(asked, Counted) else (None, None)
    known, after = await times.opened(request, known_on, asked.after)
    as_of = times.as_of(known, on) if known else None
    form = form_of(request)
    if form == formats.JSON or {"limit", "after"} & asked.model_fields_set:
        found = await page(known, after, asked.limit)
        found = replace(found, next=times.closed(known, found.next))
    else:
        found = await _whole(page, known)
    if form == formats.JSON:
        return paging.page(request, found, as_of)
    table, rows = shapes.table_of(shape), found.items
    if form != formats.JSON_LINES:
        rows = [shapes.as_row(each) for each in rows]
    about: dict[str, Cell] = {"list": name, "rows": len(rows)}
    about |= columns.typed(shapes.Then, as_of) if as_of else {}
    return await file(request, name, table, rows, about, {"Link": paging.links(request, found.next)}, on)


async def _whole(page: PageOf, known: Moment | None) -> Page:
    items: list[Any] = []
    after: str | None = None
    while True:
        found = await page(known, after, _AT_ONCE)
        items += found.items
        after = found.next
        if after is None:
            return Page(items, None)
        if len(items) >= MOST:
            says = f"The list has more than {MOST:,} rows: narrow it, or read it page by page."
            raise TooLarge(says)
