"""The command line as people's scripts use it: a real database, exit codes, printed JSON and sentences."""

import asyncio
import csv
import io
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.graph import Graph
from app.local_neo4j import Address
from tests import build
from tests.conftest import empty
from tests.imports.test_legislation import a_register, an_effect

MAPPING = {
    "kind": "Project",
    "scheme": "pmo",
    "key": "Project id",
    "columns": {"Name": "title", "Stage": "state", "Start": "start"},
}
SHEET = """Project id,Name,Stage,Start,Lead
P-1,Online parking permits,delivering,2026-04-01,S. Patel
P-2,New council tax portal,proposed,1 April 2026,J. Jones
P-3,Replace planning system,in flight,2025-09-01,A. Khan
P-4,Laptop refresh,delivering
P-5,"=HYPERLINK(""http://a.example"")",approved,2026-05-01,B. Lee
"""
START = (Path(__file__).parents[2] / "docs" / "start.md").read_text(encoding="utf-8")
COUNTS = {"created", "changed", "unchanged", "rejected"}

PROVIDER = {"GOLDEN_THREAD_OIDC_ISSUER": "http://login.example"}
AUDIENCE = {"GOLDEN_THREAD_OIDC_AUDIENCE": "api://golden-thread", "GOLDEN_THREAD_OIDC_TENANT": "t"}

Told = subprocess.CompletedProcess[str]
Run = Callable[..., Told]


