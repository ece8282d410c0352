"""What happens when councils are replaced on a date?"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import combinations
from typing import Annotated, Any

from pydantic import Field

from app.domain import money
from app.domain.money import Bucket
from app.portfolio.surface import Portfolio
from app.questions import case_sentences, cases, projects, sharing
from app.questions.cases import Bearer, Lines
from app.questions.core import Found, Named, Row, Sum, View
from app.questions.projects import Filters, Judged, OfProjects
from graph_schema.values import Day, ProjectState


class LeftOpen(StrEnum):
    """What a reorganisation leaves open."""

    BENEFIT = "benefit_after_its_bearer_ends"
    COST = "cost_after_its_bearer_ends"
    OWNER = "project_outlives_its_organisation"
    SAME_SERVICE = "merging_councils_do_the_same"


class ReorganisationRow(Row):
    """A project, and what happens to a part of it when an organisation ends."""

    featured = ("title", "finding", "ending", "ends_on", "successors", "other", "money", "sentence")

    id: Annotated[str, Field(description="Id of the project.")]
    ref: Annotated[str | None, Field(description="Its owner's reference.")]
    title: Annotated[str, Field(description="Its title.")]
    organisation: Annotated[Named | None, Field(description="The organisation it belongs to.")]
    state: Annotated[ProjectState, Field(description="How far the work has got.")]
    finding: Annotated[LeftOpen, Field(description="What is left open.")]
    ending: Annotated[Named, Field(description="The organisation that ends: it owns, bears or gains.")]
    ends_on: Annotated[date, Field(description="First day on which it is no more.")]
    successors: Annotated[
        list[Named], Field(description="What takes its place, and the place of that; empty: nobody is named.")
    ]
    years: Annotated[list[int], Field(description="Financial years of the money that fall after that day.")]
    money: Annotated[list[Sum], Field(description="The benefit or cost that falls after that day.")]
    posts: Annotated[
        list[Named], Field(description="Accountable posts of that organisation, which need a successor.")
    ]
    other: Annotated[Named | None, Field(description="The project of the other council.")]
    service: Annotated[Named | None, Field(description="The service both work on.")]
    sentence: Annotated[str, Field(description="All that in one sentence.")]

    def order(self, by: str) -> list[Any]:
        """What is found on one day comes in the order of the findings."""
        if by == "id":
            parts = (
                self.finding,
                self.ending.id,
                self.other and self.other.id,
                self.service and self.service.id,
            )
            return [self.id, *(each or "" for each in parts)]
        if by == "ends_on":
            return [str(self.ends_on), list(LeftOpen).index(self.finding)]
        if by == "finding":
            return [list(LeftOpen).index(self.finding)]
        return super().order(by)


class Reorganisation(OfProjects):
    """What projects leave open when an organisation ends: on the day its SUCCEEDED_BY link states, else at
    its own end.

    Benefits and costs that fall after their bearer's end, from the first financial year that ends after it;
    what nobody is named for falls to the project's own organisation. Projects that go on after the end of
    their organisation, with its accountable posts; one without an end goes on. And pairs of live projects of
    organisations with the same successor that work on one service type. Successors are followed to the last
    that is named. `by` asks of organisations that end on that day or before.
    """

    name, version = "reorganisation", 2
    asks = "What happens when councils are replaced on a date?"
    row = ReorganisationRow
    sorts = ("ends_on", "finding", "money", "title", "organisation", "ending", "id")
    default_sort = "ends_on"
    reads_nothing = True
    example = "limit=4"

    by: Annotated[Day | None, Field(description="Only organisations that end on this day or before.")] = None
    finding: Annotated[
        tuple[LeftOpen, ...], Field(max_length=4, description="Only rows of which this is said.")
    ] = ()

    async def find(self, view: View) -> Found[ReorganisationRow]:
        """A row a project, finding and organisation that ends."""
        judgement = projects.judge(view, self)
        plan = _Plan.of(view.portfolio, self.by)
        asked = {each.id: each for each in judgement.projects}
        left = [*_money(view.portfolio, asked, plan), *_owners(view.portfolio, asked, plan)]
        left += _pairs(view, asked, plan)
        rows = [_row(view.portfolio, each, plan) for each in left]
        return Found(
            rows=[row for row in rows if not self.finding or row.finding in self.finding],
            denominators=judgement.denominators(),
        )


@dataclass(frozen=True)
class _Plan:
    """Which organisations end when, and what takes their place."""

    ends: Mapping[str, date]
    successors: Mapping[str, list[str]]
    titles: Mapping[str, str]

    @classmethod
    def of(cls, portfolio: Portfolio, by: date | None) -> "_Plan":
        """Every organisation the reader sees that ends, by this day if one is given."""
        onward: dict[str, list[str]] = defaultdict(list)
        organisations = list(portfolio.all("Organisation").rows("id", "title", "valid_to"))
        titles = {id: title for id, title, _ in organisations}
        ends = {id: until for id, _, until in organisations if until}
        stated: dict[str, date] = {}
        links = portfolio.links("SUCCEEDED_BY").rows("source", "target", "on", "holds")
        for source, target, on, holds in links:
            if holds and source in titles:
                onward[source].append(target)
                if on:
                    stated[source] = max(on, stated.get(source, on))
        ends |= stated
        chosen = {id: end for id, end in ends.items() if by is None or end <= by}
        return cls(chosen, {id: _last(id, onward) for id in chosen}, titles)

    def named(self, id: str) -> Named:
        return Named(id=id, title=self.titles.get(id))


def _last(id: str, onward: Mapping[str, list[str]]) -> list[str]:
    """What is left when every succession has been followed; a circle leads nowhere."""
    seen, todo, last = {id}, [id], set()
    while todo:
        at = todo.pop()
        new = [each for each in onward.get(at, ()) if each not in seen]
        seen.update(new)
        todo += new
        if at != id and not onward.get(at):
            last.add(at)
    return sorted(last)


@dataclass(frozen=True)
class _Left:
    """What is left open."""

    project: Judged
    finding: LeftOpen
    ending: str
    years: tuple[int, ...] = ()
    money: tuple[tuple[Bucket, int], ...] = ()
    posts: tuple[str, ...] = ()
    other: Judged | None = None
    service: str | None = None


@dataclass
class _After:
    """Money of one project that falls after the end of one organisation."""

    years: set[int] = field(default_factory=set)
    amounts: dict[Bucket, int] = field(default_factory=lambda: defaultdict(int))


def _money(portfolio: Portfolio, asked: dict[str, Judged], plan: _Plan) -> Iterator[_Left]:
    bearers = cases.bearers(portfolio)
    for finding, lines in (
        (LeftOpen.BENEFIT, cases.benefits(portfolio, asked)),
        (LeftOpen.COST, cases.costs(portfolio, asked)),
    ):
        for id, after in _after(asked, lines, bearers, plan).items():
            for ending, each in after.items():
                yield _Left(
                    asked[id], finding, ending, tuple(sorted(each.years)), tuple(each.amounts.items())
                )


def _after(
    asked: dict[str, Judged], lines: Lines, bearers: Mapping[str, list[Bearer]], plan: _Plan
) -> dict[str, dict[str, _After]]:
    """By project and organisation, what falls to it after its end."""
    found: dict[str, dict[str, _After]] = defaultdict(lambda: defaultdict(_After))
    for id, stated in lines.items():
        organisation = asked[id].organisation
        own = [Bearer(organisation.id if organisation else None, None, agreed=False, assumed=True)]
        for line in money.counted(stated):
            by = bearers.get(line["id"], own)
            parts = money.divided(line["amount"], [each.share for each in by])
            for bearer, pence in zip(by, parts, strict=True):
                end = plan.ends.get(bearer.organisation or "")
                if end and bearer.organisation and line["year"] and date(line["year"] + 1, 4, 1) > end:
                    after = found[id][bearer.organisation]
                    after.years.add(line["year"])
                    after.amounts[money.bucket_of(line)] += pence
    return found


def _owners(portfolio: Portfolio, asked: dict[str, Judged], plan: _Plan) -> Iterator[_Left]:
    """Projects that go on after the end of their organisation."""
    accountable = sharing.accountable(portfolio)
    posts = dict(portfolio.all("Post").rows("id", "organisation"))
    for id, organisation, until in portfolio.some("Project", asked).rows("id", "organisation", "end"):
        end = plan.ends.get(organisation or "")
        if end and (until is None or until >= end):
            mine = tuple(sorted(each for each in accountable.get(id, ()) if posts[each] == organisation))
            yield _Left(asked[id], LeftOpen.OWNER, organisation, posts=mine)


def _pairs(view: View, asked: dict[str, Judged], plan: _Plan) -> Iterator[_Left]:
    """Projects asked about, each with one that works on the same service for another organisation with the
    same successor.
    """
    everyone = {each.id: each for each in projects.judge(view, Filters()).projects} | asked
    together: dict[tuple[str, str], list[str]] = defaultdict(list)
    for project, services in sharing.services(view.portfolio).items():
        for successor in plan.successors.get(_whose(everyone[project]), ()) if project in everyone else ():
            for service in services:
                together[service, successor].append(project)
    found = {
        (service, *pair)
        for (service, _), projects_ in together.items()
        for pair in combinations(sorted(projects_, key=lambda id: (id not in asked, id)), 2)
        if pair[0] in asked and _whose(everyone[pair[0]]) != _whose(everyone[pair[1]])
    }
    for service, one, other in sorted(found):
        whose = _whose(everyone[one])
        yield _Left(everyone[one], LeftOpen.SAME_SERVICE, whose, other=everyone[other], service=service)


def _whose(project: Judged) -> str:
    return project.organisation.id if project.organisation else ""


def _row(portfolio: Portfolio, left: _Left, plan: _Plan) -> ReorganisationRow:
    project, other = left.project, left.other
    successors = [plan.named(each) for each in plan.successors[left.ending]]
    services: Iterable[str] = portfolio.some("ServiceType", [left.service] if left.service else []).column(
        "title"
    )
    service = Named(id=left.service, title=next(iter(services), None)) if left.service else None
    sums, ends = cases.sums(left.money), plan.ends[left.ending]
    return ReorganisationRow(
        id=project.id,
        ref=project.ref,
        title=project.title,
        organisation=project.organisation,
        state=ProjectState(str(project.state)),
        finding=left.finding,
        ending=plan.named(left.ending),
        ends_on=ends,
        successors=successors,
        years=list(left.years),
        money=sums,
        posts=[
            Named(id=id, title=title) for id, title in portfolio.some("Post", left.posts).rows("id", "title")
        ],
        other=Named(id=other.id, title=other.title) if other else None,
        service=service,
        sentence=case_sentences.of_reorganisation(
            (project.title, other.title if other else None, service.title if service else None),
            left.finding,
            (plan.titles.get(left.ending), ends),
            [each.title or "" for each in successors],
            [money.said(pence, bucket) for bucket, pence in left.money],
        ),
    )
