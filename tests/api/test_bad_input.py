"""Whatever is wrong with an input is said with a status, a code and a place, and changes nothing.

No answer and no log line holds what the caller sent, Cypher or an exception's text.
"""

import base64
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from tests.api.conftest import Client

SENT = "zq9canary"
"""A word that stands in every bad input and must not come back."""
NAME = "<zq9canary>"
"""The same as the name of a field, which is shown only where it is a plain word."""
JSON = {"Content-Type": "application/json"}

ON_PROJECTS: dict[str, tuple[Any, int, set[tuple[str, str]]]] = {
    "an unknown field": ({"title": "T", NAME: 1}, 422, {("", "unknown_field")}),
    "a field of another kind": ({"title": "T", "force": SENT}, 422, {("/force", "unknown_field")}),
    "a missing field": ({"summary": SENT}, 422, {("/title", "missing")}),
    "a number for text": ({"title": 7}, 422, {("/title", "wrong_type")}),
    "an object for text": ({"title": {NAME: 1}}, 422, {("/title", "wrong_type")}),
    "text for a list": ({"title": "T", "tags": SENT}, 422, {("/tags", "wrong_type")}),
    "a code of no list": ({"title": "T", "state": SENT}, 422, {("/state", "not_in_list")}),
    "a day that is none": ({"title": "T", "start": "2026-02-30"}, 422, {("/start", "wrong_type")}),
    "a day in words": ({"title": "T", "start": SENT}, 422, {("/start", "day_format")}),
    "a day before all days": ({"title": "T", "start": "0999-01-01"}, 422, {("/start", "range")}),
    "days in the wrong order": (
        {"title": SENT, "start": "2026-02-01", "end": "2026-01-01"},
        422,
        {("", "date_order")},
    ),
    "one day too few": (
        {"title": SENT, "valid_from": "2026-02-01", "valid_to": "2026-02-01"},
        422,
        {("", "date_order")},
    ),
    "a tag without scheme": ({"title": "T", "tags": [SENT]}, 422, {("/tags/0", "format")}),
    "an identifier twice": (
        {"title": "T", "identifiers": [{"scheme": "local", "value": SENT}] * 2},
        422,
        {("", "identifier_twice")},
    ),
    "an identifier too long": (
        {"title": "T", "identifiers": [{"scheme": "local", "value": SENT * 1200}]},
        422,
        {("/identifiers/0/value", "too_long")},
    ),
    "a NUL": ({"title": SENT + "\x00"}, 422, {("/title", "text_control_character")}),
    "text that turns round": (
        {"title": SENT + "\u202e"},
        422,
        {("/title", "text_deceptive_character")},
    ),
    "an empty title": ({"title": "   "}, 422, {("/title", "text_empty")}),
    "a title of 10,000 characters": ({"title": SENT * 1200}, 422, {("/title", "too_long")}),
    "a name of 10,000 characters": ({"title": "T", NAME * 1200: 1}, 422, {("", "unknown_field")}),
    "an organisation that is none": (
        {"title": "T", "organisation": "01a2110b-0000-7000-8000-00000000000a"},
        422,
        {("/organisation", "reference_unknown")},
    ),
    "an id that is none": ({"title": "T", "organisation": SENT}, 422, {("/organisation", "format")}),
    "a title that grows when composed": ({"title": "\U0001d160" * 1000}, 422, {("/title", "too_long")}),
    "a title of two lines": ({"title": SENT + "\u2028" + SENT}, 422, {("/title", "text_one_line")}),
    "text with a letter nobody sees": (
        {"title": SENT + "\u00ad"},
        422,
        {("/title", "text_deceptive_character")},
    ),
    "several faults at once": (
        {"title": "", "state": SENT, "start": SENT, "label": SENT},
        422,
        {
            ("/title", "text_empty"),
            ("/state", "not_in_list"),
            ("/start", "day_format"),
            ("/label", "not_in_list"),
        },
    ),
    "a list for an object": ([SENT], 422, {("", "wrong_type")}),
    "text for an object": (SENT, 422, {("", "wrong_type")}),
}
ON_COSTS: dict[str, tuple[Any, set[tuple[str, str]]]] = {
    "a number for money": ({"title": "T", "amount": 12.5}, {("/amount", "money_number")}),
    "money in words": ({"title": "T", "amount": SENT}, {("/amount", "money_format")}),
    "money of three places": ({"title": "T", "amount": "1.234"}, {("/amount", "money_format")}),
    "a currency that is none": (
        {"title": "T", "amount": "1.00", "currency": SENT},
        {("/currency", "not_in_list")},
    ),
    "a year out of range": ({"title": "T", "amount": "1.00", "year": 1}, {("/year", "range")}),
    "a year as text": ({"title": "T", "amount": "1.00", "year": "2026"}, {("/year", "wrong_type")}),
}
AS_TEXT: dict[str, tuple[bytes, int, set[tuple[str, str]]]] = {
    "half a text": (b'{"title": "' + SENT.encode(), 400, {("", "malformed")}),
    "nothing": (b"", 400, {("", "malformed")}),
    "NaN": (b'{"title": "T", "year": NaN}', 400, {("", "not_a_number")}),
    "minus infinity": (b'{"title": "T", "year": -Infinity}', 400, {("", "not_a_number")}),
    "a number too large": (b'{"title": "T", "year": 1e999}', 400, {("", "number_too_large")}),
    "a number of 10,000 digits": (b'{"title": ' + b"9" * 10_000 + b"}", 400, {("", "malformed")}),
    "a name twice": (b'{"title": "a", "title": "zq9canary"}', 400, {("", "duplicate_key")}),
    "a name twice below": (
        b'{"title": "a", "not_applicable": {"reason": "a", "reason": "b"}}',
        400,
        {("", "duplicate_key")},
    ),
    "a lone surrogate": (b'{"title": "\\ud800"}', 422, {("/title", "text_not_unicode")}),
    "a lone surrogate in a name": (b'{"title": "T", "\\udfff": 1}', 422, {("", "text_not_unicode")}),
    "text in another encoding": ('{"title": "Gr\u00fc\u00dfe"}'.encode("latin-1"), 400, {("", "not_utf8")}),
    "UTF-16": ('{"title": "T"}'.encode("utf-16"), 400, {("", "not_utf8")}),
    "a byte order mark": (b'\xef\xbb\xbf{"title": "T"}', 400, {("", "malformed")}),
    "two texts": (b'{"title": "T"}{}', 400, {("", "malformed")}),
    "a deep nest": (b'{"title": ' + b"[" * 50 + b"]" * 50 + b"}", 400, {("", "too_deep")}),
    "a very deep nest": (b"[" * 200_000 + b"]" * 200_000, 400, {("", "too_deep")}),
    "10 MB": (b'{"title": "' + b"x" * 10_000_000 + b'"}', 413, {("", "too_large")}),
}


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[list[Any]]:
    """Everything that is logged at the default level."""
    caplog.set_level(logging.INFO)
    with structlog.testing.capture_logs() as lines:
        yield lines
        lines.extend(record.getMessage() for record in caplog.records if record.name != "httpx")


