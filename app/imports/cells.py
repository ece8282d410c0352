"""Text of a CSV cell to a fact: what a cell can feed, and how its text is read."""

import re
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from graph_schema.core import Facts, Node
from graph_schema.cypher import structure_of
from graph_schema.values import Money

_WHOLE = re.compile(r"-?\d{1,18}")


@dataclass(frozen=True)
class Cell:
    """What a fact wants of a cell."""

    whole_number: bool
    yes_or_no: bool
    many: bool
    """The cell holds several values, separated by `;`."""


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
    )


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
    """The fact a cell states; an empty one states that there is none. What cannot be read stays text."""
    if wanted.many:
        return [part.strip() for part in cell.split(";") if part.strip()]
    if not cell:
        return None
    if wanted.whole_number and _WHOLE.fullmatch(cell):
        return int(cell)
    if wanted.yes_or_no:
        return {"true": True, "yes": True, "false": False, "no": False}.get(cell.lower(), cell)
    return cell
