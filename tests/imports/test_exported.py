"""An export as a source's rows: lines that are of no form an export has are each named."""

import json
from typing import Any

import pytest

from app.imports import exported, files

ID = "01a213bb-b674-768d-81b4-73f549ad7c7a"


def read(*lines: dict[str, Any]) -> list[tuple[str, int]]:
    data = b"\n".join(json.dumps(each).encode() for each in ({"export": {}}, *lines, {"end": {}}))
    intake = exported.rows(files.lines(data, "export.jsonl"), "x")
    return [(each.code, each.place.row) for each in intake.faults]


@pytest.mark.parametrize(
    "line",
    [
        {"link": "CHANGES", "from": "x|1", "to": "x|2", "facts": {}},
        {"link": ["a"], "from": {"id": ID}, "to": {"id": ID}, "facts": {}},
        {"link": "CHANGES", "facts": {}},
        {"kind": "Project", "id": ID, "facts": {"identifiers": ["x"]}},
        {"kind": "Project", "id": 7, "facts": {}},
        {"kind": ["Project"], "id": ID, "facts": {}},
        {"kind": "Project", "id": ID, "facts": []},
    ],
)
def test_a_line_of_another_form_is_a_fault_of_that_line(line: dict[str, Any]) -> None:
    assert read(line) == [("line_shape", 2)]


def test_a_record_without_identifiers_is_known_again_by_its_id() -> None:
    assert read({"kind": "Project", "id": ID, "facts": {"title": "P", "organisation": {"id": ID}}}) == []
