"""Links: what may be joined, when a link counts, and what is refused."""

import asyncio
from itertools import product
from typing import Any

import pytest

from app.domain import links
from app.domain.links import Wanted
from app.errors import (
    AlreadyExists,
    Invalid,
    LinkNotAllowed,
    NotFound,
    OwnedByAnotherSource,
    Retired,
    RuleBroken,
    StaleRevision,
)
from app.graph import Graph
from app.who import EVERYTHING, Reader, Stamp, new_id
from graph_schema import LINK_KINDS, NODE_KINDS
from graph_schema.core import Link, Node
from graph_schema.delivery import Portfolio, Project
from graph_schema.law import Legislation, Provision
from graph_schema.links import (
    Advances,
    Affects,
    Changes,
    Enables,
    GroundedIn,
    PartOf,
    Relates,
    SucceededBy,
)
from graph_schema.people import Organisation
from graph_schema.policy import PolicyGoal, PolicyInstrument, Process

PUBLIC = Reader()
LEAST: dict[str, dict[str, Any]] = {
    "CHANGES": {"depth": "rules"},
    "GROUNDED_IN": {"basis": "power"},
    "AFFECTS": {"effect": "amend"},
    "NEEDS_CHANGE": {"need": "blocking"},
    "RELATES": {"relation": "flow"},
}
"""What a link kind requires."""


def codes(refused: pytest.ExceptionInfo[Any]) -> set[tuple[str, str]]:
    return {(fault.pointer, fault.code) for fault in refused.value.faults}


def allowed(kind: type[Link]) -> set[tuple[type[Node], type[Node]]]:
    """The cells of the matrix, read from its declaration alone."""
    cells = {cell for sources, targets in kind.matrix for cell in product(sources, targets)}
    return {cell for cell in cells if not kind.same_kind or cell[0] is cell[1]}


@pytest.mark.parametrize("kind", LINK_KINDS, ids=lambda kind: kind.label)
async def test_a_link_is_born_with_the_standing_of_its_kind(desk: Any, kind: type[Link]) -> None:
    source, target = sorted(allowed(kind), key=lambda cell: (cell[0].__name__, cell[1].__name__))[0]
    a, b = await desk.create(source), await desk.create(target)
    made = await desk.claim(kind, a, b, stamp=Stamp("me"), **LEAST.get(kind.label, {}))
    if kind is PartOf:
        assert (source, target) == (PolicyGoal, PolicyGoal)
    assert made["standing"] == ("proposed" if kind.two_keys else "accepted")
    assert (made["claimed_by"], made["accepted_by"], made["revision"]) == ("me", None, 1)


async def test_part_of_is_accepted_at_birth_where_nobody_else_is_asked(desk: Any, graph: Graph) -> None:
    ours, theirs = await desk.create(Organisation), await desk.create(Organisation)
    mine = await desk.create(PolicyGoal, organisation=ours["id"])
    upper = await desk.create(PolicyGoal, organisation=ours["id"])
    other = await desk.create(PolicyGoal, organisation=theirs["id"])
    nobody, nobodys = await desk.create(PolicyGoal), await desk.create(PolicyGoal)
    for source, target, standing in (
        (await desk.create(Provision), await desk.create(Legislation), "accepted"),
        (await desk.create(Project), await desk.create(Portfolio), "accepted"),
        (mine, upper, "accepted"),
        (mine, other, "proposed"),
        (mine, nobody, "proposed"),
        (nobody, nobodys, "proposed"),
    ):
        made = await desk.claim(PartOf, source, target)
        assert made["standing"] == standing
        printed = [made["source_print"], made["target_print"]]
        ends = [
            row["print"]
            for row in await graph.rows(
                "UNWIND $ids AS id MATCH (n:Record {id: id}) RETURN n.print AS print",
                ids=[source["id"], target["id"]],
            )
        ]
        assert printed == (ends if standing == "accepted" else [None, None])


