"""The door to the database: what commits, what rolls back, what is repeated, and what its errors become."""

import asyncio
from typing import Any

import pytest
from neo4j import AsyncSession
from neo4j.exceptions import TransientError

from app.errors import AlreadyExists, Busy, NotFound, TooLarge, TooSlow
from app.graph import Graph, Tx
from app.local_neo4j import Address


def connected(address: Address, **limits: float) -> Graph:
    return Graph.connect(address.uri, address.user, address.password, address.database, **limits)


async def test_work_that_returns_is_committed_and_work_that_raises_is_not(graph: Graph) -> None:
    async def work(tx: Tx, number: int) -> int:
        await tx.rows("CREATE (:Scrap {n: $n})", n=number)
        if number == 2:
            raise NotFound
        return number

    assert await graph.write(work, 1) == 1
    with pytest.raises(NotFound):
        await graph.write(work, 2)
    assert await graph.rows("MATCH (s:Scrap) RETURN s.n AS n") == [{"n": 1}]


async def test_reads_cannot_write(graph: Graph) -> None:
    with pytest.raises(Exception, match=r"(?i)write|access mode"):
        await graph.rows("CREATE (:Scrap)")
    assert await graph.rows("MATCH (s:Scrap) RETURN s") == []


async def test_the_first_row_is_given_or_nothing(graph: Graph) -> None:
    assert await graph.row("UNWIND [1, 2] AS n RETURN n") == {"n": 1}
    assert await graph.row("UNWIND [] AS n RETURN n") is None


async def test_a_thousand_increments_at_once_all_count(graph: Graph) -> None:
    async def add(tx: Tx) -> None:
        await tx.rows("MERGE (l:Lock {name: 'n'}) SET l.n = coalesce(l.n, 0) + 1")

    for _ in range(10):
        await asyncio.gather(*(graph.write(add) for _ in range(50)))
    assert await graph.row("MATCH (l:Lock) RETURN l.n AS n") == {"n": 500}


async def test_deadlocks_are_repeated_until_everything_is_done(graph: Graph) -> None:
    async def both(tx: Tx, first: str, second: str) -> None:
        for name in (first, second):
            await tx.rows("MERGE (l:Lock {name: $name}) SET l.n = coalesce(l.n, 0) + 1", name=name)
            await asyncio.sleep(0.01)

    await asyncio.gather(*(graph.write(both, *(("a", "b") if at % 2 else ("b", "a"))) for at in range(12)))
    assert await graph.rows("MATCH (l:Lock) RETURN l.n AS n") == [{"n": 12}, {"n": 12}]


async def test_a_unique_key_taken_is_said_without_the_databases_words(graph: Graph) -> None:
    async def twice(tx: Tx) -> None:
        await tx.rows("UNWIND [1, 2] AS i CREATE (:Source {name: 'secret'})")

    with pytest.raises(AlreadyExists) as refused:
        await graph.write(twice)
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None


async def test_a_read_that_takes_too_long_is_stopped(neo4j_address: Address, graph: Graph) -> None:
    slow = "UNWIND range(1, 30000) AS a UNWIND range(1, 30000) AS b WITH a WHERE a * b = -1 RETURN a"
    async with connected(neo4j_address, read_timeout=1, write_timeout=1) as impatient:
        with pytest.raises(TooSlow):
            await impatient.rows(slow)

        async def work(tx: Tx) -> None:
            await tx.rows(slow)

        with pytest.raises(TooSlow):
            await impatient.write(work)


async def test_who_waits_too_long_for_others_is_told_to_try_again(
    neo4j_address: Address, graph: Graph
) -> None:
    held, over = asyncio.Event(), asyncio.Event()

    async def lock(tx: Tx) -> None:
        await tx.rows("MERGE (l:Lock {name: 'held'}) SET l.n = 1")
        held.set()
        await over.wait()

    async def wait(tx: Tx) -> None:
        await tx.rows("MERGE (l:Lock {name: 'held'}) SET l.n = 2")

    holder = asyncio.create_task(graph.write(lock))
    await held.wait()
    async with connected(neo4j_address, write_timeout=1) as impatient:
        with pytest.raises(Busy, match="try again"):
            await impatient.write(wait)
    over.set()
    await holder
    assert await graph.rows("MATCH (l:Lock) RETURN l.n AS n") == [{"n": 1}]


async def test_work_that_needs_too_much_memory_is_refused_at_once(graph: Graph) -> None:
    attempts = []

    async def greedy(tx: Tx) -> None:
        attempts.append(1)
        await tx.rows(
            "UNWIND range(1, 20000000) AS n WITH collect({n: toString(n)}) AS them RETURN size(them) AS n"
        )

    with pytest.raises((TooLarge, TooSlow)):
        await graph.write(greedy)
    assert attempts == [1]


async def test_a_database_that_is_not_there_is_busy() -> None:
    nowhere = Address("bolt://127.0.0.1:9", "neo4j", "x")
    async with connected(nowhere) as lost:
        with pytest.raises(Busy):
            await lost.rows("RETURN 1")

        async def work(tx: Tx) -> None:
            await tx.rows("RETURN 1")

        with pytest.raises(Busy):
            await lost.write(work)


async def test_a_wrong_password_is_busy_and_says_nothing_of_it(neo4j_address: Address) -> None:
    wrong = Address(neo4j_address.uri, "somebody", "hunter2", neo4j_address.database)
    async with connected(wrong) as stranger:
        with pytest.raises(Busy) as refused:
            await stranger.rows("RETURN 1")
    assert "hunter2" not in str(refused.value)


async def test_a_caller_that_goes_away_leaves_nothing_half_done(graph: Graph) -> None:
    entered = asyncio.Event()

    async def slow(tx: Tx) -> None:
        await tx.rows("CREATE (:Scrap)")
        entered.set()
        await tx.rows("UNWIND range(1, 30000) AS a UNWIND range(1, 3000) AS b WITH a WHERE a = -1 RETURN a")

    task = asyncio.create_task(graph.write(slow))
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await graph.rows("MATCH (s:Scrap) RETURN s") == []


async def test_faults_of_our_own_are_not_dressed_up_as_the_databases(graph: Graph) -> None:
    with pytest.raises(Exception, match=r".") as raised:
        await graph.rows("RETURN $missing")
    assert not isinstance(raised.value, Busy)


async def test_a_constraint_that_waits_for_another_process_is_tried_again(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, refused = AsyncSession.run, []

    async def at_first_in_a_deadlock(session: AsyncSession, *args: Any) -> Any:
        if not refused:
            refused.append(TransientError("two wait for each other"))
            refused[0]._neo4j_code = "Neo.TransientError.Transaction.DeadlockDetected"
            raise refused[0]
        return await run(session, *args)

    monkeypatch.setattr(AsyncSession, "run", at_first_in_a_deadlock)
    assert await graph.schema("RETURN 1 AS one") == [{"one": 1}]
    assert refused
