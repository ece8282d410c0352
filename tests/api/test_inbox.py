"""What waits for somebody, and accepting many claims at once, over HTTP."""

import pytest

from app.graph import Graph
from app.who import Role
from tests.build import (
    a,
    a_change,
    a_duty,
    a_goal,
    a_project,
    an_instrument,
    link,
    store,
)
from tests.trust import people
from tests.trust.people import Answer, Client, Town, a_person, no

PAST = {"claimed_on": "2026-01-01"}


@pytest.fixture
async def town(graph: Graph) -> Town:
    return await people.town(graph)


async def waiting(town: Town, count: int) -> list[str]:
    """Ids of so many claims of the district on an instrument of the county."""
    projects = [a_project(organisation=town.district.id) for _ in range(count)]
    claims = [link("CHANGES", each, town.instrument, standing="proposed") for each in projects]
    await store(town.graph, *projects, *claims)
    return sorted(each.id for each in claims)


async def many(who: Client, status: int = 200, **said: object) -> Answer:
    return await who.said("POST", "/v1/links/accept", status, json=said)


async def test_many_claims_are_accepted_as_they_were_seen(town: Town) -> None:
    owner, claims = await town.owner(), await waiting(town, 3)
    elsewhere = an_instrument(organisation=town.district.id)
    other = link("CHANGES", town.project, elsewhere, standing="proposed")
    await store(town.graph, elsewhere, other)
    seen = await many(owner, kind=["changes"], dry_run=True)
    assert ([each["id"] for each in seen["items"]], seen["count"]) == (claims, 3)
    assert seen["left_out"] == [{"code": "not_the_owner", "count": 1}]
    done = await many(owner, kind=["changes"], state=seen["state"], reason="All looked at.")
    assert (done["count"], sorted(done["accepted"])) == (3, claims)
    for id in claims:
        shown = await owner.said("GET", f"/v1/links/changes/{id}")
        assert (shown["standing"], shown["accepted_by"], shown["revision"]) == ("accepted", "owner", 2)
        told = (await owner.said("GET", f"/v1/links/changes/{id}/history"))["items"]
        assert [(each["action"], each["reason"]) for each in told] == [("accept", "All looked at.")]
    assert (await many(owner, kind=["changes"], dry_run=True))["count"] == 0


async def test_many_claims_are_not_accepted_when_something_changed_under_the_callers_feet(town: Town) -> None:
    owner, contributor = await town.owner(), await town.contributor()
    await waiting(town, 2)
    seen = await many(owner, organisation=[town.county.id], dry_run=True)
    place = f"/v1/policy-instruments/{town.instrument.id}"
    county = await town.person("clerk", town.county, Role.CONTRIBUTOR)
    await county.said("PATCH", place, json={"title": "Another"}, headers={"If-Match": "*"})
    refused = await many(owner, 412, organisation=[town.county.id], state=seen["state"])
    now = await many(owner, organisation=[town.county.id], dry_run=True)
    assert refused["errors"][0]["code"] == "overtaken"
    assert refused["current"] == {"count": 2, "state": now["state"]} != seen["state"]
    await contributor.claim("changes", town.project.id, town.instrument.id, depth="rules")
    refused = await many(owner, 412, organisation=[town.county.id], state=now["state"])
    assert refused["current"]["count"] == 3
    listed = await owner.said("GET", "/v1/links/changes", params={"standing": "accepted"})
    assert listed["items"] == []


async def test_a_batch_takes_no_claim_of_ones_own_and_says_so(town: Town) -> None:
    person = a_person()
    both = await town.person("both", town.county, Role.CONTRIBUTOR, Role.OWNER, of=person)
    project = a_project(organisation=town.county.id)
    await store(town.graph, project)
    await both.claim("changes", project.id, town.instrument.id, depth="rules")
    (claim,) = await waiting(town, 1)
    key = await town.person("second key", town.county, Role.OWNER, of=person)
    seen = await many(key, to=[town.instrument.id], dry_run=True)
    assert [each["id"] for each in seen["items"]] == [claim]
    assert seen["left_out"] == [{"code": "own_claim", "count": 1}]
    assert (await many(key, to=[town.instrument.id], state=seen["state"]))["accepted"] == [claim]


