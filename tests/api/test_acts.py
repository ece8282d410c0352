"""What the two sides of a link do with it, over HTTP: every act, and every way it is refused."""

import asyncio

import pytest

from app.graph import Graph
from app.who import Role
from tests.build import (
    Drawn,
    a,
    a_duty,
    a_goal,
    a_project,
    an_instrument,
    link,
    store,
)
from tests.trust import people
from tests.trust.people import Answer, Town, a_person, no


@pytest.fixture
async def town(graph: Graph) -> Town:
    return await people.town(graph)


async def history(town: Town, shown: Answer) -> list[tuple[str, str, str | None]]:
    """Action, actor and reason of every entry of a link."""
    path = f"/v1/links/{shown['kind'].lower().replace('_', '-')}/{shown['id']}/history"
    items = (await (await town.owner()).said("GET", path))["items"]
    return [(each["action"], each["actor"], each["reason"]) for each in items]


async def test_a_claim_counts_once_the_other_side_has_accepted_it(town: Town) -> None:
    claim = await town.claimed()
    assert claim["standing"] == "proposed"
    accepted = await (await town.owner()).done(claim, "accept", reason="Seen with the service manager.")
    assert (accepted["standing"], accepted["accepted_by"], accepted["claimed_by"]) == (
        "accepted", "owner", "contributor",
    )  # fmt: skip
    assert accepted["source_print"] == claim["from"]["print"]
    assert accepted["target_print"] == claim["to"]["print"]
    assert accepted["reviewed_on"] == accepted["accepted_on"] is not None
    assert await history(town, claim) == [
        ("claim", "contributor", None),
        ("accept", "owner", "Seen with the service manager."),
    ]


async def test_only_an_owner_on_the_side_it_points_to_accepts(town: Town) -> None:
    claim = await town.claimed()
    for who, code in (
        (await town.person("neighbour", town.district, Role.OWNER), "not_the_owner"),
        (await town.person("viewer", town.county, Role.VIEWER), "role_missing"),
        (await town.person("clerk", town.county, Role.CONTRIBUTOR), "role_missing"),
        (await town.person("keeper", None, Role.ADMINISTRATOR), "role_missing"),
        (await town.person("manager", town.county, Role.ADMINISTRATOR), "role_missing"),
    ):
        for act in ("accept", "dispute"):
            assert await who.refused(claim, act, reason="A reason.") == (403, code)
    assert len(await history(town, claim)) == 1


async def test_nobody_accepts_a_claim_of_their_own_whatever_the_path(town: Town) -> None:
    person = a_person()
    both = await town.person("both", town.county, Role.CONTRIBUTOR, Role.OWNER, of=person)
    second_key = await town.person("second key", town.county, Role.OWNER, of=person)
    ours = an_instrument(title="Ours", organisation=town.county.id)
    project = a_project(organisation=town.county.id)
    post = await town.post(town.county, person, ours)
    assert post.properties["holder"] == person
    await store(town.graph, ours, project)
    claim = await both.claim("changes", project.id, ours.id, depth="rules")
    assert await both.refused(claim, "accept") == (403, "own_claim")
    assert await second_key.refused(claim, "accept") == (403, "own_claim")
    accepted = await (await town.owner()).done(claim, "accept")
    assert await second_key.refused(accepted, "review") == (403, "own_claim")


async def test_a_post_that_owns_the_thing_accepts_for_it_from_another_council(town: Town) -> None:
    person = a_person()
    await town.post(town.county, person, town.instrument)
    shared = await town.person("shared officer", town.district, Role.OWNER, of=person)
    accepted = await shared.done(await town.claimed(), "accept")
    assert accepted["accepted_by"] == "shared officer"


@pytest.mark.parametrize(
    "ended",
    [{"valid_to": "2020-01-01"}, {"status": "retired"}],
)
async def test_a_post_that_has_ended_accepts_nothing(town: Town, ended: dict[str, str]) -> None:
    person = a_person()
    await town.post(town.county, person, town.instrument, **ended)
    former = await town.person("former officer", town.district, Role.OWNER, of=person)
    assert await former.refused(await town.claimed(), "accept") == (403, "not_the_owner")


