"""Carrying a goal's links forward to its successor, over HTTP."""

import pytest

from app.graph import Graph
from app.who import Role
from tests.build import Drawn, a_goal, an_instrument, link, store
from tests.trust import people
from tests.trust.people import Answer, Client, Town, no


@pytest.fixture
async def town(graph: Graph) -> Town:
    return await people.town(graph)


async def carry(who: Client, goal: Drawn, successor: Drawn, status: int = 200) -> Answer:
    place = f"/v1/policy-goals/{goal.id}/carry-forward"
    return await who.said("POST", place, status, json={"to": successor.id, "reason": "The plan of 2027."})


async def test_every_link_onto_a_goal_is_claimed_anew_onto_its_successor(town: Town) -> None:
    clerk = await town.person("clerk", town.county, Role.CONTRIBUTOR)
    old, new = (a_goal(title=title, organisation=town.county.id) for title in ("Old", "New"))
    part = a_goal(title="Part", organisation=town.county.id)
    instruments = [an_instrument(organisation=town.district.id) for _ in range(5)]
    gone = an_instrument(status="retired")
    harms = link("ADVANCES", instruments[0], old, polarity="harms", strength="weak", rationale="It does.")
    links = [
        link("ADVANCES", instruments[0], old, strength="direct"),
        harms,
        link("ADVANCES", instruments[1], old, standing="proposed"),
        link("ADVANCES", instruments[2], old, standing="disputed"),
        link("ADVANCES", instruments[3], old),
        link("ADVANCES", instruments[4], old, valid_to="2020-01-01"),
        link("ADVANCES", gone, old),
        link("PART_OF", part, old),
        link("PART_OF", new, old),
    ]
    stands = link("ADVANCES", instruments[3], new)
    succeeded = link("SUCCEEDED_BY", old, new)
    await store(town.graph, old, new, part, gone, *instruments, *links, stands, succeeded)
    carried = (await carry(clerk, old, new))["carried"]
    assert sorted((each["from"]["id"], each["facts"].get("polarity")) for each in carried) == sorted(
        [
            (instruments[0].id, "helps"),
            (instruments[0].id, "harms"),
            (instruments[1].id, "helps"),
            (part.id, None),
        ],
        key=str,
    )
    for each in carried:
        kind = each["kind"].lower().replace("_", "-")
        shown = await clerk.said("GET", f"/v1/links/{kind}/{each['id']}")
        assert shown == each
        assert (shown["standing"], shown["claimed_by"], shown["accepted_by"]) == ("proposed", "clerk", None)
        assert shown["to"]["id"] == new.id
    copied = next(each for each in carried if each["facts"].get("polarity") == "harms")
    assert (copied["facts"]["strength"], copied["facts"]["rationale"]) == ("weak", "It does.")
    old_one = await clerk.said("GET", f"/v1/links/advances/{harms.id}")
    assert (old_one["standing"], old_one["revision"]) == ("accepted", 1)
    assert (await carry(clerk, old, new))["carried"] == []
    assert await clerk.refused(copied, "accept") == (403, "role_missing")
    assert (await (await town.owner()).done(copied, "accept"))["standing"] == "accepted"


async def test_links_are_carried_to_a_successor_by_who_answers_for_it_only(town: Town) -> None:
    old, new, other = (a_goal(organisation=town.county.id) for _ in range(3))
    secret = a_goal(organisation=town.county.id, sensitivity="restricted")
    succeeded = [link("SUCCEEDED_BY", old, each) for each in (new, secret)]
    await store(town.graph, old, new, other, secret, *succeeded)
    clerk = await town.person("clerk", town.county, Role.CONTRIBUTOR)
    stranger = await town.contributor()
    assert (await carry(stranger, old, new, 403))["errors"][0]["code"] == "another_organisation"
    for successor in (other, secret):
        assert (await carry(stranger, old, successor, 409))["errors"][0]["code"] == "not_succeeded"
    assert (await carry(stranger, secret, new, 404))["errors"][0]["code"] == "not_found"
    assert (await carry(clerk, old, other, 409))["errors"][0]["code"] == "not_succeeded"
    assert no(await clerk.post(f"/v1/policy-goals/{old.id}/carry-forward", json={})) == (422, "missing")