async def test_a_batch_says_what_is_missing(town: Town) -> None:
    owner = await town.owner()
    for said, code in (
        ({"dry_run": True}, "filter_missing"),
        ({"kind": ["changes"]}, "missing"),
        ({"kind": ["owns"], "dry_run": True}, "not_in_list"),
        ({"claimed_before": "yesterday", "dry_run": True}, "day_format"),
    ):
        assert (await many(owner, 422, **said))["errors"][0]["code"] == code
    viewer = await town.person("viewer", town.county, Role.VIEWER)
    await waiting(town, 1)
    seen = await many(viewer, kind=["changes"], dry_run=True)
    assert (seen["count"], seen["left_out"]) == (0, [{"code": "role_missing", "count": 1}])


async def inbox(who: Client, **params: object) -> list[tuple[str, str]]:
    """What waits, and for which record or link."""
    items = (await who.said("GET", "/v1/inbox", params=params))["items"]
    return [(each["what"], (each["link"] or each["record"])["id"]) for each in items]


async def test_an_inbox_holds_what_waits_for_its_owner_oldest_first(town: Town) -> None:
    goal = a_goal(organisation=town.county.id)
    projects = [a_project(organisation=town.district.id) for _ in range(3)]
    claimed = link("CHANGES", projects[0], town.instrument, standing="proposed", service=PAST)
    disputed = link("CHANGES", projects[1], town.instrument, standing="disputed")
    due = link("ADVANCES", town.instrument, goal, review_due="2026-02-01")
    suspect = link("CHANGES", projects[2], town.instrument, suspect=True)
    ours = a_project(organisation=town.county.id, not_applicable={
        "reason": "r", "declared_by": "x", "declared_on": "2026-03-01", "expires": "2099-01-01"})  # fmt: skip
    theirs = link("CHANGES", town.project, town.process, depth="process", standing="proposed")
    await store(town.graph, goal, *projects, ours, claimed, disputed, due, suspect, theirs)
    owner = await town.owner()
    everything = await inbox(owner)
    assert set(everything) == {
        ("waiting_claim", claimed.id),
        ("dispute", disputed.id),
        ("suspect_link", suspect.id),
        ("review_due", due.id),
        ("waiting_declaration", ours.id),
    }
    shown = (await owner.said("GET", "/v1/inbox"))["items"]
    assert [each["since"] for each in shown] == sorted(each["since"] for each in shown)
    assert all(each["age_days"] > 0 for each in shown)
    first = await owner.said("GET", "/v1/inbox", params={"limit": 2})
    rest = await owner.said("GET", "/v1/inbox", params={"after": first["next_cursor"]})
    assert first["items"] + rest["items"] == shown
    assert rest["next"] is None
    assert await inbox(await town.person("clerk", town.district, Role.OWNER)) == [
        ("waiting_claim", theirs.id)
    ]
    assert no(await owner.get("/v1/inbox", params={"after": "x"})) == (422, "bad_cursor")


async def test_law_that_changed_since_a_grounding_was_reviewed_waits_for_the_legal_post(town: Town) -> None:
    lawyer, (law, spared) = a_person(), (a_duty(), a_duty())
    await town.post(town.county, lawyer, discipline="legal")
    act = a_change(kind="act", outcome="in_force")
    grounds = [link("GROUNDED_IN", town.instrument, each, basis="duty") for each in (law, spared)]
    amended = link("AFFECTS", act, law, effect="amend", intervals=[{"from": "2026-02-01"}])
    begun = link("AFFECTS", act, spared, effect="commence", intervals=[{"from": "2026-02-01"}])
    await store(town.graph, law, spared, act, *grounds, amended, begun)
    solicitor = await town.person("solicitor", town.county, Role.OWNER, of=lawyer)
    assert await inbox(solicitor) == [("law_changed", grounds[0].id)]
    (matter,) = (await solicitor.said("GET", "/v1/inbox"))["items"]
    assert matter["since"] == "2026-02-01"
    read = await solicitor.said("GET", f"/v1/links/grounded-in/{grounds[0].id}")
    await solicitor.done(read, "review")
    assert await inbox(solicitor) == []


async def test_a_post_has_an_inbox_for_what_it_owns(town: Town) -> None:
    steward, goal = a_person(), a_goal(level="national")
    post = a("Post", organisation=town.district.id, holder=steward)
    part = a_goal(organisation=town.county.id)
    claim = link("PART_OF", part, goal, standing="proposed", service=PAST)
    await store(town.graph, a("Person", id=steward), goal, part, post, link("OWNS", post, goal), claim)
    holder = await town.person("steward", town.district, Role.OWNER, of=steward)
    assert await inbox(holder) == [("waiting_claim", claim.id)]
