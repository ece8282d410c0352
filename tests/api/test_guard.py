"""Who may speak to the service, and what every answer carries."""

import pytest

from app.graph import Graph
from app.who import EVERYTHING
from tests.api.conftest import Client, serving

BODY = {"title": "T"}


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8000", "127.0.0.1:9", "127.8.8.8", "[::1]:8000", "LOCALHOST", "localhost."],
)
async def test_a_loopback_host_is_served(client: Client, host: str) -> None:
    assert (await client.get("/v1/schema", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "10.0.0.1",
        "",
        "a b",
    ],
)
async def test_another_host_is_misdirected(client: Client, host: str) -> None:
    answer = await client.get("/v1/schema", headers={"Host": host})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (421, "misdirected")
    assert answer.json()["type"] == "/problems/misdirected"
    assert "evil" not in answer.text


async def test_two_hosts_are_misdirected(client: Client) -> None:
    twice = await client.get("/v1/schema", headers=[("Host", "localhost"), ("Host", "localhost")])
    assert twice.status_code == 421


async def test_a_configured_host_is_served(graph: Graph) -> None:
    async with serving(graph, lambda: EVERYTHING, allowed_hosts="thread.example.gov.uk") as client:
        answer = await client.get("/v1/projects", headers={"Host": "Thread.example.gov.uk:443"})
        assert answer.status_code == 200
        assert (await client.get("/v1/projects", headers={"Host": "other.example"})).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:9999"},
        {"Origin": "null"},
        {"Origin": "http://localhost:8000.evil.example"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:8000"},
    ],
)
async def test_a_change_from_a_page_of_another_site_is_refused(
    client: Client, headers: dict[str, str]
) -> None:
    answer = await client.post("/v1/projects", json=BODY, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "foreign_origin")
    assert (await client.get("/v1/projects")).json()["items"] == []


async def test_a_page_of_our_own_and_a_program_may_change(client: Client) -> None:
    ours = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost:8000"}
    for headers in (ours, {"Sec-Fetch-Site": "none"}, {}):
        assert (await client.post("/v1/projects", json=BODY, headers=headers)).status_code == 201


async def test_a_form_of_another_site_cannot_retire(client: Client) -> None:
    place = f"/v1/projects/{(await client.new('projects'))['id']}"
    for stated in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=b"):
        form = await client.post(place + "/retire", content=b"a=b", headers={"Content-Type": stated})
        assert form.status_code == 415
    assert (await client.get(place)).json()["status"] == "live"


async def test_every_answer_carries_the_same_guards(client: Client) -> None:
    place = f"/v1/projects/{(await client.new('projects'))['id']}"
    tag = (await client.get(place)).headers["ETag"]
    answers = [
        await client.get(place),
        await client.get(place, headers={"If-None-Match": tag}),
        await client.get("/nope"),
        await client.get("/v1/projects", headers={"Host": "evil.example"}),
        await client.get("/v1/projects?x=1"),
        await client.put("/v1/projects"),
        await client.head(place),
        await client.post("/v1/projects", json={}),
        await client.get("/problems/invalid"),
        await client.get("/openapi.json"),
    ]
    for answer in answers:
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Vary"] == "Accept, Authorization, Cookie"
        assert answer.headers["API-Version"].count(".") == 2
        assert len(answer.headers.get_list("Request-Id")) == 1
        kept = "no-store" if answer.status_code >= 400 else "private, no-cache"
        assert answer.headers["Cache-Control"] == kept
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert [name for name in answer.headers if name.startswith("x-")] == ["x-content-type-options"]


async def test_a_sane_request_id_is_taken_and_another_is_not_shown(client: Client) -> None:
    taken = await client.get("/nope", headers={"Request-Id": "board-2026.11_25"})
    assert taken.headers["Request-Id"] == taken.json()["request_id"] == "board-2026.11_25"
    for insane in ("<script>alert(1)</script>", "short", "x" * 65, "a b c d e f g h"):
        made = await client.get("/nope", headers={"Request-Id": insane})
        assert insane not in made.text
        assert made.headers["Request-Id"] == made.json()["request_id"] != insane


async def test_one_request_id_on_two_requests_is_two_changes(client: Client) -> None:
    for _ in range(2):
        made = await client.post("/v1/projects", json=BODY, headers={"Request-Id": "the-same-id"})
        assert made.status_code == 201
    assert len((await client.get("/v1/projects")).json()["items"]) == 2


async def test_head_answers_as_get_without_a_body(client: Client) -> None:
    place = f"/v1/projects/{(await client.new('projects'))['id']}"
    got, headed = await client.get(place), await client.head(place)
    assert (headed.status_code, headed.content) == (200, b"")
    assert headed.headers["ETag"] == got.headers["ETag"]


async def test_a_method_nobody_takes_is_told_those_that_are(client: Client) -> None:
    answer = await client.put(f"/v1/projects/{(await client.new('projects'))['id']}")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, PATCH")


async def test_an_answer_comes_in_a_form_the_client_takes(client: Client) -> None:
    for accept in ("*/*", "application/*", "text/html, application/json;q=0.1", "application/json; q=1.0"):
        assert (await client.get("/v1/projects", headers={"Accept": accept})).status_code == 200
    for accept in ("text/html", "application/json;q=0", "image/*", "nonsense"):
        assert (await client.get("/v1/projects", headers={"Accept": accept})).status_code == 406
