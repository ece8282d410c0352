"""Every answer that is not a success is an RFC 9457 problem, written here and nowhere else.

`STATUS` is the one table from refusal to status. Texts are ours: never a caller's, Cypher or an exception's.
"""

import re
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from asgi_correlation_id import correlation_id
from pydantic import ValidationError
from pydantic_core import ErrorDetails, to_json
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from app.domain import faults
from app.errors import (
    AlreadyAccepted,
    AlreadyDisputed,
    AlreadyExists,
    AlreadyRunning,
    BasicRefused,
    BatchRefused,
    Busy,
    DeclarationExpired,
    DemonstrationOnly,
    Fault,
    HalfRestored,
    Invalid,
    KeyExpired,
    KeyReused,
    LinkNotAllowed,
    LinkWithdrawn,
    Moved,
    NotAccepted,
    NotAllowed,
    NotDisputed,
    NotFound,
    NothingDeclared,
    NotSucceeded,
    OutOfMemory,
    Overtaken,
    OwnedByAnotherSource,
    ProviderAway,
    Refusal,
    Retired,
    RuleBroken,
    SchemaMismatch,
    StaleRevision,
    TooLarge,
    TooMany,
    TooSlow,
    Unauthenticated,
)

MEDIA_TYPE = "application/problem+json"


class Malformed(Refusal):
    """The body is not well-formed JSON as RFC 8259 and this service read it."""

    code, says = "malformed", "The body is not well-formed JSON in UTF-8."


class Unfinished(Refusal):
    """The body did not arrive in the time a client has for it."""

    code, says = "unfinished", "The body did not arrive in time; send the request again."


class NoSuchPath(Refusal):
    """Nothing is served at this address."""

    code, says = "no_such_path", "Nothing is served at this address; see /openapi.json."


class MethodNotAllowed(Refusal):
    """The address is served, but not with this method."""

    code, says = "method_not_allowed", "This address does not take that method; see the Allow header."


class NotAcceptable(Refusal):
    """The answer does not come in any form the Accept header asks for."""

    code, says = "not_acceptable", "The answer does not come in a form the Accept header asks for."


class UnsupportedMediaType(Refusal):
    """The body does not come in a form this address takes."""

    code, says = (
        "unsupported_media_type",
        "Say in Content-Type which form the body has, one of those the Accept header names.",
    )


class Misdirected(Refusal):
    """The Host header names a host this service does not answer for."""

    code, says = "misdirected", "This service does not answer for the host the request names."


class ForeignOrigin(Refusal):
    """A page of another site sent the change through somebody's browser."""

    code, says = "foreign_origin", "A page of another site may not make changes here."


class PreconditionRequired(Refusal):
    """The change does not say which revision it was made from."""

    code, says = "precondition_required", "Send If-Match with the ETag of the revision you changed, or `*`."


class Unexpected(Refusal):
    """A fault of the service. Its log has the request's id."""

    code, says = "unexpected", "The service failed on this request; its log has the request's id."


STATUS: dict[type[Refusal], tuple[int, str]] = {
    Malformed: (400, "Malformed body"),
    Unauthenticated: (401, "Not signed in"),
    NotAllowed: (403, "Not allowed"),
    BasicRefused: (403, "Basic refused"),
    DemonstrationOnly: (403, "Demonstration only"),
    ForeignOrigin: (403, "Foreign origin"),
    NotFound: (404, "Not found"),
    NoSuchPath: (404, "No such address"),
    MethodNotAllowed: (405, "Method not allowed"),
    NotAcceptable: (406, "Not acceptable"),
    Unfinished: (408, "Request timeout"),
    AlreadyExists: (409, "Already exists"),
    OwnedByAnotherSource: (409, "Owned by another source"),
    Retired: (409, "Retired"),
    LinkWithdrawn: (409, "Link withdrawn"),
    AlreadyAccepted: (409, "Already accepted"),
    NotAccepted: (409, "Not accepted"),
    AlreadyDisputed: (409, "Already disputed"),
    NotSucceeded: (409, "Not succeeded"),
    NothingDeclared: (409, "Nothing declared"),
    DeclarationExpired: (409, "Declaration expired"),
    NotDisputed: (409, "Not disputed"),
    AlreadyRunning: (409, "Still running"),
    StaleRevision: (412, "Stale revision"),
    Moved: (412, "Moved"),
    Overtaken: (412, "Overtaken"),
    TooLarge: (413, "Too large"),
    OutOfMemory: (503, "Not enough memory"),
    UnsupportedMediaType: (415, "Unsupported media type"),
    Misdirected: (421, "Misdirected request"),
    Invalid: (422, "Invalid input"),
    BatchRefused: (422, "Batch refused"),
    LinkNotAllowed: (422, "Link not allowed"),
    RuleBroken: (422, "Rule broken"),
    KeyReused: (422, "Key used twice"),
    KeyExpired: (422, "Key used long ago"),
    PreconditionRequired: (428, "Precondition required"),
    TooMany: (429, "Too many requests"),
    Unexpected: (500, "Unexpected fault"),
    ProviderAway: (503, "Identity provider unavailable"),
    Busy: (503, "Unavailable"),
    SchemaMismatch: (503, "Schema mismatch"),
    HalfRestored: (503, "Half restored"),
    TooSlow: (504, "Too slow"),
}
"""Refusal -> status and title. A new refusal is one class and one row here; its page at /problems follows."""

