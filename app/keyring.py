"""`golden-thread keys`: make, list, rotate and revoke API keys at the service's own machine."""

import os
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app import answers
from app.domain import faults, keys, receipts, records
from app.domain.keys import NewKey, Secret
from app.graph import Graph
from app.settings import Settings
from app.who import EVERYTHING, PERSONAL_ROLES, Caller, Role, Stamp

T = TypeVar("T")
OPERATOR = Caller("operator", roles=PERSONAL_ROLES)
"""Who acts at the service's own machine: one who may read its database may do everything."""


class WithGraph(Protocol):
    """Does work on the graph of the data directory."""

    def __call__(self, work: Callable[[Graph, Settings], Awaitable[T]]) -> T: ...


def _stamp(settings: Settings) -> Stamp:
    return OPERATOR.stamp(at=datetime.now(ZoneInfo(settings.timezone)))


def administrator() -> NewKey:
    """The first key: of the service's own administrator, who makes the others."""
    return NewKey(title="administrator of the service", roles=frozenset({Role.ADMINISTRATOR}))


async def make(graph: Graph, settings: Settings, new: NewKey, secret: Secret) -> dict[str, Any]:
    """Make a key as the operator."""
    stamp = _stamp(settings)
    return await graph.write(receipts.once, stamp, keys.create, new, secret, stamp)


async def first(graph: Graph, settings: Settings) -> None:
    """Make the first key where the service is reached from elsewhere and nobody could sign in."""
    if settings.may_demonstrate or settings.oidc_issuer or await keys.ever_made(graph):
        return
    secret = Secret.new()
    await make(graph, settings, administrator(), secret)
    hand_out(secret, settings)


