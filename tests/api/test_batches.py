"""Many records and links in one call: what becomes of every row, for everybody who may send one."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from app.api.rows_received import MOST_ROWS
from app.domain import ledger
from app.graph import Graph
from app.who import DEMONSTRATION, Caller, Grants, Role, new_id
from tests.api.conftest import Client, door

Rows = list[dict[str, Any]]


def a(kind: str, key: str, /, **facts: Any) -> dict[str, Any]:
    """A row that states a record under a key."""
    scheme, _, value = key.partition("|")
    known = {"title": f"A {kind}", "identifiers": [{"scheme": scheme, "value": value}]}
    return {"kind": kind, "facts": known | facts}


def a_change(source: str, target: str, /, **beside: Any) -> dict[str, Any]:
    """A row that states that a project changes a process."""
    return {"link": "CHANGES", "from": source, "to": target, "facts": {"depth": "process"}} | beside


@dataclass
class Desk:
    """A service with two organisations, and clients of it."""

    graph: Graph
    ours: str
    theirs: str
    whole: Client
    person: Client
    integration: Client
    viewer: Client

    async def number(self) -> int:
        return (await ledger.head(self.graph)).number


def caller(name: str, role: Role, organisation: str, **more: Any) -> Caller:
    return Caller(name, organisation=organisation, roles=frozenset({role}), **more)


GRANTS = Grants(frozenset({"Project", "Process"}), frozenset({"CHANGES"}))


@pytest.fixture(scope="module")
async def desk(migrated: Graph) -> AsyncIterator[Desk]:
    """One for all tests here; each states records under a scheme of its own."""
    open_for = door(Client, migrated)
    whole = open_for(DEMONSTRATION)
    ours, theirs = [(await whole.new("organisations", title=each))["id"] for each in ("Ours", "Theirs")]
    pmo = caller(f"key of {new_id()}", Role.INTEGRATION, ours, source=f"pmo-{new_id()}", grants=GRANTS)
    yield Desk(
        migrated,
        ours,
        theirs,
        whole,
        open_for(caller("ann", Role.CONTRIBUTOR, ours)),
        open_for(pmo),
        open_for(caller("vic", Role.VIEWER, ours)),
    )


@pytest.fixture
def s() -> str:
    """A scheme of one test's own."""
    return f"s{new_id()}"


