"""The best Cypher we can write for the same, one statement each; its PROFILE, and whether it says the same.

Both texts do less than the portfolio does: they know no law, no duties, no readers, no instruments that are
retired and no break points; money is in floats and over accepted links alone. So what is gained over them is
at least as much as is told.
"""

from dataclasses import replace
from statistics import median
from time import perf_counter
from typing import Any

import neo4j
import numpy as np

from app.graph import Graph
from app.local_neo4j import Address
from app.portfolio.judged import Judged
from app.portfolio.snapshot import Snapshot
from app.portfolio.verdicts import STEPS, STRENGTHS, Verdict
from app.portfolio.world import World
from app.who import EVERYTHING
from bench.day import DAY

_RANKS = " ".join(f"WHEN '{strength}' THEN {rank}" for rank, strength in enumerate(STRENGTHS, 4))
_STEPS = "[" + ", ".join(f"'{state}'" for state in STEPS) + "]"


def _there(link: str) -> str:
    return f"{link}.standing IN ['accepted', 'proposed'] AND coalesce({link}.valid_to > $day, true)"


def _level(link: str, source: str, target: str) -> str:
    return (
        f"CASE WHEN {link}.standing = 'proposed' THEN 1"
        f" WHEN {link}.source_print <> {source}.print OR {link}.target_print <> {target}.print THEN 3"
        f" ELSE CASE {link}.strength {_RANKS} ELSE 4 END END"
    )


def _least(one: str, other: str) -> str:
    return f"CASE WHEN {one} < {other} THEN {one} ELSE {other} END"


VERDICTS = f"""
CALL () {{
  MATCH (i:PolicyInstrument)-[l:ADVANCES]->(g:PolicyGoal)
  WHERE i.status = 'live' AND g.status = 'live' AND l.polarity = 'helps' AND {_there("l")}
  WITH i, max({_level("l", "i", "g")}) AS value
  WITH collect({{node: i, value: value}}) AS instruments
  CALL (instruments) {{
    UNWIND instruments AS each RETURN each.node AS node, each.value AS value
    UNION ALL
    UNWIND instruments AS each WITH each.node AS i, each.value AS above
    MATCH (n:Process)-[l:OPERATES]->(i) WHERE n.status = 'live' AND {_there("l")}
    WITH n, above, {_level("l", "n", "i")} AS level
    RETURN n AS node, max({_least("level", "above")}) AS value
  }}
  MATCH (p:Project)-[l:CHANGES]->(node) WHERE p.status = 'live' AND {_there("l")}
  WITH p, value AS above, {_level("l", "p", "node")} AS level
  WITH p, max({_least("level", "above")}) AS own
  MATCH (s:Project) ((a:Project)-[l:ENABLES WHERE {_there("l")}]->
    (b:Project WHERE b.status = 'live' AND b.state IN {_STEPS})){{0,}} (p)
  WHERE s.status = 'live'
  WITH s, own, [at IN range(0, size(l) - 1) | {_level("l[at]", "a[at]", "b[at]")}] AS levels
  RETURN s, max(reduce(worst = own, each IN levels | {_least("worst", "each")})) AS value
  UNION ALL
  MATCH (s:Project) RETURN s, 0 AS value
}}
WITH s, max(value) AS value
WITH value, CASE WHEN value > 3 THEN 'aligned' WHEN value = 3 THEN 'aligned_but_suspect'
  WHEN value = 1 THEN 'awaiting_acceptance'
  WHEN EXISTS {{ MATCH (s)-[:CLAIMS {{standing: 'accepted'}}]->() }} THEN 'claimed_only'
  WHEN EXISTS {{ MATCH (s)-[:CHANGES|ENABLES]->() }} THEN 'unaligned' ELSE 'not_assessed' END AS verdict
RETURN verdict, value, count(*) AS projects
"""
"""Verdict and strength of every project, lifted rung by rung; ENABLES followed as far as it leads."""

