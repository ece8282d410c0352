"""What a person sees in a terminal: tables, progress, refusals; and a question as a command."""

import contextlib
import inspect
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from app.domain import faults
from app.errors import Invalid, Refusal
from app.imports import Remark, Report
from app.local_neo4j import EngineError
from app.questions.core import Question
from app.settings import Settings
from graph_schema.values import UNSAFE

MOST_FAULTS = 20
MOST_ROWS = 5
_REPLACED = "\N{REPLACEMENT CHARACTER}"
"""What stands in a terminal for a character of a file that would steer it or turn its text round."""


def error(console: Console, says: str) -> None:
    """Tell in a sentence why nothing was done."""
    console.print(f"[red]error:[/] {escape(says)}", highlight=False)


def refusal(console: Console, refused: Refusal) -> None:
    """Tell why the service said no, every fault on a line."""
    error(console, refused.detail)
    for fault in refused.faults:
        console.print(
            f"  {escape(fault.pointer or '/')}  {fault.code}: {escape(fault.detail)}", highlight=False
        )


def errors() -> Console:
    """Standard error, in the terminal as wide as it is now."""
    return Console(stderr=True)


@contextlib.contextmanager
def settled(**given: Any) -> Iterator[Settings]:
    """The settings, options before the environment; and every refusal told in a sentence, not a traceback.

    What is wrong with the command or a setting ends with 2, what the service refuses with 1.
    """
    options = {name: value for name, value in given.items() if value is not None}
    try:
        settings = Settings(**options)
    except ValidationError as wrong:
        for each in wrong.errors(include_url=False, include_input=False):
            name = "_".join(str(part) for part in each["loc"])
            said = f"--{name}: " if name in options else f"GOLDEN_THREAD_{name.upper()}: " if name else ""
            error(errors(), said + each["msg"].removeprefix("Value error, "))
        raise typer.Exit(2) from None
    try:
        yield settings
    except EngineError as broken:
        error(errors(), str(broken))
        raise typer.Exit(1) from None
    except Refusal as refused:
        refusal(errors(), refused)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def misused(says: str) -> typer.Exit:
    """Tell what is wrong with the command as it was given."""
    error(errors(), says)
    return typer.Exit(2)


@contextlib.contextmanager
def progress(total: int, what: str = "Rows", *, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, where that is a terminal; answers what moves it to (done, of all)."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=quiet or not console.is_terminal,
        transient=True,
    )
    with bar:
        task = bar.add_task(what, total=total)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def report(console: Console, told: Report) -> None:
    """What an import did, and every rejected row up to a screenful."""
    if told.refused:
        console.print("[red]Nothing was written:[/] all or nothing was asked for, and rows were rejected.")
    elif told.dry_run:
        console.print("[bold]Nothing was written:[/] a real run would do this.")
    table = Table("", *told.counts)
    for column in table.columns[1:]:
        column.justify = "right"
    for kind, counts in sorted(told.by_kind.items()):
        table.add_row(kind, *(f"{count:,}" for count in counts.values()))
    unread = told.counts["rejected"] - sum(counts["rejected"] for counts in told.by_kind.values())
    if unread:
        table.add_row("could not be read", "", "", "", f"{unread:,}")
    table.add_row("[bold]all[/]", *(f"{count:,}" for count in told.counts.values()))
    console.print(table)
    for name, remarks in (("Rejected", told.rows), ("Warnings", told.warnings)):
        if remarks:
            console.print(f"[bold]{name}[/] ({len(remarks):,})")
        _listed(console, [f"{where}  {says}" for where, says in _together(remarks)])
    if told.not_taken:
        console.print(f"[bold]Not taken[/] ({len(told.not_taken):,})")
        _listed(console, [f"{each.what}: {each.why}" for each in told.not_taken])


def safe(text: str) -> str:
    """The text of a file as a terminal may show it."""
    return UNSAFE.sub(_REPLACED, text)


def _listed(console: Console, lines: Sequence[str]) -> None:
    for line in lines[:MOST_FAULTS]:
        console.print(f"  {escape(safe(line))}", highlight=False)
    if len(lines) > MOST_FAULTS:
        console.print(f"  and {len(lines) - MOST_FAULTS:,} more; --json lists them all", highlight=False)


