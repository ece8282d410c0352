"""The one door to the database. No session leaves this file; the driver's errors become ours here."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, ParamSpec, Protocol, Self, TypeVar, cast

import neo4j
from neo4j import (
    READ_ACCESS,
    AsyncDriver,
    AsyncGraphDatabase,
    AsyncManagedTransaction,
    NotificationMinimumSeverity,
)
from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    ConstraintError,
    DriverError,
    IncompleteCommit,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
)

from app.errors import AlreadyExists, Busy, Refusal, TooLarge, TooSlow

P = ParamSpec("P")
R = TypeVar("R")
Row = dict[str, Any]

_COMMIT_ATTEMPTS = 5
_WAITED_IN_VAIN = ("LockClientStopped", "LockAcquisitionTimeout")
"""How Neo4j calls it when a transaction came to its limit while it waited for a lock."""


def _ours(error: Exception) -> Refusal:
    """The refusal that stands for a driver error. Its text never carries the driver's."""
    code = getattr(error, "code", None) or ""
    if isinstance(error, ConstraintError):
        return AlreadyExists()
    if "TransactionTimedOut" in code or code.endswith("Terminated"):
        return TooSlow()
    if "MemoryPoolOutOfMemory" in code or "General.OutOfMemory" in code:
        return TooLarge("The work needs more memory than the database allows one request; narrow it.")
    if code.endswith(_WAITED_IN_VAIN):
        return Busy("Others are changing the same things at the moment; try again shortly.")
    return Busy()


def _unreachable(error: Exception) -> bool:
    code = getattr(error, "code", None) or ""
    return (
        isinstance(error, ServiceUnavailable | SessionExpired | AuthError | ConfigurationError)
        or (isinstance(error, DriverError) and not isinstance(error, neo4j.exceptions.ResultError))
        or code.startswith(("Neo.TransientError", "Neo.DatabaseError"))
        or "Security" in code
        or code.endswith(_WAITED_IN_VAIN)
    )


def _translated(error: Exception) -> Refusal | None:
    """Our refusal for an error of the database or the road to it; None for a fault of our own."""
    refusal = _ours(error)
    return refusal if not isinstance(refusal, Busy) or _unreachable(error) else None


class Reads(Protocol):
    """What can be read from: the graph, or a transaction that sees its own writes."""

    async def rows(self, query: str, /, **parameters: Any) -> list[Row]:
        """All rows of a statement."""
        ...


class Tx:
    """One transaction. Statements run in it; it commits or rolls back as a whole."""

    def __init__(self, tx: AsyncManagedTransaction) -> None:
        self._tx = tx

    async def rows(self, query: str, /, **parameters: Any) -> list[Row]:
        """Run a statement and give all its rows."""
        result = await self._tx.run(cast(Any, query), parameters)
        return await result.data()

    async def row(self, query: str, /, **parameters: Any) -> Row | None:
        """Run a statement and give its first row, if it has one."""
        rows = await self.rows(query, **parameters)
        return rows[0] if rows else None


class _MemoryExceeded(Exception):
    """Raised inside a transaction in place of the driver's error, which it would repeat for half a minute."""


