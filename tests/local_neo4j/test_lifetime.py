"""How long an engine lives: as long as somebody uses it, however they come and go."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from app.local_neo4j import engine, faults
from app.settings import Settings
from tests.local_neo4j.conftest import Running, Someone, eventually, is_gone

pytestmark = [pytest.mark.skipif(os.name != "posix", reason="signals are POSIX"), pytest.mark.slow]


def test_the_engine_outlives_whoever_started_it_and_stops_after_the_last(
    someone: Callable[[Path], Someone], tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path, neo4j_uri=None, neo4j_port=0)
    first = someone(tmp_path)
    second = someone(tmp_path)
    assert first.uri == second.uri
    with engine(settings) as address:
        here = Running(settings, address)
        engine_of_all = here.state()["pid"]
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
        assert not eventually(lambda: not here.answers(), 2), (
            "the engine went with the process that started it"
        )
        second.leave()
        assert here.answers()
    assert is_gone(engine_of_all), "the last one out waits until the engine is down"
    assert not (tmp_path / "engine.json").exists()
    assert list((tmp_path / "users").iterdir()) == []


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_the_engine_stops_when_the_only_process_that_uses_it_is_ended(
    ending: signal.Signals, someone: Callable[[Path], Someone], tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = (
        tmp_path_factory.getbasetemp() / "ended"
    )  # of both cases: the second start finds what the first left
    only = someone(data)
    settings = Settings(data=data, neo4j_uri=None, neo4j_port=0)
    with engine(settings) as address:
        pid = Running(settings, address).state()["pid"]
        assert address.uri == only.uri
    only.process.send_signal(ending)
    assert eventually(lambda: is_gone(pid), 20)
    assert eventually(lambda: not (data / "engine.json").exists(), 5)


def test_a_database_without_its_password_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "neo4j" / "data" / "databases" / "system").mkdir(parents=True)
    with (
        pytest.raises(faults.PasswordLost, match="Put it back"),
        engine(Settings(data=tmp_path, neo4j_uri=None)),
    ):
        pass


def test_data_written_by_a_newer_neo4j_is_refused(tmp_path: Path) -> None:
    (tmp_path / "neo4j").mkdir()
    (tmp_path / "neo4j" / "version").write_text("9999.1")
    with (
        pytest.raises(faults.DataNewer, match="does not go back"),
        engine(Settings(data=tmp_path, neo4j_uri=None)),
    ):
        pass
    assert not (tmp_path / "neo4j" / "conf" / "neo4j.conf").exists()
