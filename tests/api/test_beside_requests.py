"""What a running service does beside answering."""

import asyncio

from app.graph import Graph
from app.local_neo4j import Address
from app.main import create_app
from app.settings import Settings


async def test_a_running_service_forgets_the_receipts_of_yesterday(
    graph: Graph, neo4j_address: Address
) -> None:
    await graph.schema(
        """UNWIND [{key: 'old', hours: 25}, {key: 'new', hours: 23}] AS each
           CREATE (r:Receipt {key: each.key})
           SET r.at = datetime.realtime('UTC') - duration({hours: each.hours})"""
    )
    app = create_app(Settings(), neo4j_address)
    async with app.router.lifespan_context(app):
        for _ in range(200):
            kept = [row["key"] for row in await graph.rows("MATCH (r:Receipt) RETURN r.key AS key")]
            if "old" not in kept:
                break
            await asyncio.sleep(0.05)
    assert kept == ["new"]
