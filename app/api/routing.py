"""A route of this service: what it takes, offers and answers, declared once and held to on every request."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any, Generic, NamedTuple, TypeVar, Union, get_args, get_origin

from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from app.api import bodies, deps, etags, formats, problems, shapes
from app.api.formats import JSON
from app.domain import faults, links, receipts
from app.domain.ledger import Answer, Done
from app.errors import Fault, Invalid, Refusal, StaleRevision
from app.graph import Tx
from app.who import Stamp

M = TypeVar("M", bound=BaseModel)
Endpoint = Callable[..., Awaitable[Response]]

MOST_HELD, LONGEST_HELD = 64, 1_000
"""Queries of an address that are held as read, and how long one may be."""

_NO_MATCH: tuple[Match, Scope] = (Match.NONE, {})
_SUFFIX = "golden_thread.suffix"
_AS_FILE = "As a file: the same address with {} at its end, or by Accept."
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
        public: bool = False,
        table: bool = False,
        files: Mapping[str, str] | None = None,
        refusals: tuple[type[Refusal], ...] = (),
    ) -> None:
        self.answers, self.takes, self.body_model = answers, takes, body
        self.offers = formats.TABLE if table else offers
        self.files = formats.SUFFIXES if table else files or {}
        self.body_optional, self.refusals, self.success = body_optional, refusals, status
        self.needs_match, self.may_match, self.may_be_fresh = needs_match, may_match, may_be_fresh
        self.public, self.table = public, table
        self.fixed = path.split("{")[0]
        super().__init__(
            path,
            endpoint,
            methods=[method],
            operation_id=operation,
            summary=summary,
            description=f"{description}\n\n{_AS_FILE.format(', '.join(self.files))}"
            if self.files
            else description,
            tags=[tag],
            response_model=None,
            status_code=status,
        )

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether this route answers. The fixed beginning decides first: there are hundreds of routes."""
        if not scope["path"].startswith(self.fixed) and not scope.get("root_path"):
            return _NO_MATCH
        path, form = (
            formats.without_suffix(scope["path"], self.files) if self.files else (scope["path"], None)
        )
        match, found = super().matches(scope if form is None else {**scope, "path": path})
        return match, {**found, _SUFFIX: form}

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The endpoint, behind the checks every request meets: form, body type, parameters.

        The framework documents the parameters; reading thirty of them its way takes longer than the database
        does for a page, so they are read here.
        """
        endpoint = self.endpoint
        asks = _parameters_of(endpoint)

        async def handle(request: Request) -> Response:
            if not self.public:
                await deps.let_in(request)
            suffix = request.scope[_SUFFIX]
            request.scope["golden_thread.form"] = formats.chosen(
                request, (suffix,) if suffix else self.offers
            )
            if self.takes:
                bodies.refuse_type(request, self.takes, self.body_optional)
            if asks is not None:
                answered: Response = await endpoint(request, **request.path_params, asked=asks.read(request))
                return answered
            if request.scope["query_string"]:
                raise _NO_PARAMETERS
            answered = await endpoint(request, **request.path_params)
            return answered

        return handle


class _Parameters:
    """The parameters of an address, as one model."""

    def __init__(self, model: type[BaseModel]) -> None:
        self._model = model
        self._many = {
            field.alias or name for name, field in model.model_fields.items() if _is_many(field.annotation)
        }
        self._known = {field.alias or name for name, field in model.model_fields.items()}
        needs_one = any(field.is_required() for field in model.model_fields.values())
        self._unasked = None if needs_one else model()

        self._held: dict[bytes, BaseModel] = {}

    def read(self, request: Request) -> BaseModel:
        """What the request asks for; the last few queries are held, as many ask the same again and again."""
        query: bytes = request.scope["query_string"]
        if self._unasked is not None and not query:
            return self._unasked
        held = self._held.get(query)
        if held is None:
            held = self._read(request)
            if len(query) <= LONGEST_HELD:
                if len(self._held) >= MOST_HELD:
                    self._held.clear()
                self._held[query] = held
        return held

    def _read(self, request: Request) -> BaseModel:
        """The request's query as a model. A parameter given twice means either, where it may have several."""
        given: dict[str, Any] = {}
        twice: dict[str, Fault] = {}
        for name, value in request.query_params.multi_items():
            if name in self._many:
                given.setdefault(name, []).append(value)
            elif name in given and name in self._known:
                twice[name] = Fault(
                    f"/{name}", "given_twice", "This parameter takes one value; give it once."
                )
            else:
                given[name] = value
        if twice:
            raise Invalid(faults=twice.values())
        try:
            return self._model.model_validate(given)
        except ValidationError as error:
            raise problems.invalid(error, sorted(self._known)) from None


