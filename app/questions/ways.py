"""What sentences are said of: the way to where a chain breaks, and the link at fault there."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.access import Scope
from app.questions import sentences
from app.questions.breaks import Break
from app.questions.core import View
from app.questions.lift import Lifted
from app.questions.parts import link_quality, node_quality
from app.questions.routes import Route
from app.questions.sentences import Leg, Sentence, Subject, Way


def _leg(link: str, target: str) -> str:
    return f"""{{
      link: {link}.id, label: type({link}), standing: {link}.standing,
      mode: CASE {link}.polarity WHEN 'harms' THEN 'harms' ELSE {link}.mode END,
      kind: [name IN labels({target}) WHERE name <> 'Record'][0], target: {target}.id, title: {target}.title
    }}"""


def _ways(scope: Scope) -> str:
    return f"""
    UNWIND $breaks AS at
    MATCH (p:Record {{id: at.start}}) MATCH (n:Record {{id: at.node}})
    RETURN collect({{
      start: at.start,
      direct: COLLECT {{
        MATCH (p)-[l:CHANGES|ENABLES|OPERATES]->(n) WHERE {link_quality("l", "p", "n")} > 0
        RETURN [{_leg("l", "n")}] ORDER BY l.id LIMIT 1 }},
      through: COLLECT {{
        MATCH (p)-[l:CHANGES]->(m:Process)-[o:OPERATES]->(n)
        WHERE {scope.sees("m")} AND {node_quality("m")} > 0
          AND {link_quality("l", "p", "m")} > 0 AND {link_quality("o", "m", "n")} > 0
        RETURN [{_leg("l", "m")}, {_leg("o", "n")}] ORDER BY l.id, o.id LIMIT 1 }},
      fault: COLLECT {{
        MATCH (n)-[l:CHANGES|ENABLES|OPERATES|ADVANCES]->(m) WHERE l.id = at.link AND {scope.sees("m")}
        RETURN {_leg("l", "m")} }}
    }}) AS rows
    """


async def tell(
    view: View,
    lifted: Lifted,
    subjects: Iterable[Subject],
    routes: Mapping[str, Route],
    broken: Mapping[str, Break],
) -> dict[str, Sentence]:
    """The sentence of each of these projects, processes or instruments, by id."""
    asked = list(subjects)
    breaks = [
        {"start": each.id, "node": broken[each.id].id, "link": broken[each.id].link}
        for each in asked
        if each.id in broken and each.id not in routes
    ]
    rows = await view.read(_ways(view.scope), breaks=breaks, caps=lifted.law.caps) if breaks else []
    found = {row["start"]: _way(row) for row in rows}
    return {
        each.id: sentences.of(each, lifted.law, routes.get(each.id), broken.get(each.id), found.get(each.id))
        for each in asked
    }


def _way(row: dict[str, Any]) -> Way:
    legs: list[dict[str, Any]] = next(iter([*row["direct"], *row["through"]]), [])
    return Way(tuple(Leg(**leg) for leg in legs), next((Leg(**leg) for leg in row["fault"]), None))
