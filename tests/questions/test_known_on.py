"""A question asked as was known before gives the answer that was given then, to readers as they are today."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import date
from random import Random
from typing import Any

import numpy as np
import pytest

from app import portfolio
from app.errors import Refusal
from app.graph import Graph
from app.portfolio.differences import differences
from app.portfolio.kept import RECORDS
from app.portfolio.snapshot import Snapshot
from app.portfolio.world import World
from app.questions import QUESTIONS
from app.questions.core import Question, View
from app.who import EVERYTHING, Reader
from tests.conftest import empty
from tests.portfolio.histories import History
from tests.questions.random_graphs import DAY, OURS, THEIRS

READERS = (EVERYTHING, Reader(OURS.id), Reader())
PARAMETERS: dict[str, dict[str, Any]] = {
    "unaligned": {"verdict": ["aligned", "unaligned", "awaiting_acceptance", "duty_only", "not_assessed"]},
}


def asked() -> list[Question]:
    """Every question that can be asked as was known, of everything."""
    return [
        each.model_validate(PARAMETERS.get(each.name, {}))
        for each in QUESTIONS
        if each.takes_known_on()
        and not {name for name, field in each.model_fields.items() if field.is_required()}
        - PARAMETERS.get(each.name, {}).keys()
    ]


async def digests(graph: Graph, snapshot: Snapshot, reader: Reader) -> dict[str, str]:
    view = View(graph, reader, date.fromisoformat(DAY), snapshot)
    return {each.name: (await each.whole(view)).digest for each in asked()}


@pytest.fixture(scope="module")
async def history(migrated: Graph) -> AsyncIterator[History]:
    """A graph that was changed at random, nothing in it hidden or opened meanwhile."""
    await empty(migrated)
    history = History(migrated, Random(5), hides=False)
    await history.begin(4)
    await history.go_on(40, 4)
    yield history


async def test_every_fact_is_what_was_known_then(history: History) -> None:
    for moment, taken in history.taken:
        past = await portfolio.then(history.graph, moment)
        assert list(differences(taken, past)) == []
        assert (past.head.id, past.head.number) == (taken.head.id, taken.head.number)


async def test_every_question_gives_the_answer_that_was_given_then(history: History) -> None:
    assert len(asked()) > 12
    for moment, taken in history.taken[:-1]:
        past = await portfolio.then(history.graph, moment)
        for reader in READERS:
            assert await digests(history.graph, past, reader) == await digests(history.graph, taken, reader)


async def test_who_may_see_is_todays_whatever_was_known(graph: Graph) -> None:
    history = History(graph, Random(11))
    await history.begin(3)
    await history.go_on(10, 2)
    chosen = [
        each for each in history.records if each["kind"] in ("Project", "PolicyInstrument", "PolicyGoal")
    ]
    for each in chosen[::2]:
        with suppress(Refusal):
            await history.desk.change(each, {"sensitivity": "restricted", "organisation": THEIRS.id})
    for each in chosen[1::4]:
        with suppress(Refusal):
            await history.desk.change(each, {"sensitivity": "open"})
    now = await portfolio.at(graph)
    for reader in READERS[1:]:
        sees = World(now, date.fromisoformat(DAY), reader)
        hidden = {id for kind in RECORDS for id in now.records[kind].texts(np.flatnonzero(~sees.sees(kind)))}
        for moment, _ in history.taken:
            past = await portfolio.then(graph, moment)
            view = View(graph, reader, date.fromisoformat(DAY), past)
            shown = " ".join([str((await each.whole(view)).found) for each in asked()])
            assert hidden and not [id for id in hidden if id in shown]
            seen = set(view.portfolio.all("Project").column("id"))
            assert seen == {
                id
                for id in now.records["Project"].texts(np.flatnonzero(sees.sees("Project")))
                if past.records["Project"].position(id) >= 0
            }
