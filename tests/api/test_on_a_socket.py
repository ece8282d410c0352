"""The service behind a real server and a real socket: what only shows on the wire."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import structlog
import uvicorn

from app.api import wire
from app.graph import Graph
from app.local_neo4j import Address
from app.main import create_app
from app.settings import Settings

Answered = tuple[int, dict[str, str], bytes]


@pytest.fixture
async def port(graph: Graph, neo4j_address: Address) -> AsyncIterator[int]:
    """Port of a service that opened its graph itself."""
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(Settings(), neo4j_address),
            port=0,
            log_config=None,
            access_log=False,
            server_header=False,
            http=wire.Http,
            ws="none",
        )
    )
    serving = asyncio.ensure_future(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server tells nobody when it is
        await asyncio.sleep(0.02)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def _sent(port: int, *parts: bytes) -> Answered:
    """Send these bytes as they are and give status, headers and body of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await writer.drain()
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    writer.close()
    return int(head[0].split()[1]), headers, body


def _head(method: str, path: str, *headers: str, host: str = "localhost") -> bytes:
    return "\r\n".join((f"{method} {path} HTTP/1.1", f"Host: {host}", *headers, "", "")).encode("latin-1")


async def test_the_service_opens_its_own_graph_and_is_ready(port: int) -> None:
    status, headers, body = await _sent(port, _head("GET", "/health/ready"))
    assert (status, json.loads(body)) == (200, {"status": "ok"})
    assert "server" not in headers


async def test_a_forged_host_gets_421_on_the_wire(port: int) -> None:
    for host in ("evil.example", "evil.example:8000", "169.254.169.254"):
        status, headers, body = await _sent(port, _head("GET", "/v1/projects", host=host))
        assert (status, json.loads(body)["status"]) == (421, 421)
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


async def test_a_body_in_chunks_is_read_and_limited(port: int) -> None:
    head = _head("POST", "/v1/projects", "Content-Type: application/json", "Transfer-Encoding: chunked")
    small = b'{"title": "In chunks"}'
    status, _, body = await _sent(port, head, b"%x\r\n%s\r\n" % (len(small), small), b"0\r\n\r\n")
    assert (status, json.loads(body)["facts"]["title"]) == (201, "In chunks")
    chunk = b"%x\r\n%s\r\n" % (100_000, b"x" * 100_000)
    status, _, body = await _sent(port, head, *[chunk] * 12)
    assert (status, json.loads(body)["errors"][0]["code"]) == (413, "too_large")
    long = _head("POST", "/v1/projects", "Content-Type: application/json", "Content-Length: 10000000")
    status, headers, body = await _sent(port, long)
    assert (status, headers["content-type"]) == (413, "application/problem+json")


async def test_a_form_post_of_another_page_is_refused(port: int) -> None:
    form = b"title=stolen"
    plain = ("Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(form)}")
    status, _, _ = await _sent(
        port, _head("POST", "/v1/projects", *plain, "Origin: http://evil.example"), form
    )
    assert status == 403
    status, _, _ = await _sent(port, _head("POST", "/v1/projects", *plain), form)
    assert status == 415
    assert json.loads((await _sent(port, _head("GET", "/v1/projects")))[2])["items"] == []


_RUNNING = "SHOW TRANSACTIONS YIELD currentQuery WHERE currentQuery CONTAINS $word RETURN currentQuery"


async def test_a_read_ends_when_its_client_leaves(port: int, graph: Graph) -> None:
    await graph.schema(
        "UNWIND range(1, 20000) AS i CREATE (:Record:Element {id: 'e' + i, title: 'T', status: 'live'})"
    )
    slow = _head("GET", "/v1/elements?count=exact&lacks=relates&lacks=in:relates&lacks=owns&sort=-title")
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(slow)
    await writer.drain()
    writer.close()
    for _ in range(100):
        await asyncio.sleep(0.1)
        if not await graph.rows(_RUNNING, word="-[r:`OWNS`]-"):
            break
    else:
        pytest.fail("the query still runs")
    assert (await _sent(port, _head("GET", "/health/live")))[0] == 200


