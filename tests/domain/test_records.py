"""Records: what may be created, changed, retired and read, and what is refused."""

import asyncio
from typing import Any

import pytest

from app.domain import lists, records
from app.domain.lists import Wanted
from app.errors import (
    AlreadyExists,
    Invalid,
    NotFound,
    OwnedByAnotherSource,
    Refusal,
    Retired,
    StaleRevision,
)
from app.graph import Graph
from app.who import EVERYTHING, Caller, Reader, Role, Stamp, new_id
from graph_schema import NODE_KINDS
from graph_schema.core import Node
from graph_schema.delivery import Project
from graph_schema.law import Provision
from graph_schema.links import Changes, Enables, FundedBy
from graph_schema.money import Cost, Funding
from graph_schema.people import Organisation, Person, Post
from graph_schema.policy import Outcome, PolicyInstrument, Process

PUBLIC = Reader()
ANOTHER = Stamp("loader", source="another")


def codes(refused: pytest.ExceptionInfo[Any]) -> set[tuple[str, str]]:
    return {(fault.pointer, fault.code) for fault in refused.value.faults}


# Creating


@pytest.mark.parametrize("kind", NODE_KINDS, ids=lambda kind: kind.__name__)
async def test_what_is_created_is_what_is_read(desk: Any, kind: type[Node]) -> None:
    made = await desk.create(kind, identifiers=[{"scheme": "z", "value": "2"}, {"scheme": "a", "value": "1"}])
    assert made["revision"] == 1
    assert made["status"] == "live"
    assert await desk.get(made) == made
    assert await records.get(desk.graph, None, made["id"], EVERYTHING) == made
    assert await records.by_identifier(desk.graph, "z", "2", EVERYTHING) == made


async def test_numbers_are_answered_at_creation_as_they_are_kept(desk: Any) -> None:
    made = await desk.create(Outcome, baseline={"value": "1.50"}, target={"value": "1E+2"})
    assert made["facts"]["baseline"]["value"] == "1.5"
    assert made["facts"]["target"]["value"] == "100"
    assert await desk.get(made) == made


async def test_a_reference_must_name_a_record_of_its_kind(desk: Any) -> None:
    project = await desk.create(Project)
    for id in (new_id(), project["id"]):
        with pytest.raises(Invalid) as refused:
            await desk.create(Project, organisation=id)
        assert codes(refused) == {("/organisation", "reference_unknown")}


async def test_a_reference_to_a_record_hidden_from_the_caller_is_a_reference_to_nothing(desk: Any) -> None:
    hidden = await desk.create(Organisation, sensitivity="restricted")
    with pytest.raises(Invalid) as refused:
        await desk.create(Project, organisation=hidden["id"], reader=PUBLIC)
    assert codes(refused) == {("/organisation", "reference_unknown")}
    with pytest.raises(Invalid):
        await desk.change(await desk.create(Project), {"organisation": hidden["id"]}, reader=PUBLIC)


async def test_an_identifier_names_one_record_only(desk: Any) -> None:
    key = {"scheme": "gss", "value": "E06000001"}
    await desk.create(Organisation, identifiers=[key])
    with pytest.raises(AlreadyExists) as refused:
        await desk.create(Organisation, identifiers=[{"scheme": "gss", "value": "x"}, key])
    assert codes(refused) == {("/identifiers/1", "identifier_taken")}
    assert await desk.number() == 1


async def test_of_sixteen_creators_with_one_identifier_one_wins(desk: Any, graph: Graph) -> None:
    key = {"scheme": "gss", "value": "E06000001"}
    outcomes = await asyncio.gather(
        *(desk.create(Organisation, identifiers=[key]) for _ in range(16)), return_exceptions=True
    )
    assert sum(isinstance(outcome, dict) for outcome in outcomes) == 1
    assert all(isinstance(outcome, dict | Invalid | AlreadyExists) for outcome in outcomes)
    assert await graph.rows("MATCH (n:Organisation) RETURN count(n) AS n") == [{"n": 1}]
    assert await desk.number() == 1


# Changing


async def test_a_patch_is_validated_with_the_whole_record(desk: Any) -> None:
    made = await desk.create(Project, valid_from="2026-01-01", valid_to="2027-01-01")
    with pytest.raises(Invalid) as refused:
        await desk.change(made, {"valid_to": "2025-12-31"})
    assert codes(refused) == {("", "date_order")}
    assert await desk.get(made) == made


