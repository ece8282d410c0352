"""An export as JSON Lines, read back as a source's rows: into another database, or another organisation's.

Records are known again by an identifier of the source, or by one made of the id they had. What a file may not
state is left out and listed: whether a link was accepted, and records that are no longer in use.
"""

from collections import Counter
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.imports.files import Lines
from app.imports.rows import Intake, LinkRow, NotTaken, Place, RecordRow, Remark
from graph_schema import KIND_BY_NAME, LINK_BY_LABEL
from graph_schema.core import Facts

_SCHEME = "golden-thread"
"""Of keys made of ids, where the import names no scheme."""
_WHY = {
    "retired records and their links": "a file states what is in use",
    "acceptances and disputes": "they are acts of people; the links are proposed anew",
    "links and references to records that are not in the file": "there is nothing to join",
}


def is_one(read: Lines) -> bool:
    """Whether these are the lines of an export."""
    return bool(read.rows) and set(read.rows[0][1]) == {"export"}


_ODD = "The line is no record and no link of an export: its members are not of the form an export has."


class _Loose(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)


class _Identifier(_Loose):
    scheme: str
    value: str


class _Facts(_Loose):
    identifiers: list[_Identifier] = []


class _End(_Loose):
    id: str


class _Line(_Loose):
    """What of a line must be of one form before its facts are looked at."""

    kind: str = ""
    id: str = ""
    link: str = ""
    facts: _Facts = _Facts()
    from_: Annotated[_End | None, Field(alias="from")] = None
    to: _End | None = None


def _is_sound(line: dict[str, Any]) -> bool:
    try:
        made = _Line.model_validate(line)
    except ValidationError:
        return False
    return "link" not in line or (made.from_ is not None and made.to is not None)


def rows(read: Lines, scheme: str | None) -> Intake:
    """The records and links of an export."""
    told = _Reading(scheme or _SCHEME)
    intake = Intake(faults=list(read.faults))
    _, *lines = read.rows
    if not lines or set(lines[-1][1]) != {"end"}:
        says = "The export has no end: it was cut short. Export again."
        intake.faults.append(Remark(read.rows[-1][0], "cut_short", says))
    odd = [Remark(place, "line_shape", _ODD) for place, line in lines if not _is_sound(line)]
    intake.faults += odd
    lines = [(place, line) for place, line in lines if _is_sound(line) and set(line) != {"end"}]
    for _, line in lines:
        told.name(line)
    for place, line in lines:
        row = told.link(place, line) if "link" in line else told.record(place, line)
        if isinstance(row, Remark):
            intake.faults.append(row)
        elif row is not None:
            intake.rows.append(row)
    intake.not_taken = [NotTaken(what, _WHY[what], count) for what, count in told.left_out.items() if count]
    return intake


class _Reading:
    """Reads one export."""

    def __init__(self, scheme: str) -> None:
        self._scheme = scheme
        self._keys: dict[str, str] = {}
        self._retired: set[str] = set()
        self.left_out: Counter[str] = Counter()

    def name(self, line: dict[str, Any]) -> None:
        """Remember under which key a record is known again."""
        id, facts = line.get("id"), line.get("facts")
        if id is None or facts is None or "link" in line:
            return
        keys = [each["value"] for each in facts.get("identifiers", ()) if each["scheme"] == self._scheme]
        self._keys[id] = f"{self._scheme}|{keys[0] if keys else id}"
        if line.get("status") == "retired":
            self._retired.add(id)

    def record(self, place: Place, line: dict[str, Any]) -> RecordRow | Remark | None:
        """The row that states a record."""
        kind, id = KIND_BY_NAME.get(line.get("kind", "")), line.get("id")
        if kind is None or id not in self._keys:
            return Remark(
                place, "unknown_kind", "The line is no record of an export; see /v1/schema.", "/kind"
            )
        if id in self._retired:
            self.left_out["retired records and their links"] += 1
            return None
        key, facts = self._keys[id], self._named(kind, line["facts"])
        scheme, _, value = key.partition("|")
        own = {"scheme": scheme, "value": value}
        if own not in facts.get("identifiers", ()):
            facts["identifiers"] = [*facts.get("identifiers", ()), own]
        return RecordRow(place, kind, key, facts)

    def link(self, place: Place, line: dict[str, Any]) -> LinkRow | Remark | None:
        """The row that states a link, for its other side to accept."""
        kind = LINK_BY_LABEL.get(line["link"])
        ends = [line[side]["id"] for side in ("from", "to")]
        if kind is None or "facts" not in line:
            return Remark(
                place, "unknown_link_kind", "The line is no link of an export; see /v1/schema.", "/link"
            )
        if not self._retired.isdisjoint(ends):
            self.left_out["retired records and their links"] += 1
            return None
        if not self._keys.keys() >= set(ends):
            self.left_out["links and references to records that are not in the file"] += 1
            return None
        if kind.two_keys and line.get("standing") in ("accepted", "disputed"):
            self.left_out["acceptances and disputes"] += 1
        return LinkRow(
            place, kind, self._keys[ends[0]], self._keys[ends[1]], self._named(kind, line["facts"])
        )

    def _named(self, kind: type[Facts], facts: dict[str, Any]) -> dict[str, Any]:
        """The facts with every record they refer to under its key."""
        named = dict(facts)
        for name in kind.references():
            given = facts.get(name)
            ids = given if isinstance(given, list) else [given] if given else []
            keys = [
                self._keys[id]
                for id in ids
                if isinstance(id, str) and id in self._keys and id not in self._retired
            ]
            self.left_out["links and references to records that are not in the file"] += len(ids) - len(keys)
            named[name] = keys if isinstance(given, list) else (keys[0] if keys else None)
        return named
