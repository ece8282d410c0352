"""The commands of documents, run in this process: `golden-thread` as a person types it, `curl` over HTTP."""

import argparse
import asyncio
import json
import os
import re
import shlex
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from app.cli import app
from app.graph import Graph
from app.imports.jobs import Runner
from app.imports.sample import SAMPLE
from app.local_neo4j import Address, engine
from app.settings import Settings
from migrations import runner
from tests.api.conftest import Client

_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_RECORD = r"[\w-]+[/|][\w./-]+"
_KEY = re.compile(rf"\{{(?:etag of )?({_RECORD}|[A-Z_]+ {_RECORD} {_RECORD})\}}")
_ETAG = re.compile(r"\{etag of ([^}]+)\}")
_VOLATILE = (
    (re.compile(r"\b\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)"), "{then}"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "{digest}"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "{print}"),
    (re.compile(r'"[0-9a-f]{12}-(?=[rn]\d)'), '"{ledger}-'),
    (re.compile(r'(?<="claimed_on": ")[^"]+|(?<="declared_on": ")[^"]+'), "{day}"),
    (re.compile(r'(?<="age_days": )\d+'), "{days}"),
    (re.compile(r'(?<="number": )\d+|(?<="seq": )\d+|(?<="next_after": )\d+'), "{number}"),
    (re.compile(r"(?<=at number )[\d,]+"), "{number}"),
    (re.compile(r'(?<=after=)[\w%.-]+|(?<="next_cursor": ")[^"]+'), "{cursor}"),
)
"""What is another on every machine or day, and what stands for it."""


@dataclass(frozen=True)
class Ran:
    """What a command printed, and whether the service said no."""

    output: str
    refused: bool


@dataclass
class Sample:
    """The service over the sample, and the keys of its records."""

    graph: Graph
    client: Client
    environment: dict[str, str]
    runner: Runner
    ids: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    async def learn(self) -> None:
        """Take note of the keys of all records, and of what each link joins."""
        for row in await self.graph.rows(_KEYS):
            ours = row["scheme"] == SAMPLE.name
            self.ids[row["value"] if ours else f"{row['scheme']}|{row['value']}"] = row["id"]
        self.names = {id: key for key, id in self.ids.items()}
        for row in await self.graph.rows(_LINKS):
            ends = [self.names.get(row[end], "") for end in ("start", "end")]
            if all(ends):
                name = " ".join([row["label"], *ends])
                self.names[row["id"]], self.ids[name] = name, row["id"]

    def named(self, text: str) -> str:
        """The text with keys for ids, and words for what is another on every machine."""
        text = _ID.sub(lambda id: f"{{{self.names.get(id[0], 'id')}}}", text)
        for pattern, word in _VOLATILE:
            text = pattern.sub(word, text)
        return text

    async def meant(self, command: str) -> list[str]:
        """The words of a command, with ids for keys; a key may be that of a record made since."""
        if not set(_KEY.findall(command)) <= self.ids.keys():
            await self.learn()
        for key in _ETAG.findall(command):
            tag = (await self.client.get(f"/v1/records/{self.ids[key]}")).headers["etag"]
            command = command.replace(f"{{etag of {key}}}", tag)
        return shlex.split(_KEY.sub(lambda key: self.ids[key[1]], command))

    async def run(self, command: str) -> Ran:
        """Run a command as a person would."""
        program, *words = await self.meant(command)
        if program == "curl":
            return await self._curled(words)
        assert program == "golden-thread", f"no such command here: {program}"
        ran = await asyncio.to_thread(CliRunner(env=self.environment).invoke, app, words)
        return Ran(self.named(ran.output), ran.exit_code != 0)

    async def fetch(self, command: str) -> Any:
        """What a curl command gets."""
        asked = _CURL.parse_args((await self.meant(command))[1:])
        given = (line.partition(":") for line in asked.header)
        headers = {name.strip(): value.strip() for name, _, value in given}
        body = None
        if asked.data is not None:
            body = await asyncio.to_thread(_sent, asked.data)
        method = asked.method or ("GET" if body is None else "POST")
        url = asked.url.replace("http://127.0.0.1:8000", "")
        return await self.client.request(method, url, headers=headers, content=body)

    async def _note(self, answer: Any) -> None:
        """Take note of the ids of uploads, by the file's name, and of jobs, by their number."""
        made = re.search(r"/v1/(upload|job)s/([0-9a-f-]{36})$", answer.headers.get("Location", ""))
        if made:
            ours = answer.json()["name"] if made[1] == "upload" else self._jobs()
            self.ids[f"{made[1]}/{ours}"], self.names[made[2]] = made[2], f"{made[1]}/{ours}"

    def _jobs(self) -> int:
        return 1 + sum(each.startswith("job/") for each in self.ids)

    async def _curled(self, words: list[str]) -> Ran:
        answer = await self.fetch(shlex.join(["curl", *words]))
        await self._note(answer)
        while await self.runner.turn():
            pass
        shown = _CURL.parse_args(words).shown
        head = [f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}"]
        head += [f"{name}: {answer.headers[name]}" for name in _SHOWN if name in answer.headers]
        body = answer.text
        form = answer.headers.get("Content-Type", "")
        if "json" in form and "jsonl" not in form and body.startswith("{"):
            body = json.dumps(_abridged(json.loads(body)), ensure_ascii=False, indent=2)
        text = "\n".join([*(head if shown else []), *([body] if body else [])])
        return Ran(
            self.named(text.replace("http://localhost:8000", "http://127.0.0.1:8000")), answer.is_error
        )


