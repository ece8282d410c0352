"""The UK councils register, which seed_data holds whole: its counts, recounted from the files."""

import csv
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.domain import ledger
from app.errors import Invalid, NotFound
from app.graph import Graph
from app.imports import Intake, LinkRow, RecordRow, Report
from app.imports.adapters import uk_councils
from tests.conftest import empty
from tests.imports import registers

NAME = "uk-councils"
FOLDER = registers.FOLDERS[NAME]
WHOLE = registers.WHOLE / "uk_councils"


@pytest.fixture(scope="module")
async def loaded(migrated: Graph) -> AsyncIterator[tuple[Graph, Report]]:
    """The register in a graph of its own, loaded once, and what the load reported."""
    await empty(migrated)
    yield migrated, await registers.load(migrated, NAME, FOLDER)


async def _numbers(graph: Graph) -> dict[str, int]:
    row = await graph.row(
        """RETURN COUNT { (:Identifier {scheme: 'local-authority-code'})-->(:Organisation) } AS authorities,
                  COUNT { MATCH (o:Organisation) WHERE (o)-[:SUCCEEDED_BY]->() } AS succeeded,
                  COUNT { ()-[:SUCCEEDED_BY]->() } AS successions,
                  COUNT { (:Project {state: 'delivering'}) } AS projects,
                  COUNT { MATCH (p:Project) WHERE (p)-[:CHANGES|ENABLES|CLAIMS]->() } AS assessed,
                  COUNT { (:Funding) } AS grants, COUNT { (:ServiceType) } AS services,
                  COUNT { (:PolicyGoal) } AS goals,
                  COUNT { MATCH (g:PolicyGoal) WHERE g.level = 'corporate' } AS corporate,
                  COUNT { MATCH (g:PolicyGoal) WHERE g.adopted_on IS NOT NULL } AS adopted,
                  COUNT { MATCH (:PolicyGoal)-[r:RELATES]->(:Evidence)
                          WHERE r.relation = 'is stated in' } AS stated,
                  COUNT { MATCH (e:Evidence) WHERE e.kind = 'climate emergency declaration' } AS declarations,
                  COUNT { (:Identifier {scheme: 'climate-document'})-->(:Evidence) } AS documents,
                  COUNT { (:Outcome) } AS outcomes, COUNT { (:Element) } AS outputs"""
    )
    assert row is not None
    return row


def _recounted() -> dict[str, int]:
    """The same numbers from the files alone, with nothing of the product."""
    authorities, projects = _file("local_authorities.csv"), _file("towns_fund_projects.csv")
    promises = [row for row in _file("climate_promises.csv") if row["scope"] != "No promise"]
    declared = {row["local-authority-code"]: row["date_made"] for row in _file("climate_declarations.csv")}
    documents = {(row["local-authority-code"], row["source_url"]) for row in promises if row["source_url"]}
    for row in _file("climate_plans.csv"):
        if row["url"] or row["title"]:
            documents.add((row["local-authority-code"], row["url"] or row["title"]))
    outcomes = {row["Indicator"] for row in _file("towns_fund_outcome_definitions.csv") if _defined(row)}
    return {
        "authorities": len(authorities),
        "succeeded": sum(bool(row["replaced-by"]) for row in authorities),
        "successions": sum(len(row["replaced-by"].split(",")) for row in authorities if row["replaced-by"]),
        "projects": len(projects),
        "assessed": 0,
        "grants": sum(bool(row["Total"]) for row in _file("towns_fund_grant_awarded.csv")),
        "services": len(_file("council_services_lgsl.csv")),
        "goals": len(promises),
        "corporate": sum(row["scope"] == "Council operations" for row in promises),
        "adopted": sum(_is_day(declared.get(row["local-authority-code"], "")) for row in promises),
        "stated": sum(bool(row["source_url"]) for row in promises),
        "declarations": len(_file("climate_declarations.csv")),
        "documents": len(documents),
        "outcomes": len(outcomes),
        "outputs": sum(_defined(row) for row in _file("towns_fund_output_definitions.csv")),
    }


def _file(name: str) -> list[dict[str, str]]:
    return [{key: cell.strip() for key, cell in row.items()} for row in registers.rows(FOLDER / name)]


