"""Tokens of an identity provider: taken as whose they are, or refused by a code of their own."""

import base64
import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from app.graph import Graph
from app.settings import Settings
from tests.api.conftest import Client
from tests.api.identity_provider import AUDIENCE, TENANT, IdentityProvider, running
from tests.api.signing import bearing, code, make_key, service


def signing_in(graph: Graph, provider: IdentityProvider, **settings: Any) -> Client:
    return service(
        graph,
        oidc_issuer=provider.issuer,
        oidc_audience=AUDIENCE,
        oidc_tenant=TENANT,
        oidc_loopback_http=True,
        **settings,
    )


@pytest.fixture
async def provider() -> AsyncIterator[IdentityProvider]:
    async with running() as each:
        yield each


@pytest.fixture
async def client(graph: Graph, provider: IdentityProvider) -> AsyncIterator[Client]:
    async with signing_in(graph, provider) as each:
        yield each


async def test_a_token_signs_its_user_in_with_its_app_roles(
    client: Client, provider: IdentityProvider
) -> None:
    assert code(await client.get("/v1/me")) == (401, "unauthenticated")
    mine = provider.token(roles=["Owner", "integration", "king"])
    me = (await client.get("/v1/me", headers=bearing(mine))).json()
    assert (me["roles"], me["organisation"], me["sees_everything"]) == (["owner"], None, False)
    again = (await client.get("/v1/me", headers=bearing(provider.token()))).json()
    other = (await client.get("/v1/me", headers=bearing(provider.token(oid="user-2")))).json()
    assert again["actor"] == me["actor"] != other["actor"]


async def test_a_user_belongs_where_an_administrator_says(graph: Graph, provider: IdentityProvider) -> None:
    key = await make_key(graph)
    async with signing_in(graph, provider) as client:
        place = (await client.post("/v1/organisations", json={"title": "A"}, headers=bearing(key))).json()[
            "id"
        ]
        said = {"tenant": TENANT, "object": "user-1", "organisation": place}
        registered = await client.post("/v1/actors", json=said, headers=bearing(key))
        assert registered.status_code == 200
        me = (await client.get("/v1/me", headers=bearing(provider.token()))).json()
        assert (me["organisation"], me["actor"]) == (place, registered.json()["id"])
        made = await client.post(
            "/v1/projects", json={"title": "P", "organisation": place}, headers=bearing(provider.token())
        )
        assert made.status_code == 201
        elsewhere = await client.post(
            "/v1/projects",
            json={"title": "P", "organisation": place},
            headers=bearing(provider.token(oid="u")),
        )
        assert code(elsewhere) == (403, "another_organisation")


async def test_a_user_without_a_role_reads_nothing(client: Client, provider: IdentityProvider) -> None:
    for roles in (None, [], ["king"]):
        refused = await client.get("/v1/projects", headers=bearing(provider.token(roles=roles)))
        assert code(refused) == (403, "role_missing")


NOW = int(time.time())


@pytest.mark.parametrize(
    ("claims", "found"),
    [
        ({"exp": NOW - 3_600}, "token_expired"),
        ({"exp": None}, "token_expired"),
        ({"nbf": NOW + 3_600}, "token_not_yet"),
        ({"aud": "another service"}, "token_audience"),
        ({"aud": None}, "token_audience"),
        ({"iss": "https://evil.example/v2.0"}, "token_issuer"),
        ({"tid": "another tenant"}, "token_tenant"),
        ({"tid": None}, "token_tenant"),
        ({"oid": None}, "token_claims"),
        ({"roles": "administrator"}, "token_claims"),
        ({"nonce": "n"}, "token_is_an_id_token"),
        ({"azp": None}, "token_is_an_id_token"),
    ],
)
async def test_a_token_whose_claims_do_not_hold_is_refused(
    client: Client, provider: IdentityProvider, claims: dict[str, Any], found: str
) -> None:
    refused = await client.get("/v1/me", headers=bearing(provider.token(**claims)))
    assert code(refused) == (401, found)


