"""Entity tags: the ledger's identity and a revision, so that another database never looks unchanged."""

import hashlib
import re
from collections.abc import Iterable

from pydantic_core import to_json
from starlette.requests import Request

from app.api.problems import PreconditionRequired
from app.domain.ledger import Answer
from app.errors import StaleRevision

ANY = None
"""`If-Match: *`: whatever revision stands."""

_TAG = re.compile(r'(W/)?"([\x21\x23-\x2b\x2d-\x7e\x80-\xff]*)"')
"""One tag. None of ours holds a comma, so one that does is another's."""


def of(ledger: str, revision: int, *shown_besides: str) -> str:
    """The strong tag of one revision of a record or link, and of what else its answer shows."""
    besides = hashlib.sha256(to_json(shown_besides)).hexdigest()[:8] if shown_besides else ""
    return f'"{_short(ledger)}-r{revision}{besides and "-"}{besides}"'


def of_answer(ledger: str, number: int | str, *told_apart: str) -> str:
    """The strong tag of an answer that holds while the ledger's number and these stand."""
    return f'"{_short(ledger)}-n{number}{"".join("-" + each for each in told_apart)}"'


def of_past(shown: Answer) -> str:
    """The strong tag of a record or link as was known: of every byte, and of no revision to change."""
    known = shown["as_of"]["ledger"]
    return of_answer(known["id"], known["number"], hashlib.sha256(to_json(shown)).hexdigest()[:16])


def _short(ledger: str) -> str:
    return ledger.replace("-", "")[-12:]


def is_fresh(request: Request, tag: str) -> bool:
    """Whether the client holds this already (If-None-Match, compared weakly as RFC 9110 says)."""
    held = request.headers.get("if-none-match")
    if held is None:
        return False
    return held.strip() == "*" or any(opaque == tag[1:-1] for _, opaque in _tags(held))


def revision_of(request: Request, ledger: str, required: bool = True) -> int | None:
    """The revision If-Match names, `ANY` for `*`. Weak, malformed and other ledgers' tags match nothing."""
    lines = request.headers.getlist("if-match")
    if not lines:
        if required:
            raise PreconditionRequired
        return ANY
    return revision_in(", ".join(lines), ledger)


def revision_in(held: str, ledger: str) -> int | None:
    """The revision that one or more tags name, as `revision_of` reads them."""
    if held.strip() == "*":
        return ANY
    ours = re.compile(re.escape(_short(ledger)) + r"-r([1-9]\d{0,8})(-[0-9a-f]{8})?")
    found = [ours.fullmatch(opaque) for weak, opaque in _tags(held) if not weak]
    revisions = [int(each[1]) for each in found if each]
    return max(revisions, default=NO_REVISION)


NO_REVISION = 0
"""A revision that nothing has: the use case refuses it as stale, if the thing is there at all."""


def _tags(header: str) -> Iterable[tuple[bool, str]]:
    """The tags of a header; none of one that is not a list of tags."""
    parts = [part.strip(" \t") for part in header.split(",")]
    found = [_TAG.fullmatch(part) for part in parts if part]
    return [(bool(each[1]), each[2]) for each in found if each] if all(found) else []


def with_current(refusal: StaleRevision, ledger: str) -> StaleRevision:
    """The refusal, with the tag of the revision that stands."""
    revision = refusal.facts.get("revision")
    if revision is not None:
        refusal.facts["headers"] = {"ETag": of(ledger, revision, *refusal.facts.get("besides", ()))}
    return refusal