async def test_a_part_of_between_goals_of_one_organisation_stays_accepted_when_it_changes(desk: Any) -> None:
    ours = await desk.create(Organisation)
    lower, upper = [await desk.create(PolicyGoal, organisation=ours["id"]) for _ in "ab"]
    made = await desk.claim(PartOf, lower, upper)
    changed = await desk.change(made, {"rationale": "better words"})
    assert (changed["standing"], changed["revision"]) == ("accepted", 2)


@pytest.mark.parametrize(
    ("target", "depths"),
    [(Process, {"interface", "process", "rules"}), (PolicyInstrument, {"rules", "instrument"})],
)
async def test_a_change_goes_no_deeper_than_what_it_changes(
    desk: Any, target: type[Node], depths: set[str]
) -> None:
    project = await desk.create(Project)
    for depth in ("interface", "process", "rules", "instrument"):
        other = await desk.create(target)
        if depth in depths:
            assert (await desk.claim(Changes, project, other, depth=depth))["facts"]["depth"] == depth
            continue
        with pytest.raises(LinkNotAllowed) as refused:
            await desk.claim(Changes, project, other, depth=depth)
        assert codes(refused) == {("/facts", "depth_not_allowed")}


async def test_the_rules_of_a_kind_hold_for_a_patch_too(desk: Any) -> None:
    made = await desk.claim(
        Changes, await desk.create(Project), await desk.create(Process), depth="interface"
    )
    with pytest.raises(LinkNotAllowed) as refused:
        await desk.change(made, {"depth": "instrument"})
    assert codes(refused) == {("/facts", "depth_not_allowed")}
    with pytest.raises(Invalid) as invalid:
        await desk.change(made, {"depth": None, "share": 1.5, "bogus": 1})
    assert codes(invalid) == {
        ("/facts/depth", "missing"),
        ("/facts/share", "range"),
        ("/facts/bogus", "unknown_field"),
    }


async def test_a_whole_act_is_no_duty(desk: Any) -> None:
    process, act = await desk.create(Process), await desk.create(Legislation)
    with pytest.raises(LinkNotAllowed) as refused:
        await desk.claim(GroundedIn, process, act, basis="duty")
    assert codes(refused) == {("/facts", "basis_not_allowed")}


@pytest.mark.parametrize("kind", [Enables, Relates, SucceededBy, PartOf])
async def test_a_record_is_not_linked_to_itself(desk: Any, kind: type[Link]) -> None:
    record = await desk.create(PolicyGoal if kind is PartOf else Project)
    with pytest.raises(LinkNotAllowed) as refused:
        await desk.claim(kind, record, record, **LEAST.get(kind.label, {}))
    assert codes(refused) == {("/to", "link_to_itself")}


async def test_both_ends_must_be_there_live_and_seen(desk: Any) -> None:
    ours = await desk.create(Organisation)
    project = await desk.create(Project)
    hidden = await desk.create(Project, organisation=ours["id"], sensitivity="restricted")
    gone = await desk.end(await desk.create(Project))
    nothing = {"id": new_id()}
    for target, code in ((nothing, "record_unknown"), (hidden, "record_unknown"), (gone, "record_retired")):
        with pytest.raises(Invalid) as refused:
            await desk.claim(Enables, project, target, reader=PUBLIC)
        assert codes(refused) == {("/to", code)}
        with pytest.raises(Invalid) as refused:
            await desk.claim(Enables, target, project, reader=PUBLIC)
        assert codes(refused) == {("/from", code)}
    with pytest.raises(Invalid) as both:
        await desk.claim(Enables, nothing, gone)
    assert codes(both) == {("/from", "record_unknown"), ("/to", "record_retired")}


async def test_evidence_must_be_there(desk: Any) -> None:
    a, b = await desk.create(Project), await desk.create(Project)
    with pytest.raises(Invalid) as refused:
        await desk.claim(Enables, a, b, evidence=[new_id()])
    assert codes(refused) == {("/facts/evidence/0", "reference_unknown")}
    made = await desk.claim(Enables, a, b)
    with pytest.raises(Invalid) as again:
        await desk.change(made, {"evidence": [a["id"]]})
    assert codes(again) == {("/facts/evidence/0", "reference_unknown")}


