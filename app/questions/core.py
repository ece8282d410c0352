"""What a question is: one class whose fields are its parameters, one row model, one way to answer.

Routes, commands, columns and documentation are read from the class; `app.questions.QUESTIONS` lists them all.
"""

import base64
import binascii
import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Generic, Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.domain import ledger
from app.domain.access import Scope
from app.domain.ledger import Head
from app.errors import Fault, Invalid
from app.graph import Graph
from app.graph import Row as Record
from app.who import Reader
from graph_schema.values import Currency, Day, Money, PriceBasis

_TRIES = 3


class Said(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Row(Said):
    """One row of an answer. Its fields are the columns."""

    def order(self, by: str) -> list[Any]:
        """What a list sorted by this column compares: strings or whole numbers."""
        value = getattr(self, by)
        return ["" if value is None else value]


class Named(Said):
    """A record by id and title."""

    id: Annotated[str, Field(description="Id of the record.")]
    title: Annotated[str | None, Field(description="Its title, where the reader may see it.")] = None


class Sum(Said):
    """Money of one bucket. Sums of different buckets are never added together."""

    amount: Annotated[Money, Field(description="The sum, a decimal string.")]
    currency: Annotated[Currency, Field(description="Its currency.")]
    price_basis: Annotated[PriceBasis, Field(description="Whether inflation is in the figure.")]
    price_year: Annotated[int | None, Field(description="Year of the prices.")] = None


class Granted(Said):
    """Money in, of one currency. Never netted off cost."""

    amount: Annotated[Money, Field(description="The sum, a decimal string.")]
    currency: Annotated[Currency, Field(description="Its currency.")]


class LedgerNumber(Said):
    """Which ledger, and the last entry the answer knows."""

    id: Annotated[str, Field(description="The ledger's identity: another database has another.")]
    number: Annotated[int, Field(description="Number of the last entry that was known.")]


class AsOf(Said):
    """What the answer is true of."""

    valid_on: Annotated[date, Field(description="The day on which it is true.")]
    known_on: Annotated[str | None, Field(description="Instant of the last change that was known.")]
    ledger: Annotated[LedgerNumber, Field(description="The last change that was known.")]


class Denominators(Said):
    """Of how many the answer speaks: silence is never assurance."""

    in_scope: Annotated[int, Field(description="Projects with a verdict for this reader.")]
    not_assessed: Annotated[int, Field(description="Of them: nobody has looked.")]
    declared_not_applicable: Annotated[int, Field(description="Of them: declared to have no policy goal.")]
    withheld: Annotated[
        int, Field(description="Beside them: projects of which this reader sees an outline only.")
    ]


class Note(Said):
    """Something the reader must know about the answer as a whole."""

    code: Annotated[str, Field(description="What it is, for machines.")]
    detail: Annotated[str, Field(description="What it is, for people.")]


R = TypeVar("R", bound=Row)


class Answer(Said, Generic[R]):
    """The answer to a question: one page of rows, and what they are true of."""

    question: Annotated[str, Field(description="Name of the question.")]
    version: Annotated[int, Field(description="Version of the question's meaning.")]
    rows: Annotated[list[R], Field(description="The rows of this page.")]
    as_of: Annotated[AsOf, Field(description="What the answer is true of.")]
    denominators: Annotated[Denominators, Field(description="Of how many the answer speaks.")]
    total: Annotated[
        list[Sum] | None, Field(description="Cost of all rows of the answer, by bucket; null: has no money.")
    ] = None
    funding: Annotated[
        list[Granted] | None,
        Field(description="Funding of all rows, each grant once; not part of the total."),
    ] = None
    notes: Annotated[list[Note], Field(description="What to know about the answer as a whole.")] = []
    digest: Annotated[
        str,
        Field(
            description="SHA-256 of the question, its parameters and all rows of the answer, paged or not; "
            "the same facts give the same digest."
        ),
    ]
    count: Annotated[int | None, Field(description="How many rows all pages have, if asked for.")] = None
    next: Annotated[str | None, Field(description="Cursor of the next page; null on the last.")] = None


@dataclass(frozen=True)
class Found(Generic[R]):
    """Everything a question finds, before it is sorted and paged."""

    rows: Sequence[R]
    denominators: Denominators
    total: list[Sum] | None = None
    funding: list[Granted] | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class View:
    """The graph as one reader sees it, on one day, at one number of the ledger."""

    graph: Graph
    reader: Reader
    valid_on: date
    head: Head
    scope: Scope = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "scope", Scope(self.reader))

    async def read(self, text: str, **parameters: Any) -> list[Record]:
        """Read what a text collects as `rows`, with the reader's scope and the day among the parameters.

        One record that holds all rows crosses the wire many times faster than a record a row.
        """
        day = self.valid_on.isoformat()
        found = await self.graph.row(text, day=day, **self.scope.parameters, **parameters)
        return list(found["rows"]) if found else []


