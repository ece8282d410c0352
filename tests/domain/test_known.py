"""Reading as was known: after a thousand later changes every field is what it was then."""

import contextlib
import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain import as_known, known_lists, ledger, links, lists, moments, records, search
from app.domain.moments import Moment
from app.errors import Invalid, NotFound, Refusal
from app.graph import Graph, Tx
from app.who import EVERYTHING, Reader, Stamp
from graph_schema.core import Link, Node
from graph_schema.delivery import Project
from graph_schema.links import Advances, Changes, Enables, PartOf
from graph_schema.money import Cost
from graph_schema.people import Organisation, Person
from graph_schema.policy import PolicyGoal, PolicyInstrument

Answer = dict[str, Any]
WORDS = ("Bins", "Roads", "Homes", "Trees")
STATES = ("idea", "delivering", "stopped")
RECORDS: tuple[lists.Wanted, ...] = (
    lists.Wanted(count=True),
    lists.Wanted(limit=3),
    lists.Wanted(limit=2, sort=("-title", "state"), status=None),
    lists.Wanted(fields={"state": ("delivering", "idea")}, status=None, count=True),
    lists.Wanted(tags=("x:1",), sort=("organisation",)),
    lists.Wanted(has=("enables",), count=True),
    lists.Wanted(lacks=("in:enables",), sort=("title",), limit=2),
    lists.Wanted(has=("changes",), valid_on="2026-06-01"),
    lists.Wanted(stated=("organisation",), unstated=("not_applicable.reason", "valid_to")),
)
LINKS: tuple[links.Wanted, ...] = (
    links.Wanted(count=True),
    links.Wanted(limit=2),
    links.Wanted(standing=("withdrawn",), count=True),
    links.Wanted(valid_on="2026-06-01"),
    links.Wanted(stated=("rationale",), unstated=("valid_from",)),
)


@dataclass
class World:
    """Records and links, and somebody who changes them at random; the same for the same seed."""

    desk: Any
    chance: random.Random
    made: list[Answer] = field(default_factory=list)

    def some(self, *kinds: str) -> Answer:
        return self.chance.choice([each for each in self.made if each["kind"] in kinds])

    async def begin(self) -> None:
        for kind in (Organisation, Project, Project, Project, PolicyInstrument, PolicyInstrument, PolicyGoal):
            self.made.append(await self.desk.create(kind, title=self.chance.choice(WORDS)))
        for _ in range(16):
            await self.act()

    async def act(self) -> None:
        """One change of anything; some are refused, as in life."""
        with contextlib.suppress(Refusal):
            await self.chance.choice(
                (self.edit, self.edit, self.edit, self.join, self.join, self.end, self.more)
            )()

    async def edit(self) -> None:
        chosen = self.chance.choice(self.made)
        if "from" in chosen:
            patch = {"valid_from": self.chance.choice(("2026-01-01", "2026-09-01", None)), "rationale": "Why"}
        else:
            patch = {"title": self.chance.choice(WORDS), "tags": [f"x:{self.chance.randrange(3)}"]}
        if chosen["kind"] == "Project":
            patch["state"] = self.chance.choice(STATES)
            patch["organisation"] = self.chance.choice((self.some("Organisation")["id"], None))
        await self.desk.change(chosen, patch)

    async def join(self) -> None:
        kind, source, target, facts = self.chance.choice((
            (Enables, "Project", "Project", {}), (Advances, "PolicyInstrument", "PolicyGoal", {}),
            (Changes, "Project", "PolicyInstrument", {"depth": "rules"}),
            (PartOf, "PolicyGoal", "PolicyGoal", {}),
        ))  # fmt: skip
        self.made.append(await self.desk.claim(kind, self.some(source), self.some(target), **facts))

    async def end(self) -> None:
        if self.chance.random() < 0.3:
            await self.desk.end(self.chance.choice(self.made[1:]))

    async def more(self) -> None:
        kind = self.chance.choice((Project, PolicyInstrument, PolicyGoal))
        self.made.append(await self.desk.create(kind, title=self.chance.choice(WORDS)))


Shown = dict[str, Any]