async def test_a_request_sent_half_and_dropped_leaves_the_service_whole(port: int) -> None:
    for part in (
        b"GET /v1/proj",
        _head("POST", "/v1/projects", "Content-Type: application/json", "Content-Length: 500"),
        _head("POST", "/v1/projects", "Content-Type: application/json", "Content-Length: 500")
        + b'{"title": ',
    ):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(part)
        await writer.drain()
        writer.close()
    await asyncio.sleep(0.2)
    status, _, body = await _sent(port, _head("GET", "/v1/projects?count=exact"))
    assert (status, json.loads(body)["total"]) == (200, 0)


@pytest.mark.slow
async def test_a_head_or_a_body_that_never_comes_is_not_waited_for(port: int) -> None:
    head = _head("POST", "/v1/projects", "Content-Type: application/json", "Content-Length: 500")

    async def waited(sent: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        answered = await asyncio.wait_for(reader.read(), 60)
        writer.close()
        return answered

    nothing, half_a_head, half_a_body = await asyncio.gather(
        waited(b""), waited(b"GET /v1/proj"), waited(head + b'{"title": ')
    )
    assert (nothing, half_a_head) == (b"", b"")
    assert half_a_body.startswith(b"HTTP/1.1 408 ")
    assert b"/problems/unfinished" in half_a_body


async def test_what_is_not_http_gets_a_problem_and_the_headers_of_every_answer(port: int) -> None:
    for sent in (
        b"zq9canary\r\n\r\n",
        _head("zq9canary", "/v1/projects"),
        _head("POST", "/v1/projects", "Content-Length: 5", "Content-Length: 6"),
        _head("POST", "/v1/projects", "Content-Length: 5", "Transfer-Encoding: chunked"),
    ):
        status, headers, body = await _sent(port, sent)
        assert (status, headers["content-type"]) == (400, "application/problem+json")
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        problem = json.loads(body)
        assert (problem["errors"][0]["code"], problem["request_id"]) == (
            "malformed_request",
            headers["request-id"],
        )
        assert b"zq9canary" not in body


async def test_an_address_with_a_host_of_its_own_is_held_to_it(port: int) -> None:
    for address in ("http://evil.example/v1/projects", "http://evil.example:8000/v1/schema"):
        assert (await _sent(port, _head("GET", address)))[0] == 421
    assert (await _sent(port, _head("GET", "http://localhost/v1/projects")))[0] == 200
    assert (await _sent(port, _head("GET", "http://localhost/v1/projects", host="evil.example")))[0] == 200


async def test_a_web_socket_is_not_opened(port: int) -> None:
    asked = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: x")
    assert (await _sent(port, _head("GET", "/v1/projects", *asked)))[0] == 200
    status, headers, _ = await _sent(port, _head("GET", "/v1/projects", *asked, host="evil.example"))
    assert (status, headers["cross-origin-resource-policy"]) == (421, "same-origin")


async def test_a_client_that_hangs_up_is_no_fault_of_ours(port: int) -> None:
    with structlog.testing.capture_logs() as logged:
        await _hung_up(port)
        for _ in range(100):
            await asyncio.sleep(0.1)
            if logged:
                break
    assert [(line["event"], line["status"]) for line in logged] == [("request", "left")]


async def _hung_up(port: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        _head("POST", "/v1/projects", "Content-Type: application/json", "Content-Length: 500") + b"{"
    )
    await writer.drain()
    writer.close()


async def test_a_path_of_odd_bytes_is_not_found(port: int) -> None:
    for path in ("/v1/projects/%FF%FE", "/v1/projects/%ED%A0%80", "/%00", "/v1/projects/..%2f..%2fetc"):
        status, _, body = await _sent(port, _head("GET", path))
        assert (status, json.loads(body)["status"]) == (404, 404)