class Graph:
    """The graph in the database, for one process."""

    def __init__(self, driver: AsyncDriver, database: str, read_timeout: float, write_timeout: float) -> None:
        self._driver = driver
        self._database = database
        self._read_timeout = read_timeout
        self._write_timeout = write_timeout

    @classmethod
    def connect(
        cls,
        uri: str,
        user: str,
        password: str,
        database: str = "neo4j",
        *,
        read_timeout: float = 10.0,
        write_timeout: float = 10.0,
    ) -> Self:
        """A graph behind this address. Nothing is sent until the first statement."""
        driver = AsyncGraphDatabase.driver(
            uri,
            auth=(user, password),
            user_agent="golden-thread",
            connection_acquisition_timeout=5.0,
            connection_timeout=3.0,
            max_connection_pool_size=50,
            max_transaction_retry_time=8.0,
            keep_alive=True,
            notifications_min_severity=NotificationMinimumSeverity.OFF,
            telemetry_disabled=True,
        )
        return cls(driver, database, read_timeout, write_timeout)

    async def close(self) -> None:
        """Close every connection."""
        await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def rows(self, query: str, /, timeout: float | None = None, **parameters: Any) -> list[Row]:
        """Read in one round trip and give all rows. Repeated once if the connection was lost."""
        try:
            return await self._read(query, timeout, parameters)
        except (Neo4jError, DriverError) as error:
            if not isinstance(error, ServiceUnavailable | SessionExpired) and not error.is_retryable():
                raise _translated(error) or error from None
        try:
            return await self._read(query, timeout, parameters)
        except (Neo4jError, DriverError) as error:
            raise _translated(error) or error from None

    async def row(self, query: str, /, timeout: float | None = None, **parameters: Any) -> Row | None:
        """Read in one round trip and give the first row, if there is one."""
        rows = await self.rows(query, timeout, **parameters)
        return rows[0] if rows else None

    async def _read(self, query: str, timeout: float | None, parameters: dict[str, Any]) -> list[Row]:
        limited = neo4j.Query(cast(Any, query), timeout=timeout or self._read_timeout)
        async with self._driver.session(
            database=self._database, default_access_mode=READ_ACCESS, fetch_size=-1
        ) as session:
            result = await session.run(limited, parameters)
            return [dict(record) async for record in result]

    async def write(
        self, work: Callable[Concatenate[Tx, P], Awaitable[R]], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Commits when `work` returns, rolls back when it raises. The driver may run `work` more than once.

        When the database dies during a commit nobody knows whether the change is there: the work runs again,
        and finds its own receipt if it is (`domain.receipts`).
        """
        for attempt in range(_COMMIT_ATTEMPTS):
            try:
                return await self._write(work, *args, **kwargs)
            except IncompleteCommit:
                await asyncio.sleep(secrets.SystemRandom().uniform(0.1, 0.5) * 2**attempt)
            except _MemoryExceeded:
                raise TooLarge(
                    "The work needs more memory than the database allows one request; send less."
                ) from None
            except (Neo4jError, DriverError) as error:
                raise _translated(error) or error from None
        raise Busy("The database went away while the change was being saved; send the same request again.")

    async def _write(
        self, work: Callable[Concatenate[Tx, P], Awaitable[R]], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        @neo4j.unit_of_work(timeout=self._write_timeout)
        async def run(tx: AsyncManagedTransaction) -> R:
            try:
                return await work(Tx(tx), *args, **kwargs)
            except ClientError:
                raise
            except Neo4jError as error:
                if isinstance(_ours(error), TooLarge):
                    raise _MemoryExceeded from None
                raise

        async with self._driver.session(database=self._database) as session:
            return await session.execute_write(run)

    def patient(self, write_timeout: float) -> "Graph":
        """The same graph, for work that takes longer than a request may."""
        return Graph(self._driver, self._database, self._read_timeout, write_timeout)

    async def schema(self, statement: str, /, **parameters: Any) -> list[Row]:
        """Run a statement that changes constraints or indexes; each is a transaction of its own.

        Repeated where it and another process wait for each other: two may migrate one database at once.
        """
        for attempt in range(_COMMIT_ATTEMPTS):
            try:
                async with self._driver.session(database=self._database) as session:
                    result = await session.run(neo4j.Query(cast(Any, statement), timeout=300.0), parameters)
                    return await result.data()
            except Neo4jError as error:
                if "DeadlockDetected" not in (error.code or ""):
                    raise
            await asyncio.sleep(secrets.SystemRandom().uniform(0.1, 0.5) * 2**attempt)
        raise Busy("Others are changing the constraints at the moment; try again shortly.")
