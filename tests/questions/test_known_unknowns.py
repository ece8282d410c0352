"""`known-unknowns`: the denominators by organisation."""

from zoneinfo import ZoneInfo

from app.questions.core import ask
from app.questions.known_unknowns import KnownUnknowns
from app.who import Reader
from tests.build import a_project, an_instrument, an_organisation, link, store
from tests.questions.conftest import Board

DECLARED = {
    "reason": "None.", "declared_by": "chief", "declared_on": "2026-01-01", "expires": "2099-01-01",
    "accepted_by": "board", "accepted_on": "2026-01-01",
}  # fmt: skip


async def test_each_organisation_says_what_is_not_known_of_its_projects(board: Board) -> None:
    ours, theirs = an_organisation(title="Ours"), an_organisation(title="Theirs")
    looked_at, instrument = a_project(organisation=ours.id), an_instrument()
    await store(
        board.graph, ours, theirs, looked_at, instrument, link("CHANGES", looked_at, instrument),
        a_project(organisation=ours.id), a_project(organisation=ours.id),
        a_project(organisation=ours.id, not_applicable=DECLARED),
        a_project(organisation=theirs.id, sensitivity="discoverable"),
        a_project(organisation=theirs.id, sensitivity="restricted"), a_project(),
    )  # fmt: skip
    answer = await ask(board.graph, KnownUnknowns(), Reader(ours.id), ZoneInfo("Europe/London"))
    told = [
        (
            row.organisation and row.organisation.title,
            row.in_scope,
            row.not_assessed,
            row.declared_not_applicable,
            row.withheld,
        )
        for row in answer.rows
    ]
    assert told == [("Ours", 4, 2, 1, 0), (None, 1, 1, 0, 0), ("Theirs", 0, 0, 0, 1)]
    assert answer.denominators.model_dump() == {
        "in_scope": 5, "not_assessed": 3, "declared_not_applicable": 1, "withheld": 1,
    }  # fmt: skip
