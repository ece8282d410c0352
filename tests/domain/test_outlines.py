"""What may be known of another organisation's discoverable record, and no more."""

from typing import Any

from app.domain import outlines
from app.who import EVERYTHING, Reader
from graph_schema.delivery import Project
from graph_schema.links import Incurs, Owns
from graph_schema.money import Cost
from graph_schema.people import Organisation, Person, Post


async def found(desk: Any, reader: Reader) -> list[dict[str, Any]]:
    return await outlines.find(desk.graph, None, reader, "2026-11-25")


async def test_an_outline_says_whose_it_is_what_it_costs_roughly_and_whom_to_ring(desk: Any) -> None:
    a, b = await desk.create(Organisation), await desk.create(Organisation)
    facts = {"organisation": b["id"], "sensitivity": "discoverable"}
    project = await desk.create(Project, **facts, title="Shared", summary="Not shown", state="delivering")
    cost = await desk.create(Cost, amount="250000.00", **facts)
    await desk.claim(Incurs, project, cost)
    person = await desk.create(Person, organisation=b["id"], contact="01632 960001")
    post = await desk.create(Post, organisation=b["id"], holder=person["id"])
    await desk.claim(Owns, post, project, accountable=True)
    shown = await found(desk, Reader(a["id"]))
    assert {each["kind"] for each in shown} == {"Project", "Cost"}
    assert next(each for each in shown if each["kind"] == "Project") == {
        "id": project["id"], "kind": "Project", "title": "Shared", "organisation": b["id"],
        "state": "delivering", "cost_band": "under_1_million", "contact": "01632 960001",
    }  # fmt: skip
    assert await found(desk, Reader(b["id"])) == await found(desk, EVERYTHING) == []


async def test_an_outline_tells_of_no_restricted_cost_person_or_record(desk: Any) -> None:
    b = await desk.create(Organisation)
    hidden = {"organisation": b["id"], "sensitivity": "restricted"}
    project = await desk.create(Project, organisation=b["id"], sensitivity="discoverable")
    await desk.create(Project, **hidden)
    await desk.claim(Incurs, project, await desk.create(Cost, amount="5.00", **hidden))
    person = await desk.create(Person, contact="01632 960001", **hidden)
    post = await desk.create(Post, organisation=b["id"], holder=person["id"])
    await desk.claim(Owns, post, project, accountable=True)
    (shown,) = await found(desk, Reader())
    assert (shown["cost_band"], shown["contact"]) == (None, None)
