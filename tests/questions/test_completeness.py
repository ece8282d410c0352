"""`completeness`: what a board would find missing in a project."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain import rules
from app.errors import Invalid
from app.questions.completeness import Completeness, CompletenessRow
from app.questions.core import Answer, ask
from app.who import EVERYTHING, Reader, new_id
from graph_schema.delivery import Project
from tests.build import a_project, an_instrument, an_organisation, link, store
from tests.questions.conftest import DAY, Board


async def asked(board: Board, reader: Reader = EVERYTHING, **parameters: Any) -> Answer[CompletenessRow]:
    question = Completeness.model_validate({"valid_on": DAY, "limit": 1_000, **parameters})
    return await ask(board.graph, question, reader, ZoneInfo("Europe/London"))


async def test_every_rule_of_projects_is_told_with_advice_and_the_score_counts_those_that_apply(
    board: Board,
) -> None:
    bare, better = (
        a_project(title="Bare"),
        a_project(title="Better", label="improvement", go_live="2027-01-01"),
    )
    instrument = an_instrument()
    await store(board.graph, bare, better, instrument, link("CHANGES", better, instrument))
    answer = await asked(board, finding=["met", "not_met", "not_applicable"])
    of_bare = [row for row in answer.rows if row.title == "Bare"]
    assert {row.rule for row in of_bare} == {rule.code for rule in rules.rules_of(Project)}
    met = sum(row.finding == "met" for row in of_bare)
    applicable = sum(row.finding != "not_applicable" for row in of_bare)
    assert {(row.score, row.met, row.applicable) for row in of_bare} == {
        (met * 100 // applicable, met, applicable)
    }
    assert all(row.advice for row in answer.rows)
    missing = await asked(board)
    assert {row.finding for row in missing.rows} == {"not_met"}
    assert missing.rows[0].title == "Bare"
    bare_lacks = {row.rule for row in missing.rows if row.title == "Bare"}
    better_lacks = {row.rule for row in missing.rows if row.title == "Better"}
    assert {"no_go_live", "no_label", "nothing_changed"} <= bare_lacks - better_lacks


async def test_one_project_is_asked_about_by_id_and_a_hidden_one_is_unknown(board: Board) -> None:
    ours, theirs = an_organisation(), an_organisation()
    mine = a_project(organisation=ours.id, state="idea")
    secret = a_project(organisation=theirs.id, sensitivity="restricted")
    await store(board.graph, ours, theirs, mine, secret)
    assert {row.id for row in (await asked(board, project=mine.id)).rows} == {mine.id}
    for id in (secret.id, new_id()):
        with pytest.raises(Invalid) as refused:
            await asked(board, Reader(ours.id), project=id)
        assert [fault.code for fault in refused.value.faults] == ["reference_unknown"]
    assert {row.id for row in (await asked(board, Reader(ours.id), state=["idea", "delivering"])).rows} == {
        mine.id
    }
