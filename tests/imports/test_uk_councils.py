"""The UK councils register: the slice in seed_data always, the whole register where it is at hand."""

import csv
import shutil
from collections import Counter
from pathlib import Path

import pytest

from app import imports
from app.domain import ledger
from app.errors import NotFound
from app.graph import Graph
from app.imports import Report
from app.settings import Settings
from app.who import Stamp

(COUNCILS,) = (adapter for adapter in imports.ADAPTERS if adapter.name == "uk-councils")
SLICE = Path(__file__).resolve().parents[2] / "seed_data" / "uk_councils"
WHOLE = Settings().real_data / "uk_councils"

real_data = pytest.mark.skipif(not WHOLE.is_dir(), reason=f"the full register is not at {WHOLE}")


async def _load(graph: Graph, folder: Path) -> Report:
    return await imports.run(graph, COUNCILS.read(folder), COUNCILS.source, Stamp("loader"))


def _warned(report: Report) -> Counter[str]:
    return Counter(warning.code for warning in report.warnings)


async def _numbers(graph: Graph) -> dict[str, int]:
    row = await graph.row(
        """RETURN COUNT { (:Identifier {scheme: 'local-authority-code'})-->(:Organisation) } AS authorities,
                  COUNT { MATCH (o:Organisation) WHERE (o)-[:SUCCEEDED_BY]->() } AS succeeded,
                  COUNT { ()-[:SUCCEEDED_BY]->() } AS successions,
                  COUNT { (:Project {state: 'delivering'}) } AS projects,
                  COUNT { MATCH (p:Project) WHERE (p)-[:CHANGES|ENABLES|CLAIMS]->() } AS assessed,
                  COUNT { MATCH (p:Project) WHERE p.organisation IS NULL } AS without_organisation,
                  COUNT { (:Funding) } AS grants, COUNT { (:ServiceType) } AS services"""
    )
    assert row is not None
    return row


async def _granted(graph: Graph, fund: str) -> int:
    """Pounds granted to the projects of a fund, each grant once."""
    row = await graph.row(
        """MATCH (p:Project)-[:FUNDED_BY]->(f:Funding)-[:FUNDED_BY]->(:PolicyInstrument)
           WHERE $fund IN p.tags WITH DISTINCT f RETURN sum(f.amount) / 100 AS pounds""",
        fund=fund,
    )
    assert row is not None
    return int(row["pounds"])


async def _without_grant(graph: Graph, fund: str) -> list[str]:
    rows = await graph.rows(
        """MATCH (p:Project) WHERE $fund IN p.tags AND NOT (p)-[:FUNDED_BY]->()
           RETURN p.ref AS ref ORDER BY ref""",
        fund=fund,
    )
    return [row["ref"] for row in rows]


async def test_the_slice_has_the_counts_its_readme_states(graph: Graph) -> None:
    report = await _load(graph, SLICE)
    assert report.counts["rejected"] == 0
    assert await _numbers(graph) == {
        "authorities": 41,
        "succeeded": 22,
        "successions": 24,
        "projects": 60,
        "assessed": 0,
        "without_organisation": 8,
        "grants": 53,
        "services": 75,
    }
    assert await _granted(graph, "fund:town-deals") == 167_789_167
    assert await _without_grant(graph, "fund:town-deals") == ["TD-GLA-01", "TD-GOO-10"]
    assert _warned(report) == {
        "status_assumed": 9,
        "council_unknown": 1,
        "grant_unknown": 2,
        "grant_without_total": 1,
        "grant_without_project": 1,
    }


async def test_the_slice_loaded_again_is_all_unchanged(graph: Graph) -> None:
    first = await _load(graph, SLICE)
    number = (await ledger.head(graph)).number
    second = await _load(graph, SLICE)
    assert second.counts == {"created": 0, "changed": 0, "unchanged": first.counts["created"], "rejected": 0}
    assert (await ledger.head(graph)).number == number


async def test_an_authority_ends_on_the_first_day_without_it(graph: Graph) -> None:
    await _load(graph, SLICE)
    rows = await graph.rows(
        """UNWIND ['CMA', 'TAU', 'NIR-A'] AS code
           MATCH (:Identifier {key: 'local-authority-code|' + code})-[:IDENTIFIES]->(o)
           RETURN o.valid_to AS day, o.nation AS nation"""
    )
    assert [(row["day"], row["nation"]) for row in rows] == [
        ("2023-04-01", "E"),
        ("2019-04-01", "E"),
        ("2015-04-01", "NI"),
    ]


async def test_a_row_that_is_ragged_is_reported_and_the_rest_is_loaded(graph: Graph, tmp_path: Path) -> None:
    folder = shutil.copytree(SLICE, tmp_path / "copy")
    path = folder / "towns_fund_projects.csv"
    path.write_text(path.read_text("utf-8") + "TD-BAR-99,Town Deals,Barrow\n", "utf-8")
    report = await _load(graph, folder)
    assert [(fault.place.row, fault.code) for fault in report.rows] == [(62, "ragged_row")]
    assert report.counts["rejected"] == 1


def test_a_folder_without_the_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        COUNCILS.read(tmp_path)


def test_every_column_of_every_file_has_its_line_in_the_mapping_table() -> None:
    stated = {(row.file, column) for row in COUNCILS.mapping for column in row.column.split(", ")}
    for path in SLICE.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file))
        assert [column for column in header if (path.name, column) not in stated] == [], path.name


@real_data
@pytest.mark.real_data
async def test_the_whole_register_has_the_counts_its_readme_states(graph: Graph) -> None:
    report = await _load(graph, WHOLE)
    assert report.counts["rejected"] == 0
    found = await _numbers(graph)
    assert found | {"authorities": 470, "succeeded": 48, "successions": 50, "projects": 969} == found
    assert found | {"assessed": 0, "grants": 819, "services": 75} == found
    assert await _granted(graph, "fund:town-deals") == 2_289_010_307
    assert await _without_grant(graph, "fund:fhsf") == []
    assert await _without_grant(graph, "fund:town-deals") == [
        "TD-GLA-01",
        "TD-GOO-10",
        "TD-GRA-04",
        "TD-NUN-07",
    ]
    warned = _warned(report)
    assert warned["council_unknown"] == 31
    assert warned["status_assumed"] == 287
    number = (await ledger.head(graph)).number
    second = await _load(graph, WHOLE)
    assert second.counts == {"created": 0, "changed": 0, "unchanged": report.counts["created"], "rejected": 0}
    assert (await ledger.head(graph)).number == number


@real_data
@pytest.mark.real_data
def test_every_row_of_the_slice_stands_unchanged_in_the_whole_register() -> None:
    for path in SLICE.glob("*.csv"):
        whole = set((WHOLE / path.name).read_text("utf-8-sig").splitlines())
        assert [line for line in path.read_text("utf-8").splitlines() if line not in whole] == [], path.name