async def everything(graph: Graph, made: list[Answer], known: Moment | None) -> Shown:
    """All that reads show of these things: as they stand, or as was known."""
    shown: Shown = {}
    for each in made:
        kind: Any = as_known.KIND_BY_NAME.get(each["kind"]) or as_known.LINK_BY_LABEL[each["kind"]]
        until = known.number if known else None
        shown[f"history of {each['id']}"] = await ledger.history(graph, each["id"], until=until, limit=10_000)
        if issubclass(kind, Link):
            shown[each["id"]] = await (
                as_known.link(graph, kind, each["id"], known, EVERYTHING)
                if known
                else links.get(graph, kind, each["id"], EVERYTHING)
            )
        else:
            shown[each["id"]] = await (
                as_known.record(graph, kind, each["id"], known, EVERYTHING)
                if known
                else records.get(graph, kind, each["id"], EVERYTHING)
            )
    for wanted in RECORDS:
        shown[str(wanted)] = await pages(graph, Project, wanted, known)
    for kind in (Enables, Changes, Advances):
        for wished in LINKS:
            shown[f"{kind.label} {wished}"] = await pages(graph, kind, wished, known)
    for asked in (
        search.Around(depth=3),
        search.Around("out", 2, valid_on="2026-06-01"),
        search.Around("in"),
    ):
        near = await search.neighbourhood(graph, made[1]["id"], EVERYTHING, asked, known)
        found = (each["id"] for each in near.records)
        shown[str(asked)] = (
            sorted(found),
            sorted(near.links, key=lambda link: str(link["id"])),
            near.truncated,
        )
    return shown


async def pages(graph: Graph, kind: type[Node] | type[Link], wanted: Any, known: Moment | None) -> Any:
    """Every page of a list, with its total."""
    items: list[Answer] = []
    while True:
        if issubclass(kind, Link):
            found = known_lists.joined(graph, kind, wanted, known, EVERYTHING) if known else None
            page = await (found or links.find(graph, kind, wanted, EVERYTHING))
        else:
            there = known_lists.records(graph, kind, wanted, known, EVERYTHING) if known else None
            page = await (there or lists.find(graph, kind, wanted, EVERYTHING))
        assert len(page.items) <= wanted.limit
        items += page.items
        if page.next is None:
            return items, page.total
        wanted = replace(wanted, after=page.next)


async def test_after_a_thousand_changes_every_read_gives_what_it_gave_then(desk: Any) -> None:
    world = World(desk, random.Random(6))
    await world.begin()
    shown: dict[int, tuple[list[Answer], Shown]] = {}
    for _ in range(2):
        shown[await desk.number()] = list(world.made), await everything(desk.graph, world.made, None)
        for _ in range(8):
            await world.act()
    await many_changes(desk.graph, world, 1_000)
    assert await desk.number() > 1_000
    for number, (made, then) in shown.items():
        known = await moments.at(desk.graph, number)
        again = await everything(desk.graph, made, known)
        assert {name for name in then if again[name] != then[name]} == set()
    late = await desk.create(Project)
    with pytest.raises(NotFound):
        await as_known.record(desk.graph, None, late["id"], known, EVERYTHING)


async def many_changes(graph: Graph, world: World, number: int) -> None:
    """So many changes of live records by the use cases themselves, committed together."""
    live = [(await world.desk.get(each)) for each in world.made if "from" not in each]
    chosen = [world.chance.choice([each for each in live if each["status"] == "live"]) for _ in range(number)]

    async def work(tx: Tx) -> None:
        entries: list[ledger.Entry] = []
        for at, each in enumerate(chosen):
            patch = {"title": f"{world.chance.choice(WORDS)} {at}", "tags": [f"x:{at % 3}"]}
            kind = as_known.KIND_BY_NAME[each["kind"]]
            done = await records.change(tx, kind, each["id"], patch, None, Stamp("someone"), EVERYTHING)
            entries += done.entries
        await ledger.append(tx, ledger.Done({}, entries), Stamp("someone"))

    await graph.write(work)


async def known_now(desk: Any) -> Moment:
    return await moments.at(desk.graph, await desk.number())


