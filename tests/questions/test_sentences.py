"""What is said of a project to a board, and the ids behind it."""

import pytest

from app.questions import sentences
from app.who import Reader
from tests.build import (
    a,
    a_change,
    a_goal,
    a_process,
    a_project,
    a_provision,
    an_instrument,
    an_organisation,
    link,
)
from tests.questions.conftest import Board


async def test_a_chain_that_breaks_is_told_with_where_and_the_ids_behind_it(board: Board) -> None:
    project, process = a_project(title="Online parking permits"), a_process(title="Issue permits")
    changes = link("CHANGES", project, process)
    row = await board.says(project, process, changes)
    assert row.sentence == (
        "No money goes from *Online parking permits* to any goal: it changes the process *Issue permits*, "
        "and that process operates no policy instrument."
    )
    assert row.rests_on == [project.id, changes.id, process.id]


async def test_a_clean_route_is_told_link_by_link(board: Board) -> None:
    project, process = a_project(title="P"), a_process(title="R")
    instrument, goal = an_instrument(title="I"), a_goal(title="G")
    row = await board.says(
        project, process, instrument, goal,
        link("CHANGES", project, process, mode="merges"), link("OPERATES", process, instrument),
        link("ADVANCES", instrument, goal),
    )  # fmt: skip
    assert row.sentence == (
        "Money goes from *P* to the goal *G*: it merges the process *R*, that process operates the policy "
        "instrument *I*, and that instrument helps that goal."
    )


async def test_what_waits_for_law_names_the_law(board: Board) -> None:
    project, instrument, goal = a_project(title="P"), an_instrument(title="I"), a_goal(title="G")
    unappointed = a_provision(title="Section 9", intervals=[{"qualification": "wholly in force"}])
    row = await board.says(
        project, instrument, goal, unappointed,
        link("CHANGES", project, instrument), link("ADVANCES", instrument, goal),
        link("GROUNDED_IN", instrument, unappointed),
    )  # fmt: skip
    assert row.sentence.startswith("Money would go from *P* to the goal *G*: ")
    assert row.sentence.endswith(
        "; but that instrument rests on *Section 9*, which is made, with no day appointed for it."
    )
    assert unappointed.id in row.rests_on


@pytest.mark.parametrize(
    ("outcome", "says"),
    [("pending", "which is still before its legislature."), ("fell", "which will never come into force.")],
)
async def test_a_project_that_needs_a_bill_names_it(board: Board, outcome: str, says: str) -> None:
    project, instrument, goal = a_project(title="P"), an_instrument(), a_goal()
    bill = a_change(title="A Bill", outcome=outcome)
    row = await board.says(
        project, instrument, goal, bill, link("NEEDS_CHANGE", project, bill),
        link("CHANGES", project, instrument), link("ADVANCES", instrument, goal),
    )  # fmt: skip
    assert row.sentence.endswith(f"needs *A Bill*, {says}")


async def test_what_is_hidden_is_not_told(board: Board) -> None:
    ours, theirs = an_organisation(), an_organisation()
    project = a_project(title="P", organisation=ours.id)
    secret = an_instrument(title="Secret", organisation=theirs.id, sensitivity="restricted")
    row = await board.says(
        project, secret, ours, theirs, link("CHANGES", project, secret), reader=Reader(ours.id)
    )
    assert row.sentence == (
        "Nobody has looked at which goal *P* serves: it changes no process or policy instrument."
    )
    assert row.rests_on == [project.id]


@pytest.mark.parametrize(
    ("standing", "says"), [("disputed", "is disputed."), ("withdrawn", "was withdrawn.")]
)
async def test_a_link_at_fault_is_named(board: Board, standing: str, says: str) -> None:
    first, second, other = a_project(title="P"), a_project(title="Q"), a("Process", title="R")
    at_fault = link("CHANGES", second, other, standing=standing)
    row = await board.says(first, second, other, link("ENABLES", first, second), at_fault)
    assert row.sentence == (
        "No money goes from *P* to any goal: it enables the project *Q*, and that project's link to the "
        f"process *R* {says}"
    )
    assert at_fault.id in row.rests_on


def test_titles_are_listed_as_they_stand() -> None:
    assert sentences.listed(["Roads, and bridges"]) == "*Roads, and bridges*"
    assert sentences.listed(["Roads, and bridges", "Parks"]) == "*Roads, and bridges* and *Parks*"
    assert sentences.listed(["A", "B", "C"]) == "*A*, *B* and *C*"
