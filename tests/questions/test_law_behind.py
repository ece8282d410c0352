"""`law-behind`: which law allows this here today."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.errors import Invalid
from app.questions.core import Answer, ask
from app.questions.law_behind import LawBehind, LawBehindRow
from app.who import EVERYTHING, Reader, new_id
from tests.build import (
    Drawn,
    a,
    a_duty,
    a_process,
    a_project,
    a_provision,
    an_instrument,
    an_organisation,
    link,
    store,
)
from tests.questions.conftest import DAY, Board


async def asked(
    board: Board, node: Drawn | str, reader: Reader = EVERYTHING, **parameters: Any
) -> Answer[LawBehindRow]:
    id = node if isinstance(node, str) else node.id
    question = LawBehind.model_validate({"valid_on": DAY, "node": id, **parameters})
    return await ask(board.graph, question, reader, ZoneInfo("Europe/London"))


async def test_state_is_for_the_nation_and_type_of_the_records_own_organisation(board: Board) -> None:
    welsh = an_organisation(nation="W", type="unitary")
    process = a_process(title="Assess", organisation=welsh.id)
    duty = a_duty(title="Section 193", extent=["E", "W"], intervals=[
        {"from": "1997-01-20", "extent": ["E"]}, {"from": "1997-01-20", "to": "2015-04-27", "extent": ["W"]},
    ])  # fmt: skip
    act = a("Legislation", title="The Act", type="ukpga")
    await store(
        board.graph, welsh, process, duty, act, link("PART_OF", duty, act),
        link("GROUNDED_IN", process, duty, basis="duty"), link("GROUNDED_IN", process, act),
    )  # fmt: skip
    answer = await asked(board, process)
    section, whole = answer.rows
    assert (section.law.title, section.state, section.can_be_relied_on) == (
        "Section 193", "partly_in_force", False,
    )  # fmt: skip
    assert (section.nation, section.authority, section.basis, section.force) == (
        "W",
        "unitary",
        "duty",
        "duty",
    )
    assert section.legislation is not None and section.legislation.title == "The Act"
    assert (whole.law.title, whole.state, whole.can_be_relied_on) == ("The Act", None, False)
    english = (await asked(board, process, nation="E")).rows[0]
    assert (english.state, english.can_be_relied_on) == ("in_force", True)
    assert english.sentence == (
        "*Assess* is required by *Section 193*, which is in force for England, so it can be relied on."
    )


async def test_what_nobody_accepted_and_what_is_no_law_carries_nothing(board: Board) -> None:
    instrument, section, guidance = an_instrument(title="I"), a_provision(title="A"), a_provision(title="B")
    paper = a("Legislation", title="C", type="statutory_guidance")
    await store(
        board.graph, instrument, section, guidance, paper, link("PART_OF", guidance, paper),
        link("GROUNDED_IN", instrument, section, standing="proposed"),
        link("GROUNDED_IN", instrument, guidance), link("GROUNDED_IN", instrument, paper),
    )  # fmt: skip
    first, second, third = (await asked(board, instrument)).rows
    assert (first.standing, first.can_be_relied_on, first.state) == ("proposed", False, "in_force")
    assert (second.force, second.can_be_relied_on) == (None, False)
    assert second.sentence == "*I* follows *B*, which is neither duty nor power."
    assert third.sentence == "*I* follows *C*, which is neither duty nor power."


async def test_partly_commenced_law_is_relied_on_where_a_legal_post_confirmed_it(board: Board) -> None:
    confirmed, not_confirmed = an_instrument(), an_instrument()
    section = a_provision(intervals=[{"from": "2020-01-01", "qualification": "for specified purposes"}])
    given = {"purpose_confirmed_by": "legal", "purpose_confirmed_on": "2025-01-01"}
    await store(
        board.graph, confirmed, not_confirmed, section, link("GROUNDED_IN", confirmed, section, **given),
        link("GROUNDED_IN", not_confirmed, section),
    )  # fmt: skip
    relied = [(await asked(board, each)).rows[0].can_be_relied_on for each in (confirmed, not_confirmed)]
    assert relied == [True, False]


async def test_a_provision_is_asked_about_itself(board: Board) -> None:
    coming = a_provision(title="S", intervals=[{"from": "2027-04-01"}])
    await store(board.graph, coming)
    row = (await asked(board, coming)).rows[0]
    assert (row.state, str(row.since), row.id, row.basis) == ("dated_future", "2027-04-01", None, None)
    assert row.sentence == "*S* comes into force on a later day for all it extends to."


async def test_what_is_not_there_hidden_or_not_grounded_is_refused_alike(board: Board) -> None:
    ours, theirs, project = an_organisation(), an_organisation(), a_project()
    secret = an_instrument(organisation=theirs.id, sensitivity="restricted")
    await store(board.graph, ours, theirs, project, secret)
    for node in (new_id(), secret, project):
        with pytest.raises(Invalid) as refused:
            await asked(board, node, Reader(ours.id))
        assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [
            ("/node", "reference_unknown")
        ]
