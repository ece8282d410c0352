"""A route of this service: what it takes, offers and answers, declared once and held to on every request."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from app.api import bodies, deps, etags, formats
from app.api.formats import JSON
from app.errors import Fault, Invalid, Refusal, StaleRevision

Endpoint = Callable[..., Awaitable[Response]]

_NO_MATCH: tuple[Match, Scope] = (Match.NONE, {})
_NO_PARAMETERS = Invalid(
    faults=[Fault("", "unknown_parameter", "This address takes no parameters; see /openapi.json.")]
)


class Route(APIRoute):
    """One method of one address. Refuses forms, bodies and parameters the address does not know."""

    def __init__(
        self,
        method: str,
        path: str,
        endpoint: Endpoint,
        *,
        operation: str,
        summary: str,
        description: str,
        tag: str,
        answers: type[BaseModel] | None = None,
        status: int = 200,
        offers: tuple[str, ...] = (JSON,),
        takes: tuple[str, ...] = (),
        body: type[BaseModel] | None = None,
        body_optional: bool = False,
        needs_match: bool = False,
        may_match: bool = False,
        may_be_fresh: bool = False,
        refusals: tuple[type[Refusal], ...] = (),
    ) -> None:
        self.answers, self.offers, self.takes, self.body_model = answers, offers, takes, body
        self.body_optional, self.refusals, self.success = body_optional, refusals, status
        self.needs_match, self.may_match, self.may_be_fresh = needs_match, may_match, may_be_fresh
        self.fixed = path.split("{")[0]
        super().__init__(
            path,
            endpoint,
            methods=[method],
            operation_id=operation,
            summary=summary,
            description=description,
            tags=[tag],
            response_model=None,
            status_code=status,
        )

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether this route answers. The fixed beginning decides first: there are hundreds of routes."""
        if not scope.get("root_path") and not scope["path"].startswith(self.fixed):
            return _NO_MATCH
        return super().matches(scope)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, behind the checks every request meets: form, body type, parameters."""
        handle = super().get_route_handler()
        asks = bool(self.dependant.query_params)

        async def checked(request: Request) -> Response:
            request.scope["golden_thread.form"] = formats.chosen(request, self.offers)
            if self.takes:
                bodies.refuse_type(request, self.takes, self.body_optional)
            if not asks and request.scope["query_string"]:
                raise _NO_PARAMETERS
            return await handle(request)

        return checked


async def body_of(request: Request) -> bytes:
    """The request's body, within the service's limit."""
    return await bodies.read(request, deps.service(request).body_limit)


def form_of(request: Request) -> str:
    """The form the answer takes."""
    form: str = request.scope["golden_thread.form"]
    return form


def answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer. Use cases give plain JSON values, so no model stands between them and the bytes."""
    return Response(to_json(value), status, headers, JSON)


async def one(
    request: Request, shown: dict[str, Any], status: int = 200, place: str | None = None
) -> Response:
    """The answer that shows one record or link, with its tag; 304 if the client holds it."""
    tag = etags.of(await deps.service(request).ledger_id(), shown["revision"])
    headers = {"ETag": tag, "Link": described(request)}
    if request.method == "GET" and etags.is_fresh(request, tag):
        return Response(None, 304, headers)
    if place:
        headers["Location"] = base(request) + place
    return answer(shown, status, headers)


async def revised(
    request: Request, write: Callable[[int | None], Awaitable[Any]], required: bool = True
) -> Any:
    """Do a write that depends on the revision If-Match names; a stale one is told which revision stands."""
    ledger = await deps.service(request).ledger_id()
    try:
        return await write(etags.revision_of(request, ledger, required))
    except StaleRevision as refusal:
        raise etags.with_current(refusal, ledger) from None


def base(request: Request) -> str:
    """Where this service stands, as the request's checked Host header says."""
    stands: str = request.scope.get("golden_thread.base", "")
    return f"{stands}{request.scope.get('root_path', '')}"


def described(request: Request) -> str:
    """The Link header's pointer to what describes every answer."""
    return f'<{base(request)}/v1/schema>; rel="describedby"'
