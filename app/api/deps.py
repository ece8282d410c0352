"""What every route works with: the graph, who acts, who looks, and which ledger answers."""

import asyncio
import hashlib
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, cast
from zoneinfo import ZoneInfo

from asgi_correlation_id import correlation_id
from starlette.requests import Request

from app.domain import ledger
from app.errors import Busy, Fault, Invalid
from app.graph import Graph
from app.imports.jobs import Runner
from app.imports.spool import Spool
from app.settings import Settings
from app.who import DEMONSTRATION, Caller, Reader, Stamp, new_id

CallerOf = Callable[[Request], Awaitable[Caller]]

MOST_HEAVY = 4
_IDENTITY_HELD_S = 5.0


async def demonstration(_: Request) -> Caller:
    """Who asks, where nobody can sign in yet."""
    return DEMONSTRATION


class State(Protocol):
    """Whether a database fits this version of the service, and if not, what to do."""

    @property
    def ready(self) -> bool: ...

    @property
    def says(self) -> str: ...


StateOf = Callable[[Graph], Awaitable[State]]


@dataclass
class Service:
    """The parts of a running service."""

    settings: Settings
    state: StateOf
    """Whether the database fits."""
    graph: Graph | None = None
    caller_of: CallerOf = demonstration
    runner: Runner | None = None
    """What runs jobs in this process, where one does."""
    spool: Spool = field(init=False)
    zone: ZoneInfo = field(init=False)
    body_limit: int = field(init=False)
    batch_limit: int = field(init=False)
    heavy: asyncio.Semaphore = field(init=False)
    """Holds batches and looks at files back while others run: each takes memory and time for seconds."""
    _ledger: str = ""
    _ledger_read: float = -_IDENTITY_HELD_S

    def __post_init__(self) -> None:
        self.spool = Spool(self.settings.data)
        self.zone = ZoneInfo(self.settings.timezone)
        self.body_limit = int(self.settings.max_body_mb * 1_000_000)
        self.batch_limit = int(self.settings.max_batch_mb * 1_000_000)
        self.heavy = asyncio.Semaphore(MOST_HEAVY)

    async def ledger_id(self) -> str:
        """The identity of the ledger, asked for anew every few seconds: the database may be another."""
        if time.monotonic() - self._ledger_read >= _IDENTITY_HELD_S:
            await self.head()
        return self._ledger

    async def head(self) -> ledger.Head:
        """Where the ledger stands now."""
        head = await ledger.head(connected(self))
        self._ledger, self._ledger_read = head.id, time.monotonic()
        return head


def connected(service: Service) -> Graph:
    """The service's graph, or `Busy` before it has one."""
    if service.graph is None:
        raise Busy
    return service.graph


def service(request: Request) -> Service:
    """The service that answers this request."""
    return cast(Service, request.app.state.service)


def graph(request: Request) -> Graph:
    """The graph behind this request."""
    return connected(service(request))


async def let_in(request: Request) -> None:
    """Find out who is asking, before anything else is done for them; nobody is served half a database."""
    await service(request).ledger_id()
    request.scope["golden_thread.caller"] = await service(request).caller_of(request)


def caller(request: Request) -> Caller:
    """Who is asking."""
    return cast(Caller, request.scope["golden_thread.caller"])


def reader(request: Request) -> Reader:
    """Who looks."""
    return caller(request).reader


KEY = "Idempotency-Key"
_KEY = re.compile(r'"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]{1,255})')
"""A key in quotes, as the draft writes it, or bare."""


def idempotency_key(request: Request) -> str | None:
    """The key the caller gave the request, to be known by when it is sent again."""
    stated = request.headers.getlist(KEY)
    if not stated:
        return None
    found = _KEY.fullmatch(stated[0].strip()) if len(stated) == 1 else None
    if found is None:
        says = f"Send one {KEY}: 1 to 255 printable ASCII characters, in quotes or without."
        raise Invalid(faults=[Fault("", "idempotency_key_form", says)])
    return found[1] or found[2]


def stamp(request: Request, body: bytes, reason: str | None = None) -> Stamp:
    """Who acts, under a receipt of the caller's Idempotency-Key, or else of this request's own.

    A key is its caller's: that of another is another key. A request id from outside may come twice for two
    requests, so it is shown and logged but keys nothing.
    """
    return stamp_of(request, hashlib.sha256(_said(request) + body).hexdigest(), reason)


def digest(request: Request) -> "hashlib._Hash":
    """The beginning of a request's digest, for a body that is read in parts."""
    return hashlib.sha256(_said(request))


def _said(request: Request) -> bytes:
    asked = f"?{request.url.query}" if request.url.query else ""
    return f"{request.method} {request.url.path}{asked}\n".encode()


def stamp_of(request: Request, body: str, reason: str | None = None) -> Stamp:
    """The stamp of a request whose method, path and body have this digest."""
    who, key = caller(request), idempotency_key(request)
    ours = "request-id" not in request.headers
    return who.stamp(
        request=_scoped(who, key) if key else (correlation_id.get() or new_id()) if ours else new_id(),
        named=key is not None,
        body=body,
        reason=reason,
        at=datetime.now(service(request).zone),
    )


def _scoped(who: Caller, key: str) -> str:
    return "key-" + hashlib.sha256(f"{who.actor}\n{key}".encode()).hexdigest()


def today(request: Request) -> date:
    """The day it is in the service's time zone."""
    return datetime.now(service(request).zone).date()
