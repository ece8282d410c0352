"""A program of its own that reads one sheet of a workbook from its standard input, as JSON Lines.

A workbook of a few kilobytes can ask for more memory than any machine has, and what reads it then dies. So it
is read in a process whose memory and time are limited, and which may die alone. It knows nothing of ours.

The first line names the sheets; each other is a row: its number, its cells as text, whether some were merged.
"""

import io
import json
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None  # type: ignore[assignment]

MOST_INFLATED = 500_000_000
MOST_RATIO = 100
SMALL = 1_000_000
"""What may be packed as tightly as it likes: a sheet of blanks is no bomb."""
MOST_MEMORY = 3_000_000_000
MOST_SECONDS = 120
_PARTS = {"xl/workbook.xml", "content.xml"}
_ERRORS = re.compile(rb"""\st="e"|value-type=["']error""")


class Refused(Exception):
    """The workbook is not read; the argument says why, in a word."""


def main(wanted: str, most: int) -> None:
    """Read the sheet of this name, the first that shows where it is empty, of at most so many rows."""
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    try:
        for line in _lines(sys.stdin.buffer.read(), wanted, most):
            sys.stdout.write(json.dumps(line, ensure_ascii=True) + "\n")
    except Refused as refused:
        sys.stdout.write(json.dumps({"refused": str(refused)}) + "\n")
    except MemoryError:
        sys.stdout.write(json.dumps({"refused": "too_much_memory"}) + "\n")


def _lines(data: bytes, wanted: str, most: int) -> Iterator[Any]:
    has_errors = _weighed(data)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        shown = [each.name for each in book.sheets_metadata if each.visible == SheetVisibleEnum.Visible]
        name = wanted or next(iter(shown or book.sheet_names), "")
        if name not in book.sheet_names:
            raise Refused("sheet_unknown")
        sheet = book.get_sheet_by_name(name)
    except (CalamineError, ValueError, OSError):
        raise Refused("unreadable") from None
    if sheet.height > most + 1 and sum(map(any, sheet.iter_rows())) > most + 1:  # the header besides
        raise Refused("too_many_rows")
    yield {"sheets": book.sheet_names, "sheet": name, "has_errors": has_errors}
    merged = _covered(sheet.merged_cell_ranges or [])
    above: dict[tuple[int, int], str] = {}
    for at, raw in enumerate(sheet.iter_rows()):
        cells = [text(cell) for cell in raw]
        filled = _filled(at, cells, merged.get(at, {}), above)
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield [at + 1, cells, filled]


def text(cell: Any) -> str:
    """A cell as text: a day as YYYY-MM-DD, a number to the 15 digits a spreadsheet has."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        written = format(Decimal(f"{cell:.15g}"), "f")
        return written.rstrip("0").rstrip(".") if "." in written else written
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return str(cell) if isinstance(cell, timedelta) else str(cell).strip()


def _covered(ranges: list[tuple[tuple[int, int], tuple[int, int]]]) -> dict[int, dict[int, tuple[int, int]]]:
    """Row -> column -> the first cell of the merged block over it. Blocks of a whole sheet are left."""
    found: dict[int, dict[int, tuple[int, int]]] = {}
    for (top, left), (bottom, right) in ranges:
        if (bottom - top + 1) * (right - left + 1) > 100_000:
            continue
        for row in range(top, bottom + 1):
            found.setdefault(row, {}).update(dict.fromkeys(range(left, right + 1), (top, left)))
    return found


def _filled(
    at: int, cells: list[str], covered: dict[int, tuple[int, int]], above: dict[tuple[int, int], str]
) -> bool:
    """Give each cell of a merged block the value of its first; whether there was one."""
    filled = False
    for column, first in covered.items():
        if column >= len(cells):
            continue
        if first == (at, column):
            above[first] = cells[column]
        elif above.get(first) and first[0] != at:
            cells[column], filled = above[first], True
    return filled


def _weighed(data: bytes) -> bool:
    """Refuse what unpacks to too much, by unpacking it; whether a formula of it has failed.

    What the archive says of its own size is not believed.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            entries = packed.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise Refused("not_a_workbook") from None
    if not _PARTS & {entry.filename for entry in entries}:
        raise Refused("not_a_workbook")
    size, has_errors = 0, False
    for entry in entries:
        for piece in _unpacked(data, entry):
            size += len(piece)
            has_errors = has_errors or _ERRORS.search(piece) is not None
            if size > MOST_INFLATED or size > max(SMALL, MOST_RATIO * len(data)):
                raise Refused("bomb")
    return has_errors


def _unpacked(data: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """What a member of the archive unpacks to, piece by piece."""
    try:
        name, extra = struct.unpack_from("<HH", data, entry.header_offset + 26)
    except struct.error:
        raise Refused("not_a_workbook") from None
    start = entry.header_offset + 30 + name + extra
    if entry.flag_bits & 1:
        raise Refused("encrypted")
    if entry.compress_type == zipfile.ZIP_STORED:
        yield data[start : start + entry.compress_size]
        return
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise Refused("not_a_workbook")
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for at in range(start, start + entry.compress_size, 65_536):
            packed = data[at : min(at + 65_536, start + entry.compress_size)]
            while packed:
                yield inflate.decompress(packed, 1_000_000)
                packed = inflate.unconsumed_tail
    except zlib.error:
        raise Refused("unreadable") from None


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
