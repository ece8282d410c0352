"""Rows as flat columns, for CSV and spreadsheets: derived from the row model, so every row has the same."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Any, NamedTuple, TextIO, Union, get_args, get_origin

from pydantic import BaseModel

from graph_schema.values import Money

SEPARATOR = "; "
"""Between several values in one cell."""
Stated = BaseModel | Mapping[str, Any]
"""A row, or the plain JSON that states one."""
Cell = str | bool | int | float | Decimal | date | None
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
"""Apostrophes before it are counted in, so that whoever takes one away has the text as it was."""
_NUMBER = re.compile(r"[+-]?[\d.,\s]*%?")


def write(out: TextIO, row: type[BaseModel], rows: Iterable[Stated]) -> None:
    """Write rows as RFC 4180 CSV: one header line, columns of the row model, no byte order mark."""
    write_cells(out, [columns(row)])
    write_cells(out, (flat(row, each).values() for each in rows))


def write_cells(out: TextIO, rows: Iterable[Iterable[str]]) -> None:
    """Write rows of text as RFC 4180 CSV, none of whose cells a spreadsheet runs."""
    csv.writer(out, lineterminator="\r\n").writerows([inert(cell) for cell in row] for row in rows)


def as_csv(rows: Iterable[Iterable[str]]) -> str:
    """Rows of text as a CSV file holds them."""
    text = io.StringIO()
    write_cells(text, rows)
    return text.getvalue()


def inert(cell: str) -> str:
    """The cell as no spreadsheet runs it: what would be a formula begins with an apostrophe."""
    runs = _FORMULA.match(cell) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if runs else cell


def columns(row: type[BaseModel]) -> list[str]:
    """The columns of a row model; a structure has one for each of its parts, such as `breaks_at_reason`."""
    return list(_columns(row))


def _columns(row: type[BaseModel]) -> Iterator[str]:
    for each in _fields(row):
        if each.structure is None:
            yield each.shown
        else:
            yield from (f"{each.shown}_{part}" for part in _columns(each.structure))


def flat(model: type[BaseModel], row: Stated) -> dict[str, str]:
    """A row as text by column. A list is one cell a column, its values in order; what is absent is empty."""
    return {name: _text(values) for name, values, _ in _cells(model, [row])}


def typed(model: type[BaseModel], row: Stated) -> dict[str, Cell]:
    """A row by column as a spreadsheet holds it: numbers, days, yes and no; everything else is text.

    Money is in pounds. Several values in one cell are text.
    """
    return {name: _value(values, field) for name, values, field in _cells(model, [row])}


class _Field(NamedTuple):
    """A field of a row model, as its columns need it."""

    name: str
    shown: str
    structure: type[BaseModel] | None
    """The model it holds, or holds a list of."""
    is_money: bool
    is_day: bool


@cache
def _fields(model: type[BaseModel]) -> tuple[_Field, ...]:
    return tuple(
        _Field(
            name,
            field.alias or name,
            _structure(field.annotation),
            _holds(field.annotation, Money),
            _holds(field.annotation, date),
        )
        for name, field in model.model_fields.items()
    )


def _cells(model: type[BaseModel], stated: list[Stated]) -> Iterator[tuple[str, list[Any], _Field]]:
    """Each column, the values that its cell holds, and the field they are of."""
    for field in _fields(model):
        values = [value for each in stated for value in _values(_stated(each, field))]
        if field.structure is None:
            yield field.shown, values, field
        else:
            parts = [value for value in values if value is not None]
            for part, found, inner in _cells(field.structure, parts):
                yield f"{field.shown}_{part}", found, inner


def _stated(row: Stated, field: _Field) -> Any:
    return row.get(field.shown) if isinstance(row, Mapping) else getattr(row, field.name)


def _values(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _text(values: list[Any]) -> str:
    return SEPARATOR.join("" if value is None else str(value) for value in values)


def _value(values: list[Any], field: _Field) -> Cell:
    if len(values) != 1:
        return _text(values) or None
    (value,) = values
    if isinstance(value, Money) or (field.is_money and isinstance(value, str)):
        return Decimal(str(value))
    if field.is_day and isinstance(value, str):
        return date.fromisoformat(value)
    plain = value is None or (isinstance(value, bool | int | float | date) and not isinstance(value, Enum))
    return value if plain else str(value)


def _holds(annotation: Any, wanted: type) -> bool:
    """Whether a field holds a value of this type, or a list of such."""
    return annotation is wanted or any(_holds(part, wanted) for part in get_args(annotation))


def _structure(annotation: Any) -> type[BaseModel] | None:
    """The model a field holds, or holds a list of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, UnionType, Annotated, list, tuple):
        return next((found for part in get_args(annotation) if (found := _structure(part))), None)
    return None
