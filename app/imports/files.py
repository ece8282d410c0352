"""Bytes to rows, strictly: every row is read or reported, with the line it stands on."""

import csv
import io
import json
import math
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from app.errors import Fault, Invalid, TooLarge
from app.imports.rows import Place, Remark

MOST_ROWS = 1_000_000
LONGEST_CELL = 10_000
LONGEST_LINE = 1_000_000
_FORMULA = ("=", "+", "@", "-")
_NUMBER = re.compile(r"[+-]?[\d.,\s]*%?")
_INERT = re.compile(r"'+[=+\-@\t\r]")
"""Text that was kept from being run as a formula by an apostrophe; see `questions.columns.inert`."""
_DELIMITERS = (",", ";", "\t")

# The reader's own limit ends the whole reading; ours, below, is a fault of one row.
csv.field_size_limit(100_000_000)


@dataclass
class Table:
    """A table as read, from CSV or a sheet: its columns, its rows by line, and what was wrong."""

    name: str
    columns: tuple[str, ...] = ()
    rows: list[tuple[Place, dict[str, str]]] = field(default_factory=list)
    faults: list[Remark] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)
    sheets: tuple[str, ...] = ()
    """The names of a workbook's sheets; empty for CSV."""
    sheet: str = ""
    """The sheet that was read."""
    unfit: dict[int, list[str]] = field(default_factory=dict)
    """The cells of rows that do not fit the header, by line."""


def delimiter_of(data: bytes) -> str:
    """What parts the cells of a CSV file: the comma, semicolon or tab its header has most of."""
    first = data.partition(b"\n")[0][:LONGEST_LINE].decode("latin-1")
    return max(_DELIMITERS, key=first.count)


def table(data: bytes, name: str, delimiter: str = ",", most: int = MOST_ROWS) -> Table:
    """Read a CSV file with a header line. Cells come without spaces at their ends; formulas stay text."""
    read = Table(name)
    text = _text(data, name, read)
    if text is None:
        return read
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    began = 1
    while True:
        place = Place(name, began)
        try:
            cells = next(lines)
        except StopIteration:
            break
        except csv.Error:
            says = "The quotes of this row do not match; what stands in them is not read."
            read.faults.append(Remark(place, "csv_quotes", says))
            began = lines.line_num + 1
            continue
        began = lines.line_num + 1
        if not read.columns:
            if not header(read, place, [cell.strip() for cell in cells]):
                return read
        elif any(cells):
            _count(len(read.rows) + len(read.faults), most)
            body(read, place, [_run_by_nobody(cell) for cell in cells])
    return without_end(read)


def _run_by_nobody(cell: str) -> str:
    """The cell without the apostrophe that keeps a spreadsheet from running it."""
    return cell[1:] if _INERT.match(cell) else cell


def without_end(read: Table) -> Table:
    """The table at its end; one that has not even a header is at fault."""
    if not read.columns:
        says = "The file is empty; it needs a header."
        read.faults.append(Remark(Place(read.name, 1), "header_missing", says))
    return read


def _text(data: bytes, name: str, read: Table) -> str | None:
    place = Place(name, 1)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        read.faults.append(Remark(place, "encoding", "The file is UTF-16; save it as UTF-8."))
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        read.faults.append(
            Remark(place, "encoding", "The file is neither UTF-8 nor cp1252; save it as UTF-8.")
        )
        return None
    says = "The file is not UTF-8 and was read as cp1252 (Windows); check letters with accents."
    read.warnings.append(Remark(place, "encoding_cp1252", says))
    return text


def header(read: Table, place: Place, cells: list[str]) -> bool:
    """Take the header; whether it can be used. Says what is wrong with it."""
    read.columns = tuple(cells)
    if any(not column for column in read.columns):
        read.faults.append(Remark(place, "header_blank", "A column has no name in the header."))
    twice = [column for column, times in Counter(read.columns).items() if times > 1 and column]
    if twice:
        read.faults.append(Remark(place, "header_twice", "Two columns have one name in the header."))
    return not read.faults


