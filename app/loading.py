"""`golden-thread load` and `import`: public registers, and files of your own, into the graph."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app import imports, terminal
from app.domain.sources import Source
from app.errors import Invalid, Refusal
from app.graph import Graph
from app.imports import ADAPTERS, Mapping, guessing, preview
from app.imports import mapping as mappings
from app.imports.folder import LARGEST
from app.imports.mapping import KEY
from app.imports.rows import Intake
from app.keyring import WithGraph
from app.settings import Settings
from app.who import Stamp
from graph_schema import KIND_BY_NAME

Mode = Annotated[
    imports.Mode, typer.Option(help="best-effort takes every sound row; all-or-nothing takes all or none.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Make every check of the real run, and change nothing.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Kind = Annotated[str | None, typer.Option(help="Kind of the records, such as Project; see docs/model.md.")]
Map = Annotated[
    Path | None, typer.Option("--map", help="Mapping file, which says which column is which fact.")
]
Guess = Annotated[
    bool, typer.Option("--guess", help="Guess which column is which fact, show it and import so.")
]
SaveMap = Annotated[
    Path | None, typer.Option("--save-map", help="Write the mapping here, for the next file or to correct.")
]


def add_to(app: typer.Typer, with_graph: WithGraph) -> None:
    """Add the commands, over what opens the graph."""
    app.command("load")(_load(with_graph))
    app.command("import")(_import(with_graph))


def _load(with_graph: WithGraph) -> Callable[..., None]:
    def load(
        source: Annotated[str, typer.Argument(help=f"One of: {', '.join(each.name for each in ADAPTERS)}.")],
        path: Annotated[Path, typer.Argument(help="The register's folder or file, as it is published.")],
        mode: Mode = imports.Mode.BEST_EFFORT,
        dry_run: DryRun = False,
        as_json: Json = False,
    ) -> None:
        """Load a public register. A second load of the same files changes nothing."""
        adapter = next((each for each in ADAPTERS if each.name == source), None)
        if adapter is None:
            known = ", ".join(each.name for each in ADAPTERS)
            raise terminal.misused(f"There is no such source; choose one of {known}.")
        with terminal.settled():
            if not path.exists():
                raise Refusal(f"There is no file or folder {path}; check the path.")
            intake = adapter.read(path)
        _run(with_graph, intake, adapter.source, mode, dry_run, as_json)

    return load


def _import(with_graph: WithGraph) -> Callable[..., None]:
    def import_file(
        file: Annotated[Path, typer.Argument(help="A .csv, .xlsx, .ods, .jsonl or .ndjson file.")],
        kind: Kind = None,
        map_file: Map = None,
        sheet: Annotated[str, typer.Option(help="Sheet of a workbook; by default the first.")] = "",
        source: Annotated[
            str | None,
            typer.Option(
                help="Name of the source, which JSON Lines and a guess need; else the mapping's scheme."
            ),
        ] = None,
        guess: Guess = False,
        save_map: SaveMap = None,
        mode: Mode = imports.Mode.BEST_EFFORT,
        dry_run: DryRun = False,
        as_json: Json = False,
    ) -> None:
        """Import records and links from JSON Lines, or records from a table under a mapping."""
        _refuse(file, kind, map_file, source, guess)
        with terminal.settled():
            intake, mapping = _read(file, kind, map_file, source, sheet, guess)
            if mapping and save_map:
                _save(mapping, save_map)
        if mapping and guess and not as_json:
            _show(mapping)
        named = source or (mapping.scheme if mapping else "")
        _run(with_graph, intake, Source(named, named), mode, dry_run, as_json)

    return import_file


def _refuse(file: Path, kind: str | None, map_file: Path | None, source: str | None, guess: bool) -> None:
    """Refuse a command that does not say enough, or says too much."""
    if kind is not None and kind not in KIND_BY_NAME:
        raise terminal.misused(f"There is no such kind; choose one of {', '.join(KIND_BY_NAME)}.")
    try:
        form = imports.form_of(file.name)
    except Invalid as invalid:
        raise terminal.misused(invalid.faults[0].detail) from None
    if guess and (form not in imports.TABLES or map_file):
        raise terminal.misused("A guess is made of a table without a mapping: leave --guess or --map out.")
    if guess and not (kind and source):
        raise terminal.misused("For a guess say what the rows are, and whose, with --kind and --source.")
    if map_file is None and form in imports.TABLES and not guess:
        raise terminal.misused(
            "A table needs a mapping: give it with --map, or have it guessed with --guess."
        )
    if map_file is None and source is None:
        raise terminal.misused("Name the source of the lines with --source.")


def _read(
    file: Path, kind: str | None, map_file: Path | None, source: str | None, sheet: str, guess: bool
) -> tuple[Intake, Mapping | None]:
    """The rows of the file, and the mapping they were read under where there is one."""
    data, node = _bytes(file), KIND_BY_NAME[kind] if kind else None
    if guess and node:
        scheme = mappings.of({"kind": node.__name__, "scheme": source}).scheme
        table = imports.read_table(data, file.name, sheet)
        mapping = preview.fitting(guessing.guessed(table.columns, node, scheme), table)
        return mappings.rows(table, mapping), mapping
    stated = imports.read_mapping(_bytes(map_file), kind) if map_file else None
    scheme = stated.scheme if stated else source or ""
    return imports.read_file(data, file.name, node, stated, scheme, sheet), stated


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise Refusal(f"The file {path.name} is larger than {LARGEST:,} bytes; import it in parts.")
        return path.read_bytes()
    except OSError:
        raise Refusal(
            f"The file {path.name} cannot be read; check that it is there and yours to read."
        ) from None


def _save(mapping: Mapping, path: Path) -> None:
    """Write the mapping to a new file."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(mapping.model_dump_json(indent=2) + "\n")
    except FileExistsError:
        raise Refusal(f"There is a file {path.name} already; name another for --save-map.") from None
    except OSError:
        raise Refusal(f"The file {path.name} cannot be written; name another for --save-map.") from None


def _show(mapping: Mapping) -> None:
    """Which column is which fact, as it was guessed."""
    table = Table("column", "becomes")
    for column, fact in {mapping.key or "": KEY, **mapping.columns}.items():
        table.add_row(escape(terminal.safe(column)), fact)
    terminal.errors().print(table)


def _run(
    with_graph: WithGraph, intake: Intake, source: Source, mode: imports.Mode, dry_run: bool, as_json: bool
) -> None:
    async def run(graph: Graph, settings: Settings) -> imports.Report:
        now = datetime.now(ZoneInfo(settings.timezone))
        stamp = Stamp(actor=source.name, source=source.name, at=now)
        with terminal.progress(len(intake.rows), quiet=as_json) as step:
            return await imports.run(graph, intake, source, stamp, mode, dry_run, step)

    report = with_graph(run)
    if as_json:
        terminal.print_json(report.as_json())
    else:
        terminal.report(Console(), report)
    if report.refused:
        raise typer.Exit(1)
