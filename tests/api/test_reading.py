"""Lists page by key, filters and links; the feed has no holes; questions come in every form."""

import asyncio
import csv
import io
import json
from collections.abc import Callable
from datetime import date
from itertools import pairwise

from app.who import Reader
from tests.api.conftest import Client
from tests.workbooks import sheet_of


async def test_a_list_is_read_page_by_page_without_loss_or_repeat(client: Client) -> None:
    made = {(await client.new("projects", title=f"Project {at % 3}"))["id"] for at in range(7)}
    seen: list[str] = []
    address: str | None = "/v1/projects?limit=3&sort=-title&count=exact&state=idea"
    while address:
        answer = await client.get(address)
        shown = answer.json()
        assert shown["total"] == 7
        seen += [each["id"] for each in shown["items"]]
        address = shown["next"]
        assert ('rel="next"' in answer.headers["Link"]) == (address is not None)
        assert 'rel="first"' in answer.headers["Link"] and 'rel="describedby"' in answer.headers["Link"]
        if address:
            assert address.startswith(
                "http://localhost:8000/v1/projects?limit=3&sort=-title&count=exact&state=idea&"
            )
            assert f"<{address}>" in answer.headers["Link"]
    assert (len(seen), set(seen)) == (7, made)


async def test_a_list_is_filtered_by_facts_tags_and_links(client: Client) -> None:
    one = await client.new("projects", state="delivering", tags=["fund:town-deals"], label="enabler")
    two = await client.new("projects", state="stopped")
    process = await client.new("processes")
    body = {"from": one["id"], "to": process["id"], "facts": {"depth": "process"}}
    assert (await client.post("/v1/links/changes", json=body)).status_code == 201
    for asked, found in (
        ("state=delivering", [one]),
        ("state=delivering&state=stopped", [one, two]),
        ("tag=fund:town-deals", [one]),
        ("has=CHANGES", [one]),
        ("has=changes&lacks=enables", [one]),
        ("lacks=changes", [two]),
        ("label=enabler&state=stopped", []),
        ("source=person", [one, two]),
    ):
        items = (await client.get(f"/v1/projects?{asked}")).json()["items"]
        assert [each["id"] for each in items] == [each["id"] for each in found], asked
    assert len((await client.get("/v1/processes?has=in:changes")).json()["items"]) == 1
    assert len((await client.get("/v1/links/changes?depth=process&standing=proposed")).json()["items"]) == 1
    assert (await client.get("/v1/links/changes?standing=accepted")).json()["items"] == []


async def test_search_and_neighbourhood_find_what_stands_around(client: Client) -> None:
    chain = [await client.new("projects", title=f"Bins {at}") for at in range(4)]
    for lower, upper in pairwise(chain):
        await client.post("/v1/links/enables", json={"from": lower["id"], "to": upper["id"]})
    found = (await client.get("/v1/search?q=bin&kind=Project")).json()["items"]
    assert {each["id"] for each in found} == {each["id"] for each in chain}
    assert (await client.get("/v1/search?q=bin&kind=Process")).json()["items"] == []
    place = f"/v1/records/{chain[0]['id']}/neighbourhood"
    near = (await client.get(place)).json()
    assert (len(near["records"]), len(near["links"]), near["truncated"]) == (2, 1, False)
    far = (await client.get(place + "?direction=out&depth=3&kinds=enables")).json()
    assert (len(far["records"]), far["truncated"]) == (4, False)
    cut = (await client.get(place + "?depth=3&cap=2")).json()
    assert (len(cut["records"]), cut["truncated"]) == (2, True)
    assert (await client.get(place + "?direction=in")).json()["links"] == []
    assert (await client.get(f"/v1/records/{chain[0]['id']}")).json() == chain[0]


