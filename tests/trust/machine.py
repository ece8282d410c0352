"""Everything that can happen to a link, in any order, by anybody, against a model made of dicts.

`python -m tests.trust.machine 200 60` makes 200 runs of at most 60 steps and says what it found.
"""

import asyncio
import copy
import sys
import tempfile
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import hypothesis
from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.domain import as_known, ledger, moments
from app.graph import Graph
from app.local_neo4j import Address, engine
from app.settings import Settings
from app.who import EVERYTHING, PERSONAL_ROLES, Caller, Role, new_id
from graph_schema import KIND_BY_NAME, LINK_BY_LABEL
from migrations import runner
from tests.build import Drawn, a, an_organisation, store
from tests.trust.model import OK, PEOPLE, Model, Thing
from tests.trust.people import Client, door, today

T = TypeVar("T")

WHO = st.sampled_from(
    [who for who in sorted(PEOPLE) for _ in range(1 if who in ("viewer", "second key") else 3)]
)
TITLE = st.sampled_from("ABC")
WAYS = (
    ("CHANGES", "project", "instrument"),
    ("CHANGES", "other project", "instrument"),
    ("CHANGES", "project", "process"),
    ("OPERATES", "process", "instrument"),
    ("ADVANCES", "instrument", "goal"),
    ("GROUNDED_IN", "process", "provision"),
)
FACTS = {"CHANGES": {"depth": "rules"}, "GROUNDED_IN": {"basis": "duty"}}
THINGS = {
    "project": ("Project", "district"),
    "other project": ("Project", "district"),
    "process": ("Process", "district"),
    "instrument": ("PolicyInstrument", "county"),
    "goal": ("PolicyGoal", "county"),
    "provision": ("Provision", None),
    "act": ("LegalChange", None),
}
_LEAST: dict[str, dict[str, Any]] = {
    "PolicyGoal": {"level": "place"},
    "Provision": {"force": "duty"},
    "LegalChange": {"kind": "act"},
}


