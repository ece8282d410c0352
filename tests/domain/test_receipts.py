"""Receipts: a request is done once, however often it comes."""

import asyncio
from typing import Any

import pytest

from app.domain import receipts
from app.domain.ledger import Answer, Done
from app.errors import KeyReused, Refusal, StaleRevision
from app.graph import Graph, Tx
from app.who import Stamp, new_id
from graph_schema.delivery import Project
from graph_schema.links import Enables
from graph_schema.people import Person


def again(key: str, body: str = "") -> Stamp:
    """The stamp of a request that comes anew under the same key."""
    return Stamp("me", request=key, body=body)


async def test_a_request_that_comes_twice_is_done_once_and_answered_alike(desk: Any, graph: Graph) -> None:
    first = await desk.create(Project, stamp=again("k"))
    second = await desk.create(Project, stamp=again("k"))
    assert second == first
    assert await desk.number() == 1
    assert await graph.rows("MATCH (n:Project) RETURN count(n) AS n") == [{"n": 1}]


async def test_a_request_that_comes_sixteen_times_at_once_is_done_once(desk: Any, graph: Graph) -> None:
    answers = await asyncio.gather(*(desk.create(Project, stamp=again("k")) for _ in range(16)))
    assert all(answer == answers[0] for answer in answers)
    assert await graph.rows("MATCH (n:Project) RETURN count(n) AS n") == [{"n": 1}]
    assert await desk.number() == 1


async def test_a_key_is_not_used_for_two_requests(desk: Any) -> None:
    await desk.create(Project, stamp=again("k", body="one"))
    with pytest.raises(KeyReused):
        await desk.create(Project, stamp=again("k", body="two"))
    assert await desk.number() == 1


async def test_every_act_can_be_repeated(desk: Any) -> None:
    a, b = await desk.create(Project), await desk.create(Project)
    changed = await desk.change(a, {"title": "B"}, 1, stamp=again("change"))
    assert await desk.change(a, {"title": "B"}, 1, stamp=again("change")) == changed
    link = await desk.claim(Enables, a, b, stamp=again("claim"))
    assert await desk.claim(Enables, a, b, stamp=again("claim")) == link
    link = await desk.change(link, {"rationale": "x"}, 1, stamp=again("patch"))
    assert await desk.change(link, {"rationale": "x"}, 1, stamp=again("patch")) == link
    gone = await desk.end(link, 2, stamp=again("withdraw"))
    assert await desk.end(link, 2, stamp=again("withdraw")) == gone
    retired = await desk.end(b, 1, stamp=again("retire"))
    assert await desk.end(b, 1, stamp=again("retire")) == retired
    assert await desk.number() == 7


async def test_a_change_that_changed_nothing_is_answered_again_as_it_was(desk: Any) -> None:
    made = await desk.create(Project)
    assert await desk.change(made, {}, 1, stamp=again("k")) == made
    await desk.change(made, {"title": "B"})
    assert await desk.change(made, {}, 1, stamp=again("k")) == made


async def test_a_refused_request_leaves_no_receipt(desk: Any, graph: Graph) -> None:
    made = await desk.create(Project)
    with pytest.raises(StaleRevision):
        await desk.change(made, {"title": "B"}, 9, stamp=again("k"))
    changed = await desk.change(made, {"title": "B"}, 1, stamp=again("k"))
    assert changed["revision"] == 2


async def test_a_repeat_about_a_person_answers_without_the_name(desk: Any) -> None:
    made = await desk.create(Person, stamp=again("k"), name="Zebulon")
    repeated = await desk.create(Person, stamp=again("k"), name="Zebulon")
    assert made["facts"]["name"] == "Zebulon"
    assert (repeated["id"], repeated["revision"]) == (made["id"], 1)
    assert "name" not in repeated["facts"]
    assert "name" in repeated["withheld"]


async def test_work_that_runs_twice_in_one_request_writes_the_same_thing(desk: Any, graph: Graph) -> None:
    stamp, ids = Stamp("me"), []

    async def work(tx: Tx) -> Done:
        ids.append(stamp.id())
        await tx.rows("CREATE (:Scrap {id: $id})", id=stamp.id())
        if len(ids) == 1:
            await tx.rows("RETURN 1 / 0")  # the transaction fails as a whole
        return Done({"id": stamp.id()})

    with pytest.raises(Exception, match=r"."):
        await graph.write(receipts.once, stamp, work)
    assert await graph.write(receipts.once, stamp, work) == {"id": ids[0]}
    assert ids[0] == ids[1]
    assert await graph.rows("MATCH (s:Scrap) RETURN count(s) AS n") == [{"n": 1}]


async def test_a_stamp_gives_each_new_thing_of_a_request_an_id_of_its_own() -> None:
    stamp = Stamp("me")
    assert stamp.id(0) == stamp.id()
    assert stamp.id(1) != stamp.id(0)
    assert stamp.id(1) == stamp.id(1)


async def test_receipts_are_forgotten_after_a_day(desk: Any, graph: Graph) -> None:
    first = await desk.create(Project, stamp=again("old"))
    await desk.create(Project, stamp=again("new"))
    await graph.schema(
        "MATCH (r:Receipt {key: 'old'}) SET r.at = datetime.realtime('UTC') - duration({hours: 25})"
    )
    await receipts.forget(graph)
    assert await graph.rows("MATCH (r:Receipt) RETURN r.key AS key") == [{"key": "new"}]
    assert (await desk.create(Project, stamp=again("old")))["id"] != first["id"]


async def test_a_receipt_names_the_numbers_of_its_entries(desk: Any, graph: Graph) -> None:
    async def nothing(tx: Tx) -> Done:
        return Done({"done": True})

    await desk.create(Project, stamp=again("one"))
    answer: Answer = await graph.write(receipts.once, again("none"), nothing)
    assert answer == {"done": True}
    rows = await graph.rows("MATCH (r:Receipt) RETURN r.key AS key, r.first AS first, r.last AS last")
    assert {row["key"]: (row["first"], row["last"]) for row in rows} == {"one": (1, 1), "none": (None, None)}


async def test_refusals_hold_no_words_of_the_database(desk: Any) -> None:
    key = new_id()
    refused = await asyncio.gather(
        *(desk.create(Project, identifiers=[{"scheme": "a", "value": key}]) for _ in range(8)),
        return_exceptions=True,
    )
    for refusal in refused:
        if isinstance(refusal, Refusal):
            words = f"{refusal.detail} {refusal.faults}"
            assert key not in words
            assert "Node(" not in words
