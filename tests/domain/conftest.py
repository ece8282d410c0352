"""A desk to act at: every use case of the domain, called as the service calls it."""

from typing import Any

import pytest

from app.domain import claims, ledger, links, receipts, records
from app.graph import Graph
from app.who import EVERYTHING, Reader, Stamp
from graph_schema.core import Link, Node
from graph_schema.delivery import Element, Project
from graph_schema.law import LegalChange, Provision
from graph_schema.money import Benefit, Cost, Funding
from graph_schema.policy import PolicyGoal

Answer = dict[str, Any]

LEAST: dict[type[Node], Answer] = {
    Provision: {"force": "duty"},
    LegalChange: {"kind": "act"},
    PolicyGoal: {"level": "corporate"},
    Cost: {"amount": "10.00"},
    Benefit: {"amount": "10.00", "category": "cash_releasing"},
    Funding: {"amount": "10.00"},
    Element: {"source_type": "Gap"},
    Project: {},
}
"""What a kind requires besides its title."""


class Desk:
    """One actor's desk. Each act is a request of its own, unless it is given the stamp of another."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    async def create(
        self,
        kind: type[Node],
        stamp: Stamp | None = None,
        reader: Reader = EVERYTHING,
        **facts: Any,
    ) -> Answer:
        """A new record."""
        stamp = stamp or Stamp("someone")
        stated = kind.model_validate({"title": f"A {kind.__name__}", **LEAST.get(kind, {}), **facts})
        return await self.graph.write(receipts.once, stamp, records.create, kind, stated, stamp, reader)

    async def change(
        self,
        record: Answer,
        patch: Answer,
        revision: int | None = None,
        stamp: Stamp | None = None,
        reader: Reader = EVERYTHING,
    ) -> Answer:
        """A record or link after this patch."""
        stamp = stamp or Stamp("someone")
        module, kind = self._kind(record)
        act = records.change if module is records else claims.change
        return await self.graph.write(
            receipts.once, stamp, act, kind, record["id"], patch, revision, stamp, reader
        )

    async def end(
        self,
        record: Answer,
        revision: int | None = None,
        stamp: Stamp | None = None,
        reader: Reader = EVERYTHING,
    ) -> Answer:
        """The record retired, or the link withdrawn."""
        stamp = stamp or Stamp("someone")
        module, kind = self._kind(record)
        act = records.retire if module is records else claims.withdraw
        return await self.graph.write(receipts.once, stamp, act, kind, record["id"], revision, stamp, reader)

    async def claim(
        self,
        kind: type[Link],
        source: Answer,
        target: Answer,
        stamp: Stamp | None = None,
        reader: Reader = EVERYTHING,
        **facts: Any,
    ) -> Answer:
        """A new link."""
        stamp = stamp or Stamp("someone")
        return await self.graph.write(
            receipts.once,
            stamp,
            claims.claim,
            kind,
            source["id"],
            target["id"],
            kind.model_validate(facts),
            stamp,
            reader,
        )

    async def get(self, record: Answer, reader: Reader = EVERYTHING) -> Answer:
        """The record or link as it stands."""
        module, kind = self._kind(record)
        return await module.get(self.graph, kind, record["id"], reader)

    async def number(self) -> int:
        """The last number the ledger has given."""
        return (await ledger.head(self.graph)).number

    @staticmethod
    def _kind(answer: Answer) -> tuple[Any, type[Node] | type[Link]]:
        name = answer["kind"]
        if name in records.KIND_BY_NAME:
            return records, records.KIND_BY_NAME[name]
        return links, links.LINK_BY_LABEL[name]


@pytest.fixture
def desk(graph: Graph) -> Desk:
    """A desk before an empty graph."""
    return Desk(graph)