def _defined(row: dict[str, str]) -> bool:
    return row["Definition"] not in ("", "N/A")


def _is_day(text: str) -> bool:
    try:
        day, month, year = map(int, text.split("/"))
        return bool(date(year, month, day))
    except ValueError:
        return False


async def test_the_register_has_the_counts_of_its_files(loaded: tuple[Graph, Report]) -> None:
    graph, report = loaded
    assert report.rows == []
    found = await _numbers(graph)
    assert found == _recounted()
    assert found == {
        "authorities": 470, "succeeded": 48, "successions": 50, "projects": 969, "assessed": 0,
        "grants": 819, "services": 75, "goals": 449, "corporate": 231, "adopted": 398, "stated": 448,
        "declarations": 404, "documents": 1_154, "outcomes": 76, "outputs": 60,
    }  # fmt: skip


async def test_the_grants_of_town_deals_come_to_what_their_rows_say(loaded: tuple[Graph, Report]) -> None:
    row = await loaded[0].row(
        """MATCH (p:Project)-[:FUNDED_BY]->(f:Funding)-[:FUNDED_BY]->(:PolicyInstrument)
           WHERE 'fund:town-deals' IN p.tags WITH DISTINCT f RETURN sum(f.amount) / 100 AS pounds"""
    )
    assert row == {"pounds": 2_289_010_307}
    rows = await loaded[0].rows(
        "MATCH (p:Project) WHERE NOT (p)-[:FUNDED_BY]->() RETURN p.ref AS ref ORDER BY ref"
    )
    assert [row["ref"] for row in rows] == ["TD-GLA-01", "TD-GOO-10", "TD-GRA-04", "TD-NUN-07"]


async def test_every_count_of_the_page_is_given_by_its_request(loaded: tuple[Graph, Report]) -> None:
    assert await registers.refuted(loaded[0], NAME) == []


def test_every_oddity_is_named(loaded: tuple[Graph, Report]) -> None:
    warned = Counter(warning.code for warning in loaded[1].warnings)
    assert warned == {
        "status_assumed": 287, "address_unreadable": 236, "text_tidied": 100, "grant_without_project": 69,
        "formula_as_text": 66, "adoption_unknown": 51, "council_unknown": 31, "adoption_assumed": 9,
        "another_row": 8, "grant_unknown": 4, "authority_unknown": 2, "grant_without_total": 1,
        "date_unreadable": 1, "title_assumed": 14,
    }  # fmt: skip
    left_out = {each.what: each.rows for each in loaded[1].not_taken if each.rows is not None}
    assert left_out["climate_promises.csv: rows of scope No promise"] == 48
    assert left_out["climate_plans.csv: rows without address and title"] == 162


async def test_a_promise_is_a_goal_of_its_authority_adopted_with_its_declaration(
    loaded: tuple[Graph, Report],
) -> None:
    row = await loaded[0].row(
        """MATCH (:Identifier {key: 'climate-promise|ADU/council-operations'})-[:IDENTIFIES]->(g)
           MATCH (o:Organisation {id: g.organisation})
           RETURN g.level AS level, o.title AS of, g.adopted_by AS by, g.adopted_on AS day, g.tags AS tags,
                  COLLECT { MATCH (g)-[r:RELATES]->(e:Evidence)
                            RETURN r.relation + ': ' + e.kind ORDER BY r.relation } AS rests_on"""
    )
    assert row == {
        "level": "corporate",
        "of": "Adur District Council",
        "by": "Adur District Council",
        "day": "2019-07-18",
        "tags": ["scope:Council operations", "target-year:2030"],
        "rests_on": [
            "is stated in: Action plan",
            "is taken to be adopted with: climate emergency declaration",
        ],
    }


async def test_an_authority_ends_on_the_first_day_without_it(loaded: tuple[Graph, Report]) -> None:
    rows = await loaded[0].rows(
        """UNWIND ['CMA', 'TAU', 'NIR-A'] AS code
           MATCH (:Identifier {key: 'local-authority-code|' + code})-[:IDENTIFIES]->(o)
           RETURN o.valid_to AS day, o.nation AS nation"""
    )
    assert [(row["day"], row["nation"]) for row in rows] == [
        ("2023-04-01", "E"),
        ("2019-04-01", "E"),
        ("2015-04-01", "NI"),
    ]