async def _refused(client: Client, answer: Any, status: int, faults: set[tuple[str, str]]) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert {(each["pointer"], each["code"]) for each in problem["errors"]} == faults
    assert problem["request_id"] == answer.headers["Request-Id"]
    _says_nothing(answer.text)
    assert (await client.get("/health")).json()["ledger"]["number"] == 0


def _says_nothing(text: str) -> None:
    assert SENT not in text
    for word in ("Traceback", "MATCH", "CREATE (", "pydantic", "neo4j", "Error("):
        assert word not in text


async def test_facts_that_break_a_rule_are_refused(client: Client, logged: list[Any]) -> None:
    for what, (body, status, faults) in ON_PROJECTS.items():
        answer = await client.post("/v1/projects", json=body)
        assert answer.status_code == status, f"{what}: {answer.text}"
        await _refused(client, answer, status, faults)
    for body, faults in ON_COSTS.values():
        await _refused(client, await client.post("/v1/costs", json=body), 422, faults)
    _says_nothing(repr(logged))


async def test_text_that_is_not_json_is_refused(client: Client, logged: list[Any]) -> None:
    for what, (body, status, faults) in AS_TEXT.items():
        answer = await client.post("/v1/projects", content=body, headers=JSON)
        assert answer.status_code == status, f"{what}: {answer.text}"
        await _refused(client, answer, status, faults)
    _says_nothing(repr(logged))


