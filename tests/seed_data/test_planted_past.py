"""What happened in the fictional council between its two stages is found by the questions of the past."""

from app.domain import ledger
from app.questions.replay import Replay
from tests.seed_data.conftest import Council


async def before_the_second_stage(council: Council) -> int:
    """The number the ledger had given when the second stage came: it changes one process."""
    return (await ledger.head(council.graph)).number - 1


async def test_replay_finds_the_process_that_was_changed_later_and_a_board_without_answers(
    council: Council,
) -> None:
    number = await before_the_second_stage(council)
    rows = await council.ask(Replay, of="coverage", number=number)
    assert {row.finding for row in rows} == {"later_fact"}
    assert {row.item for row in rows} == {council.ids["process/garden-waste"]}
    (silent,) = await council.ask(Replay, decision=council.ids["decision/2026-03"])
    assert silent.finding == "not_asked_again"