def hand_out(secret: Secret, settings: Settings) -> None:
    """Print a secret to a terminal alone; else write it where only this user can read it, and say where."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    if sys.stdout.isatty():
        errors.print("The key, shown this once. Keep it as you keep a password:")
        typer.echo(secret.text)
        return
    errors.print(f"The key is in {_kept(secret, settings.data)}: move it to where it is used.")


def _kept(secret: Secret, data: Path) -> Path:
    folder = data / "keys"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{secret.id}.key"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret.text + "\n")
    return path


async def organisation_of(graph: Graph, named: str | None) -> str | None:
    """The id of an organisation named by its id or by a key such as gss|E09000033."""
    if named is None or "|" not in named:
        return named
    scheme, _, value = named.partition("|")
    found = await records.by_identifier(graph, scheme, value, EVERYTHING)
    return str(found["id"])


def _until(day: str | None) -> str | None:
    """The end of the day before: a key holds until the day it expires begins."""
    if day is None:
        return None
    try:
        return datetime.combine(datetime.fromisoformat(day).date(), time(), UTC).isoformat()
    except ValueError:
        return day


def commands(with_graph: WithGraph) -> typer.Typer:
    """The commands, over what opens the graph."""
    app = typer.Typer(help="Make, list, rotate and revoke API keys.", no_args_is_help=True)
    app.command("create")(_create(with_graph))
    app.command("list")(_list(with_graph))
    app.command("rotate")(_rotate(with_graph))
    app.command("revoke")(_revoke(with_graph))
    return app


def _create(with_graph: WithGraph) -> Callable[..., None]:
    def create(
        administrator: Annotated[
            bool, typer.Option("--administrator", help="Of the administrator of the service itself.")
        ] = False,
        title: Annotated[str | None, typer.Option(help="What it is for.")] = None,
        organisation: Annotated[
            str | None,
            typer.Option(help="Id of the organisation it acts for, or a key such as gss|E09000033."),
        ] = None,
        role: Annotated[list[Role] | None, typer.Option(help="What its bearer is there.")] = None,
        person: Annotated[str | None, typer.Option(help="Id of the Person behind it.")] = None,
        source: Annotated[str | None, typer.Option(help="Source system an integration speaks for.")] = None,
        kinds: Annotated[list[str] | None, typer.Option(help="A kind of record it may write.")] = None,
        links: Annotated[list[str] | None, typer.Option(help="A kind of link it may write.")] = None,
        fields: Annotated[list[str] | None, typer.Option(help="A fact it may write.")] = None,
        read_only: Annotated[bool, typer.Option("--read-only", help="It only reads.")] = False,
        expires: Annotated[str | None, typer.Option(help="Day on which it ends, YYYY-MM-DD.")] = None,
    ) -> None:
        """Make a key. Without a terminal its secret goes into a file only you can read."""
        roles = [*(role or []), *([Role.ADMINISTRATOR] if administrator else [])]
        stated = {
            "title": title or ("administrator of the service" if administrator else "a key"),
            "roles": roles,
            "person": person,
            "source": source,
            "kinds": kinds or [],
            "links": links or [],
            "fields": fields or [],
            "read_only": read_only,
            "expires_at": _until(expires),
        }
        secret = Secret.new()

        async def made(graph: Graph, settings: Settings) -> Settings:
            whose = await organisation_of(graph, organisation)
            new = faults.valid(NewKey, stated | {"organisation": whose})
            await make(graph, settings, new, secret)
            return settings

        hand_out(secret, with_graph(made))

    return create


def _list(with_graph: WithGraph) -> Callable[[], None]:
    def listed() -> None:
        """List the keys, without their secrets."""

        async def found(graph: Graph, _: Settings) -> tuple[list[dict[str, Any]], dict[str, str]]:
            made = await keys.list_of(graph, OPERATOR)
            whose = [each["organisation"] for each in made]
            rows = await graph.rows(_TITLES, ids=[id for id in whose if id])
            return made, {row["id"]: row["title"] for row in rows}

        made, titles = with_graph(found)
        if not made:
            typer.echo("No key has been made yet: golden-thread keys create --administrator makes the first.")
            return
        table = Table("id", "title", "roles", "organisation", "state", show_lines=True)
        for each in made:
            roles = ", ".join([*each["roles"], *(["read only"] if each["read_only"] else [])])
            whose = titles.get(each["organisation"] or "", "the whole service")
            table.add_row(*map(escape, (each["id"], each["title"], roles, whose, _state(each))))
        console = Console()
        console.print(answers.fitted(console, table))

    return listed


_TITLES = "UNWIND $ids AS id MATCH (o:Organisation {id: id}) RETURN DISTINCT o.id AS id, o.title AS title"


def _state(key: dict[str, Any]) -> str:
    """Whether a key still holds, until when, and when it was used."""
    used = f"used {key['used_at'][:10]}" if key["used_at"] else "never used"
    if key["revoked_at"]:
        return f"revoked {key['revoked_at'][:10]}; {used}"
    over = datetime.fromisoformat(key["expires_at"]) <= datetime.now(UTC)
    return f"{'ended' if over else 'until'} {key['expires_at'][:10]}; {used}"


def _rotate(with_graph: WithGraph) -> Callable[..., None]:
    def rotate(
        id: Annotated[str, typer.Argument(help="Id of the key, see `keys list`.")],
        overlap_hours: Annotated[int, typer.Option(min=0, help="Hours the old key still holds.")] = 24,
    ) -> None:
        """Make a key for the same actor; the old one ends after the overlap."""
        secret = Secret.new()

        async def rotated(graph: Graph, settings: Settings) -> Settings:
            stamp, overlap = _stamp(settings), timedelta(hours=overlap_hours)
            await graph.write(receipts.once, stamp, keys.rotate, id, secret, overlap, stamp)
            return settings

        hand_out(secret, with_graph(rotated))

    return rotate


def _revoke(with_graph: WithGraph) -> Callable[..., None]:
    def revoke(id: Annotated[str, typer.Argument(help="Id of the key, see `keys list`.")]) -> None:
        """End a key now."""

        async def revoked(graph: Graph, settings: Settings) -> None:
            stamp = _stamp(settings)
            await graph.write(receipts.once, stamp, keys.revoke, id, stamp)

        with_graph(revoked)
        typer.echo(f"The key {id} is revoked; it stops everywhere within five seconds.")

    return revoke