MOST_FAULTS = 1_000
"""The most entries a problem lists under `errors`."""
RETRY_AFTER = {503: "2", 504: "10"}


def slug(refusal: type[Refusal]) -> str:
    """The refusal's name in the address of its page."""
    return refusal.code.replace("_", "-")


def status_of(refusal: type[Refusal]) -> tuple[int, str]:
    """Status and title of a refusal, by its own row or that of the nearest class above it."""
    return next((STATUS[above] for above in refusal.__mro__ if above in STATUS), STATUS[Unexpected])


def body(refusal: Refusal, scope: Scope) -> dict[str, Any]:
    """The problem's members."""
    status, title = status_of(type(refusal))
    stated = refusal.faults or (Fault("", refusal.code, refusal.detail),)
    problem = {
        "type": f"{scope.get('golden_thread.base', '')}/problems/{slug(type(refusal))}",
        "title": title,
        "status": status,
        "detail": refusal.detail,
        "request_id": correlation_id.get(),
        "errors": [
            {"pointer": each.pointer, "code": each.code, "detail": each.detail} for each in _listed(stated)
        ],
    }
    if "current" in refusal.facts:
        problem["current"] = refusal.facts["current"]
    where = _instance(scope)
    return problem | {"instance": where} if where else problem


def _listed(faults: Sequence[Fault]) -> list[Fault]:
    """As many faults as a body may list; the last says how many more there are."""
    if len(faults) <= MOST_FAULTS:
        return list(faults)
    says = f"{len(faults) - MOST_FAULTS + 1:,} more faults are not listed; mend these and send it again."
    return [*faults[: MOST_FAULTS - 1], Fault("", "more_faults", says)]


_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _instance(scope: Scope) -> str | None:
    """The request's path, where it is made of our own words and ids; else it would hold the caller's."""
    if "route" not in scope or not all(
        _ID.fullmatch(str(value)) for value in scope.get("path_params", {}).values()
    ):
        return None
    path: str = scope["path"]
    return path


def answer(refusal: Refusal, scope: Scope, headers: Mapping[str, str] | None = None) -> Response:
    """The response that tells of a refusal."""
    problem = body(refusal, scope)
    extra = {"Cache-Control": "no-store"} | dict(headers or {})
    if problem["status"] in RETRY_AFTER:
        extra["Retry-After"] = RETRY_AFTER[problem["status"]]
    return Response(to_json(problem), problem["status"], extra, MEDIA_TYPE)


def invalid(error: ValidationError, known: Iterable[str]) -> Invalid:
    """The refusal for everything that is wrong with parameters, of which the address knows these."""
    found = error.errors(include_url=False, include_input=False)
    return Invalid(faults=[_parameter(each, known) for each in found])


def _parameter(error: ErrorDetails, known: Iterable[str]) -> Fault:
    """A fault in a parameter; one that nobody knows is not named, since its name is the caller's."""
    if error["type"] == "extra_forbidden":
        says = f"There is no such parameter here. This address takes: {', '.join(known)}."
        return Fault("", "unknown_parameter", says)
    return faults.fault(error)


_BY_STATUS: dict[int, type[Refusal]] = {
    400: Malformed, 403: NotAllowed, 404: NoSuchPath, 405: MethodNotAllowed, 413: TooLarge, 503: Busy,
}  # fmt: skip


async def on_refusal(request: Request, refusal: Exception) -> Response:
    """Answer a refusal; the headers it needs come with it."""
    assert isinstance(refusal, Refusal)
    told = answer(refusal, request.scope, refusal.facts.get("headers"))
    for challenge in refusal.facts.get("challenges", ()):
        told.headers.append("WWW-Authenticate", challenge)
    return told


async def on_framework(request: Request, error: Exception) -> Response:
    """Answer what the framework raises by status; its own words are not passed on."""
    assert isinstance(error, HTTPException)
    refusal = _BY_STATUS.get(error.status_code, Unexpected)()
    if isinstance(refusal, NoSuchPath):
        refusal = NoSuchPath(_nearby(request))
    headers = {"Allow": _allowed(request)} if error.status_code == 405 else None
    return answer(refusal, request.scope, headers)


def _nearby(request: Request) -> str:
    """That nothing is served here, and which address beside it the caller may have meant."""
    above, _, last = request.scope["path"].rstrip("/").rpartition("/")
    fixed = (route.path.rpartition("/") for route in request.app.routes if "{" not in route.path)
    beside = sorted({name for place, _, name in fixed if place == above})
    meant = get_close_matches(last[:_LONGEST], beside, n=1, cutoff=0.75)
    return (
        f"Nothing is served at this address; did you mean {above}/{meant[0]}?" if meant else NoSuchPath.says
    )


_LONGEST = 60
"""How much of the end of an address is compared with ours."""


def _allowed(request: Request) -> str:
    """Every method the address takes."""
    methods: set[str] = set()
    for route in request.app.routes:
        if route.path_regex.match(request.scope["path"]):
            methods |= route.methods
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


HANDLERS: dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    Refusal: on_refusal,
    HTTPException: on_framework,
}
