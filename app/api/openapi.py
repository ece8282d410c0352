"""The OpenAPI 3.1 description of the service: the one place where it is made and completed."""

import hashlib
import json
from collections import Counter
from functools import cache
from importlib.metadata import version
from typing import Any, cast

from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from app.api import bodies, contents, deps, etags, formats, problems, shapes
from app.api.routing import Route
from app.errors import (
    AlreadyRunning,
    BasicRefused,
    Busy,
    DemonstrationOnly,
    Invalid,
    KeyExpired,
    KeyReused,
    NotAllowed,
    ProviderAway,
    Refusal,
    TooLarge,
    TooMany,
    TooSlow,
    Unauthenticated,
)
from graph_schema import LINK_KINDS, NODE_KINDS

Json = dict[str, Any]
_EVERYWHERE: tuple[type[Refusal], ...] = (
    problems.NotAcceptable, problems.Misdirected, Invalid, problems.Unexpected, Busy, TooSlow,
)  # fmt: skip
_SIGNED_IN: tuple[type[Refusal], ...] = (
    Unauthenticated, NotAllowed, BasicRefused, DemonstrationOnly, TooMany, ProviderAway,
)  # fmt: skip
_WRITES: tuple[type[Refusal], ...] = (
    problems.Malformed, problems.ForeignOrigin, TooLarge, problems.UnsupportedMediaType, AlreadyRunning,
    KeyReused, KeyExpired,
)  # fmt: skip
_SHARED = 3
"""Operations that must have a parameter for it to stand among the components."""

_TAGS = {
    "Records": "Records of every kind: look-up, search, neighbourhood.",
    "Batches": "Many records and links in one call.",
    "Acceptance": "What waits for acceptance, and many claims accepted in one act.",
    "Questions": "What the graph answers about the whole portfolio.",
    "Changes": "The ledger as a feed.",
    "Export": "Everything, or a part of it, as one document.",
    "Keys": "Who may ask: API keys, and who the users of the identity provider are.",
    "Sources": "The systems that state facts here, and what each may state.",
    "Files": "Tables and JSON Lines: sent, previewed, imported as jobs; templates to fill in.",
    "Schema": "The kinds in machine form.",
    "Health": "What the service is, how it is, and what its problems mean.",
}
_SCHEMES: Json = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key of this service, or an access token of the identity provider it trusts.",
    },
    "password": {
        "type": "http",
        "scheme": "basic",
        "description": "A read-only API key as the password, whatever the user name: for spreadsheets.",
    },
}
_DESCRIPTION = """A policy-to-investment traceability graph: which investments serve no policy aim, where each
chain breaks, and which depend on a change in the law. Every refusal is an RFC 9457 problem; every record and
link has a strong ETag; every list is paged by key."""


