"""Workbooks to rows: XLSX and ODS, one sheet at a time, read in a process of their own."""

import json
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from app.errors import Fault, Invalid, Refusal, TooLarge
from app.imports import sheet_reader
from app.imports.files import MOST_ROWS, Table, body, header, without_end
from app.imports.rows import Place, Remark
from app.imports.workbooks import letters

_UNREADABLE = "The workbook cannot be read; save it again as XLSX, ODS or CSV."
_SAYS = {
    "not_a_workbook": "This is no workbook (XLSX or ODS), whatever its name ends in.",
    "encrypted": "The workbook is locked with a password; save it without one.",
    "unreadable": _UNREADABLE,
    "sheet_unknown": "The workbook has no sheet of this name; the preview lists them.",
}
_TOO_LARGE = {
    "bomb": "The workbook unpacks to far more than it is: at most 500 MB, and 100 times its size, are read.",
    "too_much_memory": "The sheet takes more memory than one may; delete what stands far from its table.",
    "too_many_rows": "The sheet has more rows than are taken at once (a million); send it in parts.",
}


def table(data: bytes, name: str, sheet: str = "", most: int = MOST_ROWS) -> Table:
    """Read one sheet, the first that shows if none is named: the first row that is not blank is its header.

    Blank rows are passed over. Merged cells all have the value of their block's first.
    """
    with TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        with closing(_read(file, sheet, most)) as lines:
            return _table(lines, name)


def _table(lines: Iterator[Any], name: str) -> Table:
    told = next(lines)
    read = Table(name, sheets=tuple(told["sheets"]), sheet=told["sheet"])
    if told["has_errors"]:
        says = "A formula of the workbook has failed (such as #N/A); its cell is read as empty."
        read.warnings.append(Remark(Place(name, 1), "formula_failed", says))
    for at, cells, filled in lines:
        place = Place(name, at)
        if not read.columns:
            if not header(read, place, [cell or letters(column) for column, cell in enumerate(cells)]):
                return read
            continue
        if filled:
            says = "Cells of this row are merged with cells above; they are read as saying the same."
            read.warnings.append(Remark(place, "merged_cells", says))
        body(read, place, cells + [""] * (len(read.columns) - len(cells)))
    return without_end(read)


def _read(file: IO[bytes], sheet: str, most: int) -> Generator[Any, None, None]:
    """What the reader says, line by line, or the refusal it stands for."""
    program = [sys.executable, "-I", str(Path(sheet_reader.__file__)), sheet, str(most)]
    with subprocess.Popen(
        program, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8"
    ) as reader:
        assert reader.stdout is not None
        try:
            for line in reader.stdout:
                said = json.loads(line)
                if isinstance(said, dict) and "refused" in said:
                    raise _refusal(said["refused"])
                yield said
        finally:
            reader.stdout.close()
            code = reader.wait()
    if code != 0:  # below 0: it was ended, or died, for the memory or time it asked for
        raise _refusal("too_much_memory" if code < 0 else "unreadable")


def _refusal(code: str) -> Refusal:
    if code in _TOO_LARGE:
        return TooLarge(_TOO_LARGE[code], [Fault("", code, _TOO_LARGE[code])])
    return Invalid(faults=[Fault("", code, _SAYS[code])])
