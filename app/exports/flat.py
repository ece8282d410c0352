"""A record or link as a row of named cells: what tables and graph programs take, derived from the kinds."""

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from app.domain.ledger import Answer
from app.domain.links import SERVICE
from graph_schema import LINK_KINDS, NODE_KINDS
from graph_schema.core import Facts
from graph_schema.values import Money

SEPARATOR = "; "
"""Between several values in one cell."""
RECORD = ("id", "kind", "revision", "status", "source", "changed_at")
LINK = (
    "id", "kind", "from", "from_kind", "from_title", "to", "to_kind", "to_title",
    "revision", "source", "changed_at", *SERVICE,
)  # fmt: skip
"""The service's own columns, before the facts."""
_NUMBERS = {bool: "boolean", int: "long", float: "double", Decimal: "double", Money: "double"}

Cell = str | int | float | bool | None


@dataclass(frozen=True)
class Column:
    """A column: what it is called, and its type as GraphML names it."""

    name: str
    type: str = "string"


@cache
def columns(kind: type[Facts] | None, of_links: bool) -> tuple[Column, ...]:
    """The columns of a kind, or of all kinds of record or of link together."""
    kinds = (kind,) if kind else LINK_KINDS if of_links else NODE_KINDS
    found: dict[str, str] = {name: "long" if name == "revision" else "string" for name in service(of_links)}
    for each in kinds:
        for name, field in each.model_fields.items():
            type_ = _type_of(field.annotation)
            called = column_of(name, of_links)
            found[called] = type_ if found.get(called, type_) == type_ else "string"
    return tuple(Column(name, type_) for name, type_ in found.items())


def service(of_links: bool) -> tuple[str, ...]:
    """The service's own columns of records or links."""
    return LINK if of_links else RECORD


def column_of(fact: str, of_links: bool) -> str:
    """What the column of a fact is called: not as one of the service's own."""
    return f"stated_{fact}" if fact in service(of_links) else fact


def row_of(state: Answer) -> dict[str, Cell]:
    """A record or link as cells by column; a list is one cell, a structure is JSON."""
    of_links = "from" in state
    row: dict[str, Cell] = {name: state.get(name) for name in service(of_links)}
    for side in ("from", "to") if of_links else ():
        end = state[side]
        row |= {side: end["id"], f"{side}_kind": end["kind"], f"{side}_title": end["title"]}
    for name, value in state["facts"].items():
        row[column_of(name, of_links)] = _cell(name, value)
    return row


def text_of(cell: Cell) -> str:
    """A cell as text; what is absent is empty."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return "" if cell is None else str(cell)


def _cell(name: str, value: Any) -> Cell:
    if name == "identifiers":
        return SEPARATOR.join(f"{each['scheme']}|{each['value']}" for each in value)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return SEPARATOR.join(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return value  # type: ignore[no-any-return]


def _type_of(annotation: Any) -> str:
    found = set(_plain(annotation))
    return _NUMBERS[found.pop()] if len(found) == 1 and found <= _NUMBERS.keys() else "string"


def _plain(annotation: Any) -> list[Any]:
    """The types a fact may have, absence aside."""
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        return [found for each in get_args(annotation) for found in _plain(each)]
    if origin is Annotated:
        return _plain(get_args(annotation)[0])
    return [] if annotation is type(None) else [annotation]
