"""A register's folder of CSV files, read row by row into an intake."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from app.errors import NotFound, TooLarge
from app.imports import files
from app.imports.rows import Intake, NotTaken, Place, Remark
from graph_schema.values import UNSAFE

LARGEST = 200_000_000
"""The most bytes one file of a register may hold; the largest known has 7 million."""


def refuse_too_large(path: Path) -> None:
    """Refuse a file that would not fit the memory of a small machine, before any of it is read."""
    if path.stat().st_size > LARGEST:
        raise TooLarge(f"The file is larger than {LARGEST // 1_000_000} MB; no register's file may be.")


class Folder:
    """Reads the files of a register; what is wrong with them goes into the intake."""

    def __init__(self, path: Path, intake: Intake, delimiter: str = ",") -> None:
        self._path, self._intake, self._delimiter = path, intake, delimiter
        self._tables: dict[str, files.Table] = {}

    def need(self, *names: str) -> None:
        """Refuse the folder, with the name of every file it lacks."""
        missing = [name for name in names if not (self._path / name).is_file()]
        if missing:
            lacks = f"The folder lacks {len(missing)} of the {len(names)} files it needs"
            raise NotFound(f"{lacks}: {', '.join(missing)}.")

    def rows(self, name: str, *wanted: str) -> Iterator[tuple[Place, dict[str, str]]]:
        """The rows of one file by column name."""
        self.need(name)
        read = self._table(name)
        self._intake.faults += read.faults
        self._intake.warnings += read.warnings
        missing = [column for column in wanted if column not in read.columns]
        if missing:
            says = f"The file lacks the column {missing[0]}."
            self._intake.faults.append(Remark(Place(name, 1), "column_missing", says))
            return
        yield from read.rows

    def leave_out(self, omissions: Iterable[NotTaken]) -> None:
        """List what is not taken of the files that are there: `<file>` as a whole, or `<file>: <columns>`."""
        for each in omissions:
            name, _, columns = each.what.partition(": ")
            if (self._path / name).is_file():
                whole = None if columns else len(self._table(name).rows)
                self._intake.not_taken.append(replace(each, rows=whole))

    def _table(self, name: str) -> files.Table:
        if name not in self._tables:
            path = self._path / name
            refuse_too_large(path)
            self._tables[name] = files.table(path.read_bytes(), name, self._delimiter)
        return self._tables[name]

    def warn(self, place: Place, code: str, says: str, pointer: str = "") -> None:
        """Say something about a row that does not reject it."""
        self._intake.warnings.append(Remark(place, code, says, pointer))

    def line(self, place: Place, text: str) -> str:
        """The text on one line, without characters that cannot be seen; a change is reported."""
        return self._tidied(place, text, re.sub(r"\s*[\r\n\t\u2028\u2029]\s*", " ", text))

    def prose(self, place: Place, text: str) -> str:
        """The text without characters that cannot be seen; a change is reported."""
        return self._tidied(place, text, text)

    def _tidied(self, place: Place, text: str, tidy: str) -> str:
        tidy = UNSAFE.sub("", tidy).strip()
        if tidy != text:
            says = "A text had line breaks where it needs one line, or characters that cannot be seen."
            self.warn(place, "text_tidied", says)
        return tidy

    def reject(self, place: Place, code: str, says: str) -> None:
        """Leave out a row that cannot be read as what it should be."""
        self._intake.faults.append(Remark(place, code, says))
