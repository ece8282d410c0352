"""GC InfoBase: its counts, the law of its organisations, and what is wrong in it."""

import shutil
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import pytest

from app.domain import ledger
from app.errors import Invalid, NotFound
from app.graph import Graph
from app.imports import Report
from app.imports.adapters.canada_mapping import FILES
from app.imports.adapters.enabling_law import instruments
from tests.conftest import empty
from tests.imports import registers

NAME = "canada-infobase"
FOLDER = registers.FOLDERS[NAME]
HEADERS = {
    "igoc.csv": "org_id dept_code PAS abbr_en legal_title_en applied_title_en old_applied_title_en "
    "description_en ministry institutional_form incorp_yr end_yr status dp_status enabling_instrument_en "
    "FAA_schedule_institutional FAA_schedule_HR_status",
    "crso.csv": "id dept_code name_en desc_en is_active is_internal_service",
    "program.csv": "dept_code crso_id activity_code name_en old_name_en desc_en is_crown is_active "
    "is_internal_service is_fake_program",
    "results.csv": "id stable_id subject_id name_en doc",
    "pi_dr_links.csv": "program_id result_id",
    "program_spending.csv": "dept_code activity_code pa_last_year_5_exp pa_last_year_4_exp "
    "pa_last_year_3_exp pa_last_year_2_exp pa_last_year_exp pa_last_year_planned planning_year_1 "
    "planning_year_2 planning_year_3",
    "program_tags.csv": "tag_id parent_id",
    "tags_to_programs.csv": "program_id tag_id",
    "ministries.csv": "id name_en",
    "ministers.csv": "id name_en",
    "org_to_minister.csv": "department minister",
    "goc-org-variants.csv": "org_name_variant org_id",
    "gc-it-projects-2022.csv": "deptAcronym uniqueId department projectName description totalBudget "
    "estimatedCompletionDate rawProvidedDate source asOfDate",
}
ORGANISATION = {"org_id": "1", "dept_code": "AGR", "applied_title_en": "Agriculture Canada"}
GOAL = {
    "id": "AGR-AAA00",
    "dept_code": "AGR",
    "name_en": "Markets",
    "is_active": "1",
    "is_internal_service": "0",
}
PROGRAM = {
    "dept_code": "AGR",
    "crso_id": "AGR-AAA00",
    "activity_code": "AAA01",
    "name_en": "Trade",
    "is_active": "1",
    "is_internal_service": "0",
    "is_fake_program": "0",
    "is_crown": "0",
}
AN_IT_PROJECT = {
    "uniqueId": "agr-portal",
    "department": "Agriculture  canada",
    "projectName": "Portal",
    "totalBudget": "$3,794,700",
    "estimatedCompletionDate": "July 25, 2022",
    "rawProvidedDate": "July 25, 2022",
}


def a_result(doc: str, name: str = "More trade", stable: str = "DR-1") -> dict[str, str]:
    """A departmental result in one document."""
    id = stable.replace("-", f"-{doc}-")
    return {"id": id, "stable_id": stable, "subject_id": "AGR-AAA00", "name_en": name, "doc": doc}


def a_register(folder: Path, **rows: list[dict[str, str]]) -> Path:
    """A folder with these rows, each file named by its stem with underscores."""
    folder.mkdir(exist_ok=True)
    for name, header in HEADERS.items():
        stem = name.removesuffix(".csv").replace("-", "_")
        registers.write(folder / name, header, *rows.get(stem, []))
    return folder


async def test_a_program_advances_its_core_responsibility_accepted_by_the_organisation(
    graph: Graph, tmp_path: Path
) -> None:
    folder = a_register(
        tmp_path,
        igoc=[ORGANISATION],
        crso=[GOAL],
        program=[PROGRAM],
        results=[a_result("drr22"), a_result("dp26", "Much more trade")],
        pi_dr_links=[{"program_id": "AGR-AAA01", "result_id": f"DR-{doc}-1"} for doc in ("drr22", "dp26")],
        program_tags=[{"tag_id": "MOD001", "parent_id": "HWH"}],
        tags_to_programs=[{"program_id": "AGR-AAA01", "tag_id": "MOD001"}],
    )
    report = await registers.load(graph, NAME, folder)
    assert {each.code for each in report.warnings} == {"no_enabling_law", "renamed", "years_missing"}
    row = await graph.row(
        """MATCH (i:PolicyInstrument)-[a:ADVANCES]->(g:PolicyGoal)-[m:MEASURED_BY]->(o:Outcome),
                 (i)-[c:CONTRIBUTES_TO]->(o)
           RETURN i.tags AS tags, a.standing AS standing, a.accepted_by AS by, a.accepted_on AS on,
                  g.adopted_by AS adopted_by, g.adopted_on AS adopted_on, o.title AS outcome,
                  c.valid_from AS begins, c.valid_to AS ends, m.valid_to AS measured_to"""
    )
    assert row == {
        "tags": ["active:yes", "internal-service:no", "placeholder:no", "crown:no", "hwh:MOD001"],
        "standing": "accepted",
        "by": "Agriculture Canada",
        "on": "2022-04-01",
        "adopted_by": "Agriculture Canada",
        "adopted_on": "2022-04-01",
        "outcome": "Much more trade",
        "begins": "2022-04-01",
        "ends": "2027-04-01",
        "measured_to": "2027-04-01",
    }


