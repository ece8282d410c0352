"""Text of a CSV cell to a fact: what a cell can feed, and how its text is read."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from graph_schema.core import Facts, Node
from graph_schema.cypher import structure_of
from graph_schema.values import Money

_WHOLE = re.compile(r"-?\d{1,18}")
_POUNDS = re.compile(r"(-?)\s*£?\s*(\d{1,3}(?:,\d{3})+|\d+)(\.\d{1,2})?")
_SERIAL = re.compile(r"\d{5,6}")
_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_BEFORE_SERIALS = date(1899, 12, 30)
_SERIALS = range(10_000, 110_000)
"""Days from 1927 to 2201, as spreadsheets number them: a smaller number may be a year."""


@dataclass(frozen=True)
class Cell:
    """What a fact wants of a cell."""

    whole_number: bool
    yes_or_no: bool
    many: bool
    """The cell holds several values, separated by `;`."""
    day: bool = False
    money: bool = False
    codes: tuple[str, ...] = ()
    """The list the value is from, where there is one."""


@cache
def places(kind: type[Node]) -> dict[str, Cell]:
    """Every name a column can be mapped to: facts of the kind, and `<structure>.<part>` where it has one."""
    found: dict[str, Cell] = {}
    for name, field in kind.model_fields.items():
        structure, many = structure_of(field.annotation)
        if structure is None:
            found[name] = _cell(field.annotation)
        elif not many:
            found |= {f"{name}.{part}": cell for part, cell in _parts(structure).items()}
    return found


def _parts(structure: type[Facts]) -> dict[str, Cell]:
    return {field.alias or name: _cell(field.annotation) for name, field in structure.model_fields.items()}


def _cell(annotation: Any) -> Cell:
    plain = _plain(annotation)
    return Cell(
        whole_number=any(each is int for each in plain) and Money not in plain,
        yes_or_no=bool in plain,
        many=tuple in plain,
        day=date in plain,
        money=Money in plain,
        codes=codes(annotation),
    )


def codes(annotation: Any) -> tuple[str, ...]:
    """The list that values of this type are from; empty where there is none."""
    if get_origin(annotation) is Literal:
        return tuple(str(each) for each in get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(str(each.value) for each in annotation)
    return next((found for part in get_args(annotation) if (found := codes(part))), ())


def _plain(annotation: Any) -> set[Any]:
    """The types an annotation is made of, without their marks."""
    if get_origin(annotation) is tuple:
        return {tuple}
    if get_origin(annotation) in (Union, UnionType, Annotated):
        return set().union(*(_plain(part) for part in get_args(annotation) if not _is_mark(part)))
    return {annotation}


def _is_mark(part: Any) -> bool:
    return not (isinstance(part, type | UnionType) or get_origin(part) is not None)


def fact(cell: str, wanted: Cell) -> Any:
    """The fact a cell states; an empty one states that there is none. What cannot be read stays text.

    Reads what spreadsheets and people write: pounds with a sign, commas or one digit of pence, a day with its
    day first or as the number a spreadsheet has for it, a word of a list in other letters.
    """
    if wanted.many:
        parts = (part.strip() for part in cell.split(";"))
        return [_of_list(part, wanted.codes) for part in parts if part]
    if not cell:
        return None
    if wanted.whole_number and _WHOLE.fullmatch(cell):
        return int(cell)
    if wanted.yes_or_no:
        return {"true": True, "yes": True, "false": False, "no": False}.get(cell.lower(), cell)
    if wanted.money:
        return _pounds(cell)
    return _day(cell) if wanted.day else _of_list(cell, wanted.codes)


def _pounds(cell: str) -> str:
    found = _POUNDS.fullmatch(cell)
    if not found:
        return cell
    pence = found[3] or ""
    return found[1] + found[2].replace(",", "") + (f"{pence}0" if len(pence) == 2 else pence)


def day_of(cell: str) -> date | None:
    """The day a cell means that writes it otherwise: a spreadsheet's number for it, or 31/03/2027."""
    if _SERIAL.fullmatch(cell) and int(cell) in _SERIALS:
        return _BEFORE_SERIALS + timedelta(days=int(cell))
    found = _DAY_FIRST.fullmatch(cell)
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found else None
    except ValueError:
        return None


def _day(cell: str) -> str:
    meant = day_of(cell)
    return meant.isoformat() if meant else cell


def _of_list(cell: str, listed: tuple[str, ...]) -> str:
    return next((code for code in listed if plain(code) == plain(cell)), cell) if listed else cell


def plain(words: str) -> str:
    """A name without what people write differently: capitals, spaces, marks."""
    return re.sub(r"[^a-z0-9]", "", words.casefold())
