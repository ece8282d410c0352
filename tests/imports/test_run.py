"""The import path: rows to records and links, again and again, each row reported."""

from typing import Any

import pytest

from app import imports
from app.domain import claims, ledger, links, receipts, records
from app.domain.sources import Source
from app.errors import NotAllowed, TooLarge
from app.graph import Graph
from app.imports import Acceptance, Intake, LinkRow, Mode, RecordRow, Report, running
from app.who import EVERYTHING, Stamp
from graph_schema.delivery import Asset, Project
from graph_schema.law import LegalChange
from graph_schema.links import Advances, Changes, DependsOn, Enables, FundedBy, Produces, SucceededBy
from graph_schema.people import Organisation, Person, Post
from graph_schema.policy import PolicyGoal, PolicyInstrument
from tests.imports.rows import a_link, a_record

OFFICE = Source("office", "The programme office")
REGISTER = Source("register", "A register", states_acceptance=True)


async def _run(graph: Graph, *rows: RecordRow | LinkRow, source: Source = OFFICE, **how: Any) -> Report:
    return await imports.run(graph, Intake(rows=list(rows)), source, Stamp("importer"), **how)


def _counts(report: Report) -> tuple[int, int, int, int]:
    counts = report.counts
    return counts["created"], counts["changed"], counts["unchanged"], counts["rejected"]


def _faults(report: Report) -> set[tuple[str, str]]:
    return {(remark.field, remark.code) for remark in report.rows}


async def _number(graph: Graph) -> int:
    return (await ledger.head(graph)).number


async def _named(graph: Graph, value: str) -> dict[str, Any]:
    return await records.by_identifier(graph, "pmo", value, EVERYTHING)


async def test_rows_make_records_and_links_with_their_ledger_entries(graph: Graph) -> None:
    report = await _run(
        graph,
        a_record("o", Organisation),
        a_record("p", organisation="pmo|o", tags=["a:b"]),
        a_record("a", Asset),
        a_link(Produces, "p", "a"),
    )
    assert _counts(report) == (4, 0, 0, 0)
    project = await _named(graph, "p")
    assert project["source"] == "office"
    assert project["facts"]["organisation"] == (await _named(graph, "o"))["id"]
    assert await _number(graph) == 4
    history = await ledger.history(graph, project["id"])
    assert [(entry["action"], entry["after"]) for entry in history] == [("create", project)]
    found = await links.find(graph, Produces, links.Wanted(), EVERYTHING)
    (link,) = found.items
    assert (await ledger.history(graph, link["id"]))[0]["after"]["facts"] == link["facts"]


async def test_a_second_run_changes_nothing_and_takes_no_number(graph: Graph) -> None:
    def rows() -> list[RecordRow | LinkRow]:
        return [
            a_record("o", Organisation, nation="E", valid_from="2000-01-01"),
            a_record("p", organisation="pmo|o", tags=["z:z", "a:a"], not_applicable=None),
            a_record("i", PolicyInstrument),
            a_record("l", LegalChange, kind="bill", extent=["E", "W"]),
            a_link(Changes, "p", "i", depth="rules", share="0.5"),
        ]

    assert _counts(await _run(graph, *rows())) == (5, 0, 0, 0)
    number = await _number(graph)
    assert _counts(await _run(graph, *rows())) == (0, 0, 5, 0)
    assert await _number(graph) == number


async def test_other_facts_change_the_record_and_keep_its_identifiers(graph: Graph) -> None:
    key = [{"scheme": "gss", "value": "E1"}]
    await _run(graph, a_record("p", identifiers=key))
    report = await _run(graph, a_record("p", state="approved"))
    assert _counts(report) == (0, 1, 0, 0)
    project = await _named(graph, "p")
    assert (project["revision"], project["facts"]["state"]) == (2, "approved")
    assert [each["scheme"] for each in project["facts"]["identifiers"]] == ["gss", "pmo"]


async def test_a_key_spelt_another_way_names_the_same_record(graph: Graph) -> None:
    composed, apart = "Ynys M\u00f4n", " Ynys Mo\u0302n "
    await _run(graph, a_record(apart, Organisation), a_record("p", organisation=f"pmo|{apart}"))
    rows = (
        a_record(composed, Organisation, title=f"Record {apart}"),
        a_record(apart, Organisation),
        a_record("q", organisation=f"pmo|{apart}", identifiers=[{"scheme": "old", "value": apart}]),
        a_record("r", identifiers=[{"scheme": "old", "value": composed}]),
        a_link(FundedBy, " q", "p"),
    )
    report = await _run(graph, *rows)
    assert _counts(report) == (1, 0, 1, 3)
    assert {"duplicate_in_file", "identifier_taken", "not_in_matrix"} == {each.code for each in report.rows}
    assert (await _named(graph, apart))["id"] == (await _named(graph, "q"))["facts"]["organisation"]


