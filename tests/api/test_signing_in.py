"""Keys: who is let in, as whom, and what each refusal is called."""

import base64
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app import keyring
from app.domain import keys
from app.domain.keys import Secret
from app.graph import Graph
from app.settings import Settings
from tests.api.conftest import Client
from tests.api.signing import bearing, code, make_key, service

YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).isoformat()


async def council(client: Client, key: Secret) -> str:
    made = await client.post("/v1/organisations", json={"title": "A council"}, headers=bearing(key))
    return str(made.json()["id"])


# The demonstration


async def test_without_keys_this_machine_is_served_as_the_demonstration(graph: Graph) -> None:
    async with service(graph) as client:
        me = (await client.get("/v1/me")).json()
        assert (me["actor"], me["sees_everything"]) == ("demonstration", True)
        assert (await client.post("/v1/projects", json={"title": "T"})).status_code == 201


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"])
async def test_the_demonstration_does_not_stand_behind_a_proxy(graph: Graph, header: str) -> None:
    async with service(graph) as client:
        assert code(await client.get("/v1/projects", headers={header: "x"})) == (403, "demonstration_only")
        assert (await client.get("/health/live", headers={header: "x"})).status_code == 200


async def test_a_service_that_others_reach_is_never_the_demonstration(graph: Graph) -> None:
    async with service(graph, host="0.0.0.0") as client:
        assert code(await client.get("/v1/projects")) == (401, "unauthenticated")


async def test_from_the_first_key_on_nobody_is_served_without_one(graph: Graph) -> None:
    async with service(graph) as client:
        assert (await client.get("/v1/projects")).status_code == 200
        key = await make_key(graph)
        refused = await client.get("/v1/projects")
        assert code(refused) == (401, "unauthenticated")
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert (await client.get("/v1/projects", headers=bearing(key))).status_code == 200
        await client.post(f"/v1/keys/{key.id}/revoke", headers=bearing(key))
        assert code(await client.get("/v1/projects")) == (401, "unauthenticated")


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/health", "/problems/invalid",
                                  "/v1/schema", "/openapi.json"])  # fmt: skip
async def test_what_holds_no_facts_is_public(graph: Graph, path: str) -> None:
    await make_key(graph)
    async with service(graph) as client:
        assert (await client.get(path)).status_code == 200


async def test_a_password_is_asked_for_only_where_spreadsheets_read(graph: Graph) -> None:
    await make_key(graph)
    bearer, basic = 'Bearer realm="golden-thread"', 'Basic realm="golden-thread", charset="UTF-8"'
    async with service(graph) as client:
        for path in ("/v1/projects", "/v1/questions/unaligned.csv", "/v1/links/changes"):
            assert (await client.get(path)).headers.get_list("WWW-Authenticate") == [basic, bearer]
        for path in ("/v1/projects/x", "/v1/changes", "/v1/me", "/v1/keys"):
            assert (await client.get(path)).headers.get_list("WWW-Authenticate") == [bearer]
        written = await client.post("/v1/projects", json={"title": "T"})
        assert written.headers.get_list("WWW-Authenticate") == [bearer]
        for site in ("cross-site", "same-site"):
            crossing = await client.get("/v1/projects", headers={"Sec-Fetch-Site": site})
            assert crossing.headers.get_list("WWW-Authenticate") == [bearer]


# Keys


async def test_a_key_is_shown_once_and_kept_as_a_digest(graph: Graph) -> None:
    first = await make_key(graph)
    async with service(graph) as client:
        asked = {"title": "sheets", "roles": ["viewer"], "read_only": True}
        made = await client.post("/v1/keys", json=asked, headers=bearing(first))
        assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")
        secret = made.json()["secret"]
        assert secret.startswith(f"gt_{made.json()['id']}_")
        listed = await client.get("/v1/keys", headers=bearing(first))
        assert secret not in listed.text
        assert "digest" not in listed.text
        assert (await client.get("/v1/projects", headers=bearing(secret))).status_code == 200
    held = await graph.row(
        """MATCH (n) UNWIND keys(n) AS name WITH n, name
           WHERE any(each IN n[name] + [] WHERE toString(each) CONTAINS $half)
           RETURN count(*) AS times""",
        half=secret[16:],
    )
    assert held == {"times": 0}


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("Bearer", "credentials_malformed"),
        ("Bearer ", "credentials_malformed"),
        ("Bearer nonsense", "credentials_malformed"),
        ("Bearer gt_0123456789ab_short", "credentials_malformed"),
        ("Bearer gt_0123456789ab_" + "x" * 43, "key_unknown"),
        ("Bearer " + "x" * 30_000, "credentials_malformed"),
        ("Negotiate abc", "scheme_unknown"),
        ("Bearer a.b.c", "tokens_not_taken"),
        ("Basic !!!", "credentials_malformed"),
        ("Basic " + base64.b64encode(b"nobody").decode(), "credentials_malformed"),
    ],
)
async def test_a_credential_that_is_none_is_refused_by_its_own_code(
    graph: Graph, header: str, found: str
) -> None:
    await make_key(graph)
    async with service(graph) as client:
        refused = await client.get("/v1/projects", headers={"Authorization": header})
        assert code(refused) == (401, found)
        assert "nonsense" not in refused.text
        assert 'error="invalid_token"' in refused.headers.get_list("WWW-Authenticate")[-1]