def body(read: Table, place: Place, cells: list[str]) -> None:
    """Take a row below the header, or say what is wrong with it."""
    fault = _fault(cells, len(read.columns))
    if fault:
        read.unfit[place.row] = cells
        read.faults.append(Remark(place, *fault))
        return
    cells = [cell.strip() for cell in cells]
    if any(cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell) for cell in cells):
        says = "A cell looks like a spreadsheet formula; it is kept as text and never run."
        read.warnings.append(Remark(place, "formula_as_text", says))
    read.rows.append((place, dict(zip(read.columns, cells, strict=True))))


def _count(before: int, most: int) -> None:
    if before == most:
        raise TooLarge(f"The file has more than {most:,} rows; send it in parts.")


def _fault(cells: list[str], wanted: int) -> tuple[str, str] | None:
    if len(cells) != wanted:
        return "ragged_row", f"The row has {len(cells)} cells where the header has {wanted}."
    if max(map(len, cells)) > LONGEST_CELL:
        return "cell_too_long", f"A cell is longer than {LONGEST_CELL:,} characters."
    if "\x00" in "".join(cells):
        return "text_control_character", "A cell holds a NUL character; remove it."
    return None


class _HalfCharacter(ValueError):
    """A text holds half of a surrogate pair, which nothing can store."""


class _Twice(ValueError):
    """One name stands twice in a JSON object."""


class _NotFinite(ValueError):
    """NaN or Infinity, which JSON does not have."""


@dataclass
class Lines:
    """A JSON Lines file as read: one object a line, and what was wrong."""

    rows: list[tuple[Place, dict[str, Any]]] = field(default_factory=list)
    faults: list[Remark] = field(default_factory=list)


def lines(data: bytes, name: str) -> Lines:
    """Read a JSON Lines file: UTF-8, one object a line, empty lines left out."""
    read = Lines()
    for number, raw in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not raw.strip():
            continue
        place = Place(name, number)
        found = line(raw)
        _count(len(read.rows) + len(read.faults), MOST_ROWS)
        if isinstance(found, dict):
            read.rows.append((place, found))
        else:
            read.faults.append(Remark(place, *found))
    return read


def line(raw: bytes) -> dict[str, Any] | tuple[str, str]:
    """The object of one line, or the code and sentence that refuse it."""
    if len(raw) > LONGEST_LINE:
        return "line_too_long", f"The line is longer than {LONGEST_LINE:,} bytes."
    try:
        return json_object(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return "encoding", "The line is not UTF-8."
    except Invalid as refusal:
        return refusal.faults[0].code, refusal.faults[0].detail


def json_object(text: str) -> dict[str, Any]:
    """The object a JSON text holds, or `Invalid`. Refuses what readers disagree about, as a request does."""
    try:
        found = _DECODER.decode(text)
        if "\\u" in text:
            _whole_characters(found)
    except _Twice:
        raise _refused("json_name_twice", "One name stands twice in an object.") from None
    except _NotFinite:
        raise _refused(
            "json_not_finite", "A number is not finite: JSON has no NaN and no Infinity."
        ) from None
    except _HalfCharacter:
        says = "The text holds half of a surrogate pair; send whole characters."
        raise _refused("text_not_unicode", says) from None
    except (ValueError, RecursionError):
        raise _refused("json_malformed", "This is not JSON.") from None
    if not isinstance(found, dict):
        raise _refused("json_not_object", "This must be one JSON object.")
    return found


def _refused(code: str, says: str) -> Invalid:
    return Invalid(faults=[Fault("", code, says)])


def _whole_characters(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise _HalfCharacter from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Twice
    return found


def _not_finite(constant: str) -> float:
    raise _NotFinite(constant)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _NotFinite
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_not_finite, parse_float=_finite)
