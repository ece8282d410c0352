"""Rows as a request brings them, each read or noted as one that cannot be."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from app.api import bodies, deps, etags
from app.errors import Fault, Invalid, TooLarge
from app.imports import Intake, Place, Remark, files, jsonl

MOST_ROWS = 20_000


@dataclass
class Received:
    """The rows of a body, read as it arrives."""

    digest: Any
    ledger: str
    intake: Intake = field(default_factory=Intake)
    _number: int = 0
    _rest: bytes = b""

    def part(self, part: bytes) -> None:
        """Take a part of JSON Lines: the lines that end in it."""
        self.digest.update(part)
        *lines, self._rest = (self._rest + part).split(b"\n")
        for line in lines:
            self.line(line)
        if len(self._rest) > files.LONGEST_LINE:
            raise TooLarge(f"A line is longer than {files.LONGEST_LINE:,} bytes.")

    def end(self) -> None:
        """Take the last line, which nothing ends."""
        self.line(self._rest)

    def line(self, line: bytes) -> None:
        """Take one line; an empty one has a number and nothing else."""
        if line.strip():
            self.row(files.line(line))
        else:
            self._number += 1

    def row(self, stated: dict[str, Any] | tuple[str, str]) -> None:
        """Take a row, or note why it could not be read."""
        self._number += 1
        if self._number > MOST_ROWS:
            raise TooLarge(f"A batch holds at most {MOST_ROWS:,} rows; send it in parts.")
        place = Place("", self._number)
        if isinstance(stated, tuple):
            self.intake.faults.append(Remark(place, *stated))
            return
        tag = stated.pop("if_match", None)
        if tag is not None and (not isinstance(tag, str) or "revision" in stated):
            says = "Send an ETag, or a revision, and one of them."
            self.intake.faults.append(Remark(place, "wrong_type", says, "/if_match"))
            return
        if tag is not None and (revision := etags.revision_in(tag, self.ledger)) is not None:
            stated["revision"] = revision
        jsonl.take(self.intake, place, stated, None, None)


async def read(request: Request) -> Received:
    """The rows of the request's body: of a JSON document, or of JSON Lines as they arrive."""
    service = deps.service(request)
    received = Received(deps.digest(request), await service.ledger_id())
    if bodies.media_type(request) in bodies.JSON_LINES:
        await bodies.receive(request, service.batch_limit, received.part)
        received.end()
        return received
    body = await bodies.read(request, service.batch_limit)
    received.digest.update(body)
    for row in _rows_of(await asyncio.to_thread(bodies.object_of, body)):
        received.row(row if isinstance(row, dict) else ("json_not_object", "A row must be an object."))
    return received


def _rows_of(document: dict[str, Any]) -> list[Any]:
    wrong = [
        Fault("", "unknown_field", "A batch holds `rows` and nothing else.")
        for _ in document.keys() - {"rows"}
    ][:1]
    if not isinstance(document.get("rows"), list):
        wrong.append(Fault("/rows", "wrong_type" if "rows" in document else "missing", "Must be a list."))
    if wrong:
        raise Invalid(faults=wrong)
    rows: list[Any] = document["rows"]
    return rows
