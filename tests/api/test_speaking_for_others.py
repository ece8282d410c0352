"""What nobody does in the name of another: take a user or a source, or state that somebody accepted."""

from app.graph import Graph
from tests.api.signing import bearing, code, make_key, service
from tests.api.test_signing_in import council


async def test_nobody_takes_a_user_or_a_source_from_another_council(graph: Graph) -> None:
    first = await make_key(graph)
    async with service(graph) as client:
        a, b = await council(client, first), await council(client, first)
        mine, hers = await make_key(graph, organisation=a), await make_key(graph, organisation=b)
        speaks = {"title": "k", "roles": ["integration"], "source": "finance", "kinds": ["Cost"]}
        for who, organisation, status in ((hers, b, 201), (mine, a, 422), (hers, b, 201), (first, a, 201)):
            stated = speaks | {"organisation": organisation}
            made = await client.post("/v1/keys", json=stated, headers=bearing(who))
            assert made.status_code == status
    async with service(graph, oidc_organisation=b) as client:
        user = {"tenant": "t", "object": "o"}
        taken = await client.post("/v1/actors", json=user | {"organisation": a}, headers=bearing(mine))
        assert code(taken) == (403, "another_organisation")
        said = await client.post("/v1/actors", json=user | {"organisation": b}, headers=bearing(hers))
        assert said.status_code == 200


async def test_a_source_states_no_acceptance_unless_it_may(graph: Graph) -> None:
    first = await make_key(graph)
    async with service(graph) as client:
        a = await council(client, first)
        finance = await make_key(
            graph, organisation=a, roles=["integration"], source="finance", kinds=["Project"]
        )
        declared = {"reason": "R", "declared_by": "x", "declared_on": "2026-01-01", "expires": "2090-01-01"}
        accepted = declared | {"accepted_by": "y", "accepted_on": "2026-01-02"}
        stated = {"title": "P", "organisation": a, "not_applicable": accepted}
        refused = await client.post("/v1/projects", json=stated, headers=bearing(finance))
        assert code(refused) == (422, "acceptance_not_yours")
        stated |= {"not_applicable": declared}
        made = await client.post("/v1/projects", json=stated, headers=bearing(finance))
        assert made.status_code == 201
