"""Answers that never arrive: connections cut at random moments, each request sent again under its key.

python -m tests.durability.lost_answers 500
"""

import argparse
import asyncio
import contextlib
import json
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from app import logs
from app.api import wire
from app.graph import Graph
from app.local_neo4j import Address, engine
from app.main import create_app
from app.settings import Settings
from app.who import new_id
from migrations import runner

AT_ONCE, ROWS = 4, 6
_PASSING = {409: "still_running", 503: "unavailable", 504: "too_slow"}
"""Answers after which the same request is sent again."""


@dataclass
class Counts:
    """What came of it."""

    cut: int = 0
    """Connections cut."""
    done_unheard: int = 0
    """Requests that had been done when they were sent again."""
    told_still_running: int = 0
    answered: int = 0
    done_twice: int = 0
    lost: int = 0
    unexpected: list[str] = field(default_factory=list)


@contextlib.asynccontextmanager
async def serving(address: Address) -> AsyncIterator[int]:
    """The port of the service behind a real socket."""
    config = uvicorn.Config(
        create_app(Settings(log_level="ERROR"), address),
        port=0, log_config=None, access_log=False, server_header=False, http=wire.Http, ws="none",
    )  # fmt: skip
    server = uvicorn.Server(config)
    served = asyncio.ensure_future(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server tells nobody when it is
        await asyncio.sleep(0.02)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await served


@dataclass(frozen=True)
class Request:
    """A write under a key: one record, or a batch of records and links."""

    key: str
    path: str
    body: bytes

    @classmethod
    def new(cls, number: int) -> "Request":
        key = new_id()
        if number % 2:
            return cls(key, "/v1/projects", json.dumps({"title": f"lost {key}"}).encode())
        named = [{"scheme": "lost", "value": f"{key}-{at}"} for at in range(ROWS)]
        rows: list[dict[str, Any]] = [
            {"kind": "Project", "facts": {"title": f"lost {key}", "identifiers": [each]}} for each in named
        ]
        ends = [f"lost|{each['value']}" for each in named]
        rows += [{"link": "ENABLES", "from": ends[0], "to": end} for end in ends[1:]]
        mode = ("best-effort", "all-or-nothing")[number % 4 // 2]
        return cls(key, f"/v1/batches?mode={mode}", json.dumps({"rows": rows}).encode())

    @property
    def sent(self) -> bytes:
        head = (
            f"POST {self.path} HTTP/1.1", "Host: localhost", "Content-Type: application/json",
            f'Idempotency-Key: "{self.key}"', f"Content-Length: {len(self.body)}", "", "",
        )  # fmt: skip
        return "\r\n".join(head).encode() + self.body

    @property
    def records(self) -> int:
        return ROWS if self.path.startswith("/v1/batches") else 1


class Trial:
    """Requests whose connections are cut, and what became of them."""

    def __init__(self, port: int) -> None:
        self.counts = Counts()
        self._port = port
        self._takes = {"/v1/projects": 0.05, "/v1/batches": 0.2}
        self._answered: list[Request] = []

    async def run(self, graph: Graph, times: int) -> Counts:
        """Cut so many connections, and count."""
        numbers = iter(range(times))

        async def client() -> None:
            for number in numbers:
                await self._one(Request.new(number))

        await asyncio.gather(*(client() for _ in range(AT_ONCE)))
        await self._count(graph)
        return self.counts

    async def _one(self, request: Request) -> None:
        place = request.path.partition("?")[0]
        await self._cut(request, random.uniform(0, 1.3 * self._takes[place]))
        while True:
            began = time.monotonic()
            status, headers, body = await self._asked(request)
            if status in (200, 201):
                break
            if status not in _PASSING or _PASSING[status] not in body.decode():
                self.counts.unexpected.append(f"{status} {body[:300]!r}")
                return
            self.counts.told_still_running += status == 409
            await asyncio.sleep(0.1)
        if "idempotency-replayed" in headers:
            self.counts.done_unheard += 1
        else:
            self._takes[place] += 0.2 * (time.monotonic() - began - self._takes[place])
        self.counts.answered += 1
        self._answered.append(request)
        self._check(request, json.loads(body))

    def _check(self, request: Request, told: dict[str, Any]) -> None:
        if request.records > 1 and {row["outcome"] for row in told["rows"]} != {"created"}:
            self.counts.unexpected.append(f"a batch answered {told['counts']}")

    async def _cut(self, request: Request, after: float) -> None:
        """Send the request, or a part of it, and end the connection at some moment."""
        _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        whole = random.random() < 0.9
        writer.write(request.sent if whole else request.sent[: random.randrange(len(request.sent))])
        await writer.drain()
        await asyncio.sleep(after)
        writer.transport.abort()
        self.counts.cut += 1

    async def _asked(self, request: Request) -> tuple[int, str, bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(request.sent)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length:")[2].partition("\r\n")[0])
        body = await reader.readexactly(length)
        writer.close()
        return int(head.split()[1]), head, body

    async def _count(self, graph: Graph) -> None:
        """Of each request: as many records as it asked for, and one entry of each in the ledger."""
        rows = await graph.rows(
            """MATCH (n:Project) WHERE n.title STARTS WITH 'lost '
               OPTIONAL MATCH (c:Change {item: n.id})
               WITH n, count(c) AS entries
               RETURN n.title AS title, count(n) AS records, sum(entries) AS entries"""
        )
        linked = await graph.rows(
            """MATCH (a:Project)-[r:ENABLES]->() WHERE a.title STARTS WITH 'lost '
               RETURN a.title AS title, count(r) AS links"""
        )
        found = {row["title"]: (row["records"], row["entries"]) for row in rows}
        links = {row["title"]: row["links"] for row in linked}
        for request in self._answered:
            title, wanted = f"lost {request.key}", request.records
            records, entries = found.get(title, (0, 0))
            joined = links.get(title, 0)
            self.counts.lost += records < wanted or joined < wanted - 1
            self.counts.done_twice += records > wanted or entries > wanted or joined > wanted - 1


async def _run(address: Address, times: int) -> Counts:
    async with (
        Graph.connect(
            address.uri, address.user, address.password, address.database, read_timeout=120, write_timeout=60
        ) as graph,
    ):
        await runner.migrate(graph)
        async with serving(address) as port:
            return await Trial(port).run(graph, times)


def main() -> int:
    """Run the trial and print what it found; 1 where something was done twice, lost or unexpected."""
    parser = argparse.ArgumentParser(prog="python -m tests.durability.lost_answers", description=__doc__)
    parser.add_argument("times", type=int, nargs="?", default=500, help="How many connections are cut.")
    asked = parser.parse_args()
    logs.set_up("ERROR")
    with (
        tempfile.TemporaryDirectory(prefix="lost-", ignore_cleanup_errors=True) as folder,
        engine(Settings(data=Path(folder), neo4j_port=0)) as address,
    ):
        counts = asyncio.run(_run(address, asked.times))
    sys.stdout.write(f"{counts}\n")
    return 1 if counts.done_twice or counts.lost or counts.unexpected else 0


if __name__ == "__main__":
    sys.exit(main())
