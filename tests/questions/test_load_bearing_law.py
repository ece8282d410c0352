"""`load-bearing-law`: the projects and money that rest on each section and each change in the law."""

from typing import Any
from zoneinfo import ZoneInfo

from app.questions.core import Answer, ask
from app.questions.load_bearing_law import LoadBearingLaw, LoadBearingLawRow
from app.who import EVERYTHING
from tests.build import a, a_goal, a_process, a_project, an_instrument, link, store
from tests.questions.conftest import DAY, Board


async def asked(board: Board, **parameters: Any) -> Answer[LoadBearingLawRow]:
    question = LoadBearingLaw.model_validate({"valid_on": DAY, **parameters})
    return await ask(board.graph, question, EVERYTHING, ZoneInfo("Europe/London"))


async def test_each_section_and_change_carries_the_projects_whose_counted_routes_rest_on_it(
    board: Board,
) -> None:
    section = a("Provision", title="Section", intervals=[{"from": "2020-01-01"}])
    generic = a("Provision", title="General power", intervals=[{"from": "2011-01-01"}], generic_power=True)
    change = a("LegalChange", kind="bill", title="Bill", outcome="pending")
    goal, one, two = a_goal(), an_instrument(title="One"), an_instrument(title="Two")
    process = a_process(title="R")
    projects = [a_project(title=name) for name in ("A", "B", "C", "D")]
    cost = a("Cost", amount="5.00", year=2026, category="build", case_version="forecast")
    await store(
        board.graph, section, generic, change, goal, one, two, process, *projects, cost,
        link("GROUNDED_IN", one, section), link("GROUNDED_IN", two, generic),
        link("GROUNDED_IN", process, section), link("ADVANCES", one, goal), link("ADVANCES", two, goal),
        link("OPERATES", process, one), link("CHANGES", projects[0], process),
        link("CHANGES", projects[1], two), link("CHANGES", projects[2], one, standing="proposed"),
        link("NEEDS_CHANGE", projects[0], change, need="partial"), link("INCURS", projects[0], cost),
        link("NEEDS_CHANGE", projects[3], change, need="blocking"),
    )  # fmt: skip
    answer = await asked(board)
    told = {row.title: (row.projects, [each.title for each in row.rests]) for row in answer.rows}
    assert told["Section"] == (1, ["One", "R"]) or told["Section"] == (1, ["R", "One"])
    assert told["General power"] == (1, ["Two"])
    assert told["Bill"][0] == 2
    power = next(row for row in answer.rows if row.title == "General power")
    assert [each.title for each in power.no_other_ground] == ["Two"] and power.generic_power
    assert [note.code for note in answer.notes] == ["generic_power_alone"]
    assert [int(each.amount) for each in answer.rows[0].money] == [500]
    assert {row.kind for row in (await asked(board, kind="LegalChange")).rows} == {"LegalChange"}
