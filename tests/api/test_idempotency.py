"""A request sent again under its Idempotency-Key is answered again, not done again."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.domain import ledger, receipts
from app.domain.ledger import Done
from app.graph import Graph, Tx
from app.who import DEMONSTRATION, EVERYTHING, Caller, Role, Stamp, new_id
from tests.api.conftest import Client, door, serving

KEY = "Idempotency-Key"


@pytest.fixture(scope="module")
async def shared(migrated: Graph) -> AsyncIterator[Client]:
    """One service for all tests here; each uses keys of its own."""
    async with serving(migrated, lambda: EVERYTHING) as client:
        yield client


async def _post(client: Client, key: str, path: str = "/v1/projects", **facts: object) -> Any:
    return await client.post(path, json={"title": "A title"} | facts, headers={KEY: key})


def _codes(answer: Any) -> tuple[int, list[str]]:
    return answer.status_code, [each["code"] for each in answer.json()["errors"]]


async def test_the_same_request_again_has_the_same_answer_and_is_not_done_again(
    shared: Client, migrated: Graph
) -> None:
    key = new_id()
    first = await _post(shared, key)
    number = (await ledger.head(migrated)).number
    again = await _post(shared, f'"{key}"')
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    for name in ("ETag", "Location"):
        assert again.headers[name] == first.headers[name]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (await ledger.head(migrated)).number == number


async def test_a_key_used_for_another_request_is_refused(shared: Client) -> None:
    key = new_id()
    await _post(shared, key)
    assert _codes(await _post(shared, key, title="Another")) == (422, ["key_reused"])
    assert _codes(await _post(shared, key, "/v1/assets")) == (422, ["key_reused"])


async def test_the_key_of_another_caller_is_another_key(migrated: Graph) -> None:
    open_for = door(Client, migrated)
    mine, yours = (
        open_for(Caller(name, roles=frozenset({Role.ADMINISTRATOR}))) for name in ("key-mine", "key-yours")
    )
    key = new_id()
    first, second = await _post(mine, key), await _post(yours, key, title="Another")
    assert second.status_code == 201 and second.json()["id"] != first.json()["id"]


async def test_what_was_refused_may_be_mended_and_sent_under_its_key(shared: Client) -> None:
    key = new_id()
    assert (await _post(shared, key, state="dreaming")).status_code == 422
    assert (await _post(shared, key, state="idea")).status_code == 201


async def test_a_change_sent_again_is_answered_though_its_revision_is_gone(shared: Client) -> None:
    made = await shared.new("projects")
    path, headers = f"/v1/projects/{made['id']}", {KEY: new_id(), "If-Match": "*"}
    first = await shared.post(f"{path}/retire", json={}, headers=headers)
    again = await shared.post(f"{path}/retire", json={}, headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert _codes(await shared.post(f"{path}/retire", json={})) == (409, ["retired"])


@pytest.mark.parametrize("key", ["", " ", '"half', "a b", "\u00e4", "x" * 256, '""'])
async def test_a_key_that_is_none_is_refused(shared: Client, key: str) -> None:
    answer = await shared.post(
        "/v1/projects", json={"title": "A"}, headers={KEY.encode(): key.encode("latin-1")}
    )
    assert _codes(answer) == (422, ["idempotency_key_form"])


async def test_two_keys_are_refused(shared: Client) -> None:
    answer = await shared.post("/v1/projects", json={"title": "A"}, headers=[(KEY, "a"), (KEY, "b")])
    assert _codes(answer) == (422, ["idempotency_key_form"])


async def test_a_request_whose_first_still_runs_waits_a_moment_and_is_told(
    shared: Client, migrated: Graph
) -> None:
    key, begun, may_end = new_id(), asyncio.Event(), asyncio.Event()

    async def slow(tx: Tx) -> Done:
        begun.set()
        await may_end.wait()
        return Done({"done": True})

    await _post(shared, key)
    rows = await migrated.rows(
        "MATCH (r:Receipt {named: true}) RETURN r.key AS key, r.body AS body ORDER BY r.at"
    )
    receipt = rows[-1]
    await migrated.schema("MATCH (r:Receipt {key: $key}) DELETE r", key=receipt["key"])
    stamp = Stamp(DEMONSTRATION.actor, request=receipt["key"], body=receipt["body"], named=True)
    first = asyncio.ensure_future(migrated.write(receipts.once, stamp, slow))
    await begun.wait()
    assert _codes(await _post(shared, key)) == (409, ["still_running"])
    may_end.set()
    assert await first == {"done": True}
    assert _codes(await _post(shared, key, title="Another")) == (422, ["key_reused"])


async def test_a_key_used_long_ago_is_told_and_in_the_end_forgotten(shared: Client, migrated: Graph) -> None:
    key = new_id()
    await _post(shared, key)
    age = "MATCH (r:Receipt {named: true}) SET r.at = r.at - duration({days: $days})"
    await migrated.schema(age, days=2)
    while await receipts.forget(migrated):
        pass
    assert _codes(await _post(shared, key)) == (422, ["key_expired"])
    await migrated.schema(age, days=30)
    while await receipts.forget(migrated):
        pass
    assert (await _post(shared, key)).status_code == 201


async def test_a_new_api_key_is_shown_once_and_not_again(shared: Client) -> None:
    body, headers = {"title": "PMO", "roles": ["viewer"]}, {KEY: new_id()}
    first = await shared.post("/v1/keys", json=body, headers=headers)
    again = await shared.post("/v1/keys", json=body, headers=headers)
    assert first.json()["secret"] and again.json() == first.json() | {"secret": None}
    assert again.headers["Idempotency-Replayed"] == "true"
