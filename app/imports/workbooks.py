"""Tables as Excel workbooks that come back as they went out: text is text, and no cell runs as a formula."""

import io
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import zip_longest

from xlsxwriter import Workbook

from app.questions.columns import Cell
from app.questions.sheets import Sheet, book_in

_ROWS_TO_FILL = 1_000
_ALWAYS = date(2026, 1, 1)
"""When every workbook says it was made, so that the same rows give the same bytes."""


def written(
    rows: Sequence[Sequence[Cell]],
    lists: Mapping[int, Sequence[str]] | None = None,
    notes: Sequence[str] = (),
) -> bytes:
    """A workbook of one sheet: a header and rows. Columns of a list offer its words; notes hang on names."""
    out = io.BytesIO()
    with book_in(out, _ALWAYS) as book:
        sheet = Sheet(book, "Rows", rows[0] if rows else ())
        sheet.worksheet.freeze_panes(1, 1)
        for cells in rows[1:]:
            sheet.add(cells)
        for column, note in enumerate(notes):
            if note:
                sheet.worksheet.write_comment(0, column, note)
        if lists:
            _offer(book, sheet, lists, len(rows) + _ROWS_TO_FILL)
    return out.getvalue()


def _offer(book: Workbook, sheet: Sheet, lists: Mapping[int, Sequence[str]], last: int) -> None:
    """Offer the words of lists; they stand on a hidden sheet, since a cell's own list is short."""
    hidden = book.add_worksheet("Lists")
    hidden.hide()
    for row, words in enumerate(zip_longest(*lists.values())):
        for at, word in enumerate(words):
            if word is not None:
                hidden.write_string(row, at, word)
    for at, (column, offered) in enumerate(lists.items()):
        name = letters(at)
        source = f"=Lists!${name}$1:${name}${len(offered)}"
        validation = {"validate": "list", "source": source}
        sheet.worksheet.data_validation(1, column, last, column, validation)


def letters(column: int) -> str:
    """What a spreadsheet calls a column: A, B, ... Z, AA."""
    rest, letter = divmod(column, 26)
    return (letters(rest - 1) if rest else "") + chr(ord("A") + letter)
