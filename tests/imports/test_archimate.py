"""ArchiMate models: GEMMA's counts, both forms, and files that mean harm."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

import pytest

from app.domain import ledger
from app.errors import Invalid, NotFound, TooLarge
from app.graph import Graph
from app.imports import Report
from tests.conftest import empty
from tests.imports import registers

NAME = "archimate"
FOLDER = registers.FOLDERS[NAME]
EXCHANGE = FOLDER / "2025-01-29_Over_GEMMA.exchange.xml"

MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<model xmlns="http://www.opengroup.org/xsd/archimate/3.0/"
       xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" identifier="id-model">
  <name xml:lang="nl">Model</name>
  <elements>
    <element identifier="id-goal" xsi:type="Goal"><name xml:lang="nl">Minder wachten</name></element>
    <element identifier="id-process" xsi:type="BusinessProcess">
      <name xml:lang="nl">Vergunning verlenen</name><name xml:lang="en">Grant a permit</name>
      <documentation xml:lang="nl">Van aanvraag tot besluit.</documentation>
      <properties>
        <property propertyDefinitionRef="p-1"><value xml:lang="nl">nee</value></property>
      </properties>
    </element>
    <element identifier="id-law" xsi:type="Driver"><name xml:lang="nl">Grondwet</name></element>
  </elements>
  <relationships>
    <relationship identifier="id-r1" source="id-process" target="id-goal" xsi:type="Influence" modifier="++"/>
    <relationship identifier="id-r2" source="id-process" target="id-goal" xsi:type="Influence" modifier="-"/>
    <relationship identifier="id-r3" source="id-process" target="id-goal" xsi:type="Influence" modifier="-"/>
    <relationship identifier="id-r4" source="id-law" target="id-r1" xsi:type="Association"/>
    <relationship identifier="id-r5" source="id-law" target="id-law" xsi:type="Flow"/>
    <relationship identifier="id-r6" source="id-law" target="id-nowhere" xsi:type="Serving"/>
  </relationships>
  <propertyDefinitions>
    <propertyDefinition identifier="p-1" type="string"><name>GEMMA type</name></propertyDefinition>
  </propertyDefinitions>
  <views><diagrams>
    <view identifier="id-v1" xsi:type="Diagram"><name xml:lang="nl">Plaat</name></view>
  </diagrams></views>
</model>
"""


def a_file(folder: Path, text: str) -> Path:
    """An exchange file of this text."""
    path = folder / "model.xml"
    path.write_text(text, "utf-8")
    return path


async def test_what_has_a_kind_becomes_it_and_every_other_element_and_relation_is_kept(
    graph: Graph, tmp_path: Path
) -> None:
    report = await registers.load(graph, NAME, a_file(tmp_path, MODEL))
    rows = await graph.rows(
        """MATCH (n:Record) RETURN [each IN labels(n) WHERE each <> 'Record'][0] AS label,
                  n.title AS title, n.tags AS tags, n.source_type AS type ORDER BY title"""
    )
    assert [(row["label"], row["title"], row["tags"], row["type"]) for row in rows] == [
        ("Element", "Grondwet", ["archimate:Driver"], "Driver"),
        ("PolicyGoal", "Minder wachten", ["archimate:Goal"], None),
        ("Process", "Vergunning verlenen", ["archimate:BusinessProcess", "gemma-type:nee"], None),
    ]
    relations = await graph.rows("MATCH ()-[r:RELATES]->() RETURN r.relation AS words ORDER BY words")
    assert [row["words"] for row in relations] == ["Influence [++]", "Influence [-]"]
    assert [(each.place.row, each.code) for each in report.rows] == [(22, "record_unknown")]
    assert {each.what: each.rows for each in report.not_taken} == {
        "relations onto relations": 1,
        "relations of an element to itself": 1,
        "relations stated twice": 1,
        "views": 1,
    }


async def test_the_csv_form_says_the_same_with_any_of_its_delimiters(graph: Graph, tmp_path: Path) -> None:
    for at, delimiter in enumerate(",;\t"):
        folder = tmp_path / str(at)
        folder.mkdir()
        element = {"ID": "id-goal", "Type": "Goal", "Name": "Less waiting"}
        process = {"ID": "id-process", "Type": "BusinessProcess", "Name": "Grant a permit"}
        relation = {
            "ID": "id-r",
            "Type": "InfluenceRelationship",
            "Source": "id-process",
            "Target": "id-goal",
        }
        tagged = {"ID": "id-goal", "Key": "Status", "Value": "vastgesteld"}
        registers.write(
            folder / "elements.csv", "ID Type Name Documentation", element, process, delimiter=delimiter
        )
        registers.write(
            folder / "relations.csv",
            "ID Type Name Documentation Source Target",
            relation,
            delimiter=delimiter,
        )
        registers.write(folder / "properties.csv", "ID Key Value", tagged, delimiter=delimiter)
        report = await registers.load(graph, NAME, folder)
        assert report.counts["unchanged" if at else "created"] == 3
    row = await graph.row(
        "MATCH (:Process)-[r:RELATES]->(g:PolicyGoal) RETURN r.relation AS r, g.tags AS tags"
    )
    assert row == {"r": "Influence", "tags": ["archimate:Goal", "status:vastgesteld"]}