async def send(client: Client, rows: Rows, /, key: str | None = None, **asked: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return await client.post("/v1/batches", json={"rows": rows}, params=asked, headers=headers)


async def done(client: Client, rows: Rows, /, **asked: Any) -> dict[str, Any]:
    answer = await send(client, rows, **asked)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def outcomes(told: dict[str, Any]) -> list[str]:
    return [row["outcome"] for row in told["rows"]]


def faults(told: dict[str, Any]) -> list[list[tuple[str, str]]]:
    return [[(each["pointer"], each["code"]) for each in row["errors"]] for row in told["rows"]]


async def test_rows_that_name_each_other_are_created_then_unchanged_then_changed(desk: Desk, s: str) -> None:
    rows = [
        a_change(f"{s}|p", f"{s}|r"),
        a("Project", f"{s}|p", organisation=desk.ours),
        a("Process", f"{s}|r", organisation=desk.ours),
    ]
    first = await done(desk.integration, rows)
    assert outcomes(first) == ["created"] * 3
    assert first["counts"] == {"created": 3, "changed": 0, "unchanged": 0, "rejected": 0}
    assert [row["row"] for row in first["rows"]] == [1, 2, 3]
    link, project, _ = first["rows"]
    shown = (await desk.integration.get(f"/v1/links/changes/{link['id']}")).json()
    assert (shown["from"]["id"], shown["standing"]) == (project["id"], "proposed")
    assert shown["source"] == first["source"]
    number = await desk.number()
    assert outcomes(await done(desk.integration, rows)) == ["unchanged"] * 3
    assert await desk.number() == number
    rows[1]["facts"]["state"] = "approved"
    third = await done(desk.integration, rows)
    assert outcomes(third) == ["unchanged", "changed", "unchanged"]
    assert (third["rows"][1]["id"], third["rows"][1]["revision"]) == (project["id"], 2)


async def test_rows_come_as_lines_and_go_as_lines(desk: Desk, s: str) -> None:
    flat = {"kind": "Project", "title": "Flat", "identifiers": [{"scheme": s, "value": "1"}]}
    change = a("LegalChange", f"{s}|2", kind="bill", stage="first_house")
    lines = [json.dumps(flat).encode(), b"", b"{not json", json.dumps(change).encode()]
    answer = await desk.whole.post(
        "/v1/batches",
        content=b"\n".join(lines),
        headers={"Content-Type": "application/x-ndjson", "Accept": "application/jsonl"},
    )
    assert answer.headers["Content-Type"] == "application/jsonl"
    summary, *rows = [json.loads(line) for line in answer.text.splitlines()]
    assert summary["counts"] == {"created": 2, "changed": 0, "unchanged": 0, "rejected": 1}
    assert [(row["row"], row["outcome"]) for row in rows] == [(1, "created"), (3, "rejected"), (4, "created")]
    assert rows[1]["errors"][0]["code"] == "json_malformed"


async def test_every_fault_of_every_row_has_its_place_and_code(desk: Desk, s: str) -> None:
    told = await done(
        desk.whole,
        [
            a("Project", f"{s}|1", state="dreaming", colour="blue", organisation=f"{s}|nobody"),
            {"kind": "Nothing", "facts": {}},
            {"kind": "Project", "facts": {"title": "No key"}},
            {"link": "JOINS", "from": "x", "to": "y"},
            a_change(f"{s}|nobody", f"{s}|1"),
            a("Project", f"{s}|6", organisation=f"{s}|1"),
            {"kind": "Project", "id": new_id(), "facts": {"title": "Nobody's id"}},
            a("Project", f"{s}|8") | {"colour": "blue"},
            a("Project", f"{s}|9") | {"revision": "one"},
            7,  # type: ignore[list-item]
        ],
    )
    assert faults(told) == [
        [
            ("/facts/organisation", "reference_unknown"),
            ("/facts/state", "not_in_list"),
            ("/facts/colour", "unknown_field"),
        ],
        [("/kind", "unknown_kind")],
        [("/facts/identifiers", "key_missing")],
        [("/link", "unknown_link_kind")],
        [("/from", "record_unknown"), ("/to", "reference_rejected")],
        [("/facts/organisation", "reference_unknown")],
        [("/id", "record_unknown")],
        [("", "unknown_field")],
        [("/revision", "wrong_type")],
        [("", "json_not_object")],
    ]


async def test_two_rows_with_one_key_are_both_named(desk: Desk, s: str) -> None:
    made = await done(desk.whole, [a("Project", f"{s}|1"), a("Process", f"{s}|r")])
    by_id = {"kind": "Project", "id": made["rows"][0]["id"], "facts": {"title": "Again"}}
    link = a_change(f"{s}|1", f"{s}|r")
    told = await done(desk.whole, [a("Project", f"{s}|1"), by_id, link, link])
    assert outcomes(told) == ["unchanged", "rejected", "created", "rejected"]
    for first, second in ((0, 1), (2, 3)):
        assert faults(told)[second] == [("", "duplicate_in_file")]
        assert f"Row {first + 1} " in told["rows"][second]["errors"][0]["detail"]
        assert [each["code"] for each in told["rows"][first]["warnings"]] == ["stated_twice"]
        assert f"Row {second + 1} " in told["rows"][first]["warnings"][0]["detail"]


async def test_a_row_holds_for_the_revision_its_sender_read(desk: Desk, s: str) -> None:
    made = await done(
        desk.whole, [a("Project", f"{s}|1"), a("Process", f"{s}|r"), a_change(f"{s}|1", f"{s}|r")]
    )
    id = made["rows"][0]["id"]
    tag = (await desk.whole.get(f"/v1/projects/{id}")).headers["ETag"]
    renamed = a("Project", f"{s}|1", title="B") | {"if_match": tag}
    assert outcomes(await done(desk.whole, [renamed])) == ["changed"]
    assert outcomes(await done(desk.whole, [renamed])) == ["unchanged"]
    stale = [
        a("Project", f"{s}|1", title="C") | {"if_match": tag},
        a("Project", f"{s}|1", title="C") | {"if_match": '"0123456789ab-r2"'},
        a("Project", f"{s}|new") | {"revision": 1},
        a_change(f"{s}|1", f"{s}|r", revision=7, facts={"depth": "rules"}),
    ]
    for row, found in zip(
        stale, ("stale_revision", "stale_revision", "record_unknown", "stale_revision"), strict=True
    ):
        told = await done(desk.whole, [row])
        assert faults(told) == [[("/revision", found)]]
        assert told["rows"][0]["revision"] == {"record_unknown": None}.get(found, 1 if "link" in row else 2)
    assert outcomes(await done(desk.whole, [stale[0] | {"if_match": "*"}])) == ["changed"]


async def test_a_rehearsal_decides_as_the_real_run_and_keeps_nothing(desk: Desk, s: str) -> None:
    await done(desk.whole, [a("Project", f"{s}|old")])
    rows = [
        a("Project", f"{s}|old", title="Changed"),
        a("Project", f"{s}|new"),
        a("Process", f"{s}|r"),
        a_change(f"{s}|new", f"{s}|r"),
        a_change(f"{s}|old", f"{s}|r"),
        a("Project", f"{s}|bad", state="dreaming"),
    ]
    number = await desk.number()
    tried = await done(desk.whole, rows, dry_run="true")
    assert await desk.number() == number
    assert (await desk.whole.get(f"/v1/records?identifier={s}|new")).status_code == 404
    real = await done(desk.whole, rows)
    assert (outcomes(tried), faults(tried)) == (outcomes(real), faults(real))
    assert tried["dry_run"] and tried["rows"][1]["id"] is None


async def test_all_or_nothing_writes_nothing_where_a_row_is_rejected(desk: Desk, s: str) -> None:
    rows = [a("Project", f"{s}|1"), a("Project", f"{s}|2", state="dreaming")]
    number = await desk.number()
    answer = await send(desk.whole, rows, mode="all-or-nothing")
    assert answer.status_code == 422
    found = [(each["pointer"], each["code"]) for each in answer.json()["errors"]]
    assert (answer.json()["title"], found) == ("Batch refused", [("/rows/1/facts/state", "not_in_list")])
    assert await desk.number() == number
    assert (await done(desk.whole, rows, mode="all-or-nothing", dry_run="true"))["refused"]
    told = await done(desk.whole, rows[:1], mode="all-or-nothing")
    assert outcomes(told) == ["created"]


async def test_a_circle_is_taken_and_said(desk: Desk, s: str) -> None:
    rows = [a("Project", f"{s}|{each}") for each in "ab"]
    rows += [{"link": "ENABLES", "from": f"{s}|{x}", "to": f"{s}|{y}"} for x, y in ("ab", "ba")]
    told = await done(desk.whole, rows)
    assert outcomes(told) == ["created"] * 4
    assert [each["code"] for row in told["rows"][2:] for each in row["warnings"]] == ["cycle", "cycle"]


async def test_a_link_that_breaks_a_rule_is_rejected_and_the_others_are_taken(desk: Desk, s: str) -> None:
    rows = [a("Project", f"{s}|1"), a("Project", f"{s}|2"), a("Cost", f"{s}|c", amount="1.00")]
    first, second = ({"link": "INCURS", "from": f"{s}|{at}", "to": f"{s}|c"} for at in (1, 2))
    assert outcomes(await done(desk.whole, [*rows, first])) == ["created"] * 4
    another = {"link": "ENABLES", "from": f"{s}|1", "to": f"{s}|2"}
    for asked in ({"dry_run": "true"}, {"mode": "all-or-nothing", "dry_run": "true"}, {}):
        told = await done(desk.whole, [second, another], **asked)
        assert outcomes(told) == ["rejected", "created"]
        assert [pointer for pointer, _ in faults(told)[0]] == ["/facts"]
    assert (await send(desk.whole, [second], mode="all-or-nothing")).status_code == 422


async def test_who_may_not_is_told_row_by_row(desk: Desk, s: str) -> None:
    mine, theirs = (
        a("Project", f"{s}|1", organisation=desk.ours),
        a("Project", f"{s}|2", organisation=desk.theirs),
    )
    asset = a("Asset", f"{s}|3", organisation=desk.ours)
    by_person = await done(desk.person, [mine, theirs, asset])
    assert (outcomes(by_person), by_person["source"]) == (["created", "rejected", "created"], "person")
    assert faults(by_person)[1] == [("", "another_organisation")]
    by_integration = await done(
        desk.integration,
        [
            mine,
            a("Project", f"{s}|4", organisation=desk.theirs),
            a("Asset", f"{s}|5", organisation=desk.ours),
            a("Project", f"{s}|6", organisation=desk.ours),
            a_change(f"{s}|6", f"{s}|1", accepted_by="somebody", accepted_on="2026-01-01"),
            {"link": "ENABLES", "from": f"{s}|6", "to": f"{s}|1"},
        ],
    )
    assert [each[:1] for each in faults(by_integration)] == [
        [("", "owned_by_another_source")],
        [("", "another_source")],
        [("", "kind_not_granted")],
        [],
        [("", "not_in_matrix")],
        [("", "link_not_granted")],
    ]
    refused = await send(desk.viewer, [mine])
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "role_missing")