def _together(remarks: Sequence[Remark]) -> Iterator[tuple[str, str]]:
    """Where, and what: one remark about many rows of a file is said once, with the first of them."""
    rows: dict[tuple[str, str, str, str], list[int]] = {}
    for each in sorted(remarks, key=lambda remark: (remark.place.file, remark.place.row)):
        rows.setdefault((each.place.file, each.field, each.code, each.detail), []).append(each.place.row)
    for (file, field, code, detail), at in rows.items():
        if len(at) == 1:
            yield f"{file}:{at[0]} {field}".rstrip(), f"{code}: {detail}"
        else:
            first = ", ".join(str(row) for row in at[:MOST_ROWS])
            more = f" and {len(at) - MOST_ROWS:,} more" if len(at) > MOST_ROWS else ""
            yield f"{file} {field}".rstrip(), f"{code}: {detail} (rows {first}{more})"


@dataclass(frozen=True)
class Form:
    """The form in which a command prints an answer, or the file it writes; a person's where none is named."""

    as_json: bool
    as_csv: bool
    xlsx: Path | None

    @property
    def is_file(self) -> bool:
        """Whether all rows are wanted."""
        return self.as_csv or self.xlsx is not None


def command(question: type[Question], ask: Callable[[Question, Form], None]) -> Callable[..., None]:
    """The question as a command: one option a parameter, with its description."""

    def run(**given: Any) -> None:
        form = Form(given.pop("as_json"), given.pop("as_csv"), given.pop("xlsx"))
        if sum(map(bool, (form.as_json, form.as_csv, form.xlsx))) > 1:
            raise typer.BadParameter("choose one of --json, --csv and --xlsx")
        stated = {name: value for name, value in given.items() if value not in (None, [], ())}
        try:
            asked = question.model_validate(stated)
        except ValidationError as wrong:
            told = [replace(each, pointer=_switch(each.pointer)) for each in faults.faults(wrong)]
            refusal(Console(stderr=True), Invalid("The options have faults.", faults=told))
            raise typer.Exit(2) from None
        ask(asked, form)

    parameters = [_option(name, field, question.sorts) for name, field in question.model_fields.items()]
    parameters += [
        _flag("as_json", "--json", "Print the envelope as JSON."),
        _flag("as_csv", "--csv", "Print the rows as CSV: all of them, unless --limit or --after is given."),
        _file("xlsx", "--xlsx", "Write the rows into this Excel file, all of them likewise."),
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def _switch(pointer: str) -> str:
    """The option that fills the parameter a pointer leads to."""
    return f"--{pointer.split('/')[1].replace('_', '-')}" if pointer else ""


def _option(name: str, field: FieldInfo, sorts: Sequence[str]) -> inspect.Parameter:
    many = holds(field.annotation, tuple)
    kind = list[str] if many else int if holds(field.annotation, int) else str
    codes = sorts if name == "sort" else _codes(field.annotation)
    says = (field.description or "") + (f" One of: {', '.join(codes)}." if codes else "")
    says += " May be given more than once." if many else ""
    word = "YYYY-MM-DD" if holds(field.annotation, date) else "NUMBER" if kind is int else "TEXT"
    option = typer.Option(f"--{name.replace('_', '-')}", help=says, show_default=False, metavar=word)
    default = inspect.Parameter.empty if field.is_required() else [] if many else field.default
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[kind if many or field.is_required() else kind | None, option],
    )


def _flag(name: str, switch: str, says: str) -> inspect.Parameter:
    annotation = Annotated[bool, typer.Option(switch, help=says)]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=annotation)


def _file(name: str, switch: str, says: str) -> inspect.Parameter:
    annotation = Annotated[Path | None, typer.Option(switch, help=says, metavar="FILE", dir_okay=False)]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _parts(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) in (Union, UnionType, Annotated, tuple):
        for part in get_args(annotation):
            yield from _parts(part)
    yield get_origin(annotation) or annotation


def holds(annotation: Any, wanted: type) -> bool:
    return any(isinstance(part, type) and issubclass(part, wanted) for part in _parts(annotation))


def _codes(annotation: Any) -> Sequence[str]:
    if get_origin(annotation) is Literal:
        return [str(each) for each in get_args(annotation)]
    for part in get_args(annotation) if get_origin(annotation) is not Literal else ():
        found = _codes(part)
        if found:
            return found
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return [str(each.value) for each in annotation]
    return []


def print_json(value: Any) -> None:
    """Print JSON on standard output."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")
