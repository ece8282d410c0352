"""Which projects a question is about, and what is known of each: its verdict, its money."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, Field

from app.domain import money
from app.errors import Fault, Invalid
from app.portfolio.rows import Records
from app.portfolio.surface import Choice
from app.portfolio.verdicts import LIVE, Verdict
from app.questions.core import Denominators, Granted, Named, Note, Question, Sum, View
from graph_schema.values import (
    Currency,
    GoalLevel,
    InstrumentState,
    Money,
    PriceBasis,
    ProjectLabel,
    ProjectState,
    RecordId,
    Strength,
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
    quality: int
    strength: Strength | None
    level: GoalLevel | None
    kind: str = "Project"


@dataclass(frozen=True)
class Judgement:
    """The verdicts on all projects a question is about."""

    projects: tuple[Judged, ...]
    withheld: dict[Named | None, int]
    """Projects of which the reader sees an outline only, by organisation."""

    def denominators(self) -> Denominators:
        """Of how many the answer speaks."""
        return denominators(self.projects, sum(self.withheld.values()))


def denominators(projects: Iterable[Judged], withheld: int) -> Denominators:
    """The denominators of these projects."""
    verdicts = [project.verdict for project in projects]
    return Denominators(
        in_scope=len(verdicts),
        not_assessed=verdicts.count(Verdict.NOT_ASSESSED),
        declared_not_applicable=verdicts.count(Verdict.DECLARED_NOT_APPLICABLE),
        withheld=withheld,
    )


def chosen(view: View, filters: Filters) -> Records:
    """The projects a question is about that the reader sees."""
    facts = {"state": filters.state or LIVE, "label": filters.label}
    choice = Choice(filters.organisation, filters.owner, filters.portfolio, filters.tag, facts)
    return view.portfolio.chosen("Project", choice)


def judge(view: View, filters: Filters) -> Judgement:
    """The verdict on every project the question is about.

    What is withheld is counted by what an outline shows only: a count by anything else would tell what is
    hidden.
    """
    outline = Choice(filters.organisation, facts={"state": filters.state or LIVE})
    hidden = view.portfolio.withheld("Project", outline)
    return Judgement(judged(chosen(view, filters)), withheld(view, hidden))


def withheld(view: View, hidden: Mapping[str | None, int]) -> dict[Named | None, int]:
    """Counts by organisation, organisations by name where the reader sees them."""
    title = view.portfolio.organisation_title
    return {named(id, title(id)): count for id, count in hidden.items()}


def one(view: View, id: str) -> Judged | None:
    """A project of whatever state with its verdict; None if there is none for this reader."""
    return next(iter(judged(view.portfolio.some("Project", [id]))), None)


def asked(view: View, id: str) -> tuple[Judged, ...]:
    """The project a question's `project` names, or a refusal."""
    found = one(view, id)
    if found is None:
        raise Invalid(faults=[Fault("/project", "reference_unknown", "There is no project with this id.")])
    return (found,)


def named(id: str | None, title: str | None) -> Named | None:
    return None if id is None else Named(id=id, title=title)


def judged(records: Records) -> tuple[Judged, ...]:
    """These records of a kind, each with its verdict."""
    columns = records.rows(
        "id", "ref", "title", "organisation", "organisation_title", "verdict", "quality", "strength", "level"
    )
    states, labels = records.optional("state"), records.optional("label")
    return tuple(
        Judged(id, ref, title, state, label, named(of, name), verdict, quality, strength, level, records.kind)
        for (id, ref, title, of, name, verdict, quality, strength, level), state, label in zip(
            columns, states, labels, strict=True
        )
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


def accounts(view: View, ids: Iterable[str]) -> Accounts:
    """Cost and funding of these projects, as far as the reader may see them."""
    told = view.portfolio.money_of(ids)
    return Accounts(
        {id: [sum_of(bucket, pence) for bucket, pence in each] for id, each in told.costs.items()},
        [sum_of(bucket, pence) for bucket, pence in told.total],
        {id: _granted(each) for id, each in told.grants.items()},
        _granted(told.granted),
        (_whole_life_note(told.twice),) if told.twice else (),
    )


def sum_of(bucket: money.Bucket, pence: int) -> Sum:
    """So many pence of a bucket."""
    return Sum(
        amount=Money(pence),
        currency=Currency(bucket.currency),
        price_basis=PriceBasis(bucket.price_basis),
        price_year=bucket.price_year,
    )


def _granted(grants: Iterable[tuple[str, int]]) -> list[Granted]:
    return [Granted(amount=Money(pence), currency=Currency(currency)) for currency, pence in grants]


def _whole_life_note(projects: int) -> Note:
    return Note(
        code="whole_life_and_years",
        detail=f"Projects with a line that states both a whole-life figure and figures by year: {projects}. "
        "The larger of the two counts.",
    )
