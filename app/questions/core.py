"""What a question is: one class whose fields are its parameters, one row model, one way to answer.

Routes, commands, columns and documentation are read from the class; `app.questions.QUESTIONS` lists them all.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Any, ClassVar, Generic, Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from app import portfolio
from app.domain import ledger
from app.domain.access import Scope
from app.domain.ledger import Head
from app.graph import Graph
from app.graph import Row as Record
from app.portfolio import surface
from app.portfolio.snapshot import Snapshot
from app.portfolio.surface import Portfolio
from app.questions.order import Order, day_of, fingerprint, number_of
from app.who import Reader
from graph_schema.values import Currency, Day, Money, PriceBasis

_TRIES = 3
_WHOLE = 1_000_000
"""Rows of an answer that is not paged."""


class Said(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Row(Said):
    """One row of an answer. Its fields are the columns."""

    featured: ClassVar[tuple[str, ...]] = ()
    """The columns a terminal has room for; all but the id if empty."""

    def order(self, by: str) -> list[Any]:
        """What a list sorted by this column compares: strings or whole numbers.

        Money compares by the largest sum of one bucket, as sums are not added for it; a record by its title.
        """
        value = getattr(self, by)
        if isinstance(value, list):
            return [largest(value)]
        if isinstance(value, Named):
            return [value.title or ""]
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


def largest(sums: Sequence[Sum | Granted], none: int = -1) -> int:
    """The largest of these sums in pence; `none` where there is none."""
    return max((int(each.amount) for each in sums), default=none)


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
T = TypeVar("T")


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
    snapshot: Snapshot
    """Everything questions about the whole portfolio are answered from, at that number."""
    scope: Scope = field(init=False)
    _reads: list[str] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        object.__setattr__(self, "scope", Scope(self.reader))

    @property
    def head(self) -> Head:
        """Where the ledger stands."""
        return self.snapshot.head

    @cached_property
    def portfolio(self) -> Portfolio:
        """Everything at once, in named columns: see `app.portfolio.surface`."""
        return surface.of(self.snapshot, self.valid_on, self.reader)

    async def read(self, text: str, **parameters: Any) -> list[Record]:
        """Read what a text collects as `rows`, with the reader's scope and the day among the parameters.

        One record that holds all rows crosses the wire many times faster than a record a row.
        """
        self._reads.append(text)
        day = self.valid_on.isoformat()
        found = await self.graph.row(text, day=day, **self.scope.parameters, **parameters)
        return list(found["rows"]) if found else []

    async def rows(self, text: str, /, **parameters: Any) -> list[Record]:
        """Read all rows of a text that brings its own parameters."""
        self._reads.append(text)
        return await self.graph.rows(text, **parameters)

    async def is_of_one_number(self) -> bool:
        """Whether all that was read is of the snapshot's number: nothing was, or nothing has changed."""
        if not self._reads:
            return True
        now = await ledger.head(self.graph)
        return (now.id, now.number) == (self.head.id, self.head.number)


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
    reads_nothing: ClassVar[bool] = False
    """Whether the portfolio alone answers it: it is then worked out in a thread, beside other requests."""
    example: ClassVar[str] = ""
    """The query of a request worth showing, which its page answers from the sample; `@` and a key name one of
    the sample's records: `project=@project/WV-004`."""

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

    @field_validator("sort")
    @classmethod
    def _by_a_column(cls, sort: str | None) -> str | None:
        if sort is not None and sort.removeprefix("-") not in cls.sorts:
            raise PydanticCustomError(
                "sort_unknown", "sort must be one of: {columns}.", {"columns": ", ".join(cls.sorts)}
            )
        return sort

    @abstractmethod
    async def find(self, view: View) -> Found[Any]:
        """Everything there is to say, unsorted."""

    async def answer(self, view: View) -> Answer[Any]:
        """One page of the answer, with its envelope."""
        return self.page(view, await self.whole(view))

    async def whole(self, view: View) -> "Whole":
        """The whole answer, in its order."""
        if self.reads_nothing:
            found = await asyncio.to_thread(_at_once, self.find(view))
        else:
            found = await self.find(view)
        parameters = self.parameters(view.valid_on)
        order = Order(view.head, view.valid_on, parameters["sort"], parameters)
        rows = order.sorted(found.rows, self.row.order)
        return Whole(found, order, rows, self._digest(parameters, rows))

    def page(self, view: View, whole: "Whole") -> Answer[Any]:
        """One page of a whole answer, with its envelope."""
        rows, order, found = whole.rows, whole.order, whole.found
        begin = order.begin(rows, self.row.order, self.after)
        page = rows[begin : begin + self.limit]
        more = begin + self.limit < len(rows)
        if more:
            portfolio.keep(view.graph).pin(view.snapshot)
        return Answer[self.row](  # type: ignore[name-defined]
            question=self.name,
            version=self.version,
            rows=list(page),
            as_of=AsOf(
                valid_on=view.valid_on,
                known_on=view.head.at,
                ledger=LedgerNumber(id=view.head.id, number=view.head.number),
            ),
            denominators=found.denominators,
            total=found.total,
            funding=found.funding,
            notes=list(found.notes),
            digest=whole.digest,
            count=len(rows) if self.count else None,
            next=order.cursor(page[-1], self.row.order) if more else None,
        )

    def unpaged(self) -> Self:
        """The same question for a file: of all rows, unless a page was asked for."""
        paged = {"limit", "after"} & self.model_fields_set
        return self if paged else self.model_copy(update={"limit": _WHOLE})

    def parameters(self, valid_on: date) -> dict[str, Any]:
        """The parameters that decide what the answer is, with every default resolved; not how it is paged."""
        given = self.model_dump(mode="json", exclude={"limit", "after", "count"})
        given = {name: sorted(value) if isinstance(value, list) else value for name, value in given.items()}
        return given | {"valid_on": valid_on.isoformat(), "sort": self.sort or self.default_sort}

    def _digest(self, parameters: dict[str, Any], rows: Sequence[Row]) -> str:
        """Fingerprint of the whole answer: question, version, resolved parameters and rows."""
        said = {"question": self.name, "version": self.version, "parameters": parameters}
        return fingerprint(said | {"rows": [row.model_dump(mode="json") for row in rows]})


