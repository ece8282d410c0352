"""One engine in use: who can reach it, what it refuses, and how it comes back."""

import os
import signal
import stat
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest
from neo4j import GraphDatabase
from neo4j.exceptions import Neo4jError

from app.local_neo4j import engine, faults, trouble
from app.settings import Settings
from tests.local_neo4j.conftest import Running, Someone, eventually, is_gone


def test_a_second_process_attaches_to_the_running_engine(
    running: Running, someone: Callable[[Path], Someone]
) -> None:
    second = someone(running.settings.data)
    assert second.uri == running.address.uri
    second.leave()
    assert running.answers()
    assert not is_gone(running.state()["pid"])


def test_a_second_block_of_the_same_process_attaches_too(running: Running) -> None:
    with engine(running.settings) as again:
        assert again == running.address
    assert running.answers()


def test_the_address_does_not_show_its_password(running: Running) -> None:
    assert running.address.password not in repr(running.address)


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_engine_json_and_the_database_are_for_their_owner_alone(running: Running) -> None:
    data = running.settings.data
    assert stat.S_IMODE((data / "engine.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((data / "neo4j").stat().st_mode) == 0o700
    assert {"port", "password", "pid", "version", "create_time"} <= running.state().keys()


def test_the_password_is_on_no_command_line(running: Running) -> None:
    state = running.state()
    for pid in (state["pid"], state["keeper"]):
        assert state["password"] not in " ".join(psutil.Process(pid).cmdline())


def test_the_engine_listens_on_loopback_and_on_bolt_alone(running: Running) -> None:
    sockets = psutil.Process(running.state()["pid"]).net_connections(kind="inet")
    listening = {
        (one.laddr.ip.removeprefix("::ffff:"), one.laddr.port) for one in sockets if one.status == "LISTEN"
    }
    assert listening == {("127.0.0.1", running.state()["port"])}


def test_it_is_the_version_the_settings_ask_for_and_neo4j_community(running: Running) -> None:
    assert (
        running.ask("CALL dbms.components() YIELD versions RETURN versions[0]")
        == running.settings.neo4j_version
    )
    assert running.ask("CALL dbms.components() YIELD edition RETURN edition") == "community"


def test_cypher_reads_no_file_and_no_address(running: Running, tmp_path: Path) -> None:
    asked: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            return

    (tmp_path / "secret.csv").write_text("secret\n")
    (running.settings.data / "neo4j" / "import" / "inside.csv").write_text("inside\n")
    with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for source in (
            (tmp_path / "secret.csv").as_uri(),
            "file:///inside.csv",
            f"http://127.0.0.1:{server.server_port}/a.csv",
            f"http://localhost:{server.server_port}/b.csv",
            f"http://[::1]:{server.server_port}/c.csv",
        ):
            with pytest.raises(Neo4jError) as refused:
                running.ask(f"LOAD CSV FROM '{source}' AS row RETURN row")
            assert refused.value.code == "Neo.ClientError.Statement.ExternalResourceFailed"
        server.shutdown()
    assert asked == []


def test_another_version_is_refused_while_this_one_runs(running: Running) -> None:
    other = {"5.26.30": "2026.08.1"}.get(running.settings.neo4j_version, "5.26.30")
    with (
        pytest.raises(faults.OtherVersionRuns, match="Stop what uses it"),
        engine(running.settings.model_copy(update={"neo4j_version": other})),
    ):
        pass
    assert running.answers()


def test_another_neo4j_on_the_same_files_is_refused_and_disturbs_nothing(
    running: Running, tmp_path: Path
) -> None:
    configuration = running.settings.data / "neo4j" / "conf" / "neo4j.conf"
    before = configuration.read_bytes()
    (tmp_path / "neo4j").symlink_to(
        running.settings.data / "neo4j"
    )  # as a container or another machine sees it
    with (
        pytest.raises(faults.DataTaken, match="in use by another Neo4j"),
        engine(running.settings.model_copy(update={"data": tmp_path})),
    ):
        pass
    configuration.write_bytes(before)
    assert running.answers()


def test_a_wrong_password_for_a_given_address_says_which_settings_to_change(running: Running) -> None:
    wrong = Settings(neo4j_uri=running.address.uri, neo4j_password="wrong", neo4j_password_file=None)
    with pytest.raises(faults.WrongPassword, match="GOLDEN_THREAD_NEO4J_PASSWORD"), engine(wrong):
        pass


def test_a_given_address_is_used_with_the_password_of_a_file(running: Running, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(running.address.password + "\n")
    given = Settings(neo4j_uri=running.address.uri, neo4j_password=None, neo4j_password_file=file)
    with engine(given) as address:
        assert address == running.address
    file.unlink()
    with pytest.raises(faults.PasswordUnread), engine(given):
        pass


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_an_engine_killed_with_kill_9_answers_again_on_the_same_port(running: Running) -> None:
    killed = running.state()["pid"]
    given = running.address
    with GraphDatabase.driver(given.uri, auth=(given.user, given.password)) as driver:
        driver.execute_query("CREATE (:Kept {n: 1})")
        os.kill(killed, signal.SIGKILL)
        assert eventually(lambda: trouble(running.settings) is not None, 5)
        assert eventually(lambda: running.state()["pid"] != killed and running.answers())
        assert driver.execute_query("MATCH (k:Kept) RETURN k.n").records[0][0] == 1
    assert trouble(running.settings) is None


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_an_engine_whose_keeper_was_killed_answers_again_on_the_same_port(running: Running) -> None:
    before = running.state()
    os.kill(before["keeper"], signal.SIGKILL)

    def is_kept_anew() -> bool:
        return (running.settings.data / "engine.json").exists() and running.state()["keeper"] != before[
            "keeper"
        ]

    assert eventually(is_kept_anew)
    assert running.answers()
    assert is_gone(before["pid"])