async def test_every_fault_of_a_patch_is_told_at_once(desk: Any) -> None:
    made = await desk.create(Cost)
    with pytest.raises(Invalid) as refused:
        await desk.change(made, {"amount": 1.5, "currency": "XXX", "year": "2026", "bogus": 1, "title": None})
    assert codes(refused) == {
        ("/amount", "money_number"),
        ("/currency", "not_in_list"),
        ("/year", "wrong_type"),
        ("/bogus", "unknown_field"),
        ("/title", "missing"),
    }


async def test_null_in_a_patch_puts_a_fact_back_to_its_default(desk: Any) -> None:
    made = await desk.create(Project, state="delivering", summary="words", tags=["a:b"])
    changed = await desk.change(made, {"state": None, "summary": None, "tags": None})
    assert (changed["facts"]["state"], changed["facts"]["summary"], changed["facts"]["tags"]) == (
        "idea",
        None,
        [],
    )
    assert await desk.get(made) == changed


async def test_a_patch_merges_into_a_structure(desk: Any) -> None:
    stated = {"reason": "r", "declared_by": "p", "declared_on": "2026-01-01", "expires": "2027-01-01"}
    register = [Stamp("loader", source="register") for _ in range(3)]
    made = await desk.create(Project, stamp=register[0], not_applicable=stated)
    changed = await desk.change(made, {"not_applicable": {"reason": "another"}}, stamp=register[1])
    assert changed["facts"]["not_applicable"] == stated | {
        "reason": "another",
        "accepted_by": None,
        "accepted_on": None,
    }
    gone = await desk.change(made, {"not_applicable": None}, stamp=register[2])
    assert gone["facts"]["not_applicable"] is None
    assert await desk.get(made) == gone


async def test_a_patch_that_changes_nothing_is_no_change(desk: Any) -> None:
    made = await desk.create(
        Cost,
        amount="5.00",
        identifiers=[{"scheme": "b", "value": "1"}, {"scheme": "a", "value": "1"}],
    )
    before = await desk.number()
    for patch in (
        {},
        {"amount": "5.00"},
        {"amount": "5"},
        {"year": None},
        {"identifiers": [{"scheme": "a", "value": "1"}, {"scheme": "b", "value": "1"}]},
    ):
        assert await desk.change(made, patch, 1) == made
    assert await desk.number() == before


async def test_the_same_number_written_otherwise_is_no_change(desk: Any) -> None:
    made = await desk.create(Outcome, baseline={"value": "1.5"})
    assert await desk.change(made, {"baseline": {"value": "1.50"}}) == made
    assert await desk.number() == 1


async def test_identifiers_may_be_added_and_never_taken_away(desk: Any) -> None:
    first, second = {"scheme": "a", "value": "1"}, {"scheme": "a", "value": "2"}
    made = await desk.create(Project, identifiers=[first])
    for fewer in ([], [second], None):
        with pytest.raises(Invalid) as refused:
            await desk.change(made, {"identifiers": fewer})
        assert codes(refused) == {("/identifiers", "identifier_is_for_ever")}
    changed = await desk.change(made, {"identifiers": [second, first]})
    assert changed["facts"]["identifiers"] == [first, second]
    assert await records.by_identifier(desk.graph, "a", "2", EVERYTHING) == changed


async def test_a_retired_record_keeps_its_identifiers(desk: Any) -> None:
    key = {"scheme": "a", "value": "1"}
    gone = await desk.end(await desk.create(Project, identifiers=[key]))
    assert await records.by_identifier(desk.graph, "a", "1", EVERYTHING) == gone
    with pytest.raises(AlreadyExists):
        await desk.create(Project, identifiers=[key])


async def test_a_stale_revision_is_refused_and_told_the_current_one(desk: Any) -> None:
    made = await desk.create(Project)
    await desk.change(made, {"title": "B"}, 1)
    for act in (desk.change(made, {"title": "C"}, 1), desk.change(made, {}, 1), desk.end(made, 1)):
        with pytest.raises(StaleRevision) as refused:
            await act
        assert refused.value.facts == {"revision": 2}


async def test_of_sixteen_writers_of_one_revision_one_wins_and_no_update_is_lost(desk: Any) -> None:
    made = await desk.create(Process, volume=0)

    async def add_ten() -> int:
        for _ in range(10):
            while True:
                seen = await desk.get(made)
                try:
                    await desk.change(made, {"volume": seen["facts"]["volume"] + 1}, seen["revision"])
                    break
                except StaleRevision:
                    continue
        return 10

    assert sum(await asyncio.gather(*(add_ten() for _ in range(16)))) == 160
    final = await desk.get(made)
    assert (final["facts"]["volume"], final["revision"]) == (160, 161)
    assert await desk.number() == 161


