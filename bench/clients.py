"""Clients of a server that is measured: where it listens, whether it does, how much it answers."""

import asyncio
import socket
from collections.abc import Callable
from time import perf_counter


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


async def ready(port: int) -> None:
    """Wait until somebody listens, however busy the machine is."""
    for _ in range(1_800):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise TimeoutError("a server of the benchmark did not start")


async def asked(port: int, path: str, clients: int, seconds: float) -> float:
    """Requests a second for this address that so many clients get answered."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode()
    return await rate(port, lambda: request, clients, seconds, b"200")


async def rate(port: int, request: Callable[[], bytes], clients: int, seconds: float, status: bytes) -> float:
    """Requests a second that so many clients get answered, each over a connection kept open.

    `status` is how the status of every answer must begin.
    """
    began, answered = perf_counter(), 0

    async def one() -> None:
        nonlocal answered
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while perf_counter() - began < seconds:
            writer.write(request())
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            assert head.startswith(b"http/1.1 " + status), head.splitlines()[0]
            length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
            answered += 1
        writer.close()

    await asyncio.gather(*(one() for _ in range(clients)))
    return answered / (perf_counter() - began)
