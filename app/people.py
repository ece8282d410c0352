"""`golden-thread people`: hand a leaver's posts over, and erase a person, at the service's own machine."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.domain import people, receipts
from app.graph import Graph
from app.keyring import OPERATOR, WithGraph
from app.settings import Settings
from app.who import EVERYTHING, Stamp


def _stamp(settings: Settings, reason: str | None) -> Stamp:
    return OPERATOR.stamp(at=datetime.now(ZoneInfo(settings.timezone)), reason=reason)


def commands(with_graph: WithGraph) -> typer.Typer:
    """The commands, over what opens the graph."""
    app = typer.Typer(help="Hand a leaver's posts over, or erase a person.", no_args_is_help=True)
    app.command("handover")(_handover(with_graph))
    app.command("erase")(_erase(with_graph))
    return app


def _handover(with_graph: WithGraph) -> Callable[..., None]:
    def handover(
        leaver: Annotated[str, typer.Argument(help="Id of the Person who leaves.")],
        successor: Annotated[str, typer.Argument(help="Id of the Person who takes the posts.")],
        reason: Annotated[str | None, typer.Option(help="Why; kept in the ledger.")] = None,
    ) -> None:
        """Give every post a person holds to a successor. A second run moves nothing."""

        async def moved(graph: Graph, settings: Settings) -> dict[str, Any]:
            stamp = _stamp(settings, reason)
            return await graph.write(
                receipts.once, stamp, people.hand_over, leaver, successor, stamp, EVERYTHING
            )

        table = Table("post", "id")
        for post in with_graph(moved)["items"]:
            table.add_row(escape(post["facts"]["title"]), post["id"])
        if table.row_count:
            Console().print(table)
        typer.echo(f"Posts handed over: {table.row_count}.")

    return handover


def _erase(with_graph: WithGraph) -> Callable[..., None]:
    def erase(
        person: Annotated[str, typer.Argument(help="Id of the Person.")],
        reason: Annotated[str, typer.Option(help="Why; kept in the ledger.")],
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask: it cannot be undone.")] = False,
    ) -> None:
        """Take everything about a person out of the record and its past. The record stays."""
        if not yes:
            typer.confirm("This cannot be undone. Erase the person?", abort=True, err=True)

        async def erased(graph: Graph, settings: Settings) -> None:
            stamp = _stamp(settings, reason)
            await graph.write(receipts.once, stamp, people.erase, person, stamp, EVERYTHING)

        with_graph(erased)
        typer.echo("The person is erased. Revoke their keys as well: golden-thread keys list.")

    return erase
