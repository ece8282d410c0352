"""Rows for tests of imports: valid by default."""

from itertools import count
from typing import Any

from app.imports import LinkRow, Place, RecordRow
from graph_schema.core import Link, Node
from graph_schema.delivery import Project

_lines = count(2)


def here() -> Place:
    """A place of its own in the tests' file."""
    return Place("rows.csv", next(_lines))


def a_record(value: str, of: type[Node] = Project, /, **facts: Any) -> RecordRow:
    """A row that states a whole record under the key `pmo|value`."""
    return RecordRow(here(), of, f"pmo|{value}", {"title": f"Record {value}", **facts})


def a_link(of: type[Link], source: str, target: str, /, **facts: Any) -> LinkRow:
    """A row that states a link between the records of two such keys."""
    return LinkRow(here(), of, f"pmo|{source}", f"pmo|{target}", facts)
