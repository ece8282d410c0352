"""The runner: what it applies, what it refuses, and that constraints follow the kinds."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic

import pytest

from app.errors import Busy, SchemaMismatch
from app.graph import Graph
from graph_schema import ddl
from migrations import runner
from migrations.moves import HERE, found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that holds a copy of the real moves, to which a test adds its own."""
    for move in found(HERE):
        (tmp_path / move.path.name).write_bytes(move.path.read_bytes())
    return tmp_path


@pytest.fixture
async def forgetful(graph: Graph) -> AsyncIterator[Graph]:
    """A graph whose ledger of migrations is put back after the test."""
    yield graph
    await graph.schema("MATCH (m:Migration) WHERE m.number > $last DELETE m", last=found()[-1].number)
    await graph.schema("MATCH (m:Migration {number: 1}) SET m.digest = $digest", digest=found()[0].digest)
    await graph.schema(
        "MATCH (l:MigrationLock) SET l.owner = null, l.schema_version = $version",
        version=runner.SCHEMA_VERSION,
    )
    await runner.migrate(graph)


def _last(folder: Path) -> int:
    return found(folder)[-1].number


async def test_the_store_has_exactly_the_constraints_and_indexes_that_the_kinds_declare(graph: Graph) -> None:
    rows = await graph.rows("SHOW CONSTRAINTS YIELD name RETURN name")
    rows += await graph.rows("SHOW INDEXES YIELD name, type, owningConstraint WHERE owningConstraint IS NULL "
                             "AND type <> 'LOOKUP' RETURN name")  # fmt: skip
    assert {row["name"] for row in rows} == set(ddl.statements())


async def test_the_ledger_has_an_identity(graph: Graph) -> None:
    row = await graph.row("MATCH (l:Ledger {name: 'ledger'}) RETURN l.id AS id")
    assert row is not None
    assert len(row["id"]) == 36


async def test_a_second_run_changes_nothing_and_is_fast(graph: Graph) -> None:
    await runner.migrate(graph)
    began = monotonic()
    assert await runner.migrate(graph) == runner.Report()
    assert monotonic() - began < 2


async def test_a_database_at_this_version_is_ready(graph: Graph) -> None:
    assert (await runner.state(graph)).ready


async def test_a_database_whose_constraints_are_those_of_an_older_version_is_not_ready(
    forgetful: Graph,
) -> None:
    await forgetful.schema("MATCH (l:MigrationLock) SET l.schema_version = '0.9.0'")
    assert "golden-thread migrate" in (await runner.state(forgetful)).says
    await runner.migrate(forgetful)
    assert (await runner.state(forgetful)).ready


async def test_a_pending_move_is_applied_once(forgetful: Graph, folder: Path) -> None:
    number = _last(folder) + 1
    (folder / f"{number:04}_a_mark.cypher").write_text(
        "MERGE (m:Mark) SET m.times = coalesce(m.times, 0) + 1;\n"
    )
    assert not (await runner.state(forgetful, folder)).ready
    assert (await runner.migrate(forgetful, folder)).applied == (f"{number:04}_a_mark",)
    assert (await runner.migrate(forgetful, folder)).applied == ()
    assert await forgetful.rows("MATCH (m:Mark) RETURN m.times AS times") == [{"times": 1}]


async def test_a_move_that_fails_leaves_neither_its_change_nor_its_row(
    forgetful: Graph, folder: Path
) -> None:
    number = _last(folder) + 1
    (folder / f"{number:04}_breaks.cypher").write_text("CREATE (m:Mark) WITH m RETURN 1 / 0")
    with pytest.raises(Exception, match="zero"):
        await runner.migrate(forgetful, folder)
    assert await forgetful.rows("MATCH (m:Mark) RETURN m") == []
    assert await forgetful.rows("MATCH (m:Migration {number: $n}) RETURN m", n=number) == []
    assert (await forgetful.rows("MATCH (l:MigrationLock) RETURN l.owner AS owner"))[0]["owner"] is None


_IN_PIECES = """
async def move(tx, after):
    at = int(after or 0) + 1
    await tx.rows("CREATE (:Mark {at: $at})", at=at)
    if at == STOPS_AT:
        raise RuntimeError("the machine went down")
    return str(at) if at < 4 else None
"""


async def test_a_move_in_pieces_goes_on_where_it_was_cut_off(forgetful: Graph, folder: Path) -> None:
    path = folder / f"{_last(folder) + 1:04}_in_pieces.py"
    path.write_text(_IN_PIECES.replace("STOPS_AT", "3"))
    with pytest.raises(RuntimeError):
        await runner.migrate(forgetful, folder)
    assert not (await runner.state(forgetful, path.parent)).ready
    with pytest.raises(SchemaMismatch):
        path.write_text(_IN_PIECES.replace("STOPS_AT", "0"))
        await runner.migrate(forgetful, folder)
    path.write_text(_IN_PIECES.replace("STOPS_AT", "3"))
    await forgetful.schema("MATCH (m:Mark) WHERE m.at = 2 SET m.seen = true")
    await forgetful.schema("MATCH (m:Migration {after: '2'}) SET m.after = '3'")
    assert (await runner.migrate(forgetful, folder)).applied == (path.stem,)
    rows = await forgetful.rows("MATCH (m:Mark) RETURN m.at AS at ORDER BY at")
    assert [row["at"] for row in rows] == [1, 2, 4]


