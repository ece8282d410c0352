"""Text, days and money: what is kept, and what is refused with which code."""

import contextlib
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.domain import faults
from app.errors import Invalid
from graph_schema.delivery import NotApplicable, Project
from graph_schema.law import Interval, LegalChange, Provision
from graph_schema.money import Cost
from graph_schema.values import Code, Day, Line, Money, Prose, RecordId, Tag, Url

KINDS_OF_TEXT = (Line, Prose, Code)


def refused(annotation: Any, value: Any) -> str:
    """The type of the first error."""
    with pytest.raises(ValidationError) as error:
        TypeAdapter(annotation).validate_python(value)
    return error.value.errors()[0]["type"]


def kept(annotation: Any, value: Any) -> Any:
    return TypeAdapter(annotation).validate_python(value)


# Text


def test_text_is_kept_composed_and_without_spaces_at_its_ends() -> None:
    for annotation in KINDS_OF_TEXT:
        assert kept(annotation, "  Cafe\u0301 ") == "Caf\u00e9"
    assert kept(Prose, " a\n\tb\r\n") == "a\n\tb"


@pytest.mark.parametrize(
    "character",
    list("\u00ad\u180e\u200b\u200e\u200f\u061c\u202a\u202e\u2060\u2064\u2066\u2069\u206f\ufeff\ufff9"),
)
def test_characters_that_deceive_the_eye_are_refused(character: str) -> None:
    for annotation in KINDS_OF_TEXT:
        assert refused(annotation, f"a{character}b") == "text_deceptive_character"


