"""Bulk writers and people at once: nothing is lost, nothing is there twice, and nobody is sent away."""

import asyncio
import random
from collections import Counter
from typing import Any

from app.graph import Graph
from app.who import new_id
from tests.api.conftest import Client

SIZE = 30


def _rows(scheme: str, order: list[int], title: str) -> list[dict[str, Any]]:
    """Rows that give every project a title, and link each to the next."""
    rows: list[dict[str, Any]] = [
        {
            "kind": "Project",
            "partial": True,
            "facts": {"title": title, "identifiers": [{"scheme": scheme, "value": str(at)}]},
        }
        for at in order
    ]
    ends = [(f"{scheme}|{at}", f"{scheme}|{at + 1}") for at in order if at + 1 < SIZE]
    return rows + [{"link": "DEPENDS_ON", "from": source, "to": target} for source, target in ends]


async def _sent(client: Client, rows: list[dict[str, Any]], **asked: str) -> Any:
    return await client.post("/v1/batches", json={"rows": rows}, params=asked, timeout=300)


async def test_batches_of_the_same_things_at_once_make_each_once(client: Client, graph: Graph) -> None:
    scheme, orders = f"s{new_id()}", [random.sample(range(SIZE), SIZE) for _ in range(4)]
    modes = ("best-effort", "all-or-nothing") * 2
    answers = await asyncio.gather(
        *(
            _sent(client, _rows(scheme, order, "One title"), mode=mode)
            for order, mode in zip(orders, modes, strict=True)
        )
    )
    assert [answer.status_code for answer in answers] == [200] * 4
    outcomes = Counter(row["outcome"] for answer in answers for row in answer.json()["rows"])
    assert outcomes == {"created": 2 * SIZE - 1, "unchanged": 3 * (2 * SIZE - 1)}
    found = await graph.rows(
        """MATCH (n:Project) OPTIONAL MATCH (n)-[r:DEPENDS_ON]->() RETURN count(n) AS n, count(r) AS r"""
    )
    assert found == [{"n": SIZE, "r": SIZE - 1}]
    assert await graph.rows("MATCH (c:Change) RETURN count(c) AS n") == [{"n": 2 * SIZE - 1}]


async def test_no_change_of_a_person_is_lost_to_a_batch_nor_of_a_batch_to_a_person(client: Client) -> None:
    scheme, order = f"s{new_id()}", list(range(SIZE))
    made = (await _sent(client, _rows(scheme, order, "Title 0"))).json()["rows"][:SIZE]
    refs: dict[str, str] = {}

    async def bulk() -> None:
        for turn in (1, 2, 3):
            answer = await _sent(client, _rows(scheme, order, f"Title {turn}"))
            assert answer.status_code == 200, answer.text
            assert answer.json()["counts"]["rejected"] == 0

    async def person(number: int) -> None:
        for turn in range(10):
            path, ref = f"/v1/projects/{made[SIZE // 4 * number + turn % 3]['id']}", f"{number}-{turn}"
            while True:
                tag = (await client.get(path)).headers["ETag"]
                answer = await client.patch(path, json={"ref": ref}, headers={"If-Match": tag})
                if answer.status_code == 200:
                    break
                assert answer.status_code == 412, answer.text
            refs[path] = ref

    async with asyncio.TaskGroup() as at_once:
        at_once.create_task(bulk())
        for number in range(4):
            at_once.create_task(person(number))
    for row in made:
        facts = (await client.get(f"/v1/projects/{row['id']}")).json()["facts"]
        assert facts["title"] == "Title 3"
        assert facts.get("ref") == refs.get(f"/v1/projects/{row['id']}")
