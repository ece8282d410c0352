"""The ledger: numbers without gaps in the order of commits, and what it must never hold."""

import asyncio
from typing import Any

import pytest

from app.domain import ledger, receipts
from app.domain.ledger import Done, Entry
from app.errors import Refusal
from app.graph import Graph, Tx
from app.who import EVERYTHING, Reader, Stamp, new_id
from graph_schema.delivery import Project
from graph_schema.links import Enables, Relates
from graph_schema.people import Organisation, Person
from graph_schema.policy import Process


async def feed(graph: Graph, reader: Reader = EVERYTHING, page: int = 100) -> list[dict[str, Any]]:
    """The whole ledger as this reader may see it."""
    entries, after = [], 0
    while True:
        stretch = await ledger.changes(graph, after, page, reader)
        if stretch.next == after:
            return entries
        entries += stretch.entries
        after = stretch.next


async def test_every_change_is_told_with_what_stood_before_and_after(desk: Any, graph: Graph) -> None:
    stamp = Stamp("me", reason="it is so")
    made = await desk.create(Project, stamp=stamp)
    changed = await desk.change(made, {"title": "B"}, stamp=Stamp("you"))
    gone = await desk.end(made)
    told = await feed(graph)
    assert [(e["seq"], e["action"], e["revision"]) for e in told] == [
        (1, "create", 1),
        (2, "change", 2),
        (3, "retire", 3),
    ]
    assert [(e["before"], e["after"]) for e in told] == [(None, made), (made, changed), (changed, gone)]
    assert (told[0]["actor"], told[0]["reason"], told[0]["source"]) == ("me", "it is so", "person")
    assert (told[1]["actor"], told[1]["reason"]) == ("you", None)
    assert {(e["item"], e["item_kind"], e["kind"]) for e in told} == {(made["id"], "record", "Project")}


async def test_a_links_past_is_told_without_the_titles_of_its_ends(desk: Any, graph: Graph) -> None:
    a, b = await desk.create(Project, title="Aaa"), await desk.create(Project, title="Bbb")
    made = await desk.claim(Enables, a, b)
    changed = await desk.change(made, {"rationale": "x"})
    gone = await desk.end(made)
    told = await ledger.history(graph, made["id"])
    assert [e["action"] for e in told] == ["claim", "change", "withdraw"]
    for entry, answer in zip(told, (made, changed, gone), strict=True):
        untitled = {side: {n: answer[side][n] for n in ("id", "kind")} for side in ("from", "to")}
        assert entry["after"] == answer | untitled
        assert (entry["item_kind"], entry["kind"]) == ("link", "ENABLES")


async def test_sixteen_writers_leave_numbers_without_gaps_and_times_that_never_fall(
    desk: Any, graph: Graph
) -> None:
    done = asyncio.Event()
    seen: list[list[int]] = [[], [], []]

    async def write() -> None:
        made = await desk.create(Project)
        for number in range(4):
            await desk.change(made, {"title": f"t{number}"})

    async def poll(numbers: list[int]) -> None:
        after = 0
        while not done.is_set() or (await ledger.changes(graph, after, 7, EVERYTHING)).entries:
            stretch = await ledger.changes(graph, after, 7, EVERYTHING)
            numbers += [entry["seq"] for entry in stretch.entries]
            after = stretch.next

    polls = [asyncio.create_task(poll(numbers)) for numbers in seen]
    await asyncio.gather(*(write() for _ in range(16)))
    done.set()
    await asyncio.gather(*polls)
    assert seen == [list(range(1, 81))] * 3
    rows = await graph.rows("MATCH (c:Change) RETURN c.seq AS seq, c.recorded_at AS at ORDER BY seq")
    assert [row["seq"] for row in rows] == list(range(1, 81))
    times = [row["at"] for row in rows]
    assert times == sorted(times)
    assert (await ledger.head(graph)).number == 80


async def test_a_refused_request_takes_no_number(desk: Any, graph: Graph) -> None:
    made = await desk.create(Project)
    for act in (
        desk.change(made, {"title": ""}),
        desk.change(made, {"title": "B"}, 7),
        desk.create(Project, organisation=new_id()),
    ):
        with pytest.raises(Refusal):
            await act
    await desk.create(Project)
    assert [entry["seq"] for entry in await feed(graph)] == [1, 2]
    assert await graph.rows("MATCH (r:Receipt) RETURN count(r) AS n") == [{"n": 2}]