def written(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def resigned(token: str, secret: bytes = b"", **header: Any) -> str:
    """The token under another header, signed with a secret both sides know, or not at all."""
    said = f"{written(json.dumps(header).encode())}.{token.split('.')[1]}"
    signature = hmac.digest(secret, said.encode(), "sha256") if secret else b""
    return f"{said}.{written(signature)}"


async def test_a_token_that_is_not_signed_by_the_providers_key_is_refused(
    client: Client, provider: IdentityProvider
) -> None:
    kid = provider.keys[0].kid
    stranger = RSAKey.generate_key(2048, {"kid": kid})
    public = provider.keys[0].as_pem(private=False)
    forged = {
        "token_signature": provider.token(key=stranger),
        "token_malformed": "a.b.c",
        "token_key_unknown": provider.token(header={"kid": "unheard-of"}),
    }
    for found, token in forged.items():
        assert code(await client.get("/v1/me", headers=bearing(token))) == (401, found)
    confused = resigned(provider.token(), public, alg="HS256", kid=kid)
    for token in (
        resigned(provider.token(), alg="none", kid=kid),
        resigned(provider.token(), alg="None"),
        confused,
    ):
        assert code(await client.get("/v1/me", headers=bearing(token))) == (401, "token_algorithm")


async def test_new_keys_are_fetched_when_a_token_names_one_and_not_for_every_unknown_name(
    client: Client, provider: IdentityProvider
) -> None:
    old = provider.token()
    assert (await client.get("/v1/me", headers=bearing(old))).status_code == 200
    provider.rotate()
    assert (await client.get("/v1/me", headers=bearing(provider.token()))).status_code == 200
    assert provider.asked.count("/keys") == 2
    assert code(await client.get("/v1/me", headers=bearing(old))) == (401, "token_key_unknown")
    for name in ("x", "y", "z"):
        await client.get("/v1/me", headers=bearing(provider.token(header={"kid": name})))
    assert provider.asked.count("/keys") == 2


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys"])
@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
            "provider_redirects",
        ),
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", "provider_down"),
        (b"not http at all\r\n\r\n", "provider_down"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b" " * 1_100_000, "provider_too_large"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", "provider_answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{", "provider_answer"),
    ],
)
async def test_a_provider_that_cannot_be_asked_lets_nobody_in(
    client: Client, provider: IdentityProvider, path: str, answer: bytes, found: str
) -> None:
    provider.answers[path] = answer
    refused = await client.get("/v1/me", headers=bearing(provider.token()))
    assert code(refused) == (503, found)
    assert "Retry-After" in refused.headers


async def test_a_provider_that_is_slow_is_not_waited_for_and_not_asked_again_at_once(
    client: Client, provider: IdentityProvider
) -> None:
    provider.answers["/keys"] = b""
    assert code(await client.get("/v1/me", headers=bearing(provider.token()))) == (503, "provider_slow")
    refused = await client.get("/v1/me", headers=bearing(provider.token()))
    assert code(refused)[0] == 503


async def test_keys_at_an_address_that_is_not_https_are_not_fetched(
    client: Client, provider: IdentityProvider
) -> None:
    described = json.dumps({"issuer": provider.issuer, "jwks_uri": "http://198.51.100.1/keys"}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(described)}\r\n\r\n".encode()
    provider.answers["/.well-known/openid-configuration"] = head + described
    assert code(await client.get("/v1/me", headers=bearing(provider.token()))) == (503, "provider_insecure")


@pytest.mark.parametrize(
    "issuer", ["http://login.example/v2.0", "http://127.0.0.1:1/v2.0", "ftp://x", "login"]
)
def test_an_issuer_that_is_not_at_https_is_refused(issuer: str) -> None:
    with pytest.raises(ValueError, match="must be an address that begins with https"):
        Settings(oidc_issuer=issuer, oidc_audience="a", oidc_tenant="t")
    with pytest.raises(ValueError, match="needs its audience and tenant"):
        Settings(oidc_issuer="https://login.example/v2.0")
