"""On the real register of law: one provision amended makes exactly what rests on it suspect."""

from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest

from app.graph import Graph
from app.who import PERSONAL_ROLES, Caller
from tests.build import Drawn, Joined, a_goal, a_process, a_project, an_instrument, link, store
from tests.imports import registers
from tests.trust.people import Client, door, today

TODAY = today()
LATER = (TODAY + timedelta(days=2)).isoformat()

_USED = """
MATCH (v:Provision) WHERE v.intervals_to = ['9999-12-31'] AND v.intervals_qualification = ['wholly in force']
WITH v, COUNT { (:LegalChange)-[:AFFECTS]->(v) } AS used ORDER BY used DESC, v.id LIMIT 30
RETURN collect(v {.id, .print}) AS provisions
"""


async def asked(client: Client, question: str, **params: Any) -> list[dict[str, Any]]:
    params = {"valid_on": LATER, "limit": 10_000} | params
    rows: list[dict[str, Any]] = (await client.said("GET", f"/v1/questions/{question}", params=params))[
        "rows"
    ]
    return rows


async def verdicts(client: Client) -> dict[str, str]:
    rows = await asked(
        client, "unaligned", verdict=["aligned", "aligned_but_suspect", "aligned_if_law_changes"]
    )
    return {row["id"]: row["verdict"] for row in rows}


@pytest.mark.slow
async def test_a_much_used_provision_amended_makes_exactly_its_dependants_suspect(graph: Graph) -> None:
    await registers.load(graph, "legislation-gov-uk", registers.FOLDERS["legislation-gov-uk"])
    row = await graph.row(_USED)
    assert row is not None
    law = [Drawn("Provision", each) for each in row["provisions"]]
    assert len(law) == 30
    client = door(graph)(Caller("keeper", roles=PERSONAL_ROLES))

    goal, instrument = a_goal(), an_instrument()
    things: list[Drawn | Joined] = [goal, instrument, link("ADVANCES", instrument, goal)]
    grounds: list[Joined] = []
    resting: dict[str, set[str]] = {each.id: set() for each in law}
    others = cycle(law[1:])
    for number in range(60):
        project, process = a_project(), a_process()
        rests = [next(others), law[0]] if number % 3 == 0 else [next(others)]
        made = [
            link("GROUNDED_IN", process, each, service={"reviewed_on": TODAY.isoformat()}) for each in rests
        ]
        things += [
            project,
            process,
            link("CHANGES", project, process),
            link("OPERATES", process, instrument),
        ]
        grounds += made
        for each in rests:
            resting[each.id].add(project.id)
    await store(graph, *things, *grounds)

    assert await asked(client, "suspect-links") == []
    before = await verdicts(client)
    assert len(before) == 60 and set(before.values()) == {"aligned"}

    new = {"title": "An amending Act", "kind": "act"}
    act = await client.said("POST", "/v1/legal-changes", 201, json=new)
    starts = (TODAY + timedelta(days=1)).isoformat()
    await client.claim("affects", act["id"], law[0].id, effect="amend", intervals=[{"from": starts}])

    rows = await asked(client, "suspect-links")
    assert {row["id"] for row in rows} == {each.id for each in grounds if each.target is law[0]}
    assert {(row["end"], row["now"], row["change"]["title"]) for row in rows} == {
        ("law", "amend", "An amending Act")
    }
    after = await verdicts(client)
    assert {id for id in before if after[id] != before[id]} == resting[law[0].id]
    assert {after[id] for id in resting[law[0].id]} == {"aligned_but_suspect"}
    assert len(rows) == len(resting[law[0].id]) == 20