async def test_the_feed_gives_every_change_once_and_in_order(client: Client) -> None:
    await asyncio.gather(*(client.new("projects", title=f"P{at}") for at in range(10)))
    seen: list[int] = []
    after = 0
    while len(seen) < 10:
        shown = (await client.get(f"/v1/changes?after={after}&limit=3")).json()
        seen += [each["seq"] for each in shown["items"]]
        after = shown["next_after"]
    assert seen == list(range(1, 11))
    empty = await client.get(f"/v1/changes?after={after}")
    assert (empty.json()["items"], empty.json()["next_after"]) == ([], 10)
    assert empty.json()["next"] == "http://localhost:8000/v1/changes?after=10&limit=200"
    lines = await client.get("/v1/changes", headers={"Accept": "application/jsonl"})
    assert lines.headers["Content-Type"] == "application/jsonl"
    assert [json.loads(line)["seq"] for line in lines.text.splitlines()] == seen


async def test_a_question_comes_as_json_csv_and_json_lines(client: Client) -> None:
    for at in range(3):
        await client.new("projects", title=f"P{at}, so called", state="delivering")
    path = "/v1/questions/unaligned"
    asked = {"verdict": "not_assessed", "sort": "title"}
    answer = await client.get(path, params=asked | {"limit": 2})
    shown = answer.json()
    assert [row["title"] for row in shown["rows"]] == ["P0, so called", "P1, so called"]
    assert {"as_of", "denominators", "digest", "next", "next_cursor"} <= set(shown)
    rest = (await client.get(shown["next"])).json()
    assert [row["title"] for row in rest["rows"]] == ["P2, so called"]
    assert (rest["next"], rest["digest"]) == (None, shown["digest"])

    table = await client.get(path + ".csv", params=asked)
    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["title"] for row in rows] == ["P0, so called", "P1, so called", "P2, so called"]
    assert table.text.endswith("\r\n") and not table.text.startswith("\ufeff")
    by_accept = await client.get(path, params=asked, headers={"Accept": "text/csv"})
    assert by_accept.text == table.text
    lines = await client.get(path + ".jsonl", params=asked)
    assert [json.loads(line)["title"] for line in lines.text.splitlines()] == [row["title"] for row in rows]
    sheet = await client.get(path + ".xlsx", params=asked)
    assert sheet.headers["Content-Disposition"].startswith('attachment; filename="unaligned-2')
    assert [row["title"] for row in sheet_of(sheet.content)] == [row["title"] for row in rows]
    again = await client.get(path, params=asked, headers={"Accept": sheet.headers["Content-Type"]})
    assert (again.content, again.headers["ETag"]) == (sheet.content, sheet.headers["ETag"])
    told = {row["what"]: row["value"] for row in sheet_of(sheet.content, "about")}
    assert (told["digest"], told["denominators_in_scope"]) == (shown["digest"], 3)
    refused = await client.get(path + ".csv", headers={"Accept": "application/json"})
    assert refused.status_code == 406
    assert [each["name"] for each in (await client.get("/v1/questions")).json()["items"]]


async def test_lists_of_records_and_links_come_as_files_of_all_their_rows(client: Client) -> None:
    made = [
        await client.new("evidence", title=title, kind=kind, dated="2026-02-28", tags=["a:b", "c:d"])
        for title, kind in (("=1+1", "audit"), ("Two", "survey"))
    ]
    cost = await client.new("costs", amount="1234.50", year=2026, category="run", case_version="actual")
    rows = list(csv.DictReader(io.StringIO((await client.get("/v1/evidence.csv?sort=title")).text)))
    assert [(row["id"], row["title"], row["kind"], row["facts_kind"], row["tags"]) for row in rows] == [
        (made[0]["id"], "'=1+1", "Evidence", "audit", "a:b; c:d"),
        (made[1]["id"], "Two", "Evidence", "survey", "a:b; c:d"),
    ]
    lines = (await client.get("/v1/evidence.jsonl?sort=title")).text.splitlines()
    assert [json.loads(line) for line in lines] == made
    sheet = sheet_of((await client.get("/v1/evidence.xlsx?sort=title")).content)
    assert [(row["title"], row["dated"], row["revision"]) for row in sheet] == [
        ("=1+1", date(2026, 2, 28), 1), ("Two", date(2026, 2, 28), 1),
    ]  # fmt: skip
    (row,) = sheet_of((await client.get("/v1/costs.xlsx")).content)
    assert (row["amount"], row["id"]) == (1234.5, cost["id"])
    project = await client.new("projects", title="P")
    body = {"from": project["id"], "to": cost["id"], "facts": {}}
    await client.post("/v1/links/incurs", json=body)
    (row,) = sheet_of((await client.get("/v1/links/incurs.xlsx")).content)
    assert (row["from_id"], row["to_title"], row["standing"]) == (project["id"], "A title", "accepted")
    page = await client.get("/v1/evidence.csv?sort=title&limit=1")
    assert page.text.count("\r\n") == 2 and 'rel="next"' in page.headers["Link"]
    assert (await client.get("/v1/projects.ods")).status_code == 404
    assert (await client.post("/v1/projects.csv", json={})).status_code == 405


