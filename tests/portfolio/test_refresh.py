"""The snapshot is what the ledger says, whatever happened while it was read."""

import asyncio
from random import Random

from app.domain import links, receipts, records
from app.graph import Graph
from app.portfolio.differences import differences
from app.portfolio.refresh import Keeper, applied, news
from app.portfolio.snapshot import Snapshot
from app.who import EVERYTHING, Stamp
from graph_schema.core import Link, Node
from graph_schema.delivery import Project
from graph_schema.law import LegalChange, Provision
from graph_schema.links import Advances, Changes, GroundedIn, NeedsChange
from graph_schema.policy import PolicyGoal, PolicyInstrument
from tests.build import a_project, store
from tests.portfolio.memory import NOWHERE
from tests.questions.random_graphs import draw, everything


class Writer:
    """Somebody who registers and links things through the use cases of the domain."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    async def create(self, kind: type[Node], **facts: object) -> str:
        stamp = Stamp("writer")
        stated = kind.model_validate({"title": f"A {kind.__name__}", **facts})
        made = await self.graph.write(receipts.once, stamp, records.create, kind, stated, stamp, EVERYTHING)
        return str(made["id"])

    async def change(self, kind: type[Node], id: str, **patch: object) -> None:
        stamp = Stamp("writer")
        await self.graph.write(receipts.once, stamp, records.change, kind, id, patch, None, stamp, EVERYTHING)

    async def claim(self, kind: type[Link], source: str, target: str, **facts: object) -> str:
        stamp = Stamp("writer")
        made = await self.graph.write(
            receipts.once, stamp, links.claim, kind, source, target, kind.model_validate(facts), stamp,
            EVERYTHING,
        )  # fmt: skip
        return str(made["id"])

    async def withdraw(self, kind: type[Link], id: str) -> None:
        stamp = Stamp("writer")
        await self.graph.write(receipts.once, stamp, links.withdraw, kind, id, None, stamp, EVERYTHING)

    async def a_portfolio(self) -> None:
        """Records and links of many kinds, changed and taken back."""
        goal = await self.create(
            PolicyGoal, level="place", adopted_by="us", adopted_on="2020-01-01", priority=2
        )
        instrument = await self.create(PolicyInstrument, tags=["a:b"])
        project = await self.create(Project, state="approved", start="2026-01-01")
        provision = await self.create(Provision, force="duty", intervals=[{"from": "2000-01-01"}])
        change = await self.create(LegalChange, kind="bill")
        changes = await self.claim(Changes, project, instrument, depth="rules", mode="retires")
        await self.claim(Advances, instrument, goal, polarity="harms", share="0.25")
        await self.claim(GroundedIn, instrument, provision, basis="duty")
        await self.claim(NeedsChange, project, change, need="blocking")
        await self.change(Project, project, title="Another title", valid_to="2027-01-01")
        await self.withdraw(Changes, changes)


async def cold(graph: Graph) -> Snapshot:
    return await Keeper(graph, 1_000).at()


async def test_the_ledger_replayed_from_nothing_is_what_a_cold_load_reads(graph: Graph) -> None:
    await Writer(graph).a_portfolio()
    loaded = await cold(graph)
    told = await news(graph, 0)
    replayed = applied(Snapshot.empty(NOWHERE), told.head, told.entries)
    assert list(differences(replayed, loaded)) == []
    assert (replayed.head, told.number) == (loaded.head, loaded.head.number)
    assert sum(loaded.counts().values()) == 9


async def test_what_is_written_after_the_load_is_in_the_next_answer(graph: Graph) -> None:
    keeper, writer = Keeper(graph, 1_000), Writer(graph)
    first = await keeper.at()
    await writer.a_portfolio()
    second = await keeper.at()
    assert sum(first.counts().values()) == 0
    assert list(differences(second, await cold(graph))) == []
    assert await keeper.at() is second


async def test_a_bulk_load_in_chunks_keeps_every_row(graph: Graph) -> None:
    random = Random(7)
    things = everything([draw(random) for _ in range(20)])
    await store(graph, *things)
    whole = await cold(graph)
    assert sum(whole.counts().values()) == len(things)


async def test_edits_past_the_ledger_and_another_ledger_are_noticed(graph: Graph) -> None:
    keeper = Keeper(graph, 1_000)
    assert len((await keeper.at()).records["Project"]) == 0
    await store(graph, a_project())
    assert len((await keeper.at()).records["Project"]) == 1
    await graph.schema("MATCH (p:Project) DETACH DELETE p")
    await graph.schema("MATCH (l:Ledger) SET l.id = 'another'")
    again = await keeper.at()
    assert (len(again.records["Project"]), again.head.id) == (0, "another")


async def test_one_look_at_the_ledger_serves_all_who_wait(graph: Graph) -> None:
    keeper = Keeper(graph, 1_000)
    await keeper.at()
    answers = await asyncio.gather(*(keeper.at() for _ in range(50)))
    assert len({id(each) for each in answers}) == 1


async def test_a_reader_beside_writers_always_sees_what_was_finished_before(graph: Graph) -> None:
    keeper, finished = Keeper(graph, 1_000), set[str]()
    done = asyncio.Event()

    async def write() -> None:
        writer = Writer(graph)
        for _ in range(15):
            project = await writer.create(Project)
            finished.add(project)
        done.set()

    async def read() -> None:
        while not done.is_set():
            before = set(finished)
            snapshot = await keeper.at()
            assert before <= set(snapshot.records["Project"].texts(range(len(snapshot.records["Project"]))))

    await asyncio.gather(write(), write(), read(), read())
    assert list(differences(await keeper.at(), await cold(graph))) == []
