"""golden-thread: run the service, fill it and ask it, from a terminal."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from importlib import metadata
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape

from app import answers, doctor, keyring, loading, people, portfolio, registry, safekeeping, serving, terminal
from app import demo as demonstration
from app import docs as pages
from app.errors import HalfRestored, Refusal
from app.graph import Graph
from app.local_neo4j import Address, engine
from app.questions import QUESTIONS, core
from app.questions.core import Question
from app.settings import Settings
from app.who import EVERYTHING
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
def _engine(settings: Settings) -> Iterator[Address]:
    """The database, which a person is told of: its first start takes a while."""
    if settings.neo4j_uri is None and terminal.errors().is_terminal:
        terminal.errors().print(
            f"[dim]Opening the database in {escape(str(settings.data))}[/]", highlight=False
        )
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

    with terminal.settled() as settings, _engine(settings) as address:
        return asyncio.run(opened(address, settings))


async def _ready(graph: Graph, settings: Settings, half: bool = False) -> None:
    if settings.neo4j_uri is None:
        await runner.migrate(graph)
    state = await runner.state(graph)
    if not state.ready and not (half and state.says == HalfRestored.says):
        raise Refusal(state.says)


app.add_typer(keyring.commands(_with_graph), name="keys")
app.add_typer(registry.commands(_with_graph), name="sources")
app.add_typer(people.commands(_with_graph), name="people")
app.command("doctor")(doctor.command(_with_graph))
safekeeping.add_to(app, _with_graph)


@app.command()
def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; beyond loopback, to signed-in callers.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes that answer, each with a portfolio of its own.")
    ] = None,
) -> None:
    """Serve the REST API, over a Neo4j of our own unless GOLDEN_THREAD_NEO4J_URI names one."""
    with (
        terminal.settled(host=host, port=port, workers=workers) as settings,
        serving.listening(settings) as listener,
        _engine(settings) as address,
    ):
        asyncio.run(_migrated(settings, address))
        serving.serve(settings, address, listener, terminal.errors())


async def _migrated(settings: Settings, address: Address) -> None:
    async with _graph(settings, address) as graph:
        await _ready(graph, settings)
        await keyring.first(graph, settings)


@app.command()
def demo(
    answers_only: Annotated[bool, typer.Option("--answers-only", help="Print the answers and end.")] = False,
) -> None:
    """Load the sample data, print what it shows, and serve it."""
    with terminal.settled() as settings, contextlib.ExitStack() as stack:
        listener = None if answers_only else stack.enter_context(serving.listening(settings))
        serves = serving.served_at(settings, listener) if listener else None
        address = stack.enter_context(_engine(settings))

        async def shown() -> None:
            async with _graph(settings, address) as graph:
                await _ready(graph, settings)
                await demonstration.tell(graph, settings, Console(), serves)

        asyncio.run(shown())
        if listener is not None:
            quiet = {} if "log_level" in settings.model_fields_set else {"log_level": "ERROR"}
            serving.serve(settings.model_copy(update=quiet), address, listener, terminal.errors())


@app.command()
def migrate() -> None:
    """Bring the database to this version of the service. A second run changes nothing."""

    async def moved(address: Address, settings: Settings) -> runner.Report:
        async with _graph(settings, address) as graph:
            return await runner.migrate(graph)

    with terminal.settled() as settings, _engine(settings) as address:
        report = asyncio.run(moved(address, settings))
    made = f"{len(report.constraints_created)} constraints and indexes made, {len(report.dropped)} dropped"
    typer.echo(f"{len(report.applied)} moves applied, {made}.")


loading.add_to(app, _with_graph)


def _ask(question: Question, form: terminal.Form) -> None:
    wanted = question.unpaged() if form.is_file else question

    async def asked(graph: Graph, settings: Settings) -> core.Answer[Any]:
        return await core.ask(graph, wanted, EVERYTHING, ZoneInfo(settings.timezone))

    told = _with_graph(asked)
    with terminal.settled():
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
