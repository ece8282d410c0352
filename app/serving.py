"""Serving over HTTP: one address to listen on, and one process or several that answer there."""

import contextlib
import socket
from collections.abc import Iterator
from functools import partial

import uvicorn
from rich.console import Console
from uvicorn.supervisors import Multiprocess

from app.api import wire
from app.errors import Refusal
from app.local_neo4j import Address
from app.main import create_app
from app.settings import Settings

STARTS_WITHIN_S = 60
"""How long a worker may not answer before another takes its place; on a busy machine it starts slowly."""


@contextlib.contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """The socket to serve on, taken before anything else is started."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError:
            says = (
                f"Port {settings.port} is taken or not ours to use: set GOLDEN_THREAD_PORT to another, "
                "or to 0 for a free one."
            )
            raise Refusal(says) from None
        yield listener


def served_at(settings: Settings, listener: socket.socket) -> str:
    """The address the service answers at."""
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{shown}:{listener.getsockname()[1]}"


def serve(settings: Settings, address: Address, listener: socket.socket, console: Console) -> None:
    """Serve until told to end. With several workers each is a process of its own, begun again if it dies."""
    config = uvicorn.Config(
        partial(create_app, settings, address),
        factory=True,
        workers=settings.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        http=wire.Http,
        ws="none",
        timeout_graceful_shutdown=5,
        timeout_worker_healthcheck=STARTS_WITHIN_S,
        timeout_keep_alive=30,
        proxy_headers=False,
        h11_max_incomplete_event_size=32_768,
    )
    by = f", by {settings.workers} processes" if settings.workers > 1 else ""
    console.print(
        f"Golden Thread answers at [bold]{served_at(settings, listener)}[/]{by} (end it with Ctrl-C)",
        highlight=False,
    )
    if settings.workers > 1:
        Multiprocess(config, [listener]).run()
    else:
        uvicorn.Server(config).run(sockets=[listener])
