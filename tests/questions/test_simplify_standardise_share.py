"""`simplify-standardise-share`: how far up that ladder each project is."""

from app.questions.simplify_standardise_share import SimplifyStandardiseShare
from app.who import Reader
from tests.build import a, a_process, a_project, an_organisation, link, store
from tests.questions.asking import asked
from tests.questions.conftest import Board


async def test_each_rung_needs_the_one_before(board: Board) -> None:
    names = ("none", "hoped", "simplified", "standardised", "shared", "only shares")
    none, hoped, simplified, standardised, shared, only = projects = [a_project(title=name) for name in names]
    plain, standard = a_process(title="Plain"), a_process(title="Standard", standard_ref="BS 1")
    asset = a("Asset", title="Form")
    await store(
        board.graph, *projects, plain, standard, asset,
        link("CHANGES", none, standard, mode="alters"),
        link("CHANGES", hoped, standard, mode="merges", standing="proposed"),
        link("CHANGES", simplified, plain, mode="merges"),
        link("CHANGES", standardised, standard, mode="retires"),
        link("CHANGES", shared, plain, mode="merges"), link("CHANGES", shared, standard, mode="merges"),
        link("REUSES", shared, asset), link("REUSES", only, none),
    )  # fmt: skip
    answer = await asked(board, SimplifyStandardiseShare)
    assert {row.title: row.rung for row in answer.rows} == {
        "none": "none", "hoped": "none", "simplified": "simplified", "standardised": "standardised",
        "shared": "shared", "only shares": "none",
    }  # fmt: skip
    first = answer.rows[0]
    assert (first.title, first.process.title, first.sentence) == (
        "shared", "Standard",
        "*shared* makes the work simpler by merging or ending *Standard*, which keeps to a standard, and "
        "shares *Form*.",
    )  # fmt: skip
    assert len((await asked(board, SimplifyStandardiseShare, rung=["none"])).rows) == 3


async def test_what_a_project_makes_is_shared_once_another_organisation_that_is_seen_uses_it(
    board: Board,
) -> None:
    ours, theirs = an_organisation(), an_organisation()
    maker, standard = a_project(title="Maker", organisation=ours.id), a_process(standard_ref="BS 1")
    own = a_project(organisation=ours.id, state="closed")
    other = a_project(organisation=theirs.id, state="closed", sensitivity="restricted")
    asset = a("Asset")
    await store(
        board.graph, ours, theirs, maker, standard, own, other, asset,
        link("CHANGES", maker, standard, mode="merges"), link("PRODUCES", maker, asset),
        link("REUSES", own, asset), link("REUSES", other, asset, valid_from="2026-06-01"),
    )  # fmt: skip
    (row,) = (await asked(board, SimplifyStandardiseShare)).rows
    assert row.rung == "shared"
    (row,) = (await asked(board, SimplifyStandardiseShare, valid_on="2026-05-31")).rows
    assert row.rung == "standardised"
    (row,) = (await asked(board, SimplifyStandardiseShare, Reader(ours.id))).rows
    assert (row.rung, row.shares) == ("standardised", [])