async def test_a_key_that_ended_or_lost_its_tail_is_refused(graph: Graph) -> None:
    first = await make_key(graph)
    expired = await make_key(graph, expires_at=YESTERDAY)
    revoked = await make_key(graph)
    async with service(graph) as client:
        await client.post(f"/v1/keys/{revoked.id}/revoke", headers=bearing(first))
        altered = first.text[:-1] + ("a" if first.text[-1] != "a" else "b")
        for text, found in ((expired, "key_expired"), (revoked, "key_revoked"), (altered, "key_unknown")):
            assert code(await client.get("/v1/projects", headers=bearing(text))) == (401, found)
        again = await client.post(f"/v1/keys/{revoked.id}/revoke", headers=bearing(first))
        assert again.status_code == 409


async def test_a_revocation_holds_when_what_is_held_runs_out(graph: Graph) -> None:
    first, second = await make_key(graph), await make_key(graph)
    async with service(graph, credentials_held_s=5) as slow, service(graph) as quick:
        assert (await slow.get("/v1/me", headers=bearing(second))).status_code == 200
        await quick.post(f"/v1/keys/{second.id}/revoke", headers=bearing(first))
        assert code(await quick.get("/v1/me", headers=bearing(second))) == (401, "key_revoked")
    with pytest.raises(ValueError, match="less than or equal to 5"):
        Settings(credentials_held_s=6)


async def test_a_rotated_key_gives_way_after_the_overlap(graph: Graph) -> None:
    first = await make_key(graph)
    async with service(graph) as client:
        with_time = await client.post(f"/v1/keys/{first.id}/rotate", headers=bearing(first))
        assert with_time.status_code == 201
        second = with_time.json()["secret"]
        assert (
            with_time.json()["actor"] == (await client.get("/v1/me", headers=bearing(first))).json()["actor"]
        )
        assert (await client.get("/v1/me", headers=bearing(second))).status_code == 200
        at_once = await client.post(
            f"/v1/keys/{with_time.json()['id']}/rotate", json={"overlap_hours": 0}, headers=bearing(second)
        )
        assert code(await client.get("/v1/me", headers=bearing(second))) == (401, "key_expired")
        assert (await client.get("/v1/me", headers=bearing(at_once.json()["secret"]))).status_code == 200


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        ({"roles": []}, "too_few"),
        ({"roles": ["king"]}, "not_in_list"),
        ({"roles": ["contributor"]}, "organisation_needed"),
        ({"roles": ["viewer"], "kinds": ["Cost"]}, "integration_only"),
        ({"roles": ["integration", "owner"], "source": "finance"}, "integration_alone"),
        ({"roles": ["integration"], "kinds": ["Cost"]}, "source_needed"),
        ({"roles": ["integration"], "source": "person", "kinds": ["Cost"]}, "source_needed"),
        ({"roles": ["integration"], "source": "finance"}, "grants_needed"),
        ({"roles": ["integration"], "source": "finance", "kinds": ["Castle"]}, "grant_unknown"),
        ({"roles": ["viewer"], "expires_at": "2030-01-01T00:00:00"}, "zone_needed"),
        ({"roles": ["viewer"], "organisation": "0192f0c1-2a3b-7c4d-8e5f-001122334455"}, "reference_unknown"),
        ({"roles": ["viewer"], "secret": "mine"}, "unknown_field"),
    ],
)
async def test_a_key_that_makes_no_sense_is_not_made(graph: Graph, stated: Any, found: str) -> None:
    first = await make_key(graph)
    async with service(graph) as client:
        refused = await client.post("/v1/keys", json={"title": "k"} | stated, headers=bearing(first))
        assert refused.status_code == 422
        assert found in {each["code"] for each in refused.json()["errors"]}
        assert len((await client.get("/v1/keys", headers=bearing(first))).json()["items"]) == 1


