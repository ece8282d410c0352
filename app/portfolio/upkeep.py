"""Links that need a person's eye: what waits for acceptance, what is out of date, what has changed."""

from collections.abc import Iterator

import numpy as np

from app.portfolio.columns import Array
from app.portfolio.grounds import accepted, in_dates
from app.portfolio.rows import Links
from app.portfolio.surface import Portfolio
from app.portfolio.table import Table
from graph_schema import TWO_KEYS
from graph_schema.values import Standing, Status

_PROPOSED = list(Standing).index(Standing.PROPOSED) + 1
_RETIRED = list(Status).index(Status.RETIRED) + 1


def waiting(portfolio: Portfolio) -> Iterator[Links]:
    """By kind the claims, of what is current on what is not retired, that nobody accepted or disputed."""
    current, retired = _current(portfolio), _retired(portfolio)
    for label, links, seen in _seen(portfolio):
        rows = seen & (links["standing"] == _PROPOSED) & in_dates(links, portfolio.world.number)
        rows &= current[links["source"]] & ~retired[links["target"]]
        yield Links(portfolio, label, np.flatnonzero(rows))


def ageing(portfolio: Portfolio) -> Iterator[Links]:
    """By kind the accepted links of what is in use that rest on evidence or have a day of review."""
    for label, links, seen in _seen(portfolio):
        rows = seen & accepted(links, portfolio.world.number) & portfolio.in_use_anywhere[links["source"]]
        rows &= links["upkeep"] > 0
        yield Links(portfolio, label, np.flatnonzero(rows))


def moved(portfolio: Portfolio) -> Iterator[tuple[Links, list[bool], list[bool]]]:
    """By kind the accepted links an end of which means something else than when it was last looked at.

    Told beside is of each whether its source does, and whether its target.
    """
    for label, links, seen in _seen(portfolio):
        rows = seen & accepted(links, portfolio.world.number) & portfolio.snapshot.suspect(label)
        at = np.flatnonzero(rows)
        ends = (portfolio.snapshot.moved(label, end)[at].tolist() for end in ("source", "target"))
        yield Links(portfolio, label, at), *ends


def _seen(portfolio: Portfolio) -> Iterator[tuple[str, Table, Array]]:
    """The kinds of link that the other side must accept, and which of these the reader sees."""
    seen = portfolio.seen_anywhere
    for kind in TWO_KEYS:
        links = portfolio.snapshot.links[kind.label]
        yield kind.label, links, seen[links["source"]] & seen[links["target"]]


def _current(portfolio: Portfolio) -> Array:
    """Where something in use stands, of every kind; a goal is adopted by the day."""
    found = portfolio.in_use_anywhere.copy()
    found[: portfolio.snapshot.rooms.ladder] &= portfolio.world.current
    return found


def _retired(portfolio: Portfolio) -> Array:
    snapshot = portfolio.snapshot
    found = np.zeros(snapshot.rooms.end, bool)
    for kind, each in snapshot.records.items():
        found[snapshot.places(kind)] = each["status"] == _RETIRED
    return snapshot.twice(found)
