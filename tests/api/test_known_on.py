"""`known_on` of questions over HTTP: what an answer is true of, its pages, its tag, what cannot be asked."""

import pytest

from tests.api.conftest import Client
from tests.trust.travel import instant


async def test_the_envelope_names_what_was_known_and_the_pages_stay_there(client: Client) -> None:
    made = [await client.new("projects", title=f"P{at}", state="delivering") for at in range(3)]
    then = (await client.get("/v1/questions/unaligned", params={"sort": "title"})).json()
    known_on = await instant(client, 3)
    await client.new("projects", title="Later", state="delivering")
    place = f"/v1/projects/{made[2]['id']}"
    await client.patch(place, json={"title": "A"}, headers={"If-Match": "*"})
    asked = {"sort": "title", "known_on": known_on, "limit": 2}
    first = await client.get("/v1/questions/unaligned", params=asked)
    shown = first.json()
    assert (shown["as_of"], shown["digest"]) == (then["as_of"], then["digest"])
    second = (await client.get(shown["next"])).json()
    assert shown["rows"] + second["rows"] == then["rows"]
    tag = {"If-None-Match": first.headers["ETag"]}
    assert (await client.get("/v1/questions/unaligned", params=asked, headers=tag)).status_code == 304
    now = await client.get("/v1/questions/unaligned", params={"sort": "title"})
    assert now.headers["ETag"] != first.headers["ETag"] and len(now.json()["rows"]) == 4


@pytest.mark.parametrize(
    ("name", "known_on", "code"),
    [
        ("unaligned", "2999-01-01", "known_on_in_future"),
        ("unaligned", "2000-01-01", "known_on_before_beginning"),
        ("unaligned", "yesterday", "instant_format"),
        ("replay", "2026-01-01", "known_on_not_taken"),
    ],
)
async def test_what_cannot_be_known_is_refused_with_its_own_code(
    client: Client, name: str, known_on: str, code: str
) -> None:
    await client.new("projects")
    refused = await client.get(f"/v1/questions/{name}", params={"known_on": known_on})
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/known_on", code)
    assert code != "known_on_not_taken" or "instead of known_on" in error["detail"]
