"""Would the facts a decision rested on give the same answers today?"""

import asyncio
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, ValidationError

from app import portfolio
from app.domain import moments
from app.errors import Fault, Invalid
from app.portfolio import past
from app.portfolio.around import around
from app.questions import entries, projects
from app.questions.core import Found, Question, Row, View, Whole, catalogue, whole_of
from app.questions.entries import Change
from app.questions.projects import Filters
from graph_schema.answers import Digest
from graph_schema.delivery import Decision
from graph_schema.values import Code, Line, RecordId

_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")


class Replayed(StrEnum):
    """What came of asking again."""

    SAME, LATER_FACT = "same", "later_fact"
    ANOTHER_ANSWER, NOT_ASKED_AGAIN = "another_answer", "not_asked_again"


_SAYS = {
    Replayed.SAME: "What was known then gives the same answer, and so does what is known now.",
    Replayed.ANOTHER_ANSWER: "What was known then gives you another answer than is stated: you may not see "
    "what the board saw, a text was taken out since, or the question means something else today.",
}


_SILENT = "The decision names no answer that it rested on."


class ReplayRow(Row):
    """An answer a decision rested on; where later facts differ, a row for each of these."""

    featured = ("question", "finding", "title", "fact", "was", "now", "recorded_at", "sentence")

    id: Annotated[str, Field(description="Which answer of the decision, and which of the facts that differ.")]
    question: Annotated[
        str | None, Field(description="Name of the question; empty: the decision names no answer.")
    ]
    asked: Annotated[str | None, Field(description="Its parameters.")]
    valid_on: Annotated[date | None, Field(description="The day it was asked about.")]
    number: Annotated[int | None, Field(description="Number of the last entry of the ledger that was known.")]
    digest: Annotated[str | None, Field(description="Digest of the answer, as it is stated.")]
    then: Annotated[str | None, Field(description="Digest of the answer by what was known then.")]
    today: Annotated[str | None, Field(description="Digest of the answer by what is known now.")]
    finding: Annotated[Replayed, Field(description="What came of asking again.")]
    item: Annotated[str | None, Field(description="Id of a record or link that a later entry changed.")]
    kind: Annotated[str | None, Field(description="Its kind.")]
    title: Annotated[str | None, Field(description="Its title; of a link the titles of its ends.")]
    fact: Annotated[str | None, Field(description="The fact that differs; empty: it was not there at all.")]
    was: Annotated[str | None, Field(description="What it said then.")]
    now: Annotated[str | None, Field(description="What it says now.")]
    entry: Annotated[int | None, Field(description="Number of the entry that said so last.")]
    recorded_at: Annotated[str | None, Field(description="When that was recorded.")]
    actor: Annotated[str | None, Field(description="Who said so.")]
    sentence: Annotated[str, Field(description="All that in one sentence.")]


class Replay(Question):
    """Each answer a decision rested on, asked again for the same day: by what was known then, and by what is
    known now. Without a decision, one answer by its question, parameters and number of the ledger.

    The same facts give the same digest. Where what is known now gives another, each fact is told that was
    recorded later and differs, of the records and links around what the differing rows name: what leads to
    these, and what all of that rests on. A digest is of what one reader sees: ask as the reader the answer
    was for. Every question can be asked again but this one.
    """

    name, version = "replay", 2
    asks = "Would the facts a decision rested on give the same answers today?"
    row = ReplayRow
    sorts = ("id", "question", "recorded_at", "finding", "kind", "title")
    default_sort = "id"
    only_now = (
        "A replay compares what was known at the number of the answer or decision with what is known now: "
        "name that number, or the decision, instead of known_on."
    )
    example = "of=coverage&number=590&limit=3"

    decision: Annotated[RecordId | None, Field(description="Id of the decision.")] = None
    of: Annotated[Code | None, Field(description="Without a decision: name of the question.")] = None
    asked: Annotated[
        Line | None, Field(description="Its parameters, as in the address: `portfolio=...&verdict=...`.")
    ] = None
    number: Annotated[
        int | None, Field(ge=1, le=2**53, description="`as_of.ledger.number` of its answer.")
    ] = None
    digest: Annotated[Digest | None, Field(description="`digest` of its answer.")] = None

    async def find(self, view: View) -> Found[ReplayRow]:
        """A row an answer, or a row a later fact that differs."""
        given = await self._given(view)
        told = [row for at, each in enumerate(given, 1) for row in await _told(view, f"{at:02d}", each)]
        told = told or [_row("00", None, Replayed.NOT_ASKED_AGAIN, sentence=_SILENT)]
        return Found(rows=told, denominators=projects.judge(view, Filters()).denominators())

    async def _given(self, view: View) -> "list[_Given]":
        """The answers to ask for again."""
        if self.decision is not None:
            return await _of_decision(view, self.decision)
        missing = [name for name in ("of", "number") if getattr(self, name) is None]
        if missing:
            says = "Name a decision, or a question and a number of the ledger."
            raise Invalid(faults=[Fault(f"/{name}", "missing", says) for name in missing])
        if (self.number or 0) > view.head.number:
            raise Invalid(faults=[Fault("/number", "number_unknown", "The ledger has no such number.")])
        facts = (self.of or "", self.asked, view.valid_on, view.head.id, self.number or 0, self.digest)
        return [_Given(*facts)]