async def test_a_mapped_row_leaves_the_facts_it_does_not_speak_of(graph: Graph) -> None:
    await _run(graph, a_record("p", state="approved", ref="R1"))
    row = a_record("p", state=None)
    mapped = RecordRow(row.place, row.kind, row.key, row.facts, frozenset({"title", "state"}))
    assert _counts(await _run(graph, mapped)) == (0, 1, 0, 0)
    facts = (await _named(graph, "p"))["facts"]
    assert (facts["state"], facts["ref"]) == ("idea", "R1")


async def test_every_fault_of_every_row_is_reported_and_the_sound_rows_are_taken(graph: Graph) -> None:
    report = await _run(
        graph,
        a_record("1", state="dreaming", start="soon", colour="blue", organisation="pmo|nobody"),
        a_record("2"),
        a_record("2"),
        a_record("3", identifiers=[{"scheme": "pmo", "value": "2"}]),
        a_record("4", organisation="pmo|1"),
        a_link(Enables, "2", "2"),
        a_link(Enables, "2", "1"),
        a_link(FundedBy, "2", "2"),
        a_link(Changes, "2", "x"),
    )
    assert _counts(report) == (1, 0, 0, 8)
    assert {
        ("/state", "not_in_list"),
        ("/start", "day_format"),
        ("/organisation", "reference_unknown"),
        ("", "duplicate_in_file"),
        ("/to", "link_to_itself"),
        ("/to", "record_unknown"),
        ("/facts/depth", "missing"),
    } <= _faults(report)
    assert {"unknown_field", "identifier_taken"} <= {remark.code for remark in report.rows}


async def test_a_row_that_refers_to_a_rejected_new_record_is_rejected_too(graph: Graph) -> None:
    report = await _run(
        graph,
        a_record("post", Post, holder="pmo|person"),
        a_record("project", organisation="pmo|council"),
        a_record("council", Organisation, nation="Mars"),
        a_record("person", Person, sensitivity="secret"),
        a_link(Produces, "project", "project"),
    )
    assert _counts(report) == (0, 0, 0, 5)
    assert {("/organisation", "reference_rejected"), ("/holder", "reference_rejected")} <= _faults(report)


async def test_a_record_of_another_source_or_of_a_person_is_not_changed(graph: Graph) -> None:
    facts = Project.model_validate({"title": "Ours", "identifiers": [{"scheme": "pmo", "value": "1"}]})
    person = Stamp("somebody")
    await graph.write(receipts.once, person, records.create, Project, facts, person, EVERYTHING)
    await _run(graph, a_record("2"), source=REGISTER)
    report = await _run(graph, a_record("1"), a_record("2"), a_link(Enables, "1", "2"))
    assert _counts(report) == (1, 0, 0, 2)
    assert _faults(report) == {("", "owned_by_another_source")}


async def test_a_key_that_names_a_record_of_another_kind_or_a_retired_one_is_refused(graph: Graph) -> None:
    await _run(graph, a_record("1", Asset), a_record("2"))
    id = (await _named(graph, "2"))["id"]
    stamp = Stamp("office", source="office")
    await graph.write(receipts.once, stamp, records.retire, Project, id, None, stamp, EVERYTHING)
    report = await _run(graph, a_record("1"), a_record("2"), a_record("3"), a_link(Enables, "3", "2"))
    assert _counts(report) == (1, 0, 0, 3)
    assert _faults(report) == {("", "kind_differs"), ("", "retired"), ("/to", "record_retired")}


def _accepted(row: LinkRow) -> LinkRow:
    return LinkRow(
        row.place, row.kind, row.source, row.target, row.facts, Acceptance("the board", "2026-01-01")
    )


def _a_route() -> list[RecordRow | LinkRow]:
    return [
        a_record("i", PolicyInstrument),
        a_record("g", PolicyGoal, level="corporate"),
        _accepted(a_link(Advances, "i", "g")),
    ]


async def _link(graph: Graph) -> dict[str, Any]:
    everything = ("proposed", "accepted", "disputed", "withdrawn")
    found = await links.find(graph, Advances, links.Wanted(standing=everything), EVERYTHING)
    (link,) = found.items
    return link