async def test_only_a_source_that_may_states_what_is_accepted_and_only_between_its_own(
    desk: Desk, s: str
) -> None:
    rows = [a("Project", f"{s}|p", organisation=desk.ours), a("Process", f"{s}|r", organisation=desk.ours)]
    source = (await done(desk.integration, rows))["source"]
    other = a("Process", f"{s}|other", organisation=desk.ours)
    await done(desk.person, [other])
    said = {"standing": "accepted", "accepted_by": "the board", "accepted_on": "2026-01-01"}
    link, foreign = a_change(f"{s}|p", f"{s}|r", **said), a_change(f"{s}|p", f"{s}|other", **said)
    assert faults(await done(desk.integration, [link])) == [[("/accepted_by", "acceptance_not_yours")]]
    address, whatever = f"/v1/sources/{source}", {"If-Match": "*"}
    for may in (True, False):
        said_so = await desk.whole.patch(address, json={"states_acceptance": may}, headers=whatever)
        assert said_so.json()["states_acceptance"] is may
        if may:
            told = await done(desk.integration, [link, foreign])
    assert faults(told) == [[], [("/accepted_by", "acceptance_not_yours")]]
    shown = (await desk.integration.get(f"/v1/links/changes/{told['rows'][0]['id']}")).json()
    assert (shown["standing"], shown["accepted_by"]) == ("accepted", "the board")


