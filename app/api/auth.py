"""Who is asking: an API key, a key as the password of a spreadsheet, a token, or the demonstration."""

import asyncio
import base64
import binascii
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from starlette.requests import Request

from app.api.oidc import Provider, User, refuse
from app.api.rates import Rates
from app.domain import actors, authority, keys
from app.domain.authority import Action, Subject
from app.domain.keys import Credential
from app.errors import BasicRefused, DemonstrationOnly, Fault, Refusal, Unauthenticated
from app.graph import Graph
from app.logs import log
from app.settings import Settings, is_loopback
from app.who import DEMONSTRATION, Caller, Role, instant

REALM = 'realm="golden-thread"'
LONGEST = 20_000
MOST_HELD = 10_000
_BY_TOKEN = frozenset(Role) - {Role.INTEGRATION}
"""Roles a token can give. An integration's source and grants stand with its key."""


@dataclass
class _Held:
    """Credentials as they were last looked up, for a few seconds."""

    seconds: float
    _found: dict[str, tuple[float, Credential | Caller]] = field(default_factory=dict)

    def get(self, name: str) -> Credential | Caller | None:
        at, found = self._found.get(name, (float("-inf"), None))
        return found if time.monotonic() - at < self.seconds else None

    def put(self, name: str, found: Credential | Caller) -> None:
        if len(self._found) >= MOST_HELD:
            self._found.clear()
        self._found[name] = (time.monotonic(), found)


