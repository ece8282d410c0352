"""The fictional council: what its README promises is in its files, and is found when they are loaded."""

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from app import imports, portfolio
from app.domain import money
from app.domain.ledger import head
from app.graph import Graph
from app.imports import LinkRow, Mode, RecordRow, Report
from app.imports.sample import SAMPLE, STORY, read_sample
from app.portfolio.verdicts import WITHOUT_COUNTED_ROUTE, Reason, Verdict
from app.questions.core import View
from app.questions.unaligned import Unaligned, UnalignedRow
from app.who import EVERYTHING, Reader, Stamp
from graph_schema.values import InstrumentFamily, ProjectState

FOLDER = Path(__file__).resolve().parents[2] / "seed_data" / "fictional_council"
README = (FOLDER / "README.md").read_text()
PREFIX = f"{SAMPLE.name}|"
DAYS = tuple(day.isoformat() for day in STORY)
CATALOGUE = (
    "unaligned", "law-dependent", "best-route", "money-by-goal", "money-by-organisation", "starved-goals",
    "impact", "what-if", "legal-slack", "load-bearing-law", "net-gain", "transformation-test",
    "three-delusions", "missing-owners", "waiting-claims", "suspect-links", "evidence-age", "completeness",
    "shared-work", "other-instruments", "conflicts", "least-harm-stops", "load-bearing-links",
    "simplify-standardise-share", "coverage", "reorganisation", "verdict-changes", "replay",
    "benefits-realised", "what-it-changes", "same-process", "law-behind", "law-states", "reach",
    "known-unknowns",
)  # fmt: skip


