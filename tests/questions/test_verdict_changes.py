"""Each verdict that is another than before is told, with the entries of the ledger that made it so."""

from datetime import date
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app import portfolio
from app.domain import acceptance, links, receipts
from app.errors import Invalid
from app.graph import Graph
from app.portfolio import past, surface
from app.portfolio.snapshot import Snapshot
from app.questions.core import Answer, ask
from app.questions.verdict_changes import VerdictChanges, VerdictChangesRow
from app.who import EVERYTHING, Reader, Stamp
from graph_schema import LINK_BY_LABEL
from graph_schema.delivery import Project
from graph_schema.law import Provision
from graph_schema.links import Advances, Changes, Claims, GroundedIn
from graph_schema.people import Organisation
from graph_schema.policy import PolicyGoal, PolicyInstrument
from graph_schema.values import ProjectState
from tests.domain.conftest import Desk
from tests.portfolio.histories import History
from tests.questions.random_graphs import DAY

LONDON = ZoneInfo("Europe/London")
ACTING = {"adopted_by": "us", "adopted_on": "2020-01-01"}


class Meeting(Desk):
    """A desk that remembers when it last met, and asks what has changed since."""

    since = ""

    async def met(self) -> None:
        """Everything known now is known to the meeting."""
        self.since = await instant(self.graph, await self.number())

    async def accept(self, link: dict[str, Any]) -> None:
        kind, stamp = LINK_BY_LABEL[link["kind"]], Stamp("another")
        stands = await links.get(self.graph, kind, link["id"], EVERYTHING)
        seen = acceptance.Seen(stands["from"]["print"], stands["to"]["print"])
        await self.graph.write(
            receipts.once, stamp, acceptance.accept, kind, link["id"], None, stamp, EVERYTHING, seen
        )

    async def told(self, reader: Reader = EVERYTHING, **given: Any) -> Answer[VerdictChangesRow]:
        days = {"valid_on": DAY, "since_valid_on": DAY, "since": self.since, "limit": 1_000}
        return await ask(self.graph, VerdictChanges.model_validate({**days, **given}), reader, LONDON)

    async def one(self, reader: Reader = EVERYTHING, **given: Any) -> VerdictChangesRow:
        (row,) = (await self.told(reader, **given)).rows
        return row


async def instant(graph: Graph, number: int) -> str:
    """An instant by which the entry of this number was recorded, and no later one."""
    text = "MATCH (c:Change {seq: $seq}) RETURN toString(c.recorded_at) AS at"
    row = await graph.row(text, seq=number)
    assert row is not None
    whole, _, part = row["at"].rstrip("Z").partition(".")
    return f"{whole}.{(part + '000000')[:6]}Z"


@pytest.fixture
def desk(graph: Graph) -> Meeting:
    """A meeting before an empty graph."""
    return Meeting(graph)


async def a_route(desk: Meeting, **facts: Any) -> tuple[dict[str, Any], ...]:
    """A project, its instrument and its goal, with the two links between them, accepted."""
    project = await desk.create(Project, title="Bins", state="delivering")
    instrument = await desk.create(PolicyInstrument, title="Levy")
    goal = await desk.create(PolicyGoal, title="Clean air", **ACTING)
    lower = await desk.claim(Changes, project, instrument, depth="rules", **facts)
    upper = await desk.claim(Advances, instrument, goal)
    for each in (lower, upper):
        await desk.accept(each)
    return project, instrument, goal, lower, upper


def said(row: VerdictChangesRow) -> tuple[Any, ...]:
    return row.before, row.after, [(each.action, each.item) for each in row.entries]


async def test_a_link_that_ends_and_a_goal_that_means_something_else_are_the_entries(desk: Meeting) -> None:
    project, _, goal, lower, upper = await a_route(desk)
    await desk.met()
    await desk.change(project, {"summary": None, "start": "2026-01-01"})
    await desk.change(goal, {"title": "Cleaner air", "priority": 2})
    row = await desk.one()
    assert said(row) == ("aligned", "aligned_but_suspect", [("change", goal["id"])])
    assert (row.parts, row.entries[0].facts) == ([upper["id"]], ["priority", "title"])
    await desk.end(lower)
    row = await desk.one()
    assert said(row) == ("aligned", "unaligned", [("change", goal["id"]), ("withdraw", lower["id"])])
    assert row.breaks_at is not None


