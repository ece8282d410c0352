"""`what-if`: which verdicts flip, and which goals are starved, if something were so. Nothing is written."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain import ledger
from app.errors import Invalid
from app.questions.core import Answer, ask
from app.questions.what_if import WhatIf, WhatIfRow
from app.who import EVERYTHING, Reader, new_id
from tests.build import a, a_goal, a_process, a_project, an_instrument, an_organisation, link, store
from tests.questions.conftest import DAY, Board


async def asked(board: Board, reader: Reader = EVERYTHING, **parameters: Any) -> Answer[WhatIfRow]:
    question = WhatIf.model_validate({"valid_on": DAY, **parameters})
    return await ask(board.graph, question, reader, ZoneInfo("Europe/London"))


def flips(answer: Answer[WhatIfRow]) -> dict[str, tuple[str, str, bool]]:
    return {row.title: (row.before, row.after, row.stranded) for row in answer.rows}


async def test_a_link_withdrawn_strands_a_project_and_starves_its_goal_and_nothing_is_written(
    board: Board,
) -> None:
    project, other = a_project(title="P"), a_project(title="Q")
    process, instrument, goal = a_process(), an_instrument(), a_goal(title="G")
    advances = link("ADVANCES", instrument, goal)
    waiting = link("CHANGES", other, process, standing="proposed")
    await store(
        board.graph, project, other, process, instrument, goal, advances, waiting,
        link("CHANGES", project, process), link("OPERATES", process, instrument),
    )  # fmt: skip
    before = await ledger.head(board.graph)
    answer = await asked(board, withdraw=[advances.id])
    assert flips(answer) == {
        "P": ("aligned", "unaligned", True),
        "Q": ("awaiting_acceptance", "unaligned", False),
        "G": ("served", "starved", True),
    }
    row = next(row for row in answer.rows if row.title == "P")
    assert row.breaks_at is not None and row.breaks_at.reason == "link_disputed"
    assert row.sentence == "*P* (aligned today) would serve no goal: no counted route would remain."
    assert await ledger.head(board.graph) == before
    assert flips(await asked(board, accept=[waiting.id])) == {"Q": ("awaiting_acceptance", "aligned", False)}
    assert (await asked(board, retire=[process.id])).rows != []
    assert flips(await asked(board, drop=[goal.id])).keys() == {"P", "Q"}


async def test_a_goal_is_served_by_all_live_projects_whichever_are_asked_about(board: Board) -> None:
    ours, theirs = an_organisation(), an_organisation()
    instrument, goal = an_instrument(), a_goal(title="G")
    mine = a_project(title="Mine", organisation=ours.id)
    other = a_project(title="Other", organisation=theirs.id)
    await store(
        board.graph, ours, theirs, instrument, goal, mine, other, link("ADVANCES", instrument, goal),
        link("CHANGES", mine, instrument), link("CHANGES", other, instrument),
    )  # fmt: skip
    told = flips(await asked(board, organisation=[ours.id], stop=[mine.id]))
    assert told == {"Mine": ("aligned", "stopped", True)}
    both = flips(await asked(board, organisation=[ours.id], stop=[mine.id, other.id]))
    assert both == {"Mine": ("aligned", "stopped", True), "G": ("served", "starved", True)}


async def test_a_stop_shows_money_by_phase_and_the_benefits_lost(board: Board) -> None:
    project, instrument, goal = a_project(title="P"), an_instrument(), a_goal(title="G")
    costs = [
        a("Cost", amount="100.00", year=2024, category="build", case_version="actual", line="x"),
        a("Cost", amount="90.00", year=2024, category="build", case_version="forecast", line="x"),
        a("Cost", amount="50.00", year=2027, category="build", case_version="forecast", line="x"),
        a("Cost", amount="7.00", year=2028, category="run", case_version="forecast", committed=True),
    ]
    benefits = [
        a("Benefit", amount="30.00", year=2028, category="cash_releasing", case_version="baseline"),
        a("Benefit", amount="9.00", year=2025, category="cash_releasing", case_version="actual"),
    ]
    await store(
        board.graph, project, instrument, goal, *costs, *benefits, link("CHANGES", project, instrument),
        link("ADVANCES", instrument, goal), *(link("EXPECTS", project, each) for each in benefits),
        *(link("INCURS", project, each) for each in costs),
    )  # fmt: skip
    answer = await asked(board, stop=[project.id])
    row = next(row for row in answer.rows if row.kind == "Project")
    assert (row.before, row.after, row.stranded) == ("aligned", "stopped", True)
    sums = [[str(int(each.amount)) for each in some] for some in (row.sunk, row.unspent, row.committed)]
    assert sums == [["10000"], ["5000"], ["700"]]
    assert [int(each.amount) for each in row.benefits_lost] == [3000]
    assert row.sentence == "*P*, which serves a goal today, would be stopped."
    assert [each.title for each in answer.rows if each.kind == "PolicyGoal"] == ["G"]


async def test_a_change_in_force_from_a_day_opens_what_it_commences_and_closes_what_it_repeals(
    board: Board,
) -> None:
    waiting, standing = a("Provision", title="New power"), a("Provision", intervals=[{"from": "2020-01-01"}])
    change = a("LegalChange", kind="bill", title="C", outcome="pending", stage="proposed")
    one, two, needs = a_project(title="Waits"), a_project(title="Rests"), a_project(title="Needs")
    instruments = [an_instrument() for _ in range(3)]
    goal = a_goal()
    await store(
        board.graph, waiting, standing, change, one, two, needs, *instruments, goal,
        link("AFFECTS", change, waiting, effect="commence"),
        link("AFFECTS", change, standing, effect="repeal"),
        link("GROUNDED_IN", instruments[0], waiting), link("GROUNDED_IN", instruments[1], standing),
        link("NEEDS_CHANGE", needs, change, need="blocking"),
        *(link("CHANGES", *each) for each in zip((one, two, needs), instruments, strict=True)),
        *(link("ADVANCES", each, goal) for each in instruments),
    )  # fmt: skip
    assert flips(await asked(board, in_force=[f"{change.id}@2026-05-01"])) == {
        "Waits": ("aligned_if_law_changes", "aligned", False),
        "Rests": ("aligned", "aligned_if_law_changes", False),
        "Needs": ("aligned_if_law_changes", "aligned", False),
    }
    assert flips(await asked(board, in_force=[f"{change.id}@2026-07-01"])) == {}
    later = await asked(board, in_force=[f"{change.id}@2026-07-01"], valid_on="2026-08-01")
    assert set(flips(later)) == {"Waits", "Rests", "Needs"}


async def test_a_change_that_is_in_force_may_be_supposed_not_to_be(board: Board) -> None:
    commenced = a("Provision", intervals=[{"from": "2024-04-01"}])
    change = a("LegalChange", kind="bill", outcome="in_force", in_force_on="2024-04-01")
    project, instrument, goal = a_project(title="P"), an_instrument(), a_goal()
    await store(
        board.graph, commenced, change, project, instrument, goal,
        link("AFFECTS", change, commenced, effect="commence", intervals=[{"from": "2024-04-01"}]),
        link("GROUNDED_IN", instrument, commenced), link("CHANGES", project, instrument),
        link("ADVANCES", instrument, goal),
    )  # fmt: skip
    assert flips(await asked(board, not_in_force=[change.id])) == {
        "P": ("aligned", "aligned_if_law_changes", False)
    }


async def test_unknown_hidden_and_contradictory_suppositions_are_refused_each_by_name(board: Board) -> None:
    ours, theirs = an_organisation(), an_organisation()
    hidden = a_project(organisation=theirs.id, sensitivity="restricted")
    mine, process = a_project(organisation=ours.id), a_process()
    changes = link("CHANGES", mine, process)
    await store(board.graph, ours, theirs, hidden, mine, process, changes)
    with pytest.raises(Invalid) as refused:
        await asked(
            board, Reader(ours.id), stop=[mine.id, hidden.id], accept=[changes.id, new_id()],
            withdraw=[changes.id], in_force=[f"{new_id()}@2026-02-31"],
        )  # fmt: skip
    assert [(each.pointer, each.code) for each in refused.value.faults] == [
        ("/accept/1", "reference_unknown"), ("/in_force/0", "reference_unknown"),
        ("/stop/1", "reference_unknown"), ("/in_force/0", "date_unknown"), ("/withdraw", "contradiction"),
    ]  # fmt: skip
    with pytest.raises(Invalid) as refused:
        await asked(
            board, Reader(ours.id), stop=[mine.id], or_stop=[hidden.id], or_accept=[changes.id],
            or_withdraw=[changes.id],
        )  # fmt: skip
    assert [(each.pointer, each.code) for each in refused.value.faults] == [
        ("/or_stop/0", "reference_unknown"), ("/or_withdraw", "contradiction"),
    ]  # fmt: skip


async def test_two_what_ifs_are_compared_in_one_call(board: Board) -> None:
    bill = a("LegalChange", kind="bill", outcome="pending", stage="proposed")
    waits, keeps, helped = a_project(title="Waits"), a_project(title="Keeps"), a_project(title="Helped")
    one, other = an_instrument(), an_instrument()
    goal, second = a_goal(title="G"), a_goal(title="H")
    claim = link("CHANGES", helped, other, standing="proposed")
    await store(
        board.graph, bill, waits, keeps, helped, one, other, goal, second, claim,
        a_cost := a("Cost", amount="90.00", year=2027, category="build", case_version="forecast"),
        link("INCURS", waits, a_cost), link("NEEDS_CHANGE", waits, bill, need="blocking"),
        link("CHANGES", waits, one), link("CHANGES", keeps, one), link("ADVANCES", one, goal),
        link("ADVANCES", other, second),
    )  # fmt: skip
    answer = await asked(board, in_force=[bill.id], or_stop=[waits.id, keeps.id], or_accept=[claim.id])
    assert {row.title: (row.before, row.after, row.or_after, row.or_stranded) for row in answer.rows} == {
        "Waits": ("aligned_if_law_changes", "aligned", "stopped", True),
        "Keeps": ("aligned", "aligned", "stopped", True),
        "Helped": ("awaiting_acceptance", "awaiting_acceptance", "aligned", False),
        "G": ("served", "served", "starved", True),
        "H": ("starved", "starved", "served", False),
    }
    rows = {row.title: row for row in answer.rows}
    assert [str(each.amount) for each in rows["Waits"].unspent] == ["90.00"]
    assert answer.total is not None and [str(each.amount) for each in answer.total] == ["90.00"]
    assert rows["Waits"].sentence == (
        "*Waits* (aligned if law changes today) would serve a goal under the first, "
        "and would be stopped under the second."
    )
    alone = await asked(board, in_force=[bill.id])
    assert [(row.title, row.after, row.or_after) for row in alone.rows] == [("Waits", "aligned", None)]
