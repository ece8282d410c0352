"""Reads an Excel workbook as its bytes say it: every cell with its type, and no formula anywhere."""

import io
import re
import zipfile
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree

_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_DAYS = date(1899, 12, 30)


def sheet_of(data: bytes, name: str = "rows") -> list[dict[str, Any]]:
    """The rows of a sheet by its header, which is frozen; empty cells are None."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        names = re.findall(r'<sheet name="(\w+)"', book.read("xl/workbook.xml").decode())
        sheet = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{names.index(name) + 1}.xml"))
        days = _day_styles(ElementTree.fromstring(book.read("xl/styles.xml")))
    assert sheet.find(f".//{_NS}f") is None
    assert sheet.find(f".//{_NS}pane[@state='frozen']") is not None
    header, *rows = [
        {re.sub(r"\d", "", cell.attrib["r"]): _value(cell, days) for cell in row}
        for row in sheet.iter(f"{_NS}row")
    ]
    return [{title: row.get(at) for at, title in header.items()} for row in rows]


def _day_styles(styles: ElementTree.Element) -> set[str]:
    """The cell styles that show a number as a day."""
    days = {
        each.get("numFmtId") for each in styles.iter(f"{_NS}numFmt") if each.get("formatCode") == "yyyy-mm-dd"
    }
    xfs = styles.find(f"{_NS}cellXfs")
    assert xfs is not None
    return {str(at) for at, each in enumerate(xfs) if each.get("numFmtId") in days}


def _value(cell: ElementTree.Element, days: set[str]) -> Any:
    if cell.get("t") == "inlineStr":
        return "".join(cell.itertext())
    text = cell.findtext(f"{_NS}v") or ""
    if cell.get("t") == "b":
        return text == "1"
    number = float(text)
    return _DAYS + timedelta(days=int(number)) if cell.get("s") in days else number
