"""Files as jobs: sent, seen, mapped, imported, mended and sent again."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain import jobs
from app.graph import Graph
from app.imports import read_table
from app.imports.jobs import Runner
from app.imports.spool import Spool
from app.main import create_app
from app.settings import Settings
from app.who import DEMONSTRATION, Caller, Grants, Role, new_id
from tests.api.conftest import BASE, Client, httpx, transport
from tests.build import an_organisation, store
from tests.conftest import empty
from tests.imports import workbooks

CSV = {"Content-Type": "text/csv"}
BYTES = {"Content-Type": "application/octet-stream"}


class Files(Client):
    """A client that sends files, and a runner that imports them when it is told to."""

    runner: Runner

    async def upload(self, data: bytes, name: str = "projects.csv", **asked: str) -> dict[str, Any]:
        """Send a file and give what it holds."""
        answer = await self.post("/v1/uploads", params={"name": name, **asked}, content=data, headers=BYTES)
        assert answer.status_code == 201, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def imported(self, upload: str, **asked: Any) -> dict[str, Any]:
        """Start a job, let it run, and give how it ended."""
        wanted = {"upload": upload, "kind": "Project", "scheme": "pmo"} | asked
        answer = await self.post("/v1/jobs", json=wanted)
        assert answer.status_code == 202, answer.text
        assert await self.runner.turn()
        shown: dict[str, Any] = (await self.get(f"/v1/jobs/{answer.json()['id']}")).json()
        return shown


_CALLERS: dict[str, Caller] = {"": DEMONSTRATION}


@pytest.fixture(scope="module")
async def files(migrated: Graph, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Files]:
    """One service for all tests here; each uses a scheme of its own, or keys of its own."""
    await empty(migrated)
    settings = Settings(data=tmp_path_factory.mktemp("data"))

    async def caller_of(request: Any) -> Caller:
        return _CALLERS[request.headers.get("x-caller", "")]

    app = create_app(settings, graph=migrated, caller_of=caller_of)
    async with Files(transport=transport(app), base_url=BASE) as client:
        client.runner = Runner(migrated, Spool(settings.data), ZoneInfo(settings.timezone))
        yield client


def _fifty(keys: str) -> bytes:
    rows = [["Project ref", "Project name", "Status", "Start date", "Notes", "Budget"]]
    rows += [[f"{keys}{at}", f"Project {at}", "Delivering", "2026-04-01", "", "1"] for at in range(50)]
    return workbooks.xlsx({"Register": rows, "Lists": [["x"]]})


async def test_fifty_projects_from_a_workbook_are_in_after_two_requests(files: Files) -> None:
    sent = await files.upload(_fifty("A"), "register.xlsx", kind="Project", scheme="pmo")
    assert sent["sheets"] == ["Register", "Lists"]
    assert sent["mapping"]["key"] == "Project ref"
    assert {each["column"]: each["becomes"] for each in sent["columns"]} == {
        "Project ref": "key",
        "Project name": "title",
        "Status": "state",
        "Start date": "start",
        "Notes": "summary",
        "Budget": None,
    }
    job = await files.imported(sent["id"])
    assert (job["state"], job["counts"]["created"], job["counts"]["rejected"]) == ("done", 50, 0)
    record = (await files.get("/v1/records", params={"identifier": "pmo|A7"})).json()
    assert record["facts"]["title"] == "Project 7"
    assert (record["facts"]["state"], record["facts"]["start"]) == ("delivering", "2026-04-01")
    gone = await files.get(f"/v1/uploads/{sent['id']}")
    assert gone.status_code == 404
    again = await files.imported((await files.upload(_fifty("A"), "register.xlsx"))["id"])
    assert again["counts"] == {"created": 0, "changed": 0, "unchanged": 50, "rejected": 0}


async def test_refused_rows_come_back_with_the_reason_and_go_in_when_they_are_mended(files: Files) -> None:
    data = b"key,title,state\nB1,One,delivering\nB2,=2+2,in flight\nB3\n,None,idea\n"
    job = await files.imported((await files.upload(data))["id"])
    assert (job["state"], job["counts"]["created"], job["refused_rows"]) == ("done", 1, 3)
    nowhere = await files.get(f"/v1/jobs/{job['id']}/remarks", params={"after": "1" + "0" * 18})
    assert nowhere.status_code in (200, 422)
    told = (await files.get(f"/v1/jobs/{job['id']}/remarks", params={"limit": 2})).json()
    assert [(each["row"], each["column"], each["code"]) for each in told["items"]] == [
        (3, "state", "not_in_list"),
        (4, None, "ragged_row"),
    ]
    rest = (await files.get(told["next"])).json()
    assert [each["code"] for each in rest["items"] if each["rejects"]] == ["key_missing"]
    text = (await files.get(f"/v1/jobs/{job['id']}/refused.csv")).text
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["key", "title", "state", "refused because"]
    assert [row[:3] for row in rows[1:]] == [
        ["B2", "'=2+2", "in flight"],
        ["B3", "", ""],
        ["", "None", "idea"],
    ]
    book = (await files.get(f"/v1/jobs/{job['id']}/refused.xlsx")).content
    assert [cells["title"] for _, cells in read_table(book, "r.xlsx").rows] == ["=2+2", "", "None"]
    mended = (
        text.replace("in flight", "idea").replace("B3,,", "B3,Three,idea").replace("\n,None", "\nB4,None")
    )
    job = await files.imported((await files.upload(mended.encode()))["id"])
    assert (job["counts"]["created"], job["counts"]["rejected"]) == (3, 0)
    record = (await files.get("/v1/records", params={"identifier": "pmo|B2"})).json()
    assert record["facts"]["title"] == "=2+2"


async def test_a_template_edited_and_sent_again_changes_what_was_edited_and_nothing_else(
    files: Files, migrated: Graph
) -> None:
    _CALLERS["template"] = Caller("template", roles=frozenset({Role.ADMINISTRATOR}))
    of = {"x-caller": "template"}
    for title, more in (("=1+1", {"tags": ["a:b", "c:d"]}), ("@x", {"state": "approved"}), ("'-y", {})):
        facts = {"title": title, "valid_from": "2026-04-01", "summary": "Two\nlines"} | more
        answer = await files.post("/v1/projects", json=facts, headers=of)
        assert answer.status_code == 201, answer.text
    for ending in ("xlsx", "csv"):
        given = (
            await files.get(f"/v1/templates/projects.{ending}", params={"scheme": "t"}, headers=of)
        ).content
        sent = await files.upload(given, f"t.{ending}", kind="Project", scheme="t")
        job = await files.imported(sent["id"], scheme="t")
        assert job["counts"]["unchanged"] >= 3, job
        assert job["counts"] | {"unchanged": 0} == {
            "created": 0, "changed": 0, "unchanged": 0, "rejected": 0,
        }  # fmt: skip


async def test_what_a_whole_file_leaves_out_is_retired_if_that_was_asked_and_only_ours(files: Files) -> None:
    one = b"key,title\nC1,One\nC2,Two\n"
    await files.imported((await files.upload(one))["id"], scheme="leaves")
    gone = {"scheme": "leaves", "absent": "retire"}
    tried = await files.imported((await files.upload(b"key,title\nC1,One\n"))["id"], **gone, dry_run=True)
    assert tried["counts"]["retired"] == 1
    unread = await files.imported((await files.upload(b"key,title\nC1,One\nC9\n"))["id"], **gone)
    assert unread["counts"]["retired"] == 0
    done = await files.imported(tried["upload"], **gone)
    assert done["counts"]["retired"] == 1
    left = [
        (await files.get("/v1/records", params={"identifier": f"leaves|{key}"})).json()["status"]
        for key in ("C1", "C2")
    ]
    assert left == ["live", "retired"]


async def test_a_job_whose_service_was_killed_is_taken_up_by_another(files: Files, migrated: Graph) -> None:
    rows = "".join(f"D{at},Project {at}\n" for at in range(300))
    sent = await files.upload(f"key,title\n{rows}".encode())
    wanted = {"upload": sent["id"], "kind": "Project", "scheme": "killed"}
    id = (await files.post("/v1/jobs", json=wanted)).json()["id"]
    killed = Runner(migrated, files.runner.spool, files.runner.zone, lease=0.1)
    assert await migrated.write(jobs.take, killed.owner, killed.lease, "2026-01-01T00:00:00Z")
    await asyncio.sleep(0.2)
    assert await files.runner.turn()
    job = (await files.get(f"/v1/jobs/{id}")).json()
    assert (job["state"], job["counts"]["created"], job["rows_total"]) == ("done", 300, 300)


async def test_a_job_is_cancelled_and_a_job_of_all_or_nothing_fails_as_a_whole(files: Files) -> None:
    sent = await files.upload(b"key,title,state\nE1,One,idea\nE2,Two,never\n")
    wanted = {"upload": sent["id"], "kind": "Project", "scheme": "pmo"}
    id = (await files.post("/v1/jobs", json=wanted)).json()["id"]
    assert (await files.post(f"/v1/jobs/{id}/cancel")).json()["state"] == "cancelled"
    assert not await files.runner.turn()
    job = await files.imported(sent["id"], mode="all-or-nothing")
    assert (job["state"], job["problem"]["code"], job["refused_rows"]) == ("failed", "rows_refused", 1)
    assert (await files.get("/v1/records", params={"identifier": "pmo|E1"})).status_code == 404


async def test_uploads_and_jobs_are_seen_by_who_made_them_and_their_administrators(
    files: Files, migrated: Graph
) -> None:
    ours, theirs = an_organisation(title="Ours"), an_organisation(title="Theirs")
    await store(migrated, ours, theirs)
    for name, organisation, role in (
        ("maker", ours.id, Role.CONTRIBUTOR),
        ("colleague", ours.id, Role.CONTRIBUTOR),
        ("our-administrator", ours.id, Role.ADMINISTRATOR),
        ("their-administrator", theirs.id, Role.ADMINISTRATOR),
        ("viewer", ours.id, Role.VIEWER),
    ):
        _CALLERS[name] = Caller(name, organisation=organisation, roles=frozenset({role}))
    sent = await _as(files, "maker", b"key,title,organisation\nF1,One,\nF2,Two," + theirs.id.encode() + b"\n")
    asked = {"upload": sent.json()["id"], "kind": "Project", "scheme": "seen"}
    job = await files.post("/v1/jobs", json=asked, headers={"x-caller": "maker"})
    assert await files.runner.turn()
    statuses = {}
    for name in ("maker", "colleague", "our-administrator", "their-administrator", "viewer"):
        of = {"x-caller": name}
        seen = await files.get(f"/v1/jobs/{job.json()['id']}", headers=of)
        never = await files.get(f"/v1/jobs/{new_id()}", headers=of)
        assert (
            await files.get(f"/v1/jobs/{job.json()['id']}/refused.csv", headers=of)
        ).status_code == seen.status_code
        if seen.status_code == 404:
            assert seen.json()["detail"] == never.json()["detail"]
        statuses[name] = seen.status_code
        listed = await files.get("/v1/jobs", headers=of)
        assert (job.json()["id"] in {each["id"] for each in listed.json()["items"]}) == (
            seen.status_code == 200
        )
    assert statuses == {
        "maker": 200, "colleague": 404, "our-administrator": 200, "their-administrator": 404, "viewer": 404,
    }  # fmt: skip
    maker = {"x-caller": "maker"}
    more = (await _as(files, "maker", b"key,title\nF3,Three\n")).json()["id"]
    second = await files.post("/v1/jobs", json=asked | {"upload": more}, headers=maker)
    page = (await files.get("/v1/jobs?limit=1", headers=maker)).json()
    rest = (await files.get(f"/v1/jobs?limit=1&after={page['next_cursor']}", headers=maker)).json()
    assert [each["id"] for each in (*page["items"], *rest["items"])] == [
        each.json()["id"] for each in (second, job)
    ]
    assert rest["next"] is None
    assert (await files.get("/v1/jobs?after=x", headers=maker)).status_code == 422
    await files.post(f"/v1/jobs/{second.json()['id']}/cancel", headers=maker)
    await files.delete(f"/v1/uploads/{more}", headers=maker)
    told = (await files.get(f"/v1/jobs/{job.json()['id']}", headers=maker)).json()
    assert (told["counts"]["created"], told["counts"]["rejected"]) == (1, 1)
    record = (await files.get("/v1/records", params={"identifier": "seen|F1"})).json()
    assert (record["source"], record["facts"]["organisation"]) == ("person", ours.id)
    assert (await _as(files, "viewer", b"key\n1\n")).status_code == 403


async def _as(files: Files, name: str, data: bytes) -> httpx.Response:
    return await files.post("/v1/uploads", content=data, headers={"x-caller": name} | CSV)


async def test_an_integration_imports_as_its_source_within_its_grants(files: Files) -> None:
    _CALLERS["finance"] = Caller(
        "finance", roles=frozenset({Role.INTEGRATION}), source="finance", grants=Grants(frozenset({"Asset"}))
    )
    of = {"x-caller": "finance"}
    for kind, outcome in (("Asset", "created"), ("Project", "rejected")):
        sent = (await _as(files, "finance", b"key,title\nG1,One\n")).json()
        asked = {"upload": sent["id"], "kind": kind, "scheme": f"finance-{kind.lower()}"}
        id = (await files.post("/v1/jobs", json=asked, headers=of)).json()["id"]
        assert await files.runner.turn()
        assert (await files.get(f"/v1/jobs/{id}", headers=of)).json()["counts"][outcome] == 1
    record = (await files.get("/v1/records", params={"identifier": "finance-asset|G1"})).json()
    assert record["source"] == "finance"


async def test_a_mapping_is_saved_guessed_from_and_forgotten(files: Files) -> None:
    sent = await files.upload(b"Nr,Wording\nH1,One\n", kind="Project", scheme="saved")
    assert sent["mapping"]["key"] is None
    refused = await files.post("/v1/jobs", json={"upload": sent["id"], "kind": "Project", "scheme": "saved"})
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/key"]
    mapping = {"kind": "Project", "key": "Nr", "columns": {"Wording": "title"}}
    assert (await files.put("/v1/mappings/saved", json=mapping)).status_code == 200
    assert (await files.imported(sent["id"], scheme="saved"))["counts"]["created"] == 1
    kept = (await files.get("/v1/mappings/saved")).json()["items"]
    assert [(each["kind"], each["key"]) for each in kept] == [("Project", "Nr")]
    assert (await files.delete("/v1/mappings/saved")).status_code == 204
    assert (await files.get("/v1/mappings/saved")).status_code == 404
    wrong = {"kind": "Project", "key": "Nr", "columns": {"Wording": "no_such_fact"}}
    assert (await files.put("/v1/mappings/saved", json=wrong)).status_code == 422


@pytest.mark.parametrize(
    ("data", "headers", "name", "status", "code"),
    [
        (b"PK\x03\x04", BYTES, "t.xlsx", 422, "not_a_workbook"),
        (workbooks.packed({"xl/workbook.xml": b"", "a": bytes(30_000_000)}), BYTES, "t.xlsx", 413, "bomb"),
        (b"a", BYTES, "t.exe", 422, "file_type"),
        (b"a", BYTES, None, 422, "file_type"),
        (b"a", {"Content-Type": "text/html"}, "t.csv", 415, "unsupported_media_type"),
    ],
)
async def test_a_file_that_cannot_be_taken_is_refused_and_not_kept(
    files: Files, data: bytes, headers: dict[str, str], name: str | None, status: int, code: str
) -> None:
    before = set(_kept(files))
    asked = {"name": name} if name else {}
    answer = await files.post("/v1/uploads", params=asked, content=data, headers=headers)
    assert (answer.status_code, [each["code"] for each in answer.json()["errors"]]) == (status, [code])
    assert set(_kept(files)) == before


async def test_a_table_that_cannot_be_read_is_not_asked_for_its_columns(files: Files) -> None:
    for data, code in ((b"", "header_missing"), ("key,title\n1,One\n".encode("utf-16"), "encoding")):
        sent = await files.upload(data)
        asked = {"upload": sent["id"], "kind": "Project", "scheme": "unread"}
        refused = await files.post("/v1/jobs", json=asked)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code)
        await files.delete(f"/v1/uploads/{sent['id']}")


def _kept(files: Files) -> list[Path]:
    return list(files.runner.spool.folder.iterdir())


async def test_a_body_of_more_than_fifty_megabytes_is_refused_as_soon_as_it_is_known(files: Files) -> None:
    answer = await files.post("/v1/uploads", content=b"a", headers=CSV | {"Content-Length": "50000001"})
    assert answer.status_code == 413


async def test_the_same_request_again_sends_and_starts_nothing_twice(files: Files) -> None:
    key = {"Idempotency-Key": new_id()}
    sent = [
        (await files.post("/v1/uploads", content=b"key,title\nI1,One\n", headers=CSV | key)).json()["id"]
        for _ in range(2)
    ]
    assert sent[0] == sent[1]
    key = {"Idempotency-Key": new_id()}
    asked = {"upload": sent[0], "kind": "Project", "scheme": "pmo"}
    first = (await files.post("/v1/jobs", json=asked, headers=key)).json()["id"]
    assert await files.runner.turn()
    again = await files.post("/v1/jobs", json=asked, headers=key)
    assert (again.json()["id"], again.headers["Idempotency-Replayed"]) == (first, "true")
    assert not await files.runner.turn()


async def test_old_uploads_and_what_nobody_knows_are_removed(files: Files, migrated: Graph) -> None:
    sent = await files.upload(b"key,title\nJ1,One\n")
    await migrated.write(_age, sent["id"])
    await files.runner.clean()
    assert (await files.get(f"/v1/uploads/{sent['id']}")).status_code == 404


async def _age(tx: Any, id: str) -> None:
    await tx.rows("MATCH (n:Upload {id: $id}) SET n.at = '2020-01-01T00:00:00Z'", id=id)
