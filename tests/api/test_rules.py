"""Checking without saving, and what the rules find of what is saved."""

from typing import Any

import pytest

from app.graph import Graph
from app.who import Reader
from graph_schema import LINK_KINDS, NODE_KINDS
from tests import build
from tests.api.conftest import Client
from tests.api.facts import cells, joining, least

NOBODY = "01890000-0000-7000-8000-000000000001"


async def _stands(graph: Graph) -> list[Any]:
    """How much there is in the store, and the next number of the ledger."""
    row = await graph.row(
        """MATCH (n) WITH count(n) AS nodes OPTIONAL MATCH ()-[r]->() WITH nodes, count(r) AS links
           MATCH (l:Ledger) RETURN nodes, links, l.next AS next"""
    )
    assert row is not None
    return list(row.values())


def _codes(answer: Any, severity: str | None = None) -> set[tuple[str, str]]:
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    return {(each["pointer"], each["code"]) for each in items if severity in (None, each["severity"])}


async def test_every_problem_of_a_registration_is_told_at_once_and_nothing_is_saved(
    client: Client, graph: Graph
) -> None:
    await client.new("projects", identifiers=[{"scheme": "pmo", "value": "7"}])
    before = await _stands(graph)
    answer = await client.post(
        "/v1/projects/validate",
        json={
            "title": "  ",
            "colour": "red",
            "state": "underway",
            "organisation": NOBODY,
            "identifiers": [{"scheme": "pmo", "value": "7"}],
        },
    )
    assert _codes(answer) == {
        ("/title", "text_empty"),
        ("/colour", "unknown_field"),
        ("/state", "not_in_list"),
    }, "without a title there is no record to look further at"
    answer = await client.post(
        "/v1/projects/validate",
        json={
            "title": "Online permits",
            "colour": "red",
            "label": "enabler",
            "organisation": NOBODY,
            "identifiers": [{"scheme": "pmo", "value": "7"}],
        },
    )
    assert answer.json()["valid"] is False
    assert _codes(answer, "violation") == {
        ("/colour", "unknown_field"),
        ("/organisation", "reference_unknown"),
        ("/identifiers/0", "identifier_taken"),
    }
    assert _codes(answer, "warning") >= {("/label", "enabler_of_nothing"), ("/go_live", "no_go_live")}
    severities = [each["severity"] for each in answer.json()["items"]]
    assert severities == sorted(severities, key=["violation", "warning", "information"].index)
    assert {each["record"] for each in answer.json()["items"]} == {None}
    assert await _stands(graph) == before


async def test_registering_is_never_blocked_by_what_is_missing(client: Client) -> None:
    checked = await client.post("/v1/projects/validate", json={"title": "An idea"})
    assert checked.json()["valid"] is True and _codes(checked, "warning")
    assert (await client.post("/v1/projects", json={"title": "An idea"})).status_code == 201


async def test_a_change_is_checked_as_a_whole_without_being_made(client: Client, graph: Graph) -> None:
    project = await client.new("projects", start="2026-01-01")
    before = await _stands(graph)
    place = f"/v1/projects/{project['id']}/validate"
    answer = await client.post(place, json={"go_live": "2026-06-01", "end": "2026-05-01"})
    assert ("/go_live", "go_live_after_end") in _codes(answer, "warning")
    assert {each["record"] for each in answer.json()["items"]} == {project["id"]}
    answer = await client.post(place, json={"start": "yesterday"})
    assert _codes(answer, "violation") == {("/start", "day_format")}
    assert (await client.post(f"/v1/projects/{NOBODY}/validate", json={})).status_code == 404
    assert await _stands(graph) == before


async def test_a_link_is_checked_with_what_it_would_bring_about(client: Client, graph: Graph) -> None:
    ids = [(await client.new("projects"))["id"] for _ in range(2)]
    benefit = await client.new("benefits", amount="1.00", category="qualitative")
    body = {"from": ids[0], "to": benefit["id"], "facts": {"attribution": "0.7"}}
    assert (await client.post("/v1/links/expects", json=body)).status_code == 201
    before = await _stands(graph)
    again = {"from": ids[1], "to": benefit["id"], "facts": {"attribution": "0.4"}}
    answer = await client.post("/v1/links/expects/validate", json=again)
    assert answer.json()["valid"] is False
    (found,) = [each for each in answer.json()["items"] if each["severity"] == "violation"]
    assert (found["code"], found["record"], len(found["links"])) == ("attribution_over_one", benefit["id"], 1)
    refused = await client.post("/v1/links/expects", json=again)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "attribution_over_one")
    sound = again | {"facts": {"attribution": "0.3"}}
    assert (await client.post("/v1/links/expects/validate", json=sound)).json()["valid"] is True
    wrong = {"from": NOBODY, "to": benefit["id"], "facts": {"attribution": "1.5"}}
    assert _codes(await client.post("/v1/links/expects/validate", json=wrong)) == {
        ("/from", "record_unknown"),
        ("/facts/attribution", "range"),
    }
    backwards = {"from": benefit["id"], "to": ids[0]}
    assert _codes(await client.post("/v1/links/expects/validate", json=backwards)) == {("", "not_in_matrix")}
    assert await _stands(graph) == before


