"""`suspect-links`: which accepted links have gone suspect, and what changed."""

from typing import Any
from zoneinfo import ZoneInfo

from app.domain import receipts, records
from app.graph import Graph
from app.questions.core import Answer, ask
from app.questions.suspect_links import SuspectLinks, SuspectLinksRow
from app.who import EVERYTHING, Reader, Stamp, new_id
from graph_schema import KIND_BY_NAME
from tests.build import (
    Drawn,
    a_change,
    a_duty,
    a_goal,
    a_process,
    a_project,
    an_instrument,
    an_organisation,
    link,
    store,
)


async def asked(
    graph: Graph, reader: Reader = EVERYTHING, zone: str = "Europe/London", **parameters: Any
) -> Answer[SuspectLinksRow]:
    question = SuspectLinks.model_validate(parameters)
    return await ask(graph, question, reader, ZoneInfo(zone))


async def change(graph: Graph, record: Drawn, by: str = "an editor", **patch: Any) -> None:
    """A change through the service, so that the ledger tells of it."""
    stamp, kind = Stamp(by), KIND_BY_NAME[record.kind]
    await graph.write(receipts.once, stamp, records.change, kind, record.id, patch, None, stamp, EVERYTHING)


def told(
    answer: Answer[SuspectLinksRow],
) -> list[tuple[str, str, str | None, str | None, str | None, str | None]]:
    rows = sorted(answer.rows, key=lambda row: (row.id, row.end, row.fact or ""))
    return [(row.id, row.end.value, row.fact, row.was, row.now, row.by) for row in rows]


async def test_a_change_of_meaning_makes_exactly_what_rests_on_it_suspect_and_says_what_changed(
    graph: Graph,
) -> None:
    project, process, other = a_project(title="P"), a_process(title="R", lgsl=1), a_process()
    instrument, goal = an_instrument(), a_goal()
    a, b = sorted((new_id(), new_id()))
    changes = link("CHANGES", project, process, id=a, depth="process")
    operates = link("OPERATES", process, instrument, id=b)
    spared = (link("OPERATES", other, instrument), link("ADVANCES", instrument, goal))
    proposed = link("CHANGES", project, other, depth="process", standing="proposed")
    await store(graph, project, process, other, instrument, goal, changes, operates, *spared, proposed)
    await change(graph, process, volume=7, tags=["a:b"], channel="online")
    assert (await asked(graph)).rows == []
    await change(graph, process, by="first", title="R2")
    await change(graph, process, by="second", title="R3", lgsl=2)
    await change(graph, other, title="Nobody has accepted what it is changed by, only what it operates")
    rows = told(await asked(graph))
    assert [row for row in rows if row[0] != spared[0].id] == [
        (a, "target", "lgsl", "1", "2", "second"),
        (a, "target", "title", "R", "R3", "second"),
        (b, "source", "lgsl", "1", "2", "second"),
        (b, "source", "title", "R", "R3", "second"),
    ]
    assert {row[0] for row in rows} == {a, b, spared[0].id}
    await change(graph, process, title="R", lgsl=1)
    assert {row[0] for row in told(await asked(graph))} == {spared[0].id}


async def test_an_effect_of_law_makes_the_groundings_in_that_provision_suspect(graph: Graph) -> None:
    process, law, spared, act = a_process(), a_duty(), a_duty(), a_change(title="Act")
    ground = link("GROUNDED_IN", process, law, basis="duty")
    other = link("GROUNDED_IN", process, spared, basis="duty")
    effects = [
        link("AFFECTS", act, law, effect="amend", effect_id="1", intervals=[{"from": "2026-03-01"}]),
        link("AFFECTS", act, law, effect="repeal", effect_id="2", intervals=[{"from": "2026-09-01"}]),
        link("AFFECTS", act, law, effect="insert", effect_id="3", intervals=[{"from": "2025-01-01"}]),
        link("AFFECTS", act, spared, effect="commence", intervals=[{"from": "2026-03-01"}]),
    ]
    await store(graph, process, law, spared, act, ground, other, *effects)
    (row,) = (await asked(graph, valid_on="2026-06-01")).rows
    assert (row.id, row.end, row.now, str(row.changed_on)) == (ground.id, "law", "amend", "2026-03-01")
    assert row.change is not None and row.change.title == "Act"
    assert (await asked(graph, valid_on="2026-02-01")).rows == []
    later = (await asked(graph, valid_on="2026-10-01", since="2026-04-01")).rows
    assert [each.now for each in later] == ["repeal"]


async def test_what_the_ledger_does_not_tell_is_said_to_be_unknown(graph: Graph) -> None:
    project, instrument = a_project(), an_instrument()
    suspect = link("CHANGES", project, instrument, suspect=True)
    await store(graph, project, instrument, suspect)
    (row,) = (await asked(graph)).rows
    assert (row.id, row.end, row.fact, row.by, row.entry) == (suspect.id, "target", None, None, None)


async def test_the_day_of_a_change_is_that_of_the_service_s_own_calendar(graph: Graph) -> None:
    project, instrument = a_project(), an_instrument()
    await store(graph, project, instrument, link("CHANGES", project, instrument, suspect=True))
    for zone, day, count in (("Europe/London", "2026-01-01", 1), ("Pacific/Niue", "2025-12-31", 0)):
        (row,) = (await asked(graph, zone=zone)).rows
        assert str(row.changed_on) == day
        assert len((await asked(graph, zone=zone, since="2026-01-01")).rows) == count


async def test_a_reader_is_told_nothing_of_what_is_hidden(graph: Graph) -> None:
    ours, theirs = an_organisation(), an_organisation()
    project = a_project(organisation=ours.id)
    secret = an_instrument(organisation=theirs.id, sensitivity="restricted")
    open_one = an_instrument(organisation=theirs.id)
    links = [link("CHANGES", project, each, suspect=True) for each in (secret, open_one)]
    await store(graph, ours, theirs, project, secret, open_one, *links)
    assert [row.id for row in (await asked(graph, Reader(ours.id))).rows] == [links[1].id]
    assert {row.id for row in (await asked(graph, Reader(theirs.id))).rows} == {each.id for each in links}
    assert len((await asked(graph, organisation=[ours.id])).rows) == 2
    assert (await asked(graph, organisation=[project.id])).rows == []
