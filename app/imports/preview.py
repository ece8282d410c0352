"""What a file holds, shown before anything is made of it: sheets, columns, first rows, a guessed mapping."""

from typing import Any

from app.errors import Fault, Invalid
from app.imports import files, jsonl
from app.imports.cells import places
from app.imports.files import Table
from app.imports.mapping import REFUSED, Mapping
from app.imports.rows import Remark
from graph_schema.core import Node

FIRST = 5
MOST_REMARKS = 20


def of_lines(data: bytes, name: str, kind: type[Node] | None, scheme: str | None) -> dict[str, Any]:
    """What JSON Lines hold; they say themselves what each member is."""
    lines = files.lines(data, name)
    intake = jsonl.rows(lines, kind, scheme)
    first = [{"row": place.row, "cells": stated} for place, stated in lines.rows[:FIRST]]
    return _shown([], "", len(lines.rows), first, intake.faults) | {"columns": [], "mapping": None}


def of_table(table: Table, mapping: Mapping | None) -> dict[str, Any]:
    """What a table holds, and what becomes of each column under a mapping."""
    first = [{"row": place.row, "cells": cells} for place, cells in table.rows[:FIRST]]
    remarks = [*table.faults, *table.warnings]
    return _shown(list(table.sheets), table.sheet, len(table.rows), first, remarks) | {
        "columns": [{"column": column} | _becomes(column, mapping) for column in table.columns],
        "mapping": mapping.model_dump() | {"sheet": table.sheet} if mapping else None,
        "fields": [*places(mapping.node), "identifiers.<scheme>"] if mapping else [],
    }


def _shown(
    sheets: list[str], sheet: str, rows: int, first: list[dict[str, Any]], remarks: list[Remark]
) -> dict[str, Any]:
    return {
        "sheets": sheets,
        "sheet": sheet,
        "rows": rows,
        "first": first,
        "remarks": [each.as_json() for each in remarks[:MOST_REMARKS]],
    }


def _becomes(column: str, mapping: Mapping | None) -> dict[str, Any]:
    if column == REFUSED:
        return {"becomes": None, "why": "It says why a row was refused before; it is passed over."}
    if mapping is None:
        return {"becomes": None, "why": "Name the kind of the records and the scheme of their keys."}
    if column == mapping.key:
        return {"becomes": "key", "why": None}
    fact = mapping.columns.get(column)
    why = None if fact else f"{mapping.kind} has no fact that is called so; name one, or leave it out."
    return {"becomes": fact, "why": why}


def fitting(mapping: Mapping, table: Table) -> Mapping:
    """The mapping, for the sheet that was read; refuses one that names what the table lacks.

    A table that could not be read has nothing to map: what is wrong with it is said instead.
    """
    if table.faults and not table.columns:
        raise Invalid(faults=[Fault("", each.code, each.detail) for each in table.faults])
    if mapping.key is None:
        says = "No column seems to hold the rows' keys; say which in `key`."
        raise Invalid(faults=[Fault("/key", "missing", says)])
    lacks = {mapping.key, *mapping.columns} - set(table.columns)
    if lacks:
        says = f"{len(lacks)} of the columns named are not in the table; the preview lists those that are."
        raise Invalid(faults=[Fault("/columns", "column_missing", says)])
    return mapping.model_copy(update={"sheet": table.sheet})
