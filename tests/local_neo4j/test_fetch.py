"""Fetching the jars, from a repository on this machine that serves those of the shared cache."""

import hashlib
import os
import shutil
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.local_neo4j import faults, jars
from app.settings import Settings


class Repository:
    """Serves the jars by their names, each name counted; `answers` replaces what is served."""

    def __init__(self, files: list[Path]) -> None:
        self.asked: Counter[str] = Counter()
        self.answers: dict[str, bytes] = {}
        self.cut_off: set[str] = set()
        repository, served = self, {file.name: file for file in files}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.rsplit("/", 1)[-1]
                if name not in served:
                    return self.send_error(404)
                repository.asked[name] += 1
                body = repository.answers.get(name) or served[name].read_bytes()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: len(body) // 2] if name in repository.cut_off else body)

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/maven"


@pytest.fixture(scope="module")
def files() -> list[Path]:
    """The jars of the shared cache, fetched if they are not there."""
    return jars.ready(Settings())


@pytest.fixture
def repository(files: list[Path]) -> Iterator[Repository]:
    """A repository for one test."""
    with (serving := Repository(files)).server as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield serving
        server.shutdown()


@pytest.fixture
def nowhere() -> Iterator[str]:
    """The address of a repository that does not answer."""
    with socket.socket() as bound_and_not_listening:
        bound_and_not_listening.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound_and_not_listening.getsockname()[1]}"


def a_cache(folder: Path, files: list[Path], without: Path | None = None) -> Path:
    """A cache of its own that holds copies of all jars but one."""
    copies = folder / "neo4j" / Settings().neo4j_version
    copies.mkdir(parents=True)
    for file in files:
        if file != without:
            shutil.copyfile(file, copies / file.name)
    return copies


def test_a_full_cache_needs_no_network(files: list[Path], nowhere: str, tmp_path: Path) -> None:
    copies = a_cache(tmp_path, files)
    found = jars.ready(Settings(cache=tmp_path, neo4j_jars_from=nowhere))
    assert found == [copies / file.name for file in files]


def test_no_network_on_a_first_start_says_what_to_do(nowhere: str, tmp_path: Path) -> None:
    with pytest.raises(faults.NoNetwork, match="first start needs the network"):
        jars.ready(Settings(cache=tmp_path, neo4j_jars_from=nowhere))


def test_processes_that_fetch_at_once_fetch_each_jar_once(
    files: list[Path], repository: Repository, tmp_path: Path
) -> None:
    settings = Settings(cache=tmp_path, neo4j_jars_from=repository.address)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: jars.ready(settings), range(2))
    assert first == second
    assert set(repository.asked.values()) == {1}
    assert len(repository.asked) == len(files)
    assert {file.name for file in first[0].parent.iterdir()} == {file.name for file in files}


def test_a_jar_with_one_byte_more_is_thrown_away(
    files: list[Path], repository: Repository, tmp_path: Path
) -> None:
    victim = files[0]
    copies = a_cache(tmp_path, files, without=victim)
    repository.answers[victim.name] = victim.read_bytes() + b"\0"
    settings = Settings(cache=tmp_path, neo4j_jars_from=repository.address)
    with pytest.raises(faults.ChecksumWrong, match="SHA-256 differs") as refused:
        jars.ready(settings)
    assert victim.name in str(refused.value)
    assert not (copies / victim.name).exists()
    assert not copies.with_name(f"{copies.name}.partial").exists()


def test_a_jar_damaged_in_the_cache_is_fetched_anew(
    files: list[Path], repository: Repository, tmp_path: Path
) -> None:
    victim = files[1]
    copies = a_cache(tmp_path, files)
    (copies / victim.name).write_bytes(b"damaged")
    jars.ready(Settings(cache=tmp_path, neo4j_jars_from=repository.address))
    assert dict(repository.asked) == {victim.name: 1}
    assert _digest(copies / victim.name) == _digest(victim)


def test_a_download_that_breaks_off_leaves_nothing(
    files: list[Path], repository: Repository, tmp_path: Path
) -> None:
    victim = max(files, key=lambda file: file.stat().st_size)
    copies = a_cache(tmp_path, files, without=victim)
    repository.cut_off.add(victim.name)
    settings = Settings(cache=tmp_path, neo4j_jars_from=repository.address)
    with pytest.raises(faults.NoNetwork):
        jars.ready(settings)
    assert not (copies / victim.name).exists()
    repository.cut_off.clear()
    jars.ready(settings)
    assert _digest(copies / victim.name) == _digest(victim)


@pytest.mark.skipif(os.name != "posix", reason="a process is killed")
def test_what_a_killed_fetch_left_half_done_is_not_used(
    files: list[Path], repository: Repository, tmp_path: Path
) -> None:
    victim = files[2]
    copies = a_cache(tmp_path, files, without=victim)
    left = copies.with_name(f"{copies.name}.partial")
    for folder in [left, *(left / part for part in ("org", "com", "io"))]:
        folder.mkdir(exist_ok=True)
        (folder / victim.name).write_bytes(b"half")
    jars.ready(Settings(cache=tmp_path, neo4j_jars_from=repository.address))
    assert _digest(copies / victim.name) == _digest(victim)


@pytest.mark.parametrize("version", ["5.26.30", "2026.08.1"])
def test_each_list_names_every_file_once_with_its_sha256(version: str) -> None:
    listed = jars.listed(version)
    assert len({jar.name for jar in listed}) == len(listed) > 200
    assert all(len(jar.sha256) == 64 for jar in listed)
    assert {f"neo4j-{version}.jar", f"neo4j-server-{version}.jar"} <= {jar.name for jar in listed}


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
