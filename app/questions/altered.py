"""What projects change, how deep, and which policy instruments they touch by it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from app.portfolio.surface import Portfolio
from graph_schema.values import ChangeMode, Depth


@dataclass(frozen=True)
class Altered:
    """A process or instrument that a project says it changes."""

    id: str
    kind: str
    depth: Depth
    mode: ChangeMode
    accepted: bool
    """Whether the owner of it has accepted that; else it is proposed."""


def altered(portfolio: Portfolio) -> dict[str, list[Altered]]:
    """What each project changes by a link that is proposed or accepted and holds on the day."""
    found: dict[str, list[Altered]] = defaultdict(list)
    for project, target, kind, depth, mode, quality, holds in portfolio.links("CHANGES").rows(
        "source", "target", "to_kind", "depth", "mode", "quality", "holds"
    ):
        if quality:
            found[project].append(Altered(target, kind, depth, mode, holds))
    return dict(found)


def touched(portfolio: Portfolio, changes: dict[str, list[Altered]]) -> dict[str, list[str]]:
    """Ids of the instruments in use that each project changes, itself or through a process."""
    in_use = set(portfolio.chosen("PolicyInstrument").column("id"))
    operated: dict[str, list[str]] = defaultdict(list)
    for process, instrument, holds in portfolio.links("OPERATES").rows("source", "target", "holds"):
        if holds:
            operated[process].append(instrument)

    def instruments(of: Iterable[Altered]) -> set[str]:
        return {id for each in of for id in (each.id, *operated.get(each.id, ()))} & in_use

    return {project: sorted(instruments(of)) for project, of in changes.items()}
