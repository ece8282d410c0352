"""Which assets and projects are used again, who makes them, and on which services projects work."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from app.portfolio.surface import Portfolio

Pairs = dict[str, set[str]]
"""Id -> ids it is joined to."""


def reused(portfolio: Portfolio) -> Pairs:
    """The assets and projects that each project uses again."""
    return _joined(portfolio.links("REUSES").rows("source", "target", "holds"))


def produced(portfolio: Portfolio) -> Pairs:
    """The assets that each project makes."""
    return _joined(portfolio.links("PRODUCES").rows("source", "target", "holds"))


def services(portfolio: Portfolio) -> Pairs:
    """The service types of the processes in use that each project says it changes."""
    in_use = set(portfolio.chosen("Process").column("id"))
    instances = _joined(portfolio.links("INSTANCE_OF").rows("source", "target", "holds"))
    found: Pairs = defaultdict(set)
    for project, process, quality in portfolio.links("CHANGES").rows("source", "target", "quality"):
        if quality and process in in_use and process in instances:
            found[project] |= instances[process]
    return dict(found)


def accountable(portfolio: Portfolio) -> Pairs:
    """The posts in use that are accountable for each thing."""
    in_use = set(portfolio.chosen("Post").column("id"))
    owns = portfolio.links("OWNS").rows("target", "source", "holds", "accountable")
    return _joined((thing, post, holds and first and post in in_use) for thing, post, holds, first in owns)


def turned(pairs: Pairs) -> Pairs:
    """The same, asked from the other end."""
    return _joined((target, source, True) for source, targets in pairs.items() for target in targets)


def _joined(links: Iterable[tuple[Any, ...]]) -> Pairs:
    found: Pairs = defaultdict(set)
    for source, target, holds in links:
        if holds:
            found[source].add(target)
    return dict(found)
