"""A part of the suite against the official Neo4j image of docker-compose.yml, where Docker runs."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from testcontainers.community.neo4j import Neo4jContainer
from testcontainers.core.docker_client import DockerClient

ROOT = Path(__file__).resolve().parents[1]
SMOKE = ("tests/migrations", "tests/domain")


@pytest.fixture(scope="module")
def compose() -> Any:
    """What docker-compose.yml says."""
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def official(compose: Any) -> Iterator[Neo4jContainer]:
    """The official image as a container, or a skip that says why there is none."""
    try:
        DockerClient().client.ping()
    except Exception as error:
        pytest.skip(f"Docker does not run here ({type(error).__name__})")
    with Neo4jContainer(compose["services"]["neo4j"]["image"]) as container:
        yield container


@pytest.mark.docker
@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_suite_passes_against_the_official_image(official: Neo4jContainer) -> None:
    address = {
        "GOLDEN_THREAD_TEST_NEO4J": official.get_connection_url(),
        "GOLDEN_THREAD_NEO4J_USER": official.username,
        "GOLDEN_THREAD_NEO4J_PASSWORD": official.password,
    }
    workers = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_XDIST")}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *SMOKE],
        cwd=ROOT,
        env=workers | address,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4000:]


def test_compose_publishes_one_port_on_loopback(compose: Any) -> None:
    published = [port for service in compose["services"].values() for port in service.get("ports", ())]
    assert published == ["127.0.0.1:8000:8000"]
    assert compose["networks"]["database"]["internal"] is True


def test_every_container_is_bare_of_rights_and_secrets(compose: Any) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert not service["user"].startswith("0"), name
        for variable, value in service["environment"].items():
            if "PASSWORD" in variable or "AUTH" in variable:
                assert value.startswith("/run/secrets/"), f"{name}: {variable}"


def test_only_the_container_that_is_published_on_loopback_listens_to_all(compose: Any) -> None:
    for name, service in compose["services"].items():
        assert ("GOLDEN_THREAD_PUBLISHED_ON_LOOPBACK" in service["environment"]) == (name == "service")


def test_the_image_of_neo4j_is_pinned_to_the_version_that_is_run_locally(compose: Any) -> None:
    from_settings = (ROOT / "app" / "neo4j_jars").glob("*.sha256")
    versions = {file.name.removesuffix(".sha256") for file in from_settings}
    image, tag = compose["services"]["neo4j"]["image"].split(":")
    assert image == "neo4j"
    assert tag.removesuffix("-community") in versions
