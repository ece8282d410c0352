"""What every goal, instrument, process and project is worth on the day, lifted rung by rung.

A route is as good as its worst part and a project as good as its best route. Of quality and strength
neither follows from the other's minimum, so a value holds, for each pair of (quality at least q, strength
at least s), the fewest links in which a goal is reached that well. Each rung is one statement; the links
that chain (PART_OF, ENABLES) are followed one hop a statement until nothing changes, so cycles cannot
disturb it, and at most `LONGEST_CHAIN` times.
"""

from dataclasses import dataclass, field
from typing import Any

from app.domain.access import Scope
from app.portfolio.verdicts import LEVELS, STRENGTHS, Quality
from app.questions.core import View
from graph_schema.values import GoalLevel, Strength
from tests.questions.cypher import legal
from tests.questions.cypher.legal import Law
from tests.questions.cypher.parts import accepted, current, link_quality, node_quality, place, read, strength

LONGEST_CHAIN = 8
"""How many ENABLES or PART_OF links are followed, one after another."""
PAIRS = 16
"""Pairs of quality 1 to 4 and strength 1 to 4: pair j is quality j // 4 + 1 and strength j % 4 + 1."""
NO_ROUTE = 99

Value = dict[str, Any]
"""`fewest`: links to a goal by pair; `level`: rank of the highest goal reached; `duty`: one is reached."""

NOTHING: Value = {"fewest": [NO_ROUTE] * PAIRS, "level": 0, "duty": False}


def pair(quality: int, strength: int) -> int:
    """Position of a pair in `fewest`."""
    return (quality - 1) * 4 + strength - 1


