"""The verdict cases asked over HTTP by two councils: each gets its own true answer, whatever is hidden.

Every test of the cases runs here once more, on graphs that are all council A's and restricted, with council
B's hidden routes tied to each project and goal: A is told the verdict of the case, B nothing.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

import pytest

from app.graph import Graph
from app.portfolio.tracing import Route
from app.portfolio.verdicts import Verdict
from app.questions.core import View
from app.questions.unaligned import UnalignedRow
from app.who import EVERYTHING, Reader
from graph_schema import KIND_BY_NAME
from graph_schema.values import ProjectState
from tests.api.conftest import Client
from tests.api.signing import bearing, make_key, service
from tests.build import Drawn, Joined, a_goal, an_instrument, an_organisation, link, store
from tests.conftest import empty
from tests.questions import test_verdict_cases
from tests.questions.conftest import DAY, Board

globals().update({name: each for name, each in vars(test_verdict_cases).items() if not name.startswith("_")})

A, B = an_organisation(title="Council A"), an_organisation(title="Council B")
OURS = Reader(organisation=A.id)


class Councils(Board):
    """Asks as council A over HTTP, and makes sure that council B is told nothing."""

    def __init__(self, graph: Graph, client: Client, a: dict[str, str], b: dict[str, str]) -> None:
        super().__init__(graph)
        self.client, self.a, self.b = client, a, b

    async def view(self, day: str = DAY, reader: Reader = OURS) -> View:
        return await super().view(day, reader)

    async def route(self, project: Drawn, day: str = DAY, reader: Reader = OURS) -> Route:
        return await super().route(project, day, reader)

    async def rows(self, day: str = DAY, reader: Reader = OURS) -> dict[str, UnalignedRow]:
        return await self._told(self.a, day) if reader == OURS else await super().rows(day, reader)

    async def says(
        self, project: Drawn, *rest: Drawn | Joined, day: str = DAY, reader: Reader = EVERYTHING
    ) -> UnalignedRow:
        if reader != EVERYTHING:
            return await super().says(project, *rest, day=day, reader=reader)
        things = [_ours(each) for each in (project, *rest)]
        await store(self.graph, *things, *_hidden(things))
        mine = {
            each.id
            for each in things
            if isinstance(each, Drawn) and each.properties.get("organisation") == A.id
        }
        assert not mine & (await self._told(self.b, day)).keys()
        return (await self._told(self.a, day))[project.id]

    async def _told(self, who: dict[str, str], day: str) -> dict[str, UnalignedRow]:
        asked = {"verdict": list(Verdict), "state": list(ProjectState), "valid_on": day, "limit": 200}
        answer = await self.client.get("/v1/questions/unaligned", params=asked, headers=who)
        assert answer.status_code == 200, answer.text
        return {row["id"]: UnalignedRow.model_validate(row) for row in answer.json()["rows"]}


def _ours(thing: Drawn | Joined) -> Drawn | Joined:
    """The thing as council A's, which nobody else may see."""
    if isinstance(thing, Joined) or KIND_BY_NAME[thing.kind].open_only or thing.kind == "Organisation":
        return thing
    whose = thing.properties.get("organisation") or A.id
    kept = {"sensitivity": "restricted"} if whose == A.id else {}
    return replace(thing, properties=thing.properties | {"organisation": whose} | kept)


def _hidden(things: Iterable[Drawn | Joined]) -> list[Drawn | Joined]:
    """Routes of council B's that would align every project, and feed every goal, if they were seen."""
    hers = {"organisation": B.id, "sensitivity": "restricted"}
    instrument, goal = an_instrument(**hers), a_goal(**hers)
    drawn = [each for each in things if isinstance(each, Drawn)]
    changes = [link("CHANGES", each, instrument) for each in drawn if each.kind == "Project"]
    helps = [link("ADVANCES", instrument, each) for each in drawn if each.kind == "PolicyGoal"]
    return [instrument, goal, link("ADVANCES", instrument, goal), *changes, *helps]


@pytest.fixture(scope="module")
async def client(migrated: Graph) -> AsyncIterator[Client]:
    """One service for all of the cases."""
    async with service(migrated, rate_per_minute=0) as each:
        yield each


@pytest.fixture
async def board(migrated: Graph, client: Client) -> Board:
    """An empty graph but for the two councils, each with a key."""
    await empty(migrated)
    await store(migrated, A, B)
    keys = [await make_key(migrated, organisation=each.id, roles=["viewer"]) for each in (A, B)]
    return Councils(migrated, client, *(bearing(each) for each in keys))
