"""The order of an answer's rows, the cursors that stand between them, and the answer's digest."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeVar

from app.domain.ledger import Head
from app.errors import Fault, Invalid

R = TypeVar("R")
Key = list[Any]


def fingerprint(value: Any) -> str:
    """SHA-256 of a value's canonical JSON."""
    return hashlib.sha256(_canonical(value).encode()).hexdigest()


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


class Order:
    """Rows by one column, rising or falling, and among equals by id. A cursor is good for one answer only."""

    def __init__(self, head: Head, valid_on: date, sort: str, parameters: dict[str, Any]) -> None:
        self.falling, self.by = sort.startswith("-"), sort.removeprefix("-")
        self._number = head.number
        self._stands_for = [head.id, valid_on.isoformat(), fingerprint(parameters)[:16]]

    def sorted(self, rows: Sequence[R], key: Callable[[R, str], Key]) -> list[R]:
        """The rows in order."""
        by_id = sorted(rows, key=lambda row: key(row, "id"))
        return sorted(by_id, key=lambda row: key(row, self.by), reverse=self.falling)

    def cursor(self, last: R, key: Callable[[R, str], Key]) -> str:
        """The cursor that stands after this row."""
        text = _canonical([*self._stands_for, self._number, key(last, self.by), key(last, "id")])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def begin(self, rows: Sequence[R], key: Callable[[R, str], Key], cursor: str | None) -> int:
        """Position of the first of the sorted rows after the cursor."""
        if cursor is None:
            return 0
        *stands_for, _, at, id = _opened(cursor)
        if stands_for != self._stands_for:
            raise bad_cursor()

        def is_after(row: R) -> bool:
            mine = key(row, self.by)
            if mine == at:
                return bool(key(row, "id") > id)
            return bool(mine < at if self.falling else mine > at)

        try:
            return next((position for position, row in enumerate(rows) if is_after(row)), len(rows))
        except TypeError:
            raise bad_cursor() from None


def day_of(cursor: str) -> date:
    """The day of the answer a cursor belongs to, so that its next page is of the same day."""
    try:
        return date.fromisoformat(_opened(cursor)[1])
    except (TypeError, ValueError):
        raise bad_cursor() from None


def number_of(cursor: str) -> int:
    """The number of the ledger the page before was of."""
    number = _opened(cursor)[3]
    if not isinstance(number, int):
        raise bad_cursor()
    return number


def _opened(cursor: str) -> list[Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError, binascii.Error):
        raise bad_cursor() from None
    if not isinstance(parts, list) or len(parts) != 6:
        raise bad_cursor()
    return parts


def bad_cursor() -> Invalid:
    """The refusal of a cursor that is not one of this answer."""
    says = "The cursor is not one of this answer; begin at the first page."
    return Invalid(faults=[Fault("/after", "bad_cursor", says)])