async def test_law_that_ends_and_a_goal_that_is_dropped_are_the_entries(desk: Meeting) -> None:
    _, instrument, goal, *_ = await a_route(desk)
    power = await desk.create(Provision, force="power", intervals=[{"from": "2000-01-01"}])
    await desk.accept(await desk.claim(GroundedIn, instrument, power, basis="power"))
    await desk.met()
    await desk.change(power, {"intervals": [{"from": "2000-01-01", "to": "2026-01-01"}]})
    assert said(await desk.one()) == ("aligned", "aligned_if_law_changes", [("change", power["id"])])
    await desk.met()
    await desk.end(goal)
    assert said(await desk.one()) == ("aligned_if_law_changes", "unaligned", [("retire", goal["id"])])


async def test_without_a_route_a_claim_or_a_first_look_is_the_entry(desk: Meeting) -> None:
    project = await desk.create(Project, state="delivering")
    goal, instrument = await desk.create(PolicyGoal, **ACTING), await desk.create(PolicyInstrument)
    await desk.met()
    looked = await desk.claim(Changes, project, instrument, depth="rules")
    assert said(await desk.one()) == ("not_assessed", "unaligned", [("claim", looked["id"])])
    await desk.met()
    claimed = await desk.claim(Claims, project, goal)
    row = await desk.one()
    assert said(row)[:2] == ("unaligned", "claimed_only")
    assert {each.item for each in row.entries} == {claimed["id"]}


async def test_what_comes_in_or_goes_out_of_scope_has_no_verdict_on_that_side(desk: Meeting) -> None:
    project, *_ = await a_route(desk)
    await desk.met()
    later = await desk.create(Project, title="Later", state="proposed")
    await desk.change(project, {"state": "closed"})
    rows = {row.id: row for row in (await desk.told()).rows}
    assert said(rows[later["id"]]) == (None, "not_assessed", [("create", later["id"])])
    assert said(rows[project["id"]]) == ("aligned", None, [("change", project["id"])])


async def test_a_day_that_passes_flips_without_entries(desk: Meeting) -> None:
    *_, lower, _ = await a_route(desk, valid_to="2026-03-01")
    await desk.met()
    row = await desk.one(since_valid_on="2026-02-01")
    assert (said(row), row.parts) == (("aligned", "unaligned", []), [lower["id"]])


async def test_entries_about_hidden_things_never_surface(desk: Meeting) -> None:
    council = await desk.create(Organisation, nation="E", sensitivity="restricted")
    _, instrument, *_ = await a_route(desk)
    power = await desk.create(Provision, force="power", intervals=[{"from": "2000-01-01"}], extent=["E"])
    await desk.change(instrument, {"organisation": council["id"]})
    await desk.accept(await desk.claim(GroundedIn, instrument, power, basis="power"))
    await desk.met()
    await desk.change(council, {"nation": "W"})
    flipped = ("aligned", "aligned_if_law_changes")
    assert said(await desk.one()) == (*flipped, [("change", council["id"])])
    assert said(await desk.one(Reader())) == (*flipped, [])


async def test_a_time_that_cannot_be_compared_is_refused(desk: Meeting) -> None:
    await desk.create(Project)
    before = await instant(desk.graph, 1)
    await desk.create(Project)
    await desk.met()
    assert (await desk.told(since="2")).rows == []
    for given in ({"since": "2999-01-01"}, {"since": "then"}, {"since": "3"}, {"known_on": before}):
        with pytest.raises(Invalid) as refused:
            await desk.told(**given)
        assert [each.pointer for each in refused.value.faults] == ["/since"]


async def test_without_its_entries_no_flip_is_left(graph: Graph) -> None:
    history, desk, flips = History(graph, Random(3), hides=False), Meeting(graph), 0
    await history.begin(8)
    await history.go_on(160, 16)
    now = await portfolio.at(graph)
    states = [each.value for each in ProjectState]
    for moment, then in history.taken[:3]:
        desk.since = await instant(graph, moment.number)
        changed = await past.changed(graph, moment.number, now.head.number)
        rows = [row for row in (await desk.told(state=states)).rows if row.before and row.after]
        for row in rows:
            flips += 1
            assert row.entries, row.sentence
            items = {each.item for each in row.entries}
            undone = past.as_it_was(now, then.head, [each for each in changed if each[1] in items])
            was, is_, without = (_quality(each, row.id) for each in (then, now, undone))
            assert without >= was if was > is_ else (was == is_ or without < is_), row.sentence
    assert flips > 5


def _quality(snapshot: Snapshot, id: str) -> int:
    return int(surface.of(snapshot, date.fromisoformat(DAY), EVERYTHING).quality(id))
