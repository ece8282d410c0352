"""What a project's Cost rows come to."""

from datetime import date
from typing import Any

from app.domain.money import Bucket, Phases, amounts, counted, divided, phases, said
from graph_schema.values import CaseVersion

POUNDS = Bucket("GBP", "nominal", None)


def row(amount: int, **facts: Any) -> dict[str, Any]:
    given = {
        "currency": "GBP", "price_basis": "nominal", "price_year": None, "year": 2026, "category": "build",
        "line": None, "funding": None, "fund": None, "case_version": "forecast",
    }  # fmt: skip
    return given | {"amount": amount} | facts


def pence(*rows: dict[str, Any], **given: Any) -> int:
    return amounts(rows, **given)[POUNDS].pence


def test_actuals_go_before_forecasts_and_forecasts_before_baselines() -> None:
    versions = [
        row(1, case_version="baseline"),
        row(20, case_version="forecast"),
        row(300, case_version="actual"),
    ]
    assert pence(*versions) == 300
    assert pence(*versions[:2]) == 20
    assert pence(*versions, case_version=CaseVersion.BASELINE) == 1


def test_each_year_chooses_for_itself() -> None:
    assert pence(row(5, case_version="actual"), row(70, year=2027), row(8)) == 75


def test_rows_of_one_version_add_up() -> None:
    assert pence(row(5), row(70)) == 75


def test_a_revenue_actual_leaves_the_capital_forecast_alone() -> None:
    assert pence(row(5, funding="revenue", case_version="actual"), row(70, funding="capital")) == 75


def test_funds_lines_and_categories_stand_apart() -> None:
    assert pence(row(1), row(20, fund="a"), row(300, line="b"), row(4000, category="run")) == 4321


def test_whole_life_includes_the_years_and_the_larger_counts() -> None:
    years = [row(40), row(50, year=2027)]
    assert amounts([*years, row(100, year=None)])[POUNDS].pence == 100
    assert amounts([*years, row(80, year=None)])[POUNDS].pence == 90
    assert amounts([*years, row(80, year=None)])[POUNDS].counted_twice
    assert not amounts(years)[POUNDS].counted_twice


def test_buckets_are_never_added_together() -> None:
    found = amounts([row(1), row(2, currency="EUR"), row(3, price_basis="real", price_year=2024)])
    assert {bucket: amount.pence for bucket, amount in found.items()} == {
        Bucket("EUR", "nominal", None): 2,
        POUNDS: 1,
        Bucket("GBP", "real", 2024): 3,
    }


def test_no_rows_come_to_nothing() -> None:
    assert amounts([]) == {}


def test_the_rows_that_count_come_to_the_amount() -> None:
    years = [row(40, case_version="actual"), row(45), row(50, year=2027)]
    assert [each["amount"] for each in counted([*years, row(80, year=None)])] == [40, 50]
    assert [each["amount"] for each in counted([*years, row(100, year=None)])] == [100]
    assert counted(years, CaseVersion.BASELINE) == []


def test_an_amount_is_divided_by_shares_and_nothing_is_lost() -> None:
    assert divided(100, [250_000, 750_000]) == [25, 75]
    assert divided(100, [None, 400_000, None]) == [30, 40, 30]
    assert divided(100, [None, None, None]) == [33, 33, 34]
    assert divided(-100, [500_000, 1_000_000]) == [-34, -66]
    assert divided(7, [0, 0]) == [3, 4]
    assert divided(9, [1_000_000, None]) == [9, 0]


def test_an_amount_is_said_as_people_read_it() -> None:
    assert said(-123_456_789, POUNDS) == "-£1,234,567.89"
    assert said(500, Bucket("SEK", "nominal", None)) == "SEK 5"
    assert said(1, Bucket("EUR", "real", 2024)) == "€0.01 in prices of 2024"


def test_money_is_sunk_when_its_year_is_closed_and_to_come_while_it_is_no_actual() -> None:
    stated = [
        row(1, year=2024, case_version="actual", committed=False),
        row(20, year=2025, case_version="actual", committed=False),
        row(300, year=2026, case_version="forecast", committed=False),
        row(4_000, year=2027, case_version="baseline", committed=True),
        row(50_000, year=None, committed=False),
    ]
    assert phases(stated, date(2026, 3, 31)) == {POUNDS: Phases(sunk=1, committed=4_000, unspent=300)}
    assert phases(stated, date(2026, 4, 1)) == {POUNDS: Phases(sunk=21, committed=4_000, unspent=300)}