async def test_who_may_see_is_todays_whatever_was_known(desk: Any) -> None:
    ours = await desk.create(Organisation)
    hidden_now = await desk.create(Project, title="a", organisation=ours["id"])
    open_now = await desk.create(Project, title="b", organisation=ours["id"], sensitivity="restricted")
    joined = await desk.claim(Enables, hidden_now, open_now)
    known = await known_now(desk)
    await desk.change(hidden_now, {"sensitivity": "restricted"})
    await desk.change(open_now, {"sensitivity": "open"})
    public, mine = Reader(), Reader(ours["id"])
    for reader, there in ((public, ["b"]), (mine, ["a", "b"])):
        page = await known_lists.records(desk.graph, Project, lists.Wanted(count=True), known, reader)
        assert ([each["facts"]["title"] for each in page.items], page.total) == (there, len(there))
        found = await known_lists.joined(desk.graph, Enables, links.Wanted(), known, reader)
        assert len(found.items) == len(there) - 1
    for act in (
        as_known.record(desk.graph, Project, hidden_now["id"], known, public),
        as_known.link(desk.graph, Enables, joined["id"], known, public),
    ):
        with pytest.raises(NotFound):
            await act
    near = await search.neighbourhood(desk.graph, open_now["id"], public, moment=known)
    assert (len(near.records), near.links) == (1, [])
    shown = await as_known.record(desk.graph, Project, open_now["id"], known, public)
    assert shown["facts"]["sensitivity"] == "restricted"


async def test_a_person_as_was_known_has_no_name_that_has_changed_since(desk: Any) -> None:
    person = await desk.create(Person, name="Ann", contact="a@example.org")
    known = await known_now(desk)
    assert (await as_known.record(desk.graph, Person, person["id"], known, EVERYTHING))["facts"][
        "name"
    ] == "Ann"
    await desk.change(person, {"name": "Bea"})
    then = await as_known.record(desk.graph, Person, person["id"], known, EVERYTHING)
    assert (then["facts"]["name"], then["facts"]["title"]) == (None, "Person")
    assert set(then["withheld"]) >= {"name", "contact"}


async def test_money_and_years_are_filtered_and_ordered_as_they_were(desk: Any) -> None:
    made = [await desk.create(Cost, title=str(at), amount=f"{at}.50", year=2020 + at) for at in range(9)]
    known = await known_now(desk)
    for each in made[::2]:
        await desk.change(each, {"amount": "7.00", "year": 2000})

    async def titles(**asked: Any) -> list[str]:
        page = await known_lists.records(desk.graph, Cost, lists.Wanted(**asked), known, EVERYTHING)
        return [each["facts"]["title"] for each in page.items]

    assert await titles(fields={"amount": ("4.50", "5.50", "7.00")}) == ["4", "5"]
    assert await titles(sort=("-year",)) == [str(at) for at in reversed(range(9))]


async def test_a_moment_is_the_last_number_recorded_by_then(desk: Any) -> None:
    _, second = [await desk.create(Project) for _ in range(2)]
    row = await desk.graph.row("MATCH (c:Change {seq: 1}) RETURN toString(c.recorded_at) AS at")
    exact = row["at"][:26].rstrip("Z") + "Z"
    now = datetime.now(UTC) + timedelta(seconds=2)
    assert (await moments.by(desk.graph, exact, now)).number == 1
    assert (await moments.by(desk.graph, second["changed_at"], now)).number == 2
    assert (await moments.by(desk.graph, now.date().isoformat(), now)).number == 2
    assert (await moments.at(desk.graph, 1)).at == ledger.instant(row["at"])


@pytest.mark.parametrize(
    ("known_on", "code"),
    [
        ("2000-01-01", "known_on_before_beginning"),
        ("2000-01-01T00:00:00Z", "known_on_before_beginning"),
        ("9999-12-31", "known_on_in_future"),
        ("2999-01-01T00:00:00+01:00", "known_on_in_future"),
        ("2026-02-30", "instant_format"),
        ("2026-01-01T00:00:00", "instant_format"),
        ("2026-01-01T25:00:00Z", "instant_format"),
        ("yesterday", "instant_format"),
    ],
)
async def test_a_moment_that_cannot_be_is_refused_with_its_own_code(
    desk: Any, known_on: str, code: str
) -> None:
    await desk.create(Project)
    with pytest.raises(Invalid) as refused:
        await moments.by(desk.graph, known_on, datetime.now(UTC))
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/known_on", code)]


async def test_two_states_of_one_thing_follow_each_other_without_a_gap(desk: Any) -> None:
    world = World(desk, random.Random(7))
    await world.begin()
    for each in world.made:
        told = await ledger.history(desk.graph, each["id"])
        assert told[0]["before"] is None
        assert [entry["before"] for entry in told[1:]] == [entry["after"] for entry in told[:-1]]