@dataclass
class World:
    """The service, its people and its councils: the same for every run."""

    runner: asyncio.Runner
    graph: Graph
    organisations: dict[str, Drawn]
    clients: dict[str, Client] = field(default_factory=dict)
    runs: int = 0
    said: Counter[str] = field(default_factory=Counter)
    """How often each answer was given and expected: `ok`, or the code of a refusal."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)


@contextmanager
def world(address: Address) -> Iterator[World]:
    """A service over this database, with somebody at each client."""
    with asyncio.Runner() as loop:
        graph = Graph.connect(
            address.uri,
            address.user,
            address.password,
            address.database,
            read_timeout=60,
            write_timeout=60,
        )
        loop.run(runner.migrate(graph))
        councils = {name: an_organisation(title=name) for name in ("district", "county")}
        loop.run(store(graph, *councils.values()))
        made = World(loop, graph, councils)
        clients = door(graph)
        persons = {person: new_id() for _, _, person in PEOPLE.values() if person}
        for name, (council, roles, person) in PEOPLE.items():
            caller = Caller(
                name,
                person and persons[person],
                councils[council].id,
                frozenset(Role(each) for each in roles),
            )
            made.clients[name] = clients(caller)
            loop.run(_known(graph, name, caller.person))
        made.clients["keeper"] = clients(Caller("keeper", roles=PERSONAL_ROLES))
        post = a(
            "Post", discipline="legal", organisation=councils["district"].id, holder=persons["the lawyer"]
        )
        loop.run(store(graph, post))
        try:
            yield made
        finally:
            loop.run(graph.close())


async def _known(graph: Graph, actor: str, person: str | None) -> None:
    async def made(tx: Any) -> None:
        await tx.rows("MERGE (x:Actor {id: $id}) SET x.person = $person", id=actor, person=person)

    await graph.write(made)


class Links(RuleBasedStateMachine):
    """Claim, accept, dispute, withdraw, review, edit, retire, hide, law and time travel."""

    def __init__(self, of: World) -> None:
        super().__init__()
        self.world = of
        of.runs += 1
        drawn = {name: _drawn(of, *made) for name, made in THINGS.items()}
        of.run(store(of.graph, *drawn.values()))
        things = {name: Thing(kind, council, id=drawn[name].id) for name, (kind, council) in THINGS.items()}
        self.model = Model(things)
        self.first: dict[str, tuple[tuple[str, str], tuple[str, str], str]] = {}
        """By link: titles and prints of its ends, and its tag, as they were read when it was claimed."""
        self.kept: list[tuple[int, int, Any]] = []
        """Number of the ledger, link, and the link as the model then had it."""

    # Acts

    @initialize()
    def begin(self) -> None:
        """Something to act on: each council and the lawyer's own has claimed a link."""
        for who, way in (("contributor", WAYS[0]), ("both", WAYS[4]), ("contributor", WAYS[5])):
            self.claimed(who, way)

    @rule(who=WHO, way=st.sampled_from(WAYS))
    def claim(self, who: str, way: tuple[str, str, str]) -> None:
        self.claimed(who, way)

    def claimed(self, who: str, way: tuple[str, str, str]) -> None:
        label, source, target = way
        facts = {"rationale" if label == "GROUNDED_IN" else "strength": "strong"}
        said = {
            "from": self.model.things[source].id,
            "to": self.model.things[target].id,
            "facts": facts | FACTS.get(label, {}),
        }
        answer = self.send(who, "POST", f"/v1/links/{_path(label)}", json=said)
        self.agrees(answer, self.model.claim(who, *way))
        if answer.status_code == 201:
            shown = answer.json()
            made = self.model.links[-1]
            made.id = shown["id"]
            prints = (shown["from"]["print"], shown["to"]["print"])
            self.first[made.id] = (self.model.titles(made), prints, answer.headers["etag"])

    @precondition(lambda self: self.model.links)
    @rule(
        who=WHO,
        act=st.sampled_from(("accept", "accept", "accept", "dispute", "reinstate", "review", "review")),
        at=st.integers(0, 40),
        stale=st.sampled_from((False, False, False, True)),
        late=st.booleans(),
        stands=st.sampled_from((True, True, False)),
        reason=st.sampled_from((None, "A reason.")),
    )
    def act(
        self, who: str, act: str, at: int, stale: bool, late: bool, stands: bool, reason: str | None
    ) -> None:
        at %= len(self.model.links)
        link = self.model.links[at]
        body: dict[str, Any] = {"reason": reason}
        read = self.model.titles(link)
        if act in ("accept", "review"):
            titles, prints = self.first[link.id][:2] if late else (read, self.prints(at))
            read = titles
            body |= {"source_print": prints[0], "target_print": prints[1]}
        if act == "review":
            body["stands"] = stands
        match = self.first[link.id][2] if stale else "*"
        answer = self.send(who, "POST", f"{self.place(at)}/{act}", json=body, headers={"If-Match": match})
        self.agrees(
            answer,
            self.model.act(who, act, at, stale=stale, read=read, stands=stands, reason=reason),
            at,
        )

    @precondition(lambda self: self.model.links)
    @rule(who=WHO, at=st.integers(0, 40), stale=st.booleans(), strength=st.sampled_from(("weak", "strong")))
    def change(self, who: str, at: int, stale: bool, strength: str) -> None:
        at %= len(self.model.links)
        link = self.model.links[at]
        facts = {"rationale" if link.label == "GROUNDED_IN" else "strength": strength}
        match = self.first[link.id][2] if stale else "*"
        answer = self.send(who, "PATCH", self.place(at), json=facts, headers={"If-Match": match})
        self.agrees(answer, self.model.act(who, "change", at, stale=stale, strength=strength), at)

    @precondition(lambda self: self.model.links)
    @rule(who=WHO, at=st.integers(0, 40))
    def withdraw(self, who: str, at: int) -> None:
        at %= len(self.model.links)
        answer = self.send(who, "POST", f"{self.place(at)}/withdraw")
        self.agrees(answer, self.model.act(who, "withdraw", at, stale=False), at)

    @precondition(lambda self: self.model.links)
    @rule(who=WHO, at=st.integers(0, 40), reason=st.sampled_from((None, "Well.", "No.")))
    def remark(self, who: str, at: int, reason: str | None) -> None:
        at %= len(self.model.links)
        answer = self.send(who, "POST", f"{self.place(at)}/remark", json={"reason": reason})
        self.agrees(answer, self.model.act(who, "remark", at, reason=reason), at)

    @rule(
        who=WHO,
        name=st.sampled_from(("project", "other project", "process", "instrument", "goal")),
        act=st.sampled_from(("title", "title", "tags", "hide", "hide", "show")),
        title=TITLE,
    )
    def edit(self, who: str, name: str, act: str, title: str) -> None:
        thing = self.model.things[name]
        body: dict[str, Any] = {
            "title": {"title": title},
            "tags": {"tags": [f"trial:{title}"]},
            "hide": {"sensitivity": "restricted"},
            "show": {"sensitivity": "open"},
        }[act]
        answer = self.send(who, "PATCH", _record(thing), json=body, headers={"If-Match": "*"})
        self.agrees(answer, self.model.change(who, name, act, title))

    @rule(who=WHO, name=st.sampled_from(("other project", "goal")))
    def retire(self, who: str, name: str) -> None:
        answer = self.send(who, "POST", _record(self.model.things[name]) + "/retire")
        self.agrees(answer, self.model.change(who, name, "retire", ""))

    @precondition(lambda self: not self.model.amended)
    @rule()
    def amend_the_law(self) -> None:
        """The effect begins tomorrow, so whatever was looked at today has not seen it."""
        said = {
            "from": self.model.things["act"].id,
            "to": self.model.things["provision"].id,
            "facts": {"effect": "amend", "intervals": [{"from": _in(1)}]},
        }
        self.agrees(self.send("keeper", "POST", "/v1/links/affects", json=said), OK)
        self.model.amended = True

    @precondition(lambda self: self.model.links)
    @rule(at=st.integers(0, 40))
    def remember(self, at: int) -> None:
        """Keep what the model knows of a link now, to ask for it later."""
        at %= len(self.model.links)
        number = self.world.run(ledger.head(self.world.graph)).number
        kept = copy.copy(self.model.links[at]), self.model.titles(self.model.links[at])
        self.kept.append((number, at, kept))

    # What must be so

    def teardown(self) -> None:
        """At the end of a run: every link, its history, what is suspect, and what was known before."""
        for at, link in enumerate(self.model.links):
            self.stands(at)
            told = self.send("keeper", "GET", f"{self.place(at)}/history").json()["items"]
            assert tuple(each["action"] for each in told) == link.acts
            assert told[-1]["after"]["standing"] == link.standing
        asked = {"valid_on": _in(2), "limit": 10_000}
        rows = self.send("keeper", "GET", "/v1/questions/suspect-links", params=asked).json()["rows"]
        mine = {link.id for link in self.model.links}
        assert {row["id"] for row in rows} & mine == self.model.suspect()
        for number, at, kept in self.kept:
            self.was(number, at, *kept)

    def was(self, number: int, at: int, then: Any, titles: tuple[str, str]) -> None:
        """The link as of a number of the ledger is what the model had then."""
        graph, kind = self.world.graph, LINK_BY_LABEL[then.label]

        async def read() -> dict[str, Any]:
            moment = await moments.at(graph, number)
            return await as_known.link(graph, kind, self.model.links[at].id, moment, EVERYTHING)

        self.same(self.world.run(read()), then, titles)

    def agrees(self, answer: Any, expected: str, at: int | None = None) -> None:
        """The service says what the model says, and what it speaks of stands as the model has it."""
        said = OK if answer.is_success else answer.json()["errors"][0]["code"]
        assert said == expected, (answer.request.method, answer.request.url.path, said, expected)
        self.world.said[said] += 1
        if at is not None:
            self.stands(at)

    def stands(self, at: int) -> None:
        link = self.model.links[at]
        self.same(self.send("keeper", "GET", self.place(at)).json(), link, self.model.titles(link))

    def same(self, shown: dict[str, Any], link: Any, titles: tuple[str, str]) -> None:
        names = ("standing", "revision", "claimed_by", "accepted_by")
        if link.standing == "withdrawn":
            names = ("standing", "revision", "claimed_by")
        assert {name: shown[name] for name in names} == {name: getattr(link, name) for name in names}
        assert (shown["from"]["title"], shown["to"]["title"]) == titles
        if link.standing == "accepted":
            stamped = shown["source_print"], shown["target_print"]
            now = shown["from"]["print"], shown["to"]["print"]
            assert tuple(a == b for a, b in zip(stamped, now, strict=True)) == tuple(
                a == b for a, b in zip(link.seen, titles, strict=True)
            )

    def prints(self, at: int) -> tuple[str, str]:
        shown = self.send("keeper", "GET", self.place(at)).json()
        return shown["from"]["print"], shown["to"]["print"]

    def place(self, at: int) -> str:
        link = self.model.links[at]
        return f"/v1/links/{_path(link.label)}/{link.id}"

    def send(self, who: str, method: str, path: str, **given: Any) -> Any:
        return self.world.run(self.world.clients[who].request(method, path, **given))


