"""Bytes to rows: every row is read, or reported with its line."""

import pytest

from app.imports import files


def _codes(read: files.Table | files.Lines) -> list[tuple[int, str]]:
    return [(fault.place.row, fault.code) for fault in read.faults]


def test_a_byte_order_mark_and_spaces_at_the_ends_of_cells_are_no_part_of_the_text() -> None:
    read = files.table("\ufeffa,b\r\n x , ÿ \r\n".encode(), "t.csv")
    assert [cells for _, cells in read.rows] == [{"a": "x", "b": "ÿ"}]


def test_a_file_in_cp1252_is_read_with_a_warning() -> None:
    read = files.table("a\ncaf\xe9 \x93quoted\x94\n".encode("latin-1"), "t.csv")
    assert [cells["a"] for _, cells in read.rows] == ["café “quoted”"]
    assert [warning.code for warning in read.warnings] == ["encoding_cp1252"]


@pytest.mark.parametrize("data", ["a\nb\n".encode("utf-16"), b"a\n\x81\x8d\n"])
def test_any_other_encoding_is_refused(data: bytes) -> None:
    assert _codes(files.table(data, "t.csv")) == [(1, "encoding")]


def test_ragged_rows_are_reported_one_by_one_and_the_others_are_read() -> None:
    read = files.table(b"a,b\n1,2\n3\n4,5,6\n7,8\n", "t.csv")
    assert _codes(read) == [(3, "ragged_row"), (4, "ragged_row")]
    assert [place.row for place, _ in read.rows] == [2, 5]


def test_a_row_is_named_by_the_line_it_begins_on() -> None:
    read = files.table(b'a,b\n"1\n1",2\n3,4\n\n5,6\n', "t.csv")
    assert [place.row for place, _ in read.rows] == [2, 4, 6]


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "header_missing"), (b"a,\n1,2\n", "header_blank"), (b"a,a\n1,2\n", "header_twice")],
)
def test_a_header_that_cannot_be_used_is_refused(data: bytes, code: str) -> None:
    read = files.table(data, "t.csv")
    assert _codes(read) == [(1, code)]
    assert read.rows == []


def test_nul_and_overlong_cells_reject_their_rows_alone() -> None:
    read = files.table(b"a\n1\x002\n" + b"x" * 10_001 + b"\nfine\n", "t.csv")
    assert _codes(read) == [(2, "text_control_character"), (3, "cell_too_long")]
    assert len(read.rows) == 1


def test_a_quote_that_never_closes_is_reported() -> None:
    assert _codes(files.table(b'a,b\n1,2\n"3,4\n5,6\n', "t.csv")) == [(3, "csv_quotes")]


def test_a_formula_stays_text_and_is_said_and_a_negative_number_is_none() -> None:
    read = files.table(b"a\n=1+1\n-12.5\n@SUM(A1)\n", "t.csv")
    assert [cells["a"] for _, cells in read.rows] == ["=1+1", "-12.5", "@SUM(A1)"]
    assert [(w.place.row, w.code) for w in read.warnings] == [(2, "formula_as_text"), (4, "formula_as_text")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"a": 1, "a": 2}', "json_name_twice"),
        (b'{"a": NaN}', "json_not_finite"),
        (b'{"a": -Infinity}', "json_not_finite"),
        (b'{"a": 1e999}', "json_not_finite"),
        (b'{"a": "\\ud800"}', "text_not_unicode"),
        (b'{"\\udfff": [{"a": 1}]}', "text_not_unicode"),
        (b'{"a": ', "json_malformed"),
        (b"[" * 100_000, "json_malformed"),
        (b"[1]", "json_not_object"),
        (b'{"a": "\xff"}', "encoding"),
        (b'{"a": "' + b"x" * 1_000_000 + b'"}', "line_too_long"),
    ],
)
def test_a_bad_line_is_refused_alone(line: bytes, code: str) -> None:
    read = files.lines(b'{"a": 1}\n' + line + b'\n\n{"a": 2}', "t.jsonl")
    assert _codes(read) == [(2, code)]
    assert [place.row for place, _ in read.rows] == [1, 4]
