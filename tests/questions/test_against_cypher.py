"""What the columns say of ways and of links that need a person's eye is what Cypher says of the store."""

from random import Random

from app.portfolio.steps import Direction, steps
from app.questions.evidence_age import EvidenceAge
from app.questions.suspect_links import Moved, SuspectLinks
from app.questions.waiting_claims import WaitingClaims
from app.who import EVERYTHING, Reader
from graph_schema import LINK_BY_LABEL
from graph_schema.values import Standing
from tests.build import Drawn, store
from tests.portfolio.histories import furnished
from tests.questions.conftest import Board
from tests.questions.cypher import eyes
from tests.questions.random_graphs import OURS, draw, everything

COUNTING = (Standing.ACCEPTED, Standing.PROPOSED)
EVERY_KIND = tuple(LINK_BY_LABEL)
DIRECTIONS: tuple[Direction, ...] = ("out", "both")


async def test_ways_and_links_to_look_at_are_those_of_the_store(board: Board) -> None:
    chance = Random(3)
    drawn = everything([draw(chance) for _ in range(30)])
    things = [*drawn, *furnished(drawn, chance)]
    await store(board.graph, *things)
    kinds = ("PolicyGoal", "Element", "Cost", "Provision")
    ends = [
        [each.id for each in things if isinstance(each, Drawn) and each.kind == kind and _stands(each)]
        for kind in kinds
    ]
    for reader in (EVERYTHING, Reader(OURS.id), Reader()):
        view = await board.view(reader=reader)
        for some in ends:
            seen = [id for id in some if view.portfolio.kind(id)]
            for direction in DIRECTIONS:
                found, cut_off = steps(view.portfolio, seen, EVERY_KIND, COUNTING, direction)
                assert (found, cut_off) == (await eyes.steps(view, seen, EVERY_KIND, direction), False)
        answers = [await each.find(view) for each in (WaitingClaims(), EvidenceAge(), SuspectLinks())]
        waiting, stale = ({row.id for row in each.rows} for each in answers[:2])
        assert waiting and waiting == await eyes.waiting(view)
        assert stale and stale == await eyes.stale(view)
        changed = {row.id for row in answers[2].rows if row.end is not Moved.LAW}
        assert changed and changed == await eyes.moved(view)


def _stands(record: Drawn) -> bool:
    return record.properties["status"] == "live"