async def test_what_the_caller_may_not_see_is_not_there(desk: Desk, s: str) -> None:
    hidden = a("Process", f"{s}|h", organisation=desk.theirs, sensitivity="restricted")
    id = (await done(desk.whole, [hidden]))["rows"][0]["id"]
    rows = [
        a("Project", f"{s}|p", organisation=desk.ours),
        a_change(f"{s}|p", f"{s}|h"),
        a_change(f"{s}|p", id),
    ]
    rows.append({"kind": "Process", "id": id, "facts": {"title": "Mine"}})
    absent = json.loads(json.dumps(rows).replace(f"{s}|h", f"{s}|x").replace(id, new_id()))
    told, never = await done(desk.person, rows), await done(desk.person, absent)
    assert faults(told)[1:] == faults(never)[1:]
    taken = await done(desk.person, [a("Process", f"{s}|h", organisation=desk.ours)])
    assert faults(taken) == [[("/facts/identifiers/0", "identifier_taken")]]


async def test_the_receipt_of_a_batch_keeps_no_key_of_a_person(desk: Desk, s: str) -> None:
    rows = [a("Person", f"{s}|staff number"), a("Project", f"{s}|project")]
    told = (await send(desk.whole, rows, new_id())).json()["rows"]
    assert [row["key"] for row in told] == [None, f"{s}|project"]


async def test_a_batch_sent_again_under_its_key_has_the_same_answer(desk: Desk, s: str) -> None:
    rows, key = [a("Project", f"{s}|{at}") for at in range(3)], new_id()
    rows.append(a("Project", f"{s}|bad", state="dreaming"))
    first, again = await send(desk.whole, rows, key), await send(desk.whole, rows, key)
    assert again.json() == first.json() and again.headers["Idempotency-Replayed"] == "true"
    assert (await send(desk.whole, rows[:2], key)).status_code == 422
    assert (await send(desk.whole, rows, key, mode="all-or-nothing")).json()["errors"][0][
        "code"
    ] == "key_reused"


