"""Which routes rest on evidence out of date, or on a review that is due?"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from app.domain.access import Scope
from app.questions import resting
from app.questions.core import Found, Named, Question, Row, Sum, View
from app.questions.parts import accepted
from app.questions.resting import Resting
from graph_schema import TWO_KEYS
from graph_schema.cypher import in_dates, labels
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
        found = await view.read(_expired(view.scope)) + await view.read(_due(view.scope))
        rests = resting.read(view)
        places = {resting.place(each["source"]["id"], each["polarity"]) for each in found}
        behind = rests.behind(places)
        return Found(
            rows=[_row(each, behind, rests, view.valid_on) for each in found],
            denominators=rests.judgement.denominators(),
            total=rests.money({id for each in behind.values() for id in each}),
            notes=rests.accounts.notes,
        )


_SAID = "id: l.id, link: type(l), polarity: l.polarity, source: n {.id, .title}, target: m {.id, .title}"


def _links(scope: Scope) -> str:
    """The accepted links whose lower end is in use."""
    return f"""
    MATCH (n:Record)-[l:{labels(TWO_KEYS)}]->(m:Record)
    WHERE {accepted("l")} AND {scope.sees("n", "m")} AND n.status <> 'retired' AND {in_dates("n")}"""


def _expired(scope: Scope) -> str:
    return f"""{_links(scope)} AND size(l.evidence) > 0
    UNWIND l.evidence AS id
    MATCH (e:Evidence {{id: id}}) WHERE {scope.sees("e")} AND e.expires <= $day
    RETURN collect({{
      {_SAID}, finding: 'evidence_expired', evidence: e {{.id, .title}}, grade: e.grade, dated: e.dated,
      due: e.expires
    }}) AS rows
    """


def _due(scope: Scope) -> str:
    return f"""{_links(scope)} AND l.review_due <= $day AND coalesce(l.reviewed_on < l.review_due, true)
    RETURN collect({{
      {_SAID}, finding: 'review_due', evidence: null, grade: null, dated: l.reviewed_on, due: l.review_due
    }}) AS rows
    """


def _row(found: dict[str, Any], behind: dict[str, set[str]], rests: Resting, day: date) -> EvidenceAgeRow:
    projects = behind[resting.place(found["source"]["id"], found["polarity"])]
    due = date.fromisoformat(found["due"])
    return EvidenceAgeRow(
        id=found["id"],
        link=found["link"],
        source=Named(**found["source"]),
        target=Named(**found["target"]),
        finding=Stale(found["finding"]),
        evidence=Named(**found["evidence"]) if found["evidence"] else None,
        grade=found["grade"] and EvidenceGrade(found["grade"]),
        dated=date.fromisoformat(found["dated"]) if found["dated"] else None,
        due=due,
        late_days=(day - due).days,
        projects=len(projects),
        money=rests.money(projects),
    )
