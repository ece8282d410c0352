"""The real registers as files and as batches, in both modes, cut off by kills and sent again: one graph.

python -m tests.durability.registers uk-councils legislation-gov-uk
"""

import argparse
import asyncio
import contextlib
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any

from app import imports
from app.domain import sources
from app.domain.sources import Source
from app.exports.documents import JsonLines, document
from app.exports.part import Part, Wanted
from app.graph import Graph
from app.imports import Adapter, Intake, LinkRow, Mode, RecordRow
from app.local_neo4j import Address, engine
from app.settings import Settings
from app.who import EVERYTHING, Stamp, new_id
from graph_schema import KIND_BY_NAME, LINK_BY_LABEL
from migrations import runner
from tests.api.conftest import httpx
from tests.api.signing import bearing, make_key
from tests.durability.service import Process, Service
from tests.imports.registers import FOLDERS, adapter

WAYS = ("files", "batches")
_MOST = 18_000
"""Rows in one batch or file: fewer than a batch may have, and one transaction may write."""
_WORTH_A_KILL = 20_000
"""Bytes that take long enough to be cut off in the middle."""
_PASSING = (409, 429, 503, 504)
_OURS = ("id", "revision", "changed_at", "claimed_on", "claimed_by", "accepted_for", "last_checked")


def lines(intake: Intake) -> Iterator[dict[str, Any]]:
    """The rows of a register as a batch or a file of JSON Lines states them, records first."""
    for row in intake.rows:
        if isinstance(row, RecordRow):
            scheme, _, value = row.key.partition("|")
            facts = {**row.otherwise, **{name: each for name, each in row.facts.items() if each is not None}}
            facts["identifiers"] = [{"scheme": scheme, "value": value}, *facts.get("identifiers", ())]
            yield {"kind": row.kind.__name__, "facts": {"title": value} | facts}
    for row in intake.rows:
        if isinstance(row, LinkRow):
            said = {"accepted_by": row.accepted.by, "accepted_on": row.accepted.on} if row.accepted else {}
            yield {"link": row.kind.label, "from": row.source, "to": row.target, "facts": row.facts} | said


Sent = tuple[str, bytes]
"""A scheme of keys, and rows as JSON Lines."""


def batches(intake: Intake) -> list[Sent]:
    """The rows in documents, each of which may be sent in one call."""
    rows = [_line(each) for each in lines(intake)]
    return [("", b"".join(rows[at : at + _MOST])) for at in range(0, len(rows), _MOST)]


def files(intake: Intake) -> list[Sent]:
    """The rows in files: one for the keys of each scheme, and one of links."""
    of: dict[str, list[bytes]] = {}
    for each in lines(intake):
        scheme = each["facts"]["identifiers"][0]["scheme"] if "kind" in each else ""
        of.setdefault(scheme, []).append(_line(each))
    return [(scheme, b"".join(rows)) for scheme, rows in of.items()]


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, default=str, ensure_ascii=False).encode() + b"\n"


async def digest(graph: Graph) -> str:
    """The digest of an export of everything, under keys in the place of the ids that were given out."""
    part = await Part.of(graph, Wanted(), EVERYTHING)
    text = b"".join([some async for some in document(part, JsonLines())]).decode()
    told = [json.loads(line) for line in text.split("\n") if line]
    names = {
        each["id"]: sorted(f"{i['scheme']}|{i['value']}" for i in each["facts"]["identifiers"])[0]
        for each in told
        if "facts" in each and "link" not in each and "kind" in each
    }
    plain = [json.dumps(_named(each, names), sort_keys=True) for each in told if "facts" in each]
    return sha256("\n".join(sorted(plain)).encode()).hexdigest()


