"""What the sample's lines may say beside facts: that they are partial, and that a link is disputed."""

import json
from typing import Any

import pytest

from app import imports
from app.domain import links, records
from app.domain.sources import Source
from app.graph import Graph
from app.imports import Intake, LinkRow, RecordRow, Report
from app.who import EVERYTHING, Stamp
from graph_schema.links import Advances

REGISTER = Source("register", "A register", states_acceptance=True)
OFFICE = Source("office", "An office")


def _read(*lines: dict[str, Any]) -> Intake:
    data = "\n".join(json.dumps(line) for line in lines).encode()
    return imports.read_file(data, "lines.jsonl")


def _instrument(**facts: Any) -> dict[str, Any]:
    return {
        "kind": "PolicyInstrument",
        "title": "A permit",
        "identifiers": [{"scheme": "register", "value": "i"}],
    } | facts


GOAL = {
    "kind": "PolicyGoal", "title": "Clean air", "level": "place",
    "identifiers": [{"scheme": "register", "value": "g"}],
}  # fmt: skip
ADVANCES = {"link": "ADVANCES", "from": "register|i", "to": "register|g"}
DISPUTED = ADVANCES | {"standing": "disputed"}
ACCEPTED = {"accepted_by": "the owner", "accepted_on": "2026-01-01"}


async def _import(graph: Graph, *lines: dict[str, Any], source: Source = REGISTER) -> Report:
    return await imports.run(graph, _read(*lines), source, Stamp("loader"))


async def _standing(graph: Graph) -> str:
    (link,) = (await links.find(graph, Advances, links.Wanted(), EVERYTHING)).items
    return str(link["standing"])


async def test_a_partial_line_leaves_the_facts_it_does_not_name(graph: Graph) -> None:
    await _import(graph, _instrument(family="treasure", target_group="Drivers"))
    part = {"partial": True, "kind": "PolicyInstrument", "target_group": "Residents"}
    report = await _import(graph, part | {"identifiers": _instrument()["identifiers"]})
    assert report.counts["changed"] == 1
    facts = (await records.by_identifier(graph, "register", "i", EVERYTHING))["facts"]
    assert (facts["title"], facts["family"], facts["target_group"]) == ("A permit", "treasure", "Residents")


async def test_a_partial_line_that_names_a_fact_as_null_takes_it_away(graph: Graph) -> None:
    await _import(graph, _instrument(family="treasure"))
    await _import(graph, _instrument(partial=True, family=None))
    assert (await records.by_identifier(graph, "register", "i", EVERYTHING))["facts"]["family"] is None


async def test_a_source_that_states_acceptance_may_state_a_dispute(graph: Graph) -> None:
    await _import(graph, _instrument(), GOAL, DISPUTED)
    assert await _standing(graph) == "disputed"
    assert (await _import(graph, DISPUTED)).counts["unchanged"] == 1


async def test_a_stated_dispute_answers_a_proposed_link_and_leaves_an_accepted_one(graph: Graph) -> None:
    await _import(graph, _instrument(), GOAL, ADVANCES)
    assert await _standing(graph) == "proposed"
    await _import(graph, DISPUTED)
    assert await _standing(graph) == "disputed"
    await _import(graph, ADVANCES | ACCEPTED | {"facts": {"strength": "strong"}})
    assert await _standing(graph) == "accepted"
    await _import(graph, DISPUTED | {"facts": {"strength": "strong"}})
    assert await _standing(graph) == "accepted"


async def test_a_dispute_of_another_source_is_refused(graph: Graph) -> None:
    report = await _import(graph, _instrument(), GOAL, DISPUTED, source=OFFICE)
    assert [(row.field, row.code) for row in report.rows] == [("/standing", "acceptance_not_yours")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (ADVANCES | {"standing": "accepted"}, "acceptance_half"),
        (DISPUTED | ACCEPTED, "standing_not_allowed"),
        (ADVANCES | {"link": "RELATES", "standing": "disputed"}, "standing_not_allowed"),
        (_instrument(partial="yes"), "wrong_type"),
    ],
)
def test_a_line_that_says_more_than_it_may_is_refused(line: dict[str, Any], code: str) -> None:
    intake = _read(line)
    assert [fault.code for fault in intake.faults] == [code]
    assert intake.rows == []


def test_a_line_is_whole_unless_it_says_otherwise() -> None:
    whole, part = _read(_instrument(), _instrument(partial=True)).rows
    assert isinstance(whole, RecordRow) and isinstance(part, RecordRow)
    assert whole.only is None
    assert part.only == {"title", "identifiers"}


def test_a_disputed_link_is_read_as_such() -> None:
    (row,) = _read(DISPUTED).rows
    assert isinstance(row, LinkRow)
    assert (row.disputed, row.accepted) == (True, None)
