"""A table of a kind to fill in, with the caller's own records in it, to be edited and sent again."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from app.domain import records
from app.domain.ledger import Answer
from app.errors import TooLarge
from app.graph import Graph
from app.imports.cells import Cell as Wanted
from app.imports.cells import places
from app.imports.mapping import KEY
from app.imports.standing import BATCH, READ_TIMEOUT
from app.questions.columns import Cell
from app.who import Caller
from graph_schema.core import BY_ACT, Node
from graph_schema.cypher import label

MOST_ROWS = 100_000
_FIRST_EXCEL_DAY = date(1900, 3, 1)
_EXACT_DIGITS = 15


def columns(kind: type[Node]) -> dict[str, Wanted]:
    """The facts a table of the kind has a column for: not those that people state by an act of its own."""
    acts = kind.marked(BY_ACT)
    return {name: cell for name, cell in places(kind).items() if name.partition(".")[0] not in acts}


async def own(graph: Graph, kind: type[Node], caller: Caller) -> list[Answer]:
    """The live records of the kind that the caller's source states, of its organisation, oldest first."""
    found: list[Answer] = []
    after = ""
    while True:
        rows = await graph.rows(
            f"""MATCH (n:{label(kind)} {{source_system: $source, status: 'live'}})
                WHERE n.id > $after AND ($all OR n.organisation = $organisation)
                RETURN {records.LOADED} AS found ORDER BY n.id LIMIT $limit""",
            READ_TIMEOUT,
            source=caller.source,
            all=caller.is_of_the_service,
            organisation=caller.organisation,
            after=after,
            limit=BATCH,
        )
        found += [records.envelope({"organisation": None} | row["found"]) for row in rows]
        if len(rows) < BATCH:
            return found
        if len(found) > MOST_ROWS:
            raise TooLarge(f"There are more than {MOST_ROWS:,} records; take them from the export.")
        after = found[-1]["id"]


def table(kind: type[Node], scheme: str, found: Iterable[Answer]) -> Iterator[list[Cell]]:
    """The header, then a row for each record: its key, and its facts by column."""
    wanted, found = columns(kind), list(found)
    others = sorted({each["scheme"] for one in found for each in one["facts"]["identifiers"]} - {scheme})
    yield [KEY, *wanted, *(f"identifiers.{other}" for other in others)]
    for one in found:
        named = {each["scheme"]: each["value"] for each in reversed(one["facts"]["identifiers"])}
        cells = [_cell(_value(one["facts"], name), cell) for name, cell in wanted.items()]
        yield [named.get(scheme, one["id"]), *cells, *(named.get(other) for other in others)]


def _value(facts: dict[str, Any], name: str) -> Any:
    root, _, part = name.partition(".")
    value = facts.get(root)
    return (value or {}).get(part) if part else value


def _cell(value: Any, wanted: Wanted) -> Cell:
    """A fact as a cell says it, so that it is read again as the same."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, list):
        return "; ".join(str(each) for each in value) or None
    text = str(value)
    if wanted.day and date.fromisoformat(text) >= _FIRST_EXCEL_DAY:
        return date.fromisoformat(text)
    if wanted.money and sum(map(str.isdigit, text)) <= _EXACT_DIGITS:
        return Decimal(text)
    return text


def as_text(cell: Cell) -> str:
    """A cell of a workbook as CSV has it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return f"{cell:.2f}" if isinstance(cell, Decimal) else str(cell)
