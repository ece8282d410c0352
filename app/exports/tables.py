"""Tables: a zip with a CSV for each kind of record, one for all links, and one that says what it is."""

import io
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, TextIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from app.domain.ledger import Answer
from app.exports import flat
from app.questions.columns import as_csv, write_cells
from graph_schema import KIND_BY_NAME

LINKS, ABOUT = "links.csv", "about.csv"


class _Pipe:
    """Takes the zip's bytes as they are made. It cannot go back, so the zip is written straight on."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def write(self, some: bytes) -> int:
        self._bytes += some
        return len(some)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        taken = bytes(self._bytes)
        self._bytes.clear()
        return taken


class Tables:
    """RFC 4180 CSV in UTF-8, one header line each; no cell is run by a spreadsheet."""

    def __init__(self) -> None:
        self.left_out: Counter[str] = Counter()
        self._pipe = _Pipe()
        self._zip = ZipFile(self._pipe, "w", ZIP_DEFLATED)  # type: ignore[call-overload]
        self._name = ""
        self._text: TextIO | None = None

    def begun(self, about: dict[str, Any]) -> bytes:
        """What the tables are true of."""
        rows = ([name, flat.text_of(value)] for name, value in about.items())
        # Under no time of its own: the same tables are the same bytes.
        self._zip.writestr(ZipInfo(ABOUT), as_csv([["fact", "value"], *rows]))
        return self._pipe.taken()

    def told(self, states: Iterable[Answer]) -> bytes:
        """Rows of the kind's table, which is begun where another kind was before; of links, of theirs."""
        for name, some in groupby(states, key=_table_of):
            kind = None if name == LINKS else KIND_BY_NAME[_kind_of[name]]
            self._into(name, [column.name for column in flat.columns(kind, name == LINKS)], some)
        return self._pipe.taken()

    def _into(self, name: str, columns: list[str], states: Iterable[Answer]) -> None:
        if name != self._name:
            self._close()
            self._name = name
            self._text = io.TextIOWrapper(
                self._zip.open(name, "w", force_zip64=True), encoding="utf-8", newline="", write_through=True
            )
            write_cells(self._text, [columns])
        assert self._text is not None
        write_cells(self._text, _cells(columns, states))

    def ended(self, counts: dict[str, int]) -> bytes:
        """The end of the zip. One that was cut short cannot be opened."""
        self._close()
        self._zip.close()
        return self._pipe.taken()

    def _close(self) -> None:
        if self._text is not None:
            self._text.close()
            self._text = None


def _cells(columns: list[str], states: Iterable[Answer]) -> Iterator[list[str]]:
    for state in states:
        row = flat.row_of(state)
        yield [flat.text_of(row.get(name)) for name in columns]


_kind_of = {f"{kind.plural}.csv": name for name, kind in KIND_BY_NAME.items()}


def _table_of(state: Answer) -> str:
    return LINKS if "from" in state else f"{KIND_BY_NAME[state['kind']].plural}.csv"
