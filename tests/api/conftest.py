"""The service over a real database, spoken to over HTTP inside this process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, TypeVar

import httpx
import pytest

from app.graph import Graph
from app.main import create_app
from app.settings import Settings
from app.who import DEMONSTRATION, EVERYTHING, Caller, Reader, Role

T = TypeVar("T")

BASE = "http://localhost:8000"


class Client(httpx.AsyncClient):
    """A client of the service, with the words tests use most."""

    async def new(self, kind: str, /, **facts: Any) -> dict[str, Any]:
        """Create a record and give its envelope."""
        answer = await self.post(f"/v1/{kind}", json={"title": "A title"} | facts)
        assert answer.status_code == 201, answer.text
        shown: dict[str, Any] = answer.json()
        return shown


C = TypeVar("C", bound=Client)


@pytest.fixture
async def client(graph: Graph) -> AsyncIterator[Client]:
    """The service for a reader who sees everything."""
    async with serving(graph, lambda: EVERYTHING) as each:
        yield each


@pytest.fixture
async def as_reader(graph: Graph) -> AsyncIterator[Callable[[Reader], Client]]:
    """The same service for any reader: call it with the reader."""
    opened: list[Client] = []

    def open_for(reader: Reader) -> Client:
        opened.append(serving(graph, lambda: reader))
        return opened[-1]

    yield open_for
    for each in opened:
        await each.aclose()


def serving(graph: Graph, reader: Callable[[], Reader], **settings: Any) -> Client:
    """A client of a new service over this graph."""
    return asking(Client, graph, lambda: caller(reader()), **settings)


def asking(kind: type[C], graph: Graph, caller: Callable[[], Caller], **settings: Any) -> C:
    """A client of this kind, of a new service over this graph, that asks as this caller."""

    async def caller_of(_: object) -> Caller:
        return caller()

    app = create_app(Settings(**settings), graph=graph, caller_of=caller_of)
    return kind(transport=transport(app), base_url=BASE)


def door(kind: type[C], graph: Graph) -> Callable[[Caller], C]:
    """One service over this graph, and a client of it for each caller: a service takes a while to make."""
    callers: dict[str, Caller] = {}

    async def caller_of(request: Any) -> Caller:
        return callers[request.headers["x-caller"]]

    through = transport(create_app(Settings(), graph=graph, caller_of=caller_of))

    def client(caller: Caller) -> C:
        name = str(len(callers))
        callers[name] = caller
        return kind(transport=through, base_url=BASE, headers={"x-caller": name})

    return client


def transport(app: Any, address: str = "127.0.0.1") -> httpx.ASGITransport:
    """What speaks to the service inside this process, from this address."""
    return httpx.ASGITransport(app, client=(address, 4000))


def caller(reader: Reader) -> Caller:
    """One who reads as this reader, and may register, claim and accept there."""
    if reader.sees_everything:
        return DEMONSTRATION
    roles = frozenset({Role.CONTRIBUTOR, Role.OWNER})
    return Caller("somebody", organisation=reader.organisation, roles=roles)


async def in_turns(work: Iterable[Awaitable[T]], at_once: int = 16) -> list[T]:
    """Await all of these, so many at a time, and give their answers in order."""
    turns = asyncio.Semaphore(at_once)

    async def one(each: Awaitable[T]) -> T:
        async with turns:
            return await each

    return list(await asyncio.gather(*(one(each) for each in work)))