def _drawn(of: World, kind: str, council: str | None) -> Drawn:
    owner = of.organisations[council].id if council else None
    return a(kind, title="A", organisation=owner, **_LEAST.get(kind, {}))


def _path(label: str) -> str:
    return LINK_BY_LABEL[label].path()


def _record(thing: Thing) -> str:
    return f"/v1/{KIND_BY_NAME[thing.kind].plural}/{thing.id}"


def _in(days: int) -> str:
    return (today() + timedelta(days=days)).isoformat()


def explore(of: World, runs: int, steps: int) -> None:
    """Make this many runs of at most so many steps."""
    given = hypothesis.settings(
        max_examples=runs,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
        database=None,
    )
    run_state_machine_as_test(lambda: Links(of), settings=given)


def main() -> int:
    """Explore for as long as asked and say what was found."""
    runs, steps = (int(each) for each in sys.argv[1:3])
    with (
        tempfile.TemporaryDirectory() as folder,
        engine(Settings(data=Path(folder), neo4j_port=0)) as address,
        world(address) as of,
    ):
        explore(of, runs, steps)
        sys.stdout.write(f"runs {of.runs}, steps {of.said.total()}, mismatches 0\n")
        for code, count in of.said.most_common():
            sys.stdout.write(f"{count:7} {code}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
