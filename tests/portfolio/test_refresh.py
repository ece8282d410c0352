"""The snapshot is what the ledger says, whatever happened while it was read."""

import asyncio
from datetime import date
from random import Random

import numpy as np
import pytest

from app.domain import receipts, redaction
from app.errors import OutOfMemory
from app.graph import Graph
from app.portfolio import doctor
from app.portfolio.differences import differences
from app.portfolio.refresh import Keeper, applied, news
from app.portfolio.snapshot import Snapshot
from app.who import EVERYTHING, Stamp
from graph_schema.delivery import Project
from graph_schema.law import LegalChange, Provision
from graph_schema.links import Advances, Changes, GroundedIn, NeedsChange
from graph_schema.policy import PolicyGoal, PolicyInstrument
from tests.build import a_project, store
from tests.domain.conftest import Desk
from tests.portfolio.memory import NOWHERE
from tests.questions.random_graphs import draw, everything


async def a_portfolio(desk: Desk) -> None:
    """Records and links of many kinds, changed and taken back: nine of them."""
    goal = await desk.create(PolicyGoal, level="place", adopted_by="us", adopted_on="2020-01-01", priority=2)
    instrument = await desk.create(PolicyInstrument, tags=["a:b"])
    project = await desk.create(Project, state="approved", start="2026-01-01")
    provision = await desk.create(Provision, intervals=[{"from": "2000-01-01"}])
    change = await desk.create(LegalChange)
    changes = await desk.claim(Changes, project, instrument, depth="rules", mode="retires")
    await desk.claim(Advances, instrument, goal, polarity="harms", share="0.25")
    await desk.claim(GroundedIn, instrument, provision, basis="duty")
    await desk.claim(NeedsChange, project, change, need="blocking")
    await desk.change(project, {"title": "Another title", "valid_to": "2027-01-01"})
    await desk.end(changes)


async def cold(graph: Graph) -> Snapshot:
    return await Keeper(graph, 1_000).at()


async def test_the_ledger_replayed_from_nothing_is_what_a_cold_load_reads(graph: Graph) -> None:
    await a_portfolio(Desk(graph))
    loaded = await cold(graph)
    told = await news(graph, 0)
    replayed = applied(Snapshot.empty(NOWHERE), told.head, told.entries)
    assert list(differences(replayed, loaded)) == []
    assert (replayed.head, told.number) == (loaded.head, loaded.head.number)
    assert sum(loaded.counts().values()) == 9


async def test_what_is_written_after_the_load_is_in_the_next_answer(graph: Graph) -> None:
    keeper = Keeper(graph, 1_000)
    first = await keeper.at()
    await a_portfolio(Desk(graph))
    second = await keeper.at()
    assert sum(first.counts().values()) == 0
    assert list(differences(second, await cold(graph))) == []
    assert await keeper.at() is second


async def test_an_earlier_number_is_shown_no_more_once_something_is_hidden_or_redacted(graph: Graph) -> None:
    desk, keeper = Desk(graph), Keeper(graph, 1_000)
    project = await desk.create(Project, title="Of Jane Doe")

    async def redact() -> None:
        stamp = Stamp("operator")
        given = (project["id"], "title", ["Jane Doe"], stamp, EVERYTHING)
        await graph.write(receipts.once, stamp, redaction.redact_record, *given)

    for act, kept in (
        (lambda: desk.change(project, {"summary": "Longer"}), True),
        (lambda: desk.change(project, {"sensitivity": "restricted"}), False),
        (redact, False),
        (lambda: desk.create(Project), True),
    ):
        first = await keeper.at()
        keeper.pin(first)
        await act()
        now = await keeper.at()
        assert (keeper.pinned(now, first.head.number) is first) is kept


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
        for _ in range(15):
            finished.add((await Desk(graph).create(Project))["id"])
        done.set()

    async def read() -> None:
        while not done.is_set():
            before = set(finished)
            projects = (await keeper.at()).records["Project"]
            assert before <= set(projects.texts(np.arange(len(projects))))

    await asyncio.gather(write(), write(), read(), read())
    assert list(differences(await keeper.at(), await cold(graph))) == []


async def test_the_doctor_finds_what_was_changed_past_the_ledger(graph: Graph) -> None:
    await a_portfolio(Desk(graph))
    sound = await doctor.examine(graph, 1_000, date(2026, 6, 1))
    assert (sound.differences, sound.verdicts_differ) == ([], 0)
    await graph.schema("MATCH (p:Project) SET p.state = 'closed'")
    await graph.schema("MATCH (g:PolicyGoal) DETACH DELETE g")
    found = (await doctor.examine(graph, 1_000, date(2026, 6, 1))).differences
    assert {(kind, fact) for kind, _, fact in found} == {
        ("Project", "state"), ("PolicyGoal", "id"), ("ADVANCES", "id"),
    }  # fmt: skip


async def test_what_would_not_fit_is_refused_before_it_is_loaded(graph: Graph) -> None:
    await a_portfolio(Desk(graph))
    with pytest.raises(OutOfMemory, match="GOLDEN_THREAD_PORTFOLIO_MEMORY_MB"):
        await Keeper(graph, -1).at()
