"""`waiting-claims`: which claims nobody has accepted, who must, and how much money waits."""

from typing import Any
from zoneinfo import ZoneInfo

from app.questions.core import Answer, ask
from app.questions.waiting_claims import WaitingClaims, WaitingClaimsRow
from app.who import EVERYTHING, Reader
from tests.build import (
    a,
    a_cost,
    a_duty,
    a_goal,
    a_project,
    an_instrument,
    an_organisation,
    link,
    store,
)
from tests.questions.conftest import DAY, Board

PAST = {"claimed_on": "2026-05-22", "claimed_by": "somebody"}


async def asked(board: Board, reader: Reader = EVERYTHING, **parameters: Any) -> Answer[WaitingClaimsRow]:
    question = WaitingClaims.model_validate({"valid_on": DAY, **parameters})
    return await ask(board.graph, question, reader, ZoneInfo("Europe/London"))


async def test_a_claim_waits_for_the_owner_of_what_it_points_to_with_the_money_behind_it(
    board: Board,
) -> None:
    district, county = an_organisation(title="District"), an_organisation(title="County")
    projects = [a_project(title=name, organisation=district.id) for name in "pq"]
    instrument, goal = an_instrument(title="I", organisation=county.id), a_goal(title="G")
    post, cost = a("Post", title="Head", organisation=county.id), a_cost("12.00")
    claim = link("CHANGES", projects[0], instrument, standing="proposed", service=PAST)
    upper = link("ADVANCES", instrument, goal, standing="proposed", service=PAST)
    others = [link("CHANGES", projects[1], instrument, standing=each) for each in ("disputed",)]
    await store(
        board.graph, district, county, *projects, instrument, goal, post, cost, claim, upper, *others,
        link("OWNS", post, instrument), link("INCURS", projects[0], cost),
    )  # fmt: skip
    answer = await asked(board)
    stewarded, owned = answer.rows
    assert (stewarded.id, stewarded.owner, stewarded.posts) == (upper.id, None, [])
    assert owned.owner is not None and owned.owner.title == "County"
    assert [each.title for each in owned.posts] == ["Head"]
    assert (owned.id, owned.link, owned.age_days, owned.claimed_by) == (claim.id, "CHANGES", 10, "somebody")
    assert [(row.projects, [str(each.amount) for each in row.money]) for row in answer.rows] == [
        (1, ["12.00"]), (1, ["12.00"]),
    ]  # fmt: skip
    assert answer.total is not None and [str(each.amount) for each in answer.total] == ["12.00"]
    assert [row.id for row in (await asked(board, organisation=[county.id])).rows] == [claim.id]
    assert [row.id for row in (await asked(board, of=[district.id])).rows] == [claim.id]


async def test_a_grounding_waits_for_its_own_organisation(board: Board) -> None:
    council, law = an_organisation(title="Council"), a_duty()
    process = a("Process", organisation=council.id)
    claim = link("GROUNDED_IN", process, law, basis="duty", standing="proposed")
    await store(board.graph, council, law, process, claim)
    (row,) = (await asked(board)).rows
    assert row.owner is not None and row.owner.title == "Council"
    assert (row.projects, row.money) == (0, [])


async def test_a_claim_on_what_is_hidden_or_gone_waits_for_nobody(board: Board) -> None:
    ours, theirs = an_organisation(), an_organisation()
    project = a_project(organisation=ours.id)
    secret = an_instrument(organisation=theirs.id, sensitivity="restricted")
    gone = an_instrument(status="retired")
    claims = [link("CHANGES", project, each, standing="proposed") for each in (secret, gone)]
    await store(board.graph, ours, theirs, project, secret, gone, *claims)
    assert (await asked(board, Reader(ours.id))).rows == []
    assert [row.id for row in (await asked(board)).rows] == [claims[0].id]
