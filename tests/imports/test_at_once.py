"""Imports beside others who change the same things at the same time."""

import asyncio

from app import imports
from app.domain import receipts, records
from app.domain.sources import Source
from app.graph import Graph, Tx
from app.imports import Intake, LinkRow, RecordRow, Report
from app.who import EVERYTHING, Stamp
from graph_schema.links import Advances
from graph_schema.policy import PolicyGoal, PolicyInstrument
from tests.imports.rows import a_link, a_record


async def take(graph: Graph, *rows: RecordRow | LinkRow) -> Report:
    source = Source("office", "The programme office")
    return await imports.run(graph, Intake(rows=list(rows)), source, Stamp("importer"))


async def test_a_link_onto_a_record_that_is_retired_at_the_same_time_is_not_taken(graph: Graph) -> None:
    ends = (a_record("i", PolicyInstrument), a_record("g", PolicyGoal, level="corporate"))
    await take(graph, *ends)
    id = (await records.by_identifier(graph, "pmo", "g", EVERYTHING))["id"]
    retired, stamp = asyncio.Event(), Stamp("somebody", source="office")

    async def retire(tx: Tx) -> None:
        await receipts.once(tx, stamp, records.retire, PolicyGoal, id, None, stamp, EVERYTHING)
        retired.set()
        await asyncio.sleep(3)

    async with asyncio.TaskGroup() as at_once:
        at_once.create_task(graph.write(retire))
        await retired.wait()
        report = await take(graph, a_link(Advances, "i", "g"))
    assert [(each.field, each.code) for each in report.rows] == [("/to", "record_retired")]