# One live link


async def test_the_same_live_link_is_claimed_once(desk: Any) -> None:
    a, b = await desk.create(Project), await desk.create(Project)
    first = await desk.claim(Enables, a, b)
    with pytest.raises(AlreadyExists):
        await desk.claim(Enables, a, b, rationale="another reason")
    await desk.end(first)
    second = await desk.claim(Enables, a, b)
    assert second["id"] != first["id"]
    assert (await desk.get(first))["standing"] == "withdrawn"
    assert await desk.number() == 5


@pytest.mark.parametrize("rivals", [2, 16])
async def test_of_the_same_links_claimed_at_once_one_wins(desk: Any, graph: Graph, rivals: int) -> None:
    for kind in (Changes, Relates):
        a, b = await desk.create(Project), await desk.create(Process)
        before = await desk.number()
        outcomes = await asyncio.gather(
            *(desk.claim(kind, a, b, **LEAST[kind.label]) for _ in range(rivals)), return_exceptions=True
        )
        assert sum(isinstance(outcome, dict) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, AlreadyExists) for outcome in outcomes) == rivals - 1
        assert await graph.rows(f"MATCH ()-[r:{kind.label}]->() RETURN count(r) AS n") == [{"n": 1}]
        assert await desk.number() == before + 1


async def test_parallel_links_differ_in_the_facts_their_kind_names(desk: Any) -> None:
    instrument, goal = await desk.create(PolicyInstrument), await desk.create(PolicyGoal)
    helps = await desk.claim(Advances, instrument, goal, polarity="helps")
    harms = await desk.claim(Advances, instrument, goal, polarity="harms")
    for polarity in ("helps", "harms"):
        with pytest.raises(AlreadyExists):
            await desk.claim(Advances, instrument, goal, polarity=polarity)
    with pytest.raises(AlreadyExists):
        await desk.change(harms, {"polarity": "helps"})
    await desk.end(helps)
    changed = await desk.change(harms, {"polarity": "helps"})
    assert changed["facts"]["polarity"] == "helps"
    await desk.claim(Advances, instrument, goal, polarity="harms")


# Cycles


@pytest.mark.parametrize("kind", [Enables, SucceededBy, PartOf])
async def test_a_cycle_is_refused(desk: Any, kind: type[Link]) -> None:
    of = PolicyGoal if kind is PartOf else Project
    a, b, c, d = [await desk.create(of) for _ in range(4)]
    for source, target in ((a, b), (b, c), (a, c), (c, d)):
        await desk.claim(kind, source, target)
    for source, target in ((b, a), (c, a), (d, a), (d, b)):
        with pytest.raises(RuleBroken) as refused:
            await desk.claim(kind, source, target)
        assert codes(refused) == {("/to", "cycle")}


async def test_a_withdrawn_link_closes_no_cycle(desk: Any) -> None:
    a, b, c = [await desk.create(Project) for _ in range(3)]
    await desk.claim(Enables, a, b)
    middle = await desk.claim(Enables, b, c)
    with pytest.raises(RuleBroken):
        await desk.claim(Enables, c, a)
    await desk.end(middle)
    await desk.claim(Enables, c, a)
    with pytest.raises(RuleBroken):
        await desk.claim(Enables, b, c)


async def test_of_two_links_that_would_close_a_cycle_together_one_is_refused(desk: Any, graph: Graph) -> None:
    for _ in range(5):
        await graph.schema("MATCH (l:Lock) DELETE l")  # the very first claims of a new database
        a, b, c = [await desk.create(Project) for _ in range(3)]
        outcomes = await asyncio.gather(
            desk.claim(Enables, a, b),
            desk.claim(Enables, b, c),
            desk.claim(Enables, c, a),
            return_exceptions=True,
        )
        assert sum(isinstance(outcome, dict) for outcome in outcomes) == 2
        assert sum(isinstance(outcome, RuleBroken) for outcome in outcomes) == 1
    assert await graph.rows("MATCH (l:Lock) RETURN count(l) AS n") == [{"n": 1}]


