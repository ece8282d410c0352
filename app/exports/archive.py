"""The archive of a backup: a zip of JSON Lines and a manifest that says what it holds and proves it whole."""

import contextlib
import hashlib
import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Self
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from app.domain.ledger import written
from app.errors import Refusal
from graph_schema import KIND_BY_NAME, LINK_BY_LABEL

FORMAT = "golden-thread backup"
VERSION = 1
MANIFEST = "manifest.json"
KEPT = {
    "sources": ("Source", "name"),
    "mappings": ("Mapping", "key"),
    "actors": ("Actor", "id"),
    "keys": ("Key", "id"),
}
"""Member -> label and key of the service's own nodes, which stand in no record or link."""
LEFT_OUT = frozenset({"Receipt", "Lock", "Upload", "Job", "Migration", "MigrationLock", "Ledger"})
"""Labels of nodes of the service's own that no member holds: of the moment, or told by the manifest."""
_ALWAYS = {"records", "links", "ledger"}
MEMBERS = ("records", "links", "ledger", *KEPT)
"""What an archive holds, in the order it is put back; each is a file of JSON Lines.

One of an earlier version may lack what the service did not keep then.
"""
_KINDS = {"records": frozenset(KIND_BY_NAME), "links": frozenset(LINK_BY_LABEL)}
_LEVEL = 3
_UNREADABLE = (
    BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    KeyError,
    NotImplementedError,
    TypeError,
    ValueError,
)
"""What reading a damaged zip raises."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Holds(_Part):
    """What a member holds."""

    lines: Annotated[int, Field(ge=0)]
    sha256: str


class Made(_Part):
    """A migration that had been made."""

    number: int
    name: str
    digest: str


class Position(_Part):
    """Where the ledger stood."""

    id: str
    number: Annotated[int, Field(ge=0)]
    at: str | None


class Manifest(_Part):
    """What an archive is, and what it holds."""

    format: str = FORMAT
    format_version: int = VERSION
    service_version: str
    schema_version: str
    migrations: tuple[Made, ...]
    ledger: Position
    taken_at: str
    members: dict[str, Holds]

    @property
    def lines(self) -> int:
        """Lines of all members."""
        return sum(each.lines for each in self.members.values())


class Member:
    """A member that is being written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._digest, self.lines = file, hashlib.sha256(), 0

    def write(self, row: dict[str, Any]) -> None:
        """Add a line, the same for the same row whatever order the store gives its properties in."""
        line = f"{written(row)}\n".encode()
        self._digest.update(line)
        self._file.write(line)
        self.lines += 1

    @property
    def holds(self) -> Holds:
        """What it holds by now."""
        return Holds(lines=self.lines, sha256=self._digest.hexdigest())


class Writing:
    """An archive that is being written: it stands under its name only once it is whole."""

    def __init__(self, path: Path) -> None:
        self._path, self._part = path, path.with_name(f".{path.name}.part")
        self.members: dict[str, Holds] = {}

    def __enter__(self) -> Self:
        try:
            # Only its owner reads it: it holds names, and what is restricted.
            self._file = os.fdopen(os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b")
        except OSError:
            raise Refusal(f"The archive cannot be written to {self._path.parent}; check the path.") from None
        self._zip = ZipFile(self._file, "w", ZIP_DEFLATED, compresslevel=_LEVEL)
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._zip.close()
        self._file.close()
        self._part.unlink(missing_ok=True)

    @contextlib.contextmanager
    def member(self, name: str) -> Iterator[Member]:
        """Write a member."""
        with self._zip.open(_file_of(name), "w", force_zip64=True) as file:
            member = Member(file)  # type: ignore[arg-type]
            yield member
        self.members[name] = member.holds

    def close(self, manifest: Manifest) -> None:
        """Write the manifest, and put the archive under its name."""
        self._zip.writestr(MANIFEST, manifest.model_dump_json(indent=2))
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._part.replace(self._path)


class Archive:
    """An archive that is whole: every member was read through before anything of it is used."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = ZipFile(path)
        except (FileNotFoundError, IsADirectoryError, PermissionError):
            raise Refusal(f"There is no file {path}, or it is not yours to read; check the path.") from None
        except _UNREADABLE as error:
            raise _damaged("it is cut short, or no archive at all") from error
        self.manifest = self._manifest()
        for name in self.manifest.members:
            self._prove(name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def lines(self, member: str) -> Iterator[dict[str, Any]]:
        """The lines of a member."""
        with self._zip.open(_file_of(member)) as file:
            for line in file:
                yield from_json(line)

    def _manifest(self) -> Manifest:
        try:
            text = self._zip.read(MANIFEST)
        except _UNREADABLE as error:
            raise _damaged("it has no manifest that can be read") from error
        return _understood(text)

    def _prove(self, name: str) -> None:
        """Read a member through: as many lines as were written, byte for byte, of kinds there are."""
        digest, lines = hashlib.sha256(), 0
        kinds = _KINDS.get(name)
        try:
            with self._zip.open(_file_of(name)) as file:
                for lines, line in enumerate(file, 1):  # noqa: B007
                    digest.update(line)
                    if kinds is not None and from_json(line)["kind"] not in kinds:
                        raise _damaged(f"{name} holds a kind that this version of the service does not know")
        except _UNREADABLE as error:
            raise _damaged(f"{name} cannot be read to its end") from error
        if Holds(lines=lines, sha256=digest.hexdigest()) != self.manifest.members[name]:
            raise _damaged(f"{name} is not what was written")


def _understood(text: bytes) -> Manifest:
    try:
        stated = json.loads(text)
        if stated["format"] != FORMAT:
            raise _damaged("it is an archive of something else")
        if stated["format_version"] > VERSION:
            raise Refusal(
                f"The archive is of format {stated['format_version']}, and this version of the service reads "
                f"up to {VERSION}: install the version that made it, {stated.get('service_version')}, or a "
                "later one."
            )
        manifest = Manifest.model_validate(stated)
        if not _ALWAYS <= set(manifest.members) <= set(MEMBERS):
            raise _damaged("its manifest does not name what an archive holds")
    except (ValidationError, ValueError, KeyError, TypeError) as error:
        raise _damaged("its manifest is not one") from error
    return manifest


def _damaged(what: str) -> Refusal:
    return Refusal(f"The archive is not a whole backup of this service: {what}. Nothing was written.")


def _file_of(member: str) -> str:
    return f"{member}.jsonl"
