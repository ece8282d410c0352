"""`valid_on` and `known_on` over HTTP: what an answer is true of, and what cannot be asked."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.api.conftest import Client
from tests.trust.travel import Travel, instant


async def changed(client: Client, place: str, patch: dict[str, Any]) -> dict[str, Any]:
    """The record or link at this place after a patch of whatever stands."""
    answer = await client.patch(place, json=patch, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def test_a_record_a_link_and_a_history_are_read_as_was_known(client: Client) -> None:
    lower = await client.new("projects", title="Before")
    upper = await client.new("projects", title="Upper")
    link = (await client.post("/v1/links/enables", json={"from": lower["id"], "to": upper["id"]})).json()
    then = await instant(client, 3)
    await changed(client, f"/v1/projects/{lower['id']}", {"title": "After"})
    await client.post(f"/v1/links/enables/{link['id']}/withdraw")
    place, joined = f"/v1/projects/{lower['id']}", f"/v1/links/enables/{link['id']}"
    answer = await client.get(place, params={"known_on": then})
    shown = answer.json()
    assert shown.pop("as_of")["ledger"]["number"] == 3
    assert shown == lower
    assert (await client.get(joined, params={"known_on": then})).json() == link | {
        "as_of": {
            "valid_on": None,
            "known_on": answer.json()["as_of"]["known_on"],
            "ledger": answer.json()["as_of"]["ledger"],
        }
    }
    told = (await client.get(place + "/history", params={"known_on": then})).json()
    assert ([each["action"] for each in told["items"]], told["as_of"]["ledger"]["number"]) == (["create"], 3)
    assert len((await client.get(place + "/history")).json()["items"]) == 2
    near = (await client.get(f"/v1/records/{upper['id']}/neighbourhood", params={"known_on": then})).json()
    assert ([each["facts"]["title"] for each in near["records"]], len(near["links"])) == (
        ["Upper", "Before"],
        1,
    )
    assert "as_of" not in (await client.get(place)).json()


async def test_a_tag_of_the_past_is_its_own_and_changes_nothing(client: Client) -> None:
    made = await client.new("projects")
    place, then = f"/v1/projects/{made['id']}", {"known_on": await instant(client, 1)}
    past, now = await client.get(place, params=then), await client.get(place)
    assert past.headers["ETag"] != now.headers["ETag"]
    fresh = await client.get(place, params=then, headers={"If-None-Match": past.headers["ETag"]})
    assert fresh.status_code == 304
    refused = await client.patch(place, json={"title": "x"}, headers={"If-Match": past.headers["ETag"]})
    assert refused.status_code == 412


async def test_pages_of_the_past_stay_of_the_moment_of_the_first(client: Client) -> None:
    made = [await client.new("projects", title=f"P{at}") for at in range(5)]
    today = datetime.now(UTC).date().isoformat()
    address = f"/v1/projects?known_on={today}&limit=2&sort=title&count=exact"
    seen: list[str] = []
    while address:
        shown = (await client.get(address)).json()
        seen += [each["facts"]["title"] for each in shown["items"]]
        assert (shown["total"], shown["as_of"]["ledger"]["number"]) == (5, 5)
        await changed(client, f"/v1/projects/{made[-1]['id']}", {"title": f"A{len(seen)}"})
        address = shown["next"]
    assert seen == [f"P{at}" for at in range(5)]
    for cursor in ("bogus", "0.bogus", "9999.bogus", "x.y", "1.bogus", f"{'1'.zfill(18)}{'9' * 40}.y"):
        refused = await client.get(f"/v1/projects?known_on={today}&after={cursor}")
        assert [each["code"] for each in refused.json()["errors"]] == ["bad_cursor"]


async def test_what_is_not_valid_on_the_day_is_not_found(client: Client) -> None:
    old = await client.new("projects", title="Old bins", valid_from="2020-01-01", valid_to="2024-01-01")
    new = await client.new("projects", title="New bins")
    link = (await client.post("/v1/links/enables", json={"from": old["id"], "to": new["id"]})).json()
    facts = {"valid_from": "2021-01-01"}
    await changed(client, f"/v1/links/enables/{link['id']}", facts)
    for day, records, links in (
        ("2019-12-31", 1, 0),
        ("2020-06-01", 2, 0),
        ("2023-12-31", 2, 1),
        ("2024-01-01", 1, 1),
    ):
        params = {"valid_on": day}
        assert (await client.get(f"/v1/projects/{old['id']}", params=params)).is_success is (records == 2)
        assert len((await client.get("/v1/projects", params=params)).json()["items"]) == records
        assert len((await client.get("/v1/search", params={"q": "bins"} | params)).json()["items"]) == records
        found = await client.get(f"/v1/links/enables/{link['id']}", params=params)
        assert found.is_success is bool(links)
        near = await client.get(f"/v1/records/{new['id']}/neighbourhood", params=params)
        assert len(near.json()["records"]) == (2 if records == 2 and links else 1)


async def test_an_identifier_finds_what_it_named_then(client: Client) -> None:
    made = await client.new("projects", title="Before")
    place, mine = f"/v1/projects/{made['id']}", [{"scheme": "pmo", "value": "7"}]
    await changed(client, place, {"identifiers": mine})
    await changed(client, place, {"title": "After"})
    for number, status in ((1, 404), (2, 200)):
        then = {"identifier": "pmo|7", "known_on": await instant(client, number)}
        answer = await client.get("/v1/records", params=then)
        assert answer.status_code == status
    assert answer.json()["facts"]["title"] == "Before"


@pytest.mark.parametrize(
    ("known_on", "code"),
    [
        ("1999-12-31", "known_on_before_beginning"),
        ("1000-01-01", "known_on_before_beginning"),
        ("0001-01-01T00:00:00%2B23:59", "instant_format"),
        ("2999-12-31", "known_on_in_future"),
        ("2999-12-31T00:00:00Z", "known_on_in_future"),
        ("soon", "instant_format"),
    ],
)
async def test_a_time_nothing_can_be_known_on_is_refused_everywhere(
    client: Client, known_on: str, code: str
) -> None:
    made = await client.new("projects", identifiers=[{"scheme": "pmo", "value": "7"}])
    for place in (
        "/v1/projects", f"/v1/projects/{made['id']}", f"/v1/projects/{made['id']}/history",
        f"/v1/records/{made['id']}", f"/v1/records/{made['id']}/neighbourhood", "/v1/links/enables",
        "/v1/records?identifier=pmo%7C7",
    ):  # fmt: skip
        mark = "&" if "?" in place else "?"
        refused = await client.get(f"{place}{mark}known_on={known_on}")
        assert refused.status_code == 422
        assert [(each["pointer"], each["code"]) for each in refused.json()["errors"]] == [("/known_on", code)]


async def test_whatever_happens_later_everything_is_shown_again_as_it_was(client: Client) -> None:
    travel = Travel(client)
    lower, upper = [await client.new("projects", title=title) for title in "ab"]
    link = (await client.post("/v1/links/enables", json={"from": lower["id"], "to": upper["id"]})).json()
    await travel.remember([lower, upper], [link])
    await changed(client, f"/v1/links/enables/{link['id']}", {"strength": "weak"})
    await travel.remember([lower, upper], [link])
    await changed(client, f"/v1/projects/{upper['id']}", {"title": "c", "state": "closed"})
    await client.post(f"/v1/links/enables/{link['id']}/withdraw")
    await client.post(f"/v1/projects/{lower['id']}/retire")
    await travel.remember([lower, upper], [link])
    assert await travel.mismatches() == []
