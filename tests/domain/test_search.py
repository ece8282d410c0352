"""Finding records by words, and what stands around one."""

from typing import Any

import pytest

from app.domain import search
from app.errors import Invalid, NotFound
from app.who import EVERYTHING, Reader, new_id
from graph_schema.core import Node
from graph_schema.delivery import Project
from graph_schema.links import Changes, Enables, Operates
from graph_schema.people import Organisation, Person
from graph_schema.policy import PolicyInstrument, Process


async def titles(
    desk: Any, q: str, kinds: tuple[type[Node], ...] = (), reader: Reader = EVERYTHING, limit: int = 20
) -> list[str]:
    found = await search.search(desk.graph, q, kinds, reader, limit)
    return sorted(record["facts"]["title"] for record in found)


async def test_every_word_or_its_beginning_must_be_there(desk: Any) -> None:
    await desk.create(Project, title="Council tax reduction", summary="Working age households")
    await desk.create(Process, title="Collect council tax", ref="CT-1")
    await desk.create(Project, title="Waste collection")
    assert await titles(desk, "council tax") == ["Collect council tax", "Council tax reduction"]
    assert await titles(desk, "COUNC  tax") == ["Collect council tax", "Council tax reduction"]
    assert await titles(desk, "tax working") == ["Council tax reduction"]
    assert await titles(desk, "coll") == ["Collect council tax", "Waste collection"]
    assert await titles(desk, "council tax", (Project,)) == ["Council tax reduction"]
    assert await titles(desk, "CT-1") == ["Collect council tax"]
    assert await titles(desk, "nothing here") == []
    assert len(await titles(desk, "coll", limit=1)) == 1


async def test_accents_do_not_matter(desk: Any) -> None:
    await desk.create(Project, title="Café Ynys Môn")
    for q in ("cafe", "café", "CAFÉ mon", "môn", "caf", "Mô"):
        assert await titles(desk, q) == ["Café Ynys Môn"], q


@pytest.mark.parametrize(
    "q",
    ["AND", "OR", "NOT", "TO", "cats AND dogs", "NOT cats", "cats OR", '"cats', "title:cats", "ca*t?~2",
     "cats^9", "(cats", "[a TO b]", "\\", "a" * 20_000, " ".join("abcdefghijklmnopqrstuvwxyz"), "ـ"],
)  # fmt: skip
async def test_words_of_a_query_language_are_words(desk: Any, q: str) -> None:
    await desk.create(Project, title="cats and dogs")
    try:
        found = await titles(desk, q)
    except Invalid as refused:
        assert [fault.code for fault in refused.faults] == ["no_words"]
        return
    meant = ("cats AND dogs", '"cats', "(cats", "cats OR", "NOT cats")
    assert found == (["cats and dogs"] if q in meant else [])


async def test_small_words_that_are_not_indexed_do_not_hide_what_is_meant(desk: Any) -> None:
    await desk.create(Project, title="City of London")
    await desk.create(Project, title="Inshore fishing")
    assert await titles(desk, "the city of London") == ["City of London"]
    assert await titles(desk, "in") == ["Inshore fishing"]


@pytest.mark.parametrize("q", ["", " ", "!?", "\n"])
async def test_a_search_needs_a_word(desk: Any, q: str) -> None:
    with pytest.raises(Invalid):
        await titles(desk, q)


async def test_only_what_is_live_and_seen_is_found(desk: Any) -> None:
    ours = await desk.create(Organisation, title="Ours")
    await desk.create(Project, title="plan a")
    await desk.create(Project, title="plan b", organisation=ours["id"], sensitivity="restricted")
    await desk.create(Project, title="plan c", organisation=ours["id"], sensitivity="discoverable")
    await desk.end(await desk.create(Project, title="plan d"))
    await desk.create(Person, title="plan e", name="plan f")
    assert await titles(desk, "plan", reader=Reader()) == ["plan a"]
    assert await titles(desk, "plan", reader=Reader(ours["id"])) == ["plan a", "plan b", "plan c"]
    assert await titles(desk, "plan") == ["plan a", "plan b", "plan c"]


# Neighbourhood


