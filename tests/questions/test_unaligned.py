"""`unaligned` and the envelope every answer comes in."""

from datetime import date
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from app.errors import Invalid
from app.questions import QUESTIONS
from app.questions.columns import columns, flat
from app.questions.core import Answer, ask
from app.questions.unaligned import Unaligned, UnalignedRow
from app.who import EVERYTHING, Reader, new_id
from graph_schema.delivery import Project
from graph_schema.values import Money
from tests.build import (
    Drawn,
    a,
    a_cost,
    a_goal,
    a_project,
    an_instrument,
    an_organisation,
    link,
    store,
)
from tests.domain.conftest import Desk
from tests.questions.conftest import DAY, Board

ZONE = ZoneInfo("Europe/London")


async def asked(board: Board, reader: Reader = EVERYTHING, **parameters: Any) -> Answer[UnalignedRow]:
    question = Unaligned.model_validate({"valid_on": DAY, **parameters})
    return await ask(board.graph, question, reader, ZONE)


def titles(answer: Answer[UnalignedRow]) -> list[str]:
    return [row.title for row in answer.rows]


def costs(project: Drawn, *pounds: str, **facts: Any) -> list[Any]:
    rows = [a_cost(each, **facts) for each in pounds]
    return [*rows, *(link("INCURS", project, row) for row in rows)]


async def test_live_projects_without_a_counted_route_come_by_money(board: Board) -> None:
    small, large, closed = a_project(title="Small"), a_project(title="Large"), a_project(state="closed")
    good, instrument, goal = a_project(), an_instrument(), a_goal()
    served = [good, instrument, goal, link("CHANGES", good, instrument), link("ADVANCES", instrument, goal)]
    await store(
        board.graph, small, large, closed, *served, *costs(small, "10.00"), *costs(large, "99.50", "0.50")
    )
    answer = await asked(board)
    assert titles(answer) == ["Large", "Small"]
    assert answer.rows[0].money[0].amount == Money.of("100.00")
    assert answer.total is not None and [str(each.amount) for each in answer.total] == ["110.00"]
    assert answer.denominators.model_dump() == {
        "in_scope": 3, "not_assessed": 2, "declared_not_applicable": 0, "withheld": 0,
    }  # fmt: skip


async def test_buckets_are_listed_apart_and_never_added(board: Board) -> None:
    project = a_project()
    await store(board.graph, project, *costs(project, "1.00"), *costs(project, "2.00", currency="EUR"))
    answer = await asked(board)
    assert [(str(each.amount), each.currency) for each in answer.rows[0].money] == [
        ("2.00", "EUR"),
        ("1.00", "GBP"),
    ]


async def test_funding_counts_each_grant_once_and_is_not_netted_off_cost(board: Board) -> None:
    first, second, grant = a_project(), a_project(), a("Funding", amount="500.00")
    shared = [link("FUNDED_BY", project, grant) for project in (first, second)]
    await store(board.graph, first, second, grant, *shared, *costs(first, "70.00"))
    answer = await asked(board)
    assert [str(row.funding[0].amount) for row in answer.rows] == ["500.00", "500.00"]
    assert answer.funding is not None and str(answer.funding[0].amount) == "500.00"
    assert answer.total is not None and str(answer.total[0].amount) == "70.00"


async def test_any_set_of_verdicts_may_be_asked_for(board: Board) -> None:
    good, instrument, goal = a_project(title="Good"), an_instrument(), a_goal(level="place")
    await store(
        board.graph, good, a_project(title="Bare"), instrument, goal,
        link("CHANGES", good, instrument), link("ADVANCES", instrument, goal, strength="weak"),
    )  # fmt: skip
    answer = await asked(board, verdict=["aligned"])
    assert titles(answer) == ["Good"]
    row = answer.rows[0]
    assert (row.quality, row.strength, row.level, row.breaks_at) == (4, "weak", "place", None)
    assert titles(await asked(board, verdict=["aligned"], min_level="regional")) == []
    assert answer.denominators.in_scope == 2


