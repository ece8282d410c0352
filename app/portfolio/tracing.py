"""Routes and breaks of records in words that leave the columns: ids, titles, kinds."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from app.portfolio.breaks import breaks
from app.portfolio.chains import Routes
from app.portfolio.judged import Judged, Net
from app.portfolio.kept import LADDER, TRACES
from app.portfolio.verdicts import RUNGS, STRENGTHS, Reason, Rung
from graph_schema.values import ChangeMode, Polarity, Standing, Strength


@dataclass(frozen=True)
class Step:
    """One link of a route and the node it leads to, with their qualities."""

    link: str
    label: str
    mode: str | None
    """What a CHANGES link does to what it changes."""
    quality: int
    strength: Strength
    source: str
    target: str
    kind: str
    title: str
    target_quality: int
    standing: Standing | None = None
    harms: bool = False
    """Whether an ADVANCES link harms the goal."""


@dataclass(frozen=True)
class Route:
    """The best route of a project, or of a process or instrument, on the day, link by link."""

    start: str
    kind: str
    title: str
    start_quality: int
    steps: tuple[Step, ...] = ()

    @property
    def weakest(self) -> Step:
        """The link that says least for the route; the nearest to the project among equals."""
        return min(self.steps, key=lambda step: STRENGTHS.index(step.strength))


@dataclass(frozen=True)
class Broken:
    """Where a chain breaks, why, and the link at fault if one is."""

    id: str
    kind: str
    title: str
    rung: Rung
    reason: Reason
    link: Step | None = None


class Tracing:
    """Routes and breaks of one world."""

    def __init__(self, routes: Routes) -> None:
        self._routes, self._world, self._snapshot = routes, routes.world, routes.snapshot

    def routes(self, ids: Iterable[str]) -> dict[str, Route]:
        """The best route of each of these records that has one."""
        found = {}
        for place, links in self._routes.of(self._places(ids)).items():
            id, kind, title = self.record(place)
            steps = tuple(self.step(*each) for each in links)
            found[id] = Route(id, kind, title, int(self._world.quality[place]), steps)
        return found

    def breaks(self, ids: Iterable[str]) -> dict[str, Broken]:
        """Where the chain of each of these records breaks."""
        starts = np.array(self._places(ids), np.int64)
        found = breaks(self._routes, starts)
        told = {}
        for at in np.flatnonzero(found.place >= 0).tolist():
            id, kind, title = self.record(int(found.place[at]))
            label = int(found.link.label[at])
            link = self.step(TRACES[label], int(found.link.row[at])) if label >= 0 else None
            reason = list(Reason)[found.reason[at]]
            told[self._snapshot.id(int(starts[at]))] = Broken(id, kind, title, RUNGS[kind], reason, link)
        return told

    def _places(self, ids: Iterable[str]) -> list[int]:
        found = self._snapshot.placed(sorted(set(ids)), LADDER)
        return sorted(found[found >= 0].tolist())

    def record(self, place: int) -> tuple[str, str, str]:
        """Id, kind and title of what stands at a place."""
        kind, position = self._snapshot.at(place)
        table = self._snapshot.records[kind]
        return table.id(position), kind, table["title"][position]

    def step(self, label: str, row: int) -> Step:
        """A tracing link as a step."""
        links = self._snapshot.links[label]
        arrives = int(links["target"][row])
        target, kind, title = self.record(arrives)
        mode = int(links["mode"][row]) if label == "CHANGES" else 0
        polarity = int(links["polarity"][row]) if label == "ADVANCES" else 0
        standing = int(links["standing"][row])
        return Step(
            link=links.id(row),
            label=label,
            mode=list(ChangeMode)[mode - 1].value if mode else None,
            quality=int(self._world.link_quality(label)[row]),
            strength=STRENGTHS[int(self._world.strength(links)[row]) - 1],
            source=self._snapshot.id(int(links["source"][row])),
            target=target,
            kind=kind,
            title=title,
            target_quality=int(self._world.quality[arrives]),
            standing=list(Standing)[standing - 1] if standing else None,
            harms=bool(polarity) and list(Polarity)[polarity - 1] is Polarity.HARMS,
        )

    def steps(self, ids: Iterable[str]) -> list[Step]:
        """The links that leave these records and are not absent, in the order of their ids."""
        wanted = np.zeros(self._snapshot.rooms.ladder, bool)
        wanted[self._places(ids)] = True
        wanted = self._snapshot.twice(wanted)
        found = [
            self.step(rung.label, row)
            for rung in self._world.rungs
            for row in rung.rows[wanted[rung.source]].tolist()
        ]
        return sorted(found, key=lambda each: each.link)

    def to_each_goal(self, id: str) -> list[Route]:
        """The best route of a record to each goal it has one to, the best of all first."""
        start, world = self._snapshot.place(id), self._world
        net, here = Net.around(world, start)
        found = []
        for towards in net.to_each():
            routes = Routes(Judged(world, towards))
            for links in routes.of([here]).values():
                steps = tuple(self.step(*each) for each in links)
                (best,), _ = routes.best(np.array([here]))
                ids = [step.link for step in steps]
                route = Route(id, *self.record(start)[1:], int(world.quality[start]), steps)
                found.append(((-int(best), len(ids), ids), route))
        return [route for _, route in sorted(found, key=lambda each: each[0])]
