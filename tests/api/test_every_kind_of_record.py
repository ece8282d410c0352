"""Every kind of record keeps the same contract over HTTP. A new kind is walked without a line here."""

import pytest

from graph_schema import NODE_KINDS
from graph_schema.core import Node
from tests.api.conftest import Client
from tests.api.facts import least

NOBODY = "01a2110b-0000-7000-8000-000000000000"
every_kind = pytest.mark.parametrize("kind", NODE_KINDS, ids=lambda kind: kind.__name__)


@every_kind
async def test_what_is_created_can_be_read_changed_and_retired(client: Client, kind: type[Node]) -> None:
    created = await client.post(f"/v1/{kind.plural}", json=least(kind) | {"ref": "R1"})
    assert created.status_code == 201
    shown, tag = created.json(), created.headers["ETag"]
    assert (shown["kind"], shown["revision"], shown["status"], shown["source"]) == (
        kind.__name__,
        1,
        "live",
        "person",
    )
    assert created.headers["Location"] == f"http://localhost:8000/v1/{kind.plural}/{shown['id']}"

    read = await client.get(created.headers["Location"])
    assert (read.status_code, read.json(), read.headers["ETag"]) == (200, shown, tag)
    held = await client.get(created.headers["Location"], headers={"If-None-Match": tag})
    assert (held.status_code, held.content, held.headers["ETag"]) == (304, b"", tag)

    place = created.headers["Location"]
    changed = await client.patch(place, json={"ref": "R2"}, headers={"If-Match": tag})
    assert changed.status_code == 200
    assert (changed.json()["revision"], changed.json()["facts"]["ref"]) == (2, "R2")
    assert changed.headers["ETag"] != tag

    stale = await client.patch(place, json={"ref": "R3"}, headers={"If-Match": tag})
    assert (stale.status_code, stale.headers["ETag"]) == (412, changed.headers["ETag"])

    retired = await client.post(place + "/retire", json={"reason": "Out of use."})
    assert (retired.status_code, retired.json()["status"]) == (200, "retired")
    again = await client.patch(place, json={"ref": "R4"}, headers={"If-Match": "*"})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "retired")

    told = (await client.get(place + "/history")).json()["items"]
    assert [(each["action"], each["revision"]) for each in told] == [
        ("create", 1),
        ("change", 2),
        ("retire", 3),
    ]
    assert told[-1]["reason"] == "Out of use."


@every_kind
async def test_a_list_shows_live_records_and_filters_them(client: Client, kind: type[Node]) -> None:
    kept = (await client.post(f"/v1/{kind.plural}", json=least(kind) | {"ref": "kept"})).json()
    gone = (await client.post(f"/v1/{kind.plural}", json=least(kind) | {"ref": "gone"})).json()
    await client.post(f"/v1/{kind.plural}/{gone['id']}/retire")

    async def ids(**asked: str) -> list[str]:
        answer = await client.get(f"/v1/{kind.plural}", params=asked)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["items"]]

    assert await ids() == [kept["id"]]
    assert await ids(status="retired") == [gone["id"]]
    assert await ids(status="any", ref="gone") == [gone["id"]]
    assert sorted(await ids(status="any", sort="-organisation,id")) == sorted([kept["id"], gone["id"]])
    assert await ids(source="elsewhere") == []


@every_kind
async def test_what_is_wrong_with_a_request_is_said_alike(client: Client, kind: type[Node]) -> None:
    many, nobody = f"/v1/{kind.plural}", f"/v1/{kind.plural}/{NOBODY}"
    asked = {
        404: await client.get(nobody),
        405: await client.delete(many),
        406: await client.get(many, headers={"Accept": "image/png"}),
        415: await client.post(many, content="title=x", headers={"Content-Type": "text/plain"}),
        422: await client.post(many, json={"title": ""}),
        428: await client.patch(nobody, json={"ref": "x"}),
    }
    for status, answer in asked.items():
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == status
        assert answer.headers["Cache-Control"] == "no-store"
    absent = await client.patch(nobody, json={"ref": "x"}, headers={"If-Match": "*"})
    assert absent.status_code == 404


@every_kind
async def test_an_identifier_names_one_record(client: Client, kind: type[Node]) -> None:
    key = {"identifiers": [{"scheme": "local", "value": "A 1"}]}
    first = await client.post(f"/v1/{kind.plural}", json=least(kind) | key)
    second = await client.post(f"/v1/{kind.plural}", json=least(kind) | key)
    assert first.status_code == 201
    assert second.status_code == 409
    assert second.json()["errors"][0] == {
        "pointer": "/identifiers/0",
        "code": "identifier_taken",
        "detail": "This identifier names another record already.",
    }
    found = await client.get("/v1/records", params={"identifier": "local|A 1"})
    assert found.json() == first.json()