async def test_filters_narrow_rows_and_denominators(board: Board) -> None:
    ours, post, board_of_ours = an_organisation(), a("Post"), a("Portfolio")
    all_of_it = {
        "organisation": ours.id,
        "label": "enabler",
        "tags": ["fund:a", "fund:b"],
        "state": "approved",
    }
    hit = a_project(title="Hit", **all_of_it)
    others = [a_project(**{**all_of_it, name: other}) for name, other in (
        ("organisation", None), ("label", None), ("tags", ["fund:a"]), ("state", "proposed"),
    )]  # fmt: skip
    not_owned, not_in_portfolio = a_project(**all_of_it), a_project(**all_of_it)
    owned = [link("OWNS", post, each) for each in (hit, *others, not_in_portfolio)]
    listed = [link("PART_OF", each, board_of_ours) for each in (hit, *others, not_owned)]
    await store(
        board.graph, ours, post, board_of_ours, hit, *others, not_owned, not_in_portfolio, *owned, *listed
    )
    answer = await asked(
        board, organisation=[ours.id], label=["enabler"], tag=["fund:a", "fund:b"], state=["approved"],
        owner=[post.id], portfolio=[board_of_ours.id],
    )  # fmt: skip
    assert titles(answer) == ["Hit"]
    assert answer.denominators.in_scope == 1


async def test_a_neighbours_hidden_things_are_in_no_number_but_withheld(board: Board) -> None:
    ours, theirs = an_organisation(), an_organisation()
    mine = a_project(title="Mine", organisation=ours.id)
    outlined = a_project(organisation=theirs.id, sensitivity="discoverable")
    secret = a_project(organisation=theirs.id, sensitivity="restricted")
    their_cost = a_cost("9.00", organisation=theirs.id, sensitivity="restricted")
    await store(
        board.graph, ours, theirs, mine, outlined, secret, their_cost, link("INCURS", mine, their_cost),
        link("ENABLES", mine, secret), *costs(mine, "1.00"),
    )  # fmt: skip
    answer = await asked(board, Reader(ours.id))
    assert titles(answer) == ["Mine"]
    assert answer.rows[0].verdict == "not_assessed"
    assert str(answer.rows[0].money[0].amount) == "1.00"
    assert (answer.denominators.in_scope, answer.denominators.withheld) == (1, 1)
    by_label = await asked(board, Reader(ours.id), label=["enabler"])
    assert (by_label.denominators.in_scope, by_label.denominators.withheld) == (0, 1)
    elsewhere = await asked(board, Reader(ours.id), organisation=[ours.id])
    assert elsewhere.denominators.withheld == 0


@pytest.mark.parametrize("sort", ["-money", "money", "title", "-title", "verdict", "id"])
async def test_pages_together_are_the_answer_and_carry_one_digest(board: Board, sort: str) -> None:
    projects = [a_project(title=f"P{number % 4}") for number in range(11)]
    await store(board.graph, *projects, *(row for each in projects[:5] for row in costs(each, "5.00")))
    whole = await asked(board, sort=sort, count="exact")
    pages, after = [], None
    while True:
        page = await asked(board, sort=sort, limit=3, after=after)
        pages.append(page)
        after = page.next_cursor
        if after is None:
            break
    assert [row.id for page in pages for row in page.rows] == [row.id for row in whole.rows]
    assert {page.digest for page in pages} == {whole.digest}
    assert (len(pages), whole.count, whole.next_cursor) == (4, 11, None)


async def test_a_page_begins_after_the_last_row_even_when_that_has_gone(board: Board) -> None:
    projects = [a_project(title=title) for title in "abcd"]
    await store(board.graph, *projects)
    first = await asked(board, sort="title", limit=2)
    await board.graph.schema("MATCH (p:Project {title: 'b'}) DETACH DELETE p")
    assert titles(await asked(board, sort="title", limit=2, after=first.next_cursor)) == ["c", "d"]


async def test_further_pages_are_of_the_number_of_the_first_while_others_write(board: Board) -> None:
    await store(board.graph, *(a_project(title=title) for title in "abcd"))
    first = await asked(board, sort="title", limit=2)
    await Desk(board.graph).create(Project, title="bb", state="delivering")
    second = await asked(board, sort="title", limit=2, after=first.next_cursor)
    assert (titles(second), second.digest) == (["c", "d"], first.digest)
    assert second.as_of == first.as_of
    assert titles(await asked(board, sort="title")) == ["a", "b", "bb", "c", "d"]


