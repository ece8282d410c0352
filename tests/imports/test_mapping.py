"""Mapping files, and the rows of CSV and JSON Lines."""

import json
from typing import Any

import pytest

from app.errors import Invalid
from app.imports import Intake, LinkRow, RecordRow, read_file, read_mapping
from graph_schema.delivery import Project

_GOOD = {"kind": "Project", "scheme": "pmo", "key": "Ref", "columns": {"Name": "title"}}


def _mapped(columns: dict[str, str], csv: str, kind: str = "Project") -> Intake:
    stated = {"kind": kind, "scheme": "pmo", "key": "Ref", "columns": columns}
    return read_file(csv.encode(), "t.csv", mapping=read_mapping(json.dumps(stated).encode()))


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"kind": "Wish"}, "/kind", "unknown_kind"),
        ({"scheme": "Not A Scheme"}, "/scheme", "format"),
        ({"scheme": "person"}, "/scheme", "reserved"),
        ({"columns": {"Name": "no_such_fact"}}, "/columns", "unknown_field"),
        ({"columns": {"Name": "title", "Other": "title"}}, "/columns", "field_twice"),
        ({"colour": "blue"}, "/colour", "unknown_field"),
    ],
)
def test_a_mapping_with_a_fault_is_refused_with_the_place(
    change: dict[str, Any], pointer: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        read_mapping(json.dumps(_GOOD | change).encode())
    assert [fault.code for fault in refused.value.faults] == [code]
    assert pointer.startswith(refused.value.faults[0].pointer)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b'{"kind": ' + b"[" * 100_000, "json_malformed"),
        (b'{"kind": "Project", "kind": "Cost"}', "json_name_twice"),
        (b'{"kind": NaN}', "json_not_finite"),
        (b'{"kind": "\\ud800"}', "text_not_unicode"),
        (b'{"kind": "\xff"}', "encoding"),
        (b"[]", "json_not_object"),
    ],
)
def test_a_mapping_that_readers_would_disagree_about_is_refused(text: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_mapping(text)
    assert [fault.code for fault in refused.value.faults] == [code]


def test_a_mapping_for_another_kind_than_asked_for_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        read_mapping(json.dumps(_GOOD).encode(), kind="Organisation")
    assert [fault.code for fault in refused.value.faults] == ["kind_differs"]


def test_a_mapping_that_is_no_json_is_refused() -> None:
    with pytest.raises(Invalid):
        read_mapping(b"kind: Project")


def test_a_mapped_column_that_is_not_in_the_file_is_a_fault_of_the_header() -> None:
    intake = _mapped({"Name": "title", "State": "state"}, "Ref,Name\n1,A\n")
    assert [(f.place.row, f.code) for f in intake.faults] == [(1, "column_missing")]
    assert intake.rows == []


def test_cells_become_facts_of_the_right_kind() -> None:
    columns = {
        "Name": "title",
        "Tags": "tags",
        "More": "tags",
        "GSS": "identifiers.gss",
        "Why": "not_applicable.reason",
    }
    intake = _mapped(columns, "Ref,Name,Tags,More,GSS,Why\n1,A,a:b;c:d,e:f,E1,x\n2,,,,,\n")
    one, two = intake.rows
    assert isinstance(one, RecordRow)
    assert isinstance(two, RecordRow)
    assert one.key == "pmo|1"
    assert one.facts == {
        "title": "A",
        "tags": ["a:b", "c:d", "e:f"],
        "identifiers": [{"scheme": "gss", "value": "E1"}],
        "not_applicable": {"reason": "x"},
    }
    assert two.facts == {"title": None, "tags": [], "identifiers": []}
    assert one.only == {"title", "tags", "identifiers", "not_applicable"}


def test_whole_numbers_and_yes_and_no_are_read_from_text() -> None:
    intake = _mapped({"P": "priority", "S": "statutory"}, "Ref,P,S\n1,3,yes\n2,x,maybe\n", "PolicyGoal")
    assert [row.facts for row in intake.rows] == [
        {"priority": 3, "statutory": True},
        {"priority": "x", "statutory": "maybe"},
    ]


def test_a_row_without_key_is_rejected() -> None:
    intake = _mapped({"Name": "title"}, "Ref,Name\n,A\n")
    assert [(f.place.row, f.code) for f in intake.faults] == [(2, "key_missing")]


def _lines(*stated: dict[str, Any], kind: Any = Project) -> Intake:
    return read_file("\n".join(json.dumps(each) for each in stated).encode(), "t.jsonl", kind)


def test_a_line_states_a_record_or_a_link() -> None:
    intake = _lines(
        {
            "title": "A",
            "identifiers": [{"scheme": "pmo", "value": "1"}],
            "organisation": {"identifier": "gss|E1"},
        },
        {"link": "ENABLES", "from": {"identifier": "pmo|1"}, "to": "pmo|2", "facts": {"strength": "weak"}},
    )
    record, link = intake.rows
    assert isinstance(record, RecordRow)
    assert isinstance(link, LinkRow)
    assert (record.key, record.facts["organisation"]) == ("pmo|1", "gss|E1")
    assert (link.kind.label, link.source, link.target, link.facts) == (
        "ENABLES",
        "pmo|1",
        "pmo|2",
        {"strength": "weak"},
    )


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"title": "A"}, "key_missing"),
        ({"title": "A", "identifiers": 5}, "key_missing"),
        ({"link": "HOPES", "from": "a|1", "to": "a|2"}, "unknown_link_kind"),
        ({"link": 5, "from": "a|1", "to": "a|2"}, "unknown_link_kind"),
        ({"link": "ENABLES", "from": "a|1"}, "missing"),
        ({"link": "ENABLES", "from": "a|1", "to": "a|2", "facts": 5}, "wrong_type"),
        ({"link": "ENABLES", "from": "a|1", "to": "a|2", "colour": 5}, "unknown_field"),
        ({"link": "ENABLES", "from": "a|1", "to": "a|2", "accepted_by": "x"}, "acceptance_half"),
    ],
)
def test_a_line_that_says_too_little_or_too_much_is_rejected(line: dict[str, Any], code: str) -> None:
    assert [fault.code for fault in _lines(line).faults] == [code]


def test_a_line_names_its_kind_where_none_is_asked_for() -> None:
    intake = _lines(
        {"kind": "Asset", "title": "A", "identifiers": [{"scheme": "x", "value": "1"}]}, kind=None
    )
    assert intake.rows[0].kind.__name__ == "Asset"
    assert [fault.code for fault in _lines({"title": "A"}, kind=None).faults] == ["unknown_kind"]


def test_a_file_of_another_type_and_a_csv_without_mapping_are_refused() -> None:
    for name in ("t.xlsx", "t.csv"):
        with pytest.raises(Invalid):
            read_file(b"a\n1\n", name)
