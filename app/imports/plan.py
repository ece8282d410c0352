"""Rows to a plan: what each row would do to the graph as it stands, and every fault at once.

Pure: it reads and writes nothing, so a rehearsal and the real run decide alike.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from app.domain.ledger import Entry
from app.domain.receipts import Entered
from app.errors import Fault
from app.graph import Row
from app.imports.rows import LinkRow, RecordRow, Remark
from graph_schema.core import Identifier, Link, Node

Outcome = Literal["created", "changed", "unchanged", "rejected"]


@dataclass
class Write:
    """One change of the graph: what to set on which record or link, and its entry in the ledger."""

    at: int
    """Position of its row in the intake."""
    kind: type[Node] | type[Link]
    id: str
    properties: Row
    entry: Entry
    revision: int | None = None
    """The revision the decision rests on; None for something new."""
    identifiers: list[Row] = field(default_factory=list)
    ends: tuple[str, str] | None = None


_ENDS = {"retire": "retired", "withdraw": "withdrawn"}


@dataclass(frozen=True)
class Ended:
    """Something no row speaks of any more, and what became of it."""

    kind: str
    id: str
    revision: int
    """The revision before."""
    outcome: str
    """retired or withdrawn."""


@dataclass
class Plan:
    """What an import would do."""

    stated: Sequence[RecordRow | LinkRow] = ()
    """The rows, in the order of the intake."""
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    """Position of the row in the intake -> what becomes of it."""
    items: dict[int, tuple[str, int]] = field(default_factory=dict)
    """Position of the row -> id and revision of what it states, as it stands after that."""
    ended: dict[int, Ended] = field(default_factory=dict)
    """Position below 0 -> what ends, where what is absent does."""
    writes: list[Write] = field(default_factory=list)
    faults: dict[int, list[Remark]] = field(default_factory=dict)
    warnings: dict[int, list[Remark]] = field(default_factory=dict)

    def reject(self, at: int, row: RecordRow | LinkRow, found: list[Fault]) -> None:
        """Leave a row out, with every reason."""
        self.outcomes[at] = "rejected"
        self.items.pop(at, None)
        remarks = [Remark(row.place, each.code, each.detail, _placed(row, each.pointer)) for each in found]
        self.faults.setdefault(at, []).extend(remarks)

    def overtaken(self, at: int, row: RecordRow | LinkRow, stands: Row) -> None:
        """Leave out a row whose sender has not read what stands."""
        says = f"It has changed since you read it and is at revision {stands['revision']}; read it again."
        self.reject(at, row, [Fault("/revision", "stale_revision", says)])
        self.items[at] = (stands["id"], stands["revision"])

    def twice(self, first: int, at: int, row: RecordRow | LinkRow, what: str) -> None:
        """Leave out a row that states what an earlier one does, and name each to the other."""
        before = self.stated[first]
        says = f"Row {before.place.row} of this input states the same {what} already."
        self.reject(at, row, [Fault("", "duplicate_in_file", says)])
        says = f"Row {row.place.row} of this input states the same {what}; this row counts."
        self.warn(first, before, "stated_twice", says)

    def warn(self, at: int, row: RecordRow | LinkRow, code: str, says: str, pointer: str = "") -> None:
        """Say something about a row that does not reject it."""
        self.warnings.setdefault(at, []).append(Remark(row.place, code, says, _placed(row, pointer)))

    def recall(self, done: Mapping[str, Entered]) -> None:
        """Count as done what an earlier run has done to each record and link, by its id."""
        for at, (id, _) in self.items.items():
            if self.outcomes[at] == "unchanged" and id in done:
                self.outcomes[at] = "created" if done[id].action in ("create", "claim") else "changed"
        gone = [(id, each) for id, each in done.items() if each.action in _ENDS]
        for at, (id, each) in enumerate(gone):
            self.ended[-1 - len(gone) - len(self.ended) - at] = Ended(
                each.kind, id, each.revision - 1, _ENDS[each.action]
            )

    def replace(self, rows: set[int], later: "Plan") -> None:
        """Put what was decided later in the place of what was decided of these rows."""
        for at in rows:
            self.items.pop(at, None)
            self.ended.pop(at, None)
        self.ended |= {at: each for at, each in later.ended.items() if at in rows}
        for mine, new in ((self.faults, later.faults), (self.warnings, later.warnings)):
            for at in rows:
                mine.pop(at, None)
            mine |= {at: remarks for at, remarks in new.items() if at in rows}
        self.outcomes |= {at: outcome for at, outcome in later.outcomes.items() if at in rows}
        self.items |= {at: item for at, item in later.items.items() if at in rows}
        self.writes = [write for write in self.writes if write.at not in rows]
        self.writes += [write for write in later.writes if write.at in rows]


def _placed(row: RecordRow | LinkRow, pointer: str) -> str:
    """The pointer into the row as it was sent; only a record's facts may stand elsewhere than at its top."""
    if isinstance(row, LinkRow) or pointer in ("", "/id", "/revision"):
        return pointer
    return row.under + pointer


REJECTED = "The row that states the record it refers to was rejected."

Found = Callable[[str], Row | None]
"""The record a key or id names, as it stands or will stand; None where there is none."""


def names(rows: Iterable[RecordRow | LinkRow]) -> set[str]:
    """Every key and id the rows speak of: what must be read before anything is decided."""
    found: set[str] = set()
    for row in rows:
        found |= {name for _, name in references(row)}
        if isinstance(row, LinkRow):
            found |= {row.source, row.target}
        else:
            found |= {row.key, *keys(row.facts.get("identifiers"))}
    return found


def keys(identifiers: Any) -> Iterator[str]:
    """The keys of stated identifiers, of those that are well formed."""
    for each in identifiers if isinstance(identifiers, list | tuple) else ():
        if isinstance(each, dict) and isinstance(each.get("value"), str):
            yield Identifier.spelt(f"{each.get('scheme')}|{each['value']}")


@cache
def _referring(kind: type[Node] | type[Link]) -> tuple[tuple[str, str], ...]:
    return tuple(kind.references().items())


def references(row: RecordRow | LinkRow) -> Iterator[tuple[str, str]]:
    """Each fact of the row that refers to a record, and the key or id it gives."""
    for name, _ in _referring(row.kind):
        value = row.facts.get(name)
        for each in value if isinstance(value, list | tuple) else (value,):
            if isinstance(each, str):
                yield name, Identifier.spelt(each)


def nobody(_: str) -> bool:
    """No key is one of a row that was rejected."""
    return False


def resolved(
    row: RecordRow | LinkRow, found: Found, rejected: Callable[[str], bool] = nobody
) -> tuple[dict[str, Any], list[Fault]]:
    """The row's facts with ids where it named records, and a fault for each name of no record."""
    facts, wrong = dict(row.facts), []
    for name, kind in _referring(row.kind):
        value = facts.get(name)
        many = isinstance(value, list | tuple)
        ids = []
        for at, each in enumerate(value if isinstance(value, list | tuple) else (value,)):
            if not isinstance(each, str):
                ids.append(each)
                continue
            record = found(Identifier.spelt(each))
            if record is None or record["kind"] != kind:
                pointer = f"/{name}/{at}" if many else f"/{name}"
                wrong.append(
                    Fault(pointer, "reference_rejected", REJECTED)
                    if rejected(Identifier.spelt(each))
                    else Fault(pointer, "reference_unknown", f"There is no {kind} with this key or id.")
                )
            else:
                ids.append(record["id"])
        if value is not None:
            facts[name] = ids if many else (ids[0] if ids else None)
    return facts, wrong