@dataclass(frozen=True)
class _Given:
    """An answer to ask for again."""

    question: str
    asked: str | None
    valid_on: date
    ledger: str
    number: int
    digest: str | None


async def _of_decision(view: View, id: str) -> list[_Given]:
    stated = (await view.records([id])).get(id)
    if stated is None or stated["kind"] != Decision.__name__:
        says = "There is no decision with this id."
        raise Invalid(faults=[Fault("/decision", "reference_unknown", says)])
    decision = Decision.model_validate(stated["facts"])
    return [
        _Given(each.question, each.asked, each.valid_on, each.ledger, each.number, each.digest)
        for each in decision.answers
    ]


async def _told(view: View, id: str, given: _Given) -> list[ReplayRow]:
    """What came of asking for one answer again."""
    question = _question(given, view)
    if isinstance(question, str):
        return [_row(id, given, Replayed.NOT_ASKED_AGAIN, sentence=question)]
    moment = await moments.at(view.graph, given.number)
    snapshot = await portfolio.then(view.graph, moment)
    then = View(view.graph, view.reader, given.valid_on, snapshot, view.asked_at)
    was = await whole_of(question, then)
    today = View(view.graph, view.reader, given.valid_on, view.snapshot, view.asked_at)
    now = await whole_of(question, today)
    digests = {"then": was.digest, "today": now.digest}
    if given.digest not in (None, was.digest):
        return [_row(id, given, Replayed.ANOTHER_ANSWER, **digests)]
    if now.digest == was.digest:
        return [_row(id, given, Replayed.SAME, **digests)]
    changes = await _changes(view, then, was, now)
    titles = entries.titles(view, changes)
    return [
        _row(f"{id}.{at:06d}", given, Replayed.LATER_FACT, **digests, **_shown(fact, titles))
        for at, fact in enumerate(_facts(changes), 1)
    ]


def _question(given: _Given, view: View) -> Question | str:
    """The question as it was asked, or why it cannot be asked again."""
    kind = catalogue().get(given.question)
    if kind is None:
        return "There is no such question."
    if not kind.takes_known_on():
        return "This question is asked as is known now, and so not asked again."
    if given.ledger != view.head.id:
        return "It is an answer of another ledger: of another database, or of one since restored."
    try:
        asked = kind.of_query(given.asked or "")
    except ValidationError:
        return "Its parameters are not those of the question."
    return asked.model_copy(update={"valid_on": given.valid_on, "known_on": None, "after": None})


async def _changes(view: View, then: View, was: Whole, now: Whole) -> list[Change]:
    """The later entries about what is around the rows that differ."""
    since, until = then.head.number, view.head.number
    changed = {item for _, item, _ in await past.changed(view.graph, since, until)}
    near = await asyncio.to_thread(around, (then.portfolio, view.portfolio), _named(was, now))
    return await entries.between(view, changed & near or changed, since, until)


def _named(one: Whole, other: Whole) -> set[str]:
    """The ids in the rows that only one of the answers has."""
    rows = [{row.model_dump_json() for row in each.rows} for each in (one, other)]
    return {id for text in rows[0] ^ rows[1] for id in _ID.findall(text)}


@dataclass(frozen=True)
class _Fact:
    """A fact that says something else than then; no name: the whole thing was not there."""

    name: str | None
    was: str | None
    now: str | None
    by: Change


def _facts(changes: Iterable[Change]) -> Iterator[_Fact]:
    by_item: dict[str, list[Change]] = {}
    for each in changes:
        by_item.setdefault(each.item, []).append(each)
    for _, made in sorted(by_item.items()):
        before = made[0].before
        if before is None:
            yield _Fact(None, None, None, made[0])
            continue
        for name, was, now in entries.differences(before, made[-1].after):
            yield _Fact(name, was, now, [each for each in made if name in each.facts][-1])


def _shown(fact: _Fact, titles: dict[str, str]) -> dict[str, Any]:
    title = titles[fact.by.item]
    says = f"*{title}* was recorded later."
    if fact.name is not None:
        was, now = ("not stated" if each is None else each.rstrip(".") for each in (fact.was, fact.now))
        says = f"*{title}*: {fact.name} was {was}, and is {now}."
    return {
        "item": fact.by.item, "kind": fact.by.kind, "title": title, "fact": fact.name, "was": fact.was,
        "now": fact.now, "entry": fact.by.number, "recorded_at": fact.by.recorded_at, "actor": fact.by.actor,
        "sentence": says,
    }  # fmt: skip


def _row(id: str, given: _Given | None, finding: Replayed, **told: Any) -> ReplayRow:
    stated: dict[str, Any] = dict.fromkeys(set(ReplayRow.model_fields) - {"id", "finding", "sentence"})
    if given is not None:
        stated |= {name: getattr(given, name) for name in _OF_ANSWER}
    return ReplayRow(id=id, finding=finding, **{**stated, "sentence": _SAYS.get(finding, ""), **told})


_OF_ANSWER = ("question", "asked", "valid_on", "number", "digest")
