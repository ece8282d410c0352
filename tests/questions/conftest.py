"""How questions are asked in tests."""

from datetime import date
from typing import Any

import pytest

from app import portfolio
from app.graph import Graph
from app.portfolio.tracing import Route
from app.portfolio.verdicts import Verdict
from app.questions.core import View
from app.questions.unaligned import Unaligned, UnalignedRow
from app.who import EVERYTHING, Reader
from graph_schema.values import ProjectState
from tests.build import Drawn, Joined, store

DAY = "2026-06-01"


class Board:
    """Stores a graph and asks about it."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    async def view(self, day: str = DAY, reader: Reader = EVERYTHING) -> View:
        return View(self.graph, reader, date.fromisoformat(day), await portfolio.at(self.graph))

    async def rows(self, day: str = DAY, reader: Reader = EVERYTHING) -> dict[str, UnalignedRow]:
        """The row of every project in whatever state and of whatever verdict."""
        question = Unaligned(verdict=tuple(Verdict), state=tuple(ProjectState))
        found = await question.find(await self.view(day, reader))
        return {row.id: row for row in found.rows}

    async def says(
        self, project: Drawn, *rest: Drawn | Joined, day: str = DAY, reader: Reader = EVERYTHING
    ) -> UnalignedRow:
        """What is said of a project in this graph."""
        await store(self.graph, project, *rest)
        return (await self.rows(day, reader))[project.id]

    async def route(self, project: Drawn, day: str = DAY, reader: Reader = EVERYTHING) -> Route:
        return (await self.view(day, reader)).portfolio.routes([project.id])[project.id]

    async def routes(self, projects: list[str], **given: Any) -> dict[str, Route]:
        return (await self.view(**given)).portfolio.routes(projects)


@pytest.fixture
def board(graph: Graph) -> Board:
    """A board before an empty graph."""
    return Board(graph)
