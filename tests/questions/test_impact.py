"""`impact`: what hangs on a record or a link, by distance, with money."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.errors import Invalid
from app.questions.core import Answer, ask
from app.questions.impact import Impact, ImpactRow
from app.who import EVERYTHING, Reader, new_id
from tests.build import (
    a,
    a_goal,
    a_process,
    a_project,
    a_provision,
    an_instrument,
    an_organisation,
    link,
    store,
)
from tests.questions.conftest import DAY, Board


async def asked(board: Board, of: str, reader: Reader = EVERYTHING) -> Answer[ImpactRow]:
    question = Impact.model_validate({"valid_on": DAY, "of": of})
    return await ask(board.graph, question, reader, ZoneInfo("Europe/London"))


def told(answer: Answer[Any]) -> list[tuple[int, str]]:
    return [(row.steps, row.title) for row in answer.rows]


async def test_everything_that_reaches_a_thing_comes_by_distance_cycles_included(board: Board) -> None:
    act, section = a("Legislation", title="Act"), a_provision(title="Section")
    instrument, process, goal = an_instrument(title="I"), a_process(title="R"), a_goal(title="G")
    first, second = a_project(title="P1"), a_project(title="P2")
    cost = a("Cost", amount="12.00", year=2026, category="build", case_version="forecast")
    operates = link("OPERATES", process, instrument)
    await store(
        board.graph, act, section, instrument, process, goal, first, second, cost, operates,
        link("PART_OF", section, act), link("GROUNDED_IN", instrument, section),
        link("CHANGES", second, process), link("ENABLES", first, second), link("ENABLES", second, first),
        link("ADVANCES", instrument, goal), link("INCURS", second, cost),
    )  # fmt: skip
    assert told(await asked(board, act.id)) == [(1, "Section"), (2, "I"), (3, "R"), (4, "P2"), (5, "P1")]
    answer = await asked(board, operates.id)
    assert told(answer) == [(1, "R"), (2, "P2"), (3, "P1")]
    assert [int(each.amount) for each in answer.total or []] == [1200]
    assert answer.rows[1].verdict == "aligned"


async def test_what_is_hidden_or_over_is_not_followed_and_an_unknown_id_is_refused(board: Board) -> None:
    ours, theirs = an_organisation(), an_organisation()
    goal, instrument = a_goal(), an_instrument(organisation=theirs.id, sensitivity="restricted")
    process, gone = a_process(title="R"), an_instrument(valid_to="2026-01-01")
    await store(
        board.graph, ours, theirs, goal, instrument, process, gone, link("ADVANCES", instrument, goal),
        link("OPERATES", process, instrument), link("ADVANCES", gone, goal),
    )  # fmt: skip
    assert (await asked(board, goal.id, Reader(ours.id))).rows == []
    assert len((await asked(board, goal.id)).rows) == 2
    for id in (instrument.id, new_id()):
        with pytest.raises(Invalid):
            await asked(board, id, Reader(ours.id))
