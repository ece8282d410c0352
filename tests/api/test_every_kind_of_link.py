"""Every kind of link keeps the same contract over HTTP, and joins what its matrix says and nothing else."""

from itertools import product

import pytest

from app.domain import links
from graph_schema import LINK_KINDS, NODE_KINDS
from graph_schema.core import Link, Node
from graph_schema.money import Cost
from graph_schema.policy import PolicyInstrument
from tests.api.conftest import Client, in_turns
from tests.api.facts import cells, joining, least

every_kind = pytest.mark.parametrize("kind", LINK_KINDS, ids=lambda kind: kind.label)


async def _two_of_each(client: Client) -> dict[type[Node], list[str]]:
    """Ids of two records of every kind."""

    async def new(kind: type[Node]) -> str:
        answer = await client.post(f"/v1/{kind.plural}", json=least(kind))
        assert answer.status_code == 201, answer.text
        found: str = answer.json()["id"]
        return found

    ids = await in_turns(new(kind) for kind in NODE_KINDS for _ in range(2))
    return {kind: list(ids[2 * at : 2 * at + 2]) for at, kind in enumerate(NODE_KINDS)}


@every_kind
async def test_a_link_can_be_claimed_read_changed_and_withdrawn(client: Client, kind: type[Link]) -> None:
    source, target = cells(kind)[0]
    ends = [
        (await client.post(f"/v1/{end.plural}", json=least(end))).json()["id"] for end in (source, target)
    ]
    body = {"from": ends[0], "to": ends[1], "facts": joining(kind, source, target)}
    many = f"/v1/links/{kind.path()}"
    claimed = await client.post(many, json=body)
    assert claimed.status_code == 201, claimed.text
    place, tag, shown = claimed.headers["Location"], claimed.headers["ETag"], claimed.json()
    assert place == f"http://localhost:8000{many}/{shown['id']}"
    assert (shown["from"]["id"], shown["to"]["id"]) == (body["from"], body["to"])
    assert shown["standing"] == (
        "proposed" if kind.two_keys and kind.label != "PART_OF" else shown["standing"]
    )

    twice = await client.post(many, json=body)
    assert (twice.status_code, twice.json()["errors"][0]["code"]) == (409, "already_exists")

    read = await client.get(place)
    assert (read.status_code, read.json(), read.headers["ETag"]) == (200, shown, tag)
    assert (await client.get(place, headers={"If-None-Match": tag})).status_code == 304
    assert (await client.patch(place, json={"valid_from": "2026-01-01"})).status_code == 428

    changed = await client.patch(place, json={"valid_from": "2026-01-01"}, headers={"If-Match": tag})
    assert (changed.status_code, changed.json()["revision"]) == (200, 2)
    stale = await client.patch(place, json={"valid_from": None}, headers={"If-Match": tag})
    assert (stale.status_code, stale.headers["ETag"]) == (412, changed.headers["ETag"])

    listed = await client.get(
        many, params={"from": body["from"], "valid_from": "2026-01-01", "count": "exact"}
    )
    assert ([each["id"] for each in listed.json()["items"]], listed.json()["total"]) == ([shown["id"]], 1)
    assert (await client.get(many, params={"to": body["from"]})).json()["items"] == []

    withdrawn = await client.post(place + "/withdraw", json={"reason": "A mistake."})
    assert (withdrawn.status_code, withdrawn.json()["standing"]) == (200, "withdrawn")
    assert (await client.get(many)).json()["items"] == []
    assert len((await client.get(many, params={"standing": "withdrawn"})).json()["items"]) == 1
    told = (await client.get(place + "/history")).json()["items"]
    assert [each["action"] for each in told] == ["claim", "change", "withdraw"]
    assert (await client.post(many, json=body)).status_code == 201


async def test_every_cell_of_every_matrix_is_accepted(client: Client) -> None:
    records = await _two_of_each(client)

    async def claim(kind: type[Link], source: type[Node], target: type[Node]) -> str | None:
        spare = 0 if (source, target) == (PolicyInstrument, Cost) else 1  # a cost is of one thing at a time
        body = {
            "from": records[source][0],
            "to": records[target][spare],
            "facts": joining(kind, source, target),
        }
        answer = await client.post(f"/v1/links/{kind.path()}", json=body)
        return None if answer.status_code == 201 else f"{kind.label} {source} {target}: {answer.text}"

    for kind in LINK_KINDS:
        refused = await in_turns(claim(kind, *cell) for cell in cells(kind))
        assert [each for each in refused if each] == []


@every_kind
def test_every_other_pair_is_outside_the_matrix(kind: type[Link]) -> None:
    inside = set(cells(kind))
    facts = kind.model_construct()
    for source, target in product(NODE_KINDS, NODE_KINDS):
        if (source, target) in inside:
            continue
        ends = ({"id": "a", "kind": source.__name__}, {"id": "b", "kind": target.__name__})
        assert [each.code for each in links.unfit(kind, *ends, facts)] == ["not_in_matrix"]


async def test_pairs_outside_the_matrix_are_refused(client: Client) -> None:
    records = await _two_of_each(client)
    head = (await client.get("/health")).json()["ledger"]["number"]

    async def refused(kind: type[Link], source: type[Node], target: type[Node]) -> bool:
        body = {"from": records[source][0], "to": records[target][1], "facts": least(kind)}
        answer = await client.post(f"/v1/links/{kind.path()}", json=body)
        return (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "not_in_matrix")

    for kind in LINK_KINDS:
        inside = set(cells(kind))
        source, target = cells(kind)[0]
        border = {(source, each) for each in NODE_KINDS} | {(each, target) for each in NODE_KINDS}
        assert all(await in_turns(refused(kind, *cell) for cell in border - inside))
    assert (await client.get("/health")).json()["ledger"]["number"] == head


async def test_a_link_is_another_answer_once_an_end_has_another_title(client: Client) -> None:
    ends = [(await client.new("projects", title=title))["id"] for title in ("P", "Q")]
    claimed = await client.post("/v1/links/enables", json={"from": ends[0], "to": ends[1]})
    place, tag = claimed.headers["Location"], claimed.headers["ETag"]
    await client.patch(f"/v1/projects/{ends[1]}", json={"title": "Renamed"}, headers={"If-Match": "*"})
    read = await client.get(place, headers={"If-None-Match": tag})
    assert (read.status_code, read.json()["to"]["title"]) == (200, "Renamed")
    assert read.headers["ETag"] != tag
    changed = await client.patch(place, json={"rationale": "R"}, headers={"If-Match": tag})
    assert changed.status_code == 200, "its own facts are those the client read"