async def test_a_registered_source_may_state_that_links_of_its_own_are_accepted(graph: Graph) -> None:
    assert _counts(await _run(graph, *_a_route(), source=REGISTER)) == (3, 0, 0, 0)
    link = await _link(graph)
    assert (link["standing"], link["accepted_by"]) == ("accepted", "the board")
    assert link["target_print"] is not None
    assert _counts(await _run(graph, *_a_route(), source=REGISTER)) == (0, 0, 3, 0)


async def test_no_other_source_may_and_none_for_records_of_others(graph: Graph) -> None:
    report = await _run(graph, *_a_route())
    assert (_counts(report), _faults(report)) == ((2, 0, 0, 1), {("/accepted_by", "acceptance_not_yours")})
    report = await _run(graph, _accepted(a_link(Advances, "i", "g")), source=REGISTER)
    assert _faults(report) == {("/accepted_by", "acceptance_not_yours")}


async def test_the_first_registration_of_a_source_stands(graph: Graph) -> None:
    await _run(graph, a_record("1"), source=OFFICE)
    bold = Source("office", "The programme office", states_acceptance=True)
    assert ("/accepted_by", "acceptance_not_yours") in _faults(await _run(graph, *_a_route(), source=bold))


async def test_a_link_without_stated_acceptance_is_born_proposed(graph: Graph) -> None:
    rows = _a_route()
    rows[2] = a_link(Advances, "i", "g")
    await _run(graph, *rows)
    assert (await _link(graph))["standing"] == "proposed"


async def test_what_people_did_to_a_link_outlasts_the_same_facts(graph: Graph) -> None:
    await _run(graph, *_a_route(), source=REGISTER)
    await graph.schema("MATCH ()-[r:ADVANCES]->() SET r.standing = 'disputed', r.reviewed_on = '2026-02-02'")
    assert _counts(await _run(graph, *_a_route(), source=REGISTER)) == (0, 0, 3, 0)
    link = await _link(graph)
    assert (link["standing"], link["reviewed_on"]) == ("disputed", "2026-02-02")


async def test_a_withdrawn_link_that_is_asserted_again_unchanged_stays_withdrawn(graph: Graph) -> None:
    await _run(graph, *_a_route(), source=REGISTER)
    id = (await _link(graph))["id"]
    stamp = Stamp("somebody", source="register")
    await graph.write(receipts.once, stamp, claims.withdraw, Advances, id, None, stamp, EVERYTHING)
    assert _counts(await _run(graph, *_a_route(), source=REGISTER)) == (0, 0, 3, 0)
    assert (await _link(graph))["standing"] == "withdrawn"


async def test_other_facts_of_a_link_wait_for_acceptance_again(graph: Graph) -> None:
    await _run(graph, *_a_route(), source=REGISTER)
    report = await _run(graph, a_link(Advances, "i", "g", strength="direct"), source=REGISTER)
    assert _counts(report) == (0, 1, 0, 0)
    link = await _link(graph)
    assert (link["standing"], link["accepted_by"], link["revision"]) == ("proposed", None, 2)


async def test_an_acceptance_of_other_facts_outdates_the_review_of_the_earlier_ones(graph: Graph) -> None:
    await _run(graph, *_a_route(), source=REGISTER)
    await graph.schema("MATCH ()-[r:ADVANCES]->() SET r.reviewed_on = '2025-02-02'")
    await _run(graph, _accepted(a_link(Advances, "i", "g", strength="direct")), source=REGISTER)
    link = await _link(graph)
    assert (link["standing"], link["accepted_on"], link["reviewed_on"]) == ("accepted", "2026-01-01", None)


async def test_a_cycle_is_taken_and_said(graph: Graph) -> None:
    await _run(graph, *(a_record(value) for value in "abcd"), a_link(Enables, "a", "b"))
    report = await _run(
        graph,
        a_link(Enables, "b", "c"),
        a_link(Enables, "c", "a"),
        a_link(Enables, "c", "d"),
        a_link(DependsOn, "d", "c"),
        a_link(SucceededBy, "d", "c"),
    )
    assert _counts(report) == (5, 0, 0, 0)
    assert [warning.code for warning in report.warnings] == ["cycle", "cycle"]


async def test_a_row_without_title_takes_its_key_and_is_said(graph: Graph) -> None:
    report = await _run(graph, a_record("untitled", title=None))
    assert [warning.code for warning in report.warnings] == ["title_from_key"]
    assert (await _named(graph, "untitled"))["facts"]["title"] == "untitled"


async def test_no_import_passes_for_a_person(graph: Graph) -> None:
    with pytest.raises(NotAllowed):
        await _run(graph, a_record("1"), source=Source("person", "People"))


