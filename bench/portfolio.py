"""The portfolio against Cypher on the same store, against the memory it must touch, and over HTTP."""

import csv
import io
from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from time import perf_counter
from typing import Any

import numpy as np

from app.domain.ledger import Head
from app.graph import Graph
from app.local_neo4j import Address
from app.portfolio import load as loading
from app.portfolio.judged import Judged
from app.portfolio.law import Law
from app.portfolio.money import Money
from app.portfolio.refresh import Keeper
from app.portfolio.rows import Sight
from app.portfolio.snapshot import Snapshot
from app.portfolio.surface import Portfolio
from app.portfolio.verdicts import Quality
from app.portfolio.world import NOTHING_SUPPOSED, Overlay, World
from app.who import EVERYTHING
from bench import cypher, memory, page
from bench.day import DAY
from bench.timing import Measure, paired, timed, told
from graph_schema.values import Standing

MEMORY_MB = 100_000
_NEXT_DAY, _NEXT_YEAR = DAY + timedelta(days=1), DAY + timedelta(days=365)
"""A day on which the law is what it was, and one on which it is not."""
_TRACED = ("ADVANCES", "OPERATES", "CHANGES", "ENABLES")
_ACCEPTED = list(Standing).index(Standing.ACCEPTED) + 1
_READ = ("source", "target", "standing", "strength", "valid_from", "valid_to")
"""The columns that a verdict on a day cannot do without."""


async def measure(graph: Graph, address: Address, step: Callable[[str], None]) -> AsyncIterator[Measure]:
    """Every ratio of the portfolio, over what stands in the store, each told once it is known."""
    step("building the columns")
    snapshot, built = await _built(graph)
    yield built
    step("memory of a worker")
    yield memory.measure(address)
    step("lifts")
    law = Law(snapshot, DAY)
    yield _against_floor(snapshot, law)
    for each in _suppositions(snapshot, law):
        yield each
    step("files")
    yield _csv(snapshot, law)
    step("Cypher")
    for each in await _against_cypher(graph, address, snapshot, law):
        yield each
    del snapshot, law
    step("pages over HTTP")
    pages = await page.measure(graph, address)
    for each in pages:
        yield each
    step("two processes")
    yield await page.measure_two(address, pages[0]["ours_per_second"])


async def _built(graph: Graph) -> tuple[Snapshot, Measure]:
    """How long the snapshot takes, and how long the same lists take to arrive; by turns."""
    ours, theirs = [], []
    for _ in range(3):
        began = perf_counter()
        await loading.streamed(graph)
        theirs.append(perf_counter() - began)
        began = perf_counter()
        snapshot = await Keeper(graph, MEMORY_MB).at()
        ours.append(perf_counter() - began)
    build, stream = sorted(ours)[1], sorted(theirs)[1]
    items = sum(snapshot.counts().values())
    facts = {"ours_s": build, "theirs_s": stream, "items": items}
    return snapshot, told("build_vs_stream", build / stream, at_most=2, **facts)


def _verdicts(snapshot: Snapshot, law: Law, overlay: Overlay = NOTHING_SUPPOSED) -> Judged:
    """Verdict and strength of every project."""
    judged = Judged(World(snapshot, DAY, EVERYTHING, law, overlay))
    judged.verdicts("Project")
    return judged


def _all(snapshot: Snapshot, law: Law) -> None:
    """Verdict, strength and break point of every project."""
    sight = Sight(World(snapshot, DAY, EVERYTHING, law))
    sight.judged.verdicts("Project")
    sight.broken("Project")


def _against_floor(snapshot: Snapshot, law: Law) -> Measure:
    """Against touching each link of a route once: a random gather each, and its bytes in a row."""
    links = [snapshot.links[label] for label in _TRACED]
    target = np.concatenate([each["target"] for each in links])
    values = np.zeros(snapshot.rooms.ladder, np.uint8)
    several = np.zeros(12_500_000, np.uint64)
    full, gather = paired(lambda: _all(snapshot, law), lambda: values[target])
    bandwidth = several.nbytes / timed(lambda: several.sum())
    floor = gather + sum(each[name].nbytes for each in links for name in _READ) / bandwidth
    lift = timed(lambda: _verdicts(snapshot, law))
    return told(
        "verdict_vs_floor", full / floor, at_most=5, ours_s=full, theirs_s=floor, lift_s=lift,
        ns_per_gather=gather / len(target) * 1e9, bytes_per_s=bandwidth,
    )  # fmt: skip