class Door:
    """Lets in who can show who they are. Nothing is kept longer than a revocation may take to hold."""

    def __init__(self, settings: Settings, graph_of: Callable[[], Graph]) -> None:
        self._settings = settings
        self._graph_of = graph_of
        self._provider = Provider(settings) if settings.oidc_issuer else None
        self._held = _Held(settings.credentials_held_s)
        self._rates = Rates(settings)
        self._closed = self._provider is not None
        self._looked = float("-inf")
        self._used: dict[str, str] = {}

    async def caller(self, request: Request) -> Caller:
        """Who is asking; refuses who cannot say so, and who asks too often."""
        stated = request.headers.getlist("authorization")
        if not stated:
            return await self._unsigned(request)
        try:
            credential, caller = await self._signed(request, stated)
        except Unauthenticated as refusal:
            await self._rates.failed(request.client.host if request.client else "")
            raise _challenged(refusal, request, 'error="invalid_token"') from None
        request.scope["golden_thread.headers"] = await self._rates.count(credential)
        authority.require(caller, Action.READ, Subject())
        return caller

    async def is_closed(self) -> bool:
        """Whether callers must sign in: a key has been made, or an identity provider is set."""
        if not self._closed and time.monotonic() - self._looked >= self._settings.credentials_held_s:
            self._closed = await keys.ever_made(self._graph_of())
            self._looked = time.monotonic()
        return self._closed

    async def tell(self) -> None:
        """Log that nobody signs in here, where that is so."""
        with contextlib.suppress(Refusal):
            if not await self.is_closed():
                log.warning("demonstration", actor=DEMONSTRATION.actor, served=self._settings.may_demonstrate)

    async def keep_noting(self, every_s: float = 60.0) -> None:
        """Write when keys were last used, once in a while and beside the requests."""
        while True:
            await asyncio.sleep(every_s)
            used, self._used = self._used, {}
            if used:
                with contextlib.suppress(Refusal):
                    await self._graph_of().write(keys.note_use, used)

    async def _unsigned(self, request: Request) -> Caller:
        if await self.is_closed() or not self._settings.may_demonstrate:
            raise _challenged(Unauthenticated(), request)
        if _came_through_a_proxy(request):
            raise DemonstrationOnly
        return DEMONSTRATION

    async def _signed(self, request: Request, stated: list[str]) -> tuple[str, Caller]:
        """The credential that a request shows, and who it is."""
        scheme, _, value = stated[0].partition(" ")
        if len(stated) > 1 or len(stated[0]) > LONGEST or not value.strip():
            refuse("credentials_malformed", "The Authorization header cannot be read.")
        if scheme.casefold() == "basic":
            return await self._by_password(request, value.strip())
        if scheme.casefold() != "bearer":
            refuse("scheme_unknown", "Send an API key or a token as Authorization: Bearer.")
        if value.strip().count(".") == 2:
            return await self._by_token(value.strip())
        return await self._by_key(value.strip())

    async def _by_key(self, text: str) -> tuple[str, Caller]:
        id = keys.id_in(text)
        if id is None:
            refuse("credentials_malformed", "This is not an API key of this service, nor a token.")
        held = self._held.get(id)
        if held is None:
            held = await keys.find(self._graph_of(), id)
            if held is not None:
                self._held.put(id, held)
        now = instant(datetime.now(UTC))
        if not isinstance(held, Credential) or not held.is_of(text):
            refuse("key_unknown", "There is no such API key.")
        if held.revoked_at is not None:
            refuse("key_revoked", "The API key has been revoked; ask for a new one.")
        if held.expires_at <= now:
            refuse("key_expired", "The API key has expired; ask for a new one.")
        self._used[id] = now
        return id, held.caller

    async def _by_password(self, request: Request, coded: str) -> tuple[str, Caller]:
        """A key as the password of HTTP Basic: spreadsheets send nothing else, and only ever read."""
        _refuse_basic(request, self._settings.behind_tls)
        try:
            _, _, password = base64.b64decode(coded, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            refuse("credentials_malformed", "The Authorization header cannot be read.")
        id, caller = await self._by_key(password)
        if not caller.read_only:
            raise _basic("basic_needs_read_only_key", "As a password only a read-only key is taken.")
        return id, caller

    async def _by_token(self, token: str) -> tuple[str, Caller]:
        if self._provider is None:
            refuse("tokens_not_taken", "This service takes no tokens; send an API key.")
        name = "token " + keys.digest(token)
        held = self._held.get(name)
        if not isinstance(held, Caller):
            user = await self._provider.user(token)
            held = await self._user(user)
            self._held.put(name, held)
        return held.actor, held

    async def _user(self, user: User) -> Caller:
        """The caller a user is: the roles are the token's, the organisation what was said of the user."""
        said = await actors.of_user(self._graph_of(), user.tenant, user.object)
        organisation, person = said or (self._settings.oidc_organisation, None)
        return Caller(
            actors.id_of_user(user.tenant, user.object),
            person,
            organisation,
            frozenset(role for role in _BY_TOKEN if role.value in user.roles),
        )


def _refuse_basic(request: Request, behind_tls: bool) -> None:
    """Refuse a password where it could be overheard, or sent by a page of another site."""
    if request.method != "GET":
        raise _basic("basic_only_reads", "A key as a password only reads; send it as Authorization: Bearer.")
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise _basic("basic_cross_site", "A page of another site may not read with a password.")
    if not _is_private(request, behind_tls):
        raise _basic("basic_needs_https", "A key as a password is taken over https or on this machine only.")


def _is_private(request: Request, behind_tls: bool) -> bool:
    """Whether nobody on the way can read what is sent."""
    local = request.client is not None and is_loopback(request.client.host)
    return request.url.scheme == "https" or behind_tls or (local and not _came_through_a_proxy(request))


_OF_PROXIES = ("forwarded", "via", "x-real-ip", "true-client-ip", "cf-connecting-ip")


def _came_through_a_proxy(request: Request) -> bool:
    """Whether somebody on the way says that another asks than who is connected."""
    return any(name in _OF_PROXIES or name.startswith("x-forwarded-") for name in request.headers)


def _basic(code: str, says: str) -> BasicRefused:
    return BasicRefused(says, [Fault("", code, says)])


def _challenged(refusal: Unauthenticated, request: Request, told: str = "") -> Unauthenticated:
    """The refusal with what may be sent instead; a password is asked for only where spreadsheets read."""
    bearer = ", ".join(part for part in (f"Bearer {REALM}", told) if part)
    table = getattr(request.scope.get("route"), "table", False)
    asks = table and request.headers.get("sec-fetch-site") in (None, "none", "same-origin")
    basic = (f'Basic {REALM}, charset="UTF-8"',) if asks else ()
    refusal.facts["challenges"] = (*basic, bearer)
    return refusal
