"""Which projects a question is about, and what is known of each: its verdict, its money."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, Field

from app.domain import money
from app.domain.access import Scope
from app.graph import Row
from app.portfolio.verdicts import LIVE, LONGEST_CHAIN, Verdict, verdict
from app.questions import lift
from app.questions.core import Denominators, Granted, Named, Note, Question, Sum, View
from app.questions.lift import Lifted
from app.questions.parts import accepted, in_dates
from graph_schema.values import (
    Currency,
    InstrumentState,
    Money,
    PriceBasis,
    ProjectLabel,
    ProjectState,
    RecordId,
    Tag,
)

_Ids = Annotated[tuple[RecordId, ...], Field(max_length=500)]


class Filters(BaseModel):
    """Which projects. Values of one filter widen it, except tags; filters narrow each other."""

    organisation: Annotated[_Ids, Field(description="Ids of the organisations the projects belong to.")] = ()
    owner: Annotated[_Ids, Field(description="Ids of the posts that own them.")] = ()
    state: Annotated[
        tuple[ProjectState, ...],
        Field(
            max_length=20, description="States of the projects; proposed, approved and delivering if empty."
        ),
    ] = ()
    label: Annotated[
        tuple[ProjectLabel, ...], Field(max_length=20, description="What the projects call themselves.")
    ] = ()
    portfolio: Annotated[_Ids, Field(description="Ids of the portfolios they are part of.")] = ()
    tag: Annotated[
        tuple[Tag, ...], Field(max_length=50, description="Tags the projects carry, all of them.")
    ] = ()


class OfProjects(Filters, Question):
    """A question about projects."""

    def parameters(self, valid_on: date) -> dict[str, Any]:
        """The parameters, with live projects named where no state is given."""
        return super().parameters(valid_on) | {"state": sorted(self.state or LIVE)}


@dataclass(frozen=True)
class Judged:
    """A project of the scope, or a process or instrument, with its verdict."""

    id: str
    ref: str | None
    title: str
    state: ProjectState | InstrumentState | None
    label: ProjectLabel | None
    organisation: Named | None
    verdict: Verdict
    kind: str = "Project"


@dataclass(frozen=True)
class Judgement:
    """The verdicts on all projects a question is about."""

    lifted: Lifted
    projects: tuple[Judged, ...]
    withheld: dict[Named | None, int]
    """Projects of which the reader sees an outline only, by organisation."""

    def denominators(self) -> Denominators:
        """Of how many the answer speaks."""
        return denominators(self.projects, sum(self.withheld.values()))

    def notes(self) -> tuple[Note, ...]:
        """What was left out of the verdicts."""
        return tuple(
            Note(
                code="cut_off",
                detail=f"A chain of {label} is longer than the {LONGEST_CHAIN} links that are followed; "
                "what lies beyond was not looked at.",
            )
            for label in self.lifted.cut_off
        )


def denominators(projects: Iterable[Judged], withheld: int) -> Denominators:
    """The denominators of these projects."""
    verdicts = [project.verdict for project in projects]
    return Denominators(
        in_scope=len(verdicts),
        not_assessed=verdicts.count(Verdict.NOT_ASSESSED),
        declared_not_applicable=verdicts.count(Verdict.DECLARED_NOT_APPLICABLE),
        withheld=withheld,
    )


def _narrowed(filters: Filters, scope: Scope) -> str:
    """Conditions on the project `p` that the filters ask for; what is hidden from the reader fulfils none."""
    conditions = [f"p.status = 'live' AND {in_dates('p')}", "p.state IN $states"]
    if filters.organisation:
        conditions.append("p.organisation IN $organisations")
    if filters.label:
        conditions.append("p.label IN $labels")
    if filters.tag:
        conditions.append("all(tag IN $tags WHERE tag IN p.tags)")
    if filters.owner:
        conditions.append(
            f"EXISTS {{ MATCH (w:Post)-[o:OWNS]->(p) WHERE w.id IN $owners AND {accepted('o')}"
            f" AND {scope.sees('w')} }}"
        )
    if filters.portfolio:
        conditions.append(
            f"EXISTS {{ MATCH (p)-[t:PART_OF]->(f:Portfolio) WHERE f.id IN $portfolios AND {accepted('t')}"
            f" AND {scope.sees('f')} }}"
        )
    return " AND ".join(conditions)


def _in_scope(scope: Scope, condition: str) -> str:
    return f"""
    MATCH (p:Project) WHERE {scope.sees("p")} AND {condition}
    OPTIONAL MATCH (o:Organisation {{id: p.organisation}}) WHERE {scope.sees("o")}
    RETURN collect({{
      project: p {{.id, .ref, .title, .state, .label, .organisation}}, organisation_title: o.title,
      looked_at: EXISTS {{ MATCH (p)-[:CHANGES|ENABLES]->(m) WHERE {scope.sees("m")} }},
      claims: EXISTS {{ MATCH (p)-[c:CLAIMS]->(g:PolicyGoal) WHERE {accepted("c")} AND {scope.sees("g")} }},
      declared: coalesce(p.not_applicable_accepted_by <> p.not_applicable_declared_by
                         AND p.not_applicable_accepted_on <= $day
                         AND $day < p.not_applicable_expires, false)
    }}) AS rows
    """


def _withheld(filters: Filters, scope: Scope) -> str:
    """Counted by what an outline shows only: a count by anything else would tell what is hidden."""
    organisations = "AND p.organisation IN $organisations" if filters.organisation else ""
    return f"""
    MATCH (p:Project) WHERE {scope.outlines("p")}
      AND p.status = 'live' AND {in_dates("p")} AND p.state IN $states {organisations}
    OPTIONAL MATCH (o:Organisation {{id: p.organisation}}) WHERE {scope.sees("o")}
    WITH p.organisation AS organisation, o.title AS title, count(p) AS withheld
    RETURN collect({{organisation: organisation, title: title, withheld: withheld}}) AS rows
    """


async def judge(view: View, filters: Filters, lifted: Lifted | None = None) -> Judgement:
    """The verdict on every project the question is about."""
    lifted = lifted or await lift.lift(view)
    given = {
        "states": list(filters.state or LIVE),
        "organisations": list(filters.organisation),
        "owners": list(filters.owner),
        "labels": list(filters.label),
        "portfolios": list(filters.portfolio),
        "tags": list(filters.tag),
    }
    rows = await view.read(_in_scope(view.scope, _narrowed(filters, view.scope)), **given)
    hidden = await view.read(_withheld(filters, view.scope), **given)
    return Judgement(
        lifted,
        tuple(_judged(lifted, row) for row in rows),
        {named(row["organisation"], row["title"]): row["withheld"] for row in hidden},
    )


async def one(view: View, lifted: Lifted, id: str) -> Judged | None:
    """A project of whatever state with its verdict; None if there is none for this reader."""
    rows = await view.read(_in_scope(view.scope, "p.id = $id"), id=id)
    return _judged(lifted, rows[0]) if rows else None


def named(id: str | None, title: str | None) -> Named | None:
    return None if id is None else Named(id=id, title=title)


def _judged(lifted: Lifted, row: Row) -> Judged:
    project = row["project"]
    quality, _ = lifted.best(project["id"])
    return Judged(
        id=project["id"],
        ref=project["ref"],
        title=project["title"],
        state=ProjectState(project["state"]),
        label=project["label"] and ProjectLabel(project["label"]),
        organisation=named(project["organisation"], row["organisation_title"]),
        verdict=verdict(
            quality,
            duty=lifted.of(project["id"])["duty"],
            declared=row["declared"],
            claims=row["claims"],
            looked_at=row["looked_at"],
        ),
    )


@dataclass(frozen=True)
class Accounts:
    """The money of some projects."""

    costs: dict[str, list[Sum]]
    """By project, one sum a bucket."""
    total: list[Sum]
    grants: dict[str, list[Granted]]
    """By project, one sum a currency."""
    granted: list[Granted]
    """Each grant once, however many projects share it."""
    notes: tuple[Note, ...]


def _costs(scope: Scope) -> str:
    return f"""
    UNWIND $ids AS id
    MATCH (p:Project {{id: id}})-[l:INCURS]->(c:Cost)
    WHERE {accepted("l")} AND c.status = 'live' AND {in_dates("c")} AND {scope.sees("c")}
    WITH id, collect(c {{.amount, .currency, .price_basis, .price_year, .year, .category, .line,
      .funding, .fund, .case_version}}) AS costs
    RETURN collect({{project: id, rows: costs}}) AS rows
    """


def _grants(scope: Scope) -> str:
    return f"""
    UNWIND $ids AS id
    MATCH (p:Project {{id: id}})-[l:FUNDED_BY]->(f:Funding)
    WHERE {accepted("l")} AND f.status = 'live' AND {in_dates("f")} AND {scope.sees("f")}
    WITH id, collect(f {{.id, .amount, .currency}}) AS grants
    RETURN collect({{project: id, rows: grants}}) AS rows
    """


async def accounts(view: View, projects: Iterable[str]) -> Accounts:
    """Cost and funding of these projects, as far as the reader may see them."""
    ids = sorted(projects)
    costs = {
        row["project"]: money.amounts(row["rows"]) for row in await view.read(_costs(view.scope), ids=ids)
    }
    grants = {row["project"]: row["rows"] for row in await view.read(_grants(view.scope), ids=ids)}
    total: dict[money.Bucket, int] = {}
    for amounts in costs.values():
        for bucket, amount in amounts.items():
            total[bucket] = total.get(bucket, 0) + amount.pence
    twice = sum(any(each.counted_twice for each in amounts.values()) for amounts in costs.values())
    each_once = {grant["id"]: grant for rows in grants.values() for grant in rows}
    return Accounts(
        {id: [_sum(bucket, each.pence) for bucket, each in found.items()] for id, found in costs.items()},
        [_sum(bucket, total[bucket]) for bucket in sorted(total, key=money.by_name)],
        {id: _granted(rows) for id, rows in grants.items()},
        _granted(each_once.values()),
        (_whole_life_note(twice),) if twice else (),
    )


def _sum(bucket: money.Bucket, pence: int) -> Sum:
    return Sum(
        amount=Money(pence),
        currency=Currency(bucket.currency),
        price_basis=PriceBasis(bucket.price_basis),
        price_year=bucket.price_year,
    )


def _granted(grants: Iterable[dict[str, Any]]) -> list[Granted]:
    by_currency: dict[str, int] = {}
    for grant in grants:
        by_currency[grant["currency"]] = by_currency.get(grant["currency"], 0) + grant["amount"]
    return [
        Granted(amount=Money(pence), currency=Currency(currency))
        for currency, pence in sorted(by_currency.items())
    ]


def added(sums: Iterable[Sum]) -> list[Sum]:
    """One sum a bucket of these sums."""
    total: dict[money.Bucket, int] = {}
    for each in sums:
        bucket = money.Bucket(each.currency, each.price_basis, each.price_year)
        total[bucket] = total.get(bucket, 0) + int(each.amount)
    return [_sum(bucket, total[bucket]) for bucket in sorted(total, key=money.by_name)]


def _whole_life_note(projects: int) -> Note:
    return Note(
        code="whole_life_and_years",
        detail=f"Projects with a line that states both a whole-life figure and figures by year: {projects}. "
        "The larger of the two counts.",
    )
