"""A part of the graph as one document, a piece at a time, in one of the forms other programs read."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from pydantic_core import to_json

from app.domain.ledger import Answer
from app.exports.archimate import ArchiMate
from app.exports.graphml import GraphML
from app.exports.part import Part
from app.exports.tables import Tables
from graph_schema import SCHEMA_VERSION


@dataclass(frozen=True)
class About:
    """What a document is true of."""

    ledger: str
    """Identity of the ledger."""
    number: int
    """Number of the ledger: everything up to it is in here, and nothing later."""
    at: str | None
    schema_version: str
    below: str | None
    valid_on: str | None

    @classmethod
    def of(cls, part: Part) -> "About":
        """What a part is true of."""
        head, wanted = part.at.head, part.wanted
        return cls(head.id, head.number, head.at, SCHEMA_VERSION, wanted.below, wanted.valid_on)


class Form(Protocol):
    """How a document is written: each call answers the bytes that come next."""

    left_out: Counter[str]
    """What has no place in a document of this form, and how often."""

    def begun(self, about: dict[str, Any]) -> bytes:
        """The beginning, which says what the document is true of."""

    def told(self, states: Iterable[Answer]) -> bytes:
        """Records of one kind, or links."""

    def ended(self, counts: dict[str, int]) -> bytes:
        """The end: a document without it was cut short."""


class JsonLines:
    """A line for each: what the document is, records, links, and the end with how many there were."""

    def __init__(self) -> None:
        self.left_out: Counter[str] = Counter()

    def begun(self, about: dict[str, Any]) -> bytes:
        """The first line."""
        return to_json({"export": about}) + b"\n"

    def told(self, states: Iterable[Answer]) -> bytes:
        """A line each; a link's names its kind as `link`, a record's as `kind`."""
        return b"".join(to_json(_line(each)) + b"\n" for each in states)

    def ended(self, counts: dict[str, int]) -> bytes:
        """The last line."""
        return to_json({"end": counts}) + b"\n"


def _line(state: Answer) -> Answer:
    if "from" not in state:
        return state
    return {"link": state["kind"]} | {name: value for name, value in state.items() if name != "kind"}


FORMS: dict[str, type[Form]] = {"jsonl": JsonLines, "zip": Tables, "graphml": GraphML, "archimate": ArchiMate}
"""By name; the name is also what a file of this form ends in, but for `ENDINGS`."""
ENDINGS = {"archimate": "xml"}


async def document(part: Part, form: Form) -> AsyncIterator[bytes]:
    """The document, as it is read."""
    counts = {"records": 0, "links": 0}
    yield form.begun(asdict(About.of(part)))
    for what, pieces in (("records", part.records()), ("links", part.links())):
        async for states in pieces:
            if states:
                counts[what] += len(states)
                yield form.told(states)
    yield form.ended(counts)
