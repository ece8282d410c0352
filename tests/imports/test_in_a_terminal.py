"""What a file says never steers the terminal its report is read in."""

import io

from rich.console import Console

from app import terminal
from app.imports import NotTaken, Place, Remark, Report

STEERS = "\x1b]0;owned\x07\x9b31m\u202e[bold]"


def test_characters_of_a_file_that_would_steer_the_terminal_are_replaced() -> None:
    told = Report("pmo", "best-effort", dry_run=False, refused=False)
    told.not_taken = [NotTaken(f"t.csv: {STEERS}", "The mapping has no place for the column.")]
    told.rows = [Remark(Place(f"{STEERS}.csv", 2), "ragged_row", "The row has 1 cell.", f"/{STEERS}")]
    out = io.StringIO()
    terminal.report(Console(file=out, width=400), told)
    shown = out.getvalue()
    assert "owned" in shown
    assert "[bold]" in shown
    assert not set(shown) & set("\x1b\x07\x9b\u202e")