async def test_a_batch_takes_one_range(graph: Graph) -> None:
    async def many(tx: Tx, size: int) -> Done:
        made = tuple(
            Entry("create", f"item{at:04}", "Project", 1, None, {"id": f"item{at:04}"}, ())
            for at in range(size)
        )
        return Done({"size": size}, made)

    one, two = Stamp("me"), Stamp("me")
    await graph.write(receipts.once, one, many, 1_000)
    await graph.write(receipts.once, two, many, 2)
    told = await feed(graph)
    assert [entry["seq"] for entry in told] == list(range(1, 1_003))
    assert len({entry["recorded_at"] for entry in told[:1_000]}) == 1
    rows = await graph.rows("MATCH (r:Receipt) RETURN r.first AS first, r.last AS last ORDER BY first")
    assert rows == [{"first": 1, "last": 1_000}, {"first": 1_001, "last": 1_002}]


async def test_readers_take_the_prefix_before_the_first_missing_number(desk: Any, graph: Graph) -> None:
    for _ in range(5):
        await desk.create(Project)
    await graph.schema("MATCH (c:Change {seq: 3}) DELETE c")
    stretch = await ledger.changes(graph, 0, 100, EVERYTHING)
    assert ([entry["seq"] for entry in stretch.entries], stretch.next) == ([1, 2], 2)
    assert (await ledger.changes(graph, 2, 100, EVERYTHING)).next == 2
    assert (await ledger.changes(graph, 99, 100, EVERYTHING)).next == 99


async def test_a_reader_sees_gaps_where_things_are_hidden_and_passes_over_them(
    desk: Any, graph: Graph
) -> None:
    ours = await desk.create(Organisation)  # 1
    seen = await desk.create(Project)  # 2
    hidden = await desk.create(Project, organisation=ours["id"], sensitivity="restricted")  # 3
    outlined = await desk.create(Project, organisation=ours["id"], sensitivity="discoverable")  # 4
    await desk.claim(Enables, seen, hidden)  # 5
    await desk.claim(Enables, outlined, seen)  # 6
    await desk.change(seen, {"title": "B"})  # 7
    numbers = {
        name: [entry["seq"] for entry in await feed(graph, reader, page=2)]
        for name, reader in (("public", Reader()), ("ours", Reader(ours["id"])), ("all", EVERYTHING))
    }
    assert numbers == {"public": [1, 2, 7], "ours": [1, 2, 3, 4, 5, 6, 7], "all": [1, 2, 3, 4, 5, 6, 7]}
    everything_hidden = await ledger.changes(graph, 2, 2, Reader())
    assert (everything_hidden.entries, everything_hidden.next) == ([], 4)


async def test_a_persons_facts_stand_in_one_place_only(desk: Any, graph: Graph) -> None:
    stamp = Stamp("me", request="keyed")
    person = await desk.create(
        Person, stamp=stamp, name="Zebulon Quick", contact="zq@example.org", title="Zebulon", summary="Quick"
    )
    await desk.change(person, {"name": "Zebulon Quickly", "contact": None})
    await desk.change(person, {"name": "Zebulon Quickly"})
    process = await desk.create(Process)
    related = await desk.claim(Relates, person, process, relation="access")
    await desk.change(related, {"relation": "flow"})
    await desk.end(related)
    await desk.end(person)
    everything = await graph.rows(
        """MATCH (n) WHERE NOT n:Person RETURN labels(n) AS l, properties(n) AS p
           UNION ALL MATCH ()-[r]->() RETURN [type(r)] AS l, properties(r) AS p"""
    )
    found = [row for row in everything if "Zebulon" in str(row["p"]) or "zq@" in str(row["p"])]
    assert found == []
    told = await ledger.history(graph, person["id"])
    assert told[0]["after"]["withheld"] == ["title", "summary", "name", "contact"]
    assert "name" not in told[0]["after"]["facts"]


async def test_history_is_read_in_pages(desk: Any, graph: Graph) -> None:
    made = await desk.create(Project)
    await desk.create(Project)
    for number in range(4):
        await desk.change(made, {"title": f"t{number}"})
    first = await ledger.history(graph, made["id"], limit=3)
    assert [entry["seq"] for entry in first] == [1, 3, 4]
    rest = await ledger.history(graph, made["id"], after=4)
    assert [entry["seq"] for entry in rest] == [5, 6]


async def test_the_head_names_the_ledger_and_its_last_number(desk: Any, graph: Graph) -> None:
    empty = await ledger.head(graph)
    assert empty.number == 0
    await desk.create(Project)
    head = await ledger.head(graph)
    assert (head.id, head.number) == (empty.id, 1)
    assert head.at == (await feed(graph))[0]["recorded_at"]