async def test_a_circle_is_found_before_it_is_closed(client: Client) -> None:
    low, high = [(await client.new("policy-goals", level="corporate"))["id"] for _ in range(2)]
    assert (await client.post("/v1/links/part-of", json={"from": low, "to": high})).status_code == 201
    answer = await client.post("/v1/links/part-of/validate", json={"from": high, "to": low})
    assert ("", "cycle") in _codes(answer, "violation")


async def test_every_kind_can_be_checked_without_being_saved(client: Client, graph: Graph) -> None:
    drawn = {kind: build.a(kind.__name__, **least(kind) | {"title": "A"}) for kind in NODE_KINDS}
    others = {kind: build.a(kind.__name__, **least(kind) | {"title": "A"}) for kind in NODE_KINDS}
    await build.store(graph, *drawn.values(), *others.values())
    before = await _stands(graph)
    for kind in NODE_KINDS:
        body = least(kind) | {"title": "A title"}
        answer = await client.post(f"/v1/{kind.plural}/validate", json=body)
        assert (answer.status_code, answer.json()["valid"]) == (200, True), answer.text
        found = await client.get(f"/v1/records/{drawn[kind].id}/findings")
        saved = {each["code"] for each in found.json()["items"]}
        assert {code for _, code in _codes(answer)} == saved
    for link in LINK_KINDS:
        source, target = cells(link)[0]
        body = {
            "from": drawn[source].id,
            "to": others[target].id,
            "facts": joining(link, source, target),
        }
        answer = await client.post(f"/v1/links/{link.path()}/validate", json=body)
        assert (answer.status_code, answer.json()["valid"]) == (200, True), answer.text
    assert await _stands(graph) == before


@pytest.mark.parametrize("body", ["[1]", "{", '{"a": 1, "a": 2}'])
async def test_what_is_no_record_at_all_is_a_problem_and_no_finding(client: Client, body: str) -> None:
    answer = await client.post(
        "/v1/projects/validate", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 422)


async def test_findings_tell_nothing_of_what_the_reader_may_not_see(
    graph: Graph, client: Client, as_reader: Any
) -> None:
    project, shown, hidden = (
        build.a_project(),
        build.a("Post"),
        build.a("Post", sensitivity="restricted", organisation=NOBODY),
    )
    secret = build.a_project(sensitivity="restricted", organisation=NOBODY)
    owns = [build.link("OWNS", post, project, accountable=True) for post in (shown, hidden)]
    await build.store(graph, project, shown, hidden, secret, *owns)
    mine = await client.get(f"/v1/records/{project.id}/findings")
    assert ("", "accountable_twice") in _codes(mine)
    other = as_reader(Reader("another"))
    theirs = await other.get(f"/v1/records/{project.id}/findings")
    assert ("", "accountable_twice") not in _codes(theirs)
    assert all(link not in theirs.text for link in (owns[1].id, hidden.id))
    missing = await other.get(f"/v1/records/{NOBODY}/findings")
    assert (await other.get(f"/v1/records/{secret.id}/findings")).status_code == missing.status_code == 404


async def test_what_is_broken_is_found_across_all_records_of_a_kind(client: Client, graph: Graph) -> None:
    shared, cost = [build.a_cost("1.00") for _ in range(2)], build.a_cost("2.00")
    projects = [build.a_project() for _ in range(2)]
    retired = build.a_cost("3.00", status="retired")
    incurred = [build.link("INCURS", project, each) for project in projects for each in shared]
    await build.store(graph, *shared, cost, retired, *projects, *incurred)
    asked = {"kind": "Cost", "severity": "violation"}
    whole = (await client.get("/v1/findings", params=asked)).json()
    assert {(each["record"], each["code"]) for each in whole["items"]} == {
        (each.id, "cost_shared") for each in shared
    }
    pages, address = [], "/v1/findings?kind=Cost&code=cost_shared&limit=1"
    while address:
        page = (await client.get(address)).json()
        pages.append(page["items"])
        address = page["next"]
    assert len(pages) == 3 and [each for page in pages for each in page] == whole["items"]
    assert (await client.get("/v1/findings", params={"code": "no_such_rule"})).status_code == 422


async def test_the_rules_are_asked_for_another_day(client: Client) -> None:
    evidence = await client.new("evidence", dated="2026-01-01", expires="2030-01-01")
    place = f"/v1/records/{evidence['id']}/findings"
    assert _codes(await client.get(place)) == set()
    later = await client.get(place, params={"valid_on": "2030-01-01"})
    assert _codes(later) == {("/expires", "evidence_expired")}
