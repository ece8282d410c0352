"""Where the money goes: to the penny, and as a slow reading of the definition says."""

import os
from collections import defaultdict
from datetime import date
from random import Random

import numpy as np
import pytest

from app.domain import money as definition
from app.portfolio.amounts import Accounts
from app.portfolio.judged import Judged
from app.portfolio.money import Money
from app.portfolio.world import World
from app.who import EVERYTHING, Reader
from tests.build import Drawn, Joined, a_cost, a_goal, a_project, an_instrument, link
from tests.portfolio.memory import snapshot_of
from tests.questions.oracle import Facts
from tests.questions.oracle import World as Search
from tests.questions.random_graphs import BEFORE, DAY, ORGANISATIONS, OURS, draw, everything

GRAPHS = int(os.environ.get("GRAPHS", "100"))
VIEWS = [(DAY, EVERYTHING), (DAY, Reader(OURS.id)), (BEFORE, Reader(None))]


class Ledger(Search):
    """The flow of money in one small graph, link by link."""

    def costs(self, project: str) -> dict[definition.Bucket, int]:
        rows = [
            self.nodes[each["target"]]
            for each in self.out(project, "INCURS")
            if self.dated(each) and each["standing"] == "accepted" and self.current(each["target"])
        ]
        return {bucket: each.pence for bucket, each in definition.amounts(rows).items()}

    def flow(self, bucket: definition.Bucket) -> dict[str, int]:
        """What of a bucket comes to each goal."""
        arrived: dict[str, int] = defaultdict(int)
        projects = [id for id, node in self.nodes.items() if node["kind"] == "Project" and self.sees(id)]
        for quality in (4, 3, 2):
            money: dict[tuple[str, str], int] = defaultdict(int)
            for id in projects:
                if self.value(id, "helps") == quality:
                    money[id, "helps"] += self.costs(id).get(bucket, 0)
            for place in self.order(quality):
                self.share_out(money, place, quality)
            for (id, _), pence in money.items():
                arrived[id] += pence
        return {id: pence for id, pence in arrived.items() if pence}

    def value(self, id: str, polarity: str) -> int:
        """Quality of the best route from a place."""
        if not self.sees(id) or not self.node_quality(id):
            return 0
        found = [
            self.worst(id, links)
            for links, end, _ in self.paths(id, polarity, (id,))
            if self.nodes[end]["kind"] == "PolicyGoal"
        ]
        return max(found, default=0)

    def kept(self, place: tuple[str, str], quality: int) -> list[tuple[Facts, tuple[str, str]]]:
        id, polarity = place
        if self.nodes[id]["kind"] == "PolicyGoal" or self.value(id, polarity) < quality:
            return []
        found = [
            (each, (each["target"], arrives))
            for each, arrives in self.onward(id, polarity)
            if self.link_quality(each) >= quality and self.value(each["target"], arrives) >= quality
        ]
        return sorted(found, key=lambda each: each[0]["id"])

    def flows(self, place: tuple[str, str], quality: int) -> list[tuple[Facts, tuple[str, str]]]:
        """The links kept, inside a group on a cycle those alone that lead nearer to a goal."""
        return [
            (each, onto)
            for each, onto in self.kept(place, quality)
            if place not in self.beyond(onto, quality)
            or self.steps(onto, quality) < self.steps(place, quality)
        ]

    def beyond(self, place: tuple[str, str], quality: int) -> set[tuple[str, str]]:
        found, todo = {place}, [place]
        while todo:
            new = {onto for _, onto in self.kept(todo.pop(), quality)} - found
            found |= new
            todo += new
        return found

    def steps(self, place: tuple[str, str], quality: int) -> int:
        front, steps = {place}, 0
        while not any(self.nodes[id]["kind"] == "PolicyGoal" for id, _ in front):
            front, steps = {onto for each in front for _, onto in self.kept(each, quality)}, steps + 1
        return steps

    def order(self, quality: int) -> list[tuple[str, str]]:
        """The places, each before those its money flows to."""
        places = [(id, way) for id in self.nodes for way in ("helps", "harms")]
        done: dict[tuple[str, str], None] = {}

        def visit(place: tuple[str, str]) -> None:
            if place not in done:
                for _, onto in self.flows(place, quality):
                    visit(onto)
                done[place] = None

        for each in places:
            visit(each)
        return list(reversed(done))

    def share_out(self, money: dict[tuple[str, str], int], place: tuple[str, str], quality: int) -> None:
        links = self.flows(place, quality)
        if not links or not money[place]:
            return
        stated = [each["share"] for each, _ in links]
        total_set = sum(round(each * 10**6) for each in stated if each is not None)
        unset = stated.count(None)
        missing = max(10**6 - total_set, 0)
        weights = [missing if each is None else round(each * 10**6) * max(unset, 1) for each in stated]
        weights = weights if sum(weights) else [1] * len(weights)
        amount, before, running = money.pop(place), 0, 0
        for (_, onto), weight in zip(links, weights, strict=True):
            running += weight
            upto = amount * running // sum(weights)
            money[onto] += upto - before
            before = upto