async def grounded(town: Town, thing: Drawn) -> Answer:
    """A claim of the district that a duty requires the thing."""
    duty = a_duty()
    await store(town.graph, duty)
    contributor = await town.contributor()
    return await contributor.claim("grounded-in", thing.id, duty.id, basis="duty")


async def test_a_grounding_is_accepted_by_a_legal_post_of_the_same_organisation(town: Town) -> None:
    claim = await grounded(town, town.process)
    lawyer, stranger, clerk = a_person(), a_person(), a_person()
    await town.post(town.district, lawyer, discipline="legal")
    await town.post(town.county, stranger, discipline="legal")
    await town.post(town.district, clerk, discipline="policy")
    for name, organisation, person in (
        ("clerk", town.district, clerk),
        ("county lawyer", town.county, stranger),
    ):
        who = await town.person(name, organisation, Role.OWNER, of=person)
        assert await who.refused(claim, "accept") == (403, "not_the_owner")
    solicitor = await town.person("solicitor", town.district, Role.OWNER, of=lawyer)
    assert (await solicitor.done(claim, "accept"))["standing"] == "accepted"


async def test_a_lawyer_does_not_accept_a_grounding_they_claimed(town: Town) -> None:
    lawyer = a_person()
    await town.post(town.district, lawyer, discipline="legal")
    both = await town.person("lawyer", town.district, Role.CONTRIBUTOR, Role.OWNER, of=lawyer)
    duty = a_duty()
    await store(town.graph, duty)
    claim = await both.claim("grounded-in", town.process.id, duty.id, basis="duty")
    assert await both.refused(claim, "accept") == (403, "own_claim")


async def test_a_national_goal_is_accepted_for_by_the_steward_an_administrator_named(town: Town) -> None:
    goal = a_goal(title="National goal", level="national")
    steward = a_person()
    post = await town.post(town.county, steward)
    ours = a_goal(title="District goal", organisation=town.district.id)
    await store(town.graph, goal, ours)
    claim = await (await town.contributor()).claim("part-of", ours.id, goal.id)
    officer = await town.person("officer", town.county, Role.CONTRIBUTOR, Role.OWNER, of=steward)
    assert await officer.refused(claim, "accept") == (403, "not_the_owner")
    body = {"from": post.id, "to": goal.id, "facts": {"accountable": True}}
    for who in (officer, await town.person("manager", town.county, Role.ADMINISTRATOR)):
        answer = await who.post("/v1/links/owns", json=body)
        assert answer.status_code == 403
    keeper = await town.person("keeper", None, Role.ADMINISTRATOR)
    named = await keeper.said("POST", "/v1/links/owns", 201, json=body)
    assert named["standing"] == "accepted"
    another = {**body, "from": (await town.post(town.county, a_person())).id}
    assert (await officer.post("/v1/links/owns", json=another)).status_code == 403
    assert (await officer.done(claim, "accept"))["accepted_by"] == "officer"
    for_longer = {"json": {"valid_to": "2090-01-01"}, "headers": {"If-Match": "*"}}
    assert no(await officer.patch(f"/v1/links/owns/{named['id']}", **for_longer))[0] == 403
    assert (await keeper.patch(f"/v1/links/owns/{named['id']}", **for_longer)).status_code == 200


async def test_the_holder_of_a_post_does_not_make_it_another(town: Town) -> None:
    person = a_person()
    post = await town.post(town.county, person, discipline="digital")
    both = await town.person("both", town.county, Role.CONTRIBUTOR, Role.OWNER, of=person)
    manager = await town.person("manager", town.county, Role.ADMINISTRATOR)
    for patch in ({"discipline": "legal"}, {"valid_to": "2090-01-01"}, {"organisation": None}):
        change = {"json": patch, "headers": {"If-Match": "*"}}
        assert no(await both.patch(f"/v1/posts/{post.id}", **change))[0] == 403
    legal = {"json": {"discipline": "legal"}, "headers": {"If-Match": "*"}}
    assert (await manager.patch(f"/v1/posts/{post.id}", **legal)).status_code == 200
    named = {"json": {"title": "Head of digital"}, "headers": {"If-Match": "*"}}
    assert (await both.patch(f"/v1/posts/{post.id}", **named)).status_code == 200