@cache
def document() -> Json:
    """The description, complete: what `/openapi.json` answers and the repository holds."""
    table = list(contents.table())
    described = get_openapi(
        title="Golden Thread",
        version=version("golden-thread"),
        openapi_version="3.1.0",
        summary="Which investments serve a policy aim, which do not, and which wait for the law.",
        description=_DESCRIPTION,
        contact={"name": "The Golden Thread maintainers", "url": "https://example.org/golden-thread"},
        license_info={"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        servers=[{"url": "http://localhost:8000", "description": "The service on this machine."}],
        tags=_tags(),
        routes=table,
    )
    refs, schemas = _schemas(table)
    components = described.setdefault("components", {})
    kept = {
        name: schema
        for name, schema in components.get("schemas", {}).items()
        if name not in ("HTTPValidationError", "ValidationError")
    }
    components["schemas"] = dict(sorted((kept | schemas).items()))
    components["responses"] = _problems(refs)
    components["securitySchemes"] = _SCHEMES
    for route in table:
        for method in route.methods or ():
            _complete(described["paths"][route.path_format][method.lower()], route, refs)
    _untitled(components["schemas"])
    _untitled(described["paths"])
    components["parameters"] = _shared_parameters(described["paths"])
    return described


def _shared_parameters(paths: Json) -> Json:
    """Move the parameters that many operations have into components, and refer to them there."""
    lists = [
        operation["parameters"]
        for path in paths.values()
        for operation in path.values()
        if operation.get("parameters")
    ]
    used: dict[str, Counter[str]] = {}
    for parameter in (each for some in lists for each in some):
        if parameter["schema"].get("description") == parameter.get("description"):
            parameter["schema"].pop("description", None)
        used.setdefault(parameter["name"], Counter())[json.dumps(parameter, sort_keys=True)] += 1
    names = {
        text: name if at == 1 else f"{name}-{at}"
        for name, forms in sorted(used.items())
        for at, (text, times) in enumerate(forms.most_common(), 1)
        if times >= _SHARED
    }
    for some in lists:
        texts = [json.dumps(each, sort_keys=True) for each in some]
        some[:] = [
            {"$ref": f"#/components/parameters/{names[text]}"} if text in names else each
            for text, each in zip(texts, some, strict=True)
        ]
    return {name: json.loads(text) for text, name in names.items()}


def _untitled(part: Any) -> None:
    """Drop the titles the framework makes of names: they say nothing that the names do not."""
    if isinstance(part, dict):
        if isinstance(part.get("title"), str):
            del part["title"]
        for inner in part.values():
            _untitled(inner)
    elif isinstance(part, list):
        for inner in part:
            _untitled(inner)


def written() -> str:
    """The description as the repository holds it."""
    return json.dumps(document(), ensure_ascii=False, indent=2) + "\n"


def _tags() -> list[Json]:
    says = {kind.__name__: kind.says() for kind in NODE_KINDS}
    says |= {kind.label: kind.says() for kind in LINK_KINDS}
    return [{"name": name, "description": text} for name, text in (says | _TAGS).items()]


Refs = dict[tuple[type[BaseModel], str], Json]


def _schemas(table: list[Route]) -> tuple[Refs, Json]:
    """References to every model, and the schemas they lead to."""
    wanted: dict[tuple[type[BaseModel], Any], None] = {(shapes.Problem, "serialization"): None}
    for route in table:
        if route.answers:
            wanted[(route.answers, "serialization")] = None
        if route.body_model:
            wanted[(route.body_model, "validation")] = None
    refs, definitions = models_json_schema(list(wanted), ref_template="#/components/schemas/{model}")
    return cast(Refs, refs), definitions.get("$defs", {})


def _problems(refs: Refs) -> Json:
    """One response of each status that a refusal has."""
    titles: dict[int, list[str]] = {}
    for status, title in problems.STATUS.values():
        titles.setdefault(status, []).append(title)
    content = {problems.MEDIA_TYPE: {"schema": refs[(shapes.Problem, "serialization")]}}
    return {
        f"Problem{status}": {"description": " or ".join(names), "content": content}
        for status, names in sorted(titles.items())
    }


def _complete(operation: Json, route: Route, refs: Refs) -> None:
    """Add what the framework does not know of: forms, bodies, tags of revisions, refusals."""
    header = [
        name
        for name, has in (
            ("If-Match", route.needs_match or route.may_match),
            ("If-None-Match", route.may_be_fresh),
            (deps.KEY, _writes(route)),
        )
        if has
    ]
    if header:
        operation["parameters"] = operation.get("parameters", []) + [
            _header(name, route.needs_match) for name in header
        ]
    if route.body_model:
        schema = refs[(route.body_model, "validation")]
        operation["requestBody"] = {
            "required": not route.body_optional,
            "description": (route.body_model.__doc__ or "").strip().partition("\n")[0],
            "content": {
                form: {"schema": _ROWS if form in bodies.JSON_LINES else schema} for form in route.takes
            },
        }
    basic: list[Json] = [{"password": []}] if route.table else []
    operation["security"] = [] if route.public else [{"bearer": []}, *basic]
    operation["responses"] = {str(route.success): _success(route, refs)} | _refused(route)


_ROWS: Json = {"type": "string", "description": "One row a line, each as in the JSON document."}


def _header(name: str, required: bool) -> Json:
    says = {
        "If-Match": "The ETag of the revision you read, or `*` for whatever stands.",
        "If-None-Match": "An ETag you hold; 304 if it still stands.",
        deps.KEY: "A key of your own for this request: sent again with it, it is answered again and not "
        "done again. In quotes or without.",
    }
    return {
        "name": name, "in": "header", "required": required and name == "If-Match",
        "description": says[name],
        "schema": {"type": "string", "maxLength": 257 if name == deps.KEY else 2000},
    }  # fmt: skip


def _writes(route: Route) -> bool:
    return not route.public and "GET" not in (route.methods or ())


_REPLAYED = "Idempotency-Replayed"


def _success(route: Route, refs: Refs) -> Json:
    schema = refs[(route.answers, "serialization")] if route.answers else {}
    text: Json = {"type": "string"}
    tagged = route.may_be_fresh or route.needs_match or route.may_match or route.success == 201
    told = (("ETag", tagged), ("Location", route.success == 201), (_REPLAYED, _writes(route)))
    names = [name for name, has in told if has]
    says = {
        "ETag": "The strong tag of this state.",
        "Location": "The new thing's address.",
        _REPLAYED: "`true` where this is the answer of an earlier request under the same key.",
    }
    shown: Json = {"description": route.summary}
    if route.success != 204:
        shown["content"] = {
            form: {"schema": schema if form == formats.JSON else text} for form in route.offers
        }
    if names:
        shown["headers"] = {name: {"description": says[name], "schema": text} for name in names}
    return shown


def _refused(route: Route) -> Json:
    signed_in = () if route.public else _SIGNED_IN
    writes = _WRITES if _writes(route) else ()
    statuses = {problems.status_of(each)[0] for each in (*_EVERYWHERE, *signed_in, *writes, *route.refusals)}
    fresh = {"304": {"description": "What you hold still stands."}} if route.may_be_fresh else {}
    refused: Json = {
        str(each): {"$ref": f"#/components/responses/Problem{each}"} for each in sorted(statuses)
    }
    return fresh | refused


@cache
def _served() -> tuple[bytes, str]:
    body = to_json(document())
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'


async def _describe(request: Request) -> Response:
    body, tag = _served()
    if etags.is_fresh(request, tag):
        return Response(None, 304, {"ETag": tag})
    return Response(body, 200, {"ETag": tag}, formats.JSON)


def route() -> Route:
    """The route of the description itself."""
    return Route(
        "GET", "/openapi.json", _describe, operation="get_openapi", summary="This description",
        description="The OpenAPI description of the service.", tag="Schema", may_be_fresh=True,
        public=True,
    )  # fmt: skip
