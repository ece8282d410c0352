"""What stands before and after every request: who may speak to us, what every answer carries, what is logged.

Pure ASGI. Nothing gets past it: an exception nobody expected becomes a problem, logged by its class.
"""

import asyncio
import re
import time
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from secure import (
    ContentSecurityPolicy,
    CrossOriginResourcePolicy,
    ReferrerPolicy,
    Secure,
    XContentTypeOptions,
)
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import problems
from app.errors import Refusal
from app.logs import log
from app.settings import is_loopback

SAFE = ("GET", "HEAD", "OPTIONS")
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
WATCH_AFTER_S = 0.25
"""A read that takes longer than this is watched: it ends when its client leaves."""

_SECURITY = Secure(
    csp=ContentSecurityPolicy().default_src("'none'").frame_ancestors("'none'"),
    corp=CrossOriginResourcePolicy().same_origin(),
    referrer=ReferrerPolicy().no_referrer(),
    xcto=XContentTypeOptions().nosniff(),
)
ALWAYS = {
    **dict(_SECURITY.header_items()),
    "Vary": "Accept, Authorization, Cookie",
    "API-Version": version("golden-thread"),
}
"""Headers of every answer, errors included."""

_ALWAYS = [(name.lower().encode(), value.encode()) for name, value in ALWAYS.items()]
_CACHE = (b"cache-control", b"private, no-cache")


def is_sane(request_id: str) -> bool:
    """Whether a request id from outside may be used and shown."""
    return REQUEST_ID.fullmatch(request_id) is not None


class Guard:
    """Lets through what may speak to the service, and makes every answer whole."""

    def __init__(
        self,
        app: ASGIApp,
        allowed_hosts: Iterable[str] = (),
        log_queries: bool = False,
        behind_tls: bool = False,
    ) -> None:
        self.app = app
        self._behind_tls = behind_tls
        self._allowed = frozenset(host.casefold() for host in allowed_hosts)
        self._log_queries = log_queries

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await _Exchange(self, scope, receive, send).run()

    def refusal(self, scope: Scope, headers: dict[bytes, bytes]) -> Refusal | None:
        """Why the request may not be served; None if it may."""
        host = headers.get(b"host", b"").decode("latin-1")
        name = _host_name(host)
        if name is None or not (is_loopback(name) or name in self._allowed):
            return problems.Misdirected()
        scheme = "https" if self._behind_tls else scope["scheme"]
        scope["golden_thread.base"] = f"{scheme}://{host.casefold()}"
        if scope["method"] in SAFE:
            return None
        if headers.get(b"sec-fetch-site", b"none") not in (b"none", b"same-origin"):
            return problems.ForeignOrigin()
        origin = headers.get(b"origin")
        if origin is not None and _authority(origin.decode("latin-1")) != host.casefold():
            return problems.ForeignOrigin()
        return None


_HOST = re.compile(r"(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,253}))(:\d{1,5})?")


def _host_name(host: str) -> str | None:
    """The name in a Host header, without its port; None for what is not a Host header."""
    found = _HOST.fullmatch(host)
    return found[1].casefold().rstrip(".") if found else None


def _authority(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.casefold() or None
    except ValueError:
        return None


class _Exchange:
    """One request and its answer."""

    def __init__(self, guard: Guard, scope: Scope, receive: Receive, send: Send) -> None:
        self.guard, self.receive = guard, receive
        self.is_head = scope["method"] == "HEAD"
        self.scope = {**scope, "method": "GET"} if self.is_head else scope
        self._send = send
        self.status = 0
        self.left = False
        self.begun = time.perf_counter()

    async def run(self) -> None:
        """Refuse, or serve; then log."""
        headers, doubled = _headers(self.scope)
        refusal = problems.Misdirected() if doubled else self.guard.refusal(self.scope, headers)
        try:
            if refusal:
                await problems.answer(refusal, self.scope)(self.scope, self.receive, self.send)
            elif self.scope["method"] == "GET":
                await self._watched()
            else:
                await self.guard.app(self.scope, self.receive, self.send)
        except ClientDisconnect:
            self.left = True
        except Exception as error:
            log.error("failed", error=type(error).__qualname__, route=self._route())
            if self.status == 0:
                await problems.answer(problems.Unexpected(), self.scope)(self.scope, self.receive, self.send)
        finally:
            self._log()

    async def send(self, message: Message) -> None:
        """Pass a message on, with the headers of every answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            told = self.scope.get("golden_thread.headers", {})
            besides = [(name.lower().encode(), value.encode()) for name, value in told.items()]
            headers = [*message.get("headers", ()), *_ALWAYS, *besides]
            if not any(name == b"cache-control" for name, _ in headers):
                headers.append(_CACHE)
            message["headers"] = headers
        elif self.is_head and message["type"] == "http.response.body":
            message["body"] = b""
        await self._send(message)

    async def _watched(self) -> None:
        """Serve a read, and end it when its client leaves: nobody waits for the answer."""
        task = asyncio.current_task()
        watches: list[asyncio.Task[None]] = []

        def watch() -> None:
            watches.append(asyncio.ensure_future(self._watch(task)))

        timer = asyncio.get_running_loop().call_later(WATCH_AFTER_S, watch)
        try:
            await self.guard.app(self.scope, self.receive, self.send)
        except asyncio.CancelledError:
            if not self.left or task is None:
                raise
            task.uncancel()
        finally:
            timer.cancel()
            for each in watches:
                each.cancel()

    async def _watch(self, task: "asyncio.Task[Any] | None") -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass
        if task is not None and self.status == 0:
            self.left = True
            task.cancel()

    def _route(self) -> str | None:
        return getattr(self.scope.get("route"), "path", None)

    def _log(self) -> None:
        asked = {}
        if self.guard._log_queries:
            asked["query"] = self.scope["query_string"].decode("latin-1")
        log.info(
            "request",
            method="HEAD" if self.is_head else _method(self.scope["method"]),
            route=self._route(),
            status=self.status or ("left" if self.left else "cut off"),
            ms=round((time.perf_counter() - self.begun) * 1000, 1),
            **asked,
        )


def _method(method: str) -> str:
    """The method as it may be logged: a name of our own, not a caller's."""
    return method if method in ("GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS") else "other"


def _headers(scope: Scope) -> tuple[dict[bytes, bytes], bool]:
    """The request's headers, and whether it names more than one host."""
    headers: dict[bytes, bytes] = {}
    doubled = False
    for name, value in scope["headers"]:
        doubled = doubled or (name == b"host" and name in headers)
        headers[name] = value
    return headers, doubled