async def test_nobody_takes_anothers_cost(town: Town) -> None:
    theirs, nobodys = (a("Cost", title="A cost", amount="1.00", organisation=of)
                       for of in (town.county.id, None))  # fmt: skip
    await store(town.graph, theirs, nobodys)
    contributor = await town.contributor()
    taken = await contributor.post("/v1/links/incurs", json={"from": town.project.id, "to": theirs.id})
    assert no(taken) == (403, "another_organisation")
    await contributor.claim("incurs", town.project.id, nobodys.id)


async def test_a_claim_is_not_accepted_twice_nor_after_it_was_withdrawn(town: Town) -> None:
    owner, contributor = await town.owner(), await town.contributor()
    claim = await town.claimed()
    await owner.done(claim, "accept")
    assert await owner.refused(claim, "accept") == (409, "already_accepted")
    path = f"/v1/links/changes/{claim['id']}/withdraw"
    await contributor.said("POST", path)
    for act in ("accept", "dispute", "reinstate", "review"):
        assert await owner.refused(claim, act, reason="A reason.") == (409, "link_withdrawn")
    assert no(await contributor.post(path)) == (409, "link_withdrawn")


async def test_what_is_accepted_is_what_was_read(town: Town) -> None:
    owner, contributor = await town.owner(), await town.contributor()
    claim = await town.claimed()
    tag = (await owner.get(f"/v1/links/changes/{claim['id']}")).headers["etag"]
    project = f"/v1/projects/{town.project.id}"
    await contributor.said("PATCH", project, json={"title": "Another"}, headers={"If-Match": "*"})
    moved = await owner.act(claim, "accept")
    assert no(moved) == (412, "moved")
    assert moved.headers["etag"] != tag
    changed = await contributor.said(
        "PATCH", f"/v1/links/changes/{claim['id']}", json={"strength": "weak"}, headers={"If-Match": "*"}
    )
    assert await owner.refused(claim, "accept", match=tag) == (412, "stale_revision")
    assert no(await owner.post(f"/v1/links/changes/{claim['id']}/accept", json={})) == (
        428,
        "precondition_required",
    )
    assert (await owner.refused(claim, "accept", source_print=None)) == (422, "wrong_type")
    assert (await owner.done(changed, "accept"))["source_print"] == changed["from"]["print"]


async def test_what_is_hidden_is_not_there_to_be_accepted(town: Town) -> None:
    secret = a_project(organisation=town.district.id, sensitivity="restricted")
    await store(town.graph, secret)
    claim = await (await town.contributor()).claim("changes", secret.id, town.instrument.id, depth="rules")
    owner = await town.owner()
    missing = {**claim, "id": town.project.id}
    for act in ("accept", "dispute", "reinstate", "review", "remark"):
        hidden = await owner.act(claim, act, match="*", reason="A reason.")
        absent = await owner.act(missing, act, match="*", reason="A reason.")
        assert no(hidden) == no(absent) == (404, "not_found")
        assert hidden.headers.keys() == absent.headers.keys()


async def test_a_link_of_a_retired_record_is_not_accepted(town: Town) -> None:
    claim = await town.claimed()
    await (await town.contributor()).said("POST", f"/v1/projects/{town.project.id}/retire")
    assert await (await town.owner()).refused(claim, "accept") == (409, "retired")


async def test_a_dispute_has_a_reason_and_a_thread_and_an_end(town: Town) -> None:
    owner, contributor = await town.owner(), await town.contributor()
    claim = await town.claimed()
    assert await owner.refused(claim, "dispute") == (422, "dispute_without_reason")
    assert await contributor.refused(claim, "remark", reason="Why?") == (409, "not_disputed")
    accepted = await owner.done(claim, "accept")
    disputed = await owner.done(accepted, "dispute", reason="The rules are not ours.")
    assert disputed["standing"] == "disputed"
    assert (disputed["accepted_by"], disputed["reviewed_on"], disputed["target_print"]) == (None, None, None)
    assert await owner.refused(claim, "dispute", reason="Again.") == (409, "already_disputed")
    assert await owner.refused(claim, "review") == (409, "not_accepted")
    said = await contributor.done(disputed, "remark", reason="They are since April.")
    assert said == disputed
    viewer = await town.person("viewer", town.county, Role.VIEWER)
    assert await viewer.refused(claim, "remark", reason="Well.") == (403, "not_a_party")
    assert await owner.refused(claim, "remark") == (422, "remark_missing")
    reinstated = await owner.done(disputed, "reinstate", reason="So they are.")
    assert reinstated["standing"] == "proposed"
    assert await owner.refused(claim, "reinstate") == (409, "not_disputed")
    await owner.done(reinstated, "accept")
    assert [each[0] for each in await history(town, claim)] == [
        "claim", "accept", "dispute", "remark", "reinstate", "accept",
    ]  # fmt: skip
    assert (await history(town, claim))[3] == ("remark", "contributor", "They are since April.")


