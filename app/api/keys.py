"""Routes of API keys, of the users of an identity provider, and of who is asking."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from app.api import bodies, deps
from app.api.routing import Route, answer, base, body_of, described, told_again
from app.domain import actors, faults, keys, receipts
from app.domain.actors import NewActor
from app.domain.keys import NewKey, Secret
from app.domain.receipts import Repeated
from app.errors import Invalid, NotFound, Retired

KeyId = Annotated[str, Path(description="The key's id: what its secret begins with.", max_length=20)]


class Key(BaseModel):
    """An API key, without its secret."""

    id: Annotated[str, Field(description="Its id: what its secret begins with, after gt_.")]
    title: Annotated[str, Field(description="What it is for.")]
    actor: Annotated[str, Field(description="Id of the actor it acts as.")]
    organisation: Annotated[str | None, Field(description="Id of the organisation it acts for.")]
    person: Annotated[str | None, Field(description="Id of the person behind it.")]
    source: Annotated[str, Field(description="The source system it speaks for; `person` for people.")]
    roles: Annotated[list[str], Field(description="What its bearer is in the organisation.")]
    kinds: Annotated[list[str], Field(description="Kinds of record an integration may write.")]
    links: Annotated[list[str], Field(description="Kinds of link an integration may write.")]
    fields: Annotated[list[str], Field(description="Facts it may write; empty: all of what is granted.")]
    read_only: Annotated[bool, Field(description="Whether it only reads.")]
    created_at: Annotated[str, Field(description="When it was made.")]
    created_by: Annotated[str, Field(description="Id of the actor that made it.")]
    expires_at: Annotated[str, Field(description="When it ends.")]
    revoked_at: Annotated[str | None, Field(description="When it was revoked.")]
    revoked_by: Annotated[str | None, Field(description="Id of the actor that revoked it.")]
    replaced_by: Annotated[str | None, Field(description="Id of the key that takes its place.")]
    used_at: Annotated[str | None, Field(description="When it was last used, to the minute or so.")]


class KeyMade(Key):
    """A new API key, with its secret."""

    secret: Annotated[
        str | None,
        Field(
            description="The key itself. It is shown once and kept nowhere: null if the request is repeated."
        ),
    ]


class Keys(BaseModel):
    """API keys."""

    items: Annotated[list[Key], Field(description="The keys, oldest first.")]


class Rotation(BaseModel):
    """How a key gives way to its successor."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: Annotated[
        int, Field(ge=0, le=24 * 90, description="Hours for which the old key still holds.")
    ] = 24


class Actor(BaseModel):
    """Who acts: a key's bearer, or a user of the identity provider."""

    id: Annotated[str, Field(description="Its opaque id, as the ledger shows it.")]
    tenant: Annotated[str | None, Field(description="A user's `tid`.")]
    object: Annotated[str | None, Field(description="A user's `oid`.")]
    organisation: Annotated[str | None, Field(description="Id of the organisation it acts for.")]
    person: Annotated[str | None, Field(description="Id of the person behind it.")]
    source: Annotated[str, Field(description="The source system it speaks for; `person` for people.")]
    roles: Annotated[list[str], Field(description="Its roles; a user's come with each token.")]
    created_at: Annotated[str, Field(description="When it was first said.")]
    created_by: Annotated[str, Field(description="Id of the actor that said it.")]


class Actors(BaseModel):
    """Who acts."""

    items: Annotated[list[Actor], Field(description="The actors, oldest first.")]


class Me(BaseModel):
    """Who is asking, and what they may."""

    actor: Annotated[str, Field(description="Opaque id of the actor.")]
    person: Annotated[str | None, Field(description="Id of the person behind it.")]
    organisation: Annotated[str | None, Field(description="Id of the organisation it acts for.")]
    roles: Annotated[list[str], Field(description="What it is there.")]
    source: Annotated[str, Field(description="The source system it speaks for; `person` for people.")]
    read_only: Annotated[bool, Field(description="Whether it only reads.")]
    sees_everything: Annotated[bool, Field(description="Whether nothing is hidden from it.")]
    kinds: Annotated[list[str] | None, Field(description="Kinds of record it may write; null: no limit.")]
    links: Annotated[list[str] | None, Field(description="Kinds of link it may write; null: no limit.")]
    fields: Annotated[list[str] | None, Field(description="Facts it may write; null or empty: no limit.")]