@dataclass(frozen=True)
class Lifted:
    """The values of all places on one day for one reader: `<id>+`, or `<id>-` for who retires it."""

    law: Law
    values: dict[str, Value] = field(default_factory=dict)
    cut_off: tuple[str, ...] = ()
    """Labels of the links whose chains were longer than is followed."""

    def of(self, id: str) -> Value:
        """The value of a record."""
        return self.values.get(id + "+", NOTHING)

    def best(self, id: str) -> tuple[int, int]:
        """Quality of the best route, and rank of the strongest weakest link among routes that good."""
        fewest = self.of(id)["fewest"]
        best = max((j for j in range(PAIRS) if fewest[j] < NO_ROUTE), default=None)
        return (0, 0) if best is None else (best // 4 + 1, best % 4 + 1)

    def strength(self, id: str) -> Strength | None:
        """Strength of the best route; said of clean routes only."""
        quality, rank = self.best(id)
        return STRENGTHS[rank - 1] if quality == Quality.CLEAN else None

    def level(self, id: str) -> GoalLevel | None:
        """Highest level of a goal the record reaches by a clean route."""
        rank = self.of(id)["level"]
        return LEVELS[rank - 1] if rank else None


def _goals(scope: Scope) -> str:
    return f"""
    MATCH (g:PolicyGoal) WHERE {scope.sees("g")} AND {current("g")}
    RETURN collect({{id: g.id, level: g.level}}) AS rows
    """


def _goals_above(scope: Scope) -> str:
    return f"""
    MATCH (g:PolicyGoal)-[l:PART_OF]->(u:PolicyGoal)
    WHERE {accepted("l")} AND {scope.sees("g", "u")} AND $levels[u.id] > $levels[g.id]
    WITH g.id AS id, max($levels[u.id]) AS level
    RETURN collect({{id: id, level: level}}) AS rows
    """


def _rung(scope: Scope, source: str, links: str, targets: str) -> str:
    """One lift: the values of the records of one kind from those of the records their links lead to."""
    return f"""
    MATCH (n:{source}) WHERE {scope.sees("n")}
    UNWIND $positions AS position
    OPTIONAL MATCH (n)-[l:{links}]->(m:{targets})
    WHERE {scope.sees("m")} AND coalesce(l.polarity, position) = position
    WITH n, position, CASE WHEN l IS NOT NULL THEN {{
      quality: {link_quality("l", "n", "m")}, strength: {strength("l")}, above: $values[{place("l", "m")}]
    }} END AS way
    WITH n, position, collect(way) AS ways
    WITH n.id + CASE position WHEN 'harms' THEN '-' ELSE '+' END AS place, position,
         {node_quality("n")} AS cap, $values[n.id + '+'] AS own, coalesce($duties[n.id], false) AS bound,
         [way IN ways WHERE way.quality > 0 AND way.above IS NOT NULL] AS ways
    WITH place,
      [j IN range(0, {PAIRS - 1}) | CASE WHEN cap <= j / 4 THEN {NO_ROUTE} ELSE
        reduce(fewest = coalesce(own.fewest[j], {NO_ROUTE}), way IN ways |
          CASE WHEN way.quality > j / 4 AND way.strength > j % 4 AND way.above.fewest[j] + 1 < fewest
          THEN way.above.fewest[j] + 1 ELSE fewest END) END] AS fewest,
      reduce(level = coalesce(own.level, 0), way IN ways |
        CASE WHEN cap = 4 AND way.quality = 4 AND way.above.level > level
        THEN way.above.level ELSE level END) AS level,
      position = 'helps' AND cap >= 2 AND (bound OR coalesce(own.duty, false)
        OR any(way IN ways WHERE way.quality >= 3 AND way.above.duty)) AS duty
    WHERE duty OR any(links IN fewest WHERE links < {NO_ROUTE})
    RETURN collect({{place: place, value: {{fewest: fewest, level: level, duty: duty}}}}) AS rows
    """


async def lift(view: View, law: Law | None = None) -> Lifted:
    """Lift the whole portfolio, under the law of the day or, for a supposition, under the law given."""
    law = law or await legal.read(view)
    cut_off = []
    levels, cut = await _levels(view)
    if cut:
        cut_off.append("PART_OF")
    values: dict[str, Value] = {
        id + "+": {"fewest": [0] * PAIRS, "level": rank, "duty": False} for id, rank in levels.items()
    }
    for source, links, targets, positions in (
        ("PolicyInstrument", "ADVANCES", "PolicyGoal", ["helps", "harms"]),
        ("Process", "OPERATES", "PolicyInstrument", ["helps"]),
        ("Project", "CHANGES", "Process|PolicyInstrument", ["helps"]),
    ):
        text = _rung(Scope(view.reader), source, links, targets)
        values |= await _step(view, text, law, values, positions)
    if await _enabled(view, law, values):
        cut_off.append("ENABLES")
    return Lifted(law, values, tuple(cut_off))


async def _step(
    view: View, text: str, law: Law, values: dict[str, Value], positions: list[str]
) -> dict[str, Value]:
    rows = await read(view, text, caps=law.caps, duties=law.duties, values=values, positions=positions)
    return {row["place"]: row["value"] for row in rows}


async def _enabled(view: View, law: Law, values: dict[str, Value]) -> bool:
    """Follow ENABLES until nothing changes; whether that took longer than is allowed."""
    text = _rung(Scope(view.reader), "Project", "ENABLES", "Project").replace("OPTIONAL MATCH", "MATCH")
    for hop in range(LONGEST_CHAIN + 1):
        found = await _step(view, text, law, values, ["helps"])
        better = {place: value for place, value in found.items() if value != values.get(place)}
        if not better:
            return False
        if hop < LONGEST_CHAIN:
            values |= better
    return True


async def _levels(view: View) -> tuple[dict[str, int], bool]:
    """Rank of the highest level each current goal reaches over PART_OF, and whether a chain was cut off."""
    rank = {level: at for at, level in enumerate(LEVELS, 1)}
    rows = await read(view, _goals(Scope(view.reader)))
    levels = {row["id"]: rank.get(row["level"], 0) for row in rows}
    text = _goals_above(Scope(view.reader))
    for _ in range(LONGEST_CHAIN):
        found = await read(view, text, levels=levels)
        if not found:
            return levels, False
        levels |= {row["id"]: row["level"] for row in found}
    return levels, bool(await read(view, text, levels=levels))