async def test_an_answer_is_not_sent_again_while_nothing_has_changed(client: Client) -> None:
    path = "/v1/questions/known-unknowns"
    tag = (await client.get(path)).headers["ETag"]
    assert (await client.get(path, headers={"If-None-Match": tag})).status_code == 304
    assert (await client.get(path + "?limit=7", headers={"If-None-Match": tag})).status_code == 200
    await client.new("projects")
    assert (await client.get(path, headers={"If-None-Match": tag})).status_code == 200


async def test_what_is_hidden_answers_as_what_never_was(
    client: Client, as_reader: Callable[[Reader], Client]
) -> None:
    mine, theirs = await client.new("organisations", title="Mine"), await client.new("organisations")
    shared = {"organisation": theirs["id"], "title": "Secret bins"}
    hidden = await client.new(
        "projects", sensitivity="restricted", identifiers=[{"scheme": "local", "value": "S1"}], **shared
    )
    process = await client.new("processes", organisation=mine["id"])
    body = {"from": hidden["id"], "to": process["id"], "facts": {"depth": "process"}}
    link = (await client.post("/v1/links/changes", json=body)).json()
    reader = as_reader(Reader(organisation=mine["id"]))
    never = "01a2110b-0000-7000-8000-00000000000a"

    async def told(method: str, path: str, id: str, **sent: object) -> tuple[object, ...]:
        answer = await reader.request(method, path.format(id=id), **sent)  # type: ignore[arg-type]
        text = answer.text.replace(id, "ID").replace(answer.headers["Request-Id"], "REQUEST")
        kept = {k: v for k, v in answer.headers.items() if k != "request-id"}
        return answer.status_code, text, kept

    match = {"If-Match": "*"}
    for method, path, sent in (
        ("GET", "/v1/projects/{id}", {}),
        ("GET", "/v1/records/{id}", {}),
        ("GET", "/v1/projects/{id}/history", {}),
        ("GET", "/v1/records/{id}/neighbourhood", {}),
        ("PATCH", "/v1/projects/{id}", {"json": {"ref": "x"}, "headers": match}),
        ("POST", "/v1/projects/{id}/retire", {}),
    ):
        assert await told(method, path, hidden["id"], **sent) == await told(method, path, never, **sent), path
    for method, path, sent in (
        ("GET", "/v1/links/changes/{id}", {}),
        ("GET", "/v1/links/changes/{id}/history", {}),
        ("PATCH", "/v1/links/changes/{id}", {"json": {"rationale": "x"}, "headers": match}),
        ("POST", "/v1/links/changes/{id}/withdraw", {}),
    ):
        assert await told(method, path, link["id"], **sent) == await told(method, path, never, **sent), path

    claim = {"from": process["id"], "facts": {"relation": "r"}}
    refused = [
        await told("POST", "/v1/links/relates", id, json=claim | {"to": id}) for id in (hidden["id"], never)
    ]
    assert refused[0] == refused[1] and refused[0][0] == 422
    for path in ("/v1/projects", "/v1/links/changes", "/v1/search?q=secret", "/v1/processes?has=in:changes"):
        assert (await reader.get(path)).json()["items"] == [], path
    assert (await reader.get("/v1/projects?count=exact")).json()["total"] == 0
    assert (await reader.get("/v1/records?identifier=local|S1")).status_code == 404
    around = (await reader.get(f"/v1/records/{process['id']}/neighbourhood")).json()
    assert (len(around["records"]), around["links"]) == (1, [])
    feed = await reader.get("/v1/changes")
    assert "Secret" not in feed.text and hidden["id"] not in feed.text
    assert feed.json()["next_after"] == 5