async def test_only_its_own_source_changes_a_record(desk: Any) -> None:
    made = await desk.create(Project, stamp=Stamp("loader", source="register"))
    assert made["source"] == "register"
    people = Caller("somebody", roles=frozenset({Role.CONTRIBUTOR})).stamp()
    for act in (
        desk.change(made, {"title": "B"}),
        desk.end(made, stamp=people),
        desk.end(made, stamp=ANOTHER),
    ):
        with pytest.raises(OwnedByAnotherSource):
            await act
    changed = await desk.change(made, {"title": "B"}, stamp=Stamp("loader", source="register"))
    assert changed["source"] == "register"


async def test_an_administrator_retires_what_another_source_stated_and_changes_none_of_it(desk: Any) -> None:
    made = await desk.create(Project, stamp=Stamp("loader", source="register"))
    administrator = Caller("keeper", roles=frozenset({Role.ADMINISTRATOR}))
    with pytest.raises(OwnedByAnotherSource):
        await desk.change(made, {"title": "B"}, stamp=administrator.stamp())
    assert (await desk.end(made, stamp=administrator.stamp()))["status"] == "retired"


async def test_a_retired_record_no_longer_changes(desk: Any) -> None:
    made = await desk.create(Project)
    gone = await desk.end(made, 1)
    assert (gone["status"], gone["revision"]) == ("retired", 2)
    assert await desk.get(made) == gone
    for act in (desk.change(made, {"title": "B"}), desk.end(made)):
        with pytest.raises(Retired):
            await act


@pytest.mark.parametrize("kind", NODE_KINDS, ids=lambda kind: kind.__name__)
async def test_a_record_is_not_found_under_another_kind(desk: Any, kind: type[Node]) -> None:
    made = await desk.create(kind)
    other = Project if kind is not Project else Cost
    with pytest.raises(NotFound):
        await records.get(desk.graph, other, made["id"], EVERYTHING)
    with pytest.raises(NotFound):
        await records.get(desk.graph, kind, new_id(), EVERYTHING)


# Hidden records


async def test_a_hidden_record_is_not_there(desk: Any) -> None:
    ours = await desk.create(Organisation, title="Ours")
    theirs = await desk.create(Organisation, title="Theirs")
    me, them = Reader(ours["id"]), Reader(theirs["id"])
    key = {"scheme": "a", "value": "1"}
    hidden = await desk.create(
        Project, organisation=theirs["id"], sensitivity="restricted", identifiers=[key]
    )
    for act in (
        desk.get(hidden, me),
        desk.get(hidden, PUBLIC),
        desk.change(hidden, {"title": "B"}, 1, reader=me),
        desk.end(hidden, 1, reader=me),
        records.by_identifier(desk.graph, "a", "1", me),
    ):
        with pytest.raises(NotFound):
            await act
    assert await desk.get(hidden, them) == hidden
    listed = await lists.find(desk.graph, Project, Wanted(count=True), me)
    assert (listed.items, listed.total) == ([], 0)
    assert (await lists.find(desk.graph, Project, Wanted(count=True), them)).total == 1


async def test_a_discoverable_record_is_seen_in_full_by_its_own_organisation_alone(desk: Any) -> None:
    ours = await desk.create(Organisation)
    made = await desk.create(Project, organisation=ours["id"], sensitivity="discoverable")
    assert await desk.get(made, Reader(ours["id"])) == made
    with pytest.raises(NotFound):
        await desk.get(made, PUBLIC)


async def test_a_link_to_a_hidden_record_is_no_link_for_has_and_lacks(desk: Any) -> None:
    ours = await desk.create(Organisation)
    project = await desk.create(Project)
    hidden = await desk.create(PolicyInstrument, organisation=ours["id"], sensitivity="restricted")
    await desk.claim(Changes, project, hidden, depth="rules")
    for reader, has in ((PUBLIC, 0), (Reader(ours["id"]), 1), (EVERYTHING, 1)):
        found = await lists.find(desk.graph, Project, Wanted(has=("changes",), count=True), reader)
        lacking = await lists.find(desk.graph, Project, Wanted(lacks=("changes",), count=True), reader)
        assert (found.total, lacking.total) == (has, 1 - has)


# Lists


