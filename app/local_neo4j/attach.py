"""Coming to the local engine and leaving it: attach to the one that runs, or start it."""

import errno
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from app.local_neo4j import home as homes
from app.local_neo4j import jars, keeper
from app.local_neo4j.faults import (
    DiskFull,
    EngineError,
    NotStarted,
    NotWritable,
    OtherVersionRuns,
    PasswordLost,
    PortTaken,
    UnsupportedPlatform,
)
from app.local_neo4j.home import Home, State
from app.settings import Settings

_PATIENCE_S = 150.0
_POLL_S = 0.05
_WATCH_S = 1.0
_PORTS = 3
_number = itertools.count()


@dataclass(frozen=True)
class Address:
    """Where a Neo4j answers, and who may ask."""

    uri: str
    user: str
    password: str = field(repr=False)
    database: str = "neo4j"


@contextmanager
def local(settings: Settings, *, progress: bool) -> Iterator[Address]:
    """The data directory's own engine, kept running at least as long as this block."""
    home = Home(settings.data.absolute())
    left = threading.Event()
    with _using(home) as user:
        try:
            with FileLock(home.door):
                user.acquire()
                state = _running(home, settings) or _started(home, settings, progress)
        except OSError as error:
            raise _said_of(error, home) from None
        revival = (left, home, settings, state["port"])
        threading.Thread(target=_revive, args=revival, daemon=True, name="keeper watch").start()
        try:
            yield _address(state)
        finally:
            left.set()
    _await_stop(home)


def trouble(settings: Settings) -> str | None:
    """Why the local engine cannot answer at the moment, for people to read; nothing if no reason is known."""
    if settings.neo4j_uri:
        return None
    home = Home(settings.data.absolute())
    state = homes.read_state(home)
    if homes.is_full(home):
        return str(DiskFull(home.data, homes.SPACE_MB))
    if state is None or state["state"] == "restarting":
        return "The local Neo4j is being restarted; this takes some seconds."
    return None


@contextmanager
def _using(home: Home) -> Iterator[FileLock]:
    """A lock of this block's own, not yet taken, which the keeper counts as one user while it is held."""
    try:
        home.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        home.users.mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        raise _said_of(error, home) from None
    user = FileLock(home.users / f"{os.getpid()}-{next(_number)}.lock", thread_local=False)
    try:
        yield user
    finally:
        user.release()
        Path(user.lock_file).unlink(missing_ok=True)


def _said_of(error: OSError, home: Home) -> EngineError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(home.data, homes.SPACE_MB)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
        return NotWritable(home.data, "GOLDEN_THREAD_DATA")
    return NotStarted(home.log)


def _revive(left: threading.Event, home: Home, settings: Settings, port: int) -> None:
    """Until the block is left: put a new keeper in the place of one that was killed, on the same port."""
    same_port = settings.model_copy(update={"neo4j_port": port})
    while not left.wait(_WATCH_S):
        if _is_kept(home):
            continue
        with suppress(EngineError, OSError), FileLock(home.door):
            if not left.is_set() and not _is_kept(home):
                _started(home, same_port, progress=False)


def _await_stop(home: Home) -> None:
    """As the last user, wait until the engine is down, so that the data directory is free again."""
    until = time.monotonic() + 20.0
    while time.monotonic() < until and _is_kept(home) and not any(home.users.glob("*.lock")):
        time.sleep(_POLL_S)


def _is_kept(home: Home) -> bool:
    """Whether a keeper lives."""
    try:
        with FileLock(home.keeper, blocking=False):
            return False
    except Timeout:
        return True


def _running(home: Home, settings: Settings) -> State | None:
    """The engine that runs, as soon as it answers; nothing if there is none."""
    until = time.monotonic() + _PATIENCE_S
    while _is_kept(home):
        state = homes.read_state(home)
        if state and state["version"] != settings.neo4j_version:
            raise OtherVersionRuns(state["version"], settings.neo4j_version)
        if state and state["state"] == "ready":
            return state
        if state and homes.is_full(home):
            raise DiskFull(home.data, homes.SPACE_MB)
        if time.monotonic() > until:
            raise NotStarted(home.log)
        time.sleep(_POLL_S)
    return None


def _address(state: State) -> Address:
    return Address(f"bolt://127.0.0.1:{state['port']}", state["user"], state["password"], state["database"])


def _started(home: Home, settings: Settings, progress: bool) -> State:
    """A new engine, on the port the settings name or on a free one."""
    _reap(home)
    files = jars.ready(settings, progress=progress)
    port = settings.neo4j_port
    if port:
        if not homes.is_free(port):
            raise PortTaken(port)
        return _started_on(port, home, settings, files)
    for _ in range(_PORTS - 1):
        try:
            return _started_on(homes.free_port(), home, settings, files)
        except PortTaken:
            continue  # somebody took it between the look and the start
    return _started_on(homes.free_port(), home, settings, files)


def _reap(home: Home) -> None:
    """End an engine whose keeper was killed; Linux does so by itself, a little later than we may be here."""
    state = homes.read_state(home)
    if state is None:
        return
    keeper.reap(state["pid"], state["create_time"])
    home.state.unlink(missing_ok=True)


def _started_on(port: int, home: Home, settings: Settings, files: list[Path]) -> State:
    password = homes.prepare(home, settings, port)
    since = home.log.stat().st_size if home.log.exists() else 0
    spec = keeper.Spec(
        argv=homes.command(home, settings, files),
        env=os.environ | {"NEO4J_HOME": str(home.root), "NEO4J_CONF": str(home.root / "conf")},
        port=port,
        version=settings.neo4j_version,
        data=str(home.data),
        logs=str(home.log.parent),
        password=password,
        space=homes.SPACE_MB * 1_000_000,
    )
    process = _spawned(spec)
    while process.poll() is None:
        state = homes.read_state(home)
        if state and state["state"] == "ready":
            return state
        time.sleep(_POLL_S)
    raise _fault(process.returncode, home, port, since)


def _spawned(spec: keeper.Spec) -> "subprocess.Popen[bytes]":
    with Path(spec.logs, "keeper.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", str(Path(keeper.__file__))],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    assert process.stdin is not None
    with process.stdin as pipe:
        pipe.write(json.dumps(asdict(spec)).encode())
    return process


def _fault(code: int, home: Home, port: int, since: int) -> EngineError:
    if code == keeper.NO_JAVA:
        return UnsupportedPlatform()
    if code == keeper.REFUSED:
        return PasswordLost(home.password)
    if code == keeper.STOPPED:
        return homes.cause(home, port, since)
    return NotStarted(home.log)
