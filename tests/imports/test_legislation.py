"""The legislation.gov.uk register: its counts, its law on a date, and what is wrong in it."""

import shutil
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain import ledger
from app.errors import Invalid, NotFound
from app.graph import Graph
from app.imports import Mode, Report
from app.questions.core import ask
from app.questions.law_states import LawStates
from app.who import EVERYTHING
from tests.conftest import empty
from tests.imports import registers

NAME = "legislation-gov-uk"
FOLDER = registers.FOLDERS[NAME]
WHOLE = registers.WHOLE / "legislation_gov_uk"
DAYS = (date(2000, 1, 1), date(2013, 1, 1), date(2026, 11, 25))
ITEMS = (
    "doc_uri id_uri title description document_main_type document_status document_category year number "
    "made_or_enacted coming_into_force modified publisher subjects restrict_extent provisions source_file"
)
EFFECTS = (
    "effect_id type affecting_uri affecting_title affecting_provisions affected_uri affected_title "
    "affected_provisions requires_applied applied in_force notes comments modified source_file"
)
ACT = "http://www.legislation.gov.uk/id/ukpga/1991/48"
ORDER = "http://www.legislation.gov.uk/id/uksi/1992/2644"


def an_effect(id: str, **cells: str) -> dict[str, str]:
    """A row of the effects file, sound by default."""
    return {
        "effect_id": id,
        "type": "coming into force",
        "affecting_uri": ORDER,
        "affecting_title": "An Order",
        "affected_uri": ACT,
        "affected_title": "Child Support Act 1991",
        "affected_provisions": "s. 28",
        "requires_applied": "false",
        "in_force": "Date=1993-04-05|Applied=false|Qualification=wholly in force",
        "modified": "2020-01-01T00:00:00Z",
        **cells,
    }


def a_register(folder: Path, *effects: dict[str, str], items: tuple[dict[str, str], ...] = ()) -> Path:
    """A folder with these rows."""
    folder.mkdir(exist_ok=True)
    registers.write(folder / "legislation_items.csv", ITEMS, *items)
    registers.write(folder / "legislative_effects.csv", EFFECTS, *effects)
    return folder


async def test_a_commenced_section_has_force_from_its_day_and_its_force_is_left_open(
    graph: Graph, tmp_path: Path
) -> None:
    await registers.load(graph, NAME, a_register(tmp_path, an_effect("key-1")))
    row = await graph.row(
        """MATCH (c:LegalChange)-[a:AFFECTS]->(v:Provision)-[p:PART_OF]->(l:Legislation)
           RETURN c.kind AS kind, a.effect AS effect, a.source_type AS words, v.path AS path,
                  v.force AS force, v.intervals_from AS begins, p.standing AS part, l.uri AS uri"""
    )
    assert row == {
        "kind": "made_si",
        "effect": "commence",
        "words": "coming into force",
        "path": "section/28",
        "force": None,
        "begins": ["1993-04-05"],
        "part": "accepted",
        "uri": ACT,
    }


async def test_what_names_several_sections_stands_on_the_whole_act_with_its_text(
    graph: Graph, tmp_path: Path
) -> None:
    effects = [
        an_effect("key-1", affected_provisions="s. 50-74"),
        an_effect("key-2", affected_provisions="specified amended provision(s)"),
        an_effect("key-3", affected_provisions="Sch. 4 para. 7(1)(b) and word"),
    ]
    await registers.load(graph, NAME, a_register(tmp_path, *effects))
    rows = await graph.rows(
        """MATCH (:LegalChange)-[a:AFFECTS]->(n)
           RETURN a.affected_text AS text, labels(n) AS labels, n.path AS path ORDER BY a.effect_id"""
    )
    assert [(row["text"], "Legislation" in row["labels"], row["path"]) for row in rows] == [
        ("s. 50-74", True, None),
        ("specified amended provision(s)", True, None),
        ("Sch. 4 para. 7(1)(b) and word", False, "schedule/4/paragraph/7"),
    ]