async def test_a_link_never_stands_in_the_ledger_after_the_retirement_of_its_end(
    desk: Any, graph: Graph
) -> None:
    for _ in range(10):
        a, b = await desk.create(Project), await desk.create(Project)
        await asyncio.gather(desk.claim(Enables, a, b), desk.end(b), return_exceptions=True)
    retired: set[str] = set()
    for entry in await graph.rows(
        "MATCH (c:Change) RETURN c.action AS action, c.ends AS ends ORDER BY c.seq"
    ):
        if entry["action"] == "claim":
            assert not retired & set(entry["ends"])
        if entry["action"] == "retire":
            retired |= set(entry["ends"])
    assert len(retired) == 10


# Changing and withdrawing


async def accepted(graph: Graph, link: dict[str, Any]) -> None:
    """As the use case of acceptance will leave the link."""
    await graph.schema(
        """MATCH (a)-[r {id: $id}]->(b)
           SET r.standing = 'accepted', r.accepted_by = 'p', r.accepted_on = '2026-01-01',
               r.reviewed_on = '2026-01-02', r.source_print = a.print, r.target_print = b.print""",
        id=link["id"],
    )


async def test_an_accepted_link_whose_facts_change_is_proposed_again(desk: Any, graph: Graph) -> None:
    made = await desk.claim(Changes, await desk.create(Project), await desk.create(Process), depth="rules")
    await accepted(graph, made)
    assert (await desk.get(made))["standing"] == "accepted"
    changed = await desk.change(made, {"strength": "direct"}, 1, stamp=Stamp("changer"))
    assert changed["standing"] == "proposed"
    assert changed["claimed_by"] == "changer"
    told = ("accepted_by", "accepted_on", "reviewed_on", "source_print", "target_print")
    assert {name: changed[name] for name in told} == dict.fromkeys(told)
    assert await desk.get(made) == changed


async def test_an_accepted_link_whose_facts_stay_stays_accepted(desk: Any, graph: Graph) -> None:
    made = await desk.claim(
        Changes, await desk.create(Project), await desk.create(Process), depth="rules", share="0.5"
    )
    await accepted(graph, made)
    stands, number = await desk.get(made), await desk.number()
    for patch in ({}, {"depth": "rules"}, {"share": "0.50"}, {"strength": None}):
        assert await desk.change(made, patch, 1) == stands
    assert await desk.number() == number


async def test_a_link_that_needs_no_acceptance_goes_on_counting_when_it_changes(desk: Any) -> None:
    made = await desk.claim(Relates, await desk.create(Project), await desk.create(Process), relation="flow")
    changed = await desk.change(made, {"relation": "access"})
    assert (changed["standing"], changed["facts"]["relation"]) == ("accepted", "access")


async def test_a_withdrawn_link_stays_readable_and_no_longer_changes(desk: Any) -> None:
    a, b = await desk.create(Project), await desk.create(Project)
    made = await desk.claim(Enables, a, b, rationale="because")
    gone = await desk.end(made, 1)
    assert (gone["standing"], gone["revision"], gone["facts"]) == ("withdrawn", 2, made["facts"])
    assert await desk.get(made) == gone
    for act in (desk.change(made, {"rationale": "x"}), desk.end(made)):
        with pytest.raises(Retired):
            await act
    assert (await links.find(desk.graph, Enables, Wanted(), EVERYTHING)).items == []
    page = await links.find(desk.graph, Enables, Wanted(standing=("withdrawn",)), EVERYTHING)
    assert page.items == [gone]


