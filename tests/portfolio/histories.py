"""Random histories: a random graph, changed at random by the use cases, and what was known on the way."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from app import portfolio
from app.domain import acceptance, links, moments, receipts
from app.domain.moments import Moment
from app.errors import Refusal
from app.graph import Graph
from app.portfolio.snapshot import Snapshot
from app.who import EVERYTHING, Stamp
from graph_schema import LINK_BY_LABEL
from graph_schema.delivery import Project
from graph_schema.links import Advances, Changes, Enables, Incurs, NeedsChange, Operates
from graph_schema.money import Cost
from graph_schema.policy import PolicyGoal, PolicyInstrument, Process
from tests.build import Drawn, Joined, a, link, store
from tests.domain.conftest import Desk
from tests.questions.random_graphs import AFTER, BEFORE, DAY, OURS, THEIRS, draw, everything

PATCHES: dict[str, tuple[dict[str, Any], ...]] = {
    "Project": ({"state": "stopped"}, {"state": "delivering"}, {"not_applicable": None}),
    "PolicyGoal": ({"adopted_on": AFTER}, {"adopted_on": BEFORE}, {"level": "national"}, {"priority": 1}),
    "Provision": ({"intervals": [{"from": AFTER}]}, {"intervals": [{"from": BEFORE}]}, {"force": "duty"}),
    "LegalChange": ({"outcome": "fell"}, {"outcome": "in_force", "in_force_on": BEFORE}),
    "Cost": ({"amount": "7.01"}, {"year": 2026}, {"case_version": "actual"}),
    "Organisation": ({"nation": "W"}, {"nation": "E"}, {"type": "county"}),
    "Post": ({"holder": None}, {"discipline": "finance"}, {"discipline": "digital"}),
    "Evidence": ({"expires": BEFORE}, {"expires": AFTER}, {"grade": "A"}),
    "Element": ({"tags": ["a:b"]}, {"tags": []}),
}
OF_ANY = (
    {"title": "Another title"}, {"valid_to": DAY}, {"valid_to": None}, {"summary": "Another meaning"},
)  # fmt: skip
MOVES = ({"organisation": OURS.id}, {"organisation": THEIRS.id})
OF_LINKS: tuple[dict[str, Any], ...] = (
    {"strength": "weak"}, {"valid_to": DAY}, {"valid_to": None}, {"review_due": BEFORE}, {"evidence": []},
)  # fmt: skip
SENSITIVITIES = ({"sensitivity": "restricted"}, {"sensitivity": "discoverable"}, {"sensitivity": "open"})
WAYS: tuple[tuple[Any, str, str, dict[str, Any]], ...] = (
    (Enables, "Project", "Project", {}), (Changes, "Project", "PolicyInstrument", {"depth": "rules"}),
    (Changes, "Project", "Process", {"depth": "interface"}), (Operates, "Process", "PolicyInstrument", {}),
    (Advances, "PolicyInstrument", "PolicyGoal", {"strength": "direct"}),
    (Incurs, "Project", "Cost", {}), (NeedsChange, "Project", "LegalChange", {"need": "blocking"}),
)  # fmt: skip


def furnished(drawn: Iterable[Drawn | Joined], chance: Random) -> Iterator[Drawn | Joined]:
    """Who owns a random graph, what its links rest on, and an imported model beside it."""
    people = [a("Person") for _ in range(2)]
    posts = [
        a("Post", discipline=each, holder=chance.choice((None, *people)) and chance.choice(people).id,
          organisation=of.id, sensitivity=chance.choice(("open", "open", "restricted")))
        for each in ("digital", "policy", "legal") for of in (OURS, THEIRS)
    ]  # fmt: skip
    papers = [a("Evidence", expires=day, dated="2025-01-01") for day in (None, BEFORE, BEFORE, AFTER)]
    papers.append(a("Evidence", expires=BEFORE, organisation=THEIRS.id, sensitivity="restricted"))
    elements = [a("Element", source_type="Goal", tags=tags) for tags in ([], ["a:b"], ["a:b"])]
    yield from (*people, *posts, *papers, *elements)
    for each in list(drawn):
        if isinstance(each, Drawn) and each.kind in ("Project", "PolicyInstrument"):
            yield from (
                link("OWNS", post, each, **chance.choice(ENDED)) for post in posts if chance.random() < 0.3
            )
            yield from (link("RELATES", of, each) for of in elements[:1] if chance.random() < 0.3)
        elif isinstance(each, Joined) and "evidence" in each.properties and chance.random() < 0.5:
            each.properties["evidence"] = [paper.id for paper in papers if chance.random() < 0.5]
            each.properties["review_due"] = chance.choice((None, BEFORE, AFTER))
    yield from (link("RELATES", elements[1], elements[0]), link("RELATES", elements[2], elements[1]))


ENDED: tuple[dict[str, Any], ...] = (
    {},
    {},
    {},
    {"valid_to": BEFORE},
    {"valid_from": AFTER},
    {"accountable": True},
)


@dataclass
class History:
    """Somebody who changes a graph at random; the same for the same seed."""

    graph: Graph
    chance: Random
    hides: bool = True
    """Whether records may become hidden or open to somebody."""
    records: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)
    taken: list[tuple[Moment, Snapshot]] = field(default_factory=list)

    async def begin(self, graphs: int) -> None:
        """A random graph of so many components, and the first entry of the ledger."""
        drawn = everything([draw(self.chance) for _ in range(graphs)])
        for each in (things := [*drawn, *furnished(drawn, self.chance)]):
            if isinstance(each, Joined):
                self.links.append({"id": each.id, "kind": each.label})
            elif each.kind != "Person":
                is_open = each.properties["sensitivity"] == "open"
                self.records.append({"id": each.id, "kind": each.kind, "is_open": is_open})
        await store(self.graph, *things)
        await self.more()
        await self.take()

    async def go_on(self, acts: int, takes: int) -> None:
        """So many changes, of which some are refused as in life; what is known is taken so often."""
        stand = (self.stand, self.stand, self.join)
        acts_of = (self.edit, self.edit, self.edit, *stand, self.end, self.more)
        for number in range(acts):
            with suppress(Refusal):
                await self.chance.choice(acts_of)()
            if number % (acts // takes) == 0:
                await self.take()

    async def take(self) -> None:
        """Remember what is known now."""
        now = await portfolio.at(self.graph)
        self.taken.append((await moments.at(self.graph, now.head.number), now))

    @property
    def desk(self) -> Desk:
        return Desk(self.graph)

    def some(self, kind: str) -> dict[str, Any]:
        return self.chance.choice([each for each in self.records if each["kind"] == kind])

    async def edit(self) -> None:
        chosen = self.chance.choice(self.records)
        hiding = SENSITIVITIES if self.hides and self.chance.random() < 0.3 else ()
        moving = MOVES if self.hides or chosen.get("is_open", True) else ()
        patches = (*PATCHES.get(chosen["kind"], ()), *(hiding or (*OF_ANY, *moving)))
        await self.desk.change(chosen, self.chance.choice(patches))

    async def join(self) -> None:
        kind, source, target, facts = self.chance.choice(WAYS)
        self.links.append(await self.desk.claim(kind, self.some(source), self.some(target), **facts))

    async def stand(self) -> None:
        """A link accepted, disputed, or changed."""
        chosen = self.chance.choice(self.links)
        kind = LINK_BY_LABEL[chosen["kind"]]
        link = await links.get(self.graph, kind, chosen["id"], EVERYTHING)
        stamp = Stamp("another", reason="Because.")
        act = self.chance.choice(("accept", "accept", "dispute", "change"))
        if act == "change":
            await self.desk.change(chosen, self.chance.choice(OF_LINKS))
        elif act == "dispute":
            given = (kind, link["id"], None, stamp, EVERYTHING)
            await self.graph.write(receipts.once, stamp, acceptance.dispute, *given)
        else:
            seen = acceptance.Seen(link["from"]["print"], link["to"]["print"])
            given = (kind, link["id"], None, stamp, EVERYTHING)
            await self.graph.write(receipts.once, stamp, acceptance.accept, *given, seen)

    async def end(self) -> None:
        if self.chance.random() < 0.4:
            await self.desk.end(self.chance.choice((*self.links, *self.records)))

    async def more(self) -> None:
        kind = self.chance.choice((Project, Process, PolicyInstrument, PolicyGoal, Cost))
        facts: dict[str, Any] = {"organisation": self.chance.choice((OURS.id, THEIRS.id))}
        if kind is Project:
            facts["state"] = "delivering"
        if kind is PolicyGoal:
            facts |= {"adopted_by": "us", "adopted_on": "2020-01-01"}
        self.records.append(await self.desk.create(kind, **facts))
