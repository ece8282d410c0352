"""What has changed in the verdicts since an earlier time, and which entries of the ledger made it so?"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from app import portfolio
from app.domain import moments
from app.domain.moments import Moment
from app.errors import Fault, Invalid
from app.portfolio.verdicts import Verdict
from app.questions import breaks, causes, entries, projects, supposed_sentences
from app.questions.breaks import Break
from app.questions.core import Found, Named, Row, Said, Sum, View
from app.questions.entries import Change
from app.questions.projects import OfProjects
from graph_schema.values import Day, ProjectState


class MadeBy(Said):
    """An entry of the ledger that made a verdict another."""

    number: Annotated[int, Field(description="Number of the entry.")]
    recorded_at: Annotated[str, Field(description="When it was recorded.")]
    actor: Annotated[str, Field(description="Who did it.")]
    action: Annotated[str, Field(description="What was done.")]
    item: Annotated[str, Field(description="Id of the record or link it was done to.")]
    kind: Annotated[str, Field(description="Kind of that.")]
    title: Annotated[str, Field(description="Title of that; of a link the titles of its ends.")]
    facts: Annotated[list[str], Field(description="The facts that changed; none where it was made.")]


class VerdictChangesRow(Row):
    """A project of which something else is said, and what made it so."""

    featured = ("title", "organisation", "before", "after", "sentence", "money")

    id: Annotated[str, Field(description="Id of the project.")]
    ref: Annotated[str | None, Field(description="Its owner's reference.")]
    title: Annotated[str, Field(description="Its title.")]
    organisation: Annotated[Named | None, Field(description="The organisation it belongs to.")]
    state: Annotated[ProjectState, Field(description="How far the work has got.")]
    before: Annotated[
        Verdict | None, Field(description="The verdict then; empty: it was not there, or not asked about.")
    ]
    after: Annotated[
        Verdict | None, Field(description="The verdict now; empty: it is no longer among those asked about.")
    ]
    breaks_at: Annotated[Break | None, Field(description="Where its chain breaks now.")]
    parts: Annotated[
        list[str],
        Field(description="Ids of the links and records of its routes that are good enough only once."),
    ]
    entries: Annotated[
        list[MadeBy],
        Field(description="The entries about these that you may see; none: time alone, or something unseen."),
    ]
    sentence: Annotated[str, Field(description="All that in one sentence.")]
    money: Annotated[list[Sum], Field(description="The project's cost, one sum a bucket.")]

    def order(self, by: str) -> list[Any]:
        """Verdicts sort from aligned to unaligned."""
        if by in ("before", "after"):
            verdict = getattr(self, by)
            return [list(Verdict).index(verdict) if verdict else len(Verdict)]
        return super().order(by)


class VerdictChanges(OfProjects):
    """Projects whose verdict is another than it was at an earlier time, each with the entries of the ledger
    that made it so. What is asked about is what the filters choose at either time.

    The verdict then is by what was known at `since` and valid on that day, or on `since_valid_on`; the one
    now by `known_on` and `valid_on`. Of the two the better rests on routes that the other has not: told are
    the parts of these routes that are good enough at one time only, and the entries between the two times
    about these parts and what decides them: the ends of a suspect link, the law of a record. A flip without
    entries came with time: a date passed.
    """

    name, version = "verdict-changes", 1
    asks = "What has changed in these answers since our last meeting, and why?"
    row = VerdictChangesRow
    sorts = ("money", "title", "organisation", "state", "before", "after", "ref", "id")
    default_sort = "-money"
    example = "since=590&since_valid_on=2026-12-01&limit=3"

    since: Annotated[
        str,
        Field(
            max_length=40,
            description="The earlier time: an instant (RFC 3339), the end of a day, or the number of the "
            "ledger that an answer was of.",
        ),
    ]
    since_valid_on: Annotated[
        Day | None, Field(description="Day on which it is to be true then; the day of `since` if empty.")
    ] = None

    async def find(self, view: View) -> Found[VerdictChangesRow]:
        """A row a project of which something else is said."""
        then = await self._then(view)
        flips = await asyncio.to_thread(_flips, then, view, self)
        changes = await entries.between(view, causes.items(flips), then.head.number, view.head.number)
        made = causes.made(flips, changes)
        titles = entries.titles(view, changes)
        told = await asyncio.to_thread(_tell, view, then, flips)
        return Found(
            rows=[_row(each, made[each.id], titles, told) for each in flips],
            denominators=projects.judge(view, self).denominators(),
            total=projects.accounts(view, [each.id for each in flips]).total,
        )

    @property
    def _is_number(self) -> bool:
        return self.since.isdecimal() and self.since.isascii()

    async def _moment(self, view: View) -> Moment:
        if self._is_number:
            return await moments.at(view.graph, int(self.since[:18]), "/since")
        return await moments.by(view.graph, self.since, view.asked_at, "/since")

    async def _then(self, view: View) -> View:
        """The view of the earlier time."""
        moment = await self._moment(view)
        if moment.number > view.head.number:
            says = "It is later than `known_on`; ask for an earlier time."
            raise Invalid(faults=[Fault("/since", "since_after_known_on", says)])
        since = moment.at if self._is_number else self.since
        day = self.since_valid_on or moments.day_of(since, view.asked_at)
        snapshot = await portfolio.then(view.graph, moment)
        return View(view.graph, view.reader, day, snapshot, view.asked_at)


def _flips(then: View, now: View, asked: VerdictChanges) -> "list[causes.Flip]":
    """The projects of which something else is said, with the parts that made it so."""
    before, after = ({each.id: each for each in projects.judge(view, asked).projects} for view in (then, now))
    return causes.of(then.portfolio, now.portfolio, before, after)


@dataclass(frozen=True)
class _Told:
    broken: Mapping[str, Break]
    money: Mapping[str, list[Sum]]


def _tell(now: View, then: View, flips: "Iterable[causes.Flip]") -> _Told:
    ids = [each.id for each in flips]
    money = projects.accounts(then, ids).costs | projects.accounts(now, ids).costs
    return _Told({id: breaks.shown(each) for id, each in now.portfolio.breaks(ids).items()}, money)


def _row(
    flip: "causes.Flip", made: list[Change], titles: Mapping[str, str], told: _Told
) -> VerdictChangesRow:
    project = flip.after or flip.before
    assert project is not None, "a flip has a project at one time at least"
    before, after = (None if each is None else each.verdict for each in (flip.before, flip.after))
    names = [titles[each.item] for each in made]
    return VerdictChangesRow(
        id=project.id,
        ref=project.ref,
        title=project.title,
        organisation=project.organisation,
        state=ProjectState(str(project.state)),
        before=before,
        after=after,
        breaks_at=told.broken.get(project.id) if after else None,
        parts=sorted({each.id for each in flip.parts}),
        entries=[
            MadeBy(
                number=each.number,
                recorded_at=each.recorded_at,
                actor=each.actor,
                action=each.action,
                item=each.item,
                kind=each.kind,
                title=titles[each.item],
                facts=list(each.facts),
            )
            for each in made
        ],
        sentence=supposed_sentences.of_change(project.title, before, after, names),
        money=told.money.get(project.id, []),
    )
