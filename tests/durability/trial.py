"""The trial: kill the database, or the service, in the middle of writes, and count what became of them."""

import asyncio
import contextlib
import itertools
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx

from app.graph import Graph
from app.local_neo4j import Address, engine
from app.local_neo4j.home import Home, read_state
from app.settings import Settings
from app.who import new_id
from tests.durability.commits import SCHEME
from tests.durability.writer import Journal

Victim = Literal["neo4j", "service"]
PATIENCE_S = 150.0
POLLERS, CLIENTS = 3, 4


@dataclass
class Counts:
    """What a trial found. The second half must be nothing but zeros."""

    victim: Victim
    kills: int = 0
    acknowledged_of_1: int = 0
    acknowledged_of_1000: int = 0
    changes_over_http: int = 0
    requests_repeated: int = 0
    ledger_entries: int = 0
    polls: int = 0
    slowest_comeback_s: float = 0.0
    lost: int = 0
    half_written: int = 0
    written_twice: int = 0
    holes: int = 0
    next_start_failed: int = 0
    unexpected_answers: int = 0

    @property
    def wrong(self) -> dict[str, int]:
        """The counts that must be zero and are not."""
        told = asdict(self)
        must = ("lost", "half_written", "written_twice", "holes", "next_start_failed", "unexpected_answers")
        return {name: told[name] for name in must if told[name]}


@dataclass
class _Client:
    """One HTTP client's writes: records created, then renamed, each sent until it is acknowledged."""

    created: dict[str, str] = field(default_factory=dict)
    """Key -> id."""
    renamed: set[str] = field(default_factory=set)
    repeated: int = 0


@dataclass
class _Poller:
    """One reader of the feed: the numbers it saw, in the order it saw them."""

    after: int = 0
    seen: list[tuple[int, str]] = field(default_factory=list)
    polls: int = 0


