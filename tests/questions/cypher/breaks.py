"""Where a chain breaks and why, for the projects, processes or instruments asked about."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.access import Scope
from app.portfolio.verdicts import (
    MISSING,
    NOT_CURRENT,
    RUNGS,
    Quality,
    Reason,
)
from app.questions.breaks import Break, break_of_route
from app.questions.core import View
from tests.questions.cypher.lift import LONGEST_CHAIN, Lifted
from tests.questions.cypher.parts import current, in_dates, is_step, link_quality, node_quality, place, read
from tests.questions.cypher.routes import STARTS, Route, best_routes

# With no route: walk from the project over parts of quality 1 or more, as far as it goes.

_ANY_PROJECT, _LAST_PROJECT, _PROCESS, _INSTRUMENT = range(4)
_NOWHERE = "~"
"""Sorts after every place."""

Reach = dict[str, list[str]]
"""Place -> for each (kind of place, quality at least q), 4 by 4, the lowest place reached that well."""


def _walk(scope: Scope, source: str, links: str, targets: str, own: str) -> str:
    """One rung of the walk; `own` says at which j the place itself stands."""
    return f"""
    MATCH (n:{source}) WHERE {scope.sees("n")}
    OPTIONAL MATCH (n)-[l:{links}]->(m:{targets}) WHERE {scope.sees("m")}
    WITH n, CASE WHEN l IS NOT NULL THEN {{
      quality: {link_quality("l", "n", "m")}, reach: $reach[{place("l", "m")}]
    }} END AS way
    WITH n, collect(way) AS ways
    WITH n, n.id + '+' AS place, {node_quality("n")} AS cap, $reach[n.id + '+'] AS known,
         [way IN ways WHERE way.quality > 0 AND way.reach IS NOT NULL] AS ways
    WITH n, place, cap, known, ways, {_leads_on(scope)} AS leads_on
    WHERE cap > 0
    RETURN collect({{place: place, reach: [j IN range(0, 15) |
      CASE WHEN cap <= j % 4 THEN '{_NOWHERE}' ELSE
        reduce(first = CASE WHEN {own} THEN place ELSE coalesce(known[j], '{_NOWHERE}') END, way IN ways |
          CASE WHEN way.quality > j % 4 AND way.reach[j] < first THEN way.reach[j] ELSE first END)
      END]}}) AS rows
    """


def _leads_on(scope: Scope) -> str:
    return f"""EXISTS {{ MATCH (n)-[e:ENABLES]->(x:Project)
        WHERE {scope.sees("x")} AND {link_quality("e", "n", "x")} > 0 AND {node_quality("x")} > 0 }}"""


def _instruments(scope: Scope) -> str:
    return f"""
    MATCH (n:PolicyInstrument) WHERE {scope.sees("n")}
    WITH n, {node_quality("n")} AS cap WHERE cap > 0
    UNWIND ['+', '-'] AS position
    WITH n.id + position AS place, cap
    RETURN collect({{place: place, reach: [j IN range(0, 15) |
      CASE WHEN j / 4 = {_INSTRUMENT} AND cap > j % 4 THEN place ELSE '{_NOWHERE}' END]}}) AS rows
    """


async def _walked(view: View, lifted: Lifted) -> Reach:
    """How far every project comes; chains are followed as far as the lift follows them."""
    reach: Reach = {}

    async def step(text: str) -> Reach:
        rows = await read(view, text, reach=reach, caps=lifted.law.caps)
        return {row["place"]: row["reach"] for row in rows}

    own_project = f"j / 4 = {_ANY_PROJECT} OR (j / 4 = {_LAST_PROJECT} AND NOT leads_on)"
    reach |= await step(_instruments(Scope(view.reader)))
    reach |= await step(
        _walk(Scope(view.reader), "Process", "OPERATES", "PolicyInstrument", f"j / 4 = {_PROCESS}")
    )
    reach |= await step(
        _walk(Scope(view.reader), "Project", "CHANGES", "Process|PolicyInstrument", own_project)
    )
    text = _walk(Scope(view.reader), "Project", "ENABLES", "Project", "false").replace(
        "OPTIONAL MATCH", "MATCH"
    )
    for _ in range(LONGEST_CHAIN):
        further = await step(text)
        if all(reach.get(place) == found for place, found in further.items()):
            break
        reach |= further
    return reach


def _furthest(reach: list[str]) -> str:
    """The place where the walk ends: highest rung, then best value from the project down, then lowest id."""
    for kind in (_INSTRUMENT, _PROCESS, _LAST_PROJECT, _ANY_PROJECT):
        reached = [found for found in reach[kind * 4 : kind * 4 + 4] if found != _NOWHERE]
        if reached:
            return reached[-1]
    raise AssertionError("a project of quality 1 or more reaches itself")


_NOT_CURRENT = " ".join(f"WHEN m:{kind} THEN '{NOT_CURRENT[rung]}'" for kind, rung in RUNGS.items())


def _reasons(scope: Scope) -> str:
    """For each place, each reason that a next link gives, with the lowest such link."""
    return f"""
    UNWIND $places AS at
    MATCH (n:Record {{id: at.node}})-[l:CHANGES|ENABLES|OPERATES|ADVANCES]->(m) WHERE {scope.sees("m")}
    WITH at, l, m, coalesce(l.polarity, at.polarity) = at.polarity AS onward,
         {link_quality("l", "n", "m")} AS quality, {node_quality("m")} AS target
    WITH at, l.id AS link, CASE
      WHEN onward AND l.standing IN ['disputed', 'withdrawn'] THEN '{Reason.LINK_DISPUTED}'
      WHEN onward AND NOT {in_dates("l")} THEN '{Reason.LINK_ENDED}'
      WHEN onward AND NOT ({current("m")} AND {is_step("l", "m")}) THEN CASE {_NOT_CURRENT} END
      WHEN onward AND target = 0 THEN '{Reason.LAW_WILL_NOT_CHANGE}'
      WHEN NOT onward AND quality > 0 AND target > 0 THEN
        CASE at.polarity WHEN 'harms' THEN '{Reason.RETIRES_WHAT_HELPS}' ELSE '{Reason.ONLY_HARMS}' END
      END AS reason
    WHERE reason IS NOT NULL
    WITH at.place AS place, reason, min(link) AS link
    RETURN collect({{place: place, reason: reason, link: link}}) AS rows
    """


RECORDS = """
UNWIND $ids AS id MATCH (n:Record {id: id})
RETURN collect({id: id, title: n.title, kind: [name IN labels(n) WHERE name <> 'Record'][0]}) AS rows
"""


async def breaks(
    view: View, lifted: Lifted, starts: Iterable[str], routes: Mapping[str, Route] | None = None
) -> dict[str, Break]:
    """Where the chain of each of these projects, processes or instruments breaks; clean ones are not named.

    `routes` are the best routes of those that have one, where the caller has read them.
    """
    asked = list(starts)
    routes = await best_routes(view, lifted, asked) if routes is None else routes
    found = {id: break_of_route(routes[id], lifted.best(id)[0]) for id in asked if id in routes}
    without = [id for id in asked if id not in routes]
    if without:
        found |= await _breaks_without_route(view, lifted, without)
    return {id: each for id, each in found.items() if each is not None}


async def _breaks_without_route(view: View, lifted: Lifted, starts: list[str]) -> dict[str, Break]:
    rows = await read(view, STARTS, ids=starts, caps=lifted.law.caps)
    at_itself = {
        row["id"]: _at(
            row["id"],
            row["kind"],
            row["title"],
            Reason.LAW_WILL_NOT_CHANGE if row["current"] else NOT_CURRENT[RUNGS[row["kind"]]],
        )
        for row in rows
        if row["quality"] == Quality.ABSENT
    }
    if len(at_itself) == len(starts):
        return at_itself
    reach = await _walked(view, lifted)
    places = {id: _furthest(reach[id + "+"]) for id in starts if id not in at_itself}
    said = await _said(view, lifted, set(places.values()))
    return at_itself | {id: said[place] for id, place in places.items()}


async def _said(view: View, lifted: Lifted, places: set[str]) -> dict[str, Break]:
    """What is said of each place where a walk ends."""
    asked = [
        {"place": each, "node": each[:-1], "polarity": "harms" if each[-1] == "-" else "helps"}
        for each in sorted(places)
    ]
    rows = await read(view, _reasons(Scope(view.reader)), places=asked, caps=lifted.law.caps)
    reasons: dict[str, dict[Reason, str]] = {each: {} for each in places}
    for row in rows:
        reasons[row["place"]][Reason(row["reason"])] = row["link"]
    records = await read(view, RECORDS, ids=sorted({each[:-1] for each in places}))
    kinds = {row["id"]: row for row in records}
    return {each: _break_at(kinds[each[:-1]], reasons[each]) for each in places}


def _break_at(record: Mapping[str, Any], reasons: Mapping[Reason, str]) -> Break:
    first = next((each for each in Reason if each in reasons), MISSING[RUNGS[record["kind"]]])
    return _at(record["id"], record["kind"], record["title"], first, reasons.get(first))


def _at(id: str, kind: str, title: str, reason: Reason, link: str | None = None) -> Break:
    return Break(id=id, kind=kind, title=title, rung=int(RUNGS[kind]), reason=reason, link=link)
