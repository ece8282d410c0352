"""Projects whose verdict is another at two times, and the entries of the ledger that made it so."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.portfolio import flips
from app.portfolio.deciding import Deciding, deciding
from app.portfolio.flips import Part
from app.portfolio.surface import Portfolio
from app.questions.entries import Change
from app.questions.projects import Judged


@dataclass(frozen=True)
class Flip:
    """A project of which something else is said than before."""

    id: str
    before: Judged | None
    after: Judged | None
    parts: frozenset[Part]
    deciding: Deciding
    """The records and links that decide its parts, and which of their facts."""


def of(
    then: Portfolio, now: Portfolio, before: Mapping[str, Judged], after: Mapping[str, Judged]
) -> list[Flip]:
    """The projects of which something else is said, with what made it so."""
    both = {
        id: (before[id].verdict, after[id].verdict)
        for id in sorted(before.keys() & after.keys())
        if before[id].verdict is not after[id].verdict
    }
    parts = flips.parts(then, now, both)
    decided: dict[Part, Deciding] = {
        part: _together(deciding(each.snapshot, part) for each in (then, now))
        for part in {part for some in parts.values() for part in some}
    }
    found = [
        Flip(
            id, before[id], after[id], frozenset(parts.get(id, ())),
            _together(decided[part] for part in parts.get(id, ())),
        )
        for id in both
    ]  # fmt: skip
    alone = sorted(before.keys() ^ after.keys())
    return [*found, *(Flip(id, before.get(id), after.get(id), frozenset(), {id: None}) for id in alone)]


def _together(some: Iterable[Deciding]) -> Deciding:
    found: Deciding = {}
    for each in some:
        for id, facts in each.items():
            known = found.get(id, frozenset())
            found[id] = None if facts is None or known is None else known | facts
    return found


def items(flips: Iterable[Flip]) -> set[str]:
    """The records and links that decide any of these."""
    return {id for flip in flips for id in flip.deciding}


def made(flips: Iterable[Flip], changes: Iterable[Change]) -> dict[str, list[Change]]:
    """By project, those of the changes that made its verdict another."""
    by_item: dict[str, list[Change]] = defaultdict(list)
    for each in changes:
        by_item[each.item].append(each)
    return {
        flip.id: sorted(
            (
                change
                for id, facts in flip.deciding.items()
                for change in by_item.get(id, ())
                if facts is None or change.before is None or facts & set(change.facts)
            ),
            key=lambda each: each.number,
        )
        for flip in flips
    }
