"""A file somebody hands in, to rows: JSON Lines; or CSV or a sheet of a workbook, under a mapping."""

from app.errors import Fault, Invalid
from app.imports import files, jsonl, sheets
from app.imports import mapping as mappings
from app.imports.files import Table
from app.imports.mapping import Mapping
from app.imports.rows import Intake
from graph_schema.core import Node

TABLES = ("csv", "xlsx", "ods")
LINES = ("jsonl", "ndjson")


def form_of(name: str) -> str:
    """What a file is by the ending of its name, or `Invalid`."""
    ending = name.lower().rpartition(".")[2]
    if ending not in (*TABLES, *LINES):
        *most, last = (f".{each}" for each in (*TABLES, *LINES))
        says = f"The file's name must end in {', '.join(most)} or {last}."
        raise Invalid(faults=[Fault("", "file_type", says)])
    return ending


def read_table(data: bytes, name: str, sheet: str = "", form: str | None = None) -> Table:
    """The table a CSV file or a workbook holds; of a workbook the sheet of this name, or the first.

    `form` says what it is where its name does not.
    """
    if (form or form_of(name)) == "csv":
        return files.table(data, name, files.delimiter_of(data))
    return sheets.table(data, name, sheet)


def read_file(
    data: bytes,
    name: str,
    kind: type[Node] | None = None,
    mapping: Mapping | None = None,
    scheme: str | None = None,
    sheet: str = "",
) -> Intake:
    """The rows of a file: a table needs a mapping; JSON Lines may have one for kind and scheme.

    `scheme` is that of the keys of JSON Lines without a mapping.
    """
    if form_of(name) in LINES:
        named = mapping.node if kind is None and mapping else kind
        return jsonl.rows(files.lines(data, name), named, mapping.scheme if mapping else scheme)
    if mapping is None:
        raise Invalid(faults=[Fault("", "mapping_missing", "A table needs a mapping: --map M.json.")])
    return mappings.rows(read_table(data, name, sheet or mapping.sheet), mapping)
