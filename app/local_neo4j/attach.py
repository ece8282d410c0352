"""Coming to the local engine and leaving it: attach to the one that runs, or start it."""

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

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
)
from app.local_neo4j.home import Home
from app.settings import Settings

_PATIENCE_S = 150.0
_POLL_S = 0.05
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
    try:
        home.users.mkdir(parents=True, exist_ok=True, mode=0o700)
        user = FileLock(home.users / f"{os.getpid()}-{next(_number)}.lock")
        with FileLock(home.door):
            user.acquire()
            try:
                address = _attached(home, settings) or _started(home, settings, progress)
            except BaseException:
                _leave(user)
                raise
    except PermissionError:
        raise NotWritable(settings.data, "GOLDEN_THREAD_DATA") from None
    try:
        yield address
    finally:
        _leave(user)
        _await_stop(home)


def _leave(user: FileLock) -> None:
    user.release()
    Path(user.lock_file).unlink(missing_ok=True)


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


def _attached(home: Home, settings: Settings) -> Address | None:
    """The engine that runs, as soon as it answers; nothing if there is none."""
    until = time.monotonic() + _PATIENCE_S
    while _is_kept(home):
        state = homes.read_state(home)
        if state and state["version"] != settings.neo4j_version:
            raise OtherVersionRuns(state["version"], settings.neo4j_version)
        if state and state["state"] == "ready":
            return _address(state)
        if state and state["state"] == "disk full":
            raise DiskFull(home.data, homes.SPACE_MB)
        if time.monotonic() > until:
            raise NotStarted(home.log)
        time.sleep(_POLL_S)
    return None


def _address(state: dict[str, Any]) -> Address:
    return Address(f"bolt://127.0.0.1:{state['port']}", state["user"], state["password"], state["database"])


def _started(home: Home, settings: Settings, progress: bool) -> Address:
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


def _started_on(port: int, home: Home, settings: Settings, files: list[Path]) -> Address:
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
            return _address(state)
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
    if code == keeper.REFUSED:
        return PasswordLost(home.password)
    if code == keeper.STOPPED:
        return homes.cause(home, port, since)
    return NotStarted(home.log)
