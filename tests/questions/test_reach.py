"""`reach`: what reaches what, over which links."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.errors import Invalid
from app.graph import Graph
from app.questions.core import Answer, ask
from app.questions.reach import Reach, ReachRow
from app.who import EVERYTHING, Reader
from tests.build import a, a_goal, an_instrument, an_organisation, link, store
from tests.imports import registers
from tests.questions.conftest import DAY, Board

ZONE = ZoneInfo("Europe/London")


async def asked(graph: Graph, reader: Reader = EVERYTHING, **parameters: Any) -> Answer[ReachRow]:
    question = Reach.model_validate({"valid_on": DAY, **parameters})
    return await ask(graph, question, reader, ZONE)


def an_element(**facts: Any) -> Any:
    return a("Element", **{"source_type": "ApplicationComponent", **facts})


def said(answer: Answer[ReachRow]) -> dict[str, tuple[bool, int | None]]:
    return {row.title: (row.reaches, row.steps) for row in answer.rows}


async def test_an_imported_application_reaches_a_goal_only_over_links_that_do_not_count(board: Board) -> None:
    app, store_of_cases, instrument, goal = (
        an_element(title="App"),
        an_element(title="Store"),
        (an_instrument()),
        a_goal(),
    )
    await store(
        board.graph, app, store_of_cases, instrument, goal, link("RELATES", store_of_cases, app),
        link("RELATES", app, instrument), link("ADVANCES", instrument, goal),
    )  # fmt: skip
    ends = {"from_kind": "Element", "to_kind": "PolicyGoal"}
    assert said(await asked(board.graph, **ends)) == {"App": (False, None), "Store": (False, None)}
    over_all = await asked(board.graph, over=["RELATES", "ADVANCES"], **ends)
    assert said(over_all) == {"App": (True, 2), "Store": (True, 3)}
    assert over_all.rows[0].to is not None and over_all.rows[0].to.id == goal.id
    assert [note.detail for note in over_all.notes] == ["2 of 2 records reach one."]


async def test_cycles_end_where_they_come_to_what_is_known(board: Board) -> None:
    ring = [an_element(title=str(number)) for number in range(5)]
    goal = a_goal()
    around = [link("RELATES", ring[at], ring[(at + 1) % 5]) for at in range(5)]
    await store(board.graph, *ring, goal, *around, link("RELATES", ring[0], goal))
    answer = await asked(board.graph, from_kind="Element", to_kind="PolicyGoal", over=["RELATES"])
    assert [row.steps for row in answer.rows] == [1, 5, 4, 3, 2]
    back = await asked(
        board.graph, from_kind="PolicyGoal", to_kind="Element", over=["RELATES"], direction="in"
    )
    assert [row.steps for row in back.rows] == [1]
    itself = await asked(board.graph, from_kind="Element", to_kind="Element", over=["RELATES"])
    assert {row.steps for row in itself.rows} == {1}
    assert (await asked(board.graph, from_kind="Element", to_kind="PolicyGoal", reaches="yes")).rows == []


async def test_links_out_of_date_disputed_or_of_other_standing_do_not_count(board: Board) -> None:
    old, disputed, proposed, goal = (
        an_element(title="Old"),
        an_element(title="Disputed"),
        an_instrument(title="Proposed"),
        a_goal(),
    )
    await store(
        board.graph, old, disputed, proposed, goal, link("RELATES", old, goal, valid_to="2026-01-01"),
        link("RELATES", disputed, goal, standing="disputed"),
        link("ADVANCES", proposed, goal, standing="proposed"),
    )  # fmt: skip
    both = {"to_kind": "PolicyGoal", "over": ["RELATES", "ADVANCES"]}
    assert said(await asked(board.graph, from_kind="Element", **both)) == {
        "Old": (False, None), "Disputed": (False, None),
    }  # fmt: skip
    instruments = {"from_kind": "PolicyInstrument", **both}
    assert said(await asked(board.graph, **instruments)) == {"Proposed": (True, 1)}
    assert said(await asked(board.graph, standing=["accepted"], **instruments)) == {"Proposed": (False, None)}


async def test_a_way_through_something_hidden_is_no_way(board: Board) -> None:
    ours, theirs = an_organisation(), an_organisation()
    start, goal = an_element(title="Start", tags=["a:start"]), a_goal()
    secret = an_element(organisation=theirs.id, sensitivity="restricted")
    await store(
        board.graph, ours, theirs, start, goal, secret, link("RELATES", start, secret),
        link("RELATES", secret, goal),
    )  # fmt: skip
    ends = {"from_kind": "Element", "to_kind": "PolicyGoal", "over": ["RELATES"]}
    assert said(await asked(board.graph, Reader(ours.id), **ends)) == {"Start": (False, None)}
    assert said(await asked(board.graph, from_tag="a:start", **ends)) == {"Start": (True, 2)}


async def test_both_ends_must_be_named(board: Board) -> None:
    with pytest.raises(Invalid) as refused:
        await asked(board.graph)
    assert [fault.pointer for fault in refused.value.faults] == ["/from_kind", "/to_kind"]


class TestAWholeModel:
    """What a published reference architecture gives, over all its relations."""

    pytestmark = registers.needs("archimate")

    @pytest.fixture
    async def model(self, graph: Graph) -> Graph:
        await registers.load(graph, "archimate", registers.FOLDERS["archimate"])
        return graph

    async def test_over_all_relations_what_reaches_a_goal_is_counted(self, model: Graph) -> None:
        counted = {}
        for type in ("Requirement", "Principle", "Driver", "ApplicationComponent"):
            answer = await asked(
                model, from_tag=f"archimate:{type}", to_tag="archimate:Goal", over=["RELATES"], limit=10_000
            )
            counted[type] = (sum(row.reaches for row in answer.rows), len(answer.rows))
        assert counted == {
            "Requirement": (106, 106), "Principle": (25, 33), "Driver": (39, 60),
            "ApplicationComponent": (0, 269),
        }  # fmt: skip
        anything = await asked(
            model, from_kind="Element", to_kind="Element", over=["RELATES"], direction="both", limit=10_000
        )
        assert len(anything.rows) == 2_493
