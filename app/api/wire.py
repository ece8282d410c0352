"""What the server does before the service sees a request: refuse what is not HTTP, and name its one host."""

from urllib.parse import urlsplit

from pydantic_core import to_json
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.api import problems
from app.api.guard import ALWAYS
from app.errors import Fault
from app.who import new_id

_SAYS = "The request is not well-formed HTTP."


class Http(HttpToolsProtocol):
    """The server's protocol, with our own answer to what it cannot read."""

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
        if not self.url.startswith((b"/", b"*")):
            self.headers[:] = [each for each in self.headers if each[0] != b"host"]
            self.headers.append((b"host", _host(self.url)))
        super().on_headers_complete()


def _host(url: bytes) -> bytes:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return b""
