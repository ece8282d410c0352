"""Answers of questions, as a record names them."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from graph_schema.core import Structure
from graph_schema.values import Code, Count, Day, Line


def _instant(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise PydanticCustomError("day_format", "There is no such day or time.") from None
    return text


Instant = Annotated[
    str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"), AfterValidator(_instant)
]
"""An instant as the service writes it: RFC 3339 in UTC, to the second."""

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256, 64 hexadecimal digits."""


class Answered(Structure):
    """An answer that a decision rested on: enough to ask it again and see whether it differs."""

    question: Annotated[Code, Field(description="Name of the question.")]
    asked: Annotated[
        Line | None, Field(description="Its parameters, as in the address: `portfolio=...&verdict=...`.")
    ] = None
    digest: Annotated[Digest, Field(description="`digest` of the answer.")]
    valid_on: Annotated[Day, Field(description="`as_of.valid_on` of the answer.")]
    known_on: Annotated[Instant | None, Field(description="`as_of.known_on` of the answer.")] = None
    ledger: Annotated[Code, Field(description="`as_of.ledger.id` of the answer.")]
    number: Annotated[Count, Field(description="`as_of.ledger.number` of the answer.")]