async def test_an_administrator_of_one_council_makes_and_sees_its_own_keys_alone(graph: Graph) -> None:
    first = await make_key(graph)
    async with service(graph) as client:
        a, b = await council(client, first), await council(client, first)
        mine = await make_key(graph, organisation=a)
        hers = await make_key(graph, organisation=b)
        made = {"title": "k", "roles": ["viewer"]}
        for organisation in (b, None):
            stated = made | {"organisation": organisation}
            refused = await client.post("/v1/keys", json=stated, headers=bearing(mine))
            assert code(refused) == (403, "another_organisation")
        ours = await client.post("/v1/keys", json=made | {"organisation": a}, headers=bearing(mine))
        assert ours.status_code == 201
        seen = (await client.get("/v1/keys", headers=bearing(mine))).json()["items"]
        assert {each["id"] for each in seen} == {mine.id, ours.json()["id"]}
        for act in ("revoke", "rotate"):
            assert code(await client.post(f"/v1/keys/{hers.id}/{act}", headers=bearing(mine)))[0] == 404
        viewer = bearing(ours.json()["secret"])
        assert code(await client.get("/v1/keys", headers=viewer)) == (403, "role_missing")


async def test_nobody_becomes_another_councils_person(graph: Graph) -> None:
    first = await make_key(graph)
    async with service(graph) as client:
        a, b = await council(client, first), await council(client, first)
        theirs = {"title": "P", "organisation": b}
        person = (await client.post("/v1/persons", json=theirs, headers=bearing(first))).json()["id"]
        mine = await make_key(graph, organisation=a)
        stated = {"organisation": a, "person": person}
        for path, more in (("/v1/keys", {"title": "k", "roles": ["owner"]}),
                           ("/v1/actors", {"tenant": "t", "object": "o"})):  # fmt: skip
            refused = await client.post(path, json=stated | more, headers=bearing(mine))
            assert code(refused) == (422, "reference_unknown")


async def test_a_key_writes_as_its_actor_and_within_its_grants(graph: Graph) -> None:
    first = await make_key(graph)
    async with service(graph) as client:
        a = await council(client, first)
        finance = await make_key(
            graph, organisation=a, roles=["integration"], source="finance",
            kinds=["Cost"], fields=["title", "organisation", "amount"],
        )  # fmt: skip
        cost = {"title": "C", "organisation": a, "amount": "1.00"}
        made = await client.post("/v1/costs", json=cost, headers=bearing(finance))
        assert (made.status_code, made.json()["source"]) == (201, "finance")
        for path, body, found in (
            ("/v1/costs", cost | {"fund": "general"}, "field_not_granted"),
            ("/v1/projects", {"title": "P", "organisation": a}, "kind_not_granted"),
            ("/v1/costs", {"title": "C", "amount": "1.00"}, "another_source"),
        ):
            assert code(await client.post(path, json=body, headers=bearing(finance))) == (403, found)
        past = await client.get(f"/v1/costs/{made.json()['id']}/history", headers=bearing(first))
        me = (await client.get("/v1/me", headers=bearing(finance))).json()
        assert past.json()["items"][0]["actor"] == me["actor"]


async def test_a_browser_that_forges_its_origin_changes_nothing_with_a_key(graph: Graph) -> None:
    key = await make_key(graph)
    async with service(graph) as client:
        for forged in (
            {"Origin": "https://evil.example"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Origin": "null"},
        ):
            refused = await client.post("/v1/projects", json={"title": "T"}, headers=bearing(key) | forged)
            assert code(refused) == (403, "foreign_origin")
        assert (await client.get("/v1/projects", headers=bearing(key))).json()["items"] == []


# A spreadsheet


def password(text: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"anyone:{text}".encode()).decode()}


