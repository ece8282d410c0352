"""Which benefits are claimed before the law allows them?"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from app.domain import money
from app.domain.law import State
from app.portfolio.grounds import Rest
from app.portfolio.verdicts import Quality
from app.questions import case_sentences, cases, projects
from app.questions.cases import Line
from app.questions.core import Found, Named, Row, Sum, View
from app.questions.law_dependent import LawDependent, LawDependentRow, Thing
from app.questions.projects import Filters, Judged, OfProjects
from graph_schema.values import CaseVersion, Need, RecordId


class Slack(StrEnum):
    """How the days of a benefit and of the law it waits for stand to each other."""

    BENEFIT_BEFORE_LAW, NEVER = "benefit_before_law", "law_will_not_come"
    AUTHORITY_ENDS, UNBOUNDED = "authority_ends_before_benefit", "unbounded"
    NO_SLACK, UNDATED, OK = "no_slack", "benefit_without_day", "ok"


class LegalSlackRow(Row):
    """A project with benefits, and law they wait for or that ends before they do."""

    featured = ("title", "law", "first_benefit", "last_benefit", "law_day", "slack_days", "slack", "sentence")

    id: Annotated[str, Field(description="Id of the project.")]
    ref: Annotated[str | None, Field(description="Its owner's reference.")]
    title: Annotated[str, Field(description="Its title.")]
    organisation: Annotated[Named | None, Field(description="The organisation it belongs to.")]
    through: Annotated[
        Thing, Field(description="What waits for the law or rests on it: itself, or on its way.")
    ]
    law: Annotated[Named, Field(description="The change in the law, or the provision where none brings it.")]
    need: Annotated[Need | None, Field(description="How much depends on the change; empty: it rests on law.")]
    state: Annotated[State, Field(description="State of that law on the day asked about.")]
    first_benefit: Annotated[date | None, Field(description="First day of the first year of benefit.")]
    last_benefit: Annotated[date | None, Field(description="Last day of the last year of benefit.")]
    law_day: Annotated[
        date | None, Field(description="Day it is in force at the latest; or from which its authority ends.")
    ]
    slack_days: Annotated[
        int | None,
        Field(
            description="Days from the law to the first benefit; where authority ends, from the end of the "
            "last benefit to the end of authority. Below 0 is too late."
        ),
    ]
    slack: Annotated[Slack, Field(description="What that comes to.")]
    benefits: Annotated[list[Sum], Field(description="All benefits of the project, one sum a bucket.")]
    sentence: Annotated[str, Field(description="All that in one sentence.")]

    def order(self, by: str) -> list[Any]:
        """The worst comes first; what has no number of days comes after what has."""
        if by == "id":
            return [self.id, self.through.id, self.law.id, self.slack]
        if by == "slack":
            days = 10**9 if self.slack_days is None else self.slack_days
            return [list(Slack).index(self.slack), days]
        if by == "slack_days":
            return [10**9 if self.slack_days is None else self.slack_days]
        if by == "first_benefit":
            return [str(self.first_benefit or date.max)]
        return super().order(by)


class LegalSlack(OfProjects):
    """Projects with benefits that wait for law, as `law-dependent` finds it: the days from the law to the
    first benefit. And the mirror: what they rest on now that ends before the last year of benefit does.

    The law is counted on from the day it is set to be in force, else from its latest day; without either
    the wait is `unbounded`. Each project and law is told once, with its firmest need. Slack of 0 days is
    `no_slack`. A benefit begins on the first day of its year, or is due on its `due` where no year is
    stated; a baseline says nothing of the years of a line that has a later version; disbenefits are left
    out. A need that is only helpful is listed: the benefit may be claimed for it. Authority ends when none
    of the law that something on a route rests on can be relied on any more.
    """

    name, version = "legal-slack", 1
    asks = "Which benefits are claimed before the law allows them?"
    row = LegalSlackRow
    sorts = ("slack", "slack_days", "first_benefit", "title", "organisation", "law", "id")
    default_sort = "slack"
    reads_nothing = True
    example = "limit=4"

    slack: Annotated[
        tuple[Slack, ...], Field(max_length=7, description="Only rows of which this is said.")
    ] = ()
    project: Annotated[
        tuple[RecordId, ...], Field(max_length=500, description="Only these projects, by id.")
    ] = ()

    async def find(self, view: View) -> Found[LegalSlackRow]:
        """A row a project with benefits, thing on its way, and law."""
        judgement = projects.judge(view, self)
        asked = {each.id: each for each in judgement.projects if not self.project or each.id in self.project}
        benefits = {
            id: _Benefits.of(lines) for id, lines in cases.benefits(view.portfolio, asked).items() if lines
        }
        waits = await LawDependent.model_validate(self.model_dump(include=set(Filters.model_fields))).find(
            view
        )
        rows = [_waiting(each, benefits[each.id]) for each in _once(waits.rows) if each.id in benefits]
        rows += _ending(view, {id: asked[id] for id in benefits}, benefits)
        return Found(
            rows=[row for row in rows if not self.slack or row.slack in self.slack],
            denominators=judgement.denominators(),
        )


@dataclass(frozen=True)
class _Benefits:
    """When the benefits of a project begin and end, and what they come to."""

    first: date | None
    last: date | None
    sums: list[Sum]

    @classmethod
    def of(cls, lines: Iterable[Line]) -> "_Benefits":
        gains = [each for each in lines if each["amount"] >= 0]
        by_line: dict[tuple[str, str | None], list[Line]] = defaultdict(list)
        for each in gains:
            by_line[each["category"], each["line"]].append(each)
        latest = [each for stated in by_line.values() for each in _latest(stated)]
        begins = [day for each in latest if (day := _begin(each))]
        ends = [day for each in latest if (day := _end(each))]
        sums = cases.sums((money.bucket_of(each), each["amount"]) for each in money.counted(gains))
        return cls(min(begins, default=None), max(ends, default=None), sums)


def _once(waits: Iterable[LawDependentRow]) -> Iterable[LawDependentRow]:
    """Each project and law once, however many things on its way wait for it: the firmest need is told."""
    firm = [*Need, None]
    found: dict[tuple[str, str], LawDependentRow] = {}
    for each in sorted(waits, key=lambda row: (firm.index(row.need), row.through.id)):
        law = each.change or each.provision
        found.setdefault((each.id, law.id if law else ""), each)
    return found.values()


def _latest(stated: list[Line]) -> list[Line]:
    """A line in its later versions where there are any: its baseline may name other years."""
    return [each for each in stated if each["case_version"] is not CaseVersion.BASELINE] or stated


def _begin(benefit: Line) -> date | None:
    due: date | None = benefit["due"]
    return due if benefit["year"] is None else date(benefit["year"], 4, 1)


def _end(benefit: Line) -> date | None:
    due: date | None = benefit["due"]
    return due if benefit["year"] is None else date(benefit["year"] + 1, 3, 31)


def _waiting(waits: LawDependentRow, benefits: _Benefits) -> LegalSlackRow:
    """How the first benefit stands to law that is not in force."""
    law_day = None if waits.law is State.NEVER else waits.in_force_on or waits.latest_in_force
    days = (benefits.first - law_day).days if law_day and benefits.first else None
    law = waits.change or waits.provision
    assert law is not None, "a row of law-dependent names a change or a provision"
    slack = _slack(waits.law, law_day, days, benefits.first)
    return LegalSlackRow(
        id=waits.id,
        ref=waits.ref,
        title=waits.title,
        organisation=waits.organisation,
        through=waits.through,
        law=law,
        need=waits.need,
        state=waits.law,
        first_benefit=benefits.first,
        last_benefit=benefits.last,
        law_day=law_day,
        slack_days=days,
        slack=slack,
        benefits=benefits.sums,
        sentence=case_sentences.of_slack(waits.title, law.title or "", slack, benefits.first, law_day, days),
    )


def _slack(state: State, law_day: date | None, days: int | None, first: date | None) -> Slack:
    if state is State.NEVER:
        return Slack.NEVER
    if law_day is None:
        return Slack.UNBOUNDED
    if first is None or days is None:
        return Slack.UNDATED
    if days == 0:
        return Slack.NO_SLACK
    return Slack.BENEFIT_BEFORE_LAW if days < 0 else Slack.OK


def _ending(view: View, asked: dict[str, Judged], benefits: dict[str, _Benefits]) -> Iterator[LegalSlackRow]:
    """What projects rest on, on any route, that ends before their last benefit does."""
    law, nodes = view.portfolio.law, view.portfolio.law.resting()
    leading = view.portfolio.reaching(nodes, Quality.WAITS_FOR_ACCEPTANCE, routed=True)
    titles = {
        id: Thing(id=id, kind=kind, title=title)
        for kind in ("Process", "PolicyInstrument")
        for id, title in view.portfolio.some(kind, nodes).rows("id", "title")
    }
    for node, leads in zip(nodes, leading, strict=True):
        ends = law.ends(node)
        for id in leads.column("id") if ends and node in titles else ():
            last = benefits[id].last if id in benefits else None
            if ends and last and ends[0] <= last:
                for rest in ends[1]:
                    yield _ended(asked[id], titles[node], rest, ends[0], benefits[id])


def _ended(project: Judged, through: Thing, rest: Rest, ends: date, benefits: _Benefits) -> LegalSlackRow:
    assert benefits.last is not None, "a benefit has a last day where authority ends before it"
    days = (ends - benefits.last).days - 1
    return LegalSlackRow(
        id=project.id,
        ref=project.ref,
        title=project.title,
        organisation=project.organisation,
        through=through,
        law=Named(id=rest.provision, title=rest.title),
        need=None,
        state=rest.state,
        first_benefit=benefits.first,
        last_benefit=benefits.last,
        law_day=ends,
        slack_days=days,
        slack=Slack.AUTHORITY_ENDS,
        benefits=benefits.sums,
        sentence=case_sentences.of_slack(
            project.title, rest.title, Slack.AUTHORITY_ENDS, benefits.last, ends, days
        ),
    )