def _rows(section: str) -> list[list[str]]:
    """The rows of the table under a heading of the README, without its header."""
    _, _, rest = README.partition(f"## {section}\n")
    lines = [line for line in rest.partition("\n## ")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def _promised() -> dict[str, tuple[str, str]]:
    """Reference of each project -> its verdict and break, as the README says."""
    rows = _rows("Every project, its verdict and where its chain breaks")
    return {project.strip("`"): (verdict, breaks) for project, verdict, breaks, _ in rows}


def _records() -> dict[str, RecordRow]:
    first = read_sample(FOLDER)[0]
    return {row.key.removeprefix(PREFIX): row for row in first.rows if isinstance(row, RecordRow)}


def _links() -> list[LinkRow]:
    return [row for stage in read_sample(FOLDER) for row in stage.rows if isinstance(row, LinkRow)]


async def _load(graph: Graph) -> list[Report]:
    return [
        await imports.run(graph, stage, SAMPLE, Stamp("loader"), mode=Mode.ALL_OR_NOTHING)
        for stage in read_sample(FOLDER)
    ]


async def _answer(graph: Graph, day: str, reader: Reader = EVERYTHING) -> dict[str, UnalignedRow]:
    view = View(graph, reader, date.fromisoformat(day), await portfolio.at(graph))
    question = Unaligned(verdict=tuple(Verdict), state=tuple(ProjectState))
    return {str(row.ref): row for row in (await question.find(view)).rows}


def test_every_line_is_sound_and_says_that_it_is_fictional() -> None:
    stages = read_sample(FOLDER)
    assert [stage.faults for stage in stages] == [[], []]
    assert all("sample:fictional" in row.facts["tags"] for row in _records().values())
    for row in _records().values():
        named = {name: value for name, value in row.facts.items() if name not in row.kind.references()}
        row.kind.model_validate(named)


def test_lines_stand_in_a_stable_order() -> None:
    for file in FOLDER.glob("*/*.jsonl"):
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        order = [
            (line["link"], line["from"], line["to"]) if "link" in line else line["identifiers"][0]["value"]
            for line in lines
        ]
        assert order == sorted(order), file.name


def test_there_is_as_much_as_the_readme_says() -> None:
    cells = [cell for row in _rows("What is in it") for cell in row if cell]
    promised = dict(zip(cells[::2], map(int, cells[1::2]), strict=True))
    assert promised.pop("links") == len(_links())
    assert promised == Counter(row.kind.__name__ for row in _records().values())


def test_instruments_are_of_all_four_families() -> None:
    found = {row.facts.get("family") for row in _records().values()} - {None}
    assert found == set(InstrumentFamily)


def test_what_is_real_of_the_law_names_its_address_and_the_rest_says_it_is_invented() -> None:
    for key, row in _records().items():
        if row.kind.__name__ not in ("Legislation", "Provision", "LegalChange"):
            continue
        invented = "sample:invented-law" in row.facts["tags"]
        assert invented == ("invented" in row.facts["title"]), key
        if row.kind.__name__ != "LegalChange" and not invented:
            assert re.fullmatch(
                r"http://www\.legislation\.gov\.uk/id/ukpga/\d{4}/\d+(/\w+/\w+)*", row.facts["uri"]
            )


def test_every_planted_case_is_there() -> None:
    rows = _rows("Every planted case")
    named = {key for row in rows for key in re.findall(r"`([^`]+)`", row[2])}
    assert named <= set(_records())
    assert all(re.findall(r"`([^`]+)`", row[2]) for row in rows)


def test_every_question_of_the_catalogue_has_a_planted_case() -> None:
    assert {row[0].strip("`") for row in _rows("Every planted case")} == set(CATALOGUE)


def test_every_verdict_and_every_reason_is_planted() -> None:
    promised = _promised()
    assert {verdict for verdict, _ in promised.values()} == set(Verdict)
    assert {reason for _, reason in promised.values() if reason} == set(Reason)
    assert set(promised) == {
        row.facts["ref"] for row in _records().values() if row.kind.__name__ == "Project"
    }


@pytest.mark.parametrize("day", DAYS)
async def test_every_project_has_the_verdict_and_the_break_that_was_planted(graph: Graph, day: str) -> None:
    await _load(graph)
    found = await _answer(graph, day)
    said = {ref: (row.verdict, row.breaks_at.reason if row.breaks_at else "") for ref, row in found.items()}
    assert said == _promised()


async def test_a_second_load_changes_nothing(graph: Graph) -> None:
    first = await _load(graph)
    assert [report.counts["rejected"] for report in first] == [0, 0]
    assert (first[0].counts["changed"], first[1].counts["created"], first[1].counts["changed"]) == (0, 0, 1)
    assert [report.warnings for report in first] == [[], []]
    number = (await head(graph)).number
    again = await _load(graph)
    assert sum(report.counts["unchanged"] for report in again) == len(_records()) + len(_links()) + 1
    assert (await head(graph)).number == number


async def test_links_become_suspect_with_the_second_stage(graph: Graph) -> None:
    await imports.run(graph, read_sample(FOLDER)[0], SAMPLE, Stamp("loader"))
    assert (await _answer(graph, DAYS[0]))["WV-014"].verdict is Verdict.ALIGNED
    await imports.run(graph, read_sample(FOLDER)[1], SAMPLE, Stamp("loader"))
    assert (await _answer(graph, DAYS[0]))["WV-014"].verdict is Verdict.ALIGNED_BUT_SUSPECT


async def test_the_money_without_a_counted_route_is_what_the_files_say(graph: Graph) -> None:
    await _load(graph)
    view = View(graph, EVERYTHING, date.fromisoformat(DAYS[0]), await portfolio.at(graph))
    found = await Unaligned().find(view)
    records, promised = _records(), _promised()
    expected: Counter[money.Bucket] = Counter()
    for ref, (verdict, _) in promised.items():
        if verdict in WITHOUT_COUNTED_ROUTE:
            for bucket, pounds in _stated_costs(records, ref):
                expected[bucket] += pounds
    assert found.total is not None
    assert {(each.currency, each.price_basis, each.price_year): int(each.amount) for each in found.total} == {
        tuple(bucket): pence for bucket, pence in expected.items()
    }


def _stated_costs(records: dict[str, RecordRow], ref: str) -> list[tuple[money.Bucket, int]]:
    """The forecasts of a project that states no figure twice."""
    costs = [row.facts for key, row in records.items() if key.startswith(f"cost/{ref}-")]
    assert {cost["case_version"] for cost in costs} <= {"forecast"}
    return [
        (
            money.Bucket("GBP", cost.get("price_basis", "nominal"), cost.get("price_year")),
            int(cost["amount"].replace(".", "")),
        )
        for cost in costs
    ]