def _abridged(value: Any) -> Any:
    """A value without what is empty, its lists cut short: the first of large structures, a few of small."""
    if isinstance(value, Mapping):
        return {name: _abridged(part) for name, part in value.items() if part not in (None, [])}
    if isinstance(value, list):
        most = 1 if any(isinstance(part, Mapping) and len(part) > 4 for part in value) else 4
        kept = [_abridged(part) for part in value[:most]]
        return [*kept, f"... and {len(value) - most:,} more"] if len(value) > most else kept
    return value


_SHOWN = ("etag", "location", "retry-after", "idempotency-replayed")


def _sent(data: str) -> bytes:
    if not data.startswith("@"):
        return data.encode()
    with open(data[1:], "rb") as file:
        return file.read()


def _curl() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="curl", add_help=False)
    parser.add_argument("-s", action="store_true")
    parser.add_argument("-i", action="store_true", dest="shown")
    parser.add_argument("-X", dest="method")
    parser.add_argument("-H", action="append", default=[], dest="header")
    parser.add_argument("-d", "--data-binary", dest="data")
    parser.add_argument("url")
    return parser


_CURL = _curl()
_KEYS = """
MATCH (i:Identifier)-[:IDENTIFIES]->(n)
RETURN i.scheme AS scheme, i.value AS value, n.id AS id ORDER BY scheme, value
"""
_LINKS = """
MATCH (a:Record)-[l]->(b:Record) WHERE l.id IS NOT NULL
RETURN l.id AS id, type(l) AS label, a.id AS start, b.id AS end
"""


def environment(address: Address) -> dict[str, str]:
    """Settings that lead a command to this database, in a plain terminal of 100 columns."""
    return {
        "GOLDEN_THREAD_NEO4J_URI": address.uri,
        "GOLDEN_THREAD_NEO4J_USER": address.user,
        "GOLDEN_THREAD_NEO4J_PASSWORD": address.password,
        "GOLDEN_THREAD_NEO4J_DATABASE": address.database,
        "COLUMNS": "100",
        "NO_COLOR": "1",
    }


Work = Callable[[Graph, Address, Path], Awaitable[bool]]
"""Work over a graph, its address and a folder for files; answers whether all went well."""


def over_a_neo4j(work: Work) -> int:
    """Do work over a migrated Neo4j that lives as long as that, in a folder of its own; 1 where it failed."""

    async def connected(address: Address, folder: Path) -> bool:
        async with Graph.connect(
            address.uri, address.user, address.password, address.database, read_timeout=120, write_timeout=120
        ) as graph:
            await runner.migrate(graph)
            return await work(graph, address, folder)

    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as given,
        engine(Settings(data=Path(given), neo4j_port=0)) as address,
    ):
        folder = Path(given) / "files"
        folder.mkdir()
        os.chdir(folder)
        return 0 if asyncio.run(connected(address, folder)) else 1