async def test_an_older_edition_is_refused_and_the_same_loaded_again_is_all_unchanged(
    loaded: tuple[Graph, Report], tmp_path: Path
) -> None:
    graph, first = loaded
    number = (await ledger.head(graph)).number
    plans = _file("climate_plans.csv")
    older = _copy(tmp_path, "climate_plans.csv", *(row | {"last_update": "2022-09-14"} for row in plans))
    with pytest.raises(Invalid) as refused:
        await registers.load(graph, NAME, older)
    assert [fault.code for fault in refused.value.faults] == ["older_edition"]
    second = await registers.load(graph, NAME, FOLDER)
    assert second.counts == {"created": 0, "changed": 0, "unchanged": first.counts["created"], "rejected": 0}
    assert (await ledger.head(graph)).number == number


def _copy(to: Path, name: str, *rows: dict[str, Any]) -> Path:
    """A copy of the register whose one file has these rows."""
    folder = shutil.copytree(FOLDER, to / "copy")
    registers.write(folder / name, "\t".join(rows[0]), *rows, separator="\t")
    return folder


def _of(intake: Intake, name: str) -> list[RecordRow | LinkRow]:
    return [row for row in intake.rows if row.place.file == name]


def test_a_row_that_is_ragged_is_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "copy")
    with (folder / "towns_fund_projects.csv").open("a") as file:
        file.write("TD-BAR-99,Town Deals,Barrow\r\n")
    intake = uk_councils.read(folder)
    assert [(fault.place.row, fault.code) for fault in intake.faults] == [(971, "ragged_row")]
    assert len(intake.rows) == len(uk_councils.read(FOLDER).rows)


def test_a_declaration_on_a_day_that_does_not_exist_gives_no_day(tmp_path: Path) -> None:
    rows = [row | {"date_made": "31/06/2019"} for row in _file("climate_declarations.csv")[:3]]
    intake = uk_councils.read(_copy(tmp_path, "climate_declarations.csv", *rows))
    assert [row.facts["dated"] for row in _of(intake, "climate_declarations.csv")] == [None] * 3
    named = [warning.code for warning in intake.warnings if warning.place.file == "climate_declarations.csv"]
    assert named.count("date_unreadable") == 3


def test_a_text_of_a_plan_too_long_for_a_tag_stands_in_its_summary(tmp_path: Path) -> None:
    long = "Approved " * 60
    plans = [_file("climate_plans.csv")[0] | {"status": text} for text in ("Approved", long)]
    plans[1]["url"] += "2"
    short, other = _of(uk_councils.read(_copy(tmp_path, "climate_plans.csv", *plans)), "climate_plans.csv")
    assert "plan-status:Approved" in short.facts["tags"] and short.facts["summary"] is None
    assert other.facts["summary"] == f"Status: {long.strip()}"


def test_a_folder_that_lacks_files_is_refused_by_their_names(tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "copy")
    for name in ("climate_plans.csv", "towns_fund_places.csv"):
        (folder / name).unlink()
    lacks = r"lacks 2 of the 11 files it needs: towns_fund_places\.csv, climate_plans\.csv\."
    with pytest.raises(NotFound, match=lacks):
        uk_councils.read(folder)


def test_every_column_of_every_file_has_its_line_in_the_mapping_table() -> None:
    assert registers.unlisted(NAME, FOLDER) == []
    if WHOLE.is_dir():
        assert registers.unlisted(NAME, WHOLE) == []


@pytest.mark.real_data
@pytest.mark.skipif(not WHOLE.is_dir(), reason=f"the full register is not at {WHOLE}")
def test_every_file_of_the_seed_is_the_registers_own() -> None:
    for path in FOLDER.glob("*.csv"):
        assert path.read_bytes() == (WHOLE / path.name).read_bytes(), path.name


def test_the_readme_states_the_rows_of_every_file() -> None:
    readme = (FOLDER / "README.md").read_text("utf-8")
    for path in FOLDER.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            count = sum(1 for _ in csv.reader(file)) - 1
        assert f"| {path.name} | {count:,} |" in readme, path.name
