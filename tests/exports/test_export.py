"""The export: a part of the graph as one document, at one number of the ledger, for one reader."""

import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from app import imports
from app.domain.sources import Source
from app.exports.at_number import AtNumber
from app.exports.documents import JsonLines, document
from app.exports.part import Part, Wanted
from app.graph import Graph
from app.imports.adapters.archimate import ADAPTER as ARCHIMATE
from app.who import EVERYTHING, Reader, Stamp
from tests.api.conftest import Client, serving
from tests.build import (
    Drawn,
    Joined,
    a_cost,
    a_goal,
    a_process,
    a_project,
    an_instrument,
    an_organisation,
    link,
    store,
)
from tests.conftest import empty

COUNCIL, OTHER = an_organisation(title="The council"), an_organisation(title="Another council")
GOAL = a_goal(title='Warm & "dry" <homes>\uffff', identifiers=[{"scheme": "plan", "value": "G1"}])
PART, ELSEWHERE = a_goal(title="Warm homes for the old"), a_goal(title="Fast roads")
INSTRUMENT, HIDDEN = an_instrument(), an_instrument(sensitivity="restricted", organisation=OTHER.id)
PROCESS = a_process(title="=HYPERLINK(1)", tags=["a:1", "b:2"])
PROJECT, ENABLER = a_project(organisation=COUNCIL.id, valid_to="2026-07-01"), a_project(title="Enabler")
UNSEEN, COST = a_project(title="Behind what is hidden"), a_cost("1234.50")
LINKS = [
    link("PART_OF", PART, GOAL), link("ADVANCES", INSTRUMENT, PART), link("OPERATES", PROCESS, INSTRUMENT),
    link("CHANGES", PROJECT, PROCESS, depth="process"), link("ENABLES", ENABLER, PROJECT),
    link("ADVANCES", HIDDEN, GOAL), link("CHANGES", UNSEEN, HIDDEN, depth="instrument"),
    link("INCURS", PROJECT, COST), link("CLAIMS", PROJECT, ELSEWHERE, standing="withdrawn"),
]  # fmt: skip
THINGS = [
    COUNCIL, OTHER, GOAL, PART, ELSEWHERE, INSTRUMENT, HIDDEN, PROCESS, PROJECT, ENABLER, UNSEEN, COST,
]  # fmt: skip

MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<model xmlns="http://www.opengroup.org/xsd/archimate/3.0/"
       xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" identifier="id-model">
  <name xml:lang="nl">Model</name>
  <elements>
    <element identifier="id-goal" xsi:type="Goal"><name xml:lang="nl">Minder &lt;wachten&gt;</name></element>
    <element identifier="id-process" xsi:type="BusinessFunction">
      <name xml:lang="nl">Vergunning verlenen</name>
      <documentation xml:lang="nl">Van aanvraag&#13;
 tot besluit.</documentation>
      <properties>
        <property propertyDefinitionRef="p-1"><value xml:lang="nl">nee: of ja</value></property>
        <property propertyDefinitionRef="p-2"><value xml:lang="nl">"x"</value></property>
      </properties>
    </element>
    <element identifier="id-law" xsi:type="Driver"><name xml:lang="nl">Grondwet</name></element>
  </elements>
  <relationships>
    <relationship identifier="id-r1" source="id-process" target="id-goal" xsi:type="Influence" modifier="++"/>
    <relationship identifier="id-r2" source="id-law" target="id-process" xsi:type="Access" accessType="Read">
      <name xml:lang="nl">leest [soms]</name>
    </relationship>
    <relationship identifier="id-r3" source="id-law" target="id-goal" xsi:type="Association"
                  isDirected="true"/>
    <relationship identifier="id-r4" source="id-law" target="id-goal" xsi:type="Serving"/>
  </relationships>
  <propertyDefinitions>
    <propertyDefinition identifier="p-1" type="string"><name>GEMMA type</name></propertyDefinition>
    <propertyDefinition identifier="p-2" type="string"><name>Bron</name></propertyDefinition>
  </propertyDefinitions>
