"""`golden-thread sources`: register the systems that state facts, and say what each may state."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app import answers
from app.domain import faults, receipts, registrations
from app.domain.registrations import NewSource
from app.graph import Graph
from app.keyring import OPERATOR, WithGraph, organisation_of
from app.settings import Settings
from app.who import EVERYTHING, Stamp

Name = Annotated[str, typer.Argument(help="The source's name, as keys and files give it.")]
Title = Annotated[str | None, typer.Option(help="What it is, in people's words.")]
Why = Annotated[str | None, typer.Option("--reason", help="Why; kept in the ledger.")]


def _stamp(settings: Settings, reason: str | None) -> Stamp:
    return OPERATOR.stamp(at=datetime.now(ZoneInfo(settings.timezone)), reason=reason)


def commands(with_graph: WithGraph) -> typer.Typer:
    """The commands, over what opens the graph."""
    app = typer.Typer(
        help="Register the systems that state facts, and say what each may state.", no_args_is_help=True
    )
    app.command("list")(_list(with_graph))
    app.command("register")(_register(with_graph))
    app.command("change")(_change(with_graph))
    return app


def _list(with_graph: WithGraph) -> Callable[[], None]:
    def listed() -> None:
        """List the sources."""

        async def found(graph: Graph, _: Settings) -> list[dict[str, Any]]:
            return await registrations.list_of(graph, OPERATOR)

        table = Table("name", "title", "may state acceptance", "since", show_lines=True)
        for each in with_graph(found):
            may = "yes" if each["states_acceptance"] else "no"
            table.add_row(*map(escape, (each["name"], each["title"], may, each["registered_on"])))
        console = Console()
        console.print(answers.fitted(console, table))

    return listed


def _register(with_graph: WithGraph) -> Callable[..., None]:
    def register(
        name: Name,
        title: Title = None,
        organisation: Annotated[
            str | None,
            typer.Option(help="Id of the organisation it is of, or a key such as gss|E09000033."),
        ] = None,
        states_acceptance: Annotated[
            bool,
            typer.Option(
                "--states-acceptance", help="It may state links between its own records as accepted."
            ),
        ] = False,
        reason: Why = None,
    ) -> None:
        """Register a source before it states anything."""
        stated = {"name": name, "title": title or name, "states_acceptance": states_acceptance}

        async def made(graph: Graph, settings: Settings) -> dict[str, Any]:
            whose = await organisation_of(graph, organisation)
            new = faults.valid(NewSource, stated | {"organisation": whose})
            stamp = _stamp(settings, reason)
            return await graph.write(receipts.once, stamp, registrations.create, new, stamp, EVERYTHING)

        _tell(with_graph(made))

    return register


def _change(with_graph: WithGraph) -> Callable[..., None]:
    def change(
        name: Name,
        title: Title = None,
        states_acceptance: Annotated[
            bool | None, typer.Option(help="Whether it may state links between its own records as accepted.")
        ] = None,
        reason: Why = None,
    ) -> None:
        """Change what is said of a source. What it has stated stays."""
        given = {"title": title, "states_acceptance": states_acceptance}
        patch = {each: value for each, value in given.items() if value is not None}

        async def changed(graph: Graph, settings: Settings) -> dict[str, Any]:
            stamp = _stamp(settings, reason)
            return await graph.write(
                receipts.once, stamp, registrations.change, name, patch, None, stamp, EVERYTHING
            )

        _tell(with_graph(changed))

    return change


def _tell(source: dict[str, Any]) -> None:
    may = "may" if source["states_acceptance"] else "may not"
    typer.echo(f"{source['name']} {may} state links between its own records as accepted.")