async def test_a_link_is_changed_by_its_own_source_and_at_its_own_revision_only(desk: Any) -> None:
    a, b = await desk.create(Project), await desk.create(Project)
    made = await desk.claim(Enables, a, b, stamp=Stamp("loader", source="register"))
    for act in (
        desk.change(made, {"rationale": "x"}),
        desk.end(made, stamp=Stamp("loader", source="another")),
    ):
        with pytest.raises(OwnedByAnotherSource):
            await act
    register = Stamp("loader", source="register")
    await desk.change(made, {"rationale": "x"}, 1, stamp=register)
    with pytest.raises(StaleRevision) as refused:
        await desk.change(made, {"rationale": "y"}, 1, stamp=Stamp("loader", source="register"))
    assert refused.value.facts["revision"] == 2


async def test_a_link_is_seen_when_both_its_ends_are(desk: Any) -> None:
    ours, theirs = await desk.create(Organisation), await desk.create(Organisation)
    us, them = Reader(ours["id"]), Reader(theirs["id"])
    hidden = await desk.create(Project, organisation=ours["id"], sensitivity="restricted")
    seen = await desk.create(Project)
    for source, target in ((hidden, seen), (seen, await desk.create(Project))):
        made = await desk.claim(Enables, source, target)
    for made, sees in (
        (await desk.claim(SucceededBy, hidden, seen), (us,)),
        (await desk.claim(SucceededBy, seen, await desk.create(Project)), (us, them, PUBLIC)),
    ):
        for reader in (us, them, PUBLIC):
            if reader in sees:
                assert await desk.get(made, reader) == made
                continue
            for act in (
                desk.get(made, reader),
                desk.change(made, {"on": "2026-01-01"}, reader=reader),
                desk.end(made, reader=reader),
            ):
                with pytest.raises(NotFound):
                    await act
    counted = [
        (await links.find(desk.graph, SucceededBy, Wanted(count=True), reader)).total
        for reader in (us, them, PUBLIC, EVERYTHING)
    ]
    assert counted == [2, 1, 1, 2]


# Lists


async def test_links_are_listed_by_their_own_facts_ends_source_and_day(desk: Any) -> None:
    a, b, c = [await desk.create(Project) for _ in range(3)]
    first = await desk.claim(Enables, a, b, strength="direct", valid_from="2026-01-01", valid_to="2027-01-01")
    second = await desk.claim(Enables, b, c, stamp=Stamp("x", source="register"))

    async def found(**wanted: Any) -> list[str]:
        page = await links.find(desk.graph, Enables, Wanted(count=True, **wanted), EVERYTHING)
        assert page.total == len(page.items)
        return [item["id"] for item in page.items]

    assert await found() == [first["id"], second["id"]]
    assert await found(fields={"strength": ("direct", "weak")}) == [first["id"]]
    assert await found(from_id=b["id"]) == [second["id"]]
    assert await found(to_id=b["id"]) == [first["id"]]
    assert await found(source="register") == [second["id"]]
    assert await found(standing=("proposed",)) == [first["id"], second["id"]]
    assert await found(standing=("accepted", "disputed")) == []
    assert await found(valid_on="2026-12-31") == [first["id"], second["id"]]
    assert await found(valid_on="2027-01-01") == [second["id"]]
    with pytest.raises(Invalid):
        await found(fields={"bogus": ("x",)})


async def test_links_come_in_pages(desk: Any) -> None:
    project = await desk.create(Project)
    made = [(await desk.claim(Enables, project, await desk.create(Project)))["id"] for _ in range(7)]
    seen: list[str] = []
    after = None
    while True:
        page = await links.find(desk.graph, Enables, Wanted(limit=3, after=after), EVERYTHING)
        seen += [item["id"] for item in page.items]
        if page.next is None:
            break
        after = page.next
    assert seen == made


async def test_effects_of_law_are_parallel_by_the_registers_id(desk: Any) -> None:
    change, provision = await desk.create(NODE_KINDS[2]), await desk.create(Provision)
    for effect_id in ("e1", "e2", None):
        await desk.claim(Affects, change, provision, effect="amend", effect_id=effect_id)
    for effect_id in ("e1", None):
        with pytest.raises(AlreadyExists):
            await desk.claim(Affects, change, provision, effect="repeal", effect_id=effect_id)