async def _me(request: Request) -> Response:
    caller = deps.caller(request)
    granted = caller.grants
    shown = {
        "actor": caller.actor,
        "person": caller.person,
        "organisation": caller.organisation,
        "roles": sorted(caller.roles),
        "source": caller.source,
        "read_only": caller.read_only,
        "sees_everything": caller.reader.sees_everything,
    }
    grants = {
        name: None if granted is None else sorted(getattr(granted, name))
        for name in ("kinds", "links", "fields")
    }
    return answer(shown | grants, headers={"Link": described(request)})


async def _list(request: Request) -> Response:
    return answer({"items": await keys.list_of(deps.graph(request), deps.caller(request))})


async def _create(request: Request) -> Response:
    body = await body_of(request)
    new = faults.valid(NewKey, bodies.object_of(body))
    stamp, secret = deps.stamp(request, body), Secret.new()
    made = await deps.graph(request).write(receipts.once, stamp, keys.create, new, secret, stamp)
    return _shown_once(request, made, secret)


async def _rotate(request: Request, id: KeyId) -> Response:
    body = await body_of(request)
    asked = faults.valid(Rotation, bodies.object_of(body) if body else {})
    stamp, secret = deps.stamp(request, body), Secret.new()
    overlap = timedelta(hours=asked.overlap_hours)
    made = await deps.graph(request).write(receipts.once, stamp, keys.rotate, id, secret, overlap, stamp)
    return _shown_once(request, made, secret)


def _shown_once(request: Request, made: dict[str, Any], secret: Secret) -> Response:
    """The key with its secret; a repeat has none to show, since the first alone knew it."""
    headers = {"Location": f"{base(request)}/v1/keys", "Cache-Control": "no-store"}
    shown = None if isinstance(made, Repeated) else secret.text
    return answer(made | {"secret": shown}, 201, told_again(made) | headers)


async def _revoke(request: Request, id: KeyId) -> Response:
    body = await body_of(request)
    stamp = deps.stamp(request, body)
    return answer(await deps.graph(request).write(receipts.once, stamp, keys.revoke, id, stamp))


async def _actors(request: Request) -> Response:
    return answer({"items": await actors.list_of(deps.graph(request), deps.caller(request))})


async def _register(request: Request) -> Response:
    body = await body_of(request)
    new = faults.valid(NewActor, bodies.object_of(body))
    stamp, otherwise = deps.stamp(request, body), deps.service(request).settings.oidc_organisation
    graph = deps.graph(request)
    return answer(await graph.write(receipts.once, stamp, actors.register, new, otherwise, stamp))


Endpoint = Callable[..., Awaitable[Response]]


def _route(method: str, path: str, endpoint: Endpoint, operation: str, summary: str, **more: Any) -> Route:
    takes = (bodies.JSON,) if method == "POST" else ()
    return Route(
        method, path, endpoint, operation=operation, summary=summary, tag="Keys", takes=takes, **more
    )


def routes() -> Iterator[Route]:
    """Routes of keys and actors."""
    yield _route(
        "GET", "/v1/me", _me, "get_me", "Who is asking", answers=Me,
        description="The actor behind the credential, its organisation and roles, and what it may write.",
    )  # fmt: skip
    yield _route(
        "GET", "/v1/keys", _list, "list_keys", "List API keys", answers=Keys,
        description="The keys of the administrator's organisation, or of the whole service; no secrets.",
    )  # fmt: skip
    yield _route(
        "POST", "/v1/keys", _create, "create_key", "Make an API key", answers=KeyMade, status=201,
        body=NewKey, description="Makes a key. Its secret is in this answer and nowhere else.",
        refusals=(Invalid,),
    )  # fmt: skip
    yield _route(
        "POST", "/v1/keys/{id}/revoke", _revoke, "revoke_key", "Revoke an API key", answers=Key,
        body_optional=True, description="Ends a key. It holds everywhere within five seconds.",
        refusals=(NotFound, Retired),
    )  # fmt: skip
    yield _route(
        "POST", "/v1/keys/{id}/rotate", _rotate, "rotate_key", "Rotate an API key", answers=KeyMade,
        status=201, body=Rotation, body_optional=True, refusals=(NotFound, Retired, Invalid),
        description="Makes a key for the same actor; the old one holds for the overlap, then ends.",
    )  # fmt: skip
    yield _route(
        "GET", "/v1/actors", _actors, "list_actors", "List actors", answers=Actors,
        description="Who acts for the administrator's organisation, or for any.",
    )  # fmt: skip
    yield _route(
        "POST", "/v1/actors", _register, "register_actor", "Say who a user is", answers=Actor, body=NewActor,
        description="Says which organisation and person a user of the identity provider is.",
        refusals=(Invalid,),
    )  # fmt: skip
