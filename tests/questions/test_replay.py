"""What a decision rested on is asked again: the same facts give the same digest, later ones are named."""

from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.errors import Invalid
from app.graph import Graph
from app.questions.core import Answer, Question, ask
from app.questions.replay import Replay, ReplayRow
from app.questions.unaligned import Unaligned
from app.who import EVERYTHING, Reader, Stamp, new_id
from graph_schema.delivery import Decision, Project
from graph_schema.links import Enables, Incurs
from graph_schema.money import Cost
from graph_schema.people import Organisation
from tests.domain.conftest import Desk
from tests.domain.test_known import World, many_changes

LONDON = ZoneInfo("Europe/London")
DAY = "2026-06-01"


@pytest.fixture
def desk(graph: Graph) -> Desk:
    """A desk before an empty graph."""
    return Desk(graph)


def rested_on(told: Answer[Any], **other: Any) -> dict[str, Any]:
    """An answer as a decision names it."""
    return {
        "question": told.question,
        "digest": told.digest,
        "valid_on": told.as_of.valid_on,
        "ledger": told.as_of.ledger.id,
        "number": told.as_of.ledger.number,
    } | other


async def asked(
    graph: Graph, question: type[Question], reader: Reader = EVERYTHING, **given: Any
) -> Answer[Any]:
    return await ask(graph, question.model_validate({"valid_on": DAY, **given}), reader, LONDON)


async def replayed(graph: Graph, decision: dict[str, Any], reader: Reader = EVERYTHING) -> list[ReplayRow]:
    return (await asked(graph, Replay, reader, decision=decision["id"])).rows


async def a_board_decides(
    desk: Desk, **parameters: Any
) -> tuple[dict[str, Any], dict[str, Any], Answer[Any]]:
    """A live project with a cost, and a decision that rested on what `unaligned` says of it."""
    project = await desk.create(Project, title="Bins", state="delivering")
    cost = await desk.create(Cost, amount="10.00")
    await desk.claim(Incurs, project, cost)
    told = await asked(desk.graph, Unaligned, **parameters)
    return project, cost, told


async def test_a_thousand_changes_of_other_things_leave_the_digest_and_a_correction_is_named(
    desk: Desk,
) -> None:
    _, cost, told = await a_board_decides(desk)
    decision = await desk.create(Decision, answers=[rested_on(told)])
    idle = [await desk.create(Project, title="Idle", state="idea") for _ in range(3)]
    await many_changes(desk.graph, World(desk, Random(1), idle), 1_000)
    (row,) = await replayed(desk.graph, decision)
    assert (row.finding, row.then, row.today) == ("same", told.digest, told.digest)

    await desk.change(cost, {"amount": "12.50"}, stamp=Stamp("finance"))
    await desk.change(cost, {"title": "Lorries", "amount": "12.75"}, stamp=Stamp("finance"))
    rows = await replayed(desk.graph, decision)
    assert {(each.finding, each.then) for each in rows} == {("later_fact", told.digest)}
    assert {row.today for row in rows} == {(await asked(desk.graph, Unaligned)).digest} != {told.digest}
    found = {each.fact: (each.was, each.now, each.actor, each.item) for each in rows}
    assert found == {
        "amount": ("10.00", "12.75", "finance", cost["id"]),
        "title": ("A Cost", "Lorries", "finance", cost["id"]),
    }
    assert {row.entry for row in rows} == {await desk.number()}


async def test_what_was_recorded_later_is_named_where_an_answer_gains_a_row(desk: Desk) -> None:
    project, _, told = await a_board_decides(desk)
    decision = await desk.create(Decision, answers=[rested_on(told)])
    later = await desk.create(Project, title="Later", state="delivering")
    (row,) = await replayed(desk.graph, decision)
    assert (row.item, row.fact, row.title) == (later["id"], None, "Later")
    await desk.change(project, {"title": "Bins at night"})
    rows = await replayed(desk.graph, decision)
    assert {(row.item, row.fact) for row in rows} == {(later["id"], None), (project["id"], "title")}


async def test_what_is_hidden_today_is_neither_asked_again_nor_named(desk: Desk) -> None:
    council = await desk.create(Organisation)
    _, cost, told = await a_board_decides(desk)
    decision = await desk.create(Decision, answers=[rested_on(told)])
    hidden = {"amount": "99.00", "sensitivity": "restricted", "organisation": council["id"]}
    await desk.change(cost, hidden)
    (row,) = await replayed(desk.graph, decision, Reader())
    assert (row.finding, row.item) == ("another_answer", None)
    assert "amount" in {row.fact for row in await replayed(desk.graph, decision, Reader(council["id"]))}


async def test_what_only_something_hidden_joins_to_an_answer_is_not_named(desk: Desk) -> None:
    council = await desk.create(Organisation)
    project, cost, _ = await a_board_decides(desk)
    secret = await desk.create(
        Project, organisation=council["id"], sensitivity="restricted", state="delivering"
    )
    far = await desk.create(Project, title="Far", state="idea")
    await desk.claim(Enables, project, secret)
    await desk.claim(Enables, secret, far)
    told = await asked(desk.graph, Unaligned, Reader())
    decision = await desk.create(Decision, answers=[rested_on(told)])
    await desk.change(far, {"summary": "Another"})
    await desk.change(cost, {"amount": "11.00"})
    rows = await replayed(desk.graph, decision, Reader())
    assert {(row.finding, row.item) for row in rows} == {("later_fact", cost["id"])}


async def test_what_cannot_be_asked_again_says_why(desk: Desk) -> None:
    _, _, told = await a_board_decides(desk)
    silent = await desk.create(Decision)
    assert [row.finding for row in await replayed(desk.graph, silent)] == ["not_asked_again"]
    wrong = ({"question": "no-such"}, {"question": "replay"}, {"asked": "verdict=none"})
    decision = await desk.create(Decision, answers=[rested_on(told, **each) for each in wrong])
    rows = await replayed(desk.graph, decision)
    assert [row.finding for row in rows] == ["not_asked_again"] * 3
    assert len({row.sentence for row in rows}) == 3


async def test_one_answer_is_asked_again_by_its_parameters_without_a_decision(desk: Desk) -> None:
    _, _, told = await a_board_decides(desk, verdict=["not_assessed"])
    given = rested_on(told, asked="verdict=not_assessed&limit=1")
    one = {name: given[name] for name in ("asked", "number", "digest")} | {"of": "unaligned"}
    (row,) = (await asked(desk.graph, Replay, **one)).rows
    assert (row.finding, row.then) == ("same", told.digest)
    for refused in ({}, {"of": "unaligned"}, {**one, "number": 99}, {"decision": new_id()}):
        with pytest.raises(Invalid):
            await asked(desk.graph, Replay, **refused)
