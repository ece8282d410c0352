"""What happened in the fictional council between its two stages is found by the questions of the past."""

from app.domain import ledger
from app.questions.load_bearing_links import LoadBearingLinks
from app.questions.replay import Replay
from app.questions.verdict_changes import VerdictChanges
from tests.questions.test_verdict_changes import instant
from tests.seed_data.conftest import DAY, Council


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


async def test_verdict_changes_finds_the_project_whose_process_changed_later(
    council: Council,
) -> None:
    since = await instant(council.graph, await before_the_second_stage(council))
    rows = await council.ask(VerdictChanges, since=since, since_valid_on=DAY)
    garden = council.ids["process/garden-waste"]
    changed = {row.ref: (row.before, row.after) for row in rows}
    assert changed["WV-014"] == ("aligned", "aligned_but_suspect")
    assert {each.item for row in rows for each in row.entries} == {garden}


async def test_load_bearing_links_finds_one_link_that_carries_several_projects(council: Council) -> None:
    rows = await council.ask(LoadBearingLinks)
    (carries,) = [
        row for row in rows if row.source.id == council.ids["process/issue-permits"] and row.projects > 1
    ]
    assert carries.kind == "OPERATES" and carries.stranded
