"""What stands in the way of an engine, said before anything is started."""

import socket
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.local_neo4j import engine, faults
from app.local_neo4j.given import refuse_old
from app.settings import Settings, is_loopback


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = Settings(data=tmp_path, neo4j_uri=None, neo4j_port=port)
        with (
            pytest.raises(faults.PortTaken, match=f"Port {port} .* GOLDEN_THREAD_NEO4J_PORT"),
            engine(settings),
        ):
            pass


def test_a_version_without_a_list_of_jars_names_those_there_are(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, neo4j_uri=None, neo4j_version="4.4.1")
    with pytest.raises(faults.UnknownVersion, match=r"one of: 2026\.08\.1, 5\.26\.30"), engine(settings):
        pass


def test_a_data_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = Settings(data=tmp_path / "file", neo4j_uri=None)
    with pytest.raises(faults.NotWritable, match="GOLDEN_THREAD_DATA"), engine(settings):
        pass


@pytest.mark.parametrize("uri", ["http://127.0.0.1:7474", "127.0.0.1:7687", "bolt://", "nonsense"])
def test_an_address_that_is_none_of_a_neo4j_is_refused(uri: str) -> None:
    with pytest.raises(ValidationError, match="such as neo4j://host:7687"):
        Settings(neo4j_uri=uri)


@pytest.mark.parametrize("scheme", ["bolt", "neo4j", "bolt+s", "neo4j+ssc"])
def test_the_address_of_a_neo4j_is_taken(scheme: str) -> None:
    assert Settings(neo4j_uri=f"{scheme}://example.org:7687").neo4j_uri


def test_an_address_where_nothing_answers_is_given_some_seconds_then_refused() -> None:
    with socket.socket() as bound_and_not_listening:
        bound_and_not_listening.bind(("127.0.0.1", 0))
        port = bound_and_not_listening.getsockname()[1]
        settings = Settings(neo4j_uri=f"bolt://127.0.0.1:{port}")
        with pytest.raises(faults.Unreachable, match="Check the address"), engine(settings):
            pass


@pytest.mark.parametrize("agent", ["Neo4j/4.4.30", "Neo4j/5.25.1"])
def test_a_server_too_old_is_refused_with_its_version(agent: str) -> None:
    with pytest.raises(faults.ServerTooOld, match=agent.removeprefix("Neo4j/")):
        refuse_old(agent)


@pytest.mark.parametrize("agent", ["Neo4j/5.26.0", "Neo4j/5.27-aura", "Neo4j/2026.08.1"])
def test_a_server_new_enough_is_taken(agent: str) -> None:
    refuse_old(agent)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])
def test_a_host_that_others_can_reach_is_not_served_without_signing_in(host: str) -> None:
    assert not is_loopback(host)
    assert not Settings(host=host).may_demonstrate
    assert Settings(host=host, published_on_loopback=True).may_demonstrate


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "[::1]", "localhost", "LOCALHOST"])
def test_a_loopback_host_is_taken(host: str) -> None:
    assert Settings(host=host).host == host


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "", "/etc/localtime"])
def test_a_time_zone_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises(ValidationError):
        Settings(timezone=zone)


def test_settings_never_show_a_password() -> None:
    settings = Settings(neo4j_password="hunter2")
    assert "hunter2" not in repr(settings)
    with pytest.raises(ValidationError) as refused:
        Settings(neo4j_password="hunter2", timezone="Mars/Olympus")
    assert "hunter2" not in str(refused.value)


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1
