"""`what-it-changes`: which process or instrument, and how deep."""

from typing import Any
from zoneinfo import ZoneInfo

from app.questions.core import Answer, ask
from app.questions.what_it_changes import WhatItChanges, WhatItChangesRow
from app.who import EVERYTHING, Reader
from tests.build import a_process, a_project, an_instrument, an_organisation, link, store
from tests.questions.conftest import DAY, Board


async def asked(board: Board, reader: Reader = EVERYTHING, **parameters: Any) -> Answer[WhatItChangesRow]:
    question = WhatItChanges.model_validate({"valid_on": DAY, **parameters})
    return await ask(board.graph, question, reader, ZoneInfo("Europe/London"))


async def test_changes_are_told_with_depth_mode_and_standing(board: Board) -> None:
    council = an_organisation(title="Council")
    project = a_project(title="P", stated_depth="rules")
    process, instrument = a_process(title="R", organisation=council.id), an_instrument(title="I")
    shallow = link("CHANGES", project, process, depth="interface", mode="merges", standing="disputed")
    deep = link("CHANGES", project, instrument, depth="instrument")
    gone = [
        link("CHANGES", project, a_process(), standing="withdrawn"),
        link("CHANGES", project, a_process(), valid_to="2026-06-01"),
    ]
    await store(
        board.graph,
        council,
        project,
        process,
        instrument,
        *(each.target for each in gone),
        shallow,
        deep,
        *gone,
    )
    rows = {row.link: row for row in (await asked(board)).rows}
    assert rows.keys() == {shallow.id, deep.id}
    told = rows[shallow.id]
    assert (told.changes.title, told.kind, told.depth, told.mode, told.standing, told.deepest) == (
        "R", "Process", "interface", "merges", "disputed", False,
    )  # fmt: skip
    assert told.of is not None and (told.of.title, told.stated_depth) == ("Council", "rules")
    assert (rows[deep.id].deepest, rows[deep.id].mode) == (True, "alters")
    for parameters, found in (
        ({"depth": ["interface"]}, shallow.id), ({"standing": ["accepted"]}, deep.id),
        ({"project": project.id, "depth": ["instrument"]}, deep.id),
    ):  # fmt: skip
        assert [row.link for row in (await asked(board, **parameters)).rows] == [found]


async def test_what_is_hidden_is_not_changed(board: Board) -> None:
    ours, theirs = an_organisation(), an_organisation()
    project = a_project(organisation=ours.id)
    secret = a_process(organisation=theirs.id, sensitivity="restricted")
    await store(board.graph, ours, theirs, project, secret, link("CHANGES", project, secret))
    assert (await asked(board, Reader(ours.id))).rows == []
    assert len((await asked(board)).rows) == 1
