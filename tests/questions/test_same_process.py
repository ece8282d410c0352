"""`same-process`: who else changes the same process at the same time."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.questions.core import Answer, ask
from app.questions.same_process import SameProcess, SameProcessRow
from app.who import EVERYTHING, Reader
from tests.build import a_process, a_project, an_organisation, link, store
from tests.questions.conftest import DAY, Board


async def asked(board: Board, reader: Reader = EVERYTHING, **parameters: Any) -> Answer[SameProcessRow]:
    question = SameProcess.model_validate({"valid_on": DAY, **parameters})
    return await ask(board.graph, question, reader, ZoneInfo("Europe/London"))


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ({}, {}, (None, None)),
        ({"start": "2026-01-01", "end": "2026-12-31"}, {"start": "2026-09-01"}, ("2026-09-01", "2026-12-31")),
        ({"end": "2026-09-01"}, {"start": "2026-09-01"}, None),
        ({"end": "2026-06-01"}, {}, None),
        ({"end": "2026-06-02"}, {}, (None, "2026-06-02")),
    ],
)
async def test_projects_whose_time_overlaps_are_a_pair(
    board: Board, one: dict[str, Any], other: dict[str, Any], overlap: tuple[str, str] | None
) -> None:
    process, projects = a_process(title="R"), [a_project(title="a", **one), a_project(title="b", **other)]
    await store(board.graph, process, *projects, *(link("CHANGES", each, process) for each in projects))
    found = [
        (row.overlap_from and str(row.overlap_from), row.overlap_to and str(row.overlap_to))
        for row in (await asked(board)).rows
    ]
    assert found == ([] if overlap is None else [overlap])


async def test_pairs_are_of_live_projects_and_links_that_stand(board: Board) -> None:
    ours, theirs = an_organisation(title="Ours"), an_organisation(title="Theirs")
    shared, other = a_process(title="Shared"), a_process(title="Other")
    mine = a_project(title="Mine", organisation=ours.id)
    neighbour = a_project(title="Neighbour", organisation=theirs.id)
    secret = a_project(title="Secret", organisation=theirs.id, sensitivity="restricted")
    closed, disputed = a_project(state="closed"), a_project()
    await store(
        board.graph, ours, theirs, shared, other, mine, neighbour, secret, closed, disputed,
        link("CHANGES", mine, shared, depth="interface", mode="merges"),
        link("CHANGES", neighbour, shared, standing="proposed"), link("CHANGES", secret, shared),
        link("CHANGES", closed, shared), link("CHANGES", disputed, shared, standing="disputed"),
        link("CHANGES", mine, other), link("CHANGES", secret, other),
    )  # fmt: skip
    (row,) = (await asked(board, Reader(ours.id))).rows
    sides = {row.first.title: row.first_standing, row.second.title: row.second_standing}
    assert (row.process.title, sides) == ("Shared", {"Mine": "accepted", "Neighbour": "proposed"})
    assert len((await asked(board)).rows) == 4
    assert len((await asked(board, process=[other.id])).rows) == 1
    assert len((await asked(board, organisation=[ours.id])).rows) == 3
    assert len((await asked(board, project=neighbour.id)).rows) == 2
