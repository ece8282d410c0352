"""Random small graphs with everything a verdict depends on, each a component of its own."""

from collections.abc import Iterator
from itertools import product
from random import Random
from typing import Any

from tests.build import (
    Drawn,
    Joined,
    a,
    a_change,
    a_cost,
    a_goal,
    a_process,
    a_project,
    a_provision,
    an_instrument,
    an_organisation,
    link,
)

DAY = "2026-06-01"
BEFORE, AFTER = "2026-03-01", "2026-09-01"

OURS, THEIRS = an_organisation(nation="E", title="Ours"), an_organisation(nation="W", title="Theirs")
ORGANISATIONS = (OURS, THEIRS)

Facts = dict[str, Any]


class Sketch:
    """Draws one graph. Most parts are sound, or no route would ever arrive."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.unsound = random.choice((0.02, 0.05, 0.15))
        self.density = random.choice((0.3, 0.6, 0.9))

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def dates(self) -> Facts:
        if not self.chance(self.unsound):
            return {}
        return self.random.choice(
            (
                {"valid_to": DAY},
                {"valid_from": DAY},
                {"valid_to": BEFORE},
                {"valid_from": AFTER},
                {"valid_from": BEFORE, "valid_to": AFTER},
            )
        )

    def record(self) -> Facts:
        facts: Facts = self.dates()
        facts["organisation"] = self.random.choice((OURS.id, THEIRS.id, None))
        if self.chance(self.unsound):
            facts["status"] = "retired"
        if self.chance(self.unsound):
            facts["sensitivity"] = self.random.choice(("restricted", "discoverable"))
        return facts

    def project(self) -> Drawn:
        facts = self.record()
        if self.chance(0.25):
            facts["state"] = self.random.choice(("idea", "proposed", "approved", "closed", "stopped"))
        if self.chance(0.1):
            accepted = {"accepted_by": "b", "accepted_on": BEFORE} if self.chance(0.7) else {}
            expires = self.random.choice((DAY, AFTER))
            facts["not_applicable"] = {
                "reason": "none", "declared_by": "a", "declared_on": BEFORE, "expires": expires, **accepted,
            }  # fmt: skip
        return a_project(**facts)

    def goal(self) -> Drawn:
        facts = self.record()
        if self.chance(self.unsound):
            facts |= self.random.choice(({"adopted_on": None}, {"adopted_on": AFTER}, {"adopted_by": None}))
        facts["level"] = self.random.choice(("service", "corporate", "place", "regional", "national"))
        return a_goal(**facts)

    def provision(self) -> Drawn:
        intervals = self.random.choice(
            (
                *[[{"from": "2000-01-01"}]] * 6,
                [{"from": "2000-01-01", "to": DAY}],
                [{"from": DAY}],
                [{"from": AFTER}],
                [{}],
                [],
                [{"from": "2000-01-01", "qualification": "for specified purposes"}],
                [{"from": "2000-01-01", "extent": ["E"]}],
                [{"from": "2000-01-01", "extent": ["E"]}, {"from": AFTER, "extent": ["W"]}],
            )
        )
        force = self.random.choice(("power", "duty", "duty"))
        kind = self.random.choice((None, "specific", "have_regard")) if force == "duty" else None
        extent = self.random.choice(([], ["E"], ["E", "W"]))
        return a_provision(force=force, duty_kind=kind, intervals=intervals, extent=extent)

    def legal_change(self) -> Drawn:
        outcome = self.random.choice(
            ("pending", "made", "in_force", "in_force", "fell", "superseded", "superseded")
        )
        return a_change(outcome=outcome, in_force_on=self.random.choice((None, BEFORE, DAY, AFTER)))

    def trace(self, kind: str, source: Drawn, target: Drawn, **facts: Any) -> Joined:
        standing = "accepted"
        if self.chance(1.5 * self.unsound):
            standing = self.random.choice(("proposed", "proposed", "disputed", "withdrawn"))
        strength = self.random.choice(("weak", "moderate", "strong", "direct"))
        suspect = self.chance(self.unsound)
        return link(
            kind,
            source,
            target,
            standing=standing,
            suspect=suspect,
            strength=strength,
            share=self.random.choice((None, None, None, "0", "0.3", "0.333333", "1")),
            **self.dates(),
            **facts,
        )

    def draw(self) -> list[Drawn | Joined]:
        """A graph."""
        projects = [self.project() for _ in range(self.random.randint(1, 4))]
        processes = [a_process(**self.record()) for _ in range(self.random.choice((0, 1, 2, 3)))]
        instruments = [an_instrument(**self.record()) for _ in range(self.random.choice((0, 1, 2, 3)))]
        goals = [self.goal() for _ in range(self.random.choice((0, 0, 1, 2, 3)))]
        drawn: list[Drawn | Joined] = [*projects, *processes, *instruments, *goals]
        drawn += self.tracing(projects, processes, instruments, goals)
        drawn += self.law(projects, processes, instruments)
        drawn += self.money(projects)
        self.random.shuffle(drawn)
        return drawn

    def pairs(
        self, sources: list[Drawn], targets: list[Drawn], probability: float
    ) -> Iterator[tuple[Drawn, Drawn]]:
        """Some of the pairs of two different records."""
        for source, target in product(sources, targets):
            if source is not target and self.chance(probability):
                yield source, target

    def tracing(
        self, projects: list[Drawn], processes: list[Drawn], instruments: list[Drawn], goals: list[Drawn]
    ) -> Iterator[Joined]:
        half = self.density / 2
        for source, target in self.pairs(projects, projects, half):
            yield self.trace("ENABLES", source, target)
        for source, target in self.pairs(projects, [*processes, *instruments], half):
            mode = self.random.choice(("alters", "introduces", "retires"))
            yield self.trace("CHANGES", source, target, mode=mode)
        for source, target in self.pairs(processes, instruments, self.density):
            yield self.trace("OPERATES", source, target)
        for polarity, probability in (("helps", self.density), ("harms", half)):
            for source, target in self.pairs(instruments, goals, probability):
                yield self.trace("ADVANCES", source, target, polarity=polarity)
        for source, target in self.pairs(goals, goals, self.density):
            standing = "proposed" if self.chance(0.3) else "accepted"
            yield link("PART_OF", source, target, standing=standing, **self.dates())
        for source, target in self.pairs(projects, goals[:1], 0.1):
            yield link("CLAIMS", source, target, **self.dates())

    def law(
        self, projects: list[Drawn], processes: list[Drawn], instruments: list[Drawn]
    ) -> Iterator[Drawn | Joined]:
        provisions = [self.provision() for _ in range(self.random.randint(0, 2))]
        changes = [self.legal_change() for _ in range(self.random.randint(0, 3))]
        yield from (*provisions, *changes)
        for source, target in self.pairs([*processes, *instruments], provisions, 0.4):
            yield self.grounding(source, target)
        for source, target in self.pairs([*projects, *processes, *instruments], changes, 0.04):
            need = self.random.choice(("blocking", "blocking", "partial"))
            standing = "withdrawn" if self.chance(0.1) else "accepted"
            yield link("NEEDS_CHANGE", source, target, need=need, standing=standing, **self.dates())
        for source, target in self.pairs(changes, changes, 0.3):
            yield link("SUCCEEDED_BY", source, target, **self.dates())
        for source, target in self.pairs(changes, provisions, 0.3):
            yield self.effect(source, target)

    def money(self, projects: list[Drawn]) -> Iterator[Drawn | Joined]:
        for project in projects:
            for _ in range(self.random.choice((0, 1, 1, 3))):
                yield from self.cost(project)
            if self.chance(0.2):
                grant = a("Funding", amount=f"{self.random.randint(1, 9_999)}.99")
                yield from (grant, link("FUNDED_BY", project, grant))

    def cost(self, project: Drawn) -> Iterator[Drawn | Joined]:
        pence = self.random.choice((1, 7, 100, 99_999, 123_456_789_01))
        cost = a_cost(
            f"{pence // 100}.{pence % 100:02d}",
            year=self.random.choice((None, 2025, 2026)),
            line=self.random.choice((None, "a line")),
            case_version=self.random.choice(("baseline", "forecast", "actual")),
            currency=self.random.choice(("GBP", "GBP", "EUR")),
            **self.record(),
        )
        yield from (cost, link("INCURS", project, cost, **self.dates()))

    def grounding(self, node: Drawn, provision: Drawn) -> Joined:
        confirmed = {"purpose_confirmed_by": "legal", "purpose_confirmed_on": BEFORE}
        return link(
            "GROUNDED_IN",
            node,
            provision,
            basis=self.random.choice(("duty", "duty", "power")),
            standing="proposed" if self.chance(0.2) else "accepted",
            suspect=self.chance(self.unsound),
            **(confirmed if self.chance(0.3) else {}),
            **self.dates(),
        )

    def effect(self, change: Drawn, provision: Drawn) -> Joined:
        begins = self.random.choice(("2025-06-01", BEFORE, DAY, AFTER))
        effect = self.random.choice(("amend", "repeal", "commence"))
        return link("AFFECTS", change, provision, effect=effect, intervals=[{"from": begins}])


def draw(random: Random) -> list[Drawn | Joined]:
    """One random graph."""
    return Sketch(random).draw()


def everything(graphs: list[list[Drawn | Joined]]) -> list[Drawn | Joined]:
    """All graphs with what they share."""
    return [*ORGANISATIONS, *(thing for graph in graphs for thing in graph)]


__all__ = ["BEFORE", "DAY", "ORGANISATIONS", "OURS", "draw", "everything"]
