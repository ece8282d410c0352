"""legislation.gov.uk in its own formats: documents and feeds, alone, beside the tables, and hostile ones."""

from pathlib import Path
from typing import Any, ClassVar

import pytest

from app.domain import ledger
from app.errors import Invalid, NotFound, TooLarge
from app.graph import Graph
from app.imports import Mode, Report
from tests.conftest import empty
from tests.imports import registers

NAME = "legislation-gov-uk"
WHOLE = registers.WHOLE / "legislation_gov_uk"
RAW = WHOLE / "raw"
FEED = RAW / "changes-affecting-ukpga-2002-38-feed.xml"

SPACES = """xmlns="http://www.w3.org/2005/Atom" xmlns:ukm="http://www.legislation.gov.uk/namespaces/metadata"
 xmlns:openSearch="http://a9.com/-/spec/opensearch/1.1/\""""
SITE = "http://www.legislation.gov.uk/id/"
DAY = '<ukm:InForce Date="2020-04-01" Qualification="wholly in force"/>'


def an_effect(id: str, dates: str = "", tag: str = "Effect", **attributes: str) -> str:
    """An effect of an order on section 9 of an Act, or on what the attributes say."""
    stated = {
        "EffectId": id,
        "Type": "coming into force",
        "AffectingURI": f"{SITE}uksi/2020/7",
        "AffectedURI": f"{SITE}ukpga/2019/3",
        "AffectingProvisions": "art. 2",
        "AffectedProvisions": "s. 9",
        "AffectingEffectsExtent": "Same as affected",
        "RequiresApplied": "true",
        "Applied": "false",
        "Modified": "2020-01-01T00:00:00Z",
        **attributes,
    }
    written = " ".join(f'{name}="{value}"' for name, value in stated.items() if value)
    return f"""<ukm:{tag} {written}>
<ukm:AffectedTitle>Waste Act 2019</ukm:AffectedTitle>
<ukm:AffectedProvisions><ukm:Section>s. 9</ukm:Section></ukm:AffectedProvisions>
<ukm:AffectingTitle>The Waste Act 2019 (Commencement) Order 2020</ukm:AffectingTitle>
<ukm:InForceDates>{dates or DAY}</ukm:InForceDates>
</ukm:{tag}>"""


def a_feed(*effects: str, total: int | None = None) -> str:
    """A feed of these effects."""
    entries = "".join(f"<entry>\n{each}\n</entry>" for each in effects)
    return f"""<?xml version="1.0" encoding="utf-8"?>
<feed {SPACES}>
<link rel="self" href="http://www.legislation.gov.uk/changes/affected/ukpga/2019/3/data.feed?page=1"/>
<openSearch:totalResults>{len(effects) if total is None else total}</openSearch:totalResults>
{entries}
</feed>"""


DOCUMENT = """<?xml version="1.0" encoding="utf-8"?>
<Legislation xmlns="http://www.legislation.gov.uk/namespaces/legislation"
 xmlns:ukm="http://www.legislation.gov.uk/namespaces/metadata" xmlns:dc="http://purl.org/dc/elements/1.1/"
 DocumentURI="http://www.legislation.gov.uk/ukpga/2019/3" IdURI="http://www.legislation.gov.uk/id/ukpga/2019/3"
 RestrictExtent="E+W+S">
<ukm:Metadata><dc:title>Waste Act 2019</dc:title><dc:title xml:lang="cy">Deddf Gwastraff 2019</dc:title>
<dc:subject>Waste</dc:subject><dc:modified>2020-05-01</dc:modified>
<ukm:PrimaryMetadata><ukm:DocumentClassification><ukm:DocumentMainType Value="UnitedKingdomPublicGeneralAct"/>
</ukm:DocumentClassification><ukm:Year Value="2019"/><ukm:Number Value="3"/>
<ukm:EnactmentDate Date="2019-03-02"/>
<ukm:UnappliedEffects>{effects}</ukm:UnappliedEffects></ukm:PrimaryMetadata></ukm:Metadata>
<Primary><Body RestrictStartDate="2020-04-01">
<P1group RestrictExtent="E+W"><Title>Duty to  collect</Title>
<P1 IdURI="http://www.legislation.gov.uk/id/ukpga/2019/3/section/9"><Pnumber>9</Pnumber>
<BlockAmendment><P1 IdURI="http://www.legislation.gov.uk/id/ukpga/1990/43/section/45"><Pnumber>45</Pnumber></P1>
</BlockAmendment></P1></P1group></Body>
<Schedules><Schedule IdURI="http://www.legislation.gov.uk/id/ukpga/2019/3/schedule/1"><ScheduleBody>
<P1 IdURI="http://www.legislation.gov.uk/id/ukpga/2019/3/schedule/1/paragraph/2" Status="Prospective">
<Pnumber>2</Pnumber></P1></ScheduleBody></Schedule>
<Schedule IdURI="http://www.legislation.gov.uk/id/ukpga/2019/3/schedule/2"><TitleBlock><Title>Maps</Title>
</TitleBlock></Schedule></Schedules></Primary></Legislation>"""


