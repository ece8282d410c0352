"""What the server does before the service sees a request: refuse what is not HTTP, and name its one host."""

import asyncio
from urllib.parse import urlsplit

from pydantic_core import to_json
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.api import problems
from app.api.guard import ALWAYS
from app.errors import Fault
from app.who import new_id

HEADER_SECONDS = 15.0
"""How long a client may take to send a request's head."""

_SAYS = "The request is not well-formed HTTP."


class Http(HttpToolsProtocol):
    """The server's protocol, with our own answer to what it cannot read, and an end to what never comes."""

    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request's head, but not for ever."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._head_is_here()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Wait for the rest of a head that has begun."""
        super().on_message_begin()
        self._expect_head()

    def _expect_head(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(HEADER_SECONDS, self.transport.close)

    def _head_is_here(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def send_400_response(self, msg: str) -> None:
        """Answer with a problem and the headers of every answer; the parser's own words are not passed on."""
        request_id = new_id()
        refusal = problems.Malformed(_SAYS, [Fault("", "malformed_request", _SAYS)])
        body = to_json(problems.body(refusal, {}) | {"request_id": request_id})
        headers = {
            **ALWAYS,
            "Cache-Control": "no-store",
            "Request-Id": request_id,
            "Content-Type": problems.MEDIA_TYPE,
            "Content-Length": str(len(body)),
            "Connection": "close",
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.transport.write(f"HTTP/1.1 400 Bad Request\r\n{lines}\r\n".encode("latin-1") + body)
        self.transport.close()

    def on_headers_complete(self) -> None:
        """An address with a host of its own (RFC 9112, 3.2.2) names the host, whatever Host says."""
        self._head_is_here()
        if not self.url.startswith((b"/", b"*")):
            self.headers[:] = [each for each in self.headers if each[0] != b"host"]
            self.headers.append((b"host", _host(self.url)))
        super().on_headers_complete()


def _host(url: bytes) -> bytes:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return b""
