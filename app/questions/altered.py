"""What projects change, how deep, and which policy instruments they touch by it."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from app.portfolio.surface import Portfolio
from app.questions.core import Named
from graph_schema.values import ChangeMode, Depth, Standing, Status, Strength


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


@dataclass(frozen=True)
class Stated:
    """A link by which a project says it changes a process or instrument, of any standing and date."""

    link: str
    project: str
    target: Named
    kind: str
    of: Named | None
    """The organisation whose process or instrument it is."""
    retired: bool
    depth: Depth
    mode: ChangeMode
    standing: Standing
    strength: Strength
    valid_from: date | None
    valid_to: date | None

    def holds(self, day: date) -> bool:
        """Whether the link is so on the day."""
        return (self.valid_from or day) <= day and (self.valid_to is None or day < self.valid_to)


_OF_LINK = (
    "id", "source", "target", "to_kind", "depth", "mode", "standing", "strength", "valid_from", "valid_to",
)  # fmt: skip
_OF_TARGET = ("id", "title", "organisation", "organisation_title", "status")


def stated(portfolio: Portfolio, projects: Collection[str]) -> list[Stated]:
    """What each of these projects says it changes, as far as the reader sees that, by id of the link."""
    targets = {
        id: (Named(id=id, title=title), Named(id=of, title=name) if of else None, status is Status.RETIRED)
        for kind in ("Process", "PolicyInstrument")
        for id, title, of, name, status in portfolio.all(kind).rows(*_OF_TARGET)
    }
    return [
        Stated(
            link, project, targets[target][0], kind, targets[target][1], targets[target][2], depth,
            mode or ChangeMode.ALTERS, standing, strength or Strength.MODERATE, begins, ends,
        )
        for link, project, target, kind, depth, mode, standing, strength, begins, ends in (
            portfolio.links("CHANGES").rows(*_OF_LINK)
        )
        if project in projects
    ]  # fmt: skip
