"""A question asked as was known before gives the answer that was given then, to readers as they are today."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import date
from functools import cached_property
from random import Random
from typing import Any

import numpy as np
import pytest

from app import portfolio
from app.errors import Invalid, Refusal
from app.graph import Graph
from app.portfolio.differences import differences
from app.portfolio.kept import RECORDS
from app.portfolio.snapshot import Snapshot
from app.portfolio.world import World
from app.questions import QUESTIONS
from app.questions.core import Question, View, Whole
from app.who import EVERYTHING, Reader
from graph_schema.values import ProjectState
from tests.conftest import empty
from tests.portfolio.histories import History
from tests.questions.random_graphs import DAY, OURS, THEIRS

READERS = (EVERYTHING, Reader(OURS.id), Reader())
ON = date.fromisoformat(DAY)
PARAMETERS: dict[str, list[dict[str, Any]]] = {
    "unaligned": [{"verdict": ["aligned", "unaligned", "awaiting_acceptance", "duty_only", "not_assessed"]}],
    "missing-owners": [{"finding": ["missing", "ended", "vacant", "doubled", "shared"]}],
    "completeness": [{"finding": ["met", "not_met", "not_applicable"], "state": list(ProjectState)}],
    "reach": [
        {"from_kind": "Element", "to_kind": "PolicyGoal", "over": ["RELATES", "CHANGES", "ADVANCES"]},
        {"from_tag": "a:b", "to_kind": "Project", "over": ["RELATES"], "direction": "both"},
        {"from_kind": "Cost", "to_kind": "Project", "over": ["INCURS"], "direction": "in"},
    ],
}
OF_ONE = {"best-route": "project", "law-behind": "node", "impact": "of"}


def asked(history: History) -> list[Question]:
    """Every question that can be asked as was known, of everything; those about one thing of a few."""
    given = dict(PARAMETERS)
    for name, pointer in OF_ONE.items():
        kinds = {"best-route": ("Project",), "law-behind": ("Process", "PolicyInstrument", "Provision")}
        of = [each["id"] for each in history.records if each["kind"] in kinds.get(name, ("PolicyGoal",))]
        links = [each["id"] for each in history.links[:20:10] if name == "impact"]
        given[name] = [{pointer: id} for id in (*of[:8], *links)]
    return [
        each.model_validate(parameters)
        for each in QUESTIONS
        if each.takes_known_on()
        for parameters in given.get(each.name, [{}])
        if not {name for name, field in each.model_fields.items() if field.is_required()} - parameters.keys()
    ]


async def told(question: Question, view: View) -> Whole | None:
    """The answer; None where it is refused."""
    try:
        return await question.whole(view)
    except Invalid:
        return None


class Asked(History):
    """A history that remembers what was answered on the way."""

    async def take(self) -> None:
        await super().take()
        snapshot = self.taken[-1][1]
        self.said.append([await digests(self, snapshot, reader) for reader in READERS])

    @cached_property
    def said(self) -> list[list[dict[str, str]]]:
        """For each number that was taken, and each reader, the digest of every answer."""
        return []

    @cached_property
    def asked(self) -> list[Question]:
        """The questions, of what was there at the beginning."""
        return asked(self)


async def digests(history: Asked, snapshot: Snapshot, reader: Reader) -> dict[str, str]:
    view = View(history.graph, reader, ON, snapshot)
    whole = {repr(each): await told(each, view) for each in history.asked}
    return {of: each.digest if each else "refused" for of, each in whole.items()}


@pytest.fixture(scope="module")
async def history(migrated: Graph) -> AsyncIterator[Asked]:
    """A graph that was changed at random, nothing in it hidden or opened meanwhile."""
    await empty(migrated)
    history = Asked(migrated, Random(5), hides=False)
    await history.begin(4)
    await history.go_on(40, 4)
    yield history


async def test_every_fact_is_what_was_known_then(history: Asked) -> None:
    for moment, taken in history.taken:
        past = await portfolio.then(history.graph, moment)
        assert list(differences(taken, past)) == []
        assert (past.head.id, past.head.number) == (taken.head.id, taken.head.number)


async def test_every_question_gives_the_answer_that_was_given_then(history: Asked) -> None:
    assert {each.name for each in QUESTIONS if not each.takes_known_on()} == {"replay"}
    assert {each.name for each in history.asked} >= {*PARAMETERS, *OF_ONE, "evidence-age", "suspect-links"}
    for (moment, _), said in list(zip(history.taken, history.said, strict=True))[:-1]:
        past = await portfolio.then(history.graph, moment)
        for reader, then in zip(READERS, said, strict=True):
            assert await digests(history, past, reader) == then


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
    now, questions = await portfolio.at(graph), asked(history)
    for reader in READERS[1:]:
        sees = World(now, ON, reader)
        hidden = {id for kind in RECORDS for id in now.records[kind].texts(np.flatnonzero(~sees.sees(kind)))}
        for moment, _ in history.taken:
            past = await portfolio.then(graph, moment)
            view = View(graph, reader, ON, past)
            answers = [await told(each, view) for each in questions]
            shown = " ".join(str(each.found) for each in answers if each)
            assert hidden and not [id for id in hidden if id in shown]
            seen = set(view.portfolio.all("Project").column("id"))
            assert seen == {
                id
                for id in now.records["Project"].texts(np.flatnonzero(sees.sees("Project")))
                if past.records["Project"].position(id) >= 0
            }
