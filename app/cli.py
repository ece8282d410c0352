"""golden-thread: run the service, fill it and ask it, from a terminal."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import typer
import uvicorn
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from app import answers, doctor, imports, keyring, people, portfolio, safekeeping, terminal
from app import demo as demonstration
from app import docs as pages
from app.api import wire
from app.domain import sources
from app.errors import HalfRestored, Invalid, Refusal
from app.graph import Graph
from app.imports import ADAPTERS
from app.imports.folder import LARGEST
from app.imports.rows import Intake
from app.local_neo4j import Address, EngineError, engine
from app.main import create_app
from app.questions import QUESTIONS, core
from app.questions.core import Question
from app.settings import Settings
from app.who import EVERYTHING, Stamp
from graph_schema import KIND_BY_NAME
from migrations import runner

T = TypeVar("T")

app = typer.Typer(
    name="golden-thread",
    help="Which investments serve no policy aim, and which depend on a change in the law.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
ask = typer.Typer(help="Ask a question of the whole portfolio.", no_args_is_help=True)
app.add_typer(ask, name="ask")

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _errors() -> Console:
    """Standard error, in the terminal as wide as it is now."""
    return Console(stderr=True)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"golden-thread {metadata.version('golden-thread')}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Take what stands before the command."""


@contextlib.contextmanager
def _settled(**given: Any) -> Iterator[Settings]:
    """The settings, options before the environment; and every refusal told in a sentence, not a traceback.

    What is wrong with the command or a setting ends with 2, what the service refuses with 1.
    """
    options = {name: value for name, value in given.items() if value is not None}
    try:
        settings = Settings(**options)
    except ValidationError as error:
        for each in error.errors(include_url=False, include_input=False):
            name = "_".join(str(part) for part in each["loc"])
            said = f"--{name}: " if name in options else f"GOLDEN_THREAD_{name.upper()}: " if name else ""
            terminal.error(_errors(), said + each["msg"].removeprefix("Value error, "))
        raise typer.Exit(2) from None
    try:
        yield settings
    except EngineError as error:
        terminal.error(_errors(), str(error))
        raise typer.Exit(1) from None
    except Refusal as refusal:
        terminal.refusal(_errors(), refusal)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _misused(says: str) -> typer.Exit:
    """Tell what is wrong with the command as it was given."""
    terminal.error(_errors(), says)
    return typer.Exit(2)


@contextlib.contextmanager
def _engine(settings: Settings) -> Iterator[Address]:
    """The database, which a person is told of: its first start takes a while."""
    if settings.neo4j_uri is None and _errors().is_terminal:
        _errors().print(f"[dim]Opening the database in {escape(str(settings.data))}[/]", highlight=False)
    with engine(settings, progress=True) as address:
        yield address


def _graph(settings: Settings, address: Address) -> Graph:
    return Graph.connect(
        address.uri,
        address.user,
        address.password,
        address.database,
        read_timeout=max(settings.query_timeout_s, 60.0),
        write_timeout=max(settings.write_timeout_s, 60.0),
    )


def _with_graph(work: Callable[[Graph, Settings], Awaitable[T]], half: bool = False) -> T:
    """Do the work on this data directory's graph, brought to this version where the engine is our own.

    `half` lets in one that holds half a backup.
    """

    async def opened(address: Address, settings: Settings) -> T:
        async with _graph(settings, address) as graph:
            await _ready(graph, settings, half)
            portfolio.keep(graph, settings.portfolio_memory_mb)
            return await work(graph, settings)

    with _settled() as settings, _engine(settings) as address:
        return asyncio.run(opened(address, settings))


async def _ready(graph: Graph, settings: Settings, half: bool = False) -> None:
    if settings.neo4j_uri is None:
        await runner.migrate(graph)
    state = await runner.state(graph)
    if not state.ready and not (half and state.says == HalfRestored.says):
        raise Refusal(state.says)


