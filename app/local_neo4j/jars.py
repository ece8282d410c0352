"""The jars of Neo4j: fetched once into the user's cache, each checked against a list in `app/neo4j_jars`."""

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from filelock import FileLock
from jgo.maven import MavenContext
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.local_neo4j.faults import ChecksumWrong, DiskFull, NoNetwork, NotWritable, UnknownVersion
from app.settings import Settings

_THREADS = 8
_SPACE_MB = 200
_MARGIN_MB = 20


@dataclass(frozen=True)
class Jar:
    """One line of a list: which file, and what it must be."""

    group: str
    artifact: str
    version: str
    classifier: str
    sha256: str

    @property
    def name(self) -> str:
        """Its file name, unique in its list."""
        return "-".join(part for part in (self.artifact, self.version, self.classifier) if part) + ".jar"

    def stands_in(self, folder: Path) -> bool:
        """Whether the folder holds exactly this file."""
        try:
            return _sha256(folder / self.name) == self.sha256
        except OSError:
            return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def listed(version: str) -> tuple[Jar, ...]:
    """Every jar that Neo4j of this version is started from."""
    folder = resources.files("app") / "neo4j_jars"
    file = folder / f"{version}.sha256"
    if not file.is_file():
        known = sorted(entry.name.removesuffix(".sha256") for entry in folder.iterdir())
        raise UnknownVersion(version, tuple(known))
    return tuple(_parsed(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip())


def _parsed(line: str) -> Jar:
    coordinate, sha256 = line.split()
    group, artifact, version, *classifier = coordinate.split(":")
    return Jar(group, artifact, version, "".join(classifier), sha256)


def ready(settings: Settings, *, progress: bool = False) -> list[Path]:
    """The verified jars of the version that is set. Only what is missing is fetched, so often nothing is."""
    version = settings.neo4j_version
    jars = listed(version)
    folder = settings.cache / "neo4j" / version
    if _missing(jars, folder):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(settings.cache / "neo4j" / f"{version}.lock"):
                _fetch(_missing(jars, folder), folder, settings, progress)
        except PermissionError:
            raise NotWritable(settings.cache, "GOLDEN_THREAD_CACHE") from None
    return [folder / jar.name for jar in jars]


def _missing(jars: tuple[Jar, ...], folder: Path) -> list[Jar]:
    with ThreadPoolExecutor(_THREADS) as pool:
        stands = pool.map(lambda jar: jar.stands_in(folder), jars)
        return [jar for jar, right in zip(jars, stands, strict=True) if not right]


def _fetch(jars: list[Jar], folder: Path, settings: Settings, progress: bool) -> None:
    """Put each jar into the folder whole and verified, or not at all."""
    if not jars:
        return
    if shutil.disk_usage(folder).free < _SPACE_MB * 1_000_000:
        raise DiskFull(settings.cache, _SPACE_MB)
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    pool = ThreadPoolExecutor(_THREADS)
    try:
        fetches = [pool.submit(_fetch_one, jar, folder, partial, settings) for jar in jars]
        with _bar(f"Fetching Neo4j {settings.neo4j_version}", len(jars), progress) as advance:
            for fetch in as_completed(fetches):
                fetch.result()
                advance()
    finally:
        pool.shutdown(cancel_futures=True)
        shutil.rmtree(partial, ignore_errors=True)


def _fetch_one(jar: Jar, folder: Path, partial: Path, settings: Settings) -> None:
    mirror = settings.neo4j_jars_from
    context = MavenContext(
        repo_cache=partial, remote_repos={"mirror": mirror.rstrip("/")} if mirror else None
    )
    component = context.project(jar.group, jar.artifact).at_version(jar.version)
    try:
        fetched = component.artifact(jar.classifier, "jar").resolve()
        if _sha256(fetched) != jar.sha256:
            raise ChecksumWrong(jar.name, settings.neo4j_version)
        os.replace(fetched, folder / jar.name)
    except PermissionError:
        raise NotWritable(settings.cache, "GOLDEN_THREAD_CACHE") from None
    except (OSError, RuntimeError) as error:  # what jgo and its HTTP client raise
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise DiskFull(settings.cache, _SPACE_MB) from None
        raise NoNetwork(settings.neo4j_version) from None


@contextmanager
def _bar(title: str, total: int, progress: bool) -> Iterator[Callable[[], None]]:
    """A progress bar on a terminal, one line elsewhere, nothing where no progress is wanted."""
    console = Console(stderr=True, quiet=not progress)
    if not console.is_terminal:
        console.print(f"{title} ({total} files, about 140 MB when none is there yet)", highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not (progress and console.is_terminal)) as bar:
        task = bar.add_task(title, total=total)
        yield lambda: bar.advance(task)
