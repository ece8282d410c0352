"""A decision rests on answers this ledger gave, and stands as it was made."""

from typing import Any

from tests.api.conftest import Client
from tests.trust.people import no


async def rested_on(client: Client, **other: Any) -> dict[str, Any]:
    """An answer as a decision names it."""
    told = (await client.get("/v1/questions/unaligned")).json()
    known = told["as_of"]
    return {
        "question": told["question"],
        "digest": told["digest"],
        "valid_on": known["valid_on"],
        "known_on": known["known_on"],
        "ledger": known["ledger"]["id"],
        "number": known["ledger"]["number"],
    } | other


async def test_a_decision_names_the_answers_it_rested_on_and_stands(client: Client) -> None:
    await client.new("projects")
    answer = await rested_on(client)
    made = await client.new(
        "decisions", board="Capital board", on="2026-11-20", choice="Go.", answers=[answer]
    )
    assert made["facts"]["answers"] == [answer | {"asked": None}]
    place, any_revision = f"/v1/decisions/{made['id']}", {"If-Match": "*"}
    for patch in (
        {"choice": "Stop."},
        {"answers": []},
        {"board": None},
        {"on": "2026-11-21"},
        {"reasons": "x"},
    ):
        assert no(await client.patch(place, json=patch, headers=any_revision)) == (422, "stands_as_made")
    assert (await client.patch(place, json={"ref": "D1"}, headers=any_revision)).status_code == 200
    better = await client.new("decisions", board="Capital board", on="2026-11-20", choice="Stop.")
    joined = await client.post("/v1/links/succeeded-by", json={"from": made["id"], "to": better["id"]})
    assert joined.status_code == 201


async def test_a_decision_on_what_this_ledger_has_not_known_is_refused(client: Client) -> None:
    await client.new("projects")
    answer = await rested_on(client)
    for wrong, status in (
        ({"number": answer["number"] + 1}, (422, "number_in_future")),
        ({"ledger": "another"}, (422, "ledger_unknown")),
        ({"digest": "abc"}, (422, "format")),
        ({"known_on": "2026-13-01T00:00:00Z"}, (422, "day_format")),
    ):
        refused = await client.post("/v1/decisions", json={"title": "D", "answers": [answer | wrong]})
        assert no(refused) == status, wrong
    refused = await client.post("/v1/decisions", json={"title": "D", "on": "2999-01-01"})
    assert no(refused) == (422, "decision_in_future")
    assert (await client.get("/v1/decisions")).json()["items"] == []
