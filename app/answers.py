"""An answer as a person reads it in a terminal: a row a paragraph, or a table where that fits."""

import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from app.domain import money
from app.domain.money import Bucket
from app.errors import Refusal
from app.questions import columns, core, sheets
from app.questions.core import Question, Sum
from app.terminal import Form, holds, print_json
from graph_schema.values import Money, PriceBasis

WIDEST = 100
"""No line of prose is longer than is pleasant to read."""


def tell(question: type[Question], told: core.Answer[Any], form: Form) -> None:
    """An answer in the form that was asked for."""
    if form.as_json:
        print_json(told.model_dump(mode="json"))
    elif form.as_csv:
        columns.write(sys.stdout, question.row, told.rows)
    elif form.xlsx:
        _into(form.xlsx, question, told)
    else:
        answer(Console(), question, told)


def _into(file: Path, question: type[Question], told: core.Answer[Any]) -> None:
    """Write the rows as an Excel file."""
    about = {"asks": question.asks} | sheets.about(told)
    data = sheets.written(question.row, told.rows, about, told.as_of.valid_on)
    try:
        file.write_bytes(data)
    except OSError:
        raise Refusal(f"The file {file.name} cannot be written; check the folder and your rights.") from None


def answer(console: Console, question: type[Question], told: core.Answer[Any]) -> None:
    """An answer, with what it rests on below."""
    console.print(f"[bold]{question.asks}[/]", highlight=False)
    names = question.row.featured or tuple(name for name in question.row.model_fields if name != "id")
    table = _table(question, names, told.rows)
    if not told.rows:
        paragraph(console, "There is nothing to list.", "  ")
    elif _says_sentences(question) or _narrowest(console, table) > console.width:
        _paragraphs(console, names, told.rows)
    else:
        console.print(fitted(console, table))
    for line in below(told):
        paragraph(console, line)


def paragraph(console: Console, text: str, first: str = "", rest: str | None = None) -> None:
    """Prose, wrapped; the first line and the rest begin with these."""
    lines = textwrap.wrap(
        text, min(console.width, WIDEST), initial_indent=first, break_long_words=False,
        subsequent_indent=first if rest is None else rest, break_on_hyphens=False,
    )  # fmt: skip
    console.print(escape("\n".join(lines)), highlight=False, soft_wrap=True)


def _narrowest(console: Console, table: Table) -> int:
    """How wide a table must be to break no word."""
    boundless = console.options.update(max_width=10_000)
    return Measurement.get(console, boundless, table).minimum


def _says_sentences(question: type[Question]) -> bool:
    return "sentence" in question.row.model_fields


def _table(question: type[Question], names: tuple[str, ...], rows: list[Any]) -> Table:
    table = Table(*(name.replace("_", " ") for name in names), show_lines=True)
    for name, column in zip(names, table.columns, strict=True):
        counted = holds(question.row.model_fields[name].annotation, int)
        money = any(_is_money(getattr(row, name)) for row in rows)
        column.justify, column.no_wrap = "right" if money or counted else "left", money
    for row in rows:
        table.add_row(*(escape(_shown(row, name, "\n")) for name in names))
    return table


