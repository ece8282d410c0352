"""What a reader may not see leaves no trace: two worlds that differ in it alone give the same bytes."""

import hashlib
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest

from app.graph import Graph
from app.local_neo4j import Address
from migrations import runner
from tests.api.conftest import in_turns
from tests.api.signing import bearing, make_key, service
from tests.conftest import empty
from tests.leaks.requests import Ask, asks
from tests.leaks.worlds import COUNCIL, worlds

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROLES: dict[str, dict[str, Any]] = {
    "a viewer of no organisation": {"roles": ["viewer"]},
    "viewer": {"roles": ["viewer"], "organisation": COUNCIL},
    "contributor": {"roles": ["contributor"], "organisation": COUNCIL},
    "owner": {"roles": ["owner"], "organisation": COUNCIL},
    "administrator": {"roles": ["administrator"], "organisation": COUNCIL},
    "integration": {
        "roles": ["integration"], "organisation": COUNCIL, "source": "finance", "kinds": ["Cost", "Project"],
    },
}  # fmt: skip
THOROUGH = "owner"
"""The role that makes every request; the others make one of every address."""
WHOLE = "the service's administrator"


class Told(NamedTuple):
    """An answer, in a form that can be kept by the thousand."""

    status: int
    headers: str
    digest: str
    begins: str


class Heard(NamedTuple):
    """What each role was told in each world."""

    first: dict[tuple[str, Ask], Told]
    second: dict[tuple[str, Ask], Told]


@pytest.fixture(scope="module")
async def heard(neo4j_address: Address, migrated: Graph) -> AsyncIterator[Heard]:
    """Every request of every role, in both worlds."""
    await empty(migrated)
    first, second, entries = worlds()
    whole, brief = list(asks(first, second)), list(asks(first, second, brief=True))
    wanted = [(role, ask) for role in ROLES for ask in (whole if role == THOROUGH else brief)]
    wanted += [(WHOLE, ask) for ask in brief[::4]]
    found, keys = [], {}
    for world in (first, second):
        given = neo4j_address
        async with Graph.connect(
            given.uri, given.user, given.password, given.database, write_timeout=60
        ) as graph:
            await runner.migrate(graph)
            await world.build(graph, entries)
            if not keys:
                keys = {role: await make_key(graph, **stated) for role, stated in ROLES.items()}
                keys[WHOLE] = await make_key(graph)
            found.append(await _ask(graph, {role: bearing(key) for role, key in keys.items()}, wanted))
    yield Heard(*found)
    await empty(migrated)


async def _ask(
    graph: Graph, headers: dict[str, dict[str, str]], wanted: list[tuple[str, Ask]]
) -> dict[tuple[str, Ask], Told]:
    async with service(graph, rate_per_minute=0, credentials_held_s=5) as client:

        async def one(role: str, ask: Ask) -> Told:
            sent = headers[role] | {"Request-Id": "leak-suite", "If-Match": "*"}
            sent |= {"Content-Type": "application/json"} if ask.body else {}
            answer = await client.request(ask.method, ask.path, content=ask.body, headers=sent)
            return Told(
                answer.status_code,
                repr(sorted(answer.headers.multi_items())),
                hashlib.sha256(answer.content).hexdigest(),
                answer.text[:2_000],
            )

        return dict(zip(wanted, await in_turns([one(*each) for each in wanted], 4), strict=True))


async def test_no_reader_can_tell_what_is_hidden_from_them(heard: Heard) -> None:
    compared = [each for each in heard.first if each[0] != WHOLE]
    different = [each for each in compared if heard.first[each] != heard.second[each]]
    shown = [(*each, heard.first[each], heard.second[each]) for each in different[:3]]
    assert different == [], f"{len(different)} of {len(compared)} differ, such as {shown}"
    assert len(compared) > 1_500


async def test_the_suite_sees_a_difference_where_there_is_one(heard: Heard) -> None:
    whole = [each for each in heard.first if each[0] == WHOLE]
    different = [each for each in whole if heard.first[each] != heard.second[each]]
    assert len(different) > len(whole) / 3


async def test_a_hidden_thing_is_answered_as_one_that_never_was_and_changed_by_nobody(heard: Heard) -> None:
    changes = {
        each: told.status
        for each, told in heard.first.items()
        if each[1].method != "GET" and each[0] != WHOLE
    }
    assert set(changes.values()) <= {403, 404, 422}
    assert [each for each, status in changes.items() if status == 404]
