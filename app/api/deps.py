"""What every route works with: the graph, who acts, who looks, and which ledger answers."""

import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, cast
from zoneinfo import ZoneInfo

from asgi_correlation_id import correlation_id
from starlette.requests import Request

from app.domain import ledger
from app.errors import Busy
from app.graph import Graph
from app.settings import Settings
from app.who import DEMONSTRATION, Caller, Reader, Stamp, new_id

CallerOf = Callable[[Request], Awaitable[Caller]]

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
    zone: ZoneInfo = field(init=False)
    body_limit: int = field(init=False)
    _ledger: str = ""
    _ledger_read: float = -_IDENTITY_HELD_S

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(self.settings.timezone)
        self.body_limit = int(self.settings.max_body_mb * 1_000_000)

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
    """Find out who is asking, before anything else is done for them."""
    request.scope["golden_thread.caller"] = await service(request).caller_of(request)


def caller(request: Request) -> Caller:
    """Who is asking."""
    return cast(Caller, request.scope["golden_thread.caller"])


def reader(request: Request) -> Reader:
    """Who looks."""
    return caller(request).reader


def stamp(request: Request, body: bytes, reason: str | None = None) -> Stamp:
    """Who acts, under a receipt of this request's own; the caller's Idempotency-Key will take its place.

    A request id from outside may come twice for two requests, so it is shown and logged but keys nothing.
    """
    ours = "request-id" not in request.headers
    said = f"{request.method} {request.url.path}\n".encode() + body
    return caller(request).stamp(
        request=(correlation_id.get() or new_id()) if ours else new_id(),
        body=hashlib.sha256(said).hexdigest(),
        reason=reason,
        at=datetime.now(service(request).zone),
    )


def today(request: Request) -> date:
    """The day it is in the service's time zone."""
    return datetime.now(service(request).zone).date()
