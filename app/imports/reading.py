"""A file somebody hands in, to rows: JSON Lines, or CSV under a mapping."""

from app.errors import Fault, Invalid
from app.imports import files, jsonl
from app.imports import mapping as mappings
from app.imports.mapping import Mapping
from app.imports.rows import Intake
from graph_schema.core import Node


def read_file(
    data: bytes,
    name: str,
    kind: type[Node] | None = None,
    mapping: Mapping | None = None,
    scheme: str | None = None,
) -> Intake:
    """The rows of a file: `.csv` needs a mapping; `.jsonl` and `.ndjson` may have one for kind and scheme.

    `scheme` is that of the keys of JSON Lines without a mapping.
    """
    ending = name.lower().rpartition(".")[2]
    if ending in ("jsonl", "ndjson"):
        named = mapping.node if kind is None and mapping else kind
        return jsonl.rows(files.lines(data, name), named, mapping.scheme if mapping else scheme)
    if ending != "csv":
        says = "The file's name must end in .csv, .jsonl or .ndjson."
        raise Invalid(faults=[Fault("", "file_type", says)])
    if mapping is None:
        raise Invalid(faults=[Fault("", "mapping_missing", "A CSV file needs a mapping: --map M.json.")])
    return mappings.rows(files.table(data, name), mapping)
