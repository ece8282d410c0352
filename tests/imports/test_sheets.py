"""Workbooks to rows: what people save is read, and what would break the machine is refused."""

import json
from datetime import date, datetime

import pytest

from app.errors import Invalid, TooLarge
from app.imports import RecordRow, files, read_file, read_mapping, read_table, sheets
from tests.imports import workbooks

_PLAIN = workbooks.xlsx({"Projects": [["Ref", "Name"], ["P1", "One"]], "Notes": [["a"], ["b"]]})


def test_a_sheet_is_read_as_the_text_of_its_cells_with_the_rows_as_a_person_counts_them() -> None:
    rows = [
        [],
        ["Ref", "Name", "Start", "Cost", "Ratio", "Open"],
        [1001, "=1+1", date(2026, 4, 1), 1200.5, 0.1 + 0.2, True],
        [],
        ["P2", "-x", datetime(2026, 4, 1, 12, 30), 1e15, 7, False],
    ]
    read = read_table(workbooks.xlsx({"Projects": rows}), "t.xlsx")
    assert read.faults == []
    assert [(place.row, list(cells.values())) for place, cells in read.rows] == [
        (3, ["1001", "=1+1", "2026-04-01", "1200.5", "0.3", "true"]),
        (5, ["P2", "-x", "2026-04-01T12:30:00", "1000000000000000", "7", "false"]),
    ]


def test_the_first_sheet_is_read_unless_another_is_named_and_all_are_told() -> None:
    assert read_table(_PLAIN, "t.xlsx").sheet == "Projects"
    other = read_table(_PLAIN, "t.xlsx", "Notes")
    assert (other.sheets, other.sheet, other.columns) == (("Projects", "Notes"), "Notes", ("a",))
    with pytest.raises(Invalid) as refused:
        read_table(_PLAIN, "t.xlsx", "Nowhere")
    assert [fault.code for fault in refused.value.faults] == ["sheet_unknown"]


def test_cells_merged_with_one_above_say_the_same_and_it_is_told() -> None:
    data = workbooks.xlsx(
        {"S": [["Ref", "Board"], ["P1"], ["P2"], ["P3", "Other"]]}, [(1, 1, 2, 1, "Digital")]
    )
    read = read_table(data, "t.xlsx")
    assert [cells["Board"] for _, cells in read.rows] == ["Digital", "Digital", "Other"]
    assert [(w.place.row, w.code) for w in read.warnings] == [(3, "merged_cells")]


def test_a_column_without_name_takes_its_letter_and_a_cell_beyond_the_header_is_a_fault() -> None:
    read = read_table(workbooks.xlsx({"S": [["Ref", None, "Name"], ["P1", 1, "One", "?"]]}), "t.xlsx")
    assert read.columns == ("Ref", "B", "Name")
    assert [(f.place.row, f.code) for f in read.faults] == [(2, "ragged_row")]
    assert read.unfit == {2: ["P1", "1", "One", "?"]}


def test_an_opendocument_sheet_is_read_alike() -> None:
    read = read_table(workbooks.ods({"Projects": [["Ref", "Start"], ["P1", "2026-04-01"]]}), "t.ods")
    assert [cells for _, cells in read.rows] == [{"Ref": "P1", "Start": "2026-04-01"}]


def _bombs() -> dict[str, tuple[bytes, str]]:
    far = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    tens = "".join(f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 10}">' for at in range(9))
    entities = f'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">{tens}]>'
    bomb = '<row r="1"><c r="A1" t="inlineStr"><is><t>&j;</t></is></c></row>'
    return {
        "no workbook": (b"Ref,Name\n", "not_a_workbook"),
        "another archive": (workbooks.packed({"a.txt": b"a"}), "not_a_workbook"),
        "packed too tightly": (
            workbooks.packed({"xl/workbook.xml": b"", "a": bytes(30_000_000)}),
            "bomb",
        ),
        "lies about its size": (workbooks.lying(30_000_000), "bomb"),
        "cut short": (_PLAIN[:-100], "not_a_workbook"),
        "broken inside": (workbooks.packed({"xl/workbook.xml": b"<a"}), "unreadable"),
        "an entity bomb": (_with_sheet(entities.encode() + far.format(bomb).encode()), "unreadable"),
        "two cells far apart": (_with_sheet(far.format(cells).encode()), "too_much_memory"),
    }


