"""How kinds stand in the store: facts to properties and back, and the only place a label enters Cypher text.

A record is `(:Record:<Kind>)`, a link a relationship of its label. Days are ISO 8601 text, in sorting order.
Neo4j keeps no maps and no nulls in lists, so a structure is stored flat: one as `<field>_<part>`, a list of
structures as parallel lists of the same names, where an absent value is "", and an open end 9999-12-31.
"""

from decimal import Decimal
from enum import Enum
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from graph_schema.core import Facts, Link, Node, Structure
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


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return int(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | type(None)) else value.isoformat()


def _cell(name: str, value: Any) -> Any:
    if value is None or value == "":
        return _OPEN.get(name, "")
    plain = _plain(value)
    return ",".join(plain) if isinstance(plain, list) else plain


def stored(facts: Facts) -> Stored:
    """The properties that hold these facts. A fact not stated is None, so that `SET n += ` clears it."""
    properties: Stored = {}
    for name, field in type(facts).model_fields.items():
        value = getattr(facts, name)
        structure, many = structure_of(field.annotation)
        if name in _NOT_STORED:
            continue
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
    facts: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        structure, many = structure_of(field.annotation)
        if name in _NOT_STORED:
            continue
        if structure is None:
            value = properties.get(name)
            if value is None:
                value = field.get_default(call_default_factory=True) if not field.is_required() else None
                value = [] if value == () else _plain(value)
            facts[name] = _json(field.annotation, value)
        elif many:
            facts[name] = _items(structure, name, properties)
        else:
            facts[name] = _one(structure, name, properties)
    return facts


def _json(annotation: Any, value: Any) -> Any:
    if value is None:
        return None
    if _holds(annotation, Money):
        return str(Money(value))
    if _holds(annotation, Decimal):
        return decimal_text(value)
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


def _items(structure: type[Structure], name: str, properties: Stored) -> list[dict[str, Any]]:
    columns = {
        field.alias or part: properties.get(f"{name}_{field.alias or part}") or []
        for part, field in structure.model_fields.items()
    }
    length = max((len(column) for column in columns.values()), default=0)
    items = []
    for row in range(length):
        item: dict[str, Any] = {}
        for part, field in structure.model_fields.items():
            written = field.alias or part
            cell = columns[written][row]
            absent = cell == _OPEN.get(written, "")
            if get_origin(field.annotation) is tuple or _many(field.annotation):
                item[written] = [] if absent else cell.split(",")
            else:
                item[written] = None if absent else _json(field.annotation, cell)
        items.append(item)
    return items


def _many(annotation: Any) -> bool:
    return get_origin(annotation) is tuple or (
        get_origin(annotation) in (Union, UnionType, Annotated)
        and any(_many(part) for part in get_args(annotation))
    )


def _one(structure: type[Structure], name: str, properties: Stored) -> dict[str, Any] | None:
    parts = {
        field.alias or part: _json(field.annotation, properties.get(f"{name}_{field.alias or part}"))
        for part, field in structure.model_fields.items()
    }
    return None if all(value is None for value in parts.values()) else parts
