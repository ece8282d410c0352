"""Rows as flat columns, for CSV and spreadsheets: derived from the row model, so every row has the same."""

import csv
import re
from collections.abc import Iterable, Iterator
from types import UnionType
from typing import Annotated, Any, TextIO, Union, get_args, get_origin

from pydantic import BaseModel

SEPARATOR = "; "
"""Between several values in one cell."""
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
"""Apostrophes before it are counted in, so that whoever takes one away has the text as it was."""
_NUMBER = re.compile(r"[+-]?[\d.,\s]*%?")


def write(out: TextIO, row: type[BaseModel], rows: Iterable[BaseModel]) -> None:
    """Write rows as RFC 4180 CSV: one header line, columns of the row model, no byte order mark."""
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns(row))
    writer.writerows([inert(cell) for cell in flat(each).values()] for each in rows)


def inert(cell: str) -> str:
    """The cell as no spreadsheet runs it: what would be a formula begins with an apostrophe."""
    runs = _FORMULA.match(cell) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if runs else cell


def columns(row: type[BaseModel]) -> list[str]:
    """The columns of a row model; a structure has one for each of its parts, such as `breaks_at_reason`."""
    return list(_columns(row))


def _columns(row: type[BaseModel]) -> Iterator[str]:
    for name, field in row.model_fields.items():
        structure = _structure(field.annotation)
        if structure is None:
            yield name
        else:
            yield from (f"{name}_{part}" for part in _columns(structure))


def flat(row: BaseModel) -> dict[str, str]:
    """A row as text by column. A list is one cell a column, its values in order; what is absent is empty."""
    return dict(_flat(type(row), [row]))


def _flat(model: type[BaseModel], stated: list[Any]) -> Iterator[tuple[str, str]]:
    for name, field in model.model_fields.items():
        values = [value for each in stated for value in _values(getattr(each, name))]
        structure = _structure(field.annotation)
        if structure is None:
            yield name, SEPARATOR.join("" if value is None else str(value) for value in values)
        else:
            parts = [value for value in values if value is not None]
            yield from ((f"{name}_{part}", text) for part, text in _flat(structure, parts))


def _values(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _structure(annotation: Any) -> type[BaseModel] | None:
    """The model a field holds, or holds a list of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, UnionType, Annotated, list, tuple):
        return next((found for part in get_args(annotation) if (found := _structure(part))), None)
    return None
