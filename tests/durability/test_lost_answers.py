"""A short form of the trial; `python -m tests.durability.lost_answers 500` runs the long one."""

from app.graph import Graph
from app.local_neo4j import Address
from tests.durability.lost_answers import Trial, serving


async def test_what_is_sent_again_after_its_answer_was_lost_is_done_once(
    graph: Graph, neo4j_address: Address
) -> None:
    async with serving(neo4j_address) as port:
        counts = await Trial(port).run(graph, 24)
    assert (counts.done_twice, counts.lost, counts.unexpected) == (0, 0, [])
    assert (counts.cut, counts.answered) == (24, 24)
