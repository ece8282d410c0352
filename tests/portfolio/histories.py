"""Random histories: a random graph, changed at random by the use cases, and what was known on the way."""

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
from tests.build import Drawn, Joined, store
from tests.domain.conftest import Desk
from tests.questions.random_graphs import AFTER, BEFORE, DAY, OURS, THEIRS, draw, everything

PATCHES: dict[str, tuple[dict[str, Any], ...]] = {
    "Project": ({"state": "stopped"}, {"state": "delivering"}, {"not_applicable": None}),
    "PolicyGoal": ({"adopted_on": AFTER}, {"adopted_on": BEFORE}, {"level": "national"}, {"priority": 1}),
    "Provision": ({"intervals": [{"from": AFTER}]}, {"intervals": [{"from": BEFORE}]}, {"force": "duty"}),
    "LegalChange": ({"outcome": "fell"}, {"outcome": "in_force", "in_force_on": BEFORE}),
    "Cost": ({"amount": "7.01"}, {"year": 2026}, {"case_version": "actual"}),
    "Organisation": ({"nation": "W"}, {"nation": "E"}, {"type": "county"}),
}
OF_ANY = (
    {"title": "Another title"}, {"valid_to": DAY}, {"valid_to": None}, {"summary": "Another meaning"},
    {"organisation": OURS.id}, {"organisation": THEIRS.id},
)  # fmt: skip
SENSITIVITIES = ({"sensitivity": "restricted"}, {"sensitivity": "discoverable"}, {"sensitivity": "open"})
WAYS: tuple[tuple[Any, str, str, dict[str, Any]], ...] = (
    (Enables, "Project", "Project", {}), (Changes, "Project", "PolicyInstrument", {"depth": "rules"}),
    (Changes, "Project", "Process", {"depth": "interface"}), (Operates, "Process", "PolicyInstrument", {}),
    (Advances, "PolicyInstrument", "PolicyGoal", {"strength": "direct"}),
    (Incurs, "Project", "Cost", {}), (NeedsChange, "Project", "LegalChange", {"need": "blocking"}),
)  # fmt: skip


@dataclass
class History:
    """Somebody who changes a graph at random; the same for the same seed."""

    graph: Graph
    chance: Random
    hides: bool = True
    """Whether records may become hidden or open."""
    records: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)
    taken: list[tuple[Moment, Snapshot]] = field(default_factory=list)

    async def begin(self, graphs: int) -> None:
        """A random graph of so many components, and the first entry of the ledger."""
        for each in (things := everything([draw(self.chance) for _ in range(graphs)])):
            if isinstance(each, Joined):
                self.links.append({"id": each.id, "kind": each.label})
            elif isinstance(each, Drawn):
                self.records.append({"id": each.id, "kind": each.kind})
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
        await self.desk.change(
            chosen, self.chance.choice((*PATCHES.get(chosen["kind"], ()), *(hiding or OF_ANY)))
        )

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
            await self.desk.change(
                chosen, self.chance.choice(({"strength": "weak"}, {"valid_to": DAY}, {"valid_to": None}))
            )
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