async def test_bodies_of_another_type_are_refused(client: Client) -> None:
    types = (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/csv",
        "application/json; charset=latin-1",
        "application/xml",
        "",
    )
    for stated in types:
        answer = await client.post(
            "/v1/projects", content=b'{"title": "zq9canary"}', headers={"Content-Type": stated}
        )
        await _refused(client, answer, 415, {("", "unsupported_media_type")})
        assert answer.headers["Accept"] == "application/json"
    untyped = await client.post("/v1/projects", content=b'{"title": "zq9canary"}')
    await _refused(client, untyped, 415, {("", "unsupported_media_type")})
    squeezed = await client.post(
        "/v1/projects", content=b"zq9canary", headers=JSON | {"Content-Encoding": "gzip"}
    )
    await _refused(client, squeezed, 415, {("", "unsupported_media_type")})


async def test_unknown_addresses_and_parameters_are_refused(client: Client, logged: list[Any]) -> None:
    absent = (f"/v1/{SENT}", f"/v1/links/{SENT}", f"/{SENT}", f"/v1/questions/{SENT}", "/v1/projects/")
    for path in absent:
        await _refused(client, await client.get(path), 404, {("", "no_such_path")})
    meant = (await client.get("/v1/questions/unalined")).json()["detail"]
    assert meant == "Nothing is served at this address; did you mean /v1/questions/unaligned?"
    for path in (f"/v1/projects/{SENT}", "/v1/projects/%00", f"/v1/records/{SENT}"):
        await _refused(client, await client.get(path), 404, {("", "not_found")})
    await _refused(client, await client.get(f"/problems/{SENT}"), 404, {("", "not_found")})
    for query in (
        f"?{SENT}=1",
        f"?sort={SENT}",
        f"?after={SENT}",
        f"?limit={SENT}",
        "?limit=0",
        "?limit=201",
    ):
        answer = await client.get("/v1/projects" + query)
        assert answer.status_code == 422, query
        _says_nothing(answer.text)
    for path in (
        f"/v1/projects?has={SENT}",
        f"/v1/projects?status={SENT}",
        f"/v1/projects?state={SENT}",
        f"/v1/projects?valid_on={SENT}",
        f"/v1/projects?count={SENT}",
        f"/v1/assets?open_standard={SENT}",
        f"/v1/costs?amount={SENT}",
        f"/v1/costs?year={SENT}",
        f"/v1/links/changes?from={SENT}",
        f"/v1/links/changes?depth={SENT}",
        f"/v1/records?identifier={SENT}",
        "/v1/records",
        "/v1/search",
        "/v1/search?q=%21",
        f"/v1/search?q=a&kind={SENT}",
        f"/v1/changes?after={SENT}",
        "/v1/changes?after=-1",
        f"/v1/schema?{SENT}=1",
        f"/v1/questions/unaligned?{SENT}=1",
        f"/v1/questions/unaligned?verdict={SENT}",
        f"/v1/questions/unaligned?sort={SENT}",
        f"/v1/questions/unaligned?after={SENT}",
        f"/v1/questions/unaligned?valid_on={SENT}",
    ):
        answer = await client.get(path)
        assert answer.status_code == 422, f"{path} {answer.text}"
        _says_nothing(answer.text)
    for query in ("limit=1&limit=2", "status=any&status=live", "after=a&after=b"):
        answer = await client.get(f"/v1/projects?{query}")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "given_twice"), query
    for query in ("year=1_000", "year=\u0661", "year=9" + "9" * 5_000):
        assert (await client.get(f"/v1/costs?{query}")).status_code == 422
    assert (await client.get("/v1/links/changes?share=nan")).status_code == 422
    for path in ("/v1/projects", "/v1/questions/unaligned"):
        for forged in (b"[" * 1_400, b'["id",' + b"9" * 1_400 + b"]", b"{}", b"1", b'["id",NaN]'):
            cursor = base64.urlsafe_b64encode(forged).decode()
            answer = await client.get(f"{path}?after={cursor}")
            assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "bad_cursor"), forged[:9]
    _says_nothing(repr(logged))


