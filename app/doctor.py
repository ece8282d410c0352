"""`golden-thread doctor`: whether what is held in memory, the database and the ledger agree."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from app.graph import Graph
from app.keyring import WithGraph
from app.portfolio.doctor import Examined, examine
from app.settings import Settings


def command(with_graph: WithGraph) -> Callable[..., None]:
    """The command, over what opens the graph."""

    def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
        """Compare what the portfolio holds with the database and with the ledger, every fact."""

        async def examined(graph: Graph, settings: Settings) -> Examined:
            today = datetime.now(ZoneInfo(settings.timezone)).date()
            return await examine(graph, settings.portfolio_memory_mb, today)

        found: Examined = with_graph(examined)
        if as_json:
            typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2))
        else:
            _tell(Console(), found)
        if found.differences or found.verdicts_differ:
            raise typer.Exit(1)

    return doctor


def _tell(console: Console, found: Examined) -> None:
    held, number = sum(found.counts.values()), found.head.number
    says = [f"{held:,} records and links in columns, at number {number:,} of the ledger."]
    says += [f"  {kind} {id}: {fact} is not what the ledger says" for kind, id, fact in found.differences]
    if found.differences or found.verdicts_differ:
        says.append(
            f"{len(found.differences):,} differences, {found.verdicts_differ:,} verdicts concerned: the "
            "database was changed past the service. Say it through the service, and the ledger follows."
        )
    else:
        says.append("The database and the ledger say the same of each, and so do the verdicts.")
    for line in says:
        console.print(line, highlight=False)