async def titles(
    desk: Any, kind: type[Node] = Project, reader: Reader = EVERYTHING, **wanted: Any
) -> list[str]:
    page = await lists.find(desk.graph, kind, Wanted(count=True, **wanted), reader)
    assert page.total == len(page.items)
    return [item["facts"]["title"] for item in page.items]


async def test_a_list_is_filtered_by_facts_tags_status_and_source(desk: Any) -> None:
    await desk.create(Project, title="a", state="delivering", tags=["fund:town-deals", "x:y"])
    await desk.create(Project, title="b", state="closed", tags=["x:z"])
    await desk.create(Project, title="c", stamp=ANOTHER)
    await desk.end(await desk.create(Project, title="d"))
    assert await titles(desk) == ["a", "b", "c"]
    assert await titles(desk, fields={"state": ("delivering", "closed")}) == ["a", "b"]
    assert await titles(desk, fields={"state": ("delivering",), "title": ("b",)}) == []
    assert await titles(desk, tags=("x:y", "fund:town-deals")) == ["a"]
    assert await titles(desk, tags=("x:z", "fund:town-deals")) == []
    assert await titles(desk, tags=("x:none",)) == []
    assert await titles(desk, status="retired") == ["d"]
    assert await titles(desk, status=None) == ["a", "b", "c", "d"]
    assert await titles(desk, source="another") == ["c"]


async def test_filters_are_of_the_facts_own_type(desk: Any) -> None:
    await desk.create(Cost, title="a", amount="12.50", year=2026, committed=True)
    await desk.create(Cost, title="b", amount="13.00", year=2027)
    assert await titles(desk, Cost, fields={"amount": ("12.50",)}) == ["a"]
    assert await titles(desk, Cost, fields={"year": ("2026", "2027")}) == ["a", "b"]
    assert await titles(desk, Cost, fields={"committed": ("false",)}) == ["b"]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("year", "soon", "wrong_type"),
        ("year", "9" * 30, "wrong_type"),
        ("amount", "1e3", "wrong_type"),
        ("committed", "1", "wrong_type"),
        ("summary", "x", "unknown_parameter"),
        ("bogus", "x", "unknown_parameter"),
        ("tags", "x:y", "unknown_parameter"),
    ],
)
async def test_a_filter_that_cannot_be_is_refused(desk: Any, name: str, value: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        await titles(desk, Cost, fields={name: (value,)})
    assert [fault.code for fault in refused.value.faults] == [code]


async def test_a_list_asks_for_links_going_out_coming_in_and_missing(desk: Any) -> None:
    a, b, c = [await desk.create(Project, title=title) for title in "abc"]
    await desk.claim(Enables, a, b, valid_from="2026-01-01", valid_to="2027-01-01")
    grant = await desk.create(Funding)
    await desk.claim(FundedBy, c, grant)
    gone = await desk.claim(Enables, b, c)
    await desk.end(gone)
    assert await titles(desk, has=("enables",)) == ["a"]
    assert await titles(desk, has=("in:enables",)) == ["b"]
    assert await titles(desk, lacks=("enables", "in:enables")) == ["c"]
    assert await titles(desk, has=("funded-by",), lacks=("enables",)) == ["c"]
    assert await titles(desk, Funding, has=("in:funded-by",)) == ["A Funding"]
    for day, there in (("2025-12-31", []), ("2026-01-01", ["a"]), ("2026-12-31", ["a"]), ("2027-01-01", [])):
        assert await titles(desk, has=("enables",), valid_on=day) == there
        assert await titles(desk, lacks=("enables",), valid_on=day) == sorted({"a", "b", "c"} - set(there))


@pytest.mark.parametrize("asked", ["bogus", "out:enables", "in:", "enables`", ":enables:x"])
async def test_an_unknown_link_kind_is_refused(desk: Any, asked: str) -> None:
    for wanted in ({"has": (asked,)}, {"lacks": (asked,)}):
        with pytest.raises(Invalid) as refused:
            await titles(desk, **wanted)
        assert [fault.code for fault in refused.value.faults] == ["unknown_link_kind"]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        (("title",), ["a", "b", "c", "d"]),
        (("-title",), ["d", "c", "b", "a"]),
        (("year", "-title"), ["d", "b", "a", "c"]),
        (("-year", "id"), ["c", "a", "b", "d"]),
        (("-id",), ["d", "c", "b", "a"]),
    ],
)
async def test_pages_follow_the_order_asked_for(desk: Any, sort: tuple[str, ...], order: list[str]) -> None:
    for title, year in (("a", 2026), ("b", 2026), ("c", 2027), ("d", None)):
        await desk.create(Cost, title=title, year=year)
    for limit in (1, 2, 3, 4):
        seen, after = [], None
        while True:
            page = await lists.find(desk.graph, Cost, Wanted(sort=sort, limit=limit, after=after), EVERYTHING)
            seen += [item["facts"]["title"] for item in page.items]
            if page.next is None:
                break
            after = page.next
        assert seen == order


