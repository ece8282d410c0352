"""What an answer is made of: its envelope, its rows, and the parts that many rows have."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from graph_schema.values import Currency, Money, PriceBasis


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
    next: Annotated[
        str | None, Field(description="Address of the next page; null on the last, and in a terminal.")
    ] = None
    next_cursor: Annotated[
        str | None, Field(description="Value of `after` for the next page; null on the last.")
    ] = None


@dataclass(frozen=True)
class Found(Generic[R]):
    """Everything a question finds, before it is sorted and paged."""

    rows: Sequence[R]
    denominators: Denominators
    total: list[Sum] | None = None
    funding: list[Granted] | None = None
    notes: tuple[Note, ...] = ()
