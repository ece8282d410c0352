"""Law over HTTP: events of a change with their sources, purposes confirmed by a legal post."""

from typing import Any

import pytest

from app.graph import Graph
from app.who import Role
from tests.api.conftest import Client
from tests.build import a_change, a_provision, link, store
from tests.trust.people import a_person, no, town

LAST_WEEK = "2026-11-02"
SAID = {"on": LAST_WEEK, "url": "https://bills.parliament.uk/bills/1"}


async def happened(client: Client, id: str, **event: Any) -> Any:
    """The answer to an event of a change, as whatever stands."""
    return await client.post(f"/v1/legal-changes/{id}/events", json=SAID | event, headers={"If-Match": "*"})


async def test_a_bill_moves_by_events_and_each_is_told_with_its_source(client: Client) -> None:
    bill = await client.new("legal-changes", kind="bill", legislature="uk", stage="introduced")
    moved = await happened(client, bill["id"], stage="first_house", reason="Second reading agreed.")
    assert (moved.status_code, moved.json()["facts"]["stage"]) == (200, "first_house")
    made = await happened(
        client,
        bill["id"],
        stage="assent",
        outcome="made",
        in_force_on="2027-04-01",
        citation="c. 12",
        url=None,
    )
    assert made.json()["facts"]["in_force_on"] == "2027-04-01"
    told = (await client.get(f"/v1/legal-changes/{bill['id']}/events")).json()["items"]
    assert [(each["stage"], each["outcome"], each["on"]) for each in told] == [
        ("first_house", None, LAST_WEEK), ("assent", "made", LAST_WEEK),
    ]  # fmt: skip
    assert (told[0]["url"], told[0]["reason"]) == (SAID["url"], "Second reading agreed.")
    assert (told[1]["citation"], told[1]["actor"]) == ("c. 12", "demonstration")
    page = (await client.get(f"/v1/legal-changes/{bill['id']}/events?limit=1")).json()
    assert (len(page["items"]), len((await client.get(page["next"])).json()["items"])) == (1, 1)
    history = (await client.get(f"/v1/legal-changes/{bill['id']}/history")).json()["items"]
    assert [each["action"] for each in history] == ["create", "event", "event"]


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({"stage": "draft"}, "stage_cannot_follow"),
        ({"outcome": "in_force"}, "outcome_cannot_follow"),
        ({"outcome": "superseded"}, "successor_missing"),
        ({"stage": "first_house", "url": None}, "source_missing"),
        ({"stage": "first_house", "on": "2999-01-01"}, "event_in_future"),
        ({"in_force_on": "2027-04-01"}, "not_made_yet"),
        ({"earliest_in_force": "2028-01-01", "latest_in_force": "2027-01-01"}, "date_order"),
        ({"stage": "royal"}, "not_in_list"),
        ({}, "event_empty"),
    ],
)
async def test_an_event_that_cannot_be_changes_nothing(
    client: Client, event: dict[str, Any], code: str
) -> None:
    bill = await client.new("legal-changes", kind="bill", legislature="uk", stage="introduced")
    assert no(await happened(client, bill["id"], **event)) == (422, code)
    assert (await client.get(f"/v1/legal-changes/{bill['id']}")).json() == bill
    assert (await client.get(f"/v1/legal-changes/{bill['id']}/events")).json()["items"] == []


async def test_a_stage_is_not_patched_and_the_rest_is(client: Client) -> None:
    bill = await client.new("legal-changes", kind="bill")
    place, any_revision = f"/v1/legal-changes/{bill['id']}", {"If-Match": "*"}
    for patch in ({"stage": "draft"}, {"outcome": "made"}, {"in_force_on": "2027-01-01"}):
        assert no(await client.patch(place, json=patch, headers=any_revision)) == (422, "by_event")
    checked = await client.patch(place, json={"last_checked": "2026-11-20"}, headers=any_revision)
    assert checked.status_code == 200


async def test_a_superseded_bill_names_its_successor_first(client: Client) -> None:
    old, new = [await client.new("legal-changes", kind="bill", stage="introduced") for _ in "ab"]
    await client.post("/v1/links/succeeded-by", json={"from": old["id"], "to": new["id"]})
    assert (await happened(client, old["id"], outcome="superseded")).status_code == 200
    assert no(await happened(client, old["id"], stage="assent")) == (422, "stage_cannot_follow")


async def test_who_records_events_answers_for_the_change_or_has_law_resting_on_it(graph: Graph) -> None:
    place = await town(graph)
    lawyer, bill = a_person(), a_change(stage="introduced")
    await place.post(place.district, lawyer, discipline="legal")
    await store(graph, bill, link("NEEDS_CHANGE", place.project, bill))
    legal = await place.person("lawyer", place.district, Role.OWNER, of=lawyer)
    others = (await place.contributor(), await place.owner())
    for client in others:
        assert no(await happened(client, bill.id, stage="first_house"))[0] == 403
    assert (await happened(legal, bill.id, stage="first_house")).status_code == 200
    byelaw = a_change(stage="introduced", organisation=place.county.id)
    await store(graph, byelaw, link("NEEDS_CHANGE", place.project, byelaw))
    assert no(await happened(legal, byelaw.id, outcome="withdrawn")) == (403, "another_organisation")


async def test_a_purpose_is_confirmed_by_a_legal_post_of_the_grounded_alone(graph: Graph) -> None:
    place = await town(graph)
    lawyer, section = a_person(), a_provision()
    await place.post(place.county, lawyer, discipline="legal")
    grounding = link("GROUNDED_IN", place.instrument, section)
    await store(graph, section, grounding)
    legal = await place.person("lawyer", place.county, Role.OWNER, of=lawyer)
    shown = (await legal.get(f"/v1/links/grounded-in/{grounding.id}")).json()
    for client in (await place.contributor(), await place.owner()):
        assert (await client.refused(shown, "confirm-purpose"))[0] == 403
    stated = {"purpose_confirmed_by": "me", "purpose_confirmed_on": LAST_WEEK}
    owner = await place.owner()
    refused = await owner.patch(
        f"/v1/links/grounded-in/{grounding.id}", json=stated, headers={"If-Match": "*"}
    )
    assert no(refused) == (422, "by_act")
    after = await legal.done(shown, "confirm-purpose", reason="Counsel's opinion of May.")
    assert (after["facts"]["purpose_confirmed_by"], after["standing"]) == ("lawyer", "accepted")
    assert after["facts"]["purpose_confirmed_on"] is not None
