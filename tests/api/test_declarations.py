"""Declaring that no goal applies to a project, over HTTP: somebody declares, somebody else agrees."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.graph import Graph
from app.who import Role
from tests.build import a_project, store
from tests.trust import people
from tests.trust.people import Client, Town, a_person, no

WHY = {"reason": "Keeps the lights on.", "expires": "2099-01-01"}
ANY = {"If-Match": "*"}


@pytest.fixture
async def town(graph: Graph) -> Town:
    return await people.town(graph)


async def declared(town: Town, who: Client) -> dict[str, Any]:
    place = f"/v1/projects/{town.project.id}/declare-not-applicable"
    return await who.said("POST", place, json=WHY, headers=ANY)


async def accept(town: Town, who: Client, match: str = "*") -> Any:
    return await who.post(f"/v1/projects/{town.project.id}/accept-declaration", headers={"If-Match": match})


async def test_what_one_declares_another_accepts(town: Town) -> None:
    shown = await declared(town, await town.contributor())
    said = shown["facts"]["not_applicable"]
    assert (said["declared_by"], said["accepted_by"], said["reason"]) == ("contributor", None, WHY["reason"])
    owner = await town.person("district owner", town.district, Role.OWNER)
    accepted = await accept(town, owner)
    assert accepted.status_code == 200
    assert accepted.json()["facts"]["not_applicable"]["accepted_by"] == "district owner"
    assert no(await accept(town, owner)) == (409, "already_accepted")
    told = (await owner.said("GET", f"/v1/projects/{town.project.id}/history"))["items"]
    assert [(each["action"], each["actor"]) for each in told] == [
        ("declare", "contributor"),
        ("accept_declaration", "district owner"),
    ]


async def test_a_declaration_is_accepted_by_an_owner_of_the_project_who_did_not_declare_it(
    town: Town,
) -> None:
    person = a_person()
    both = await town.person("both", town.district, Role.CONTRIBUTOR, Role.OWNER, of=person)
    second_key = await town.person("second key", town.district, Role.OWNER, of=person)
    assert no(await accept(town, second_key)) == (409, "nothing_declared")
    await declared(town, both)
    for who, code in (
        (both, "own_claim"),
        (second_key, "own_claim"),
        (await town.owner(), "another_organisation"),
        (await town.contributor(), "role_missing"),
    ):
        assert no(await accept(town, who)) == (403, code)
    other = await town.person("district owner", town.district, Role.OWNER)
    tag = (await other.get(f"/v1/projects/{town.project.id}")).headers["etag"]
    await declared(town, await town.contributor())
    assert no(await accept(town, other, tag)) == (412, "stale_revision")


async def test_no_change_of_facts_declares_or_accepts(town: Town) -> None:
    contributor = await town.contributor()
    await declared(town, contributor)
    place = f"/v1/projects/{town.project.id}"
    accepting = {"accepted_by": "another", "accepted_on": "2099-01-01"}
    for patch in (accepting, {"declared_by": "another"}, {"reason": "Another."}):
        answer = await contributor.patch(place, json={"not_applicable": patch}, headers=ANY)
        assert no(answer) == (422, "by_act")
    new = {"title": "Another", "organisation": town.district.id, "not_applicable": WHY | {
        "declared_by": "another", "declared_on": "2026-01-01"}}  # fmt: skip
    assert no(await contributor.post("/v1/projects", json=new)) == (422, "by_act")
    kept = await contributor.said("PATCH", place, json={"title": "New title"}, headers=ANY)
    assert kept["facts"]["not_applicable"]["declared_by"] == "contributor"
    gone = await contributor.said("PATCH", place, json={"not_applicable": None}, headers=ANY)
    assert gone["facts"]["not_applicable"] is None


async def test_a_declaration_is_for_a_time_to_come(town: Town) -> None:
    contributor = await town.contributor()
    place = f"/v1/projects/{town.project.id}/declare-not-applicable"
    today = datetime.now(UTC).date()
    for body, code in (
        ({"reason": "Why.", "expires": today.isoformat()}, "date_order"),
        ({"reason": " ", "expires": "2099-01-01"}, "too_short"),
        ({"reason": "Why."}, "missing"),
    ):
        assert no(await contributor.post(place, json=body, headers=ANY)) == (422, code)
    assert no(await contributor.post(place, json=WHY)) == (428, "precondition_required")
    yesterday = (today - timedelta(days=1)).isoformat()
    stated = {"reason": "r", "declared_by": "x", "declared_on": "2020-01-01", "expires": yesterday}
    town.project = a_project(organisation=town.district.id, not_applicable=stated)
    await store(town.graph, town.project)
    owner = await town.person("district owner", town.district, Role.OWNER)
    assert no(await accept(town, owner)) == (409, "declaration_expired")


async def test_a_hidden_project_has_no_declaration_to_accept(town: Town) -> None:
    town.project = a_project(organisation=town.district.id, sensitivity="restricted")
    await store(town.graph, town.project)
    await declared(town, await town.contributor())
    assert no(await accept(town, await town.owner())) == (404, "not_found")