def written(path: Path, text: str) -> Path:
    """A file of this text."""
    path.write_text(text, "utf-8")
    return path


async def provisions(graph: Graph) -> dict[str, dict[str, Any]]:
    """Every provision by its path."""
    rows = await graph.rows(
        """MATCH (v:Provision) RETURN v.path AS path, v {.title, .extent, .tags, .revision,
             begins: v.intervals_from, ends: v.intervals_to, words: v.intervals_qualification} AS v"""
    )
    return {row["path"]: row["v"] for row in rows}


async def test_a_document_gives_its_item_its_provisions_and_what_is_not_applied_to_it(
    graph: Graph, tmp_path: Path
) -> None:
    unapplied = an_effect("key-1", tag="UnappliedEffect", Applied="", AffectingTerritorialApplication="W")
    await registers.load(graph, NAME, written(tmp_path / "act.xml", DOCUMENT.format(effects=unapplied)))
    found = await provisions(graph)
    assert {path: each["title"] for path, each in found.items()} == {
        "section/9": "Waste Act 2019, s. 9",
        "schedule/1/paragraph/2": "Waste Act 2019, Sch. 1 para. 2",
        "schedule/2": "Waste Act 2019, Sch. 2",
    }
    assert found["section/9"]["extent"] == ["E", "W"]
    assert found["section/9"]["tags"] == ["heading:Duty to collect"]
    assert found["schedule/1/paragraph/2"]["extent"] == ["E", "W", "S"]
    assert found["schedule/1/paragraph/2"]["tags"] == ["status:prospective"]
    assert found["schedule/2"]["tags"] == ["heading:Maps"]
    assert (found["section/9"]["begins"], found["schedule/2"]["begins"]) == (["2020-04-01"], [])
    row = await graph.row(
        """MATCH (c:LegalChange)-[a:AFFECTS]->(:Provision)-[:PART_OF]->(l:Legislation)
           RETURN l.title AS title, l.valid_from AS made, l.type AS type, c.kind AS kind,
                  a.effect AS effect, a.applied AS applied, a.intervals_extent AS extent"""
    )
    assert row == {
        "title": "Waste Act 2019",
        "made": "2019-03-02",
        "type": "ukpga",
        "kind": "commencement_order",
        "effect": "commence",
        "applied": None,
        "extent": ["W"],
    }


async def test_a_provision_has_force_by_the_effects_of_every_load_and_a_reference_outdates_nothing(
    graph: Graph, tmp_path: Path
) -> None:
    act = written(tmp_path / "act.xml", DOCUMENT.format(effects=""))
    begun = written(tmp_path / "begun.feed", a_feed(an_effect("key-1")))
    ended = an_effect(
        "key-2",
        '<ukm:InForce Date="2024-01-01" Qualification="wholly in force"/>',
        Type="repealed",
        AffectingURI=f"{SITE}ukpga/2023/9",
        AffectingEffectsExtent="E",
    )
    for path in (act, begun, written(tmp_path / "ended.xml", a_feed(ended))):
        assert (await registers.load(graph, NAME, path)).counts["rejected"] == 0
    section = (await provisions(graph))["section/9"]
    assert list(zip(section["begins"], section["ends"], strict=True)) == [
        ("2020-04-01", "2024-01-01"),
        ("2020-04-01", "9999-12-31"),
    ]
    row = await graph.row("MATCH (l:Legislation {number: '3'}) RETURN l.tags AS tags, l.valid_from AS made")
    assert row is not None and row["made"] == "2019-03-02" and "held:yes" in row["tags"]
    number = (await ledger.head(graph)).number
    for path in (begun, act, tmp_path):
        report = await registers.load(graph, NAME, path)
        assert report.counts["unchanged"] == sum(report.counts.values())
    assert (await ledger.head(graph)).number == number


async def test_of_one_effect_in_two_files_the_last_modified_counts_and_a_cut_file_is_named_beside_it(
    graph: Graph, tmp_path: Path
) -> None:
    later = '<ukm:InForce Date="2021-06-01" Qualification="Other" OtherQualification="for E. at noon"/>'
    written(tmp_path / "a.xml", a_feed(an_effect("key-1", later, Modified="2021-01-01T00:00:00Z"), total=3))
    written(tmp_path / "b.xml", a_feed(an_effect("key-1")))
    written(tmp_path / "c.xml", a_feed(an_effect("key-2"))[:900])
    report = await registers.load(graph, NAME, tmp_path)
    assert [(each.place.file, each.code) for each in report.rows] == [("c.xml", "cut_short")]
    assert [(each.place.file, each.code) for each in report.warnings] == [
        ("a.xml", "more_pages"),
        ("b.xml", "another_edition"),
    ]
    section = (await provisions(graph))["section/9"]
    assert (section["begins"], section["words"]) == (["2021-06-01"], ["for E. at noon"])
    refused = await registers.load(graph, NAME, tmp_path, Mode.ALL_OR_NOTHING)
    assert refused.refused


