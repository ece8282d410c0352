"""Best routes, link by link: highest quality, then strongest, shortest, lowest ids."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from app.domain.access import Scope
from app.portfolio.tracing import Route, Step
from app.portfolio.verdicts import STRENGTHS
from app.questions.core import View
from tests.questions.cypher.lift import Lifted, pair
from tests.questions.cypher.parts import current, link_quality, node_quality, place, read, strength


def _next_links(scope: Scope) -> str:
    """For each place: its first link, by id, over which the wanted number of links is kept."""
    return f"""
    UNWIND $places AS at
    MATCH (n:Record {{id: at.node}})-[l:CHANGES|ENABLES|OPERATES|ADVANCES]->(m)
    WHERE {scope.sees("m")} AND coalesce(l.polarity, at.polarity) = at.polarity
    WITH at, n, l, m,
         {link_quality("l", "n", "m")} AS quality, {strength("l")} AS strength,
         {place("l", "m")} AS place
    WHERE quality >= at.quality AND strength >= at.strength
      AND $values[place].fewest[at.pair] = at.links - 1
    WITH at, n, l, m, quality, strength, place ORDER BY l.id
    WITH at, collect({{
      place: place, link: l.id, label: type(l), mode: l.mode, quality: quality, strength: strength,
      source: n.id, target: m.id, kind: [name IN labels(m) WHERE name <> 'Record'][0], title: m.title,
      target_quality: {node_quality("m")}
    }})[0] AS step
    RETURN collect({{start: at.start, step: step}}) AS rows
    """


STARTS = f"""
UNWIND $ids AS id MATCH (n:Record {{id: id}})
RETURN collect({{
  id: id, kind: [name IN labels(n) WHERE name <> 'Record'][0], title: n.title,
  quality: {node_quality("n")}, current: {current("n")}
}}) AS rows
"""


async def best_routes(view: View, lifted: Lifted, starts: Iterable[str]) -> dict[str, Route]:
    """The best route of each of these projects, processes or instruments that has one."""
    best = {id: lifted.best(id) for id in starts}
    places = [
        {
            "start": id,
            "node": id,
            "polarity": "helps",
            "quality": quality,
            "strength": rank,
            "pair": pair(quality, rank),
            "links": lifted.of(id)["fewest"][pair(quality, rank)],
        }
        for id, (quality, rank) in best.items()
        if quality
    ]
    if not places:
        return {}
    rows = await read(view, STARTS, ids=[at["start"] for at in places], caps=lifted.law.caps)
    routes = {row["id"]: Route(row["id"], row["kind"], row["title"], row["quality"]) for row in rows}
    while places:
        rows = await read(
            view, _next_links(Scope(view.reader)), places=places, values=lifted.values, caps=lifted.law.caps
        )
        found = {row["start"]: row["step"] for row in rows}
        for id, step in found.items():
            routes[id] = replace(routes[id], steps=(*routes[id].steps, _step(step)))
        places = [_onward(at, found[at["start"]]) for at in places if at["links"] > 1]
    return routes


def _step(row: Mapping[str, Any]) -> Step:
    facts = {name: value for name, value in row.items() if name != "place"}
    return Step(**facts | {"strength": STRENGTHS[row["strength"] - 1]})


def _onward(at: dict[str, Any], step: Mapping[str, Any]) -> dict[str, Any]:
    polarity = "harms" if step["place"].endswith("-") else "helps"
    return at | {"node": step["target"], "polarity": polarity, "links": at["links"] - 1}
