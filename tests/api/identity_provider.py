"""A small identity provider on this machine, in the shape of Entra ID, whose keys can be rotated."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

AUDIENCE, TENANT = "golden-thread-client-id", "tenant-of-the-council"


class IdentityProvider:
    """Signs tokens, and answers where its keys are."""

    def __init__(self) -> None:
        self.keys: list[RSAKey] = []
        self.asked: list[str] = []
        self.answers: dict[str, bytes] = {}
        """Path -> a whole answer to give instead."""
        self.port = 0
        self.rotate()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}/{TENANT}/v2.0"

    def rotate(self) -> None:
        """Sign with a new key from now on, and forget the old one."""
        key = RSAKey.generate_key(2048, {"kid": f"key-{time.monotonic_ns()}", "use": "sig"})
        self.keys = [key]

    def token(self, key: Any = None, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """An access token; a claim of None is left out."""
        now = int(time.time())
        stated = {
            "iss": self.issuer, "aud": AUDIENCE, "tid": TENANT, "oid": "user-1", "azp": "a client",
            "scp": "access", "roles": ["contributor"], "iat": now, "nbf": now, "exp": now + 600,
        } | claims  # fmt: skip
        kept = {name: value for name, value in stated.items() if value is not None}
        signed = {"alg": "RS256", "kid": self.keys[-1].kid} | (header or {})
        return jwt.encode(signed, kept, key or self.keys[-1], algorithms=[signed["alg"]])

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one request."""
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode().removeprefix(f"/{TENANT}/v2.0")
        self.asked.append(path)
        pages = {
            "/.well-known/openid-configuration": {"issuer": self.issuer, "jwks_uri": self.issuer + "/keys"},
            "/keys": KeySet(list(self.keys)).as_dict(private=False),
        }
        body = json.dumps(pages.get(path, {})).encode()
        head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n\r\n"
        if self.answers.get(path) != b"":
            writer.write(self.answers.get(path, head + body))
            writer.close()


@asynccontextmanager
async def running() -> AsyncIterator[IdentityProvider]:
    """A provider that answers at a port of its own."""
    provider = IdentityProvider()
    server = await asyncio.start_server(provider.answer, "127.0.0.1", 0)
    provider.port = server.sockets[0].getsockname()[1]
    try:
        yield provider
    finally:
        server.close()
