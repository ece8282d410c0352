"""`benefits-realised`: which benefits were promised, by when, and which arrived."""

from app.questions.benefits_realised import BenefitsRealised
from app.who import Reader
from tests.build import a_project, an_organisation, link, store
from tests.questions.asking import a_benefit, a_case, asked
from tests.questions.conftest import Board

LINE = {"line": "Fewer letters", "year": 2025}


async def test_a_line_is_one_promise_in_three_versions(board: Board) -> None:
    project = a_project(title="P")
    promised = a_benefit("100.00", case_version="baseline", due="2026-03-31", **LINE)
    forecast = a_benefit("80.00", due="2026-05-01", **LINE)
    actual = a_benefit("70.00", case_version="actual", realised_on="2026-04-30", **LINE)
    await store(board.graph, *a_case(project, promised, forecast, actual))
    (row,) = (await asked(board, BenefitsRealised)).rows
    assert [str(each) for each in (row.baseline, row.forecast, row.actual, row.short_by)] == [
        "100.00", "80.00", "70.00", "30.00",
    ]  # fmt: skip
    assert (str(row.due), row.late_by_days, row.arrival) == ("2026-03-31", 30, "arrived_late")
    assert row.sentence == (
        "*Fewer letters* of *P* was promised at £100 by 2026-03-31; £70 has arrived on 2026-04-30, "
        "30 days late and £30 short of it."
    )
    (before,) = (await asked(board, BenefitsRealised, valid_on="2026-04-10")).rows
    assert (before.actual, before.late_by_days, before.arrival) == (None, 10, "overdue")
    (earlier,) = (await asked(board, BenefitsRealised, valid_on="2026-03-31")).rows
    assert (earlier.late_by_days, earlier.arrival) == (None, "awaited")


async def test_without_a_day_the_end_of_the_last_year_promised_counts(board: Board) -> None:
    project = a_project()
    years = [a_benefit("10.00", line="Rent", year=year) for year in (2025, 2026)]
    here = a_benefit("10.00", line="Rent", year=2025, case_version="actual")
    undated, early = a_benefit("1.00", line="Some day"), a_benefit("5.00", line="Early", due="2026-06-30")
    came = a_benefit("5.00", line="Early", case_version="actual", realised_on="2026-05-31")
    await store(board.graph, *a_case(project, *years, here, undated, early, came))
    rows = {row.line: row for row in (await asked(board, BenefitsRealised)).rows}
    assert (str(rows["Rent"].due), rows["Rent"].arrival, rows["Rent"].late_by_days) == (
        "2027-03-31", "arriving", None,
    )  # fmt: skip
    assert (rows["Some day"].due, rows["Some day"].arrival) == (None, "undated")
    assert (rows["Early"].late_by_days, rows["Early"].arrival, str(rows["Early"].short_by)) == (
        -30, "arrived", "0.00",
    )  # fmt: skip
    assert [row.line for row in (await asked(board, BenefitsRealised, arrival=["undated"])).rows] == [
        "Some day"
    ]
    assert (await asked(board, BenefitsRealised, limit=1)).rows[0].line == "Early"
    later = {row.line: row for row in (await asked(board, BenefitsRealised, valid_on="2027-04-01")).rows}
    assert (later["Rent"].arrival, later["Rent"].late_by_days, str(later["Rent"].short_by)) == (
        "arrived_short", None, "10.00",
    )  # fmt: skip


async def test_buckets_categories_and_attribution_stand_apart_and_hidden_benefits_are_not_told(
    board: Board,
) -> None:
    ours, theirs = an_organisation(), an_organisation()
    project, other = a_project(title="A"), a_project(title="B")
    shared = a_benefit("100.00", line="Shared", due="2027-01-01")
    real = a_benefit("9.00", line="Shared", price_basis="real", price_year=2024)
    secret = a_benefit("5.00", line="Secret", organisation=theirs.id, sensitivity="restricted")
    await store(
        board.graph, ours, theirs, *a_case(project, real, secret), other, shared,
        link("EXPECTS", project, shared, attribution="0.3"), link("EXPECTS", other, shared),
    )  # fmt: skip
    rows = (await asked(board, BenefitsRealised, Reader(ours.id), sort="title")).rows
    told = sorted((row.title, str(row.forecast), row.price_basis) for row in rows)
    assert told == [("A", "30.00", "nominal"), ("A", "9.00", "real"), ("B", "70.00", "nominal")]