def fitted(console: Console, table: Table) -> Table:
    """The table with no word broken where it has the room: a day or an id cut off says nothing."""
    boundless = console.options.update(max_width=10_000)
    spans = [
        [Measurement.get(console, boundless, cell) for cell in (column.header, *column.cells)]
        for column in table.columns
    ]
    most = [max(cell.maximum for cell in cells) for cells in spans]
    least = [
        wide if column.no_wrap else max(cell.minimum for cell in cells)
        for column, cells, wide in zip(table.columns, spans, most, strict=True)
    ]
    spare, wanted = console.width - 3 * len(most) - 1 - sum(least), sum(most) - sum(least)
    if 0 <= spare < wanted:
        narrowest_first = sorted(range(len(most)), key=lambda at: most[at] - least[at])
        for done, at in enumerate(narrowest_first):
            more = min(most[at] - least[at], spare // (len(most) - done))
            table.columns[at].width, spare = least[at] + more, spare - more
    return table


def _is_money(value: Any) -> bool:
    return isinstance(value, Money) or (
        isinstance(value, list) and any(hasattr(each, "amount") for each in value)
    )


def _paragraphs(console: Console, names: tuple[str, ...], rows: list[Any]) -> None:
    """Each row as its title, its facts and what it says."""
    for row in rows:
        title, *facts = [name for name in names if name not in ("sentence", *_told_apart(row))]
        console.print(f"\n  [bold]{escape(_shown(row, title))}[/]", highlight=False, soft_wrap=True)
        told = [f"{name.replace('_', ' ')}: {_shown(row, name)}" for name in facts if _shown(row, name)]
        if title == "title" and getattr(row, "id", None):
            told.append(f"id: {row.id}")
        paragraph(console, "; ".join(told), "    ")
        if sentence := getattr(row, "sentence", None):
            paragraph(console, spoken(sentence), "    ")
        for part in (part for name in _told_apart(row) for part in getattr(row, name)):
            paragraph(console, spoken(part.sentence), "    - ", "      ")
    console.print()


def _told_apart(row: BaseModel) -> list[str]:
    """The columns whose parts say a sentence each."""
    lists = {name: getattr(row, name) for name in type(row).model_fields}
    return [
        name
        for name, parts in lists.items()
        if isinstance(parts, list | tuple) and parts and hasattr(parts[0], "sentence")
    ]


def _shown(row: BaseModel, name: str, between: str = ", ") -> str:
    value = getattr(row, name)
    if value is None and name == "organisation":
        return "none stated"
    if isinstance(value, Money):
        stated = {each: getattr(row, each) for each in Sum.model_fields if hasattr(row, each)}
        return cell(Sum(**stated | {"amount": value})) if "currency" in stated else cell(value)
    if _is_money(value):
        return sums(value) if between == ", " else between.join(map(cell, value))
    return between.join(map(cell, value)) if isinstance(value, list | tuple) else cell(value)


def sums(value: Iterable[Any]) -> str:
    """Sums that are never added together, in words."""
    return " and ".join(map(cell, value))


def below(told: core.Answer[Any]) -> Iterator[str]:
    """The lines under an answer: totals, denominators, what it is true of."""
    reach = "all rows, shown or not" if told.next_cursor else "all rows"
    if told.total:
        yield f"Cost of {reach}: {sums(told.total)}."
    if told.funding:
        yield f"Funding of {reach}, each grant once and not part of cost: {sums(told.funding)}."
    said = told.denominators
    yield (
        f"Projects in scope {said.in_scope:,}, of them not assessed {said.not_assessed:,}, declared not "
        f"applicable {said.declared_not_applicable:,}; withheld {said.withheld:,}."
    )
    yield f"True on {told.as_of.valid_on}, at number {told.as_of.ledger.number:,} of the ledger."
    for note in told.notes:
        yield f"Note: {note.detail}"
    if told.next_cursor:
        yield f"There are more rows: --limit {2 * len(told.rows)}, or --json for the cursor of the next page."


def spoken(sentence: str) -> str:
    """A sentence with the titles it marks in quotation marks."""
    return re.sub(r"\*(.+?)\*", "\N{LEFT DOUBLE QUOTATION MARK}\\1\N{RIGHT DOUBLE QUOTATION MARK}", sentence)


def cell(value: Any) -> str:
    """A value of a row as people read it in one cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and not isinstance(value, Money):
        return f"{value:,}"
    if isinstance(value, list | tuple):
        told = any("sentence" in type(each).model_fields for each in value if isinstance(each, BaseModel))
        return ("\n" if told else ", ").join(cell(each) for each in value)
    if isinstance(value, BaseModel):
        return _structure(value)
    if isinstance(value, Enum):
        return str(value.value).replace("_", " ")
    return value.isoformat() if isinstance(value, date) else str(value)


def _structure(value: BaseModel) -> str:
    stated = {name: getattr(value, name) for name in type(value).model_fields}
    if "amount" in stated:
        basis, year = stated.get("price_basis", PriceBasis.NOMINAL), stated.get("price_year")
        return money.said(int(stated["amount"]), Bucket(stated["currency"], basis, year))
    if "sentence" in stated:
        return spoken(str(stated["sentence"]))
    if "reason" in stated:
        return f"{cell(stated['reason'])} at {stated.get('title') or stated.get('id')}"
    return str(stated.get("title") or stated.get("id") or "")
