"""Workbooks for tests: XLSX as people save them, ODS, and archives nobody should unpack."""

import io
import zipfile
import zlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter


def xlsx(
    sheets: dict[str, Sequence[Sequence[Any]]], merged: Sequence[tuple[int, int, int, int, str]] = ()
) -> bytes:
    """A workbook of these sheets; blocks are merged on the first, each (top, left, bottom, right, text)."""
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for row, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    given = (day,) if isinstance(cell, date | datetime) else ()
                    sheet.write(row, column, cell, *given)
        for top, left, bottom, right, text in merged:
            book.worksheets()[0].merge_range(top, left, bottom, right, text)
    return file.getvalue()


def packed(parts: dict[str, bytes]) -> bytes:
    """An archive of these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


_ODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.3">
<office:body><office:spreadsheet>{sheets}</office:spreadsheet></office:body></office:document-content>"""


def ods(sheets: dict[str, Sequence[Sequence[str]]]) -> bytes:
    """An OpenDocument workbook of these sheets; a cell that is a day, YYYY-MM-DD, is kept as one."""
    tables = "".join(
        f'<table:table table:name="{name}">{"".join(map(_row, rows))}</table:table>'
        for name, rows in sheets.items()
    )
    mime = b"application/vnd.oasis.opendocument.spreadsheet"
    manifest = b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    content = _ODS.format(sheets=tables).encode()
    return packed({"mimetype": mime, "content.xml": content, "META-INF/manifest.xml": manifest})


def _row(cells: Sequence[str]) -> str:
    return f"<table:table-row>{''.join(map(_cell, cells))}</table:table-row>"


def _cell(cell: str) -> str:
    is_day = cell[4:5] == "-"
    kind = f'office:value-type="{"date" if is_day else "string"}"'
    value = f' office:date-value="{cell}"' if is_day else ""
    return f"<table:table-cell {kind}{value}><text:p>{cell}</text:p></table:table-cell>"


def lying(inflated: int) -> bytes:
    """An archive whose workbook says that it is one byte long, and unpacks to this many."""
    honest = packed({"xl/workbook.xml": b"\0"})
    body = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    stream = body.compress(bytes(inflated)) + body.flush()
    with zipfile.ZipFile(io.BytesIO(honest)) as archive:
        entry = archive.infolist()[0]
    begins = entry.header_offset + 30 + len(entry.filename)
    central = honest.index(b"PK\1\2")
    head = bytearray(honest[:begins])
    head[18:22] = len(stream).to_bytes(4, "little")
    tail = bytearray(honest[central:])
    tail[20:24] = len(stream).to_bytes(4, "little")
    end = tail.index(b"PK\5\6")
    tail[end + 16 : end + 20] = (len(head) + len(stream)).to_bytes(4, "little")
    return bytes(head) + stream + bytes(tail)


def changed(data: bytes, part: str, content: bytes) -> bytes:
    """The archive with another content of one part."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    return packed(parts | {part: content})