def drawn(seed: int, graphs: int) -> list[list[Drawn | Joined]]:
    random = Random(seed)
    return [draw(random) for _ in range(graphs)]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(max(1, GRAPHS // 100)))
def test_every_goal_gets_what_the_definition_says_and_no_penny_is_lost(seed: int) -> None:
    graphs = drawn(seed, min(GRAPHS, 100))
    snapshot = snapshot_of(everything(graphs))
    for day, reader in VIEWS:
        judged = Judged(World(snapshot, date.fromisoformat(day), reader))
        costs, flows = Accounts(judged.world).costs, Money(judged)
        projects, quality = snapshot.records["Project"], judged.quality[snapshot.places("Project")]
        for number, bucket in enumerate(costs.buckets):
            pence = costs.of(number, len(projects))
            pence = np.where(judged.world.sees("Project"), pence, 0)
            flow = flows.flow(pence)
            assert flow.apportioned.sum() + pence[quality < 2].sum() == pence.sum()
            goals = snapshot.records["PolicyGoal"]
            found = {goals.id(at): int(flow.apportioned[at]) for at in np.flatnonzero(flow.apportioned)}
            organisation = None if reader.sees_everything else reader.organisation or "nobody"
            for each, graph in enumerate(graphs):
                expected = Ledger([*ORGANISATIONS, *graph], day, organisation).flow(bucket)
                said = {id: found[id] for id in found if any(node.id == id for node in graph)}
                assert said == expected, f"seed {seed}, graph {each}, {bucket}, {day}, {reader}"


def test_costs_of_all_projects_are_what_the_definition_says_of_each() -> None:
    graphs = drawn(1, 150)
    snapshot = snapshot_of(everything(graphs))
    for day, reader in VIEWS:
        costs = Accounts(World(snapshot, date.fromisoformat(day), reader)).costs
        projects = snapshot.records["Project"]
        found: dict[str, dict[definition.Bucket, int]] = defaultdict(dict)
        for project, bucket, pence in zip(costs.project, costs.bucket, costs.pence, strict=True):
            found[projects.id(int(project))][costs.buckets[bucket]] = int(pence)
        organisation = None if reader.sees_everything else reader.organisation or "nobody"
        for graph in graphs:
            ledger = Ledger([*ORGANISATIONS, *graph], day, organisation)
            for id, node in ledger.nodes.items():
                if node["kind"] == "Project":
                    assert found.get(id, {}) == ledger.costs(id)


def test_touches_counts_a_project_once_a_goal_and_with_parts_each_goal_once() -> None:
    whole, part, other = a_goal(), a_goal(), a_goal()
    instruments = [an_instrument(), an_instrument()]
    project, cost = a_project(), a_cost("1.01")
    things = [
        whole, part, other, *instruments, project, cost, link("INCURS", project, cost),
        *(link("CHANGES", project, each) for each in instruments), link("PART_OF", part, whole),
        *(link("ADVANCES", each, part) for each in instruments), link("ADVANCES", instruments[0], other),
    ]  # fmt: skip
    snapshot = snapshot_of(things)
    judged = Judged(World(snapshot, date.fromisoformat(DAY), EVERYTHING))
    flows, pence = Money(judged), np.array([101])
    flow = flows.flow(pence)
    goals = [snapshot.records["PolicyGoal"].position(each.id) for each in (whole, part, other)]
    assert flow.apportioned[goals].tolist() == [0, 76, 25]
    assert flows.touches(pence[np.newaxis])[0][goals].tolist() == [101, 101, 101]
    assert flows.with_parts(flow.apportioned)[goals].tolist() == [76, 76, 25]
