"""`least-harm-stops`: live projects ranked by what their stop would take away."""

from typing import Any
from zoneinfo import ZoneInfo

from app.questions.core import Answer, ask
from app.questions.least_harm_stops import LeastHarmStops, LeastHarmStopsRow
from app.who import EVERYTHING
from tests.build import a, a_goal, a_project, an_instrument, an_organisation, link, store
from tests.questions.conftest import DAY, Board


async def asked(board: Board, **parameters: Any) -> Answer[LeastHarmStopsRow]:
    question = LeastHarmStops.model_validate({"valid_on": DAY, **parameters})
    return await ask(board.graph, question, EVERYTHING, ZoneInfo("Europe/London"))


async def test_the_stop_that_takes_nothing_comes_first_and_the_one_that_starves_most_last(
    board: Board,
) -> None:
    urgent, shared = a_goal(title="Urgent", priority=1), a_goal(title="Shared", priority=3)
    alone, common = an_instrument(), an_instrument()
    sole, one, two = a_project(title="Sole"), a_project(title="One"), a_project(title="Two")
    platform, idle = a_project(title="Platform"), a_project(title="Idle")
    enabled = a_project(title="Enabled", state="proposed")
    cost = a("Cost", amount="9.00", year=2027, category="build", case_version="forecast")
    await store(
        board.graph, urgent, shared, alone, common, sole, one, two, platform, idle, enabled, cost,
        link("ADVANCES", alone, urgent), link("ADVANCES", common, shared), link("CHANGES", sole, alone),
        link("CHANGES", one, common), link("CHANGES", two, common), link("ENABLES", platform, two),
        link("INCURS", idle, cost),
    )  # fmt: skip
    answer = await asked(board)
    told = {row.title: row for row in answer.rows}
    assert answer.rows[0].title == "Idle" and int(answer.rows[0].unspent[0].amount) == 900
    assert answer.rows[-1].title == "Sole" and answer.rows[-1].harm == 5
    assert [each.title for each in told["Sole"].starves] == ["Urgent"]
    assert (told["One"].harm, told["One"].weakens) == (0, 1)
    assert [each.title for each in told["Two"].strands] == ["Platform"]
    assert told["Sole"].sentence == "Stopping *Sole* leaves no live project behind *Urgent*."
    assert told["Idle"].sentence == "Stopping *Idle* takes nothing away from any goal."


async def test_a_goal_that_another_organisations_project_serves_is_not_left_without(board: Board) -> None:
    ours, theirs = an_organisation(), an_organisation()
    goal, instrument = a_goal(title="G", priority=1), an_instrument()
    mine = a_project(title="Mine", organisation=ours.id)
    other = a_project(title="Other", organisation=theirs.id)
    await store(
        board.graph, ours, theirs, goal, instrument, mine, other, link("ADVANCES", instrument, goal),
        link("CHANGES", mine, instrument), link("ENABLES", other, mine),
    )  # fmt: skip
    (row,) = (await asked(board, organisation=[theirs.id])).rows
    assert (row.title, row.harm, row.weakens) == ("Other", 0, 1)
    (row,) = (await asked(board, organisation=[ours.id])).rows
    assert (row.harm, [each.title for each in row.starves]) == (5, ["G"])
    assert [each.title for each in row.strands] == ["Other"]
