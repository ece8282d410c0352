"""What boards, digital chiefs and other systems ask, each with the request that answers it: `make asks`.

Each page of `docs/asks/` numbers its asks. An ask has blocks of commands as `filling` knows them, the last of
which is its request; or it says in bold what it comes with or waits for; or both.
"""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from typer.testing import CliRunner

from app import docs
from app.cli import app
from app.graph import Graph
from app.local_neo4j import Address
from tests.documents.filling import commands, fenced, put_files
from tests.documents.pages import sample
from tests.documents.running import Sample, over_a_neo4j

PAGES = {"board": 23, "digital-chief": 20, "integrator": 21}
"""Page of `docs/asks/` -> how many asks it has."""

_HEADING = re.compile(r"^## (\d+)\. (.+)$", re.M)
_WAITS = re.compile(r"^\*\*((?:Comes with|Waits for) [^*]+?):?\*\*", re.M)
_ROWS = ("rows", "items", "records", "errors", "node_kinds", "nodes")


@dataclass(frozen=True)
class Ask:
    """Something a kind of user asks."""

    page: str
    number: int
    commands: tuple[tuple[str, bool], ...]
    """Each with whether the service is to say no."""
    waits: str | None
    """What it comes with or waits for."""


@dataclass(frozen=True)
class Answered:
    """What came of an ask."""

    ask: Ask
    name: str
    """Of its request: the question, or the address."""
    status: str
    rows: int
    sound: bool

    def line(self) -> str:
        """The ask, its request and what came, in one line."""
        told = f"{self.ask.page} {self.ask.number}"
        waits = f"; {self.ask.waits.lower()}" if self.ask.waits else ""
        return f"{told:<17} {self.name:<52} {self.status:<8} {self.rows:>4} rows{waits}".rstrip()


def asks(page: str) -> list[Ask]:
    """The asks of a page, in its order."""
    text = (docs.ROOT / "docs" / "asks" / f"{page}.md").read_text(encoding="utf-8")
    _, *parts = _HEADING.split(text)
    found = []
    for number, body in zip(parts[::3], parts[2::3], strict=True):
        waits = _WAITS.search(body)
        wanted = tuple(
            (command, "refused" in block.notes)
            for block in fenced(body)
            if block.language == "console"
            for command in commands(block.body)
        )
        found.append(Ask(page, int(number), wanted, waits[1] if waits else None))
    return found


async def answered(of: Sample, folder: Path) -> AsyncIterator[Answered]:
    """Every ask, answered by this sample; files they name are written into the current folder, this one."""
    (folder / "seed_data").symlink_to(docs.ROOT / "seed_data")
    for page in PAGES:
        put_files((docs.ROOT / "docs" / "asks" / f"{page}.md").read_text(encoding="utf-8"), folder)
        for ask in asks(page):
            yield await _answered(ask, of)


async def _answered(ask: Ask, of: Sample) -> Answered:
    last, sound = ("", "waits", 0), bool(ask.commands or ask.waits)
    for command, refused in ask.commands:
        name, status, failed, told = await _ran(command, of)
        last = (name, status, _rows(told))
        sound = sound and failed == refused and last[2] > 0
    return Answered(ask, *last, sound)


async def _ran(command: str, of: Sample) -> tuple[str, str, bool, str]:
    """The name of a request, its status, whether it failed, and what it told."""
    program, *words = await of.meant(command)
    if program == "curl":
        answer = await of.fetch(command)
        path = of.named(urlsplit(str(answer.request.url)).path)
        name = path.removeprefix("/v1/questions/") if "/questions/" in path else path
        return name, str(answer.status_code), answer.is_error, answer.text
    ran = await asyncio.to_thread(CliRunner(env=of.environment).invoke, app, words)
    return f"golden-thread {words[0]}", f"exit {ran.exit_code}", ran.exit_code != 0, ran.stdout


def _rows(told: str) -> int:
    """How many rows, items or other parts an answer has; 1 for one thing."""
    try:
        said: dict[str, Any] = json.loads(told)
    except ValueError:
        return max(len(told.splitlines()) - 1, 0)
    if "flips" in said:
        return len(said["flips"]["items"])
    if "counts" in said:
        return sum(said["counts"].values())
    return next((len(said[name]) for name in _ROWS if name in said), 1)


async def _all(graph: Graph, address: Address, folder: Path) -> bool:
    sound = True
    async with sample(graph, address) as loaded:
        async for each in answered(loaded, folder):
            sys.stdout.write(f"{each.line()}{'' if each.sound else '  FAILED'}\n")
            sound &= each.sound
    return sound


def main() -> int:
    """Answer every ask, over a Neo4j that lives as long as that; 1 where one was not."""
    return over_a_neo4j(_all)


if __name__ == "__main__":
    sys.exit(main())
