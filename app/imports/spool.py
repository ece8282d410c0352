"""Where uploads lie until they are imported, and what jobs tell of their rows: files of the data directory.

A file is called by an id of ours. What its sender calls it is told again, and never becomes a path.
"""

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from app.errors import NotFound

MOST_BYTES = 50_000_000
_MODE = 0o700


class Spool:
    """The folder of uploads and of what jobs tell."""

    def __init__(self, data: Path) -> None:
        self.folder, self._told = data / "uploads", data / "jobs"

    def create(self, id: str) -> IO[bytes]:
        """A new file to write an upload to."""
        self.folder.mkdir(mode=_MODE, parents=True, exist_ok=True)
        return os.fdopen(os.open(self.folder / id, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")

    def read(self, id: str) -> bytes:
        """What was uploaded. `NotFound` where it is not in this process's data directory, or no longer."""
        try:
            return (self.folder / id).read_bytes()
        except OSError:
            raise NotFound("The uploaded file is no longer there; send it again.") from None

    def remove(self, id: str) -> None:
        """Remove an upload; one that is gone already is gone."""
        (self.folder / id).unlink(missing_ok=True)

    def tell(self, job: str, name: str, lines: Iterable[Any]) -> None:
        """Keep what a job tells, a line of JSON each, in the place of what it told before."""
        folder = self._told / job
        folder.mkdir(mode=_MODE, parents=True, exist_ok=True)
        with (folder / f"{name}.part").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (folder / f"{name}.part").replace(folder / name)

    def told(self, job: str, name: str, after: int = 0) -> Iterator[tuple[int, Any]]:
        """What a job told from a place on: each line, with the place after it."""
        path = self._told / job / name
        if not path.is_file():
            return
        with path.open("rb") as file:
            file.seek(after)
            for line in iter(file.readline, b""):
                yield file.tell(), json.loads(line)

    def keep_only(self, ids: Iterable[str], older_than: float) -> None:
        """Remove what belongs to none of these ids, if it was last written before this instant."""
        kept = set(ids)
        for folder in (self.folder, self._told):
            for path in folder.iterdir() if folder.is_dir() else ():
                if path.name in kept or path.stat().st_mtime >= older_than:
                    continue
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)
