"""The trial: kill the database, or the service, in the middle of writes, and count what became of them."""

import asyncio
import contextlib
import itertools
import random
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from app.graph import Graph
from app.local_neo4j import Address, engine
from app.settings import Settings
from app.who import new_id
from tests.api.conftest import httpx
from tests.durability.commits import SCHEME
from tests.durability.counting import Client, Counts, Found, Poller, Victim
from tests.durability.service import PATIENCE_S, Process, Service
from tests.durability.writer import Journal

POLLERS, CLIENTS = 3, 4


class Trial:
    """One victim, killed so many times."""

    def __init__(self, folder: Path, victim: Victim, tell: Callable[[str], None] = lambda _: None) -> None:
        self.counts = Counts(victim)
        self._tell = tell
        self._running = Service(folder)
        self._journal = Journal(folder / "journal.jsonl")
        self._clients = [Client() for _ in range(CLIENTS)]
        self._pollers = [Poller() for _ in range(POLLERS)]
        self._over = False

    async def run(self, kills: int) -> Counts:
        """Run it to the end, and count."""
        try:
            return await self._run(kills)
        finally:
            self._running.end_all()

    async def _run(self, kills: int) -> Counts:
        settings = Settings(data=self._running.home.data, neo4j_uri=None)
        service = self._running.serve()
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
                        self._running.kill_engine()
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
            await self._running.end(service)
        with engine(settings) as address:  # everything down, then one more start
            await self._count(address)
        return self.counts

    def _write(self) -> Process:
        return self._running.child(sys.executable, "-m", "tests.durability.writer", str(self._journal.path))

    async def _answers(self, service: Process) -> None:
        try:
            await self._running.answers(service)
        except TimeoutError:
            self.counts.next_start_failed += 1
            raise

    async def _kill_service(self, service: Process, writer: Process) -> tuple[Process, Process]:
        for victim in (service, writer):
            victim.kill()
        for victim in (service, writer):
            await asyncio.to_thread(victim.wait)
        service, writer = self._running.serve(), self._write()
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

    async def _poll(self, poller: Poller) -> None:
        async with self._running.http() as http:
            while True:
                try:
                    await self._poll_once(http, poller)
                except httpx.HTTPError:
                    await asyncio.sleep(0.2)
                await asyncio.sleep(0.02)

    async def _poll_once(self, http: httpx.AsyncClient, poller: Poller) -> bool:
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
        async with self._running.http() as http:
            for poller in self._pollers:
                while await self._poll_once(http, poller):
                    pass

    async def _send(self, client: Client) -> None:
        async with self._running.http() as http:
            while not self._over:
                key = new_id()
                created = await self._created(http, client, key)
                client.created[key] = created["id"]
                await self._renamed(http, client, created["id"], f"Renamed {key}")
                client.renamed.add(key)
                await asyncio.sleep(0.05)

    async def _created(self, http: httpx.AsyncClient, client: Client, key: str) -> dict[str, Any]:
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

    async def _renamed(self, http: httpx.AsyncClient, client: Client, id: str, title: str) -> None:
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
            found = await Found.read(graph)
        found.count_commits(self.counts, self._journal)
        found.count_clients(self.counts, self._clients)
        found.count_ledger(self.counts, self._pollers)