async def test_a_batch_whose_answer_never_came_about_is_answered_as_if_done_at_once(
    desk: Desk, s: str
) -> None:
    rows, key = [a("Project", f"{s}|{at}") for at in range(3)], new_id()
    first = await send(desk.whole, rows, key)
    # The service ended after the rows were committed and before the answer was.
    await desk.graph.schema("MATCH (r:Receipt {named: true}) WITH r ORDER BY r.at DESC LIMIT 1 DELETE r")
    number = await desk.number()
    again = await send(desk.whole, rows, key)
    assert again.json() == first.json() and outcomes(again.json()) == ["created"] * 3
    assert await desk.number() == number


async def test_what_a_source_no_longer_states_ends_and_nothing_of_others(desk: Desk, s: str) -> None:
    kept, gone, r = (
        a(kind, f"{s}|{kind}{at}", organisation=desk.ours)
        for at, kind in enumerate(("Project", "Project", "Process"))
    )
    links = [a_change(f"{s}|Project{at}", f"{s}|Process2") for at in (0, 1)]
    first = await done(desk.integration, [kept, gone, r, *links], absent="retire")
    other = (await done(desk.person, [a("Project", f"{s}|other", organisation=desk.ours)]))["rows"][0]["id"]
    rows, key = [kept, links[0]], new_id()
    tried = await done(desk.integration, rows, absent="retire", dry_run="true")
    real = (await send(desk.integration, rows, key, absent="retire")).json()
    wanted = {
        ("Project", first["rows"][1]["id"], "retired"),
        ("CHANGES", first["rows"][4]["id"], "withdrawn"),
    }
    for told in (tried, real):
        assert outcomes(told) == ["unchanged", "unchanged"]
        assert {tuple(each.values()) for each in told["ended"]} == wanted
    assert (await desk.whole.get(f"/v1/projects/{first['rows'][1]['id']}")).json()["status"] == "retired"
    assert (await desk.whole.get(f"/v1/projects/{other}")).json()["status"] == "live"
    assert (await done(desk.integration, rows, absent="retire"))["ended"] == []
    by_person = await send(desk.person, rows, absent="retire")
    assert by_person.json()["errors"][0]["code"] == "absent_needs_a_source"
    unread = await send(desk.integration, [*rows, {"kind": "Nothing"}], absent="retire")
    assert [each["code"] for each in unread.json()["errors"]] == ["absent_unknown", "unknown_kind"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{}", "missing"),
        (b'{"rows": 7}', "wrong_type"),
        (b'{"rows": [], "row": []}', "unknown_field"),
        (b'{"rows": [{"a": NaN}]}', "not_a_number"),
        (b'{"rows": [' + b"1," * MOST_ROWS + b"1]}", "too_large"),
    ],
)
async def test_a_body_that_is_no_batch_is_refused_whole(desk: Desk, body: bytes, code: str) -> None:
    answer = await desk.whole.post("/v1/batches", content=body, headers={"Content-Type": "application/json"})
    assert [each["code"] for each in answer.json()["errors"]] == [code]


async def test_a_line_without_end_is_refused(desk: Desk) -> None:
    answer = await desk.whole.post(
        "/v1/batches", content=b" " * 1_100_000, headers={"Content-Type": "application/jsonl"}
    )
    assert answer.status_code == 413 and "1,000,000 bytes" in answer.json()["detail"]


async def test_five_thousand_records_with_their_links_go_in_one_call(desk: Desk, s: str) -> None:
    rows = [a("Process", f"{s}|r", organisation=desk.ours)]
    rows += [a("Project", f"{s}|{at}", organisation=desk.ours) for at in range(5_000)]
    rows += [a_change(f"{s}|{at}", f"{s}|r") for at in range(5_000)]
    answer = await desk.integration.post(
        "/v1/batches",
        content="\n".join(json.dumps(row) for row in rows),
        headers={"Content-Type": "application/jsonl", "Accept": "application/jsonl"},
        timeout=300,
    )
    summary, *told = answer.text.splitlines()
    assert json.loads(summary)["counts"]["created"] == len(rows)
    assert Counter(json.loads(line)["outcome"] for line in told) == {"created": len(rows)}
