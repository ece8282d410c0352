"""When the database is away or the service itself fails, the caller is told what to do and nothing else."""

import json

import pytest
import structlog

from app import logs
from app.api import problems
from app.errors import Fault, Invalid
from app.graph import Graph
from app.who import EVERYTHING, Reader
from tests.api.conftest import serving


async def test_without_a_database_the_service_lives_and_says_when_to_come_back() -> None:
    async with (
        Graph.connect("bolt://127.0.0.1:1", "neo4j", "none") as nowhere,
        serving(nowhere, lambda: EVERYTHING) as client,
    ):
        assert (await client.get("/health/live")).status_code == 200
        for path in ("/health/ready", "/health", "/v1/projects", "/v1/changes"):
            answer = await client.get(path)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
            assert answer.json()["errors"][0]["code"] == "unavailable"
            assert "127.0.0.1:1" not in answer.text


async def test_a_fault_of_our_own_is_logged_by_its_class_and_shown_by_its_request(graph: Graph) -> None:
    def failing() -> Reader:
        raise RuntimeError("zq9canary MATCH (n) RETURN n")

    async with serving(graph, failing) as client:
        with structlog.testing.capture_logs() as lines:
            answer = await client.get("/v1/projects?title=zq9canary")
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/problem+json")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.json()["request_id"] == answer.headers["Request-Id"]
    assert "zq9canary" not in answer.text + repr(lines)
    assert {
        "event": "failed",
        "error": "RuntimeError",
        "route": "/v1/projects",
        "log_level": "error",
    } in lines


def test_a_log_line_is_json_and_keeps_an_exception_to_its_class(capsys: pytest.CaptureFixture[str]) -> None:
    kept = structlog.get_config()
    try:
        logs.set_up("INFO")
        try:
            raise ValueError("zq9canary")
        except ValueError as error:
            logs.log.error("failed", error=type(error).__qualname__, exc_info=True)
        logs.log.debug("not at this level")
        line = json.loads(capsys.readouterr().err)
        assert (line["event"], line["level"], line["error"]) == ("failed", "error", "ValueError")
        assert "zq9canary" not in json.dumps(line)
    finally:
        structlog.configure(**kept)


async def test_a_query_string_is_logged_only_where_that_is_set(graph: Graph) -> None:
    for asked, shown in ((False, False), (True, True)):
        async with serving(graph, lambda: EVERYTHING, log_queries=asked) as client:
            with structlog.testing.capture_logs() as lines:
                await client.get("/v1/projects?title=zq9canary")
        assert ("zq9canary" in repr(lines)) is shown


def test_a_problem_lists_a_thousand_faults_at_most_and_says_how_many_more_there_are() -> None:
    faults = [Fault(f"/rows/{at}", "wrong_type", "Must be text.") for at in range(60_000)]
    listed = problems.body(Invalid(faults=faults), {})["errors"]
    assert len(listed) == 1_000
    assert listed[-1]["detail"].startswith("59,001 more faults")
    assert len(problems.body(Invalid(faults=faults[:1_000]), {})["errors"]) == 1_000