class Trial:
    """One victim, killed so many times."""

    def __init__(self, folder: Path, victim: Victim, tell: Callable[[str], None] = lambda _: None) -> None:
        self.counts = Counts(victim)
        self._tell = tell
        self._port = _free_port()
        self._folder = folder
        self._home = Home(folder / "data")
        self._journal = Journal(folder / "journal.jsonl")
        self._clients = [_Client() for _ in range(CLIENTS)]
        self._pollers = [_Poller() for _ in range(POLLERS)]
        self._children: list[subprocess.Popen[bytes]] = []
        self._over = False
        self._environment = os.environ | {
            "GOLDEN_THREAD_DATA": str(self._home.data),
            "GOLDEN_THREAD_PORT": str(self._port),
            "GOLDEN_THREAD_LOG_LEVEL": "ERROR",
        }
        for name in ("GOLDEN_THREAD_NEO4J_URI", "GOLDEN_THREAD_TEST_NEO4J"):
            self._environment.pop(name, None)

    async def run(self, kills: int) -> Counts:
        """Run it to the end, and count."""
        try:
            return await self._run(kills)
        finally:
            for child in self._children:
                child.kill()
                child.wait()

    async def _run(self, kills: int) -> Counts:
        settings = Settings(data=self._home.data, neo4j_uri=None)
        service = self._serve()
        await self._answers(service)
        # The engine outlives the service here, so that pollers and counts have something to ask.
        with engine(settings):
            writer = self._write()
            async with self._traffic():
                for number in range(kills):
                    await self._progress()
                    await asyncio.sleep(random.uniform(0, 1.5))
                    since = time.monotonic()
                    if self.counts.victim == "neo4j":
                        self._kill_engine()
                    else:
                        service, writer = await self._kill_service(service, writer)
                    self.counts.kills += 1
                    await self._progress()
                    took = time.monotonic() - since
                    self.counts.slowest_comeback_s = max(self.counts.slowest_comeback_s, round(took, 1))
                    self._tell(f"{self.counts.victim} killed {number + 1} of {kills}, back in {took:.1f} s")
                self._journal.path.with_suffix(".stop").touch()
                await asyncio.to_thread(writer.wait, PATIENCE_S)
            await self._caught_up()
            service.send_signal(signal.SIGTERM)
            await asyncio.to_thread(service.wait, 60)
        with engine(settings) as address:  # everything down, then one more start
            await self._count(address)
        return self.counts

    def _serve(self) -> "subprocess.Popen[bytes]":
        return self._child(str(Path(sys.executable).with_name("golden-thread")), "serve")

    def _write(self) -> "subprocess.Popen[bytes]":
        return self._child(sys.executable, "-m", "tests.durability.writer", str(self._journal.path))

    def _child(self, *command: str) -> "subprocess.Popen[bytes]":
        with (self._folder / "children.log").open("ab") as log:
            child = subprocess.Popen(
                command, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._children.append(child)
        return child

    def _http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self._port}", timeout=30)

    async def _answers(self, service: "subprocess.Popen[bytes]") -> None:
        until = time.monotonic() + PATIENCE_S
        async with self._http() as http:
            while time.monotonic() < until and service.poll() is None:
                with contextlib.suppress(httpx.HTTPError):
                    if (await http.get("/health/ready")).is_success:
                        return
                await asyncio.sleep(0.1)
        self.counts.next_start_failed += 1
        raise TimeoutError(f"the service did not come to answer; see {self._folder / 'children.log'}")

    def _kill_engine(self) -> None:
        state = read_state(self._home)
        assert state is not None
        os.kill(state["pid"], signal.SIGKILL)

    async def _kill_service(
        self, service: "subprocess.Popen[bytes]", writer: "subprocess.Popen[bytes]"
    ) -> tuple["subprocess.Popen[bytes]", "subprocess.Popen[bytes]"]:
        for victim in (service, writer):
            victim.kill()
        for victim in (service, writer):
            await asyncio.to_thread(victim.wait)
        service, writer = self._serve(), self._write()
        await self._answers(service)
        return service, writer

    async def _progress(self) -> None:
        """Wait until every kind of write has been acknowledged again."""
        start, until = self._acknowledged(), time.monotonic() + PATIENCE_S
        while any(now <= then for now, then in zip(self._acknowledged(), start, strict=True)):
            if time.monotonic() > until:
                self.counts.next_start_failed += 1
                raise TimeoutError("no write was acknowledged any more")
            await asyncio.sleep(0.05)

    def _acknowledged(self) -> tuple[int, int, int, int]:
        sizes = list(self._journal.acknowledged().values())
        polled = min(poller.after for poller in self._pollers)
        over_http = sum(len(client.renamed) for client in self._clients)
        return sizes.count(1), sizes.count(1_000), over_http, polled

    @contextlib.asynccontextmanager
    async def _traffic(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self._poll(poller)) for poller in self._pollers]
        clients = [asyncio.create_task(self._send(client)) for client in self._clients]
        try:
            yield
            self._over = True
            await asyncio.gather(*clients)
        finally:
            for task in [*tasks, *clients]:
                task.cancel()
            await asyncio.gather(*tasks, *clients, return_exceptions=True)

    async def _poll(self, poller: _Poller) -> None:
        async with self._http() as http:
            while True:
                try:
                    await self._poll_once(http, poller)
                except httpx.HTTPError:
                    await asyncio.sleep(0.2)
                await asyncio.sleep(0.02)

    async def _poll_once(self, http: httpx.AsyncClient, poller: _Poller) -> bool:
        """Whether there was something new."""
        answer = await http.get("/v1/changes", params={"after": poller.after, "limit": 1_000})
        if not answer.is_success:
            await asyncio.sleep(0.2)
            return True
        poller.polls += 1
        stretch = answer.json()
        poller.seen += [(entry["seq"], entry["item"]) for entry in stretch["items"]]
        moved = stretch["next_after"] > poller.after
        poller.after = stretch["next_after"]
        return moved

    async def _caught_up(self) -> None:
        async with self._http() as http:
            for poller in self._pollers:
                while await self._poll_once(http, poller):
                    pass

    async def _send(self, client: _Client) -> None:
        async with self._http() as http:
            while not self._over:
                key = new_id()
                created = await self._created(http, client, key)
                client.created[key] = created["id"]
                await self._renamed(http, client, created["id"], f"Renamed {key}")
                client.renamed.add(key)
                await asyncio.sleep(0.05)

    async def _created(self, http: httpx.AsyncClient, client: _Client, key: str) -> dict[str, Any]:
        body = {"title": f"Created {key}", "identifiers": [{"scheme": SCHEME, "value": f"{key}-0"}]}
        for attempt in itertools.count():
            client.repeated += attempt > 0
            answer = await self._answer(http, "POST", "/v1/projects", json=body)
            if answer is not None and answer.status_code == 201:
                return dict(answer.json())
            if answer is not None and answer.status_code in (409, 422):  # an earlier attempt was done
                found = await self._answer(http, "GET", f"/v1/records?identifier={SCHEME}%7C{key}-0")
                if found is not None and found.is_success:
                    return dict(found.json())
        raise AssertionError

    async def _renamed(self, http: httpx.AsyncClient, client: _Client, id: str, title: str) -> None:
        path = f"/v1/projects/{id}"
        for attempt in itertools.count():
            client.repeated += attempt > 0
            stands = await self._answer(http, "GET", path)
            if stands is None or not stands.is_success:
                continue
            if stands.json()["facts"]["title"] == title:
                return
            headers = {"If-Match": stands.headers["ETag"], "Content-Type": "application/merge-patch+json"}
            answer = await self._answer(http, "PATCH", path, json={"title": title}, headers=headers)
            if answer is not None and answer.is_success:
                return

    async def _answer(
        self, http: httpx.AsyncClient, method: str, path: str, **sent: Any
    ) -> httpx.Response | None:
        """The answer, or None where there was none, or the service was busy or too slow."""
        try:
            answer = await http.request(method, path, **sent)
        except httpx.HTTPError:
            await asyncio.sleep(0.2)
            return None
        if answer.status_code in (503, 504):
            await asyncio.sleep(0.2)
            return None
        if answer.status_code not in (200, 201, 404, 409, 412, 422):
            self.counts.unexpected_answers += 1
            self._tell(f"{answer.status_code} to {method} {path}: {answer.text}")
        return answer

    async def _count(self, address: Address) -> None:
        opened = Graph.connect(
            address.uri, address.user, address.password, address.database, read_timeout=120
        )
        async with opened as graph:
            await self._count_commits(graph)
            await self._count_http(graph)
            await self._count_ledger(graph)

    async def _count_commits(self, graph: Graph) -> None:
        rows = await graph.rows(
            """MATCH (c:Change) WHERE c.actor = 'writer'
               WITH c.request AS key, count(*) AS entries, count(DISTINCT c.item) AS items,
                    collect(c.item) AS ids, max(c.seq) - min(c.seq) + 1 AS span
               RETURN key, entries, items, span,
                      COUNT { UNWIND ids AS id
                              MATCH (:Identifier)-[:IDENTIFIES]->(n:Record {id: id}) } AS records,
                      EXISTS { MATCH (r:Receipt {key: key}) WHERE r.answer IS NOT NULL } AS receipt"""
        )
        there = {row["key"]: row for row in rows}
        begun, acknowledged = self._journal.begun(), self._journal.acknowledged()
        self.counts.lost += len(acknowledged.keys() - there.keys())
        for key, row in there.items():
            size = begun[key]
            parts = (row["entries"], row["items"], row["records"], row["span"])
            self.counts.written_twice += any(part > size for part in parts[:3])
            self.counts.half_written += any(part < size for part in parts) or not row["receipt"]
        stray = await graph.row(
            """MATCH (i:Identifier) WHERE i.scheme = $scheme
               MATCH (i)-[:IDENTIFIES]->(n:Record)
               WHERE NOT EXISTS { MATCH (c:Change) WHERE c.item = n.id } RETURN count(*) AS n""",
            scheme=SCHEME,
        )
        assert stray is not None
        self.counts.half_written += stray["n"]
        sizes = list(acknowledged.values())
        self.counts.acknowledged_of_1 = sizes.count(1)
        self.counts.acknowledged_of_1000 = sizes.count(1_000)
        self.counts.requests_repeated += sum("repeated" in line for line in self._journal.lines())

    async def _count_http(self, graph: Graph) -> None:
        created = {key: id for client in self._clients for key, id in client.created.items()}
        renamed = {key for client in self._clients for key in client.renamed}
        rows = await graph.rows(
            """UNWIND $keys AS key
               OPTIONAL MATCH (i:Identifier {key: $scheme + '|' + key + '-0'})-[:IDENTIFIES]->(n:Record)
               WITH key, collect(n) AS found
               WITH key, found, head(found) AS n
               RETURN key, [each IN found | each.id] AS ids, n.title AS title, n.revision AS revision,
                      COUNT { MATCH (c:Change) WHERE c.item = n.id } AS entries""",
            keys=list(created),
            scheme=SCHEME,
        )
        for row in rows:
            key, expected = row["key"], 2 if row["key"] in renamed else None
            lost = row["ids"] != [created[key]] or (key in renamed and row["title"] != f"Renamed {key}")
            self.counts.lost += lost
            self.counts.written_twice += row["revision"] > 2 or row["entries"] > 2
            self.counts.half_written += row["entries"] != row["revision"]
            self.counts.lost += expected is not None and row["revision"] < expected
        titles = await graph.row(
            """MATCH (n:Project) WITH n.title AS title, count(*) AS n
               WHERE n > 1 AND NOT title STARTS WITH 'Commit' RETURN count(*) AS twice"""
        )
        assert titles is not None
        self.counts.written_twice += titles["twice"]
        self.counts.changes_over_http = len(created) + len(renamed)
        self.counts.requests_repeated += sum(client.repeated for client in self._clients)

    async def _count_ledger(self, graph: Graph) -> None:
        rows = await graph.rows("MATCH (c:Change) RETURN c.seq AS seq, c.item AS item ORDER BY seq")
        ledger = [(row["seq"], row["item"]) for row in rows]
        self.counts.ledger_entries = len(ledger)
        self.counts.holes += sum(number != at for at, (number, _) in enumerate(ledger, start=1))
        for poller in self._pollers:
            self.counts.polls += poller.polls
            self.counts.holes += len(set(ledger) - set(poller.seen)) + (poller.seen != sorted(poller.seen))
            self.counts.written_twice += len(poller.seen) - len(set(poller.seen))
            self.counts.lost += len(set(poller.seen) - set(ledger))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