def _parameters_of(endpoint: Endpoint) -> _Parameters | None:
    """The parameters an endpoint takes: the model its `asked` is annotated with."""
    annotation = endpoint.__annotations__.get("asked")
    return None if annotation is None else _Parameters(get_args(annotation)[0])


def _is_many(annotation: Any) -> bool:
    if get_origin(annotation) in (list, tuple):
        return True
    return get_origin(annotation) in (Union, UnionType) and any(
        _is_many(part) for part in get_args(annotation)
    )


async def body_of(request: Request) -> bytes:
    """The request's body, within the service's limit."""
    return await bodies.read(request, deps.service(request).body_limit)


def form_of(request: Request) -> str:
    """The form the answer takes."""
    form: str = request.scope["golden_thread.form"]
    return form


def answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer. Use cases give plain JSON values, so no model stands between them and the bytes."""
    return Response(to_json(value), status, told_again(value) | (headers or {}), JSON)


def told_again(value: Any) -> dict[str, str]:
    """The header that says that an answer is that of an earlier request, where it is."""
    return {"Idempotency-Replayed": "true"} if isinstance(value, receipts.Repeated) else {}


async def one(
    request: Request, shown: dict[str, Any], status: int = 200, place: str | None = None
) -> Response:
    """The answer that shows one record or link, with its tag; 304 if the client holds it."""
    tag = (
        etags.of_past(shown)
        if "as_of" in shown
        else etags.of(await deps.service(request).ledger_id(), shown["revision"], *_besides(shown))
    )
    headers = {"ETag": tag, "Link": described(request)}
    if request.method == "GET" and etags.is_fresh(request, tag):
        return Response(None, 304, headers)
    if place:
        headers["Location"] = base(request) + place
    return answer(shown, status, headers)


def _besides(shown: dict[str, Any]) -> list[str]:
    return links.besides(shown) if "from" in shown else []


class Said(NamedTuple):
    """What a body says is to be done: the use case, what it takes besides the revision, and why."""

    work: Callable[..., Awaitable[Done]]
    given: tuple[Any, ...] = ()
    reason: str | None = None


async def act(
    request: Request, about: tuple[Any, ...], reads: Callable[[bytes], Said], *, required: bool = True
) -> Response:
    """Do what the body says to what was read, under its If-Match, once; a stale revision is told the current.

    The use case is called with what it is about, what the body gives, the revision, who acts and who looks.
    """
    ledger = await deps.service(request).ledger_id()
    try:
        revision = etags.revision_of(request, ledger, required)
        body = await body_of(request)
        said = reads(body)
        stamp, reader = deps.stamp(request, body, said.reason), deps.reader(request)

        async def work(tx: Tx) -> Done:
            return await said.work(tx, *about, *said.given, revision, stamp, reader)

        shown = await deps.graph(request).write(receipts.once, stamp, work)
    except StaleRevision as refusal:
        raise etags.with_current(refusal, ledger) from None
    return await one(request, shown)


@dataclass(frozen=True)
class Heard(Generic[M]):
    """What the body of a request says, and who says it."""

    request: Request
    said: M
    stamp: Stamp

    async def do(self, work: Callable[..., Awaitable[Done]], *about: Any) -> Answer:
        """Do this, once. The use case is called with what it is about, who acts and who looks."""
        reader = deps.reader(self.request)

        async def done(tx: Tx) -> Done:
            return await work(tx, *about, self.stamp, reader)

        return await deps.graph(self.request).write(receipts.once, self.stamp, done)


async def heard(request: Request, shape: type[M]) -> Heard[M]:
    """The request's body as one of this shape, or every fault in it."""
    body = await body_of(request)
    said = faults.valid(shape, bodies.object_of(body))
    reason = said.reason if isinstance(said, shapes.Reason) else None
    return Heard(request, said, deps.stamp(request, body, reason))


def base(request: Request) -> str:
    """Where this service stands, as the request's checked Host header says."""
    stands: str = request.scope.get("golden_thread.base", "")
    return f"{stands}{request.scope.get('root_path', '')}"


def described(request: Request) -> str:
    """The Link header's pointer to what describes every answer."""
    return f'<{base(request)}/v1/schema>; rel="describedby"'