async def test_links_that_cannot_be_are_refused(client: Client) -> None:
    project = (await client.new("projects", title="P"))["id"]
    other = (await client.new("projects", title="Q"))["id"]
    process = (await client.new("processes"))["id"]
    gone = (await client.new("processes"))["id"]
    await client.post(f"/v1/processes/{gone}/retire")
    nobody = "01a2110b-0000-7000-8000-00000000000a"
    head = (await client.get("/health")).json()["ledger"]["number"]
    rows: tuple[tuple[str, dict[str, Any], int, set[tuple[str, str]]], ...] = (
        (
            "changes",
            {"from": project, "to": other, "facts": {"depth": "rules"}},
            422,
            {("", "not_in_matrix")},
        ),
        ("changes", {"from": project, "to": process, "facts": {}}, 422, {("/facts/depth", "missing")}),
        ("changes", {"from": project, "to": process}, 422, {("/facts", "missing")}),
        (
            "changes",
            {"from": project, "to": process, "facts": {"depth": "instrument"}},
            422,
            {("/facts", "depth_not_allowed")},
        ),
        (
            "changes",
            {"from": SENT, "to": process, "facts": {"depth": SENT, "share": "2"}},
            422,
            {("/from", "format"), ("/facts/depth", "not_in_list"), ("/facts/share", "range")},
        ),
        (
            "changes",
            {"from": project, "to": nobody, "facts": {"depth": "rules"}},
            422,
            {("/to", "record_unknown")},
        ),
        (
            "changes",
            {"from": project, "to": gone, "facts": {"depth": "rules"}},
            422,
            {("/to", "record_retired")},
        ),
        ("enables", {"from": project, "to": project}, 422, {("/to", "link_to_itself")}),
        (
            "enables",
            {"from": project, "to": other, "standing": "accepted"},
            422,
            {("/standing", "unknown_field")},
        ),
    )
    for path, body, status, faults in rows:
        answer = await client.post(f"/v1/links/{path}", json=body)
        assert answer.status_code == status, answer.text
        assert {(each["pointer"], each["code"]) for each in answer.json()["errors"]} == faults
        _says_nothing(answer.text)
    assert (await client.get("/health")).json()["ledger"]["number"] == head
    first = await client.post("/v1/links/enables", json={"from": project, "to": other})
    cycle = await client.post("/v1/links/enables", json={"from": other, "to": project})
    assert (first.status_code, cycle.status_code) == (201, 422)
    assert cycle.json()["errors"][0]["code"] == "cycle"


async def test_a_patch_with_faults_changes_nothing(client: Client) -> None:
    shown = await client.new("projects", start="2026-01-01")
    place, head = f"/v1/projects/{shown['id']}", {"If-Match": "*"}
    for body, fault in (
        ({"title": None}, ("/title", "missing")),
        ({"end": "2025-01-01"}, ("", "date_order")),
        ({"state": SENT}, ("/state", "not_in_list")),
        ({NAME: 1}, ("", "unknown_field")),
        ({"not_applicable": {"reason": SENT}}, ("/not_applicable/declared_by", "missing")),
    ):
        answer = await client.patch(place, json=body, headers=head)
        assert answer.status_code == 422, answer.text
        assert fault in {(each["pointer"], each["code"]) for each in answer.json()["errors"]}
        _says_nothing(answer.text)
    held = (await client.get(place)).headers["ETag"]
    for tag in (f"garbage {held}", held + held, held.replace("-r1", "-r01"), f"*, {held}", held[1:-1]):
        assert (await client.patch(place, json={"ref": "x"}, headers={"If-Match": tag})).status_code == 412
    for reason in ("\x1b[31m", "\u202e"):
        assert (await client.post(place + "/retire", json={"reason": reason})).status_code == 422
    for tag in ('"nonsense"', 'W/"x-r1"', "r1", '"000000000000-r1"'):
        assert (await client.patch(place, json={"ref": "x"}, headers={"If-Match": tag})).status_code == 412
    merged = head | {"Content-Type": "application/merge-patch+json"}
    same = await client.patch(place, content=json.dumps({"ref": None}), headers=merged)
    assert (same.status_code, same.json()) == (200, shown)
