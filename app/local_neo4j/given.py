"""A Neo4j that somebody else runs, at the address the settings name."""

import re
import time

from neo4j import GraphDatabase
from neo4j.exceptions import AuthError, ConfigurationError, DriverError, Neo4jError

from app.local_neo4j.attach import Address
from app.local_neo4j.faults import PasswordUnread, ServerTooOld, Unreachable, WrongPassword
from app.settings import Settings

_OLDEST = (5, 26)
_PATIENCE_S = 10.0


def given(settings: Settings, uri: str) -> Address:
    """The address the settings name, once it has answered a query."""
    address = Address(uri, settings.neo4j_user, _password(settings), settings.neo4j_database)
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            refuse_old(_agent(address))
            return address
        except AuthError:
            raise WrongPassword(address.user) from None
        except (ConfigurationError, ValueError):
            raise Unreachable from None
        except (Neo4jError, DriverError, OSError):
            if time.monotonic() > until:
                raise Unreachable from None
            time.sleep(0.5)


def _password(settings: Settings) -> str:
    if settings.neo4j_password is not None:
        return settings.neo4j_password.get_secret_value()
    if settings.neo4j_password_file is None:
        return ""
    try:
        return settings.neo4j_password_file.read_text(encoding="utf-8").splitlines()[0]
    except (OSError, IndexError):
        raise PasswordUnread(settings.neo4j_password_file) from None


def _agent(address: Address) -> str:
    """What the server calls itself, such as Neo4j/5.26.30."""
    with (
        GraphDatabase.driver(
            address.uri,
            auth=(address.user, address.password),
            connection_timeout=3.0,
            telemetry_disabled=True,
        ) as driver,
        driver.session(database=address.database) as session,
    ):
        return session.run("RETURN 1").consume().server.agent


def refuse_old(agent: str) -> None:
    """Raise unless what the server calls itself names a version that works."""
    version = re.search(r"(\d+)\.(\d+)[\w.+-]*", agent)
    if version and (int(version[1]), int(version[2])) < _OLDEST:
        raise ServerTooOld(version[0])