async def test_spending_is_costs_of_the_program_by_year_to_the_cent(graph: Graph, tmp_path: Path) -> None:
    spent = {
        "dept_code": "AGR",
        "activity_code": "AAA01",
        "pa_last_year_2_exp": "-12.345",
        "pa_last_year_exp": "67.67999999",
        "pa_last_year_planned": "70",
        "planning_year_2": "80.5",
    }
    folder = a_register(
        tmp_path,
        igoc=[ORGANISATION],
        crso=[GOAL],
        program=[PROGRAM],
        results=[a_result("drr24"), a_result("dp26")],
        program_spending=[spent],
    )
    report = await registers.load(graph, NAME, folder)
    assert Counter(each.code for each in report.warnings)["rounded_to_cents"] == 1
    rows = await graph.rows(
        """MATCH (:PolicyInstrument)-[:INCURS]->(c:Cost) RETURN c.year AS year, c.case_version AS version,
                  c.amount AS cents, c.currency AS currency ORDER BY year, version"""
    )
    assert [tuple(row.values()) for row in rows] == [
        (2023, "actual", -1234, "CAD"),
        (2024, "actual", 6768, "CAD"),
        (2024, "forecast", 7000, "CAD"),
        (2027, "forecast", 8050, "CAD"),
    ]


async def test_it_projects_keep_what_their_rows_say_and_name_what_they_do_not(
    graph: Graph, tmp_path: Path
) -> None:
    projects = [
        AN_IT_PROJECT,
        AN_IT_PROJECT
        | {"uniqueId": "two", "department": "Agriculture Canada & Fisheries", "totalBudget": "NFP"},
        AN_IT_PROJECT
        | {"uniqueId": "three", "estimatedCompletionDate": "March 31, 2025", "rawProvidedDate": "2024-25"},
        AN_IT_PROJECT | {"uniqueId": "four", "estimatedCompletionDate": "February 30, 2022"},
        AN_IT_PROJECT,
    ]
    fisheries = {"org_id": "2", "dept_code": "DFO", "applied_title_en": "Fisheries"}
    folder = a_register(tmp_path, igoc=[ORGANISATION, fisheries], gc_it_projects_2022=projects)
    report = await registers.load(graph, NAME, folder)
    warned = Counter(each.code for each in report.warnings)
    assert (warned["organisation_unclear"], warned["no_budget"], warned["date_made_of_text"]) == (1, 1, 2)
    assert {(each.place.row, each.code) for each in report.rows} == {
        (5, "day_format"),
        (5, "reference_rejected"),
        (6, "duplicate_in_file"),
    }
    rows = await graph.rows(
        """MATCH (p:Project) RETURN p.ref AS ref, p.end AS end, p.organisation IS NOT NULL AS has_one,
                  COUNT { (p)-[:RELATES]->(:Organisation) } AS related,
                  COLLECT { MATCH (p)-[:INCURS]->(c) RETURN c.amount } AS cents ORDER BY ref"""
    )
    assert [tuple(row.values()) for row in rows] == [
        ("agr-portal", "2022-07-25", True, 0, [379_470_000]),
        ("three", "2025-03-31", True, 0, [379_470_000]),
        ("two", "2022-07-25", False, 2, []),
    ]