</model>
"""


@pytest.fixture(scope="module")
async def drawn(migrated: Graph) -> Graph:
    """The graph of this file."""
    await empty(migrated)
    await store(migrated, *THINGS, *LINKS)
    return migrated


@pytest.fixture
async def client(drawn: Graph) -> AsyncIterator[Client]:
    async with serving(drawn, lambda: EVERYTHING) as each:
        yield each


def lines(text: str) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]:
    """The first line, those between, and the last of a JSON Lines document."""
    first, *told, last = (json.loads(line) for line in text.splitlines())
    return first["export"], told, last["end"]


def ids(*things: Drawn | Joined) -> set[str]:
    return {each.id for each in things}


def told(answer: Any) -> set[str]:
    return {each["id"] for each in lines(answer.text)[1]}


async def test_everything_comes_as_json_lines_that_name_the_number_they_are_of(client: Client) -> None:
    answer = await client.get("/v1/export")
    about, between, counts = lines(answer.text)
    known = (await client.get("/health")).json()["ledger"]
    assert answer.headers["content-type"] == "application/jsonl"
    assert answer.headers["ledger"] == f'"{known["ledger"]}";number={known["number"]}'
    assert (about["ledger"], about["number"]) == (known["ledger"], known["number"])
    assert counts == {"records": len(THINGS), "links": len(LINKS) - 1}
    assert {each["id"] for each in between} == ids(*THINGS, *LINKS[:-1])
    shown = (await client.get(f"/v1/policy-goals/{GOAL.id}")).json()
    assert next(each for each in between if each["id"] == GOAL.id) == shown


async def test_an_unchanged_export_is_not_sent_again(client: Client) -> None:
    tag = (await client.get("/v1/export.graphml")).headers["etag"]
    assert (await client.get("/v1/export.graphml", headers={"If-None-Match": tag})).status_code == 304
    assert (await client.get("/v1/export.jsonl", headers={"If-None-Match": tag})).status_code == 200


async def test_graphml_is_typed_and_whatever_a_text_holds_is_xml(client: Client) -> None:
    answer = await client.get("/v1/export", headers={"Accept": "application/graphml+xml"})
    space = "{http://graphml.graphdrawing.org/xmlns}"
    root = ElementTree.fromstring(answer.content)
    keys = {each.attrib["id"]: each.attrib for each in root.iter(f"{space}key")}
    nodes = {
        each.attrib["id"]: {data.attrib["key"]: data.text for data in each}
        for each in root.iter(f"{space}node")
    }
    edges = {(each.attrib["source"], each.attrib["target"]) for each in root.iter(f"{space}edge")}
    assert set(nodes) == ids(*THINGS)
    assert edges == {(each.source.id, each.target.id) for each in LINKS[:-1]}
    assert nodes[GOAL.id]["node.title"] == 'Warm & "dry" <homes>\N{REPLACEMENT CHARACTER}'
    assert nodes[COST.id]["node.amount"] == "1234.50"
    assert (keys["node.amount"]["attr.type"], keys["edge.revision"]["attr.type"]) == ("double", "long")
    for element, of in (("node", "node"), ("edge", "edge"), ("graph", "graph")):
        used = {
            data.attrib["key"] for each in root.iter(space + element) for data in each.findall(f"{space}data")
        }
        assert used and {keys[name]["for"] for name in used} == {of}


async def test_tables_are_one_a_kind_and_no_spreadsheet_runs_a_cell(client: Client) -> None:
    answer = await client.get("/v1/export.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as tables:
        read = {
            name: list(csv.DictReader(io.StringIO(tables.read(name).decode()))) for name in tables.namelist()
        }
    assert set(read) == {
        "about.csv", "organisations.csv", "policy-goals.csv", "policy-instruments.csv", "processes.csv",
        "projects.csv", "costs.csv", "links.csv",
    }  # fmt: skip
    process = read["processes.csv"][0]
    assert (process["title"], process["tags"]) == ("'=HYPERLINK(1)", "a:1; b:2")
    assert {each["id"] for each in read["projects.csv"]} == ids(PROJECT, ENABLER, UNSEEN)
    incurs = next(each for each in read["links.csv"] if each["kind"] == "INCURS")
    assert (incurs["from"], incurs["to_kind"]) == (PROJECT.id, "Cost")
    assert read["about.csv"][1] == {"fact": "number", "value": "0"}


async def test_below_a_record_stands_what_leads_to_it_and_what_goes_with_that(client: Client) -> None:
    below = ids(*THINGS) - ids(ELSEWHERE)
    assert told(await client.get(f"/v1/export?below={GOAL.id}")) == below | ids(*LINKS[:-1])
    assert told(await client.get(f"/v1/export?below={PROCESS.id}")) == ids(
        PROCESS, PROJECT, ENABLER, COST, COUNCIL, INSTRUMENT, *LINKS[2:5], LINKS[7]
    )
    assert (await client.get(f"/v1/export?below={LINKS[0].id}")).status_code == 404


async def test_a_reader_gets_what_they_may_see_and_nothing_behind_it(drawn: Graph) -> None:
    async with serving(drawn, lambda: Reader(COUNCIL.id)) as reader:
        everything, below = await reader.get("/v1/export"), await reader.get(f"/v1/export?below={GOAL.id}")
        assert (await reader.get(f"/v1/export?below={HIDDEN.id}")).status_code == 404
    assert told(everything) == ids(*THINGS, *LINKS[:-1]) - ids(HIDDEN, *LINKS[5:7])
    assert told(below) & ids(HIDDEN, UNSEEN) == set()


async def test_on_a_day_only_what_is_valid_is_exported_and_links_between_that(client: Client) -> None:
    found = told(await client.get("/v1/export?valid_on=2026-07-01"))
    assert found == ids(*THINGS, *LINKS[:-1]) - ids(PROJECT, *LINKS[3:5], LINKS[7])


async def test_what_was_written_while_an_export_went_on_is_not_in_it(migrated: Graph) -> None:
    await empty(migrated)
    async with serving(migrated, lambda: EVERYTHING) as client:
        goal, project = await client.new("policy-goals", level="corporate"), await client.new("projects")
        body = {"from": project["id"], "to": goal["id"], "facts": {}}
        claim = (await client.post("/v1/links/claims", json=body)).json()
        part = Part(await AtNumber.now(migrated), Wanted(), EVERYTHING)
        headers = {"If-Match": "*"}
        await client.patch(f"/v1/projects/{project['id']}", json={"title": "Later"}, headers=headers)
        await client.post(f"/v1/links/claims/{claim['id']}/withdraw", json={"reason": "-"}, headers=headers)
        await client.new("projects", title="New")
        text = b"".join([some async for some in document(part, JsonLines())]).decode()
    about, found, counts = lines(text)
    assert (about["number"], counts) == (3, {"records": 2, "links": 1})
    assert [each["facts"].get("title") for each in found] == [goal["facts"]["title"], "A title", None]
    assert found[2]["from"] == {"id": project["id"], "kind": "Project", "title": "A title"}


async def test_an_archimate_model_comes_back_as_it_was_and_what_it_cannot_hold_is_told(
    migrated: Graph, tmp_path: Path
) -> None:
    await empty(migrated)
    path = tmp_path / "model.xml"
    path.write_text(MODEL, encoding="utf-8")
    await imports.run(migrated, ARCHIMATE.read(path), ARCHIMATE.source, Stamp("loader"))
    async with serving(migrated, lambda: EVERYTHING) as client:
        answer = await client.get("/v1/export.xml")
        await client.new("costs", amount="10.00")
        more = (await client.get("/v1/export.xml")).text
    back = tmp_path / "back.xml"
    back.write_bytes(answer.content)
    assert rows(ARCHIMATE.read(back)) == rows(ARCHIMATE.read(path)) and "Left out" not in answer.text
    assert "<!-- Left out: 1 Cost. -->" in more


def rows(intake: imports.Intake) -> list[Any]:
    """What a model states, whatever the order."""
    told = [
        (each.kind.__name__, each.key, each.facts)
        if isinstance(each, imports.RecordRow)
        else (each.kind.label, each.source, each.target, each.facts)
        for each in intake.rows
    ]
    return sorted(told, key=repr)


async def test_an_export_is_read_back_into_another_database_its_links_to_be_accepted_anew(
    migrated: Graph,
) -> None:
    await empty(migrated)
    await store(migrated, *THINGS, *LINKS, a_project(title="Done", status="retired"))
    first = await _exported(migrated)
    await empty(migrated)
    intake = imports.read_file(first, "export.jsonl", scheme="other")
    report = await imports.run(migrated, intake, Source("other", "Another service"), Stamp("loader"))
    assert report.counts["rejected"] == 0
    assert {each.what: each.rows for each in report.not_taken} == {
        "retired records and their links": 1, "acceptances and disputes": 7,
    }  # fmt: skip
    assert _known(await _exported(migrated)) == [each for each in _known(first) if each[1] != "Done"]
    again = imports.read_file(await _exported(migrated), "export.jsonl", scheme="other")
    report = await imports.run(migrated, again, Source("other", "Another service"), Stamp("loader"))
    assert report.counts["unchanged"] == len(intake.rows)
    cut = imports.read_file(first[: len(first) // 2].rpartition(b"\n")[0], "export.jsonl", scheme="other")
    assert [each.code for each in cut.faults] == ["cut_short"]


async def _exported(graph: Graph) -> bytes:
    part = await Part.of(graph, Wanted(), EVERYTHING)
    return b"".join([some async for some in document(part, JsonLines())])


def _known(export: bytes) -> list[tuple[Any, ...]]:
    """What an export states, under titles in the place of ids."""
    between = lines(export.decode())[1]
    titles = {each["id"]: each["facts"]["title"] for each in between if "kind" in each}
    found = [
        (each["kind"], titles[each["id"]], titles.get(each["facts"]["organisation"]), each["facts"]["tags"])
        if "kind" in each
        else (each["link"], titles[each["from"]["id"]], titles[each["to"]["id"]], each["facts"])
        for each in between
    ]
    return sorted(found, key=repr)