def _day(question: Question, zone: ZoneInfo) -> date:
    """The day asked about: as given, else the day of the page before, else today."""
    if question.valid_on is not None:
        return question.valid_on
    if question.after is not None:
        return day_of(question.after)
    return datetime.now(zone).date()


@dataclass(frozen=True)
class Whole:
    """A whole answer in its order, of which pages are cut."""

    found: Found[Any]
    order: Order
    rows: Sequence[Row]
    digest: str


def _at_once(work: Coroutine[Any, Any, T]) -> T:
    """What this gives, which waits for nothing."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise AssertionError("a question that reads nothing waits for nothing")


async def ask(graph: Graph, question: Question, reader: Reader, zone: ZoneInfo) -> Answer[Any]:
    """Answer a question for a reader.

    A further page is of the number of the ledger the first was of, as long as that is kept. What is read from
    the graph besides the snapshot is read again when the ledger moved meanwhile, a few times at most.
    """
    valid_on = _day(question, zone)
    number = None if question.after is None else number_of(question.after)
    for _ in range(_TRIES):
        view = View(graph, reader, valid_on, await portfolio.at(graph, number))
        answer = question.page(view, await _whole(question, view))
        if await view.is_of_one_number():
            return answer
        number = None
    moved = Note(
        code="changing", detail="The graph was changing while it was read; ask again for a sure answer."
    )
    return answer.model_copy(update={"notes": [*answer.notes, moved]})


_KEPT_ANSWERS = 16


async def _whole(question: Question, view: View) -> Whole:
    """The whole answer, worked out once for all who ask the same of one snapshot.

    An answer that took a look at the graph besides is nobody else's.
    """
    if not question.reads_nothing:
        return await question.whole(view)
    kept: dict[Any, asyncio.Task[Whole]] = view.snapshot.answers
    key = (question.name, fingerprint(question.parameters(view.valid_on)), view.reader)
    if key not in kept:
        while len(kept) >= _KEPT_ANSWERS:
            kept.pop(next(iter(kept)))
        kept[key] = asyncio.create_task(question.whole(view))
        kept[key].add_done_callback(lambda done: _forget(kept, key, done))
    return await asyncio.shield(kept[key])


def _forget(kept: dict[Any, "asyncio.Task[Whole]"], key: Any, done: "asyncio.Task[Whole]") -> None:
    """What could not be answered is asked anew."""
    if done.cancelled() or done.exception() is not None:
        kept.pop(key, None)