@pytest.fixture
def environment(graph: Graph, neo4j_address: Address, tmp_path: Path) -> dict[str, str]:
    """Settings that lead to this session's database, which is empty at first."""
    return {
        "GOLDEN_THREAD_DATA": str(tmp_path / "data"),
        "GOLDEN_THREAD_NEO4J_URI": neo4j_address.uri,
        "GOLDEN_THREAD_NEO4J_USER": neo4j_address.user,
        "GOLDEN_THREAD_NEO4J_PASSWORD": neo4j_address.password,
        "GOLDEN_THREAD_NEO4J_DATABASE": neo4j_address.database,
        "COLUMNS": "100",
    }


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """The command in a process of its own, over this session's database."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("GOLDEN_THREAD_")}
    given |= environment

    def started(*words: str | Path, **settings: str) -> Told:
        return subprocess.run(
            [sys.executable, "-m", "app.cli", *map(str, words)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=given | settings,
            timeout=280,
            check=False,
        )

    return started


@pytest.fixture
def sheet(tmp_path: Path) -> tuple[Path, Path]:
    """A spreadsheet saved as CSV with three faulty rows and a formula, and its mapping."""
    file, stated = tmp_path / "projects.csv", tmp_path / "map.json"
    file.write_text(SHEET, encoding="utf-8")
    stated.write_text(json.dumps(MAPPING), encoding="utf-8")
    return file, stated


async def _held(graph: Graph) -> tuple[int, int]:
    """How many records there are, and the number the ledger gives next."""
    [records] = await graph.rows("MATCH (n:Record) RETURN count(n) AS n")
    [ledger] = await graph.rows("MATCH (l:Ledger) RETURN l.next AS n")
    return records["n"], ledger["n"]


def _json(told: Told, code: int = 0) -> Any:
    assert told.returncode == code, told.stderr
    return json.loads(told.stdout)


async def test_a_register_is_loaded_once_and_the_second_time_nothing_changes(
    run: Run, graph: Graph, tmp_path: Path
) -> None:
    words = ("load", "legislation-gov-uk", a_register(tmp_path, an_effect("key-1")), "--json")
    first = _json(await asyncio.to_thread(run, *words))
    assert first["counts"] == dict.fromkeys(COUNTS, 0) | {"created": 7}
    held = await _held(graph)
    second = _json(await asyncio.to_thread(run, *words))
    assert second["counts"] == dict.fromkeys(COUNTS, 0) | {"unchanged": first["counts"]["created"]}
    assert await _held(graph) == held


async def test_a_mapped_csv_gives_its_sound_rows_and_reports_the_others(
    run: Run, graph: Graph, sheet: tuple[Path, Path]
) -> None:
    words = ("import", sheet[0], "--kind", "Project", "--map", sheet[1], "--json")
    told = _json(await asyncio.to_thread(run, *words))
    assert told["counts"] == {"created": 2, "changed": 0, "unchanged": 0, "rejected": 3}
    assert [(each["row"], each["field"], each["code"]) for each in told["rows"]] == [
        (5, "", "ragged_row"),
        (3, "/start", "day_format"),
        (4, "/state", "not_in_list"),
    ]
    assert [(each["row"], each["code"]) for each in told["warnings"]] == [(6, "formula_as_text")]
    assert [each["what"] for each in told["not_taken"]] == ["projects.csv: Lead"]
    again = _json(await asyncio.to_thread(run, *words))
    assert again["counts"] == {"created": 0, "changed": 0, "unchanged": 2, "rejected": 3}


async def test_a_mapping_is_guessed_shown_and_saved_for_the_next_file(
    run: Run, graph: Graph, sheet: tuple[Path, Path], tmp_path: Path
) -> None:
    words = ("import", sheet[0], "--kind", "Project", "--source", "pmo", "--dry-run", "--json", "--guess")
    for wrong in ((*words, "--map", sheet[1]), ("import", sheet[0], "--guess")):
        assert CliRunner().invoke(app, [*map(str, wrong)]).exit_code == 2
    kept = tmp_path / "guessed.json"
    told = _json(await asyncio.to_thread(run, *words, "--save-map", kept))
    assert told["counts"] == {"created": 2, "changed": 0, "unchanged": 0, "rejected": 3}
    assert json.loads(kept.read_text())["columns"] == MAPPING["columns"]
    again = CliRunner().invoke(app, [*map(str, words), "--save-map", str(kept)])
    assert (again.exit_code, "already" in again.stderr) == (1, True)


async def test_a_source_is_registered_changed_and_listed(run: Run, graph: Graph) -> None:
    words = ("sources", "register", "finance", "--title", "The ledger", "--states-acceptance")
    assert "finance may state" in (await asyncio.to_thread(run, *words)).stdout
    assert (await asyncio.to_thread(run, *words)).returncode == 1
    changed = await asyncio.to_thread(run, "sources", "change", "finance", "--no-states-acceptance")
    assert "finance may not state" in changed.stdout
    listed = (await asyncio.to_thread(run, "sources", "list")).stdout
    assert "The ledger" in listed


async def test_all_or_nothing_ends_with_1_and_writes_nothing(
    run: Run, graph: Graph, sheet: tuple[Path, Path]
) -> None:
    held = await _held(graph)
    words = ("import", sheet[0], "--map", sheet[1], "--mode", "all-or-nothing")
    told = _json(await asyncio.to_thread(run, *words, "--json"), code=1)
    assert told["refused"]
    assert told["counts"]["created"] == 0
    for_people = await asyncio.to_thread(run, *words)
    assert for_people.returncode == 1
    assert "Nothing was written" in for_people.stdout
    assert await _held(graph) == held


async def test_a_dry_run_tells_what_would_be_and_changes_nothing(
    run: Run, graph: Graph, sheet: tuple[Path, Path]
) -> None:
    held = await _held(graph)
    words = ("import", sheet[0], "--map", sheet[1], "--dry-run")
    told = _json(await asyncio.to_thread(run, *words, "--json"))
    assert told["dry_run"]
    assert told["counts"] == {"created": 2, "changed": 0, "unchanged": 0, "rejected": 3}
    for_people = await asyncio.to_thread(run, *words)
    assert "Nothing was written" in for_people.stdout
    assert "could not be read" in for_people.stdout
    assert await _held(graph) == held


async def test_json_lines_state_records_and_links(run: Run, graph: Graph, tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = [
        {"kind": "Process", "title": "Issue permits", "identifiers": [{"scheme": "pmo", "value": "R-1"}]},
        {
            "title": "Online permits",
            "state": "delivering",
            "identifiers": [{"scheme": "pmo", "value": "P-1"}],
        },
        {"link": "CHANGES", "from": "pmo|P-1", "to": "pmo|R-1", "facts": {"depth": "process"}},
        {"link": "SERVES", "from": "pmo|P-1", "to": "pmo|R-1"},
    ]
    file = tmp_path / "more.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)) + "\nno json\n", encoding="utf-8")
    words = ("import", file, "--kind", "Project", "--source", "pmo", "--json")
    told = _json(await asyncio.to_thread(run, *words))
    assert told["counts"] == {"created": 3, "changed": 0, "unchanged": 0, "rejected": 2}
    assert {each["code"] for each in told["rows"]} == {"unknown_link_kind", "json_malformed"}


async def test_a_question_is_answered_as_json_csv_and_a_table(
    run: Run, graph: Graph, sheet: tuple[Path, Path]
) -> None:
    await asyncio.to_thread(run, "import", sheet[0], "--map", sheet[1])
    for question in ("unaligned", "known-unknowns"):
        envelope = _json(await asyncio.to_thread(run, "ask", question, "--json"))
        assert envelope.keys() >= {"rows", "as_of", "denominators", "digest", "next"}
        assert envelope["denominators"].keys() == {
            "in_scope",
            "not_assessed",
            "declared_not_applicable",
            "withheld",
        }
        assert envelope["denominators"]["in_scope"] == 2
        told = await asyncio.to_thread(run, "ask", question, "--csv")
        assert told.returncode == 0
        rows = list(csv.reader(io.StringIO(told.stdout, newline="")))
        assert len(rows) == 1 + len(envelope["rows"])
        assert {len(row) for row in rows} == {len(rows[0])}
        told = await asyncio.to_thread(run, "ask", question)
        assert told.returncode == 0
        assert "Projects in scope 2, of them not assessed 2" in told.stdout
        assert "none stated" in told.stdout


@pytest.mark.parametrize(
    ("words", "settings", "code", "says"),
    [
        (["load", "no-such", "."], {}, 2, "There is no such source; choose one of uk-councils"),
        (["load", "uk-councils", "no-such"], {}, 1, "There is no file or folder no-such"),
        (["import", "no-such.csv", "--map", "no-such.json"], {}, 1, "The file no-such.csv cannot be read"),
        (["import", "no-such.csv"], {}, 2, "A table needs a mapping"),
        (["import", "no-such.jsonl"], {}, 2, "Name the source of the lines with --source"),
        (["import", "no-such.txt"], {}, 2, "must end in .csv, .xlsx, .ods, .jsonl or .ndjson"),
        (["import", "a.jsonl", "--source", "x", "--kind", "Wish"], {}, 2, "There is no such kind"),
        (["ask", "no-such"], {}, 2, "No such command"),
        (["ask", "unaligned", "--json", "--csv"], {}, 2, "choose one of --json, --csv and --xlsx"),
        (["ask", "unaligned", "--valid-on", "1/4/2026"], {}, 2, "--valid-on day_format"),
        (["ask", "unaligned", "--after", "x"], {}, 1, "bad_cursor"),
        (["serve", "--port", "99999"], {}, 2, "--port: "),
        (["serve"], {"GOLDEN_THREAD_PORT": "99999"}, 2, "GOLDEN_THREAD_PORT: "),
        (
            ["serve"],
            {"GOLDEN_THREAD_TIMEZONE": "Moon/Sea"},
            2,
            "GOLDEN_THREAD_TIMEZONE: this is not the name",
        ),
        (["serve"], PROVIDER, 2, "an issuer needs its audience and tenant"),
        (["serve"], PROVIDER | AUDIENCE, 2, "GOLDEN_THREAD_OIDC_ISSUER must be an address that begins with"),
        (["migrate"], {"GOLDEN_THREAD_NEO4J_URI": "http://x"}, 2, "GOLDEN_THREAD_NEO4J_URI: this is not"),
        (
            ["migrate"],
            {"GOLDEN_THREAD_NEO4J_URI": "bolt://127.0.0.1:1"},
            1,
            "No Neo4j answers at the address",
        ),
    ],
)
async def test_what_is_wrong_is_said_in_a_sentence_with_its_exit_code(
    environment: dict[str, str], words: list[str], settings: dict[str, str], code: int, says: str
) -> None:
    told = await asyncio.to_thread(CliRunner(env=environment | settings).invoke, app, words)
    assert told.exit_code == code, told.stderr
    assert says in " ".join(told.stderr.split())
    assert "Traceback" not in told.stderr
    assert told.stdout == ""


@pytest.mark.parametrize("command", ["serve", "demo"])
async def test_a_taken_port_is_told_before_anything_is_started(run: Run, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = await asyncio.to_thread(run, command, GOLDEN_THREAD_PORT=port)
    assert told.returncode == 1
    assert f"Port {port} is taken" in told.stderr


@pytest.mark.slow
async def test_the_demo_tells_its_answers_twice_and_does_not_mix_with_other_data(
    run: Run, graph: Graph, sheet: tuple[Path, Path]
) -> None:
    first = await asyncio.to_thread(run, "demo", "--answers-only")
    assert first.returncode == 0, first.stderr
    named = re.sub(r"(?<=--project )[0-9a-f-]{36}", "{id}", first.stdout)
    assert named.strip() in START, "docs/start.md is stale: run `make answers`"
    held = await _held(graph)
    second = await asyncio.to_thread(run, "demo", "--answers-only")
    assert "The sample data is loaded already." in second.stdout
    assert await _held(graph) == held
    await empty(graph)
    await asyncio.to_thread(run, "import", sheet[0], "--map", sheet[1])
    assert "the sample was not loaded" in (await asyncio.to_thread(run, "demo", "--answers-only")).stdout


async def test_a_second_migration_changes_nothing(run: Run) -> None:
    told = await asyncio.to_thread(run, "migrate")
    assert (told.returncode, told.stdout) == (
        0,
        "0 moves applied, 0 constraints and indexes made, 0 dropped.\n",
    )


async def test_a_leavers_posts_are_handed_over_and_the_person_erased(
    environment: dict[str, str], graph: Graph
) -> None:
    leaver, successor = build.a("Person", name="Ysolde Quillfeather"), build.a("Person")
    post = build.a("Post", title="Head of Digital", holder=leaver.id)
    await build.store(graph, leaver, successor, post)

    async def told(*words: str) -> tuple[int, str]:
        result = await asyncio.to_thread(CliRunner(env=environment).invoke, app, ["people", *words])
        return result.exit_code, result.output

    code, said = await told("handover", leaver.id, successor.id, "--reason", "She leaves.")
    assert (code, "Head of Digital" in said, "Posts handed over: 1." in said) == (0, True, True)
    assert await told("handover", leaver.id, successor.id) == (0, "Posts handed over: 0.\n")
    unasked, _ = await told("erase", leaver.id, "--reason", "She asked.")
    assert unasked == 1, "without a terminal nobody has said yes"
    assert await told("erase", leaver.id, "--reason", "She asked.", "--yes") == (
        0,
        "The person is erased. Revoke their keys as well: golden-thread keys list.\n",
    )
    rows = await graph.rows("MATCH (n:Person) RETURN n.name AS name, n.revision AS revision ORDER BY n.id")
    assert [row["name"] for row in rows] == [None, None]
    code, said = await told("erase", post.id, "--reason", "No person.", "--yes")
    assert (code, "There is no such record here." in said) == (1, True)


def test_the_version_and_every_help_are_told() -> None:
    assert CliRunner().invoke(app, ["--version"]).stdout.startswith("golden-thread ")
    for words in (
        [],
        ["serve"],
        ["demo"],
        ["migrate"],
        ["load"],
        ["import"],
        ["ask"],
        ["docs"],
        ["people"],
        ["sources"],
    ):
        told = CliRunner().invoke(app, [*words, "--help"])
        assert told.exit_code == 0
        assert "Usage: " in told.stdout
