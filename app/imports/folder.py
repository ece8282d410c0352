"""A register's folder of CSV files, read row by row into an intake."""

from collections.abc import Iterator
from pathlib import Path

from app.errors import NotFound
from app.imports import files
from app.imports.rows import Intake, Place, Remark


class Folder:
    """Reads the files of a register; what is wrong with them goes into the intake."""

    def __init__(self, path: Path, intake: Intake) -> None:
        self._path, self._intake = path, intake

    def rows(self, name: str, *wanted: str) -> Iterator[tuple[Place, dict[str, str]]]:
        """The rows of one file by column name."""
        path = self._path / name
        if not path.is_file():
            raise NotFound(f"The folder has no file {name}.")
        read = files.table(path.read_bytes(), name)
        self._intake.faults += read.faults
        self._intake.warnings += read.warnings
        missing = [column for column in wanted if column not in read.columns]
        if missing:
            says = f"The file lacks the column {missing[0]}."
            self._intake.faults.append(Remark(Place(name, 1), "column_missing", says))
            return
        yield from read.rows

    def warn(self, place: Place, code: str, says: str, pointer: str = "") -> None:
        """Say something about a row that does not reject it."""
        self._intake.warnings.append(Remark(place, code, says, pointer))
