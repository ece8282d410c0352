"""Rows as CSV: a spreadsheet that opens them runs nothing."""

import io

import pytest
from pydantic import BaseModel

from app.questions import columns


class _Row(BaseModel):
    title: str
    slack: int | None = None


def _written(title: str, slack: int | None = None) -> str:
    out = io.StringIO()
    columns.write(out, _Row, [_Row(title=title, slack=slack)])
    return out.getvalue()


@pytest.mark.parametrize("text", ["=1+1", "+44 tell me", "-x", "@SUM(A1)", "\tcmd"])
def test_a_text_that_a_spreadsheet_would_run_is_kept_a_text(text: str) -> None:
    assert _written(text) == f"title,slack\r\n'{text},\r\n"


@pytest.mark.parametrize("text", ["Parking = permits", "-184", "+1.5%", "'quoted'"])
def test_other_texts_and_numbers_stay_as_they_are(text: str) -> None:
    assert _written(text, -3) == f"title,slack\r\n{text},-3\r\n"


def test_a_carriage_return_at_the_front_is_kept_in_its_cell() -> None:
    assert _written("\r=1") == 'title,slack\r\n"\'\r=1",\r\n'
