"""Tables as Excel workbooks that come back as they went out: text is text, and no cell runs as a formula."""

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

Cell = str | int | float | bool | date | None

_INERT = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_ROWS_TO_FILL = 1_000
_ALWAYS = datetime(2026, 1, 1, tzinfo=UTC)
"""When every workbook says it was made, so that the same rows give the same bytes."""
_WIDTH = 22


def written(
    rows: Sequence[Sequence[Cell]],
    lists: Mapping[int, Sequence[str]] | None = None,
    notes: Sequence[str] = (),
) -> bytes:
    """A workbook of one sheet: a header and rows. Columns of a list offer its words; notes hang on names."""
    out = io.BytesIO()
    with Workbook(out, _INERT) as book:
        book.set_properties({"created": _ALWAYS})
        sheet = book.add_worksheet("Rows")
        sheet.freeze_panes(1, 1)
        formats = [book.add_format({"num_format": form}) for form in ("yyyy-mm-dd", "0.00")]
        bold = book.add_format({"bold": True})
        for at, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                _write(sheet, at, column, cell, bold if at == 0 else None, formats)
        if rows:
            sheet.set_column(0, len(rows[0]) - 1, _WIDTH)
        for column, note in enumerate(notes):
            if note:
                sheet.write_comment(0, column, note)
        if lists:
            _offer(book, sheet, lists, len(rows) + _ROWS_TO_FILL)
    return out.getvalue()


def _write(sheet: Worksheet, row: int, column: int, cell: Cell, bold: Any, formats: Sequence[Any]) -> None:
    if isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, datetime.combine(cell, time()), formats[0])
    elif isinstance(cell, int | float):
        sheet.write_number(row, column, cell, formats[1] if isinstance(cell, float) else None)
    elif cell:
        sheet.write_string(row, column, cell, bold)


def _offer(book: Any, sheet: Worksheet, lists: Mapping[int, Sequence[str]], last: int) -> None:
    """Offer the words of lists; they stand on a hidden sheet, since a cell's own list is short."""
    hidden = book.add_worksheet("Lists")
    hidden.hide()
    for at, (column, words) in enumerate(lists.items()):
        for row, word in enumerate(words):
            hidden.write_string(row, at, word)
        name = letters(at)
        source = f"=Lists!${name}$1:${name}${len(words)}"
        sheet.data_validation(1, column, last, column, {"validate": "list", "source": source})


def letters(column: int) -> str:
    """What a spreadsheet calls a column: A, B, ... Z, AA."""
    rest, letter = divmod(column, 26)
    return (letters(rest - 1) if rest else "") + chr(ord("A") + letter)