async def test_a_cursor_is_good_for_its_own_answer_only(board: Board) -> None:
    await store(board.graph, *(a_project() for _ in range(3)))
    first = await asked(board, limit=1)
    for other in ({"sort": "title"}, {"state": ["delivering"]}, {"valid_on": "2026-06-02"}):
        with pytest.raises(Invalid):
            await asked(board, after=first.next_cursor, **other)
    with pytest.raises(Invalid):
        await asked(board, after="bm9uc2Vuc2U")


async def test_the_next_page_is_of_the_day_of_the_first(board: Board) -> None:
    await store(board.graph, *(a_project() for _ in range(3)))
    first = await asked(board, limit=1)
    rest = await ask(board.graph, Unaligned(after=first.next_cursor), EVERYTHING, ZONE)
    assert rest.as_of.valid_on == date.fromisoformat(DAY)


async def test_the_same_facts_give_the_same_digest_and_others_another(board: Board) -> None:
    project = a_project()
    await store(board.graph, project, a_project())
    before = await asked(board)
    assert (await asked(board)).digest == before.digest
    assert (await asked(board, verdict=["unaligned"])).digest != before.digest
    await store(board.graph, a_project())
    assert (await asked(board)).digest != before.digest


async def test_a_chain_is_followed_however_long_it_is(board: Board) -> None:
    projects = [a_project() for _ in range(40)]
    instrument, goal = an_instrument(), a_goal()
    chain = [link("ENABLES", one, other) for one, other in pairwise(projects)]
    ends = [link("CHANGES", projects[-1], instrument), link("ADVANCES", instrument, goal)]
    await store(board.graph, *projects, instrument, goal, *chain, *ends)
    assert (await asked(board)).rows == []


async def test_cycles_of_enables_disturb_nothing(board: Board) -> None:
    projects = [a_project() for _ in range(12)]
    instrument, goal = an_instrument(), a_goal()
    ring = [link("ENABLES", one, other) for one in projects for other in projects if one is not other]
    ends = [link("CHANGES", projects[0], instrument), link("ADVANCES", instrument, goal)]
    await store(board.graph, *projects, instrument, goal, *ring, *ends)
    answer = await asked(board, verdict=["aligned"], count="exact")
    assert (answer.count, answer.notes) == (12, [])


def test_an_unknown_parameter_or_column_is_refused() -> None:
    for given in ({"colour": "red"}, {"sort": "colour"}, {"verdict": ["good"]}, {"limit": 0}):
        with pytest.raises(ValidationError):
            Unaligned.model_validate(given)


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_says_what_it_asks_and_what_each_field_is(question: type[Any]) -> None:
    assert question.name and question.asks.endswith("?") and question.__doc__
    fields = {**question.model_fields, **question.row.model_fields}
    assert [name for name, field in fields.items() if not field.description] == []
    assert question.default_sort.removeprefix("-") in question.sorts


@pytest.mark.parametrize("question", QUESTIONS)
async def test_every_question_answers_an_empty_graph(board: Board, question: type[Any]) -> None:
    if question.name == "reach":
        asked = question(from_kind="Element", to_kind="PolicyGoal")
    elif any(field.is_required() for field in question.model_fields.values()):
        needed = {name: new_id() for name, field in question.model_fields.items() if field.is_required()}
        with pytest.raises(Invalid) as refused:
            await ask(board.graph, question(**needed), EVERYTHING, ZONE)
        assert {fault.pointer for fault in refused.value.faults} == {f"/{name}" for name in needed}
        return
    elif question.name == "replay":
        with pytest.raises(Invalid) as refused:
            await ask(board.graph, question(), EVERYTHING, ZONE)
        assert {fault.pointer for fault in refused.value.faults} == {"/of", "/number"}
        return
    else:
        asked = question()
    answer = await ask(board.graph, asked, EVERYTHING, ZONE)
    assert answer.rows == [] and answer.denominators.in_scope == 0


async def test_a_row_is_flat_for_a_spreadsheet(board: Board) -> None:
    ours = an_organisation(title="Ours")
    project = a_project(title="P", organisation=ours.id)
    await store(board.graph, ours, project, *costs(project, "1234.50"))
    row = flat(UnalignedRow, (await asked(board)).rows[0])
    assert list(row) == columns(UnalignedRow)
    assert (row["organisation_title"], row["money_amount"], row["money_currency"]) == (
        "Ours",
        "1234.50",
        "GBP",
    )
    assert (row["breaks_at_reason"], row["strength"], row["funding_amount"]) == ("no_change_link", "", "")
