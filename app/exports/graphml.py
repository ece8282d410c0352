"""GraphML: a part of the graph as graph programs read it, every attribute typed."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from app.domain.ledger import Answer
from app.exports import flat
from app.exports.flat import Cell
from app.exports.markup import Markup

_ROOT = {
    "xmlns": "http://graphml.graphdrawing.org/xmlns",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi:schemaLocation": "http://graphml.graphdrawing.org/xmlns "
    "http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd",
}
_SAID = {"id", "from", "from_kind", "from_title", "to", "to_kind", "to_title"}
"""Columns that an element says by its own attributes."""


class GraphML:
    """A node for each record, an edge for each link; what the document is true of stands on the graph."""

    def __init__(self) -> None:
        self.left_out: Counter[str] = Counter()
        self._xml = Markup()

    def begun(self, about: dict[str, Any]) -> bytes:
        """The keys of every attribute there may be, and the beginning of the graph."""
        self._xml.declare()
        self._xml.begin("graphml", _ROOT)
        for name in about:
            self._key("graph", name, "long" if name == "number" else "string")
        for of, of_links in (("node", False), ("edge", True)):
            for column in flat.columns(None, of_links):
                if column.name not in _SAID:
                    self._key(of, column.name, column.type)
        self._xml.begin("graph", {"id": "golden-thread", "edgedefault": "directed"})
        self._data("graph", about)
        return self._xml.taken()

    def told(self, states: Iterable[Answer]) -> bytes:
        """A node or an edge each; what is not stated is left out."""
        for state in states:
            row = flat.row_of(state)
            of = "edge" if "from" in row else "node"
            ends = {"source": str(row["from"]), "target": str(row["to"])} if of == "edge" else {}
            self._xml.line()
            self._xml.begin(of, {"id": state["id"]} | ends)
            self._data(of, {name: cell for name, cell in row.items() if name not in _SAID})
            self._xml.end()
        return self._xml.taken()

    def ended(self, counts: dict[str, int]) -> bytes:
        """The end of the graph. A document that was cut short is no XML."""
        self._xml.end()
        self._xml.end()
        self._xml.line()
        return self._xml.taken()

    def _key(self, of: str, name: str, type_: str) -> None:
        key = {"id": f"{of}.{name}", "for": of, "attr.name": name, "attr.type": type_}
        self._xml.line()
        self._xml.leaf("key", "", key)

    def _data(self, of: str, cells: dict[str, Cell]) -> None:
        for name, cell in cells.items():
            if text := flat.text_of(cell):
                self._xml.leaf("data", text, {"key": f"{of}.{name}"})
