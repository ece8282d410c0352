"""The numbered files of this folder: what each is called, what it holds, and how it is applied."""

import hashlib
import importlib.util
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from app.graph import Tx

HERE = Path(__file__).parent
_NUMBERED = re.compile(r"(\d{4})_[a-z0-9_]+\.(cypher|py)")


@dataclass(frozen=True)
class Move:
    """One numbered file: `.cypher` with a statement, or `.py` with `async def move(tx, after) -> str | None`.

    A move in Python is called again, each time in a transaction of its own, with what it returned, until it
    returns None: a move too large for one transaction is cut into pieces, and goes on where it stopped.
    """

    number: int
    path: Path

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the file, whatever its line endings."""
        return hashlib.sha256(self.path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()

    async def apply(self, tx: Tx, after: str | None) -> str | None:
        """Make the move, or its next piece; answers where to go on, or None at the end."""
        if self.path.suffix == ".cypher":
            await tx.rows(self.path.read_text(encoding="utf-8").rstrip().rstrip(";"))
            return None
        return await self._function(tx, after)

    @cached_property
    def _function(self) -> Callable[[Tx, str | None], Awaitable[str | None]]:
        spec = importlib.util.spec_from_file_location(f"migrations.{self.name}", self.path)
        if spec is None or spec.loader is None:
            raise ImportError(self.path.name)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        function: Callable[[Tx, str | None], Awaitable[str | None]] = module.move
        return function


def found(folder: Path = HERE) -> tuple[Move, ...]:
    """The moves of a folder in the order of their numbers."""
    named = ((_NUMBERED.fullmatch(path.name), path) for path in sorted(folder.iterdir()))
    return tuple(Move(int(match[1]), path) for match, path in named if match)
