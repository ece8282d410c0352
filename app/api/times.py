"""The two times of a read: the day on which it is to be true, and what was known by then."""

import re
from datetime import date, datetime
from typing import Any

from starlette.requests import Request

from app.api import deps
from app.domain import moments, paging
from app.domain.ledger import Answer
from app.domain.moments import Moment
from app.errors import NotFound

_NUMBER = re.compile("[1-9][0-9]{0,17}")
"""A number of the ledger, as a cursor begins with it."""


async def moment(request: Request, known_on: str | None) -> Moment | None:
    """What was known by then; None for now."""
    if known_on is None:
        return None
    now = datetime.now(deps.service(request).zone)
    return await moments.by(deps.graph(request), known_on, now)


async def opened(
    request: Request, known_on: str | None, after: str | None
) -> tuple[Moment | None, str | None]:
    """What was known by then, and where a page begins: every page of a list is of the first page's moment."""
    known = await moment(request, known_on)
    if known is None or after is None:
        return known, after
    number, _, cursor = after.partition(".")
    if not _NUMBER.fullmatch(number) or int(number) > known.number:
        raise paging.bad_cursor()
    return await moments.at(deps.graph(request), int(number)), cursor


def closed(known: Moment | None, cursor: str | None) -> str | None:
    """The cursor of the next page, with its moment."""
    return f"{known.number}.{cursor}" if known and cursor is not None else cursor


def day(valid_on: date | None) -> str | None:
    """A day as the store writes it."""
    return valid_on.isoformat() if valid_on else None


def valid(shown: Answer, valid_on: date | None) -> Answer:
    """The record or link, if it is valid on the day."""
    if not paging.covers(shown["facts"], day(valid_on)):
        raise NotFound
    return shown


def as_of(known: Moment, valid_on: date | None) -> dict[str, Any]:
    """What an answer as was known is true of."""
    return {
        "valid_on": day(valid_on),
        "known_on": known.at,
        "ledger": {"id": known.ledger, "number": known.number},
    }
