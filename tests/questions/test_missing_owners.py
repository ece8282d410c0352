"""`missing-owners`: who is missing at the table."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.errors import Invalid
from app.questions.core import Answer, ask
from app.questions.missing_owners import MissingOwners, MissingOwnersRow
from app.who import EVERYTHING, Reader, new_id
from tests.build import (
    Drawn,
    a,
    a_change,
    a_cost,
    a_goal,
    a_project,
    an_instrument,
    an_organisation,
    link,
    store,
)
from tests.questions.conftest import DAY, Board


async def asked(board: Board, reader: Reader = EVERYTHING, **parameters: Any) -> Answer[MissingOwnersRow]:
    question = MissingOwners.model_validate({"valid_on": DAY, **parameters})
    return await ask(board.graph, question, reader, ZoneInfo("Europe/London"))


def a_post(discipline: str, **facts: Any) -> Drawn:
    """A post with a holder of its own."""
    return a(
        "Post", **{"title": f"Head of {discipline}", "discipline": discipline, "holder": new_id(), **facts}
    )


async def test_digital_policy_and_finance_are_asked_for_always_and_legal_where_law_must_change(
    board: Board,
) -> None:
    whole, bare, waiting = (a_project(title=title) for title in ("Whole", "Bare", "Waiting"))
    posts = [a_post(each) for each in ("digital", "policy", "finance")]
    instrument, goal, bill, cost = an_instrument(), a_goal(), a_change(), a_cost("5.00")
    await store(
        board.graph, whole, bare, waiting, *posts, instrument, goal, bill, cost,
        *(link("OWNS", post, project) for post in posts for project in (whole, waiting)),
        link("CHANGES", waiting, instrument), link("ADVANCES", instrument, goal),
        link("NEEDS_CHANGE", instrument, bill), link("INCURS", bare, cost),
    )  # fmt: skip
    answer = await asked(board)
    assert [(row.title, row.missing, row.needs_law) for row in answer.rows] == [
        ("Bare", ["digital", "policy", "finance"], False), ("Waiting", ["legal"], True),
    ]  # fmt: skip
    assert answer.total is not None and [str(each.amount) for each in answer.total] == ["5.00"]
    assert answer.rows[0].sentence == "*Bare*: no digital, policy or finance post owns it."
    assert "*Waiting*: no legal post owns it, and it depends on a change in the law, and *" in (
        answer.rows[1].sentence
    )
    shared = await asked(board, finding=["shared"])
    assert [(row.title, len(row.shared)) for row in shared.rows] == [("Waiting", 3), ("Whole", 3)]
    assert [row.title for row in (await asked(board, discipline=["finance"])).rows] == ["Bare"]
    (row,) = (await asked(board, project=whole.id)).rows
    assert (row.missing, row.sentence) == ([], "*Whole*: nobody is missing.")
    with pytest.raises(Invalid):
        await asked(board, project=goal.id)


async def test_posts_out_of_term_or_empty_and_one_person_on_several_are_told(board: Board) -> None:
    project, person = a_project(title="P"), new_id()
    over = a_post("digital", title="Over", valid_to="2026-05-31")
    empty = a_post("policy", title="Empty", holder=None)
    both = [a_post(each, title=each, holder=person) for each in ("finance", "legal")]
    gone = a_post("service", title="Gone")
    await store(
        board.graph, project, over, empty, *both, gone, link("OWNS", gone, project, valid_to="2026-01-01"),
        link("OWNS", both[0], project, accountable=True),
        *(link("OWNS", post, project) for post in (over, empty, both[1])),
    )  # fmt: skip
    (row,) = (await asked(board)).rows
    assert row.missing == ["digital"]
    assert row.accountable is not None and row.accountable.title == "finance"
    told = [[each.title for each in some] for some in (row.ended, row.vacant, row.doubled)]
    assert (sorted(str(each) for each in told[0]), told[1]) == (["Gone", "Over"], ["Empty"])
    assert sorted(str(each) for each in told[2]) == ["finance", "legal"]
    assert "is over, nobody holds *Empty*, and one person holds *" in row.sentence


async def test_a_post_hidden_from_the_reader_is_not_there(board: Board) -> None:
    ours, theirs = an_organisation(), an_organisation()
    project = a_project(organisation=ours.id)
    posts = [a_post(each) for each in ("policy", "finance")]
    secret = a_post("digital", organisation=theirs.id, sensitivity="restricted")
    await store(
        board.graph, ours, theirs, project, *posts, secret,
        *(link("OWNS", post, project) for post in (*posts, secret)),
    )  # fmt: skip
    assert (await asked(board)).rows == []
    assert [row.missing for row in (await asked(board, Reader(ours.id))).rows] == [["digital"]]
