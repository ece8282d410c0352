"""`unaligned` of processes and instruments: the same table from there down, and what money reaches them."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.errors import Invalid
from app.portfolio.verdicts import Verdict
from app.questions.core import Answer, ask
from app.questions.unaligned import Unaligned, UnalignedRow
from app.who import EVERYTHING, Reader
from tests.build import (
    a_cost,
    a_duty,
    a_goal,
    a_process,
    a_project,
    an_instrument,
    an_organisation,
    link,
    store,
)
from tests.questions.conftest import DAY, Board


async def asked(
    board: Board, kind: str, reader: Reader = EVERYTHING, **parameters: Any
) -> Answer[UnalignedRow]:
    question = Unaligned.model_validate(
        {"valid_on": DAY, "kind": kind, "verdict": list(Verdict), **parameters}
    )
    return await ask(board.graph, question, reader, ZoneInfo("Europe/London"))


async def test_each_rung_has_the_verdict_from_there_on(board: Board) -> None:
    good, dead, bound = a_process(title="Good"), a_process(title="Dead"), a_process(title="Bound")
    bare, duty = a_process(title="Bare"), a_duty()
    helps, nothing, goal = an_instrument(title="Helps"), an_instrument(title="Nothing"), a_goal()
    await store(
        board.graph, good, dead, bound, bare, duty, helps, nothing, goal, link("OPERATES", good, helps),
        link("OPERATES", dead, nothing), link("ADVANCES", helps, goal), link("OPERATES", bound, nothing),
        link("GROUNDED_IN", bound, duty, basis="duty"),
    )  # fmt: skip
    processes = await asked(board, "Process")
    assert {row.title: row.verdict.value for row in processes.rows} == {
        "Good": "aligned", "Dead": "unaligned", "Bound": "duty_only", "Bare": "not_assessed",
    }  # fmt: skip
    dead_row = next(row for row in processes.rows if row.title == "Dead")
    assert dead_row.breaks_at is not None and dead_row.breaks_at.reason == "instrument_advances_no_goal"
    instruments = await asked(board, "PolicyInstrument", verdict=[])
    assert [(row.title, row.kind, row.verdict.value) for row in instruments.rows] == [
        ("Nothing", "PolicyInstrument", "not_assessed")
    ]
    assert instruments.denominators.in_scope == 2


async def test_money_is_each_live_project_that_reaches_it_once_and_rows_are_not_added(board: Board) -> None:
    process, instrument = a_process(), an_instrument()
    direct, enabling = a_project(), a_project()
    doubted, closed, proposed = a_project(), a_project(state="closed"), a_project()
    costs = [a_cost(f"{pounds}.00") for pounds in ("1", "20", "300", "4000", "50000")]
    spending = [direct, enabling, doubted, closed, proposed]
    await store(
        board.graph, process, instrument, *spending, *costs, link("OPERATES", process, instrument),
        *(link("INCURS", project, cost) for project, cost in zip(spending, costs, strict=True)),
        link("CHANGES", direct, process), link("CHANGES", direct, instrument),
        link("ENABLES", enabling, direct), link("ENABLES", direct, enabling),
        link("CHANGES", doubted, instrument, suspect=True), link("CHANGES", closed, process),
        link("CHANGES", proposed, process, standing="proposed"),
    )  # fmt: skip
    money = {
        kind: [str(each.amount) for each in (await asked(board, kind)).rows[0].money]
        for kind in ("Process", "PolicyInstrument")
    }
    assert money == {"Process": ["21.00"], "PolicyInstrument": ["321.00"]}
    answer = await asked(board, "Process")
    assert answer.total is None and [note.code for note in answer.notes] == ["not_additive"]


async def test_filters_of_projects_alone_are_refused_and_the_others_narrow(board: Board) -> None:
    ours, theirs = an_organisation(), an_organisation()
    outlined = a_process(organisation=theirs.id, sensitivity="discoverable")
    await store(
        board.graph, ours, theirs, outlined, a_process(title="A", organisation=ours.id, tags=["a:b"]),
        a_process(title="B", organisation=ours.id), a_process(title="C"),
    )  # fmt: skip
    with pytest.raises(Invalid) as refused:
        await asked(board, "Process", state=["closed"], label=["enabler"])
    assert [fault.pointer for fault in refused.value.faults] == ["/state", "/label"]
    answer = await asked(board, "Process", Reader(ours.id), organisation=[ours.id], tag=["a:b"])
    assert [row.title for row in answer.rows] == ["A"]
    assert (await asked(board, "Process", Reader(ours.id))).denominators.withheld == 1