BOMB = """<?xml version="1.0"?>
<!DOCTYPE model [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>
<model xmlns="http://www.opengroup.org/xsd/archimate/3.0/"><name>&d;</name></model>
"""
OUTSIDE = """<!DOCTYPE model SYSTEM "http://example.invalid/model.dtd">
<model xmlns="http://www.opengroup.org/xsd/archimate/3.0/"/>
"""
FILE_OUTSIDE = """<!DOCTYPE model [<!ENTITY secret SYSTEM "file:///etc/hostname">]>
<model xmlns="http://www.opengroup.org/xsd/archimate/3.0/"><name>&secret;</name></model>
"""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (BOMB, "xml_doctype"),
        (OUTSIDE, "xml_doctype"),
        (FILE_OUTSIDE, "xml_doctype"),
        ("<!DOCTYPE model>" + MODEL.partition("?>")[2], "xml_doctype"),
        (MODEL.replace("</elements>", ""), "xml_malformed"),
        (MODEL[:700], "cut_short"),
        ("", "xml_malformed"),
        ("ID;Type\n1;Goal\n", "xml_malformed"),
        ("<html/>", "xml_not_archimate"),
        (MODEL.replace("archimate/3.0", "archimate/2.1"), "xml_not_archimate"),
        (MODEL.replace("Model</name>", "&undeclared;</name>"), "xml_malformed"),
        (MODEL.replace("<views>", "<a>" * 300 + "</a>" * 300 + "<views>"), "xml_malformed"),
    ],
)
def test_a_file_that_is_no_model_or_means_harm_is_refused_by_name(
    tmp_path: Path, text: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        registers.adapter(NAME).read(a_file(tmp_path, text))
    assert [fault.code for fault in refused.value.faults] == [code]


def test_two_gigabytes_are_refused_before_a_byte_is_read(tmp_path: Path) -> None:
    path = a_file(tmp_path, MODEL)
    with path.open("r+b") as file:
        file.truncate(2_000_000_000)
    with pytest.raises(TooLarge):
        registers.adapter(NAME).read(path)
    path.rename(tmp_path / "elements.csv")
    for name in ("relations.csv", "properties.csv"):
        (tmp_path / name).touch()
    with pytest.raises(TooLarge):
        registers.adapter(NAME).read(tmp_path)


def test_a_path_without_a_model_and_a_folder_that_lacks_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "elements.csv").write_text("ID;Type;Name;Documentation\n")
    with pytest.raises(NotFound, match=r"lacks 2 of the 3 files it needs: relations\.csv, properties\.csv\."):
        registers.adapter(NAME).read(tmp_path)
    with pytest.raises(NotFound):
        registers.adapter(NAME).read(tmp_path / "nothing.xml")


@pytest.fixture(scope="class")
async def loaded(migrated: Graph) -> tuple[Graph, Report]:
    """The whole model in a graph of its own, and what its load reported."""
    await empty(migrated)
    return migrated, await registers.load(migrated, NAME, FOLDER)


class TestTheWholeModel:
    """Counts of GEMMA, loaded once."""

    pytestmark: ClassVar = registers.needs(NAME)

    async def test_no_row_is_rejected_and_everything_not_taken_is_listed(
        self, loaded: tuple[Graph, Report]
    ) -> None:
        _, report = loaded
        created = {kind: counts["created"] for kind, counts in report.by_kind.items()}
        assert created == {"Element": 2_493, "PolicyGoal": 32, "Process": 481, "RELATES": 6_227}
        assert report.counts["rejected"] == 0
        assert {each.what: each.rows for each in report.not_taken} == {
            "relations onto relations": 4,
            "relations of an element to itself": 26,
            "documentation of relations": 364,
            "properties of relations": 6_257,
        }

    async def test_over_all_relations_the_readmes_elements_reach_a_goal(
        self, loaded: tuple[Graph, Report]
    ) -> None:
        types, onward = await _relations(loaded[0])
        reached = _reaching(types, onward, "Goal")
        counted = Counter(types.values())
        assert {
            type: (sum(types[id] == type for id in reached), counted[type])
            for type in (
                "Requirement",
                "Principle",
                "Driver",
                "ApplicationComponent",
                "BusinessProcess",
                "BusinessFunction",
            )
        } == {
            "Requirement": (106, 106),
            "Principle": (25, 33),
            "Driver": (39, 60),
            "ApplicationComponent": (0, 269),
            "BusinessProcess": (0, 177),
            "BusinessFunction": (0, 304),
        }

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

    async def test_the_exchange_file_stands_beside_it_whole(self, loaded: tuple[Graph, Report]) -> None:
        report = await registers.load(loaded[0], NAME, EXCHANGE)
        assert report.counts["rejected"] == 0
        left_out = {each.what: each.rows or 0 for each in report.not_taken}
        ends = ("relations onto relations", "relations of an element to itself", "relations stated twice")
        records = sum(counts["created"] for kind, counts in report.by_kind.items() if kind != "RELATES")
        assert records == 687
        assert report.by_kind["RELATES"]["created"] + sum(left_out.get(what, 0) for what in ends) == 1_150


async def _relations(graph: Graph) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Type of each loaded element, and every loaded relation."""
    rows = await graph.rows(
        """MATCH (n:Record) RETURN n.id AS id,
                  [t IN n.tags WHERE t STARTS WITH 'archimate:' | substring(t, 10)][0] AS type"""
    )
    pairs = await graph.rows("MATCH (a)-[:RELATES]->(b) RETURN a.id AS source, b.id AS target")
    return {row["id"]: row["type"] for row in rows}, [(pair["source"], pair["target"]) for pair in pairs]


def _reaching(types: dict[str, str], pairs: Iterable[tuple[str, str]], type: str) -> set[str]:
    """What reaches an element of the type, against the relations' direction from those."""
    back: dict[str, set[str]] = {}
    for source, target in pairs:
        back.setdefault(target, set()).add(source)
    reached: set[str] = set()
    todo = [id for id, its in types.items() if its == type]
    while todo:
        for source in back.get(todo.pop(), ()):
            if source not in reached:
                reached.add(source)
                todo.append(source)
    return reached
