"""The keeper of one local Neo4j: a small process that starts it, restarts it, stops it when nobody uses it.

It runs apart from every command that uses the engine, so that none of them takes the engine along when it
ends, however it ends. `attach.py` runs it as a file; it imports nothing of ours, to stay small.
"""

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
from filelock import FileLock, Timeout
from neo4j import GraphDatabase
from neo4j.exceptions import AuthError, DriverError, Neo4jError

STOPPED, SLOW, REFUSED, TWICE, NO_JAVA = 3, 4, 5, 6, 7
"""Exit codes without a ready engine: it ended, was slow, refused the password, has a keeper, has no Java."""

_TICK_S = 0.2
_HEALTH_S = 1.0
_STOP_S = 15.0
_STATE_BYTES = 1024
_LOOKERS_S = 5.0  # those who look whether a keeper lives hold its lock for an instant
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Spec:
    """What to run, and where its files are."""

    argv: list[str]
    env: dict[str, str]
    port: int
    version: str
    data: str
    logs: str
    password: str = field(repr=False)
    user: str = "neo4j"
    database: str = "neo4j"
    space: int = 24_000_000
    patience_s: float = 120.0

    @property
    def uri(self) -> str:
        """Where the engine answers."""
        return f"bolt://127.0.0.1:{self.port}"

    def at(self, name: str) -> Path:
        """A file of the data directory."""
        return Path(self.data, name)


class _Over(Exception):
    """Nobody uses the engine any more, or the keeper was told to stop."""


class _NotReady(Exception):
    """The engine did not come to answer; the argument is the exit code."""


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step by one that only this user can read."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(partial, path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def reap(pid: int, create_time: float) -> None:
    """Stop the engine a killed keeper left behind, if it is still the process that was recorded."""
    try:
        process = psutil.Process(pid)
        if abs(process.create_time() - create_time) < 1.0:
            end(process)
    except psutil.NoSuchProcess:
        return


def end(process: psutil.Popen | psutil.Process) -> None:
    """Stop a process in good order, or after 15 seconds without."""
    try:
        process.terminate()
        process.wait(_STOP_S)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait()
    except psutil.NoSuchProcess:
        pass


def _die_with(keeper: int) -> Callable[[], None] | None:
    """For Linux: the engine gets SIGTERM when the keeper dies. Elsewhere the next start reaps it."""
    libc = _LIBC
    if libc is None:
        return None

    def tie() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != keeper:
            os._exit(1)

    return tie


class Health(threading.Thread):
    """Asks the engine a real query every second: its process and port outlive a full disk, answers do not."""

    def __init__(self, spec: Spec) -> None:
        super().__init__(daemon=True)
        self.sick = threading.Event()
        self._spec = spec

    def run(self) -> None:
        """Ask for ever."""
        with _driver(self._spec) as driver:
            while True:
                time.sleep(_HEALTH_S)
                try:
                    with driver.session(database=self._spec.database) as session:
                        session.run("RETURN 1").consume()
                except Neo4jError as error:
                    if _wants_restart(error):
                        self.sick.set()
                except (DriverError, OSError):
                    continue


def _wants_restart(error: Neo4jError) -> bool:
    return (error.code or "").endswith("TransactionStartFailed") or "needs to be restarted" in str(error)


def _driver(spec: Spec) -> Any:
    return GraphDatabase.driver(
        spec.uri,
        auth=(spec.user, spec.password),
        connection_timeout=3.0,
        connection_acquisition_timeout=3.0,
        max_connection_pool_size=1,
        telemetry_disabled=True,
    )


