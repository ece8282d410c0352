"""How a file's columns become facts: the mapping file of `import`, and the rows it gives."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from app.domain import faults
from app.errors import Fault, Invalid
from app.imports.cells import day_of, fact, places
from app.imports.files import Table, json_object
from app.imports.rows import Intake, NotTaken, Place, RecordRow, Remark
from app.who import PEOPLE
from graph_schema import KIND_BY_NAME
from graph_schema.core import Identifier, Node

RESERVED = (PEOPLE,)
"""Names of sources that no file may take."""
KEY = "key"
"""What the column of keys is called in the tables the service hands out."""
REFUSED = "refused because"
"""The column that says why a row was refused: added to what is handed back, passed over when it returns."""
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
"""An id of ours: a UUID of version 7, which the GUIDs of other systems hardly ever are."""
_IDENTIFIER = re.compile(r"identifiers\.[a-z0-9][a-z0-9_.-]*")


class Mapping(BaseModel):
    """A mapping file: which kind the rows are, whose keys they carry, and which column is which fact.

    A fact may be named `tags`, `organisation` (cells hold `scheme|value`), `identifiers.<scheme>`, or
    `<structure>.<part>` such as `not_applicable.reason`. Several columns may feed one list.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Annotated[str, Field(description="Kind of the records, such as Project.")]
    scheme: Annotated[
        str,
        Field(
            max_length=60,
            pattern=r"^[a-z0-9][a-z0-9_.-]*$",
            description="Scheme of the rows' keys; also the name of the source.",
        ),
    ]
    key: Annotated[
        str | None,
        Field(min_length=1, description="The column that holds each row's key; JSON Lines need none."),
    ] = None
    columns: Annotated[dict[str, str], Field(max_length=500, description="Column -> fact.")] = {}
    sheet: Annotated[
        str, Field(max_length=200, description="Which sheet of a workbook; empty: the first.")
    ] = ""

    @field_validator("kind")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in KIND_BY_NAME:
            raise PydanticCustomError("unknown_kind", "There is no kind of this name; see /v1/schema.")
        return value

    @field_validator("scheme")
    @classmethod
    def _free(cls, value: str) -> str:
        if value in RESERVED:
            raise PydanticCustomError("reserved", "This name is kept for what people state themselves.")
        return value

    @property
    def node(self) -> type[Node]:
        """The kind of the rows."""
        return KIND_BY_NAME[self.kind]


def is_identifier(name: str) -> bool:
    """Whether a column is mapped to the keys of some register: `identifiers.<scheme>`."""
    return _IDENTIFIER.fullmatch(name) is not None


def is_many(name: str, kind: type[Node]) -> bool:
    """Whether several columns may feed the fact."""
    return is_identifier(name) or (name in places(kind) and places(kind)[name].many)


_OURS = ("unknown_kind", "reserved")


def mapping(data: bytes, kind: str | None = None) -> Mapping:
    """The mapping a file states, or `Invalid` with every fault. `kind` is the one asked for."""
    try:
        stated = json_object(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Invalid(faults=[Fault("", "encoding", "The mapping is not UTF-8.")]) from None
    if kind is not None:
        stated.setdefault("kind", kind)
    found = of(stated)
    if kind is not None and found.kind != kind:
        says = "The mapping is for another kind than the one asked for."
        raise Invalid(faults=[Fault("/kind", "kind_differs", says)])
    return found


def of(stated: dict[str, Any]) -> Mapping:
    """The mapping that is stated, or `Invalid` with every fault."""
    try:
        found = Mapping.model_validate(stated)
    except ValidationError as error:
        raise Invalid(
            faults=[
                Fault(faults.pointer(each["loc"]), each["type"], each["msg"])
                if each["type"] in _OURS
                else faults.fault(each)
                for each in error.errors(include_url=False, include_input=False)
            ]
        ) from None
    wrong = list(_misfits(found))
    if wrong:
        raise Invalid(faults=wrong)
    return found


def _misfits(found: Mapping) -> list[Fault]:
    """What the kind has no place for."""
    known = places(found.node)
    wrong, seen = [], set()
    for at, name in enumerate(found.columns.values(), 1):
        if name not in known and not is_identifier(name):
            says = f"{found.kind} has no fact of this name, which column {at} of the mapping asks for; "
            wrong.append(Fault("/columns", "unknown_field", f"{says}see docs/model.md or /v1/schema."))
        elif name in seen and not is_many(name, found.node):
            says = f"Column {at} of the mapping feeds a fact that holds one value and has another column."
            wrong.append(Fault("/columns", "field_twice", says))
        seen.add(name)
    return wrong


def rows(read: Table, stated: Mapping, organisation: str | None = None) -> Intake:
    """The records a table states under a mapping. Columns it does not map are listed, not taken.

    `organisation` is that of rows that do not say whose they are.
    """
    if stated.key is None:
        raise Invalid(faults=[Fault("/key", "missing", "Say which column holds the key.")])
    intake = Intake(faults=list(read.faults), warnings=list(read.warnings))
    wanted = [stated.key, *stated.columns]
    missing = [column for column in wanted if column not in read.columns]
    if read.columns and missing:
        place = Place(read.name, 1)
        says = f"{len(missing)} of the {len(wanted)} mapped columns are not in the header."
        return Intake(
            faults=[*intake.faults, Remark(place, "column_missing", says)], warnings=intake.warnings
        )
    intake.not_taken += [
        NotTaken(f"{read.name}: {column}", "the mapping has no such column", len(read.rows))
        for column in read.columns
        if column not in wanted and column != REFUSED
    ]
    only = frozenset(name.partition(".")[0] for name in stated.columns.values())
    for place, cells in read.rows:
        if not cells[stated.key]:
            intake.faults.append(Remark(place, "key_missing", "The row has no key."))
            continue
        intake.warnings += _days(place, cells, stated)
        key = _key(stated.scheme, cells[stated.key])
        facts, otherwise = _facts(cells, stated), {"organisation": organisation} if organisation else {}
        facts |= {
            name: otherwise.get(name) for name in ("organisation",) if name in facts and not facts[name]
        }
        intake.rows.append(RecordRow(place, stated.node, key, facts, only, otherwise=otherwise))
    return intake


def _key(scheme: str, value: str) -> str:
    """What a row's record is found by: its key, or the id under which a template shows one without."""
    return value if _ID.fullmatch(value) else Identifier.model_construct(scheme=scheme, value=value).key


def _days(place: Place, cells: dict[str, str], stated: Mapping) -> list[Remark]:
    """A word on each day that was read from something else than YYYY-MM-DD."""
    known = places(stated.node)
    found = []
    for column, name in stated.columns.items():
        meant = day_of(cells[column]) if name in known and known[name].day else None
        if meant:
            says = f"This is read as {meant.isoformat()}: a number as a spreadsheet's day, 4/5/2026 as 4 May."
            found.append(Remark(place, "day_read", says, f"/{name.replace('.', '/')}"))
    return found


def _facts(cells: dict[str, str], stated: Mapping) -> dict[str, Any]:
    known = places(stated.node)
    facts: dict[str, Any] = {}
    for column, name in stated.columns.items():
        root, _, part = name.partition(".")
        cell = cells[column]
        if root == "identifiers" and part:
            facts.setdefault("identifiers", [])
            if cell:
                facts["identifiers"].append({"scheme": part, "value": cell})
        elif part:
            if cell:
                facts.setdefault(root, {})[part] = fact(cell, known[name])
        elif known[name].many:
            facts.setdefault(name, []).extend(fact(cell, known[name]))
        else:
            facts[name] = fact(cell, known[name])
    return facts
