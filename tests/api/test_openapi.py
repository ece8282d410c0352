"""The OpenAPI description is valid, fresh, and keeps the rules of the UK government's API standards."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from app.api import openapi, problems
from graph_schema import LINK_KINDS, NODE_KINDS
from tests.api.conftest import BASE, Client

ROOT = Path(__file__).resolve().parents[2]
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi.document()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS & set(item):
            yield path, method, item[method]


def parameters(document: dict[str, Any], operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for parameter in operation.get("parameters", ()):
        named = parameter.get("$ref", "").rpartition("/")[2]
        yield document["components"]["parameters"][named] if named else parameter


@pytest.mark.slow
def test_the_description_is_valid_openapi(document: dict[str, Any]) -> None:
    validate(document)


def test_the_description_in_the_repository_is_fresh() -> None:
    assert (ROOT / "openapi.json").read_text(encoding="utf-8") == openapi.written(), "run: make docs"


async def test_the_service_answers_its_description(client: Client, document: dict[str, Any]) -> None:
    answer = await client.get("/openapi.json")
    assert answer.json() == document
    held = await client.get("/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert held.status_code == 304


def test_no_model_is_called_after_where_it_stands(document: dict[str, Any]) -> None:
    assert [name for name in document["components"]["schemas"] if "__" in name] == []


def test_the_frame_of_the_description_is_whole(document: dict[str, Any]) -> None:
    info = document["info"]
    assert document["openapi"] == "3.1.0"
    assert re.fullmatch(r"\d+\.\d+\.\d+", info["version"])
    assert info["description"] and info["contact"]["name"] and info["contact"]["url"]
    assert info["license"]["name"] == "Apache-2.0" and info["license"]["url"].startswith("https://")
    for server in document["servers"]:
        assert re.fullmatch(r"https://[^/]+|http://localhost(:\d+)?", server["url"])
    assert all(tag["description"] for tag in document["tags"])


def test_every_operation_is_named_described_and_tagged(document: dict[str, Any]) -> None:
    tags = {tag["name"] for tag in document["tags"]}
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    for path, method, operation in operations(document):
        assert operation["summary"] and operation["description"], f"{method} {path}"
        assert operation["tags"] and set(operation["tags"]) <= tags


def test_every_parameter_and_body_is_described(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        for parameter in parameters(document, operation):
            assert parameter.get("description"), f"{method} {path} {parameter['name']}"
            assert not parameter["name"].casefold().startswith("x-")
        assert operation.get("requestBody", {"description": "none"})["description"], f"{method} {path}"
        for answer in operation["responses"].values():
            assert answer.get("description") or "$ref" in answer
            assert not [name for name in answer.get("headers", ()) if name.casefold().startswith("x-")]


def test_paths_are_kebab_case(document: dict[str, Any]) -> None:
    part = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.(csv|jsonl|json|xlsx))?|\{[a-z_]+\}(\.(csv|xlsx))?")
    for path in document["paths"].keys() - {"/"}:
        assert all(part.fullmatch(each) for each in path[1:].split("/")), path


def test_every_operation_declares_406_and_every_write_415(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        assert "406" in operation["responses"], f"{method} {path}"
        if method != "get":
            assert {"403", "413", "415"} <= set(operation["responses"]), f"{method} {path}"
        if method == "patch":
            assert {"412", "428"} <= set(operation["responses"]), f"{method} {path}"


def test_every_kind_has_the_same_addresses(document: dict[str, Any]) -> None:
    paths = document["paths"]
    for kind in NODE_KINDS:
        many, one = f"/v1/{kind.plural}", f"/v1/{kind.plural}/{{id}}"
        assert {"get", "post"} <= set(paths[many]) and {"get", "patch"} <= set(paths[one])
        assert "post" in paths[one + "/retire"] and "get" in paths[one + "/history"]
    for link in LINK_KINDS:
        many, one = f"/v1/links/{link.path()}", f"/v1/links/{link.path()}/{{id}}"
        assert {"get", "post"} <= set(paths[many]) and {"get", "patch"} <= set(paths[one])
        assert "post" in paths[one + "/withdraw"] and "get" in paths[one + "/history"]


async def test_every_refusal_has_a_status_and_a_page(client: Client) -> None:
    slugs = [problems.slug(refusal) for refusal in problems.STATUS]
    assert len(slugs) == len(set(slugs))
    for refusal, (status, title) in problems.STATUS.items():
        page = await client.get(f"/problems/{problems.slug(refusal)}", headers={"Accept": "application/json"})
        assert page.status_code == 200
        assert (page.json()["status"], page.json()["title"]) == (status, title)
        assert page.json()["means"] and page.json()["says"] and page.json()["remedy"]
        shown = await client.get(f"/problems/{problems.slug(refusal)}")
        assert shown.headers["Content-Type"].startswith("text/html") and title in shown.text


async def test_the_list_of_problems_leads_to_every_page(client: Client) -> None:
    told = (await client.get("/problems", headers={"Accept": "application/json"})).json()["items"]
    assert {each["type"] for each in told} == {problems.slug(refusal) for refusal in problems.STATUS}
    shown = (await client.get("/problems")).text
    assert all(f'{BASE}/problems/{each["type"]}"' in shown for each in told)


async def test_the_front_door_leads_on(client: Client) -> None:
    told = (await client.get("/")).json()
    assert told["title"] == "Golden Thread" and told["version"] and told["schema_version"]
    for place in told["links"]:
        assert (await client.get(place["href"])).status_code == 200, place
    shown = await client.get("/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert all(place["href"] in shown.text for place in told["links"])


def test_no_refusal_is_without_a_row() -> None:
    def below(refusal: type) -> Iterator[type]:
        for each in refusal.__subclasses__():
            yield each
            yield from below(each)

    ours = {each for each in below(problems.Refusal) if each.__module__.startswith("app.")}
    lacking = {each.__name__ for each in ours if not any(above in problems.STATUS for above in each.__mro__)}
    assert lacking - {"EngineError"} == set()
