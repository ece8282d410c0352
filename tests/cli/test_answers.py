"""How an answer looks in a terminal, wide or narrow."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from app import answers
from app.errors import Refusal
from app.portfolio.verdicts import Verdict
from app.questions import QUESTIONS
from app.questions.core import Answer, AsOf, Denominators, LedgerNumber, Named, Question, Row, Sum
from app.questions.known_unknowns import KnownUnknowns, KnownUnknownsRow
from app.questions.unaligned import Unaligned, UnalignedRow
from app.terminal import Form
from tests.workbooks import sheet_of

COUNCIL = Named(id="1", title="Wyverdale Borough Council")
SUM = Sum.model_validate({"amount": "980000.50", "currency": "GBP", "price_basis": "nominal"})
PROJECT = UnalignedRow(
    id="2", kind="Project", ref="WV-031", title="Contact centre telephony", organisation=COUNCIL,
    state="delivering", label=None, verdict=Verdict.UNALIGNED, quality=0, strength=None, level=None,
    breaks_at=None, sentence="No money goes from *Contact centre telephony* to any goal.", rests_on=["2"],
    money=[SUM], funding=[],
)  # fmt: skip
COUNTS = KnownUnknownsRow(
    organisation=COUNCIL, in_scope=42, not_assessed=3, declared_not_applicable=1, withheld=0
)


def _told(question: type[Question], *rows: Row) -> Answer[Any]:
    return Answer[Any](
        question=question.name, version=1, rows=list(rows), digest="0",
        as_of=AsOf(valid_on=date(2026, 12, 1), known_on=None, ledger=LedgerNumber(id="0", number=981)),
        denominators=Denominators(in_scope=42, not_assessed=3, declared_not_applicable=1, withheld=0),
    )  # fmt: skip


def _shown(question: type[Question], *rows: Row, width: int = 80) -> str:
    out = io.StringIO()
    answers.answer(Console(file=out, width=width), question, _told(question, *rows))
    return out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_what_says_a_sentence_is_told_row_by_row(width: int) -> None:
    shown = _shown(Unaligned, PROJECT, width=width)
    assert max(map(len, shown.splitlines())) <= min(width, answers.WIDEST)
    assert "\n\n  Contact centre telephony\n    organisation: Wyverdale Borough Council;" in shown
    assert "verdict: unaligned; money: £980,000.50; id: 2" in " ".join(shown.split())
    assert "No money goes from “Contact centre telephony” to any goal." in " ".join(shown.split())


def test_counts_are_a_table_where_there_is_room_and_paragraphs_where_there_is_not() -> None:
    assert "│ Wyverdale Borough Council │" in _shown(KnownUnknowns, COUNTS, width=100)
    narrow = _shown(KnownUnknowns, COUNTS, width=30)
    assert "│" not in narrow and "not assessed: 3" in " ".join(narrow.split())


def test_a_table_that_has_to_shrink_cuts_no_word_off() -> None:
    table = Table("what it is", "on")
    table.add_row("the parking of vehicles by residents " * 5, "2026-12-01")
    out = io.StringIO()
    console = Console(file=out, width=40)
    console.print(answers.fitted(console, table))
    shown = out.getvalue()
    assert "2026-12-01" in shown and "…" not in shown
    assert max(map(len, shown.splitlines())) <= 40


def test_an_empty_answer_says_so_and_what_it_rests_on() -> None:
    shown = _shown(Unaligned)
    assert "There is nothing to list." in shown
    assert "Projects in scope 42, of them not assessed 3" in shown


def test_an_answer_is_written_as_an_excel_file_whose_cells_are_what_they_are(tmp_path: Path) -> None:
    file = tmp_path / "answer.xlsx"
    odd = PROJECT.model_copy(update={"title": "=1+1"})
    answers.tell(Unaligned, _told(Unaligned, PROJECT, odd), Form(False, False, file))
    rows = sheet_of(file.read_bytes())
    assert [(row["title"], row["money_amount"], row["quality"]) for row in rows] == [
        ("Contact centre telephony", 980000.5, 0), ("=1+1", 980000.5, 0),
    ]  # fmt: skip
    told = {row["what"]: row["value"] for row in sheet_of(file.read_bytes(), "about")}
    assert (told["as_of_valid_on"], told["denominators_in_scope"]) == (date(2026, 12, 1), 42)
    with pytest.raises(Refusal):
        answers.tell(Unaligned, _told(Unaligned), Form(False, False, tmp_path / "nowhere" / "answer.xlsx"))


def test_every_question_has_columns_that_its_rows_have() -> None:
    for question in QUESTIONS:
        assert set(question.row.featured) <= question.row.model_fields.keys(), question.name
