"""Bring a database to this version: moves it has not seen, then constraints and indexes."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from app.errors import Busy, HalfRestored, SchemaMismatch
from app.graph import Graph, Row, Tx
from app.who import new_id
from graph_schema import SCHEMA_VERSION, ddl
from migrations import constraints
from migrations.moves import HERE, Move, found

LEASE_SECONDS = 60
WAIT_SECONDS = 120.0

_APPLIED = """
OPTIONAL MATCH (lock:MigrationLock {name: 'migration'})
RETURN lock.schema_version AS version,
       EXISTS { MATCH (l:Ledger) WHERE l.restoring IS NOT NULL } AS restoring,
       COLLECT { MATCH (m:Migration) RETURN m {.number, .name, .digest, .after} ORDER BY m.number } AS moves
"""
_LOCK = """
MERGE (lock:MigrationLock {name: 'migration'}) SET lock.name = lock.name
WITH lock, datetime.realtime('UTC') AS now
WHERE lock.owner IS NULL OR lock.owner = $owner OR lock.until < now
SET lock.owner = $owner, lock.until = now + duration({seconds: $lease})
RETURN lock.owner AS owner
"""
_RELEASE = """
MATCH (lock:MigrationLock {name: 'migration', owner: $owner})
SET lock.owner = null, lock.until = null, lock.schema_version = coalesce($version, lock.schema_version)
"""
_RECORD = """
MERGE (m:Migration {number: $number})
SET m.name = $name, m.digest = $digest, m.after = $after, m.applied_at = datetime.realtime('UTC')
"""


@dataclass(frozen=True)
class Report:
    """What a run did. All empty: the database was up to date."""

    applied: tuple[str, ...] = ()
    constraints_created: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True)
class State:
    """Whether the service can work with the database as it stands, and if not, what to do."""

    ready: bool
    says: str


async def migrate(graph: Graph, folder: Path = HERE, wait: float = WAIT_SECONDS) -> Report:
    """Bring the database to this version. A second run changes nothing; two at once wait for each other."""
    moves = found(folder)
    applied = await _applied(graph)
    pending = _pending(moves, applied)
    if not pending and applied["version"] == SCHEMA_VERSION and not any(await constraints.differences(graph)):
        return Report()
    owner, reached = new_id(), None
    await _lock(graph, owner, wait)
    try:
        pending = _pending(moves, await _applied(graph))
        for move, after in pending:
            await _apply(graph, owner, move, after)
        created, dropped = await constraints.reconcile(graph, _Renewal(graph, owner))
        reached = SCHEMA_VERSION
    finally:
        await graph.write(_statement, _RELEASE, owner=owner, version=reached)
    return Report(tuple(move.name for move, _ in pending), created, dropped)


async def state(graph: Graph, folder: Path = HERE) -> State:
    """Whether the database is at this version: one short read, for readiness. Changes nothing."""
    applied = await _applied(graph)
    if applied["restoring"]:
        return State(False, HalfRestored.says)
    try:
        pending = _pending(found(folder), applied)
    except SchemaMismatch as mismatch:
        return State(False, mismatch.detail)
    if pending or applied["version"] != SCHEMA_VERSION:
        return State(
            False, "The database is older than this version of the service; run: golden-thread migrate"
        )
    return State(True, "The database and this version of the service fit together.")


async def reached(graph: Graph) -> Row:
    """How far the database has come: its schema and the moves made, as a backup keeps them."""
    applied = await _applied(graph)
    return {"schema_version": applied["version"], "migrations": applied["moves"]}


def refuse_unknown(reached: Row, folder: Path = HERE) -> None:
    """Refuse what these files do not lead on from: a later version made it, or they were edited since."""
    moves = [move | {"after": None} for move in reached["migrations"]]
    _pending(found(folder), {"version": reached["schema_version"], "moves": moves})


async def put_back(tx: Tx, reached: Row) -> None:
    """Say that the database has come as far as this: the moves since then are made by the next run."""
    await tx.rows("MATCH (m:Migration) DELETE m")
    await tx.rows(
        """UNWIND $moves AS move CREATE (m:Migration)
           SET m = move, m.applied_at = datetime.realtime('UTC')""",
        moves=reached["migrations"],
    )
    await tx.rows(
        "MATCH (lock:MigrationLock {name: 'migration'}) SET lock.schema_version = $version",
        version=reached["schema_version"],
    )


async def _applied(graph: Graph) -> Row:
    return await graph.row(_APPLIED) or {"version": None, "moves": [], "restoring": False}


def _pending(moves: tuple[Move, ...], applied: Row) -> list[tuple[Move, str | None]]:
    """The moves still to make, each with where to go on; refuses a database these files do not lead to."""
    _refuse_newer(applied["version"])
    by_number = {move.number: move for move in moves}
    if len(by_number) != len(moves):
        raise SchemaMismatch("Two migrations carry one number; rename one of them.")
    done = {row["number"]: row for row in applied["moves"]}
    for number, row in done.items():
        move = by_number.get(number)
        if move is None and number > max(by_number, default=0):
            raise SchemaMismatch(
                f"The database has migration {number:04}, which this version of the service does not know: "
                "install the version that made it, or a later one."
            )
        if move is None:
            raise SchemaMismatch(
                f"The database has migration {number:04}, and its file is missing: put the file back."
            )
        if move.digest != row["digest"]:
            raise SchemaMismatch(
                f"The file of migration {number:04} was edited after it was applied: put the old text back "
                "and write the change as a new migration."
            )
    waiting = [move for move in moves if move.number not in done or done[move.number]["after"] is not None]
    overtaken = [move for move in waiting if any(number > move.number for number in done)]
    if overtaken:
        raise SchemaMismatch(
            f"Migration {overtaken[0].number:04} comes before one that is applied already: give it a new one."
        )
    return [(move, done.get(move.number, {}).get("after")) for move in waiting]


def _refuse_newer(version: str | None) -> None:
    if version and _parts(version) > _parts(SCHEMA_VERSION):
        raise SchemaMismatch(
            f"The database holds schema {version}, this version of the service knows {SCHEMA_VERSION}: "
            "install the version that made it, or a later one."
        )


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


async def _statement(tx: Tx, /, query: str, **parameters: Any) -> list[Row]:
    return await tx.rows(query, **parameters)


async def _lock(graph: Graph, owner: str, wait: float) -> None:
    await graph.schema(ddl.statements()["gt_migrationlock_name"])
    waited = 0.0
    while not await graph.write(_statement, _LOCK, owner=owner, lease=LEASE_SECONDS):
        if waited >= wait:
            raise Busy("Another process is migrating this database; try again when it has finished.")
        await asyncio.sleep(0.25)
        waited += 0.25


async def _held(tx: Tx, owner: str) -> None:
    """Hold the lock a while longer; refuses where another has taken it over."""
    if not await tx.rows(_LOCK, owner=owner, lease=LEASE_SECONDS):
        raise Busy("Another process has taken over the migration of this database.")


class _Renewal:
    """Holds the lock through slow statements; seldom, since each schema change makes the next plan anew."""

    def __init__(self, graph: Graph, owner: str) -> None:
        self._graph, self._owner, self._at = graph, owner, monotonic()

    async def __call__(self) -> None:
        if monotonic() - self._at > LEASE_SECONDS / 6:
            await self._graph.write(_held, self._owner)
            self._at = monotonic()


async def _piece(tx: Tx, owner: str, move: Move, after: str | None) -> str | None:
    await _held(tx, owner)
    following = await move.apply(tx, after)
    await tx.rows(_RECORD, number=move.number, name=move.name, digest=move.digest, after=following)
    return following


async def _apply(graph: Graph, owner: str, move: Move, after: str | None) -> None:
    while (after := await graph.write(_piece, owner, move, after)) is not None:
        pass