class Keeper:
    """One engine and the processes that use it."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._door = FileLock(spec.at("engine.lock"))
        self._told = threading.Event()
        self._health = Health(spec)
        self._child: psutil.Popen | None = None

    def run(self) -> int:
        """Keep the engine until nobody uses it."""
        signal.signal(signal.SIGTERM, lambda *_: self._told.set())
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self._start()
            self._health.start()
            while True:
                self._pause()
                self._restart_if_needed()
        except _NotReady as failure:
            return int(failure.args[0])
        except _Over:
            return 0
        finally:
            self._spec.at("engine.json").unlink(missing_ok=True)
            if self._child:
                end(self._child)

    def _start(self) -> None:
        tie = _die_with(os.getpid())
        try:
            with Path(self._spec.logs, "java.log").open("ab") as log:
                self._child = psutil.Popen(
                    self._spec.argv,
                    env=self._spec.env,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    preexec_fn=tie,
                )
        except (OSError, subprocess.SubprocessError):
            raise _NotReady(NO_JAVA) from None
        self._await_answer(self._child)
        self._say("ready")

    def _await_answer(self, child: psutil.Popen) -> None:
        """Until the engine answers a real query: its port opens some time before that."""
        until = time.monotonic() + self._spec.patience_s
        refused = 0
        while time.monotonic() < until:
            self._pause()
            if child.poll() is not None:
                raise _NotReady(STOPPED)
            if not self._port_is_open():
                continue
            try:
                with _driver(self._spec) as driver, driver.session(database=self._spec.database) as session:
                    session.run("RETURN 1").consume()
                return
            except AuthError:
                refused += 1
                if refused == 3:
                    raise _NotReady(REFUSED) from None
                self._pause(1.0)
            except (Neo4jError, DriverError, OSError):
                continue
        raise _NotReady(SLOW)

    def _port_is_open(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1.0)
            return probe.connect_ex(("127.0.0.1", self._spec.port)) == 0

    def _restart_if_needed(self) -> None:
        """Bring the engine back on the same port, so that every driver that knows it recovers by itself."""
        child = self._child
        if child is None:
            return
        if child.poll() is None and not self._health.sick.is_set() and not self._is_nearly_full():
            return
        wait = 0.5
        while True:
            self._say("restarting")
            end(child)
            self._await_space()
            try:
                self._start()
                self._health.sick.clear()
                return
            except _NotReady:
                child = self._child or child
                self._pause(wait)
                wait = min(wait * 2, 30.0)

    def _is_nearly_full(self) -> bool:
        """Whether the engine must stop while it still can in good order.

        A log that ran out of room in the middle of an entry can make the next start impossible.
        """
        return shutil.disk_usage(self._spec.data).free < self._spec.space / 2

    def _await_space(self) -> None:
        while shutil.disk_usage(self._spec.data).free < self._spec.space:
            self._say("disk full")
            self._pause(1.0)

    def _say(self, state: str) -> None:
        """Tell every process that looks how the engine is, and how to reach it."""
        if self._child is None:
            return
        try:
            started = self._child.create_time()
        except psutil.NoSuchProcess:
            started = 0.0
        facts = {
            "state": state,
            "port": self._spec.port,
            "user": self._spec.user,
            "password": self._spec.password,
            "database": self._spec.database,
            "version": self._spec.version,
            "pid": self._child.pid,
            "create_time": started,
            "keeper": os.getpid(),
        }
        file, text = self._spec.at("engine.json"), json.dumps(facts).ljust(_STATE_BYTES)
        try:
            write_private(file, text)
        except OSError:  # no room for a second file: write over the first
            with suppress(OSError), file.open("r+") as written:
                written.write(text)

    def _pause(self, seconds: float = _TICK_S) -> None:
        """Wait a little; over when the keeper was told to stop or nobody uses the engine any more."""
        if self._told.wait(seconds) or self._nobody_is_left():
            raise _Over

    def _nobody_is_left(self) -> bool:
        """Whether every user's lock is free. If so the door stays shut: nobody comes as the engine stops."""
        try:
            self._door.acquire(blocking=False)
        except Timeout:
            return False  # somebody is coming
        if any([self._is_held(user) for user in self._spec.at("users").glob("*.lock")]):
            self._door.release()
            return False
        return True

    @staticmethod
    def _is_held(user: Path) -> bool:
        lock = FileLock(user)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return True
        lock.release()
        user.unlink(missing_ok=True)
        return False


def main() -> int:
    """Read the spec from standard input and keep that engine."""
    spec = Spec(**json.load(sys.stdin))
    try:
        with FileLock(spec.at("keeper.lock"), timeout=_LOOKERS_S):
            return Keeper(spec).run()
    except Timeout:
        return TWICE


if __name__ == "__main__":
    sys.exit(main())
