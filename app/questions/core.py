"""What a question is: one class whose fields are its parameters, one row model, one way to answer.

Routes, commands, columns and documentation are read from the class; `app.questions.QUESTIONS` lists them all.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar, get_origin
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from app import portfolio
from app.domain import as_known, moments
from app.domain.ledger import Head
from app.domain.moments import Known, Moment
from app.errors import Fault, Invalid
from app.graph import Graph
from app.portfolio import surface
from app.portfolio.once import once
from app.portfolio.snapshot import Snapshot
from app.portfolio.surface import Portfolio
from app.questions.order import Order, bad_cursor, day_of, fingerprint, number_of
from app.questions.said import Answer as Answer
from app.questions.said import AsOf as AsOf
from app.questions.said import Denominators as Denominators
from app.questions.said import Found as Found
from app.questions.said import Granted as Granted
from app.questions.said import LedgerNumber as LedgerNumber
from app.questions.said import Named as Named
from app.questions.said import Note as Note
from app.questions.said import Row as Row
from app.questions.said import Said as Said
from app.questions.said import Sum as Sum
from app.questions.said import largest as largest
from app.who import EVERYTHING, Reader
from graph_schema import LINK_BY_LABEL
from graph_schema.values import Day

T = TypeVar("T")

_WHOLE = 1_000_000
"""Rows of an answer that is not paged."""


@dataclass(frozen=True)
class View:
    """The graph as one reader sees it, on one day, at one number of the ledger."""

    graph: Graph
    reader: Reader
    valid_on: date
    snapshot: Snapshot
    """What questions are answered from, at that number."""
    asked_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When it was asked, in the service's time zone."""

    @property
    def head(self) -> Head:
        """Where the ledger stands."""
        return self.snapshot.head

    @cached_property
    def portfolio(self) -> Portfolio:
        """Everything at once, in named columns: see `app.portfolio.surface`."""
        return surface.of(self.snapshot, self.valid_on, self.reader)

    @property
    def _known(self) -> Moment:
        return Moment(self.head.id, self.head.number, self.head.at or "")

    async def records(self, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """All that is stated of these records at the snapshot's number, of those the reader sees.

        Who sees what is the snapshot's, so that an answer is of one number.
        """
        seen = self.portfolio.things(ids)
        return await as_known.states(self.graph, seen, self._known, EVERYTHING) if seen else {}

    async def links(self, label: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """All that is stated of these links of a kind at the snapshot's number, of those the reader sees."""
        seen, kind = self.portfolio.seen_links(label, ids), LINK_BY_LABEL[label]
        return await as_known.joined(self.graph, kind, seen, self._known, EVERYTHING) if seen else {}


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
    only_now: ClassVar[str] = ""
    """Why it cannot be asked as was known before, for whoever does; empty: it can."""
    example: ClassVar[str] = ""
    """The query of a request worth showing, which its page answers from the sample; `@` and a key name one of
    the sample's records: `project=@project/WV-004`."""

    valid_on: Annotated[Day | None, Field(description="Day on which it is to be true; today if empty.")] = (
        None
    )
    known_on: Known = None
    sort: Annotated[
        str | None, Field(max_length=60, description="Column to sort by, with - before it to fall.")
    ] = None
    limit: Annotated[int, Field(ge=1, le=10_000, description="Most rows of one page.")] = 50
    after: Annotated[
        str | None, Field(max_length=2_000, description="Cursor of the page before, its `next_cursor`.")
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

    @classmethod
    def of_query(cls, query: str) -> Self:
        """The question as the query of an address asks it."""
        given: dict[str, str | list[str]] = {}
        for name, value in parse_qsl(query, keep_blank_values=True):
            several = name in cls.model_fields and get_origin(cls.model_fields[name].annotation) is tuple
            given[name] = [*given.get(name, ()), value] if several else value
        return cls.model_validate(given)

    @classmethod
    def takes_known_on(cls) -> bool:
        """Whether it can be asked as was known before."""
        return not cls.only_now

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
            next_cursor=order.cursor(page[-1], self.row.order) if more else None,
        )

    def unpaged(self) -> Self:
        """The same question for a file: of all rows, unless a page was asked for."""
        paged = {"limit", "after"} & self.model_fields_set
        return self if paged else self.model_copy(update={"limit": _WHOLE})

    def parameters(self, valid_on: date) -> dict[str, Any]:
        """The parameters that decide what the answer is, with every default resolved.

        How it is paged is not among them, nor what was known: the same facts give the same answer.
        """
        given = self.model_dump(mode="json", exclude={"limit", "after", "count", "known_on"})
        given = {name: sorted(value) if isinstance(value, list) else value for name, value in given.items()}
        return given | {"valid_on": valid_on.isoformat(), "sort": self.sort or self.default_sort}

    def _digest(self, parameters: dict[str, Any], rows: Sequence[Row]) -> str:
        """Fingerprint of the whole answer: question, version, resolved parameters and rows."""
        said = {"question": self.name, "version": self.version, "parameters": parameters}
        return fingerprint(said | {"rows": [row.model_dump(mode="json") for row in rows]})


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

    A further page is of the number of the ledger the first was of: kept, or worked out again.
    """
    now = datetime.now(zone)
    valid_on, moment = _day(question, now), await _moment(graph, question, now)
    number = None if question.after is None else number_of(question.after)
    snapshot = await (portfolio.then(graph, moment) if moment else portfolio.at(graph, number))
    if number is not None and snapshot.head.number != number and question.takes_known_on():
        snapshot = await portfolio.then(graph, await moments.at(graph, number, "/after"))
    view = View(graph, reader, valid_on, snapshot, now)
    return question.page(view, await whole_of(question, view))


def _day(question: Question, now: datetime) -> date:
    """The day asked about: as given, else the day of the page before, else today."""
    if question.valid_on is not None:
        return question.valid_on
    if question.after is not None:
        return day_of(question.after)
    return now.date()


async def _moment(graph: Graph, question: Question, now: datetime) -> Moment | None:
    """What was known, if that is asked: by then, or at the number the page before was of."""
    if question.known_on is None:
        return None
    if not question.takes_known_on():
        raise Invalid(faults=[Fault("/known_on", "known_on_not_taken", question.only_now)])
    moment = await moments.by(graph, question.known_on, now)
    if question.after is None:
        return moment
    number = number_of(question.after)
    if not 0 < number <= moment.number:
        raise bad_cursor()
    return await moments.at(graph, number)


def catalogue(of: type[Question] = Question) -> dict[str, type[Question]]:
    """Every question by its name."""
    found = {of.name: of} if hasattr(of, "name") else {}
    return found | {name: each for kind in of.__subclasses__() for name, each in catalogue(kind).items()}


_KEPT_ANSWERS = 16


async def whole_of(question: Question, view: View) -> Whole:
    """The whole answer, worked out once for all who ask the same of one snapshot.

    An answer that took a look at the graph besides is nobody else's.
    """
    if not question.reads_nothing:
        return await question.whole(view)
    key = (question.name, fingerprint(question.parameters(view.valid_on)), view.reader)
    return await once(view.snapshot.answers, key, _KEPT_ANSWERS, lambda: question.whole(view))
