"""A file somebody hands in, to rows: JSON Lines, or CSV under a mapping."""

from app.domain.sources import Source
from app.errors import Fault, Invalid
from app.imports import files, jsonl
from app.imports import mapping as mappings
from app.imports.mapping import Mapping
from app.imports.rows import Intake
from graph_schema.core import Node


def source_of(mapping: Mapping | None) -> Source:
    """The source that asserts what a file states: the mapping's scheme, or `import` where there is none."""
    name = mapping.scheme if mapping else "import"
    return Source(name, f"Files of {name}" if mapping else "Files handed in without a mapping")


def read_file(
    data: bytes, name: str, kind: type[Node] | None = None, mapping: Mapping | None = None
) -> Intake:
    """The rows of a file: `.csv` needs a mapping; `.jsonl` and `.ndjson` may have one for the scheme."""
    ending = name.lower().rpartition(".")[2]
    if ending in ("jsonl", "ndjson"):
        named = mapping.node if kind is None and mapping else kind
        return jsonl.rows(files.lines(data, name), named, mapping.scheme if mapping else None)
    if ending != "csv":
        says = "The file's name must end in .csv, .jsonl or .ndjson."
        raise Invalid(faults=[Fault("", "file_type", says)])
    if mapping is None:
        raise Invalid(faults=[Fault("", "mapping_missing", "A CSV file needs a mapping: --map M.json.")])
    return mappings.rows(files.table(data, name), mapping)