def test_text_that_grows_when_it_is_composed_must_fit_as_it_is_kept() -> None:
    grows = "\U0001d160"  # three characters when composed
    for annotation, length in ((Line, 1_000), (Code, 200), (Prose, 8_000)):
        assert refused(annotation, grows * (length // 2)) == "string_too_long"
        assert len(kept(annotation, grows * (length // 3))) == length // 3 * 3


@pytest.mark.parametrize("character", list("\x00\x01\x08\x0b\x1b\x7f\x85\x9f"))
def test_control_characters_are_refused(character: str) -> None:
    for annotation in KINDS_OF_TEXT:
        assert refused(annotation, f"a{character}b") == "text_control_character"


@pytest.mark.parametrize("half", ["\ud800", "\udc00", "a\udfffb", "\ud800\ud800"])
def test_halves_of_surrogate_pairs_are_refused(half: str) -> None:
    for annotation in (*KINDS_OF_TEXT, Url, Tag, RecordId):
        assert refused(annotation, half) in (
            "string_unicode",
            "text_not_unicode",
            "string_pattern_mismatch",
        )


def test_a_line_is_one_line_and_not_empty() -> None:
    for annotation in (Line, Code):
        assert refused(annotation, "a\nb") == "text_one_line"
        assert refused(annotation, "") == "text_empty"
        assert refused(annotation, "  ") == "text_empty"


@pytest.mark.parametrize(("annotation", "most"), [(Line, 1_000), (Prose, 8_000), (Code, 200), (Url, 2_000)])
def test_text_has_a_greatest_length(annotation: Any, most: int) -> None:
    start = "https://e.org/" if annotation is Url else ""
    assert len(kept(annotation, start + "x" * (most - len(start)))) == most
    assert refused(annotation, start + "x" * (most - len(start) + 1)) == "string_too_long"
    assert refused(annotation, start + "x" * 10_000) == "string_too_long"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:x", "ftp://a", "https://", "http:///x", "//a", "x"]
)
def test_an_address_is_of_the_web(url: str) -> None:
    assert refused(Url, url) == "string_pattern_mismatch"


@pytest.mark.parametrize("tag", ["a", ":a", "a:", "a: b", "A:b", "a:b ", "-a:b", "a b:c", ""])
def test_a_tag_is_a_scheme_and_a_code(tag: str) -> None:
    assert refused(Tag, tag) == "string_pattern_mismatch"
    assert kept(Tag, "fund:town deals") == "fund:town deals"


@pytest.mark.parametrize(
    "id", ["", "x", "01A2110A-40BA-745D-9FEA-6C8198CDCC9B", "01a2110a-40ba-445d-9fea-6c8198cdcc9b\n"]
)
def test_an_id_is_one_of_ours(id: str) -> None:
    assert refused(RecordId, id) == "string_pattern_mismatch"


# Days


@pytest.mark.parametrize(
    "day",
    [
        "2026-02-29",
        "2026-1-1",
        "20260101",
        "2026-01-01T00:00:00",
        1,
        1.5,
        True,
        "",
        "0999-12-31",
        "9999-12-31",
    ],
)
def test_what_is_no_day_is_refused(day: Any) -> None:
    assert refused(Day, day)


def test_days_may_lie_at_both_ends_of_time() -> None:
    assert kept(Day, "1000-01-01") == date(1000, 1, 1)
    assert kept(Day, "9999-12-30") == date(9999, 12, 30)


# Money


@given(st.integers(-(10**17) + 1, 10**17 - 1))
def test_money_is_read_as_it_is_written(pence: int) -> None:
    money = Money(pence)
    assert Money.of(str(money)) == money
    assert Decimal(str(money)) == Decimal(pence) / 100


@given(st.text(max_size=20))
def test_money_is_read_or_refused_and_never_guessed(text: str) -> None:
    with contextlib.suppress(ValidationError):
        assert Decimal(str(kept(Money, text))) == Decimal(text)


@pytest.mark.parametrize(
    "amount",
    ["1.5", "1,000.00", "£1", "1e3", " 1", "1.", ".50", "--1", "", "1" * 16, "NaN", "\u0661", "1.00\n"],
)
def test_an_amount_that_could_be_misread_is_refused(amount: str) -> None:
    assert refused(Money, amount) == "money_format"


@pytest.mark.parametrize("amount", [1, 1.5, True, None, [], Decimal("1.00")])
def test_an_amount_is_never_a_json_number(amount: Any) -> None:
    assert refused(Money, amount) == "money_number"


def test_negative_pence_are_written_with_their_sign() -> None:
    assert [str(Money(pence)) for pence in (-5, -105, 0, 5, 123456)] == [
        "-0.05",
        "-1.05",
        "0.00",
        "0.05",
        "1234.56",
    ]


# Rules within a record


DECLARED = {"reason": "r", "declared_by": "a", "declared_on": "2026-01-01", "expires": "2027-01-01"}


@pytest.mark.parametrize(
    ("kind", "stated", "fault"),
    [
        (Project, {"valid_from": "2026-01-01", "valid_to": "2026-01-01"}, ("", "date_order")),
        (Project, {"start": "2026-01-02", "end": "2026-01-01"}, ("", "date_order")),
        (Project, {"start": "2026-01-02", "go_live": "2026-01-01"}, ("", "date_order")),
        (
            Project,
            {"not_applicable": DECLARED | {"expires": "2026-01-01"}},
            ("/not_applicable", "date_order"),
        ),
        (
            Project,
            {"not_applicable": DECLARED | {"accepted_by": "a", "accepted_on": "2026-01-02"}},
            ("/not_applicable", "self_acceptance"),
        ),
        (
            Project,
            {"not_applicable": DECLARED | {"accepted_by": "b"}},
            ("/not_applicable", "acceptance_half"),
        ),
        (
            Project,
            {"identifiers": [{"scheme": "a", "value": "1"}, {"scheme": "a", "value": " 1"}]},
            ("", "identifier_twice"),
        ),
        (Provision, {"force": "duty", "sensitivity": "restricted"}, ("", "law_is_open")),
        (
            Provision,
            {"force": "duty", "intervals": [{"from": "2026-01-01", "to": "2026-01-01"}]},
            ("/intervals/0", "date_order"),
        ),
        (
            LegalChange,
            {"kind": "act", "earliest_in_force": "2026-02-01", "latest_in_force": "2026-01-01"},
            ("", "date_order"),
        ),
        (Cost, {"amount": 10}, ("/amount", "money_number")),
        (Cost, {"amount": "10"} | {"currency": "JPY"}, ("/currency", "not_in_list")),
        (Cost, {"amount": "10", "year": 2026.5}, ("/year", "wrong_type")),
        (Cost, {"amount": "10", "year": 1800}, ("/year", "range")),
        (Cost, {"amount": "10", "committed": "perhaps"}, ("/committed", "wrong_type")),
        (Project, {"not_applicable": DECLARED | {"reason": " "}}, ("/not_applicable/reason", "too_short")),
        (Project, {"valid_from": "2026-13-01"}, ("/valid_from", "wrong_type")),
        (Project, {"valid_from": 0}, ("/valid_from", "day_format")),
        (Project, {"identifiers": [{"scheme": "A b", "value": "1"}]}, ("/identifiers/0/scheme", "format")),
        (
            Project,
            {"identifiers": [{"scheme": "a", "value": "1" * 401}]},
            ("/identifiers/0/value", "too_long"),
        ),
        (Project, {"tags": ["x:y"] * 201}, ("/tags", "too_many")),
    ],
)
def test_a_fault_is_told_where_it_stands_and_by_its_code(
    kind: type[Any], stated: dict[str, Any], fault: tuple[str, str]
) -> None:
    with pytest.raises(Invalid) as invalid:
        faults.valid(kind, {"title": "t", **stated})
    assert [(each.pointer, each.code) for each in invalid.value.faults] == [fault]


def test_faults_never_repeat_the_callers_words() -> None:
    secret = "hunter2"
    with pytest.raises(Invalid) as invalid:
        faults.valid(
            Cost,
            {
                "title": [secret],
                "amount": secret,
                "currency": secret,
                secret: 1,
                f"<{secret}>": {secret: secret},
            },
        )
    told = [f"{each.code} {each.detail}" for each in invalid.value.faults]
    assert len(told) == 5
    assert not any(secret in each for each in told)


def test_a_structure_says_its_own_names() -> None:
    assert Interval.model_validate({"from": "2026-01-01"}).model_dump(mode="json")["from"] == "2026-01-01"
    assert NotApplicable.model_validate(DECLARED).expires == date(2027, 1, 1)