async def test_names_of_persons_stay_out_of_the_ledger(graph: Graph) -> None:
    await _run(graph, a_record("1", Person, title="Person", name="Zebedee Quill"))
    assert (await _named(graph, "1"))["facts"]["name"] == "Zebedee Quill"
    kept = await graph.rows("MATCH (c:Change) RETURN c.after AS after")
    assert all("Zebedee" not in row["after"] for row in kept)


async def test_all_or_nothing_writes_nothing_where_a_row_is_rejected(graph: Graph) -> None:
    report = await _run(graph, a_record("1"), a_record("2", state="x"), mode=Mode.ALL_OR_NOTHING)
    assert report.refused
    assert _counts(report) == (0, 0, 0, 1)
    assert await graph.rows("MATCH (n:Record) RETURN n.id") == []
    report = await _run(graph, a_record("1"), a_record("2"), mode=Mode.ALL_OR_NOTHING)
    assert not report.refused
    assert _counts(report) == (2, 0, 0, 0)


async def test_a_dry_run_reports_what_the_real_run_does_and_leaves_no_trace(graph: Graph) -> None:
    await _run(graph, a_record("1"))
    number, nodes = await _number(graph), await graph.rows("MATCH (n) RETURN count(n) AS n")
    rows = [
        a_record("1", state="approved"),
        a_record("2"),
        a_record("3", state="x"),
        a_link(Enables, "1", "2"),
    ]
    rehearsed = await _run(graph, *rows, dry_run=True)
    assert _counts(rehearsed) == (2, 1, 0, 1)
    assert await _number(graph) == number
    assert await graph.rows("MATCH (n) RETURN count(n) AS n") == nodes
    real = await _run(graph, *rows)
    assert real.as_json() | {"dry_run": True} == rehearsed.as_json()


async def test_a_dry_run_too_large_for_one_transaction_is_made_in_the_real_runs_batches(graph: Graph) -> None:
    rows = [a_record(str(n)) for n in range(2_500)]
    rows += [a_link(DependsOn, str(n), str(n + 1)) for n in range(2_499)]
    rehearsed = await _run(graph, *rows, dry_run=True)
    assert _counts(rehearsed) == (4_999, 0, 0, 0)
    assert await graph.rows("MATCH (n:Record) RETURN n.id LIMIT 1") == []
    assert await _number(graph) == 0


async def test_more_than_one_transaction_holds_is_refused_in_one(
    graph: Graph,
) -> None:
    rows = [a_record(str(n)) for n in range(running.MOST_IN_ONE + 1)]
    with pytest.raises(TooLarge):
        await _run(graph, *rows, mode=Mode.ALL_OR_NOTHING)


class _CutOff(Exception):
    """Stands for the machine going down."""


async def test_an_import_cut_off_half_way_is_whole_in_batches_and_completed_by_the_next_run(
    graph: Graph,
) -> None:
    rows = [a_record(str(n)) for n in range(4_500)]
    told: list[int] = []

    def cut_off(done: int, total: int) -> None:
        told.append(done)
        if done >= 2_000:
            raise _CutOff

    with pytest.raises(_CutOff):
        await _run(graph, *rows, progress=cut_off)
    assert told == [0, 2_000]
    assert await _number(graph) == 2_000
    report = await _run(graph, *rows)
    assert _counts(report) == (2_500, 0, 2_000, 0)
    assert await _number(graph) == 4_500


async def test_rows_overtaken_by_somebody_else_are_decided_again(graph: Graph) -> None:
    await _run(graph, a_record("1"), a_record("2"))
    id = (await _named(graph, "1"))["id"]
    intake = Intake(rows=[a_record("1", state="approved"), a_record("3")])
    work = running.Import(graph, intake, OFFICE, Stamp("importer", source="office"))
    plan = await work.decide()
    other = Stamp("other", source="office")
    patch = {"summary": "Changed meanwhile"}
    await graph.write(receipts.once, other, records.change, Project, id, patch, 1, other, EVERYTHING)
    await work.write_in_batches(plan)
    assert (await _named(graph, "1"))["revision"] == 3
    assert (await _named(graph, "3"))["revision"] == 1
    assert plan.outcomes == {0: "changed", 1: "created"}


async def test_all_or_nothing_decided_again_with_a_rejected_row_writes_nothing(graph: Graph) -> None:
    intake = Intake(rows=[a_record("1"), a_record("2")])
    work = running.Import(graph, intake, OFFICE, Stamp("importer", source="office"))
    plan = await work.decide()
    await _run(graph, a_record("2"), source=REGISTER)
    await work.write_all(plan)
    assert plan.outcomes == {0: "created", 1: "rejected"}
    assert await graph.rows("MATCH (:Identifier {key: 'pmo|1'}) RETURN 1") == []
