"""The service as its own process, in a folder of its own, to be ended in the middle of its work."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from app.local_neo4j.home import Home, read_state
from tests.api.conftest import httpx

PATIENCE_S = 150.0

Process = subprocess.Popen[bytes]


class Service:
    """Starts and kills `golden-thread serve` and what goes with it."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder / "data")
        self.log = folder / "children.log"
        self._port = _free_port()
        self._children: list[Process] = []
        self._environment = os.environ | {
            "GOLDEN_THREAD_DATA": str(self.home.data),
            "GOLDEN_THREAD_PORT": str(self._port),
            "GOLDEN_THREAD_LOG_LEVEL": "ERROR",
        }
        for name in ("GOLDEN_THREAD_NEO4J_URI", "GOLDEN_THREAD_TEST_NEO4J"):
            self._environment.pop(name, None)

    def serve(self) -> Process:
        """A service that starts now."""
        return self.child(str(Path(sys.executable).with_name("golden-thread")), "serve")

    def child(self, *command: str) -> Process:
        """A process with the service's settings."""
        with self.log.open("ab") as log:
            child = subprocess.Popen(
                command, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._children.append(child)
        return child

    def http(self, timeout: float = 30) -> httpx.AsyncClient:
        """A client of the service."""
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self._port}", timeout=timeout)

    async def answers(self, service: Process) -> None:
        """Wait until the service is ready; raises `TimeoutError` where it does not come to that."""
        until = time.monotonic() + PATIENCE_S
        async with self.http() as http:
            while time.monotonic() < until and service.poll() is None:
                with contextlib.suppress(httpx.HTTPError):
                    if (await http.get("/health/ready")).is_success:
                        return
                await asyncio.sleep(0.1)
        raise TimeoutError(f"the service did not come to answer; see {self.log}")

    def kill_engine(self) -> None:
        """Kill the database, as a power cut would."""
        state = read_state(self.home)
        assert state is not None
        os.kill(state["pid"], signal.SIGKILL)

    async def end(self, service: Process) -> None:
        """Ask a service to end, and wait until it has."""
        service.send_signal(signal.SIGTERM)
        await asyncio.to_thread(service.wait, 60)

    def end_all(self) -> None:
        """Kill every process that was started here."""
        for child in self._children:
            child.kill()
            child.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