async def test_a_spreadsheet_reads_with_a_read_only_key_as_its_password(graph: Graph) -> None:
    whole = await make_key(graph)
    reading = await make_key(graph, roles=["viewer"], read_only=True)
    sheet = password(reading.text)
    async with service(graph) as client:
        assert (await client.get("/v1/questions/unaligned.csv", headers=sheet)).status_code == 200
        for act, found in (
            (client.get("/v1/projects", headers=password(whole.text)), "basic_needs_read_only_key"),
            (client.post("/v1/projects", json={"title": "T"}, headers=sheet), "basic_only_reads"),
            (
                client.get("/v1/projects", headers=sheet | {"Sec-Fetch-Site": "cross-site"}),
                "basic_cross_site",
            ),
            (client.get("/v1/projects", headers=sheet | {"X-Forwarded-For": "x"}), "basic_needs_https"),
        ):
            assert code(await act) == (403, found)
        bearer = await client.post("/v1/projects", json={"title": "T"}, headers=bearing(reading))
        assert code(bearer) == (403, "read_only")


async def test_a_password_is_taken_over_https_or_on_this_machine(graph: Graph) -> None:
    sheet = password((await make_key(graph, roles=["viewer"], read_only=True)).text)
    far = {"address": "192.0.2.7", "allowed_hosts": "thread.example"}
    async with service(graph, "http://thread.example", **far) as client:
        assert code(await client.get("/v1/projects", headers=sheet)) == (403, "basic_needs_https")
    async with service(graph, "https://thread.example", **far) as client:
        assert (await client.get("/v1/projects", headers=sheet)).status_code == 200
    async with service(graph, "http://thread.example", behind_tls=True, **far) as client:
        listed = await client.get("/v1/projects", headers=sheet)
        assert listed.headers["Link"].startswith("<https://thread.example/")


# Limits


async def test_a_credential_is_told_where_it_stands_and_stopped_at_its_limit(graph: Graph) -> None:
    one, other = await make_key(graph), await make_key(graph)
    async with service(graph, rate_per_minute=2) as client:
        first = await client.get("/v1/me", headers=bearing(one))
        assert first.headers["RateLimit-Policy"] == '"asks";q=2;w=60'
        assert first.headers["RateLimit"].startswith('"asks";r=1;t=')
        await client.get("/v1/projects/none", headers=bearing(one))
        stopped = await client.get("/v1/me", headers=bearing(one))
        assert code(stopped) == (429, "too_many")
        assert stopped.headers["RateLimit"].startswith('"asks";r=0;t=')
        assert 1 <= int(stopped.headers["Retry-After"]) <= 60
        assert (await client.get("/v1/me", headers=bearing(other))).status_code == 200


async def test_an_address_that_fails_to_sign_in_is_stopped_sooner_and_shuts_nobody_out(graph: Graph) -> None:
    key = await make_key(graph)
    async with service(graph, failed_per_minute=2) as client:
        wrong = bearing("gt_0123456789ab_" + "x" * 43)
        assert [code(await client.get("/v1/me", headers=wrong))[0] for _ in range(3)] == [401, 401, 429]
        assert (await client.get("/v1/me", headers=bearing(key))).status_code == 200
        assert (await client.get("/health/live")).status_code == 200


async def test_the_demonstration_and_a_limit_of_none_are_not_counted(graph: Graph) -> None:
    async with service(graph, rate_per_minute=1) as client:
        assert [(await client.get("/v1/me")).status_code for _ in range(3)] == [200, 200, 200]
    key = await make_key(graph)
    async with service(graph, rate_per_minute=0) as client:
        assert "RateLimit" not in (await client.get("/v1/me", headers=bearing(key))).headers


# At the terminal


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"


async def test_a_service_that_others_reach_gets_its_first_key_in_a_file_only_its_user_reads(
    graph: Graph, folder: Path
) -> None:
    settings = Settings(data=folder, host="0.0.0.0", credentials_held_s=0)
    await keyring.first(graph, settings)
    (path,) = (folder / "keys").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    async with service(graph, host="0.0.0.0") as client:
        me = await client.get("/v1/me", headers=bearing(path.read_text().strip()))
        assert me.json()["roles"] == ["administrator"]
    await keyring.first(graph, settings)
    assert len(list((folder / "keys").iterdir())) == 1


async def test_a_key_remembers_when_it_was_used(graph: Graph) -> None:
    key = await make_key(graph)
    await graph.write(keys.note_use, {key.id: "2026-01-01T00:00:00Z"})
    (listed,) = await keys.list_of(graph, keyring.OPERATOR)
    assert listed["used_at"] == "2026-01-01T00:00:00Z"
