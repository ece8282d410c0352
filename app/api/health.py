"""Whether the service lives, whether it can work, and which version it is."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Annotated, Literal

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from app.api import deps
from app.api.routing import Route, answer
from app.errors import Busy, SchemaMismatch
from graph_schema import SCHEMA_VERSION

VERSION = version("golden-thread")


class Life(BaseModel):
    """Whether the service lives."""

    status: Annotated[Literal["ok"], Field(description="ok.")]


class LedgerHead(BaseModel):
    """Where the ledger stood."""

    ledger: Annotated[str, Field(description="Identity of the ledger: another one means another database.")]
    number: Annotated[int, Field(description="The last number it had given.")]
    at: Annotated[str | None, Field(description="When that was recorded.")]


class Health(Life):
    """How the service is."""

    version: Annotated[str, Field(description="Version of the service.")]
    schema_version: Annotated[str, Field(description="Version of the schema.")]
    ledger: Annotated[LedgerHead, Field(description="Where the ledger stands.")]


async def _live(request: Request) -> Response:
    return answer({"status": "ok"})


async def _fit(request: Request) -> None:
    service = deps.service(request)
    state = await service.state(deps.graph(request))
    if not state.ready:
        raise SchemaMismatch(state.says)


async def _ready(request: Request) -> Response:
    await _fit(request)
    return answer({"status": "ok"})


async def _health(request: Request) -> Response:
    await _fit(request)
    head = await deps.service(request).head()
    return answer(
        {
            "status": "ok",
            "version": VERSION,
            "schema_version": SCHEMA_VERSION,
            "ledger": {"ledger": head.id, "number": head.number, "at": head.at},
        }
    )


def routes() -> Iterator[Route]:
    """Routes of health."""
    yield Route(
        "GET",
        "/health/live",
        _live,
        operation="get_liveness",
        summary="Whether the service lives",
        description="Answers as long as the process serves; it does not ask the database.",
        tag="Health",
        public=True,
        answers=Life,
    )
    yield Route(
        "GET",
        "/health/ready",
        _ready,
        operation="get_readiness",
        summary="Whether the service can work",
        description="Whether the database answers and fits this version of the service.",
        tag="Health",
        public=True,
        answers=Life,
        refusals=(Busy, SchemaMismatch),
    )
    yield Route(
        "GET",
        "/health",
        _health,
        operation="get_health",
        summary="Versions and where the ledger stands",
        description="Versions of service and schema, and the ledger's identity and number. No secrets.",
        tag="Health",
        public=True,
        answers=Health,
        refusals=(Busy, SchemaMismatch),
    )
