"""Rows as an Excel workbook: every cell what it is, and none of them a formula."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from pydantic import BaseModel
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from app.errors import TooLarge
from app.questions.columns import Cell, Stated, columns, typed
from app.questions.core import Answer

_INERT = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
_MOST_ROWS = 1_048_575
"""What an Excel sheet holds below its header."""
_WIDTH = 18


def written(row: type[BaseModel], rows: Iterable[Stated], about: Mapping[str, Cell], on: date) -> bytes:
    """A workbook of two sheets: the rows, under a header that stays in sight, and what they are true of.

    The same rows give the same bytes.
    """
    out = io.BytesIO()
    with book_in(out, on) as book:
        sheet = Sheet(book, "rows", columns(row))
        for each in rows:
            sheet.add(typed(row, each).values())
        told = Sheet(book, "about", ["what", "value"])
        for name, value in about.items():
            told.add((name, value))
    return out.getvalue()


def about(told: Answer[Any]) -> dict[str, Cell]:
    """What the rows of an answer are true of, part by part."""
    said = typed(Answer, told.model_copy(update={"rows": []}))
    return {name: value for name, value in said.items() if name not in ("rows", "next", "next_cursor")}


@contextmanager
def book_in(out: io.BytesIO, on: date) -> Iterator[Workbook]:
    """A workbook to write, as if made on this day. No text becomes a formula or an address to follow."""
    with Workbook(out, _INERT) as book:
        book.set_properties({"created": datetime.combine(on, time(), UTC)})
        yield book


class Sheet:
    """A sheet that is written from top to bottom, under a header that stays in sight."""

    def __init__(self, book: Workbook, name: str, header: Sequence[Cell]) -> None:
        self.worksheet: Worksheet = book.add_worksheet(name)
        self._money, self._day = (
            book.add_format({"num_format": each}) for each in ("#,##0.00", "yyyy-mm-dd")
        )
        self._rows = 0
        self.worksheet.set_column(0, max(len(header), 1) - 1, _WIDTH)
        self.worksheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        for at, each in enumerate(header):
            self.worksheet.write_string(0, at, str(each), bold)

    def add(self, cells: Iterable[Cell]) -> None:
        """Write the next row; refuse one that no sheet has room for."""
        self._rows += 1
        if self._rows > _MOST_ROWS:
            says = f"An Excel sheet holds {_MOST_ROWS:,} rows: narrow what you ask for, or take it as CSV."
            raise TooLarge(says)
        for at, cell in enumerate(cells):
            self._write(at, cell)

    def _write(self, at: int, cell: Cell) -> None:
        if isinstance(cell, str):
            if cell:
                self.worksheet.write_string(self._rows, at, cell)
        elif isinstance(cell, bool):
            self.worksheet.write_boolean(self._rows, at, cell)
        elif isinstance(cell, date):
            self.worksheet.write_datetime(self._rows, at, datetime.combine(cell, time()), self._day)
        elif isinstance(cell, Decimal):
            self.worksheet.write_number(self._rows, at, float(cell), self._money)
        elif cell is not None:
            self.worksheet.write_number(self._rows, at, cell)