async def test_the_claimant_answers_a_dispute_by_changing_the_claim(town: Town) -> None:
    owner, contributor = await town.owner(), await town.contributor()
    disputed = await owner.done(await town.claimed(), "dispute", reason="Not strong.")
    changed = await contributor.said(
        "PATCH", f"/v1/links/changes/{disputed['id']}", json={"strength": "weak"}, headers={"If-Match": "*"}
    )
    assert changed["standing"] == "proposed"


async def test_a_review_rests_the_link_on_both_ends_as_they_were_read(town: Town) -> None:
    owner, contributor = await town.owner(), await town.contributor()
    claim = await town.claimed()
    assert await owner.refused(claim, "review") == (409, "not_accepted")
    accepted = await owner.done(claim, "accept")
    project = f"/v1/projects/{town.project.id}"
    await contributor.said("PATCH", project, json={"title": "Another"}, headers={"If-Match": "*"})
    assert await owner.refused(accepted, "review") == (412, "moved")
    read = await owner.said("GET", f"/v1/links/changes/{claim['id']}")
    assert read["from"]["print"] != read["source_print"] == accepted["source_print"]
    reviewed = await owner.done(read, "review", reason="Still so.")
    assert reviewed["source_print"] == read["from"]["print"]
    assert reviewed["accepted_on"] == accepted["accepted_on"]
    gone = await owner.done(reviewed, "review", stands=False, reason="No longer.")
    assert gone["standing"] == "withdrawn"
    assert [each[0] for each in await history(town, claim)] == ["claim", "accept", "review", "withdraw"]


async def test_people_act_on_what_a_register_stated(town: Town) -> None:
    """Standing, review and withdrawal are acts of people, and no changes of another source's facts."""
    stated = link("CHANGES", town.project, town.instrument, service={"source_system": "register"})
    await store(town.graph, stated)
    owner, contributor = await town.owner(), await town.contributor()
    read = await owner.said("GET", f"/v1/links/changes/{stated.id}")
    await owner.done(read, "dispute", reason="No.")
    await owner.done(read, "accept")
    path = f"/v1/links/changes/{stated.id}"
    patch = await contributor.patch(path, json={"strength": "weak"}, headers={"If-Match": "*"})
    assert no(patch) == (409, "owned_by_another_source")
    assert (await contributor.said("POST", path + "/withdraw"))["standing"] == "withdrawn"


async def test_kinds_that_count_at_once_have_nothing_to_accept(town: Town) -> None:
    answer = await (await town.owner()).post(f"/v1/links/owns/{town.project.id}/accept", json={})
    assert no(answer) == (404, "no_such_path")


async def test_of_many_who_accept_at_once_one_does_and_the_others_are_told(town: Town) -> None:
    claim = await town.claimed()
    owners = [await town.person(f"owner {number}", town.county, Role.OWNER) for number in range(8)]
    tag = (await owners[0].get(f"/v1/links/changes/{claim['id']}")).headers["etag"]
    answers = await asyncio.gather(*(each.act(claim, "accept", match=tag) for each in owners))
    assert sorted(each.status_code for each in answers) == [200, *[412] * 7]
    assert len(await history(town, claim)) == 2


async def test_an_acceptance_that_comes_again_changes_nothing(town: Town) -> None:
    claim = await town.claimed()
    owner = await town.owner()
    answers = [await owner.act(claim, "accept", match="*") for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 409]
    assert no(answers[1]) == (409, "already_accepted")
    assert len(await history(town, claim)) == 2
