"""The one place where the parts of the service meet."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from asgi_correlation_id import CorrelationIdMiddleware
from fastapi import FastAPI
from starlette.middleware import Middleware

from app import logs, portfolio
from app.api import auth, contents, deps, guard, openapi, problems
from app.domain import receipts
from app.graph import Graph
from app.imports import jobs
from app.local_neo4j import Address
from app.settings import Settings
from app.who import new_id
from migrations import runner


def create_app(
    settings: Settings,
    address: Address | None = None,
    *,
    graph: Graph | None = None,
    caller_of: deps.CallerOf | None = None,
) -> FastAPI:
    """The service, over the database at this address, or over a graph that is open already."""
    service = deps.Service(settings, runner.state, graph)
    door = auth.Door(settings, lambda: deps.connected(service))
    service.caller_of = caller_of or door.caller

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        logs.set_up(settings.log_level)
        if address is None:
            yield
            return
        async with Graph.connect(
            address.uri,
            address.user,
            address.password,
            address.database,
            read_timeout=settings.query_timeout_s,
            write_timeout=settings.write_timeout_s,
        ) as connected:
            service.graph = connected
            portfolio.keep(connected, settings.portfolio_memory_mb)
            service.runner = jobs.Runner(connected, service.spool, service.zone)
            async with (
                _beside(receipts.keep_forgetting(connected)),
                _beside(door.keep_noting()),
                _beside(service.runner.keep_running()),
            ):
                await door.tell()
                yield
            service.graph = service.runner = None

    app = FastAPI(
        title="Golden Thread",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        exception_handlers=problems.HANDLERS,
        middleware=[
            Middleware(
                CorrelationIdMiddleware,
                header_name="Request-Id",
                update_request_header=False,
                generator=new_id,
                validator=guard.is_sane,
            ),
            Middleware(
                guard.Guard,
                allowed_hosts=settings.allowed_hosts,
                log_queries=settings.log_queries,
                behind_tls=settings.behind_tls,
            ),
        ],
    )
    app.state.service = service
    app.router.routes.extend((*contents.table(), openapi.route()))
    return app


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do work beside the requests, and end it with the service."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
