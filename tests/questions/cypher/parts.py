"""The quality of links and nodes, as Cypher text: the only place that says what a part of a route is worth.

The texts need the parameters `day`, `caps` (the most a node may pass on for its law, by id) and those of
`Scope`.
"""

from app.portfolio.verdicts import STEPS, STRENGTHS
from app.questions.parts import accepted as accepted
from app.questions.parts import current as current
from app.questions.parts import in_dates as in_dates

_STEPS = "[" + ", ".join(f"'{state}'" for state in STEPS) + "]"
_RANKS = " ".join(f"WHEN '{strength}' THEN {rank}" for rank, strength in enumerate(STRENGTHS, 1))


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
