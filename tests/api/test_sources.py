"""Who says which systems state facts here, and what each may state."""

from typing import Any

from app.graph import Graph
from app.portfolio import refresh
from tests.api.conftest import Client
from tests.api.signing import bearing, code, make_key, service
from tests.api.test_signing_in import council

FINANCE = {"name": "finance", "title": "The general ledger"}


async def test_a_source_is_registered_read_and_changed_and_the_ledger_tells_of_it(client: Client) -> None:
    made = await client.post("/v1/sources", json=FINANCE)
    assert (made.status_code, made.headers["Location"][-19:]) == (201, "/v1/sources/finance")
    assert (made.json()["states_acceptance"], made.json()["revision"]) == (False, 1)
    assert code(await client.post("/v1/sources", json=FINANCE)) == (409, "already_exists")
    read = await client.get("/v1/sources/finance")
    assert (read.json(), read.headers["ETag"]) == (made.json(), made.headers["ETag"])
    tag, may = {"If-Match": read.headers["ETag"]}, {"states_acceptance": True}
    changed = await client.patch("/v1/sources/finance", json=may, headers=tag)
    assert (changed.json()["revision"], changed.json()["title"]) == (2, FINANCE["title"])
    stale = await client.patch("/v1/sources/finance", json=may, headers=tag)
    assert (code(stale), stale.headers["ETag"]) == ((412, "stale_revision"), changed.headers["ETag"])
    now = {"If-Match": changed.headers["ETag"]}
    assert (await client.patch("/v1/sources/finance", json=may, headers=now)).json() == changed.json()
    told = (await client.get("/v1/changes")).json()["items"]
    assert [(each["action"], each["item_kind"], each["after"]["states_acceptance"]) for each in told] == [
        ("create", "source", False),
        ("change", "source", True),
    ]
    assert [each["name"] for each in (await client.get("/v1/sources")).json()["items"]] == ["finance"]


async def test_what_is_said_of_a_source_is_no_record_to_the_portfolio(client: Client, graph: Graph) -> None:
    before = await refresh.at(graph)
    await client.post("/v1/sources", json=FINANCE)
    after = await refresh.at(graph)
    assert after.head.number == before.head.number + 1
    assert after.records["Project"] is before.records["Project"]  # nothing was read anew


async def test_a_wrong_registration_is_refused_by_field(client: Client) -> None:
    for stated, pointer in (
        (FINANCE | {"name": "person"}, "/name"),
        (FINANCE | {"name": "No/Name"}, "/name"),
        ({"name": "finance"}, "/title"),
        (FINANCE | {"organisation": "0192f0c1-0000-7000-8000-000000000000"}, "/organisation"),
    ):
        refused = await client.post("/v1/sources", json=stated)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
    await client.post("/v1/sources", json=FINANCE)
    for patch in ({"name": "other"}, {"title": None}, {"states_acceptance": "perhaps"}):
        answer = await client.patch("/v1/sources/finance", json=patch, headers={"If-Match": "*"})
        assert answer.status_code == 422
    assert (await client.patch("/v1/sources/finance", json={})).status_code == 428


async def test_administrators_alone_see_sources_and_each_those_of_its_organisation(graph: Graph) -> None:
    first = await make_key(graph)
    async with service(graph) as client:
        a, b = await council(client, first), await council(client, first)
        mine, hers = await make_key(graph, organisation=a), await make_key(graph, organisation=b)
        owner = await make_key(graph, organisation=a, roles=["owner"])
        speaks: dict[str, Any] = {"roles": ["integration"], "kinds": ["Cost"]}
        await make_key(graph, organisation=a, source="finance", **speaks)

        async def names(who: Any) -> list[str]:
            return [
                each["name"]
                for each in (await client.get("/v1/sources", headers=bearing(who))).json()["items"]
            ]

        assert (await names(first), await names(mine), await names(hers)) == (["finance"], ["finance"], [])
        for path in ("/v1/sources", "/v1/sources/finance", "/v1/sources/none"):
            assert code(await client.get(path, headers=bearing(owner))) == (403, "role_missing")
        may = {"json": {"states_acceptance": True}}
        for who, status in ((hers, 404), (mine, 200)):
            headers = bearing(who) | {"If-Match": "*"}
            answer = await client.patch("/v1/sources/finance", headers=headers, **may)
            assert answer.status_code == status
        theirs = FINANCE | {"name": "hr", "organisation": b}
        refused = await client.post("/v1/sources", json=theirs, headers=bearing(mine))
        assert code(refused) == (403, "another_organisation")
        # Two councils speak for it now, so neither decides for the other.
        await make_key(graph, organisation=b, source="finance", **speaks)
        assert (await names(first), await names(mine)) == (["finance"], [])


async def test_a_source_registered_for_a_council_is_that_councils_to_speak_for(graph: Graph) -> None:
    first = await make_key(graph)
    async with service(graph) as client:
        a, b = await council(client, first), await council(client, first)
        mine, hers = await make_key(graph, organisation=a), await make_key(graph, organisation=b)
        await client.post("/v1/sources", json=FINANCE | {"organisation": a}, headers=bearing(mine))
        stated = {"title": "k", "roles": ["integration"], "source": "finance", "kinds": ["Cost"]}
        for who, organisation, status in ((hers, b, 422), (mine, a, 201)):
            key = await client.post(
                "/v1/keys", json=stated | {"organisation": organisation}, headers=bearing(who)
            )
            assert key.status_code == status
