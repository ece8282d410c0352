"""How one question is asked in tests, and the business cases it is asked about."""

from typing import Any
from zoneinfo import ZoneInfo

from app.questions.core import Answer, Question, ask
from app.who import EVERYTHING, Reader
from tests.build import Drawn, Joined, a, link
from tests.questions.conftest import DAY, Board


async def asked(
    board: Board, question: type[Question], reader: Reader = EVERYTHING, **parameters: Any
) -> Answer[Any]:
    """The answer on the usual day."""
    stated = question.model_validate({"valid_on": DAY, **parameters})
    return await ask(board.graph, stated, reader, ZoneInfo("Europe/London"))


def a_benefit(pounds: str, **facts: Any) -> Drawn:
    """A cash-releasing benefit."""
    return a("Benefit", **{"amount": pounds, "category": "cash_releasing", **facts})


def a_case(project: Drawn, *items: Drawn) -> list[Drawn | Joined]:
    """A project with its costs and benefits."""
    labels = {"Cost": "INCURS", "Benefit": "EXPECTS"}
    return [project, *items, *(link(labels[each.kind], project, each) for each in items)]
