"""`law-states`: how much of the recorded change in the law is in which state."""

from typing import Any
from zoneinfo import ZoneInfo

from app.questions.core import ask
from app.questions.law_states import LawStates
from app.who import EVERYTHING
from tests.build import a, a_change, a_provision, link, store
from tests.questions.conftest import DAY, Board


async def asked(board: Board, **parameters: Any) -> list[tuple[str, int, int]]:
    question = LawStates.model_validate({"valid_on": DAY, **parameters})
    rows = (await ask(board.graph, question, EVERYTHING, ZoneInfo("Europe/London"))).rows
    return [(row.state, row.changes, row.effects) for row in rows]


async def test_a_change_and_each_of_its_effects_are_counted_in_a_state_of_their_own(board: Board) -> None:
    act, section = a_change(kind="act", stage="assent", outcome="made"), a_provision(title="Section 1")
    repeals, amends = {"effect": "repeal", "prospective": True}, {"effect": "amend"}
    await store(
        board.graph, act, section, a("Legislation", title="An Act", type="ukpga"),
        link("AFFECTS", act, section, effect_id="1", intervals=[{"from": "2020-01-01"}], **amends),
        link("AFFECTS", act, section, effect_id="2", intervals=[{"from": "2030-01-01"}], **amends),
        link("AFFECTS", act, section, effect_id="3", **repeals),
    )  # fmt: skip
    assert await asked(board) == [
        ("in_force", 0, 1),
        ("partly_in_force", 1, 0),
        ("dated_future", 0, 1),
        ("unappointed", 0, 1),
    ]


async def test_a_superseded_change_has_the_state_of_what_took_its_place(board: Board) -> None:
    old, new = a_change(outcome="superseded"), a_change(outcome="in_force", in_force_on="2026-01-01")
    await store(board.graph, old, new, link("SUCCEEDED_BY", old, new))
    assert await asked(board) == [("in_force", 2, 0)]


async def test_it_is_asked_of_one_source_and_leaves_out_what_is_retired(board: Board) -> None:
    ours, theirs, gone = (
        a_change(source="register"),
        a_change(),
        a_change(source="register", status="retired"),
    )
    await store(board.graph, ours, theirs, gone)
    assert await asked(board, source="register") == [("in_parliament", 1, 0)]
    assert await asked(board) == [("in_parliament", 2, 0)]


async def test_what_has_force_in_one_nation_is_in_force_there_and_partly_over_its_whole_extent(
    board: Board,
) -> None:
    act, section = a_change(kind="act", stage="assent", outcome="made", extent=["E", "W"]), a_provision()
    entry = {"from": "2020-01-01", "qualification": "for W."}
    await store(board.graph, act, section, link("AFFECTS", act, section, effect_id="1", intervals=[entry]))
    assert await asked(board) == [("partly_in_force", 1, 1)]
    assert await asked(board, nation="W") == [("in_force", 1, 1)]
