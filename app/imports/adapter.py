"""What an adapter is: how a register's own files become rows. Everything else is shared."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.domain.sources import Source
from app.imports.rows import Intake

Becomes = Literal["fact", "link", "tag", "identifier", "key", "matching", "not taken"]


@dataclass(frozen=True)
class Column:
    """One row of an adapter's published mapping table: what becomes of a column."""

    file: str
    column: str
    becomes: Becomes
    of: str
    """The kind and fact, the link, the tag's scheme, or why it is not taken."""


@dataclass(frozen=True)
class Adapter:
    """A register that can be loaded: `golden-thread load <name> <folder>`."""

    source: Source
    licence: str
    attribution: tuple[str, ...]
    mapping: tuple[Column, ...]
    """The mapping table, for the documentation."""
    read: Callable[[Path], Intake]
    """Read the register's folder. Raises `NotFound` where a file is missing."""

    @property
    def name(self) -> str:
        """What the register is called on the command line."""
        return self.source.name