app.add_typer(keyring.commands(_with_graph), name="keys")
app.add_typer(people.commands(_with_graph), name="people")
app.command("doctor")(doctor.command(_with_graph))
safekeeping.add_to(app, _with_graph)


def _stamp(settings: Settings, source: str) -> Stamp:
    return Stamp(actor=source, source=source, at=datetime.now(ZoneInfo(settings.timezone)))


@app.command()
def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; beyond loopback, to signed-in callers.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
) -> None:
    """Serve the REST API, over a Neo4j of our own unless GOLDEN_THREAD_NEO4J_URI names one."""
    with (
        _settled(host=host, port=port) as settings,
        _listening(settings) as listener,
        _engine(settings) as address,
    ):
        asyncio.run(_migrated(settings, address))
        _serve(settings, address, listener)


async def _migrated(settings: Settings, address: Address) -> None:
    async with _graph(settings, address) as graph:
        await _ready(graph, settings)
        await keyring.first(graph, settings)


@contextlib.contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """The socket to serve on, taken before anything else is started."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError:
            says = (
                f"Port {settings.port} is taken or not ours to use: set GOLDEN_THREAD_PORT to another, "
                "or to 0 for a free one."
            )
            raise Refusal(says) from None
        yield listener


def _served_at(settings: Settings, listener: socket.socket) -> str:
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{shown}:{listener.getsockname()[1]}"


def _serve(settings: Settings, address: Address, listener: socket.socket) -> None:
    config = uvicorn.Config(
        create_app(settings, address),
        log_config=None,
        access_log=False,
        server_header=False,
        http=wire.Http,
        ws="none",
        timeout_graceful_shutdown=5,
        timeout_keep_alive=30,
        proxy_headers=False,
        h11_max_incomplete_event_size=32_768,
    )
    _errors().print(
        f"Golden Thread answers at [bold]{_served_at(settings, listener)}[/] (end it with Ctrl-C)",
        highlight=False,
    )
    uvicorn.Server(config).run(sockets=[listener])


@app.command()
def demo(
    answers_only: Annotated[bool, typer.Option("--answers-only", help="Print the answers and end.")] = False,
) -> None:
    """Load the sample data, print what it shows, and serve it."""
    with _settled() as settings, contextlib.ExitStack() as stack:
        listener = None if answers_only else stack.enter_context(_listening(settings))
        serves = _served_at(settings, listener) if listener else None
        address = stack.enter_context(_engine(settings))

        async def shown() -> None:
            async with _graph(settings, address) as graph:
                await _ready(graph, settings)
                await demonstration.tell(graph, settings, Console(), serves)

        asyncio.run(shown())
        if listener is not None:
            quiet = {} if "log_level" in settings.model_fields_set else {"log_level": "ERROR"}
            _serve(settings.model_copy(update=quiet), address, listener)


@app.command()
def migrate() -> None:
    """Bring the database to this version of the service. A second run changes nothing."""

    async def moved(address: Address, settings: Settings) -> runner.Report:
        async with _graph(settings, address) as graph:
            return await runner.migrate(graph)

    with _settled() as settings, _engine(settings) as address:
        report = asyncio.run(moved(address, settings))
    made = f"{len(report.constraints_created)} constraints and indexes made, {len(report.dropped)} dropped"
    typer.echo(f"{len(report.applied)} moves applied, {made}.")


Mode = Annotated[
    imports.Mode, typer.Option(help="best-effort takes every sound row; all-or-nothing takes all or none.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Make every check of the real run, and change nothing.")
]


@app.command()
def load(
    source: Annotated[str, typer.Argument(help=f"One of: {', '.join(each.name for each in ADAPTERS)}.")],
    path: Annotated[Path, typer.Argument(help="The register's folder or file, as it is published.")],
    mode: Mode = imports.Mode.BEST_EFFORT,
    dry_run: DryRun = False,
    as_json: JsonOption = False,
) -> None:
    """Load a public register. A second load of the same files changes nothing."""
    adapter = next((each for each in ADAPTERS if each.name == source), None)
    if adapter is None:
        raise _misused(f"There is no such source; choose one of {', '.join(each.name for each in ADAPTERS)}.")
    with _settled():
        if not path.exists():
            raise Refusal(f"There is no file or folder {path}; check the path.")
        intake = adapter.read(path)
    _import(intake, adapter.source, mode, dry_run, as_json)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="A .csv, .xlsx, .ods, .jsonl or .ndjson file.")],
    kind: Annotated[
        str | None, typer.Option(help="Kind of the records, such as Project; see docs/model.md.")
    ] = None,
    map_file: Annotated[
        Path | None,
        typer.Option("--map", help="Mapping file, which a table needs; see docs/start.md."),
    ] = None,
    sheet: Annotated[str, typer.Option(help="Sheet of a workbook; by default the first.")] = "",
    source: Annotated[
        str | None,
        typer.Option(help="Name of the source, which JSON Lines need; by default the mapping's scheme."),
    ] = None,
    mode: Mode = imports.Mode.BEST_EFFORT,
    dry_run: DryRun = False,
    as_json: JsonOption = False,
) -> None:
    """Import records and links from JSON Lines, or records from a table under a mapping file."""
    with _settled():
        intake, scheme = _read(file, kind, map_file, source, sheet)
    _import(intake, sources.Source(scheme, scheme), mode, dry_run, as_json)


def _read(
    file: Path, kind: str | None, map_file: Path | None, source: str | None, sheet: str
) -> tuple[Intake, str]:
    if kind is not None and kind not in KIND_BY_NAME:
        raise _misused(f"There is no such kind; choose one of {', '.join(KIND_BY_NAME)}.")
    try:
        form = imports.form_of(file.name)
    except Invalid as invalid:
        raise _misused(invalid.faults[0].detail) from None
    if map_file is None and form in imports.TABLES:
        raise _misused("A table needs a mapping: give it with --map.")
    if map_file is None and source is None:
        raise _misused("Name the source of the lines with --source.")
    data = _bytes(file)
    stated = imports.read_mapping(_bytes(map_file), kind) if map_file else None
    scheme = stated.scheme if stated else source or ""
    node = KIND_BY_NAME[kind] if kind else None
    return imports.read_file(data, file.name, node, stated, scheme, sheet), source or scheme


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise Refusal(f"The file {path.name} is larger than {LARGEST:,} bytes; import it in parts.")
        return path.read_bytes()
    except OSError:
        raise Refusal(
            f"The file {path.name} cannot be read; check that it is there and yours to read."
        ) from None


def _import(intake: Intake, source: sources.Source, mode: imports.Mode, dry_run: bool, as_json: bool) -> None:
    async def run(graph: Graph, settings: Settings) -> imports.Report:
        with terminal.progress(len(intake.rows), quiet=as_json) as step:
            return await imports.run(
                graph,
                intake,
                source,
                _stamp(settings, source.name),
                mode=mode,
                dry_run=dry_run,
                progress=step,
            )

    report = _with_graph(run)
    if as_json:
        terminal.print_json(report.as_json())
    else:
        terminal.report(Console(), report)
    if report.refused:
        raise typer.Exit(1)


def _ask(question: Question, form: terminal.Form) -> None:
    wanted = question.unpaged() if form.is_file else question

    async def asked(graph: Graph, settings: Settings) -> core.Answer[Any]:
        return await core.ask(graph, wanted, EVERYTHING, ZoneInfo(settings.timezone))

    told = _with_graph(asked)
    with _settled():
        answers.tell(type(question), told, form)


for _question in QUESTIONS:
    ask.command(_question.name, help=_question.asks)(terminal.command(_question, _ask))


@app.command("docs")
def write_docs(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; fail when a page is stale.")
    ] = False,
) -> None:
    """Write the pages of docs/ that are read off the code."""
    stale = pages.stale() if check else pages.write()
    for path in stale:
        typer.echo(f"{'stale' if check else 'written'}: {path}")
    if check and stale:
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