async def test_a_part_commenced_says_so_and_a_repeal_ends_what_had_begun(
    graph: Graph, tmp_path: Path
) -> None:
    effects = [
        an_effect("key-1", affected_provisions="s. 24(6)(7)"),
        an_effect("key-2", affected_provisions="s. 28"),
        an_effect("key-3", type="repealed", in_force="Date=1999-06-01|Qualification=wholly in force"),
        an_effect("key-4", type="words repealed", in_force="Date=1995-06-01|Qualification=wholly in force"),
    ]
    await registers.load(graph, NAME, a_register(tmp_path, *effects))
    rows = await graph.rows(
        """MATCH (v:Provision) RETURN v.path AS path, v.intervals_to AS ends, v.intervals_ended_by AS by,
                  v.intervals_qualification AS words ORDER BY path"""
    )
    assert [tuple(row.values()) for row in rows] == [
        ("section/24", ["9999-12-31"], [""], ["only s. 24(6)(7)"]),
        ("section/28", ["1999-06-01"], ["repeal"], ["wholly in force"]),
    ]


async def test_an_item_that_amends_itself_and_one_with_two_titles_are_each_one(
    graph: Graph, tmp_path: Path
) -> None:
    effects = [
        an_effect("key-1", affecting_uri=ACT, affecting_title="Child Support Act 1991"),
        an_effect("key-2", affected_title="Child Maintenance Act 1991"),
    ]
    report = await registers.load(graph, NAME, a_register(tmp_path, *effects))
    assert [warning.code for warning in report.warnings] == ["second_title"]
    row = await graph.row(
        """MATCH (l:Legislation {uri: $uri}) RETURN l.title AS title, l.tags AS tags,
                  COUNT { (:LegalChange)-[:RELATES]->(l) } AS changes""",
        uri=ACT,
    )
    assert row == {
        "title": "Child Support Act 1991",
        "tags": ["held:no", "also-titled:Child Maintenance Act 1991"],
        "changes": 1,
    }


async def test_of_several_editions_the_last_modified_is_taken_and_a_row_without_title_has_its_key(
    graph: Graph, tmp_path: Path
) -> None:
    older = {
        "doc_uri": f"{ACT}/1996-11-01".replace("/id", ""),
        "id_uri": ACT,
        "title": "Old",
        "modified": "2019",
    }
    newer = {"doc_uri": ACT.replace("/id", ""), "id_uri": ACT, "title": "The Act’s title", "modified": "2020"}
    nameless = {"doc_uri": "http://www.legislation.gov.uk/wsi/2020/1149/2020-11-08/revision", "year": "2020"}
    by_isbn = {
        "doc_uri": "urn:isbn:0105416029",
        "title": "State Pension Credit Act 2002",
        "document_main_type": "UnitedKingdomPublicGeneralAct",
        "year": "2002",
        "number": "16",
    }
    folder = a_register(tmp_path, items=(older, newer, nameless, by_isbn))
    report = await registers.load(graph, NAME, folder)
    assert [warning.code for warning in report.warnings] == ["another_edition", "title_from_key"]
    rows = await graph.rows(
        """MATCH (i:Identifier)-[:IDENTIFIES]->(l:Legislation)
           RETURN i.value AS key, l.title AS title ORDER BY key"""
    )
    assert [tuple(row.values()) for row in rows] == [
        ("ukpga/1991/48", "The Act’s title"),
        ("ukpga/2002/16", "State Pension Credit Act 2002"),
        ("wsi/2020/1149", "wsi/2020/1149"),
    ]


