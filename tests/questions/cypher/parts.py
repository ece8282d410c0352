"""The quality of links and nodes, as Cypher text: the only place that says what a part of a route is worth.

The texts need the parameters `day`, `caps` (the most a node may pass on for its law, by id) and those of
`Scope`.
"""

from typing import Any

from app.domain.access import Scope
from app.graph import Row
from app.portfolio.verdicts import STEPS, STRENGTHS
from app.questions.core import View
from graph_schema.cypher import in_dates as in_dates

_STEPS = "[" + ", ".join(f"'{state}'" for state in STEPS) + "]"
_RANKS = " ".join(f"WHEN '{strength}' THEN {rank}" for rank, strength in enumerate(STRENGTHS, 1))


async def read(view: View, text: str, **parameters: Any) -> list[Row]:
    """Read what a text collects as `rows`, with the reader's scope and the day among the parameters."""
    scope = Scope(view.reader)
    day = view.valid_on.isoformat()
    found = await view.graph.row(text, day=day, **scope.parameters, **parameters)
    return list(found["rows"]) if found else []


def accepted(link: str) -> str:
    """Whether the link counts without doubt about who said so, on the day."""
    return f"({link}.standing = 'accepted' AND {in_dates(link)})"


def current(node: str) -> str:
    """Whether the record is in use on the day; a goal must be adopted by then."""
    return (
        f"({node}.status <> 'retired' AND {in_dates(node)} AND (NOT {node}:PolicyGoal"
        f" OR ({node}.adopted_by IS NOT NULL AND coalesce({node}.adopted_on <= $day, false))))"
    )


def is_step(link: str, target: str) -> str:
    """Whether the link may lead on: over ENABLES only to a project that is approved, delivering or closed."""
    return f"(NOT {link}:ENABLES OR {target}.state IN {_STEPS})"


def link_quality(link: str, source: str, target: str) -> str:
    """Quality of a tracing link between two records that the reader sees."""
    return (
        f"CASE WHEN NOT coalesce({link}.standing, '') IN ['proposed', 'accepted'] OR NOT {in_dates(link)}"
        f" OR NOT {is_step(link, target)} THEN 0"
        f" WHEN {link}.standing = 'proposed' THEN 1"
        f" WHEN coalesce({link}.source_print <> {source}.print, false)"
        f" OR coalesce({link}.target_print <> {target}.print, false) THEN 3 ELSE 4 END"
    )


def node_quality(node: str) -> str:
    """Quality of a record that the reader sees."""
    return f"CASE WHEN NOT {current(node)} THEN 0 ELSE coalesce($caps[{node}.id], 4) END"


def strength(link: str) -> str:
    """Rank of a link's strength, weak 1 to direct 4."""
    return f"CASE {link}.strength {_RANKS} ELSE 1 END"


def place(link: str, target: str) -> str:
    """Where a link leads: an instrument is one place for who keeps it and another for who retires it."""
    return (
        f"{target}.id + CASE WHEN {link}:CHANGES AND {link}.mode = 'retires' AND {target}:PolicyInstrument"
        " THEN '-' ELSE '+' END"
    )
