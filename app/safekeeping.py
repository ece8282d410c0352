"""`golden-thread backup`, `restore` and `export`: the graph into a file, and made again from one."""

import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, BinaryIO, Protocol, TypeVar
from zoneinfo import ZoneInfo

import typer

from app import terminal
from app.domain import ledger, moments
from app.errors import Refusal
from app.exports import backup as taking
from app.exports import restore as putting
from app.exports.archive import Archive, Holds, Manifest
from app.exports.documents import ENDINGS, FORMS, About, document
from app.exports.part import Part, Wanted
from app.graph import Graph
from app.keyring import WithGraph
from app.settings import Settings
from app.who import EVERYTHING
from migrations import runner

T = TypeVar("T")


class Opens(Protocol):
    """Does work on the graph of the data directory; on one that holds half a backup where that is said."""

    def __call__(self, work: Callable[[Graph, Settings], Awaitable[T]], half: bool = False) -> T: ...


def add_to(app: typer.Typer, opens: Opens) -> None:
    """Add the commands, over what opens the graph."""
    app.command("backup")(backup(opens))
    app.command("restore")(restore(partial(opens, half=True)))
    app.command("export")(export(opens))


def backup(with_graph: WithGraph) -> Callable[..., None]:
    """The command, over what opens the graph."""

    def backup(
        file: Annotated[Path, typer.Argument(help="Where the archive goes, such as golden-thread.zip.")],
        overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file of this name.")] = False,
    ) -> None:
        """Write everything into one archive, as it stands at one number of the ledger. Others may go on."""

        async def taken(graph: Graph, settings: Settings) -> Manifest:
            if file.exists() and not overwrite:
                raise Refusal(f"There is a file {file} already; name another, or add --overwrite.")
            with terminal.progress(0, "Copied") as step:
                return await taking.take(graph, file, await runner.reached(graph), step)

        manifest = with_graph(taken)
        held = ", ".join(f"{each.lines:,} {name}" for name, each in _counted(manifest) if each.lines)
        typer.echo(f"{file}: {held or 'nothing yet'}; at number {manifest.ledger.number:,} of the ledger.")

    return backup


def _counted(manifest: Manifest) -> list[tuple[str, Holds]]:
    names = {"ledger": "ledger entries"}
    return [(names.get(name, name), holds) for name, holds in manifest.members.items()]


def restore(with_graph: WithGraph) -> Callable[..., None]:
    """The command, over what opens the graph, even where it holds half a backup."""

    def restore(file: Annotated[Path, typer.Argument(help="An archive that backup has written.")]) -> None:
        """Put a backup into an empty database, of any Neo4j. Cut off, it is run again and begins anew."""

        async def restored(graph: Graph, settings: Settings) -> str:
            with Archive(file) as archive:
                runner.refuse_unknown(archive.manifest.model_dump(mode="json"))
                with terminal.progress(archive.manifest.lines, "Put back") as step:
                    await putting.put_back(graph, archive, runner.put_back, step)
                await runner.migrate(graph)
                now = await ledger.head(graph)
                was = archive.manifest.ledger
                return (
                    f"{archive.manifest.lines:,} lines put back, as of number {was.number:,}. The ledger is "
                    f"{now.id} now, and was {was.id}: cursors and tags of that one are not taken here."
                )

        typer.echo(with_graph(restored))

    return restore


def export(with_graph: WithGraph) -> Callable[..., None]:
    """The command, over what opens the graph."""

    def export(
        file: Annotated[
            Path,
            typer.Argument(
                help="Ends in .jsonl, .graphml, .zip (CSV tables) or .xml (ArchiMate); - is standard output."
            ),
        ],
        below: Annotated[
            str | None,
            typer.Option(help="Id of a record: only it, what leads to it, and what goes with these."),
        ] = None,
        valid_on: Annotated[
            datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only what is valid on this day.")
        ] = None,
        known_on: Annotated[str | None, typer.Option(help="As was known by this instant or day.")] = None,
        form: Annotated[
            str | None, typer.Option("--format", help=f"Where the name does not say: {', '.join(FORMS)}.")
        ] = None,
    ) -> None:
        """Write records and links as one document, as of one number of the ledger."""
        chosen = form or _NAMED.get(file.suffix, file.suffix.removeprefix("."))
        if chosen not in FORMS:
            raise typer.BadParameter(f"choose one of {', '.join(FORMS)}.", param_hint="--format")

        async def written(graph: Graph, settings: Settings) -> About:
            moment = None
            if known_on is not None:
                moment = await moments.by(graph, known_on, datetime.now(ZoneInfo(settings.timezone)))
            wanted = Wanted(below, valid_on.date().isoformat() if valid_on else None)
            part = await Part.of(graph, wanted, EVERYTHING, moment)
            with ExitStack() as stack:
                out = sys.stdout.buffer if str(file) == "-" else stack.enter_context(_opened(file))
                async for some in document(part, writing):
                    out.write(some)
            return About.of(part)

        writing = FORMS[chosen]()
        about = with_graph(written)
        typer.echo(f"As of number {about.number:,} of the ledger {about.ledger}.", err=True)
        for what, count in sorted(writing.left_out.items()):
            typer.echo(f"Left out, an ArchiMate model has no place for it: {count:,} {what}.", err=True)

    return export


_NAMED = {f".{ending}": form for form, ending in ENDINGS.items()} | {"": "jsonl"}
"""Form -> by the ending of a file's name; standard output is JSON Lines."""


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("wb")
    except OSError:
        raise Refusal(f"The file {file} cannot be written; check the path.") from None
