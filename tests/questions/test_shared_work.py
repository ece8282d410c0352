"""`shared-work`: whether another council is doing, or has built, the same."""

import pytest

from app.errors import Invalid
from app.questions import shared_work
from app.questions.shared_work import SharedWork
from app.who import Reader
from tests.build import Drawn, Joined, a, a_cost, a_process, a_project, an_organisation, link, store
from tests.questions.asking import a_case, asked
from tests.questions.conftest import Board


class Councils:
    """Two councils, each with its own process of one service."""

    def __init__(self) -> None:
        self.ours, self.theirs = an_organisation(title="Ours"), an_organisation(title="Theirs")
        self.service = a("ServiceType", title="Permits")
        self.processes = [a_process(), a_process()]

    def all(self) -> list[Drawn | Joined]:
        instances = [link("INSTANCE_OF", each, self.service) for each in self.processes]
        return [self.ours, self.theirs, self.service, *self.processes, *instances]

    def project(self, whose: int, pounds: str, **facts: object) -> list[Drawn | Joined]:
        organisation = (self.ours, self.theirs)[whose]
        project = a_project(organisation=organisation.id, **facts)
        change = link("CHANGES", project, self.processes[whose], standing="proposed")
        return [*a_case(project, a_cost(pounds)), change]


def drawn(things: list[Drawn | Joined]) -> Drawn:
    assert isinstance(things[0], Drawn)
    return things[0]


async def test_two_projects_of_two_councils_on_one_service_that_share_nothing(board: Board) -> None:
    councils, post = Councils(), a("Post", title="Chief")
    mine = councils.project(0, "100.00", title="Mine", start="2026-01-01", end="2026-06-30")
    other = councils.project(1, "70.00", title="Other", start="2026-06-30", state="approved")
    own = councils.project(0, "5.00", title="Own")
    await store(
        board.graph, *councils.all(), *mine, *other, *own, post,
        link("OWNS", post, drawn(other), accountable=True),
    )  # fmt: skip
    answer = await asked(board, SharedWork, organisation=[councils.ours.id])
    assert {(row.title, row.other.title) for row in answer.rows} == {("Mine", "Other"), ("Own", "Other")}
    first = next(row for row in answer.rows if row.title == "Mine")
    assert (first.score, first.in_common) == (3, ["same_service", "same_depth", "same_time"])
    assert [str(each.amount) for each in first.avoidable_at_most] == ["70.00"]
    assert [each.title for each in first.whom_to_ask] == ["Chief"]
    assert first.sentence == "*Mine* and *Other* of *Theirs* both work on *Permits* and share nothing."
    assert len((await asked(board, SharedWork)).rows) == 2
    (row,) = (await asked(board, SharedWork, project=[drawn(own).id])).rows
    assert (row.title, row.service.title) == ("Own", "Permits")


async def test_what_is_shared_is_no_pair_and_what_is_made_and_not_used_is_told(board: Board) -> None:
    councils, form, rules = Councils(), a("Asset", title="Form"), a("Asset", title="Rules", maturity="live")
    mine, other = councils.project(0, "100.00", title="Mine"), councils.project(1, "9.00", title="Other")
    maker = councils.project(1, "40.00", title="Maker", state="closed")
    await store(
        board.graph, *councils.all(), *mine, *other, *maker, form, rules,
        link("REUSES", drawn(mine), form), link("PRODUCES", drawn(other), form),
        link("PRODUCES", drawn(maker), rules),
    )  # fmt: skip
    (row,) = (await asked(board, SharedWork)).rows
    assert (row.title, row.other.title, row.other_state, row.asset.title) == (
        "Mine",
        "Maker",
        "closed",
        "Rules",
    )
    assert row.in_common == ["same_service", "same_depth", "proven"]
    assert row.sentence == "*Maker* of *Theirs* made *Rules* for *Permits*, and *Mine* does not use it."
    await store(board.graph, link("REUSES", drawn(mine), rules))
    assert (await asked(board, SharedWork)).rows == []


async def test_hidden_work_and_ended_processes_are_nobodys_match(board: Board) -> None:
    councils = Councils()
    secret = {"sensitivity": "restricted"}
    mine, other = councils.project(0, "1.00"), councils.project(1, "1.00", **secret)
    await store(board.graph, *councils.all(), *mine, *other)
    assert (await asked(board, SharedWork, Reader(councils.ours.id))).rows == []
    assert len((await asked(board, SharedWork, service=[councils.service.id])).rows) == 1
    assert (await asked(board, SharedWork, service=[councils.ours.id])).rows == []


async def test_too_many_pairs_are_refused_with_advice(board: Board) -> None:
    councils = Councils()
    many = [each for whose in (0, 1) for _ in range(160) for each in councils.project(whose, "1.00")]
    await store(board.graph, *councils.all(), *many)
    assert shared_work.MOST < 320 * 320
    with pytest.raises(Invalid) as refused:
        await asked(board, SharedWork)
    assert [fault.code for fault in refused.value.faults] == ["too_large"]
    one = next(each for each in many if isinstance(each, Drawn) and each.kind == "Project")
    assert (await asked(board, SharedWork, project=[one.id], count="exact")).count == 160
