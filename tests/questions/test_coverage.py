"""`coverage`: the matrix of goals against what serves them."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.errors import Invalid
from app.questions.core import Answer, ask
from app.questions.coverage import Coverage, CoverageRow
from app.who import EVERYTHING, new_id
from tests.build import a_goal, a_project, an_instrument, an_organisation, link, store
from tests.questions.conftest import DAY, Board


async def asked(board: Board, **parameters: Any) -> Answer[CoverageRow]:
    question = Coverage.model_validate({"valid_on": DAY, **parameters})
    return await ask(board.graph, question, EVERYTHING, ZoneInfo("Europe/London"))


def cells(answer: Answer[CoverageRow]) -> list[tuple[str | None, str | None, int, str | None]]:
    return [
        (row.goal.title, row.served_by.title if row.served_by else None, row.quality, row.strength)
        for row in answer.rows
    ]


async def test_a_cell_says_the_best_way_to_the_goal_or_to_a_part_of_it(board: Board) -> None:
    council = an_organisation(title="Council")
    part, whole = a_goal(title="Part"), a_goal(title="Whole")
    weak, strong = an_instrument(), an_instrument()
    first = a_project(title="P", organisation=council.id)
    second, platform = a_project(title="Q", organisation=council.id), a_project(title="Platform")
    await store(
        board.graph, council, part, whole, weak, strong, first, second, platform,
        link("PART_OF", part, whole), link("ADVANCES", weak, part, strength="weak"),
        link("ADVANCES", strong, part, strength="strong"), link("CHANGES", first, weak),
        link("CHANGES", first, strong), link("CHANGES", second, strong, standing="proposed"),
        link("ENABLES", platform, first, strength="moderate"),
    )  # fmt: skip
    assert cells(await asked(board)) == [
        ("Part", "P", 4, "strong"), ("Part", "Platform", 4, "moderate"),
        ("Whole", "P", 4, "strong"), ("Whole", "Platform", 4, "moderate"),
    ]  # fmt: skip
    assert ("Part", "Q", 1, None) in cells(await asked(board, least=1))
    by = await asked(board, by="organisation", level=["corporate"])
    assert {row.served_by and row.served_by.title for row in by.rows} <= {"Council", None}
    assert cells(await asked(board, through=platform.id, goal=[part.id])) == [
        ("Part", "P", 4, "strong"), ("Part", "Platform", 4, "moderate"),
    ]  # fmt: skip
    with pytest.raises(Invalid):
        await asked(board, through=new_id())