@pytest.mark.parametrize(("mode", "created"), [(Mode.BEST_EFFORT, 1), (Mode.ALL_OR_NOTHING, 0)])
async def test_a_day_that_does_not_exist_and_an_effect_stated_twice_are_named_and_the_mode_decides_the_rest(
    graph: Graph, tmp_path: Path, mode: Mode, created: int
) -> None:
    effects = [
        an_effect("key-1"),
        an_effect(
            "key-2", affected_provisions="Act", in_force="Date=2021-02-30|Qualification=wholly in force"
        ),
        an_effect("key-1"),
    ]
    report = await registers.load(graph, NAME, a_register(tmp_path, *effects), mode)
    assert [(fault.place.file, fault.place.row, fault.field) for fault in report.rows] == [
        ("legislative_effects.csv", 3, "/facts/intervals/0/from"),
        ("legislative_effects.csv", 4, ""),
    ]
    assert report.rows[1].code == "duplicate_in_file"
    found = await graph.row(
        "RETURN COUNT { ()-[:AFFECTS]->() } AS effects, COUNT { (:Record) } > 0 AS records"
    )
    assert found == {"effects": created, "records": created > 0}


async def test_an_edition_older_than_the_one_loaded_is_refused_and_changes_nothing(
    graph: Graph, tmp_path: Path
) -> None:
    await registers.load(graph, NAME, a_register(tmp_path / "new", an_effect("key-1")))
    number = (await ledger.head(graph)).number
    older = an_effect("key-1", type="repealed", modified="2019-12-31T23:59:59Z")
    with pytest.raises(Invalid) as refused:
        await registers.load(graph, NAME, a_register(tmp_path / "old", older))
    assert [fault.code for fault in refused.value.faults] == ["older_edition"]
    assert (await ledger.head(graph)).number == number


def test_a_folder_that_lacks_files_is_refused_by_their_names(tmp_path: Path) -> None:
    a_register(tmp_path)
    (tmp_path / "legislation_items.csv").unlink()
    with pytest.raises(NotFound, match=r"lacks 1 of the 2 files it needs: legislation_items\.csv\."):
        registers.adapter(NAME).read(tmp_path)


@pytest.fixture(scope="class")
async def loaded(migrated: Graph) -> tuple[Graph, Report]:
    """The whole register in a graph of its own, and what its load reported."""
    await empty(migrated)
    return migrated, await registers.load(migrated, NAME, FOLDER)


