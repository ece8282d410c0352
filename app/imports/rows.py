"""What an import is made of, wherever it was read: rows that state records and links, and remarks on them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.graph import Graph
from graph_schema.core import Identifier, Link, Node


@dataclass(frozen=True)
class Place:
    """Where a row stands: the file and the line its text begins on."""

    file: str
    row: int


@dataclass(frozen=True)
class Remark:
    """Something to say about a row: a fault that rejects it, or a warning that does not."""

    place: Place
    code: str
    detail: str
    field: str = ""
    """RFC 6901 pointer into the facts; "" is the row as a whole."""

    def as_json(self) -> dict[str, Any]:
        """The remark as reports show it."""
        return {
            "file": self.place.file,
            "row": self.place.row,
            "field": self.field,
            "code": self.code,
            "detail": self.detail,
        }


@dataclass(frozen=True)
class NotTaken:
    """Something a register holds that the import leaves out, and why."""

    what: str
    why: str
    rows: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The omission as reports show it."""
        return {"what": self.what, "why": self.why, "rows": self.rows}


@dataclass(frozen=True)
class RecordRow:
    """A row that states a record. A fact that refers to a record may name it by `scheme|value`."""

    place: Place
    kind: type[Node]
    key: str
    """The identifier, `scheme|value`, by which the record is found again; or the id of one that stands."""
    facts: dict[str, Any]
    only: frozenset[str] | None = None
    """The facts the row speaks of; others stay as they are. None: the row states the whole record."""
    revision: int | None = None
    """The revision its sender read; None: whatever stands."""
    under: str = ""
    """Pointer to its facts in what was sent."""
    otherwise: Mapping[str, Any] = field(default_factory=dict)
    """Facts of a new record that the row does not state."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", Identifier.spelt(self.key))


@dataclass(frozen=True)
class Acceptance:
    """The source's statement that the other side has accepted a link."""

    by: str
    on: str


@dataclass(frozen=True)
class LinkRow:
    """A row that states a link. Its ends are named by `scheme|value`, or by the service's own id."""

    place: Place
    kind: type[Link]
    source: str
    target: str
    facts: dict[str, Any] = field(default_factory=dict)
    accepted: Acceptance | None = None
    disputed: bool = False
    """The source's statement that the other side disputes the link."""
    revision: int | None = None
    """The revision its sender read; None: whatever stands."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "source", Identifier.spelt(self.source))
        object.__setattr__(self, "target", Identifier.spelt(self.target))


@dataclass
class Intake:
    """Everything read from a source, ready to be planned."""

    rows: list[RecordRow | LinkRow] = field(default_factory=list)
    faults: list[Remark] = field(default_factory=list)
    """Rows that could not even be read; each counts as rejected."""
    warnings: list[Remark] = field(default_factory=list)
    not_taken: list[NotTaken] = field(default_factory=list)
    edition: str = ""
    """What orders a register's editions, such as the day of its last change; empty if it does not say."""
    complete: Callable[[Graph, "Intake"], Awaitable[None]] | None = None
    """Sets what rows state in view of what stands, where the files may hold but a part of what is known."""