async def test_pages_neither_repeat_nor_lose_what_stands_still_while_the_rest_changes(desk: Any) -> None:
    for number in range(20):
        await desk.create(Project, title=f"p{number:02}")
    seen: list[str] = []
    after = None
    while True:
        page = await lists.find(
            desk.graph, Project, Wanted(sort=("title",), limit=4, after=after), EVERYTHING
        )
        seen += [item["facts"]["title"] for item in page.items]
        if page.next is None:
            break
        after = page.next
        await desk.create(Project, title="p")  # before everything seen
        await desk.end(page.items[-1])  # the very record the cursor stands on
    assert seen == [f"p{number:02}" for number in range(20)]


@pytest.mark.parametrize(
    "cursor", ["", "x", "W10", "WyJpZCIsMV0", "WyJpZCIsIlx1ZDgwMCJd", "bnVsbA", "é", "e30"]
)
async def test_a_cursor_of_somebody_elses_making_is_refused(desk: Any, cursor: str) -> None:
    with pytest.raises(Invalid) as refused:
        await titles(desk, after=cursor)
    assert codes(refused) == {("/after", "bad_cursor")}


async def test_a_cursor_fits_its_own_order_only(desk: Any) -> None:
    for title in "ab":
        await desk.create(Project, title=title)
    page = await lists.find(desk.graph, Project, Wanted(limit=1), EVERYTHING)
    with pytest.raises(Invalid) as refused:
        await titles(desk, sort=("title",), after=page.next)
    assert codes(refused) == {("/after", "bad_cursor")}
    with pytest.raises(Invalid) as unsorted:
        await titles(desk, sort=("summary",))
    assert codes(unsorted) == {("/sort", "unknown_sort")}


# What the store keeps


async def test_a_print_changes_with_facts_that_bear_meaning_alone(desk: Any, graph: Graph) -> None:
    async def print_of(record: dict[str, Any]) -> str:
        row = await graph.row("MATCH (n:Record {id: $id}) RETURN n.print AS p", id=record["id"])
        assert row
        return str(row["p"])

    made = await desk.create(Project)
    first = await print_of(made)
    await desk.change(made, {"state": "closed", "tags": ["a:b"], "end": "2026-01-01"})
    assert await print_of(made) == first
    await desk.change(made, {"stated_depth": "rules"})
    second = await print_of(made)
    assert second != first
    await desk.change(made, {"stated_depth": None})
    assert await print_of(made) == first


async def test_structures_are_kept_as_parallel_lists(desk: Any, graph: Graph) -> None:
    made = await desk.create(
        Provision,
        intervals=[
            {"from": "2026-01-01", "extent": ["E", "W"]},
            {"from": None, "to": None, "qualification": "wholly in force"},
            {"from": "2020-01-01", "to": "2021-01-01", "ended_by": "repeal"},
        ],
    )
    row = await graph.row(
        """MATCH (n:Provision {id: $id}) RETURN n.intervals_from AS f, n.intervals_to AS t,
           n.intervals_qualification AS q, n.intervals_extent AS e, n.intervals_ended_by AS b""",
        id=made["id"],
    )
    assert row == {
        "f": ["2026-01-01", "", "2020-01-01"],
        "t": ["9999-12-31", "9999-12-31", "2021-01-01"],
        "q": ["", "wholly in force", ""],
        "e": ["E,W", "", ""],
        "b": ["", "", "repeal"],
    }
    assert await desk.get(made) == made


async def test_a_post_names_its_holder_by_id(desk: Any) -> None:
    holder = await desk.create(Person, name="Ada")
    post = await desk.create(Post, holder=holder["id"])
    assert post["facts"]["holder"] == holder["id"]
    with pytest.raises(Invalid):
        await desk.create(Post, holder=post["id"])


@pytest.mark.parametrize("id", ["", "x", "' OR 1=1", "a" * 10_000, "\x00"])
async def test_any_text_may_be_asked_for_as_an_id(desk: Any, id: str) -> None:
    with pytest.raises(NotFound):
        await records.get(desk.graph, Project, id, EVERYTHING)
    with pytest.raises(Refusal):
        await desk.change({"kind": "Project", "id": id}, {})