def _with_sheet(sheet: bytes) -> bytes:
    """The plain workbook with another first sheet."""
    return workbooks.changed(_PLAIN, "xl/worksheets/sheet1.xml", sheet)


_BOMBS = _bombs()


@pytest.mark.parametrize("name", list(_BOMBS))
def test_what_is_no_workbook_or_would_take_the_machine_is_refused(name: str) -> None:
    data, code = _BOMBS[name]
    with pytest.raises((Invalid, TooLarge)) as refused:
        read_table(data, "t.xlsx")
    assert [fault.code for fault in refused.value.faults] == [code]


def test_a_table_of_more_rows_than_are_taken_is_refused_with_its_blank_rows_left_out() -> None:
    rows = [["Ref"], ["P1"], [], ["P2"], ["P3"]]
    assert len(sheets.table(workbooks.xlsx({"S": rows}), "t.xlsx", most=3).rows) == 3
    with pytest.raises(TooLarge) as refused:
        sheets.table(workbooks.xlsx({"S": rows}), "t.xlsx", most=2)
    assert [fault.code for fault in refused.value.faults] == ["too_many_rows"]
    assert len(files.table(b"Ref\n1\n\n2\n3\n", "t.csv", most=3).rows) == 3
    with pytest.raises(TooLarge):
        files.table(b"Ref\n1\n\n2\n3\n", "t.csv", most=2)
    assert files.MOST_ROWS == 1_000_000


def test_semicolons_and_tabs_part_cells_too() -> None:
    for mark in (";", "\t"):
        read = read_table(f'Ref{mark}Name\nP1{mark}"a, b"\n'.encode(), "t.csv")
        assert [cells for _, cells in read.rows] == [{"Ref": "P1", "Name": "a, b"}]


def test_what_spreadsheets_and_people_write_becomes_facts_and_what_is_no_amount_stays_text() -> None:
    columns = {"Name": "title", "Start": "valid_from", "State": "state"}
    stated = {"kind": "Project", "scheme": "pmo", "key": "Ref", "columns": columns}
    rows = [["Ref", "Name", "Start", "State"], ["P1", "One", 46113, "Delivering "], ["P2", "Two", 2026, "?"]]
    rows += [["P3", "Three", "4/5/2026", ""], ["P4", "Four", "31/02/2026", ""]]
    mapping = read_mapping(json.dumps(stated).encode())
    intake = read_file(workbooks.xlsx({"S": rows}), "t.xlsx", mapping=mapping)
    one, two, three, four = (each for each in intake.rows if isinstance(each, RecordRow))
    assert (three.facts["valid_from"], four.facts["valid_from"]) == ("2026-05-04", "31/02/2026")
    assert one.facts == {"title": "One", "valid_from": "2026-04-01", "state": "delivering"}
    assert (two.facts["valid_from"], two.facts["state"]) == ("2026", "?")
    assert [(w.place.row, w.code, w.field) for w in intake.warnings] == [
        (2, "day_read", "/valid_from"),
        (4, "day_read", "/valid_from"),
    ]


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1200.5", "1200.50"),
        ("£1,200", "1200"),
        ("-1,234,567.89", "-1234567.89"),
        ("1,20", "1,20"),
        ("12.345", "12.345"),
        ("about 5", "about 5"),
    ],
)
def test_pounds_are_read_as_people_write_them_and_never_guessed(written: str, amount: str) -> None:
    stated = {"kind": "Cost", "scheme": "pmo", "key": "Ref", "columns": {"Amount": "amount"}}
    data = f'Ref,Amount\nC1,"{written}"\n'.encode()
    row = read_file(data, "t.csv", mapping=read_mapping(json.dumps(stated).encode())).rows[0]
    assert isinstance(row, RecordRow)
    assert row.facts == {"amount": amount}
