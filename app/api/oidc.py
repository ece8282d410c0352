"""Bearer tokens of an identity provider in the shape of Entra ID: whose they are, or why they do not hold."""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any, NoReturn

import httpx
from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, ExpiredTokenError, InvalidClaimError, JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from app.errors import Fault, ProviderAway, Unauthenticated
from app.settings import Settings, may_be_asked

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures by a key that only the provider has: never `none`, never a secret that others share."""

LARGEST = 1_000_000
LONGEST_S = 5.0
REFETCH_S = 60.0
"""How long an unknown `kid` fetches no keys after the last one that did."""
KEPT_S = 3_600.0
LEEWAY_S = 60
LONGEST_TOKEN = 16_000

_OF_AN_ID_TOKEN = ("nonce", "at_hash", "c_hash")
_OF_AN_ACCESS_TOKEN = ("azp", "appid")


@dataclass(frozen=True)
class User:
    """Who a token says is asking."""

    tenant: str
    object: str
    roles: frozenset[str]


def refuse(code: str, says: str) -> NoReturn:
    """Say why a credential does not hold."""
    raise Unauthenticated(says, [Fault("", code, says)])


class Provider:
    """An identity provider, with its keys as last fetched."""

    def __init__(self, settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._issuer = settings.oidc_issuer or ""
        self._audience = settings.oidc_audience or ""
        self._tenant = settings.oidc_tenant or ""
        self._loopback_http = settings.oidc_loopback_http
        self._transport = transport
        self._lock = asyncio.Lock()
        self._keys: KeySet | None = None
        self._fetched = self._asked_anew = self._failed = float("-inf")

    async def user(self, token: str) -> User:
        """The user a token names, once its signature and claims hold."""
        if len(token) > LONGEST_TOKEN:
            refuse("token_malformed", "The token is longer than any this service takes.")
        key = await self._key_of(token)
        try:
            claims = jwt.decode(token, key, algorithms=ALGORITHMS).claims
        except BadSignatureError:
            refuse("token_signature", "The token's signature does not hold.")
        except (JoseError, ValueError):
            refuse("token_malformed", "The token is not a signed JSON Web Token.")
        self._hold(claims)
        return _user(claims)

    def _hold(self, claims: dict[str, Any]) -> None:
        """Refuse claims that are not this provider's, for this service and this tenant, now."""
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._audience},
            tid={"essential": True, "value": self._tenant},
            exp={"essential": True},
        )
        try:
            registry.validate(claims)
        except ExpiredTokenError:
            refuse("token_expired", "The token has expired; fetch a new one.")
        except InvalidClaimError as error:
            _refuse_claim(error.claim)
        except (JoseError, TypeError, ValueError) as error:
            _refuse_claim(getattr(error, "claim", ""))
        if any(name in claims for name in _OF_AN_ID_TOKEN) or not any(
            name in claims for name in _OF_AN_ACCESS_TOKEN
        ):
            refuse("token_is_an_id_token", "An ID token signs nobody in here; send an access token.")

    async def _key_of(self, token: str) -> RSAKey | ECKey:
        """The key a token names. One that is not known yet may be new: the keys are fetched again."""
        try:
            header = jws.extract_compact(token.encode()).headers()
        except (JoseError, ValueError):
            refuse("token_malformed", "The token is not a signed JSON Web Token.")
        if header.get("alg") not in ALGORITHMS:
            refuse("token_algorithm", "The token is not signed by a key of the identity provider.")
        kid = header.get("kid")
        if not isinstance(kid, str):
            refuse("token_key_unknown", "The token names no key of the identity provider.")
        key = await self._known(kid)
        if not isinstance(key, RSAKey | ECKey):
            refuse("token_key_unknown", "The token names no key of the identity provider.")
        if key.alg not in (None, header["alg"]):
            refuse("token_algorithm", "The token is signed another way than its key is for.")
        return key

    async def _known(self, kid: str) -> Any:
        async with self._lock:
            now = time.monotonic()
            if self._keys is None or now - self._fetched > KEPT_S:
                await self._fetch(now)
            found = _among(self._keys, kid)
            if found is None and now - self._asked_anew > REFETCH_S:
                self._asked_anew = now
                await self._fetch(now)
                found = _among(self._keys, kid)
            return found

    async def _fetch(self, now: float) -> None:
        """Fetch the provider's keys; one that just failed is left alone for a while."""
        if now - self._failed < LONGEST_S:
            raise ProviderAway
        self._failed = now
        described = await self._json(self._issuer.rstrip("/") + "/.well-known/openid-configuration")
        if described.get("issuer") != self._issuer:
            _away("provider_answer", "The identity provider describes another issuer.")
        keys = await self._json(str(described.get("jwks_uri", "")))
        try:
            self._keys = KeySet.import_key_set(keys)  # type: ignore[arg-type]
        except (JoseError, KeyError, TypeError, ValueError):
            _away("provider_answer", "The identity provider's keys cannot be read.")
        self._fetched, self._failed = now, float("-inf")

    async def _json(self, address: str) -> dict[str, Any]:
        """The JSON object at an address of the provider: small, soon, and from that address itself."""
        if not may_be_asked(address, self._loopback_http):
            _away("provider_insecure", "The identity provider's keys must be at an https address.")
        try:
            async with asyncio.timeout(LONGEST_S):
                value = json.loads(await self._read(address))
        except TimeoutError:
            _away("provider_slow", "The identity provider did not answer in time.")
        except httpx.TimeoutException:
            _away("provider_slow", "The identity provider did not answer in time.")
        except httpx.HTTPError:
            _away("provider_down", "The identity provider cannot be reached.")
        except ValueError:
            _away("provider_answer", "The identity provider's answer cannot be read.")
        if not isinstance(value, dict):
            _away("provider_answer", "The identity provider's answer cannot be read.")
        return value

    async def _read(self, address: str) -> bytes:
        async with (
            httpx.AsyncClient(
                transport=self._transport, timeout=LONGEST_S, follow_redirects=False, trust_env=False
            ) as client,
            client.stream("GET", address, headers={"Accept": "application/json"}) as answer,
        ):
            if answer.is_redirect:
                _away("provider_redirects", "The identity provider's address leads to another.")
            if answer.status_code != 200:
                _away("provider_down", "The identity provider cannot be reached.")
            body = bytearray()
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > LARGEST:
                    _away("provider_too_large", "The identity provider's answer is too large.")
            return bytes(body)


def _away(code: str, says: str) -> NoReturn:
    raise ProviderAway(faults=[Fault("", code, says)])


def _among(keys: KeySet | None, kid: str) -> Any:
    return next((key for key in keys or () if key.kid == kid), None)


_CLAIMS = {
    "iss": ("token_issuer", "The token is another issuer's."),
    "aud": ("token_audience", "The token is for another service."),
    "tid": ("token_tenant", "The token is of another tenant."),
    "exp": ("token_expired", "The token does not say when it expires."),
    "nbf": ("token_not_yet", "The token is not valid yet."),
    "iat": ("token_not_yet", "The token is not valid yet."),
}


def _refuse_claim(claim: str) -> NoReturn:
    refuse(*_CLAIMS.get(claim, ("token_claims", "The token lacks a claim this service needs.")))


def _user(claims: dict[str, Any]) -> User:
    roles = claims.get("roles", [])
    named = isinstance(claims.get("oid"), str) and 0 < len(claims["oid"]) <= 200
    if not named or not isinstance(roles, list):
        _refuse_claim("")
    return User(claims["tid"], claims["oid"], frozenset(str(each).casefold() for each in roles))
