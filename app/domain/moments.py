"""Moments of known time: which entry of the ledger was the last by then."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from typing import Annotated

from pydantic import Field

from app.domain import ledger
from app.errors import Fault, Invalid
from app.graph import Graph

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})")


Known = Annotated[
    str | None,
    Field(
        max_length=40,
        description="As was known by this instant (RFC 3339), or by the end of this day; now if empty.",
    ),
]
"""The parameter that asks for what was known."""


@dataclass(frozen=True)
class Moment:
    """What was known: every entry of the ledger up to a number."""

    ledger: str
    """The ledger's identity."""
    number: int
    at: str
    """When the entry of that number was recorded."""


async def by(graph: Graph, known_on: str, now: datetime, pointer: str = "/known_on") -> Moment:
    """What was known by an instant, or by the end of a day in the time zone of `now`.

    An instant to the second means the second's end, since that is how this service writes instants.
    """
    row = await graph.row(_BY, until=_until(known_on, now, pointer).isoformat())
    assert row is not None, "the ledger node is made by the first migration"
    if row["number"] is None:
        raise _refused("known_on_before_beginning", "The ledger begins later; ask for a later time.", pointer)
    return Moment(row["ledger"], row["number"], ledger.instant(row["at"]) or "")


def day_of(known_on: str, now: datetime) -> date:
    """The day of an instant in the time zone of `now`, or the day itself."""
    if _DAY.fullmatch(known_on):
        return date.fromisoformat(known_on)
    return datetime.fromisoformat(known_on).astimezone(now.tzinfo).date()


async def at(graph: Graph, number: int, pointer: str = "/known_on") -> Moment:
    """What was known when the ledger had given this number."""
    row = await graph.row(_AT, number=number)
    if row is None:
        raise _refused("known_on_unknown", "The ledger has no entry of this number.", pointer)
    return Moment(row["ledger"], number, ledger.instant(row["at"]) or "")


_BY = """
MATCH (l:Ledger {name: 'ledger'})
CALL () { MATCH (c:Change) WHERE c.recorded_at < datetime($until) RETURN max(c.recorded_at) AS at }
OPTIONAL MATCH (c:Change {recorded_at: at})
RETURN l.id AS ledger, max(c.seq) AS number, toString(at) AS at
"""
_AT = """
MATCH (l:Ledger {name: 'ledger'}) MATCH (c:Change {seq: $number})
RETURN l.id AS ledger, toString(c.recorded_at) AS at
"""


def _until(known_on: str, now: datetime, pointer: str) -> datetime:
    """The first instant that is too late, in UTC: of old days the zone's own offset has seconds."""
    try:
        if _DAY.fullmatch(known_on):
            day = date.fromisoformat(known_on)
            _not_after(day > now.date(), pointer)
            return datetime.combine(day + timedelta(days=1), clock(), now.tzinfo).astimezone(UTC)
        written = _INSTANT.fullmatch(known_on)
        if written:
            instant = datetime.fromisoformat(known_on)
            _not_after(instant > now, pointer)
            late = instant + (timedelta(microseconds=1) if written[1] else timedelta(seconds=1))
            return late.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise _refused(
        "instant_format",
        "A day is written YYYY-MM-DD, an instant as in RFC 3339: 2026-11-25T09:00:00Z.",
        pointer,
    )


def _not_after(is_future: bool, pointer: str) -> None:
    if is_future:
        says = "What will be known is not known yet; ask for today or before."
        raise _refused("known_on_in_future", says, pointer)


def _refused(code: str, says: str, pointer: str = "/known_on") -> Invalid:
    return Invalid(faults=[Fault(pointer, code, says)])