MONEY = """
MATCH (p:Project)-[:INCURS]->(c:Cost) WHERE p.status = 'live' WITH p, sum(c.amount) AS pence
CALL (p, pence) {
  MATCH (p)-[l:CHANGES]->(x) WHERE l.standing = 'accepted' AND coalesce(l.valid_to > $day, true)
  WITH pence, collect([x, coalesce(l.share, 1.0)]) AS ways
  WITH pence, ways, reduce(t = 0.0, w IN ways | t + w[1]) AS total UNWIND ways AS way
  RETURN way[0] AS x, pence * way[1] / total AS part
}
WITH x, sum(part) AS part
CALL (x, part) {
  WITH x, part WHERE x:PolicyInstrument RETURN x AS i, part AS reached
  UNION
  WITH x, part WHERE x:Process
  MATCH (x)-[l:OPERATES]->(i) WHERE l.standing = 'accepted' AND coalesce(l.valid_to > $day, true)
  WITH part, collect([i, coalesce(l.share, 1.0)]) AS ways
  WITH part, ways, reduce(t = 0.0, w IN ways | t + w[1]) AS total UNWIND ways AS way
  RETURN way[0] AS i, part * way[1] / total AS reached
}
WITH i, sum(reached) AS part
CALL (i, part) {
  MATCH (i)-[l:ADVANCES]->(g) WHERE l.standing = 'accepted' AND l.polarity = 'helps'
    AND coalesce(l.valid_to > $day, true)
  WITH part, collect([g, coalesce(l.share, 1.0)]) AS ways
  WITH part, ways, reduce(t = 0.0, w IN ways | t + w[1]) AS total UNWIND ways AS way
  RETURN way[0] AS g, part * way[1] / total AS reached
}
RETURN g.id AS goal, sum(reached) AS pence
"""
"""Money by share over accepted links from rung to rung, in floats, without ENABLES and qualities."""

TEXTS = {"verdict_vs_cypher": VERDICTS, "money_vs_cypher": MONEY}


async def seconds(graph: Graph, name: str, rounds: int) -> float:
    """How long the text takes: the median of some runs after one to warm up."""
    taken = []
    for _ in range(rounds + 1):
        began = perf_counter()
        await graph.rows(TEXTS[name], 600, day=DAY.isoformat())
        taken.append(perf_counter() - began)
    return median(taken[1:])


async def agrees(graph: Graph, snapshot: Snapshot) -> bool:
    """Whether the portfolio, were there no law, gives each verdict and strength as often as the text does."""
    told = await graph.rows(VERDICTS, 600, day=DAY.isoformat())
    theirs = {(row["verdict"], row["value"]): row["projects"] for row in told}
    none = np.zeros(0, np.int64)
    lawless = {label: snapshot.links[label].only(none) for label in ("GROUNDED_IN", "NEEDS_CHANGE")}
    judged = Judged(World(replace(snapshot, links={**snapshot.links, **lawless}), DAY, EVERYTHING))
    levels = judged.level[snapshot.places("Project")]
    pairs, counts = np.unique(np.stack([judged.verdicts("Project"), levels]), axis=1, return_counts=True)
    verdicts = [each.value for each in Verdict]
    ours = {
        (verdicts[verdict], level): count
        for verdict, level, count in zip(*pairs.tolist(), counts.tolist(), strict=True)
    }
    return ours == theirs


async def profile(address: Address, name: str) -> dict[str, Any]:
    """The PROFILE of a text: its operators, innermost last, with rows and database hits."""
    async with (
        neo4j.AsyncGraphDatabase.driver(address.uri, auth=(address.user, address.password)) as driver,
        driver.session(database=address.database, default_access_mode=neo4j.READ_ACCESS) as session,
    ):
        text: Any = neo4j.Query(f"PROFILE {TEXTS[name]}", timeout=900)
        result = await session.run(text, day=DAY.isoformat())
        plan: Any = (await result.consume()).profile
    operators = list(_operators(plan, 0))
    return {"db_hits": sum(each[2] for each in operators), "operators": operators}


def _operators(plan: dict[str, Any], depth: int) -> Any:
    kind = plan["operatorType"].partition("@")[0]
    yield f"{'. ' * depth}{kind}", int(plan.get("rows", 0)), int(plan.get("dbHits", 0))
    for each in plan.get("children", ()):
        yield from _operators(each, depth + (1 if len(plan.get("children", ())) > 1 else 0))