class Question(BaseModel, ABC):
    """A question. Its fields are its parameters; its docstring says precisely what is answered."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: ClassVar[str]
    """Its name everywhere: in the path, on the command line, in the documentation."""
    version: ClassVar[int] = 1
    """Raised when the same facts would get another answer."""
    asks: ClassVar[str]
    """The question, as a sentence."""
    row: ClassVar[type[Row]]
    sorts: ClassVar[tuple[str, ...]]
    """Columns its rows can be sorted by."""
    default_sort: ClassVar[str]

    valid_on: Annotated[Day | None, Field(description="Day on which it is to be true; today if empty.")] = (
        None
    )
    sort: Annotated[
        str | None, Field(max_length=60, description="Column to sort by, with - before it to fall.")
    ] = None
    limit: Annotated[int, Field(ge=1, le=10_000, description="Most rows of one page.")] = 50
    after: Annotated[
        str | None, Field(max_length=2_000, description="Cursor of the page before, from `next`.")
    ] = None
    count: Annotated[Literal["exact"] | None, Field(description="`exact` counts the rows of all pages.")] = (
        None
    )

    @model_validator(mode="after")
    def _sorts_by_a_column(self) -> Self:
        if self.sort is not None and self.sort.removeprefix("-") not in self.sorts:
            raise PydanticCustomError(
                "sort_unknown", "sort must be one of: {columns}.", {"columns": ", ".join(self.sorts)}
            )
        return self

    @abstractmethod
    async def find(self, view: View) -> Found[Any]:
        """Everything there is to say, unsorted."""

    async def answer(self, view: View) -> Answer[Any]:
        """One page of the answer, with its envelope."""
        found = await self.find(view)
        order = _Order(self, view)
        rows = sorted(found.rows, key=lambda row: row.order("id"))
        rows.sort(key=order.key, reverse=order.falling)
        begin = order.begin(rows, self.after)
        page = rows[begin : begin + self.limit]
        more = begin + self.limit < len(rows)
        return Answer[self.row](  # type: ignore[name-defined]
            question=self.name,
            version=self.version,
            rows=page,
            as_of=AsOf(
                valid_on=view.valid_on,
                known_on=view.head.at,
                ledger=LedgerNumber(id=view.head.id, number=view.head.number),
            ),
            denominators=found.denominators,
            total=found.total,
            funding=found.funding,
            notes=list(found.notes),
            digest=digest(self, view.valid_on, rows),
            count=len(rows) if self.count else None,
            next=order.cursor(page[-1]) if more else None,
        )

    def parameters(self, valid_on: date) -> dict[str, Any]:
        """The parameters that decide what the answer is, with every default resolved; not how it is paged."""
        given = self.model_dump(mode="json", exclude={"limit", "after", "count"})
        return given | {"valid_on": valid_on.isoformat(), "sort": self.sort or self.default_sort}


def digest(question: Question, valid_on: date, rows: Sequence[Row]) -> str:
    """Fingerprint of a whole answer: question, version, resolved parameters and rows, in canonical JSON."""
    said = {
        "question": question.name,
        "version": question.version,
        "parameters": question.parameters(valid_on),
        "rows": [row.model_dump(mode="json") for row in rows],
    }
    return hashlib.sha256(_canonical(said).encode()).hexdigest()


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


class _Order:
    """The order of an answer's rows, and the cursors that stand between them."""

    def __init__(self, question: Question, view: View) -> None:
        sort = question.sort or question.default_sort
        self.falling, self.by = sort.startswith("-"), sort.removeprefix("-")
        asked = hashlib.sha256(_canonical(question.parameters(view.valid_on)).encode()).hexdigest()[:16]
        self.stands_for = [view.head.id, view.valid_on.isoformat(), asked]

    def key(self, row: Row) -> list[Any]:
        return row.order(self.by)

    def cursor(self, row: Row) -> str:
        text = _canonical([*self.stands_for, self.key(row), row.order("id")])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def begin(self, rows: Sequence[Row], cursor: str | None) -> int:
        """Position of the first row after the cursor."""
        if cursor is None:
            return 0
        *stands_for, key, id = _opened(cursor)
        if stands_for != self.stands_for:
            raise _bad_cursor()
        try:
            return next((at for at, row in enumerate(rows) if self._is_after(row, key, id)), len(rows))
        except TypeError:
            raise _bad_cursor() from None

    def _is_after(self, row: Row, key: list[Any], id: list[Any]) -> bool:
        mine = self.key(row)
        if mine == key:
            return row.order("id") > id
        return mine < key if self.falling else mine > key


def _opened(cursor: str) -> list[Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        raise _bad_cursor() from None
    if not isinstance(parts, list) or len(parts) != 5:
        raise _bad_cursor()
    return parts


def _bad_cursor() -> Invalid:
    says = "The cursor is not one of this answer; begin at the first page."
    return Invalid(faults=[Fault("/after", "bad_cursor", says)])


def _day(question: Question, zone: ZoneInfo) -> date:
    """The day asked about: as given, else the day of the page before, else today."""
    if question.valid_on is not None:
        return question.valid_on
    if question.after is not None:
        try:
            return date.fromisoformat(_opened(question.after)[1])
        except (TypeError, ValueError):
            raise _bad_cursor() from None
    return datetime.now(zone).date()


async def ask(graph: Graph, question: Question, reader: Reader, zone: ZoneInfo) -> Answer[Any]:
    """Answer a question for a reader.

    An answer takes several reads; when the ledger moved meanwhile they are made again, a few times at most.
    """
    valid_on = _day(question, zone)
    head = await ledger.head(graph)
    for _ in range(_TRIES):
        answer = await question.answer(View(graph, reader, valid_on, head))
        after = await ledger.head(graph)
        if after == head:
            return answer
        head = after
    moved = Note(
        code="changing", detail="The graph was changing while it was read; ask again for a sure answer."
    )
    return answer.model_copy(update={"notes": [*answer.notes, moved]})