def test_what_an_element_lacks_is_said_of_it_by_its_line(tmp_path: Path) -> None:
    undated = an_effect("key-4", '\n<ukm:InForce Date="2020-02-30" Qualification="wholly in force"/>')
    feed = a_feed(
        an_effect(""), an_effect("key-2", AffectedURI="urn:x"), "<summary>An Act.</summary>", undated
    )
    intake = registers.adapter(NAME).read(written(tmp_path / "feed.xml", feed))
    lines = feed.split("\n")
    assert [(each.code, lines[each.place.row - 1].split(" ")[0]) for each in intake.faults] == [
        ("attribute_missing", "<ukm:Effect"),
        ("address_unknown", "<ukm:Effect"),
        ("effect_missing", "</entry><entry>"),
        ("day_unreadable", "<ukm:InForce"),
    ]
    assert intake.faults[0].detail == "ukm:Effect lacks the attribute EffectId."
    assert "urn:x" not in intake.faults[1].detail
    assert intake.rows == []


BOMB = """<!DOCTYPE feed [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>"""
OUTSIDE = """<!DOCTYPE feed [<!ENTITY secret SYSTEM "file:///etc/hostname">]>"""
SOUND = a_feed(an_effect("key-1"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (SOUND.replace("<feed", BOMB + "<feed").replace("Waste", "&b;"), "xml_doctype"),
        (SOUND.replace("<feed", OUTSIDE + "<feed").replace("Waste", "&secret;"), "xml_doctype"),
        (SOUND.replace("Waste", "&undeclared;"), "xml_malformed"),
        (SOUND.replace("</entry>", ""), "xml_malformed"),
        (SOUND[:-8], "cut_short"),
        (SOUND[:500], "cut_short"),
        ("", "xml_malformed"),
        ("<html/>", "xml_not_legislation"),
        (SOUND.replace("<entry>", "<a>" * 300 + "</a>" * 300 + "<entry>"), "xml_malformed"),
    ],
)
def test_a_file_that_is_no_legislation_or_means_harm_is_refused_by_name(
    tmp_path: Path, text: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        registers.adapter(NAME).read(written(tmp_path / "feed.xml", text))
    assert [fault.code for fault in refused.value.faults] == [code]


def test_a_file_too_large_or_absent_is_refused_before_a_byte_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "feed.xml", SOUND)
    with path.open("r+b") as file:
        file.truncate(2_000_000_000)
    with pytest.raises(TooLarge):
        registers.adapter(NAME).read(path)
    with pytest.raises(NotFound):
        registers.adapter(NAME).read(tmp_path / "nothing.xml")


@pytest.fixture(scope="class")
async def fed(migrated: Graph) -> tuple[Graph, Report]:
    """The whole feed in a graph of its own, and what its load reported."""
    await empty(migrated)
    return migrated, await registers.load(migrated, NAME, FEED)


class TestTheWholeFiles:
    """Counts of the real feed and documents, as their README states them."""

    pytestmark: ClassVar = [
        pytest.mark.real_data,
        pytest.mark.skipif(not RAW.is_dir(), reason=f"the full register is not at {WHOLE}"),
    ]

    async def test_the_feed_alone_has_the_flags_its_readme_counts(self, fed: tuple[Graph, Report]) -> None:
        graph, report = fed
        assert (report.counts["rejected"], report.by_kind["AFFECTS"]["created"]) == (0, 336)
        row = await graph.row(
            """MATCH ()-[a:AFFECTS]->() RETURN count(CASE WHEN a.applied THEN 1 END) AS applied,
                 count(CASE WHEN a.requires_applied AND NOT a.applied THEN 1 END) AS waits,
                 count(CASE WHEN NOT a.requires_applied THEN 1 END) AS not_required"""
        )
        assert row == {"applied": 310, "waits": 18, "not_required": 8}

    async def test_tables_feed_and_documents_say_the_same_and_each_again_changes_nothing(
        self, fed: tuple[Graph, Report]
    ) -> None:
        graph, _ = fed
        await empty(graph)
        tables = await registers.load(graph, NAME, registers.FOLDERS[NAME])
        assert tables.by_kind["AFFECTS"]["created"] == 2_225
        feed = await registers.load(graph, NAME, FEED)
        assert feed.counts["rejected"] == feed.counts["created"] == 0
        # The feed tells where four effects extend to, and what nine say where the tables have "Other".
        assert feed.by_kind["AFFECTS"] == {"created": 0, "changed": 13, "unchanged": 323, "rejected": 0}
        assert {kind: counts["changed"] for kind, counts in feed.by_kind.items() if counts["changed"]} == {
            "AFFECTS": 13,
            "Provision": 2,
        }
        whole = await registers.load(graph, NAME, RAW)
        assert {kind: counts["created"] for kind, counts in whole.by_kind.items() if counts["created"]} == {
            "Provision": 7,
            "PART_OF": 7,
        }
        number = (await ledger.head(graph)).number
        for path in (RAW, FEED):
            again = await registers.load(graph, NAME, path)
            assert again.counts["unchanged"] == sum(again.counts.values())
        assert (await ledger.head(graph)).number == number
