"""How kinds stand in the store: facts to properties and back, and the only place a label enters Cypher text.

A record is `(:Record:<Kind>)`, a link a relationship of its label. Days are ISO 8601 text, in sorting order.
Neo4j keeps no maps and no nulls in lists, so a structure is stored flat: one as `<field>_<part>`, a list of
structures as parallel lists of the same names, where an absent value is "", and an open end 9999-12-31.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from graph_schema.core import PERSONAL, Facts, Link, Node, Structure
from graph_schema.values import Money

F = TypeVar("F", bound=Facts)

END_OF_TIME = "9999-12-31"
_OPEN = {"to": END_OF_TIME}
_NOT_STORED = ("identifiers",)  # nodes of their own

Stored = dict[str, Any]


def label(kind: type[Node] | type[Link]) -> str:
    """The kind's label as Cypher text. Kinds are classes of ours, so this never quotes a caller's words."""
    return f"`{kind.label if issubclass(kind, Link) else kind.__name__}`"


def labels(kinds: tuple[type[Node] | type[Link], ...]) -> str:
    """A label expression that matches any of the kinds: `A`|`B`."""
    return "|".join(label(kind) for kind in kinds)


def kind_of(record: str) -> str:
    """Cypher text of the kind of the record bound to this variable."""
    return f"[name IN labels({record}) WHERE name <> 'Record'][0]"


def in_dates(name: str, day: str = "$day") -> str:
    """Cypher predicate: it is so on the day: from inclusive, to exclusive, an empty end open."""
    return (
        f"(({name}.valid_from IS NULL OR {name}.valid_from <= {day})"
        f" AND ({name}.valid_to IS NULL OR {day} < {name}.valid_to))"
    )


def structure_of(annotation: Any) -> tuple[type[Structure] | None, bool]:
    """The structure a field holds, if it holds one, and whether it holds a list of them."""
    many = False
    todo = [annotation]
    while todo:
        part = todo.pop()
        if isinstance(part, type) and issubclass(part, Structure):
            return part, many
        if get_origin(part) is tuple:
            many = True
        if get_origin(part) in (tuple, Union, UnionType, Annotated):
            todo.extend(get_args(part))
    return None, False


_AS_IT_IS = frozenset({str, int, float, bool, type(None)})


def _plain(value: Any) -> Any:
    if type(value) in _AS_IT_IS:
        return value
    if isinstance(value, Money):
        return int(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _cell(name: str, value: Any) -> Any:
    if value is None or value == "":
        return _OPEN.get(name, "")
    plain = _plain(value)
    return ",".join(plain) if isinstance(plain, list) else plain


@cache
def _fields(kind: type[Facts]) -> tuple[tuple[str, FieldInfo, type[Structure] | None, bool], ...]:
    """What is stored of a kind: name, field, the structure it holds, and whether it holds a list of them."""
    return tuple(
        (name, field, *structure_of(field.annotation))
        for name, field in kind.model_fields.items()
        if name not in _NOT_STORED
    )


def stored(facts: Facts) -> Stored:
    """The properties that hold these facts. A fact not stated is None, so that `SET n += ` clears it."""
    properties: Stored = {}
    for name, _, structure, many in _fields(type(facts)):
        value = getattr(facts, name)
        if structure is None:
            properties[name] = _plain(value)
            continue
        for part, part_field in structure.model_fields.items():
            written = part_field.alias or part
            if many:
                properties[f"{name}_{written}"] = [_cell(written, getattr(item, part)) for item in value]
            else:
                properties[f"{name}_{written}"] = _plain(getattr(value, part)) if value is not None else None
    return properties


def restored(kind: type[F], properties: Stored) -> dict[str, Any]:
    """The facts these properties hold, as JSON states them: what the kind validates and routes answer."""
    return {name: read(properties) for name, read in _readers(kind)}


@cache
def stating(kind: type[Facts]) -> dict[str, str]:
    """Each fact, `<structure>.<part>` in a structure, and the condition that `{n}` states it, as Cypher text.

    Facts that say who a person is are left out.
    """
    found: dict[str, str] = {}
    for name, field, structure, many in _fields(kind):
        if name in kind.marked(PERSONAL):
            continue
        if structure is None:
            column = f"{{n}}.`{name}`"
            found[name] = f"size({column}) > 0" if _many(field.annotation) else f"{column} IS NOT NULL"
            continue
        for part, part_field in structure.model_fields.items():
            written = part_field.alias or part
            column = f"{{n}}.`{name}_{written}`"
            absent = _OPEN.get(written, "")
            found[f"{name}.{written}"] = (
                f"any(each IN {column} WHERE each <> '{absent}')" if many else f"{column} IS NOT NULL"
            )
    return found


Reader = Callable[[Stored], Any]


@cache
def _readers(kind: type[Facts]) -> tuple[tuple[str, Reader], ...]:
    """For each fact of a kind how it is read: made once, since a list of records reads thousands."""
    return tuple(
        (name, _fact(name, field) if structure is None else (_items if many else _one)(structure, name))
        for name, field, structure, many in _fields(kind)
    )


def _fact(name: str, field: FieldInfo) -> Reader:
    written = _written(field.annotation)
    default = None if field.is_required() else _plain(field.get_default(call_default_factory=True))
    absent = written(default)

    def read(properties: Stored) -> Any:
        value = properties.get(name)
        if value is None:
            return list(absent) if isinstance(absent, list) else absent
        return value if written is _as_it_is else written(value)

    return read


def _written(annotation: Any) -> Callable[[Any], Any]:
    """How a stored value of this type is written in JSON."""
    if _holds(annotation, Money):
        return lambda value: None if value is None else str(Money(value))
    if _holds(annotation, Decimal):
        return lambda value: None if value is None else decimal_text(value)
    return _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


def decimal_text(value: float) -> str:
    """A stored number as the decimal string JSON carries: no exponent, no trailing zeros."""
    written = format(Decimal(repr(float(value) + 0.0)), "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def _holds(annotation: Any, wanted: type) -> bool:
    if annotation is wanted:
        return True
    return get_origin(annotation) in (Union, UnionType, Annotated) and any(
        _holds(part, wanted) for part in get_args(annotation)
    )


def _items(structure: type[Structure], name: str) -> Reader:
    parts = []
    for part, field in structure.model_fields.items():
        as_json = field.alias or part
        parts.append((as_json, f"{name}_{as_json}", _cell_reader(as_json, field)))

    def read(properties: Stored) -> list[dict[str, Any]]:
        length = max(len(properties.get(column) or ()) for _, column, _ in parts)
        columns = [
            # A part added to the structure later is absent in what was stored before.
            (as_json, properties.get(column) or [_OPEN.get(as_json, "")] * length, cell)
            for as_json, column, cell in parts
        ]
        return [{as_json: cell(values[row]) for as_json, values, cell in columns} for row in range(length)]

    return read


def _cell_reader(name: str, field: FieldInfo) -> Callable[[Any], Any]:
    absent, many, written = _OPEN.get(name, ""), _many(field.annotation), _written(field.annotation)

    def read(cell: Any) -> Any:
        if many:
            return [] if cell == absent else cell.split(",")
        return None if cell == absent else written(cell)

    return read


def _many(annotation: Any) -> bool:
    return get_origin(annotation) is tuple or (
        get_origin(annotation) in (Union, UnionType, Annotated)
        and any(_many(part) for part in get_args(annotation))
    )


def _one(structure: type[Structure], name: str) -> Reader:
    parts = [
        (field.alias or part, f"{name}_{field.alias or part}", _written(field.annotation))
        for part, field in structure.model_fields.items()
    ]

    def read(properties: Stored) -> dict[str, Any] | None:
        facts = {as_json: written(properties.get(column)) for as_json, column, written in parts}
        return None if all(value is None for value in facts.values()) else facts

    return read
