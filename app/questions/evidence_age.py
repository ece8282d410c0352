"""Which routes rest on evidence out of date, or on a review that is due?"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from app.portfolio import upkeep
from app.portfolio.rows import Links
from app.questions import resting
from app.questions.core import Found, Named, Question, Row, Sum, View
from app.questions.resting import Resting
from graph_schema.values import EvidenceGrade


class Stale(StrEnum):
    """Why somebody should look again."""

    EVIDENCE_EXPIRED, REVIEW_DUE = "evidence_expired", "review_due"


class EvidenceAgeRow(Row):
    """An accepted link with one thing about it that is out of date."""

    featured = ("link", "source", "target", "finding", "evidence", "late_days", "money")

    id: Annotated[str, Field(description="Id of the link.")]
    link: Annotated[str, Field(description="Kind of the link.")]
    source: Annotated[Named, Field(description="The lower end: the thing done.")]
    target: Annotated[Named, Field(description="The upper end: the thing served or relied on.")]
    finding: Annotated[Stale, Field(description="What is out of date.")]
    evidence: Annotated[Named | None, Field(description="The evidence that has expired.")]
    grade: Annotated[EvidenceGrade | None, Field(description="How good the evidence was.")]
    dated: Annotated[date | None, Field(description="Day the evidence was made, or of the last review.")]
    due: Annotated[date, Field(description="First day on which it is out of date.")]
    late_days: Annotated[int, Field(description="Days from then to the day asked about.")]
    projects: Annotated[int, Field(description="Live projects that lead to it.")]
    money: Annotated[list[Sum], Field(description="Their cost, one sum a bucket; not additive over rows.")]

    def order(self, by: str) -> list[Any]:
        """A link's rows stay together."""
        if by == "id":
            return [self.id, self.finding, self.evidence.id if self.evidence else ""]
        return super().order(by)


class EvidenceAge(Question):
    """Accepted links whose evidence has expired or whose review is due, with the money behind them.

    Neither changes a verdict: the link counts until somebody disputes or withdraws it.
    """

    name, version = "evidence-age", 1
    asks = "Which routes rest on evidence out of date, or on a review that is due?"
    row = EvidenceAgeRow
    sorts = ("money", "late_days", "projects", "link", "finding", "id")
    default_sort = "-money"

    async def find(self, view: View) -> Found[EvidenceAgeRow]:
        """A row for each piece of expired evidence of a link, and one for a review that is due."""
        expired = _expired(view)
        found = [
            each for links in upkeep.ageing(view.portfolio) for each in await _stale(view, links, expired)
        ]
        rests = resting.read(view)
        behind = rests.behind({each.place for each in found})
        titles = view.portfolio.titles(end for each in found for end in (each.source, each.target))
        return Found(
            rows=[_row(each, titles, behind[each.place], rests, view.valid_on) for each in found],
            denominators=rests.judgement.denominators(),
            total=rests.money({id for each in behind.values() for id in each}),
            notes=rests.accounts.notes,
        )


@dataclass(frozen=True)
class _Stale:
    """What is out of date about a link."""

    id: str
    link: str
    source: str
    target: str
    place: str
    finding: Stale
    due: date
    evidence: Named | None = None
    grade: EvidenceGrade | None = None
    dated: date | None = None


async def _stale(view: View, links: Links, expired: "Mapping[str, _Expired]") -> list[_Stale]:
    """What is out of date about these links of one kind."""
    harms = links.optional("polarity")
    found, overdue = [], {}
    rows = zip(links.rows("id", "source", "target", "upkeep"), harms, strict=True)
    for (id, source, target, (due, evidence)), polarity in rows:
        of = (id, links.kind, source, target, resting.place(source, polarity))
        found += [_Stale(*of, Stale.EVIDENCE_EXPIRED, *expired[each]) for each in evidence if each in expired]
        if due is not None and due <= view.valid_on:
            overdue[id] = _Stale(*of, Stale.REVIEW_DUE, due)
    for id, stated in (await view.links(links.kind, overdue)).items():
        reviewed = stated["reviewed_on"] and date.fromisoformat(stated["reviewed_on"][:10])
        if not reviewed or reviewed < overdue[id].due:
            found.append(replace(overdue[id], dated=reviewed))
    return found


_Expired = tuple[date, Named, EvidenceGrade | None, date | None]
"""Since when, what it is, how good and of when it was."""


def _expired(view: View) -> dict[str, _Expired]:
    """The evidence the reader sees that has expired."""
    rows = view.portfolio.all("Evidence").rows("id", "title", "expires", "grade", "dated")
    return {
        id: (expires, Named(id=id, title=title), grade, dated)
        for id, title, expires, grade, dated in rows
        if expires is not None and expires <= view.valid_on
    }


def _row(
    found: _Stale, titles: Mapping[str, str], projects: Collection[str], rests: Resting, day: date
) -> EvidenceAgeRow:
    return EvidenceAgeRow(
        id=found.id,
        link=found.link,
        source=Named(id=found.source, title=titles[found.source]),
        target=Named(id=found.target, title=titles[found.target]),
        finding=found.finding,
        evidence=found.evidence,
        grade=found.grade,
        dated=found.dated,
        due=found.due,
        late_days=(day - found.due).days,
        projects=len(projects),
        money=rests.money(projects),
    )
