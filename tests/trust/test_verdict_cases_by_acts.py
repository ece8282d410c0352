"""Every case of the verdict again, over HTTP: reached by claiming, accepting, disputing and the other acts.

The cases are written for acceptances of 1 January 2026. Here that day is today, and every other day of a
case is as far from it as there.
"""

import re
from datetime import date, timedelta
from typing import Any

import pytest

from app import portfolio
from app.graph import Graph
from app.portfolio.verdicts import Verdict
from app.questions.core import View
from app.questions.unaligned import UnalignedRow
from app.who import EVERYTHING, PERSONAL_ROLES, Caller, Reader, Role
from graph_schema import KIND_BY_NAME, LINK_BY_LABEL
from graph_schema.cypher import restored
from graph_schema.values import ProjectState
from tests.build import Drawn, Joined
from tests.questions import test_verdict_cases as cases
from tests.questions.conftest import DAY, Board
from tests.trust.people import door, today

NO_ACT_LEADS_THERE = {"test_projects_that_only_enable_each_other_break_at_one_of_them"}
"""A cycle is refused over HTTP: only what is loaded may hold one."""
CASES = {name: case for name, case in vars(cases).items() if name.startswith("test_")}
globals().update({name: case for name, case in CASES.items() if name not in NO_ACT_LEADS_THERE})
globals().update({name: getattr(cases, name) for name in "prig"})

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_OFFSET = today() - date(2026, 1, 1)
ANY = {"If-Match": "*"}


def moved(value: Any) -> Any:
    """The same facts with every day as far from today as it was from 1 January 2026."""
    if isinstance(value, dict):
        return {name: moved(each) for name, each in value.items()}
    if isinstance(value, list):
        return [moved(each) for each in value]
    if isinstance(value, str) and _DAY.fullmatch(value):
        return (date.fromisoformat(value) + timedelta(_OFFSET.days)).isoformat()
    return value


class ByActs(Board):
    """A board before a graph that people made by acts. Things take the ids the service gave them."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self._door = door(graph)
        self._one = self._door(Caller("one", roles=PERSONAL_ROLES))
        self._other = self._door(Caller("other", roles=PERSONAL_ROLES))
        self._ids: dict[str, str] = {}

    async def view(self, day: str = DAY, reader: Reader = EVERYTHING) -> View:
        return View(self.graph, reader, date.fromisoformat(moved(day)), await portfolio.at(self.graph))

    async def rows(self, day: str = DAY, reader: Reader = EVERYTHING) -> dict[str, UnalignedRow]:
        who = self._one
        if not reader.sees_everything:
            viewer = frozenset({Role.VIEWER})
            who = self._door(Caller("reader", organisation=reader.organisation, roles=viewer))
        asked = {"valid_on": moved(day), "limit": 10_000, "verdict": [each.value for each in Verdict]}
        asked["state"] = [each.value for each in ProjectState]
        told = await who.said("GET", "/v1/questions/unaligned", params=asked)
        return {row["id"]: UnalignedRow.model_validate(row) for row in told["rows"]}

    async def says(
        self, project: Drawn, *rest: Drawn | Joined, day: str = DAY, reader: Reader = EVERYTHING
    ) -> UnalignedRow:
        things = [project, *rest]
        nodes = [each for each in things if isinstance(each, Drawn)]
        joined = [each for each in things if isinstance(each, Joined)]
        for node in sorted(nodes, key=lambda each: each.kind not in ("Organisation", "Evidence")):
            await self._registered(node)
        for each in sorted(joined, key=lambda each: not _goes_stale(each)):
            await self._linked(each)
        for node in nodes:
            if node.properties["status"] == "retired":
                await self._one.said("POST", f"{_place(node)}/retire")
        return (await self.rows(day, reader))[project.id]

    def _named(self, value: Any) -> Any:
        """The same facts with the ids the service gave."""
        if isinstance(value, list):
            return [self._named(each) for each in value]
        return self._ids.get(value, value) if isinstance(value, str) else value

    async def _registered(self, node: Drawn) -> None:
        facts = moved(restored(KIND_BY_NAME[node.kind], node.properties))
        declared = facts.pop("not_applicable", None)
        body = {name: self._named(value) for name, value in facts.items() if value is not None}
        one = self._one
        made = await one.said("POST", f"/v1/{KIND_BY_NAME[node.kind].plural}", 201, json=body)
        self._ids[node.id] = node.properties["id"] = made["id"]
        if declared:
            said = {name: declared[name] for name in ("reason", "expires")}
            place = _place(node)
            await one.said("POST", f"{place}/declare-not-applicable", json=said, headers=ANY)
            if declared["accepted_by"]:
                await self._other.said("POST", f"{place}/accept-declaration", headers=ANY)

    async def _linked(self, joined: Joined) -> None:
        kind = LINK_BY_LABEL[joined.label]
        facts = moved(restored(kind, joined.properties))
        confirmed = facts.pop("purpose_confirmed_by", None), facts.pop("purpose_confirmed_on", None)
        stated = {name: self._named(value) for name, value in facts.items() if value is not None}
        one, other = self._one, self._other
        claim = await one.claim(kind.path(), joined.source.id, joined.target.id, **stated)
        joined.properties["id"] = claim["id"]
        standing = joined.properties["standing"]
        if standing == "accepted" and claim["standing"] == "proposed":
            await other.done(claim, "accept")
            if any(confirmed):
                await other.done(claim, "confirm-purpose", reason="Counsel's opinion.")
        elif standing == "disputed":
            await other.done(claim, "dispute", reason="It is not so.")
        elif standing == "withdrawn":
            await one.said("POST", f"/v1/links/{kind.path()}/{claim['id']}/withdraw")
        if _goes_stale(joined):
            await one.said("PATCH", _place(joined.target), json={"summary": "It changed."}, headers=ANY)


def _goes_stale(joined: Joined) -> bool:
    """Whether the target is to mean something else than when the link was accepted."""
    seen = joined.properties.get("target_print")
    return seen is not None and seen != joined.target.properties["print"]


def _place(node: Drawn) -> str:
    return f"/v1/{KIND_BY_NAME[node.kind].plural}/{node.id}"


@pytest.fixture
def board(graph: Graph) -> ByActs:
    """A board before an empty graph that is filled by acts alone."""
    return ByActs(graph)


def test_every_case_but_the_cycle_is_here() -> None:
    answered = {name for name in globals() if name.startswith("test_")}
    assert answered >= CASES.keys() - NO_ACT_LEADS_THERE
    assert len(CASES) >= 40