async def test_an_edited_file_is_refused(forgetful: Graph, folder: Path) -> None:
    path = folder / "0001_the_ledger.cypher"
    path.write_text(path.read_text() + "// an afterthought\n")
    with pytest.raises(SchemaMismatch, match="0001 was edited"):
        await runner.migrate(forgetful, folder)
    assert "edited" in (await runner.state(forgetful, folder)).says


async def test_line_endings_are_no_edit(graph: Graph, folder: Path) -> None:
    path = folder / "0001_the_ledger.cypher"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert await runner.migrate(graph, folder) == runner.Report()


async def test_a_missing_file_is_refused(forgetful: Graph, folder: Path) -> None:
    number = _last(folder) + 1
    path = folder / f"{number:04}_soon_gone.cypher"
    path.write_text("RETURN 1")
    (folder / f"{number + 1:04}_stays.cypher").write_text("RETURN 1")
    await runner.migrate(forgetful, folder)
    path.unlink()
    with pytest.raises(SchemaMismatch, match="file is missing"):
        await runner.migrate(forgetful, folder)


async def test_a_move_inserted_before_an_applied_one_is_refused(forgetful: Graph, folder: Path) -> None:
    number = _last(folder)
    (folder / f"{number + 2:04}_first.cypher").write_text("RETURN 1")
    await runner.migrate(forgetful, folder)
    (folder / f"{number + 1:04}_late.cypher").write_text("RETURN 1")
    with pytest.raises(SchemaMismatch, match="comes before"):
        await runner.migrate(forgetful, folder)


async def test_a_database_newer_than_the_code_is_refused(forgetful: Graph, folder: Path) -> None:
    path = folder / f"{_last(folder) + 1:04}_of_a_later_version.cypher"
    path.write_text("RETURN 1")
    await runner.migrate(forgetful, folder)
    with pytest.raises(SchemaMismatch, match="does not know"):
        await runner.migrate(forgetful)
    await forgetful.schema("MATCH (m:Migration) WHERE m.number > 1 DELETE m")
    await forgetful.schema("MATCH (l:MigrationLock) SET l.schema_version = '99.0.0'")
    with pytest.raises(SchemaMismatch, match=r"99\.0\.0"):
        await runner.migrate(forgetful)
    assert not (await runner.state(forgetful)).ready


async def test_constraints_are_created_changed_and_dropped_as_declared_and_others_are_left_alone(
    graph: Graph,
) -> None:
    await graph.schema("DROP CONSTRAINT gt_project_id")
    await graph.schema("DROP INDEX gt_search")
    await graph.schema("CREATE FULLTEXT INDEX gt_search FOR (n:Project) ON EACH [n.title]")
    await graph.schema("DROP INDEX gt_change_at")
    await graph.schema("CREATE INDEX gt_change_at FOR (n:Change) ON (n.other)")
    await graph.schema("CREATE INDEX gt_not_declared FOR (n:Change) ON (n.reason)")
    await graph.schema("CREATE INDEX of_somebody_else FOR (n:Change) ON (n.actor)")
    report = await runner.migrate(graph)
    assert set(report.constraints_created) == {"gt_project_id", "gt_search", "gt_change_at"}
    assert set(report.dropped) == {"gt_search", "gt_change_at", "gt_not_declared"}
    assert await graph.rows("SHOW INDEXES YIELD name WHERE name = 'of_somebody_else' RETURN name")
    await graph.schema("DROP INDEX of_somebody_else")


async def test_two_runs_at_once_wait_for_each_other(forgetful: Graph, folder: Path) -> None:
    (folder / f"{_last(folder) + 1:04}_once.cypher").write_text("CREATE (:Mark)")
    reports = await asyncio.gather(*(runner.migrate(forgetful, folder) for _ in range(4)))
    assert sum(len(report.applied) for report in reports) == 1
    assert len(await forgetful.rows("MATCH (m:Mark) RETURN m")) == 1


async def test_a_lock_whose_owner_died_is_taken_over_when_its_lease_ends(
    forgetful: Graph, folder: Path
) -> None:
    (folder / f"{_last(folder) + 1:04}_waits.cypher").write_text("CREATE (:Mark)")
    await forgetful.schema(
        "MATCH (l:MigrationLock) SET l.owner = 'x', l.until = datetime() + duration('PT1H')"
    )
    with pytest.raises(Busy):
        await runner.migrate(forgetful, folder, wait=0.5)
    await forgetful.schema("MATCH (l:MigrationLock) SET l.until = datetime() + duration('PT1S')")
    assert len((await runner.migrate(forgetful, folder, wait=10)).applied) == 1