def _named(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        born_accepted = "accepted_by" in value and value["accepted_by"] == value.get("claimed_by")
        ours = {*_OURS, "accepted_by"} if born_accepted else _OURS
        told = {name: _named(each, names) for name, each in value.items() if name not in ours}
        return told | ({"id": names[value["id"]]} if value.get("id") in names else {})
    if isinstance(value, list):
        return [_named(each, names) for each in value]
    return names.get(value, value) if isinstance(value, str) else value


@dataclass
class Outcome:
    """What became of one way of sending a register."""

    way: str
    rows: int
    digests: list[str] = field(default_factory=list)
    """Of the graph after the first time, and after the second."""
    killed: Counter[str] = field(default_factory=Counter)
    sent_again: int = 0
    again: dict[str, int] = field(default_factory=dict)
    """Counts of the second time."""
    took_s: int = 0


class Cut:
    """One register, sent one way into an empty service that is killed meanwhile."""

    def __init__(self, folder: Path, register: Adapter, intake: Intake, way: str, mode: Mode) -> None:
        self.outcome = Outcome(f"{register.name} {way} {mode.value}", len(intake.rows))
        self._running, self._source = Service(folder), register.source
        self._parts = files(intake) if way == "files" else batches(intake)
        self._way, self._mode = way, mode
        self._service: Process
        self._headers: dict[str, str] = {}

    async def run(self) -> Outcome:
        """Send it, with kills; then again, without."""
        began = time.monotonic()
        settings = Settings(data=self._running.home.data, neo4j_uri=None)
        try:
            self._service = self._running.serve()
            await self._running.answers(self._service)
            with engine(settings) as address:
                self._headers = bearing(await _key(address, self._source))
                await self._times(address, kills=True)
                self.outcome.again = await self._times(address, kills=False)
                await self._running.end(self._service)
        finally:
            self._running.end_all()
        self.outcome.took_s = round(time.monotonic() - began)
        return self.outcome

    async def _times(self, address: Address, kills: bool) -> dict[str, int]:
        counts: Counter[str] = Counter()
        victims = ["service", "neo4j"] if kills else []
        for scheme, part in sorted(self._parts, key=lambda each: (not each[0], each)):
            sends = self._file(scheme, part) if self._way == "files" else self._batch(part)
            sending = asyncio.create_task(sends)
            for victim in list(victims) if len(part) > _WORTH_A_KILL else ():
                await asyncio.sleep(random.uniform(0.5, 4))
                if not sending.done():
                    await self._kill(victim)
                    victims.remove(victim)
            counts.update({name: count or 0 for name, count in (await sending).items()})
        async with _connected(address) as graph:
            self.outcome.digests.append(await digest(graph))
        return dict(counts)

    async def _kill(self, victim: str) -> None:
        if victim == "neo4j":
            self._running.kill_engine()
        else:
            self._service.kill()
            await asyncio.to_thread(self._service.wait)
            self._service = self._running.serve()
            await self._running.answers(self._service)
        self.outcome.killed[victim] += 1

    async def _batch(self, part: bytes) -> dict[str, int]:
        told = await self._sent("POST", f"/v1/batches?mode={self._mode.value}", part)
        counts: dict[str, int] = told["counts"]
        if counts["rejected"]:
            wrong = [each["errors"] for each in told["rows"] if each["errors"]]
            raise RuntimeError(f"{self.outcome.way}: {wrong[:5]}")
        return counts

    async def _file(self, scheme: str, part: bytes) -> dict[str, int]:
        upload = await self._sent("POST", "/v1/uploads?name=register.jsonl", part, "application/octet-stream")
        wanted = {"upload": upload["id"], "scheme": scheme or self._source.name, "mode": self._mode.value}
        job = await self._sent("POST", "/v1/jobs", json.dumps(wanted).encode(), "application/json")
        while job["state"] in ("waiting", "running"):
            await asyncio.sleep(0.5)
            job = await self._sent("GET", f"/v1/jobs/{job['id']}")
        if job["state"] != "done" or job["counts"]["rejected"]:
            told = await self._sent("GET", f"/v1/jobs/{job['id']}/remarks?limit=5")
            raise RuntimeError(
                f"{self.outcome.way}: the job {job['state']}: {job['problem']} {told['items']}"
            )
        counts: dict[str, int] = job["counts"]
        return counts

    async def _sent(
        self, method: str, path: str, body: bytes = b"", type: str = "application/jsonl"
    ) -> dict[str, Any]:
        """What is answered, under one key however often it has to be sent."""
        key = {"Idempotency-Key": f'"{new_id()}"', "Content-Type": type} if method == "POST" else {}
        async with self._running.http(timeout=400) as http:
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    answer = await http.request(method, path, content=body, headers=self._headers | key)
                    if answer.is_success:
                        told: dict[str, Any] = answer.json()
                        return told
                    if answer.status_code not in _PASSING:
                        raise RuntimeError(f"{answer.status_code} to {method} {path}: {answer.text[:1_000]}")
                self.outcome.sent_again += method == "POST"
                await asyncio.sleep(0.5)


@contextlib.asynccontextmanager
async def _connected(address: Address) -> AsyncIterator[Graph]:
    opened = Graph.connect(
        address.uri, address.user, address.password, address.database, read_timeout=120, write_timeout=300
    )
    async with opened as graph:
        yield graph


async def _key(address: Address, source: Source) -> str:
    """The key of an integration that speaks for the register and may state all it states."""
    async with _connected(address) as graph:
        await graph.write(sources.register, source, "2026-01-01")
        secret = await make_key(
            graph, roles=["integration"], source=source.name, kinds=[*KIND_BY_NAME], links=[*LINK_BY_LABEL]
        )
    return secret.text


async def _loaded(folder: Path, register: Adapter, intake: Intake) -> str:
    """The digest of the register as the command line loads it, which nothing cuts off."""
    with engine(Settings(data=folder, neo4j_uri=None, neo4j_port=0)) as address:
        async with _connected(address) as graph:
            await runner.migrate(graph)
            await imports.run(graph, intake, register.source, Stamp("loader"))
            return await digest(graph)


async def _tried(asked: str, ways: Iterable[tuple[str, Mode]], say: Callable[[str], None]) -> bool:
    """Whether every way of sending this register comes to the same graph."""
    name, _, path = asked.partition("=")
    register, files_of = adapter(name), Path(path) if path else FOLDERS[name]
    with tempfile.TemporaryDirectory(prefix="register-", ignore_cleanup_errors=True) as folder:
        wanted = await _loaded(Path(folder), register, register.read(files_of))
    say(f"{name}: {wanted[:16]} as loaded, not cut off")
    sound = True
    for way, mode in ways:
        with tempfile.TemporaryDirectory(prefix="register-", ignore_cleanup_errors=True) as folder:
            done = await Cut(Path(folder), register, register.read(files_of), way, mode).run()
        same = done.digests == [wanted, wanted] and done.again["unchanged"] == done.rows
        sound = sound and same
        say(
            f"{done.way}: {done.rows:,} rows, {' and '.join(each[:16] for each in done.digests)}, "
            f"{'the same' if same else 'ANOTHER'}; killed {dict(done.killed)}, sent again "
            f"{done.sent_again} times; the second time {done.again}; {done.took_s} s"
        )
    return sound


def main() -> int:
    """Run the trials and print what they found; 1 where a graph came out another."""
    parser = argparse.ArgumentParser(prog="python -m tests.durability.registers", description=__doc__)
    parser.add_argument(
        "register", nargs="*", default=["uk-councils", "legislation-gov-uk"], help="NAME, or NAME=PATH."
    )
    parser.add_argument("--way", choices=WAYS, action="append", help="By default both.")
    parser.add_argument("--mode", choices=[*Mode], type=Mode, action="append", help="By default both.")
    asked = parser.parse_args()
    ways = [*product(asked.way or WAYS, asked.mode or Mode)]

    def say(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    return 0 if all([asyncio.run(_tried(name, ways, say)) for name in asked.register]) else 1


if __name__ == "__main__":
    sys.exit(main())