class TestTheWholeRegister:
    """Counts of the whole register, which seed_data holds, loaded once."""

    def test_every_column_has_its_line_in_the_mapping_table(self) -> None:
        assert registers.unlisted(NAME, FOLDER) == []

    async def test_no_row_is_rejected_and_every_oddity_is_named(self, loaded: tuple[Graph, Report]) -> None:
        _, report = loaded
        assert report.counts["rejected"] == 0
        assert Counter(warning.code for warning in report.warnings) == {
            "another_edition": 3,
            "second_title": 3,
            "text_tidied": 2,
            "explanatory_notes": 1,
            "title_from_key": 1,
        }
        created = {kind: counts["created"] for kind, counts in report.by_kind.items()}
        assert created == {
            "Legislation": 360,
            "LegalChange": 207,
            "Provision": 524,
            "AFFECTS": 2_225,
            "PART_OF": 524,
            "RELATES": 207,
        }

    async def test_flags_are_facts_with_the_counts_of_the_readme(self, loaded: tuple[Graph, Report]) -> None:
        row = await loaded[0].row(
            """MATCH ()-[a:AFFECTS]->()
               WITH a, a.requires_applied AND NOT coalesce(a.applied, false) AS waits,
                    any(each IN a.intervals_from WHERE each <> '') AS dated
               RETURN count(a) AS effects, count(CASE WHEN a.prospective THEN 1 END) AS prospective,
                      count(CASE WHEN waits THEN 1 END) AS waits,
                      count(CASE WHEN waits AND dated THEN 1 END) AS dated,
                      count(DISTINCT a.effect_id) AS ids"""
        )
        assert row == {
            "effects": 2_225,
            "prospective": 994,
            "waits": 1_840,
            "dated": 1_654,
            "ids": 2_225,
        }

    @pytest.mark.parametrize("day", DAYS)
    async def test_the_states_of_effects_and_items_agree_with_a_recount_of_the_file(
        self, loaded: tuple[Graph, Report], day: date
    ) -> None:
        asked = LawStates.model_validate({"source": NAME, "valid_on": day.isoformat()})
        rows = (await ask(loaded[0], asked, EVERYTHING, ZoneInfo("Europe/London"))).rows
        effects = Counter({row.state.value: row.effects for row in rows if row.effects})
        items = Counter({row.state.value: row.changes for row in rows if row.changes})
        assert (effects, items) == _recounted(day.isoformat())

    async def test_every_count_of_the_page_is_given_by_its_request(
        self, loaded: tuple[Graph, Report]
    ) -> None:
        assert await registers.refuted(loaded[0], NAME) == []

    async def test_a_second_load_is_all_unchanged_and_takes_no_number(
        self, loaded: tuple[Graph, Report]
    ) -> None:
        graph, first = loaded
        number = (await ledger.head(graph)).number
        second = await registers.load(graph, NAME, FOLDER)
        assert second.counts["unchanged"] == first.counts["created"] == sum(second.counts.values())
        assert (await ledger.head(graph)).number == number

    @pytest.mark.real_data
    @pytest.mark.skipif(not WHOLE.is_dir(), reason=f"the full register is not at {WHOLE}")
    def test_every_file_of_the_seed_is_the_registers_own(self) -> None:
        for path in FOLDER.glob("*.csv"):
            assert path.read_bytes() == (WHOLE / path.name).read_bytes(), path.name

    async def test_without_half_its_files_nothing_is_read(self, tmp_path: Path) -> None:
        shutil.copy(FOLDER / "legislation_items.csv", tmp_path)
        with pytest.raises(NotFound, match=r"legislative_effects\.csv"):
            registers.adapter(NAME).read(tmp_path)


# The recount: from the file alone, by the words of the domain's table, with nothing of the product.

_NATIONS = {"E", "W", "S", "N.I."}


def _recounted(day: str) -> tuple[Counter[str], Counter[str]]:
    extents = {
        row["id_uri"]: set(row["restrict_extent"].split("+"))
        for row in registers.rows(FOLDER / "legislation_items.csv")
        if row["restrict_extent"] and row["id_uri"]
    }
    of: dict[str, list[str]] = {}
    for row in registers.rows(FOLDER / "legislative_effects.csv"):
        extent = extents.get(row["affecting_uri"], _NATIONS)
        state = _state(row["in_force"], day, extent)
        of.setdefault(row["affecting_uri"], []).append(state)
    effects = Counter(state for states in of.values() for state in states)
    return effects, Counter(_together(states) for states in of.values())


def _state(in_force: str, day: str, extent: set[str]) -> str:
    entries: list[dict[str, Any]] = [
        dict(part.split("=", 1) for part in entry.split("|")) for entry in in_force.split(";")
    ]
    begun = [entry for entry in entries if entry.get("Date", "9999") <= day]
    if begun:
        return (
            "in_force"
            if set().union(*(_covered(entry, extent) for entry in begun)) >= extent
            else "partly_in_force"
        )
    return "dated_future" if any("Date" in entry for entry in entries) else "unappointed"


def _covered(entry: dict[str, Any], extent: set[str]) -> set[str]:
    """Where an entry that has begun leaves nothing that is not in force."""
    words = entry["Qualification"]
    if words in ("wholly in force", "in force in so far as not already in force"):
        return extent
    return {"for E.": {"E"}, "for W.": {"W"}, "for E.W.": {"E", "W"}}.get(words, set())


def _together(states: list[str]) -> str:
    if set(states) == {"in_force"}:
        return "in_force"
    if {"in_force", "partly_in_force"} & set(states):
        return "partly_in_force"
    return "dated_future" if "dated_future" in states else "unappointed"