def _suppositions(snapshot: Snapshot, law: Law) -> list[Measure]:
    links = snapshot.links["CHANGES"]
    some = {links.id(row): Standing.WITHDRAWN for row in range(min(10, len(links)))}
    portfolio = Portfolio(World(snapshot, DAY, EVERYTHING, law))
    processes = snapshot.records["Process"]
    without = [{processes.id(row)} for row in range(min(64, len(processes)))]

    def against_lift(name: str, work: Callable[[], Any], **limit: float) -> Measure:
        ours, lift = paired(work, lambda: _verdicts(snapshot, law))
        return told(name, ours / lift, **limit, ours_s=ours, theirs_s=lift)

    return [
        against_lift("whatif_vs_lift", lambda: _verdicts(snapshot, law, Overlay(some)), at_most=1.5),
        against_lift("other_day_vs_lift", lambda: _on(_NEXT_DAY, snapshot, law), at_most=1.5),
        against_lift("other_law_vs_lift", lambda: _on(_NEXT_YEAR, snapshot, law), at_most=1.5),
        against_lift(
            "whatif64_vs_lift", lambda: portfolio.keeping(without, Quality.WAITS_FOR_LAW), at_most=3
        ),
        against_lift("change_vs_lift", lambda: _after_one_change(snapshot, law), at_most=2),
    ]


def _on(day: date, snapshot: Snapshot, law: Law) -> None:
    """Verdict and strength of every project on another day, when the law of the first alone is known."""
    Judged(World(snapshot, day, EVERYTHING, law.on(day))).verdicts("Project")


def _after_one_change(snapshot: Snapshot, law: Law) -> None:
    """The verdicts after one link was taken back: its new row, merged, and a lift."""
    links = snapshot.links["CHANGES"]
    row = int(np.flatnonzero(links["standing"] == _ACCEPTED)[0])
    ends = {end: snapshot.at(int(links[side][row])) for side, end in (("source", "from"), ("target", "to"))}
    tables = snapshot.records
    stated: dict[str, Any] = {end: (kind, tables[kind].id(at)) for end, (kind, at) in ends.items()}
    stated |= {"id": links.id(row), "standing": "withdrawn", "depth": "rules"}
    _verdicts(snapshot.after(Head("", 1, None), {}, {"CHANGES": [stated]}), law)


def _csv(snapshot: Snapshot, law: Law) -> Measure:
    """All verdicts as CSV, from nothing: against writing the same rows from memory."""
    names = ("id", "ref", "verdict", "strength", "breaks_at", "money")

    def rows() -> Any:
        portfolio = Portfolio(World(snapshot, DAY, EVERYTHING, law))
        return portfolio.all("Project").rows(*names)

    same = list(rows())

    def written(some: Any) -> None:
        csv.writer(io.StringIO()).writerows(some)

    ours, theirs = paired(lambda: written(rows()), lambda: written(same), 3)
    facts = {"ours_s": ours, "theirs_s": theirs, "rows": len(same)}
    return told("csv_vs_writer", theirs / ours, at_least=0.5, **facts)


async def _against_cypher(graph: Graph, address: Address, snapshot: Snapshot, law: Law) -> list[Measure]:
    large = len(snapshot.records["Project"]) > 100_000
    rounds, least = (2, 100) if large else (4, 75)
    judged = _verdicts(snapshot, law)
    costs = Portfolio(judged.world).accounts.costs
    pence = costs.of(0, len(snapshot.records["Project"]))
    ours = {
        "verdict_vs_cypher": timed(lambda: _all(snapshot, law)),
        "money_vs_cypher": timed(lambda: Money(judged).flow(pence)),
    }
    lift = timed(lambda: _verdicts(snapshot, law))
    told_ = []
    for name, at_least in (("verdict_vs_cypher", least), ("money_vs_cypher", 50)):
        theirs = await cypher.seconds(graph, name, rounds)
        profile = await cypher.profile(address, name)
        facts = {"ours_s": ours[name], "theirs_s": theirs, "profile": profile}
        told_.append(told(name, theirs / ours[name], at_least=at_least, **facts))
    same = await cypher.agrees(graph, snapshot)
    verdict = told_[0]
    facts = {"ours_s": lift, "theirs_s": verdict["theirs_s"], "same_counts": same}
    return [*told_, told("strength_vs_cypher", verdict["theirs_s"] / lift, at_least=least, **facts)]