@pytest.mark.parametrize(
    ("cell", "keys"),
    [
        (
            "Canada Not-for-profit Corporations Act (S.C. 2009, c. 23)",
            ["ca/canada-not-for-profit-corporations-act"],
        ),
        (
            "Canada-Not-For-Profit Corporations Act, S.C., 2009, C. 23",
            ["ca/canada-not-for-profit-corporations-act"],
        ),
        ("Museums Act, S.C. 1990, c. 3, s. 15.4", ["ca/museums-act"]),
        (
            "Auditor General Act, R.S.C. 1985, c. A-17 Financial Administration Act, R.S.C. 1985, c. F-11",
            ["ca/auditor-general-act", "ca/financial-administration-act"],
        ),
        (
            "Public Prosecutions Act, S.C. 2006, c. 9, s. 121Canada Elections Act, S.C. 2000, c. 9",
            ["ca/public-prosecutions-act", "ca/canada-elections-act"],
        ),
        (
            "Pay Equity Act (S.C. 2018, c. 27, s. 416), Accessible Canada Act (S.C. 2019, c. 10) and "
            "National Housing Strategy Act (S.C. 2019, c. 29, s. 313).",
            ["ca/pay-equity-act", "ca/accessible-canada-act", "ca/national-housing-strategy-act"],
        ),
        ("Corporations Act, R.S.O. 1990, C.38 (Ontario)", ["o/corporations-act"]),
        ("Corporations Act, C.C.S.M. c. 225", ["ccsm/corporations-act"]),
        (
            "Defence Act, R.S.C. 1985, c. N-5 Treasury Board Decision No. 828209, April 1, 2000",
            ["ca/defence-act", "ca/treasury-board-decision-no-828209-april-1-2000"],
        ),
        ("PC-2021-0827", ["ca/pc-2021-0827"]),
        ("", []),
    ],
)
def test_a_cell_of_law_is_parted_into_instruments_one_key_each(cell: str, keys: list[str]) -> None:
    assert [each.key for each in instruments(cell)] == keys


async def test_a_plan_older_than_the_one_loaded_is_refused(graph: Graph, tmp_path: Path) -> None:
    new = a_register(tmp_path / "new", igoc=[ORGANISATION], crso=[GOAL], results=[a_result("dp26")])
    old = a_register(tmp_path / "old", igoc=[ORGANISATION], crso=[GOAL], results=[a_result("dp25")])
    await registers.load(graph, NAME, new)
    with pytest.raises(Invalid, match="later edition"):
        await registers.load(graph, NAME, old)


def test_a_folder_that_lacks_files_is_refused_by_their_names(tmp_path: Path) -> None:
    a_register(tmp_path)
    for name in ("crso.csv", "results.csv"):
        (tmp_path / name).unlink()
    with pytest.raises(NotFound, match=r"lacks 2 of the 13 files it needs: crso\.csv, results\.csv\."):
        registers.adapter(NAME).read(tmp_path)


@pytest.fixture(scope="class")
async def loaded(migrated: Graph) -> tuple[Graph, Report]:
    """The whole register in a graph of its own, and what its load reported."""
    await empty(migrated)
    return migrated, await registers.load(migrated, NAME, FOLDER)