async def around(desk: Any, record: dict[str, Any], **asked: Any) -> tuple[list[str], list[str], bool]:
    reader = asked.pop("reader", EVERYTHING)
    found = await search.neighbourhood(desk.graph, record["id"], reader, search.Around(**asked))
    return (
        sorted(each["facts"]["title"] for each in found.records),
        sorted(f"{each['from']['title']}{each['to']['title']}" for each in found.links),
        found.truncated,
    )


@pytest.fixture
async def chain(desk: Any) -> dict[str, Any]:
    """a enables b enables c; b changes p; p operates i."""
    there: dict[str, Any] = {name: await desk.create(Project, title=name) for name in "abc"}
    there["p"] = await desk.create(Process, title="p")
    there["i"] = await desk.create(PolicyInstrument, title="i")
    await desk.claim(Enables, there["a"], there["b"])
    await desk.claim(Enables, there["b"], there["c"])
    await desk.claim(Changes, there["b"], there["p"], depth="rules")
    await desk.claim(Operates, there["p"], there["i"])
    return there


async def test_a_neighbourhood_follows_direction_depth_and_kinds(desk: Any, chain: dict[str, Any]) -> None:
    b = chain["b"]
    assert await around(desk, b, depth=0) == (["b"], [], False)
    assert await around(desk, b) == (["a", "b", "c", "p"], ["ab", "bc", "bp"], False)
    assert await around(desk, b, direction="out") == (["b", "c", "p"], ["bc", "bp"], False)
    assert await around(desk, b, direction="in") == (["a", "b"], ["ab"], False)
    assert await around(desk, b, depth=2, direction="out") == (
        ["b", "c", "i", "p"],
        ["bc", "bp", "pi"],
        False,
    )
    assert await around(desk, b, depth=3, kinds=(Enables,)) == (["a", "b", "c"], ["ab", "bc"], False)


async def test_a_neighbourhood_says_that_it_is_cut(desk: Any, chain: dict[str, Any]) -> None:
    for cap in (1, 2, 3):
        records, links, truncated = await around(desk, chain["b"], cap=cap)
        assert (len(records), len(links), truncated) == (cap, cap - 1, True)
    assert (await around(desk, chain["b"], cap=4))[2] is False
    assert (await around(desk, chain["b"], cap=4, depth=2))[2] is True


async def test_a_neighbourhood_ends_at_what_is_hidden_or_withdrawn(desk: Any, chain: dict[str, Any]) -> None:
    ours = await desk.create(Organisation)
    await desk.change(chain["p"], {"organisation": ours["id"], "sensitivity": "restricted"})
    assert await around(desk, chain["b"], depth=3, reader=Reader()) == (
        ["a", "b", "c"],
        ["ab", "bc"],
        False,
    )
    with pytest.raises(NotFound):
        await around(desk, chain["p"], reader=Reader())
    with pytest.raises(NotFound):
        await around(desk, {"id": new_id()})


async def test_a_neighbourhood_survives_a_circle(desk: Any, chain: dict[str, Any]) -> None:
    await desk.graph.schema(
        """MATCH (c:Project {id: $c}), (a:Project {id: $a})
           CREATE (c)-[:ENABLES {id: 'x', key: 'x', revision: 1, standing: 'proposed', source_system: 'x',
                   changed_at: '2026-01-01T00:00:00Z', strength: 'weak'}]->(a)""",
        a=chain["a"]["id"],
        c=chain["c"]["id"],
    )
    records, links, _ = await around(desk, chain["a"], direction="out", depth=9, kinds=(Enables,))
    assert (records, links) == (["a", "b", "c"], ["ab", "bc", "ca"])


async def test_the_order_of_what_is_found_depends_on_nothing_hidden(desk: Any) -> None:
    await desk.create(Project, title="Parking permits online")
    await desk.create(Project, title="Permits")
    await desk.create(Project, title="Bins", summary="Permits for bins, permits for skips, permits")

    async def order() -> list[str]:
        found = await search.search(desk.graph, "permits", (), Reader())
        return [record["facts"]["title"] for record in found]

    assert await order() == ["Permits", "Parking permits online", "Bins"]
    for at in range(5):
        await desk.create(Project, title=f"permits permits {at}", sensitivity="restricted")
    assert await order() == ["Permits", "Parking permits online", "Bins"]
