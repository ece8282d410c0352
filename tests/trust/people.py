"""People of two councils, each with a client of their own, for tests of who may do what to a link."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.graph import Graph
from app.settings import Settings
from app.who import Caller, Role, new_id
from tests.api import conftest
from tests.build import Drawn, a, a_process, a_project, an_instrument, an_organisation, link, store

Answer = dict[str, Any]


def today() -> date:
    """The day it is where the service is."""
    return datetime.now(ZoneInfo(Settings().timezone)).date()


class Client(conftest.Client):
    """A client of the service, in the words of its users."""

    async def said(self, method: str, path: str, status: int = 200, **given: Any) -> Answer:
        """The answer to a request that must end so."""
        answer = await self.request(method, path, **given)
        assert answer.status_code == status, (path, answer.status_code, answer.text)
        shown: Answer = answer.json()
        return shown

    async def claim(self, kind: str, source: str, target: str, **facts: Any) -> Answer:
        """A new link."""
        body = {"from": source, "to": target, "facts": facts}
        return await self.said("POST", f"/v1/links/{kind}", 201, json=body)

    async def act(self, shown: Answer, act: str, match: str | None = None, **body: Any) -> Any:
        """An act on a link as it was shown; what accepting and reviewing must have read is filled in."""
        path = f"/v1/links/{shown['kind'].lower().replace('_', '-')}/{shown['id']}/{act}"
        if act in ("accept", "review"):
            body = {"source_print": shown["from"]["print"], "target_print": shown["to"]["print"]} | body
        if match is None:
            match = (await self.get(path.rpartition("/")[0])).headers.get("etag", '"none"')
        return await self.post(path, json=body, headers={"If-Match": match})

    async def done(self, shown: Answer, act: str, **body: Any) -> Answer:
        """An act that must succeed."""
        answer = await self.act(shown, act, **body)
        assert answer.status_code == 200, (act, answer.status_code, answer.text)
        after: Answer = answer.json()
        return after

    async def refused(self, shown: Answer, act: str, **given: Any) -> tuple[int, str]:
        """Status and code of an act that must be refused."""
        return no(await self.act(shown, act, **given))


def no(answer: Any) -> tuple[int, str]:
    """Status and first code of a refusal."""
    assert answer.status_code >= 400, answer.text
    return answer.status_code, answer.json()["errors"][0]["code"]


def door(graph: Graph) -> Callable[[Caller], Client]:
    """One service over this graph, and a client of it for each caller.

    Made anew for each test: a service holds a ledger's identity for a while, and each test has its own.
    """
    return conftest.door(Client, graph)


@dataclass
class Town:
    """A district that does, a county that owns, and what the one does for the other."""

    graph: Graph
    district: Drawn = field(default_factory=lambda: an_organisation(title="District"))
    county: Drawn = field(default_factory=lambda: an_organisation(title="County"))
    project: Drawn = field(init=False)
    process: Drawn = field(init=False)
    instrument: Drawn = field(init=False)

    def __post_init__(self) -> None:
        self._door = door(self.graph)
        self.project = a_project(title="Project", organisation=self.district.id)
        self.process = a_process(title="Process", organisation=self.district.id)
        self.instrument = an_instrument(title="Instrument", organisation=self.county.id)

    async def built(self) -> "Town":
        """The town in the store."""
        await store(self.graph, self.district, self.county, self.project, self.process, self.instrument)
        return self

    async def person(
        self, name: str, organisation: Drawn | None, *roles: Role, of: str | None = None
    ) -> Client:
        """A client of somebody in an organisation; `of` is the person behind several names."""
        caller = Caller(name, of, organisation and organisation.id, frozenset(roles))
        if of is not None:
            await self.known(name, of)
        return self._door(caller)

    async def known(self, actor: str, person: str) -> None:
        """Let the service know who is behind an actor."""

        async def made(tx: Any) -> None:
            await tx.rows("MERGE (x:Actor {id: $id}) SET x.person = $person", id=actor, person=person)

        await self.graph.write(made)

    async def contributor(self) -> Client:
        """Who registers and claims for the district."""
        return await self.person("contributor", self.district, Role.CONTRIBUTOR)

    async def owner(self) -> Client:
        """Who accepts for the county."""
        return await self.person("owner", self.county, Role.OWNER)

    async def post(self, organisation: Drawn, holder: str, *owned: Drawn, **facts: Any) -> Drawn:
        """A post of an organisation, held by a person, that owns these."""
        post = a("Post", title="A post", organisation=organisation.id, holder=holder, **facts)
        await store(self.graph, a("Person", id=holder), post, *(link("OWNS", post, each) for each in owned))
        return post

    async def claimed(self, **facts: Any) -> Answer:
        """A claim of the district on the county's instrument."""
        given = {"depth": "rules", "strength": "strong"} | facts
        return await (await self.contributor()).claim("changes", self.project.id, self.instrument.id, **given)


async def town(graph: Graph) -> Town:
    """A town of two councils before an empty graph."""
    return await Town(graph).built()


def a_person() -> str:
    """The id of a person."""
    return new_id()
