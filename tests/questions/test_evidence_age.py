"""`evidence-age`: which routes rest on evidence out of date, or on a review that is due."""

from typing import Any
from zoneinfo import ZoneInfo

from app.questions.core import Answer, ask
from app.questions.evidence_age import EvidenceAge, EvidenceAgeRow
from app.who import EVERYTHING, Reader
from tests.build import a, a_cost, a_goal, a_project, an_instrument, an_organisation, link, store
from tests.questions.conftest import DAY, Board


async def asked(board: Board, reader: Reader = EVERYTHING, **parameters: Any) -> Answer[EvidenceAgeRow]:
    question = EvidenceAge.model_validate({"valid_on": DAY, **parameters})
    return await ask(board.graph, question, reader, ZoneInfo("Europe/London"))


async def test_links_on_old_evidence_come_by_the_money_behind_them(board: Board) -> None:
    rich, poor, instrument, goal = a_project(), a_project(), an_instrument(), a_goal()
    old = a("Evidence", title="Survey", grade="C", dated="2024-01-01", expires="2026-05-22")
    fresh = a("Evidence", title="Trial", expires="2026-06-02")
    costs = a_cost("100.00"), a_cost("1.00")
    first = link("CHANGES", rich, instrument, evidence=[old.id, fresh.id])
    second = link("CHANGES", poor, instrument, evidence=[old.id])
    waits = link("ADVANCES", instrument, goal, evidence=[old.id], standing="proposed")
    await store(
        board.graph, rich, poor, instrument, goal, old, fresh, *costs, first, second, waits,
        link("INCURS", rich, costs[0]), link("INCURS", poor, costs[1]),
    )  # fmt: skip
    answer = await asked(board)
    assert [(row.id, row.finding, row.late_days) for row in answer.rows] == [
        (first.id, "evidence_expired", 10), (second.id, "evidence_expired", 10),
    ]  # fmt: skip
    row = answer.rows[0]
    assert row.evidence is not None and (row.evidence.title, row.grade) == ("Survey", "C")
    assert [str(each.amount) for each in row.money] == ["100.00"]
    assert answer.total is not None and [str(each.amount) for each in answer.total] == ["101.00"]
    assert len((await asked(board, valid_on="2026-06-02")).rows) == 3


async def test_a_review_is_due_until_somebody_has_looked_since(board: Board) -> None:
    projects, instrument = [a_project() for _ in range(3)], an_instrument()
    due = link("CHANGES", projects[0], instrument, review_due="2026-05-01")
    later = link("CHANGES", projects[1], instrument, review_due="2026-06-02")
    done = link(
        "CHANGES", projects[2], instrument, review_due="2026-05-01", service={"reviewed_on": "2026-05-02"}
    )
    await store(board.graph, *projects, instrument, due, later, done)
    (row,) = (await asked(board)).rows
    assert (row.id, row.finding, row.late_days, str(row.dated)) == (due.id, "review_due", 31, "2026-01-01")


async def test_evidence_a_reader_may_not_see_is_not_spoken_of(board: Board) -> None:
    ours, theirs, project, instrument = an_organisation(), an_organisation(), a_project(), an_instrument()
    secret = a("Evidence", expires="2026-01-01", organisation=theirs.id, sensitivity="restricted")
    await store(
        board.graph, ours, theirs, project, instrument, secret,
        link("CHANGES", project, instrument, evidence=[secret.id]),
    )  # fmt: skip
    assert (await asked(board, Reader(ours.id))).rows == []
    assert len((await asked(board)).rows) == 1