class TestTheWholeRegister:
    """Counts of the whole register, loaded once."""

    pytestmark: ClassVar = [*registers.needs(NAME), pytest.mark.slow, pytest.mark.timeout(900)]

    def test_every_column_has_its_line_in_the_mapping_table(self) -> None:
        assert registers.unlisted(NAME, FOLDER) == []

    async def test_no_row_is_rejected_and_every_oddity_is_named(self, loaded: tuple[Graph, Report]) -> None:
        _, report = loaded
        assert [each.as_json() for each in report.rows] == []
        created = {kind: counts["created"] for kind, counts in report.by_kind.items()}
        assert created["Organisation"] == 332
        assert created["PolicyGoal"] == created["ADVANCES"] - 1_130 == 356
        assert created["PolicyInstrument"] == 1_486
        assert created["Outcome"] == 2_127
        assert created["CONTRIBUTES_TO"] == 1_582
        assert created["Project"] == 495
        warned = Counter(warning.code for warning in report.warnings)
        assert warned["no_enabling_law"] == 13
        assert (warned["no_budget"], warned["date_missing"]) == (14, 14)

    async def test_organisations_and_programs_have_the_counts_of_the_readme(
        self, loaded: tuple[Graph, Report]
    ) -> None:
        row = await loaded[0].row(
            """CALL () {
                 MATCH (o:Organisation)
                 RETURN count(o) AS organisations,
                        count(CASE WHEN NOT (o)-[:ESTABLISHED_BY]->() THEN 1 END) AS without_law }
               CALL () {
                 MATCH (i:PolicyInstrument)
                 WITH i, 'active:yes' IN i.tags AS active,
                      'internal-service:no' IN i.tags AND 'placeholder:no' IN i.tags AS external,
                      EXISTS { (i)-[:CONTRIBUTES_TO]->() } AS ever,
                      EXISTS { (i)-[c:CONTRIBUTES_TO]->()
                               WHERE c.valid_from <= '2026-04-01' < c.valid_to } AS in_plan
                 RETURN count(CASE WHEN 'hwh:MOD001' IN i.tags THEN 1 END) AS by_law,
                        count(CASE WHEN active AND 'hwh:MOD001' IN i.tags THEN 1 END) AS active_by_law,
                        count(CASE WHEN active THEN 1 END) AS active,
                        count(CASE WHEN active AND NOT ever THEN 1 END) AS active_never,
                        count(CASE WHEN active AND external THEN 1 END) AS external,
                        count(CASE WHEN active AND external AND NOT ever THEN 1 END) AS never,
                        count(CASE WHEN active AND external AND NOT in_plan THEN 1 END) AS not_in_plan }
               RETURN *"""
        )
        assert row == {
            "organisations": 332,
            "without_law": 13,
            "by_law": 221,
            "active_by_law": 182,
            "active": 1_192,
            "active_never": 510,
            "external": 733,
            "never": 51,
            "not_in_plan": 72,
        }

    async def test_each_count_has_a_request_that_gives_it(self, loaded: tuple[Graph, Report]) -> None:
        assert await registers.refuted(loaded[0], NAME) == []

    async def test_every_program_advances_what_the_file_says_and_adopted_goals_are_dated(
        self, loaded: tuple[Graph, Report]
    ) -> None:
        rows = await loaded[0].rows(
            """MATCH (i:PolicyInstrument)-[a:ADVANCES {standing: 'accepted'}]->(g:PolicyGoal)
               RETURN i.ref AS program, g.ref AS goal, a.accepted_on AS on, g.adopted_on AS adopted"""
        )
        stated = {
            (f"{row['dept_code']}-{row['activity_code']}", row["crso_id"])
            for row in registers.rows(FOLDER / "program.csv")
        }
        assert {(row["program"], row["goal"]) for row in rows} == stated
        adopted = {row["goal"]: row["adopted"] for row in rows if row["adopted"]}
        assert adopted.items() >= _first_years().items()
        assert all(row["on"] == row["adopted"] for row in rows if row["adopted"])

    async def test_spending_adds_up_to_the_file(self, loaded: tuple[Graph, Report]) -> None:
        row = await loaded[0].row(
            """MATCH (i:PolicyInstrument)-[:INCURS]->(c:Cost {case_version: 'actual'})
               RETURN sum(c.amount) AS cents, count(c) AS costs"""
        )
        cells = [
            Decimal(cell)
            for line in registers.rows(FOLDER / "program_spending.csv")
            for column, cell in line.items()
            if column.endswith("_exp") and cell
        ]
        assert row is not None
        assert row["costs"] == len(cells)
        assert abs(row["cents"] - sum(cells) * 100) < len(cells) / 2

    async def test_a_second_load_is_all_unchanged_and_takes_no_number(
        self, loaded: tuple[Graph, Report]
    ) -> None:
        graph, first = loaded
        number = (await ledger.head(graph)).number
        second = await registers.load(graph, NAME, FOLDER)
        assert second.counts["unchanged"] == first.counts["created"] == sum(second.counts.values())
        assert (await ledger.head(graph)).number == number

    def test_without_half_its_files_nothing_is_read(self, tmp_path: Path) -> None:
        for name in FILES[::2]:
            shutil.copy(FOLDER / name, tmp_path)
        with pytest.raises(NotFound, match=f"lacks {len(FILES[1::2])} of the {len(FILES)} files"):
            registers.adapter(NAME).read(tmp_path)


def _first_years() -> dict[str, str]:
    """Core responsibility -> 1 April of the earliest document year, from the files alone."""
    of = {
        f"{row['dept_code']}-{row['activity_code']}": row["crso_id"]
        for row in registers.rows(FOLDER / "program.csv")
    }
    years: dict[str, list[str]] = {}
    for row in registers.rows(FOLDER / "results.csv"):
        goal = of.get(row["subject_id"], row["subject_id"])
        years.setdefault(goal, []).append(f"20{row['doc'][-2:]}-04-01")
    return {goal: min(some) for goal, some in years.items() if goal in of.values()}
