"""Is another council doing, or has one built, the same?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from app.domain.money import Bucket
from app.errors import Fault, Invalid
from app.portfolio.surface import Portfolio
from app.portfolio.verdicts import LIVE
from app.questions import altered, case_sentences, cases, projects, sharing
from app.questions.core import Found, Named, Row, Sum, View, largest
from app.questions.projects import Filters, OfProjects
from app.questions.sharing import Pairs
from graph_schema.values import Depth, Maturity, ProjectState, RecordId

MOST = 100_000
"""Most pairs that are looked at for one answer."""


class Same(StrEnum):
    """What two projects, or a project and an asset, have in common: a part of the score."""

    SERVICE, DEPTH, TIME, NOT_BUILT = "same_service", "same_depth", "same_time", "not_built_yet"
    PROVEN, OPEN = "proven", "open_standard"


class SharedWorkRow(Row):
    """A project, and another that does the same or has made something for it."""

    featured = (
        "title",
        "organisation",
        "service",
        "other",
        "other_organisation",
        "asset",
        "score",
        "sentence",
    )

    id: Annotated[str, Field(description="Id of the project.")]
    title: Annotated[str, Field(description="Its title.")]
    organisation: Annotated[Named | None, Field(description="The organisation it belongs to.")]
    state: Annotated[ProjectState, Field(description="How far the work has got.")]
    service: Annotated[Named, Field(description="The service both work on.")]
    other: Annotated[Named, Field(description="The other project; with an asset, the one that made it.")]
    other_organisation: Annotated[Named | None, Field(description="The organisation that belongs to.")]
    other_state: Annotated[ProjectState, Field(description="How far that has got.")]
    whom_to_ask: Annotated[list[Named], Field(description="Posts accountable for the other project.")]
    asset: Annotated[
        Named | None, Field(description="What is there already and not used; null: both are doing the work.")
    ]
    score: Annotated[int, Field(description="How many things they have in common.")]
    in_common: Annotated[list[Same], Field(description="Which: the parts of the score.")]
    avoidable_at_most: Annotated[
        list[Sum], Field(description="The smaller of the two costs, where both state one in the same bucket.")
    ]
    sentence: Annotated[str, Field(description="All that in one sentence.")]

    def order(self, by: str) -> list[Any]:
        """Among equal scores, what could be avoided decides."""
        if by == "score":
            return [self.score, largest(self.avoidable_at_most)]
        if by == "id":
            return [self.id, self.other.id, self.service.id, self.asset.id if self.asset else ""]
        return super().order(by)


class SharedWork(OfProjects):
    """Pairs of live projects of different organisations on one service type that share nothing, and what
    others have made for a service and the project does not use.

    A project works on the service type of each process in use that it changes, accepted or proposed. Two
    share something when they reuse one asset or project, or one reuses the other or what the other made. A
    pair is listed once, under the project asked about; an asset under each project it could serve, whatever
    became of the project that made it. The score counts what they have in common; what could be avoided is
    at most the smaller of their costs, and only whoever asks will know. Two projects without organisation
    are no pair.
    """

    name, version = "shared-work", 1
    asks = "Is another council doing, or has one built, the same?"
    row = SharedWorkRow
    sorts = ("score", "avoidable_at_most", "title", "organisation", "service", "id")
    default_sort = "-score"
    reads_nothing = True
    example = "limit=3"

    project: Annotated[
        tuple[RecordId, ...], Field(max_length=500, description="Only these projects, by id.")
    ] = ()
    service: Annotated[
        tuple[RecordId, ...], Field(max_length=500, description="Only these service types, by id.")
    ] = ()

    async def find(self, view: View) -> Found[SharedWorkRow]:
        """A row a pair, or a project and an asset, and service."""
        judgement, work = projects.judge(view, self), _Work.of(view.portfolio)
        asked = {each.id for each in judgement.projects if not self.project or each.id in self.project}
        live = set(projects.chosen(view, Filters()).column("id")) | asked
        matches = list(self._matches(work, asked, live))
        money = _costs(view.portfolio, matches)
        return Found(
            rows=[work.row(view, each, money) for each in matches], denominators=judgement.denominators()
        )

    def _matches(self, work: "_Work", asked: set[str], live: set[str]) -> "Iterator[_Match]":
        by_service = sharing.turned(work.services)
        chosen = {id: by for id, by in by_service.items() if not self.service or id in self.service}
        looked_at = sum(len(by & asked) * len(by) for by in chosen.values())
        if looked_at > MOST:
            says = f"More than {MOST:,} pairs would be compared: name organisations, projects or services."
            raise Invalid(faults=[Fault("", "too_large", says)])
        for service in sorted(chosen):
            by = chosen[service]
            for project in sorted(by & asked):
                others = (each for each in sorted(by & live) if each > project or each not in asked)
                for other in others:
                    if work.apart(project, other) and not work.share(project, other):
                        yield _Match(project, other, service)
                yield from work.unused(project, by, service)


@dataclass(frozen=True)
class _Match:
    """Two projects on one service; with an asset, the second made it."""

    project: str
    other: str
    service: str
    asset: str | None = None


@dataclass(frozen=True)
class _Facts:
    """What is compared of a project."""

    title: str
    organisation: str | None
    state: ProjectState
    start: date | None
    end: date | None


@dataclass(frozen=True)
class _Work:
    """Who works on which service, with what."""

    services: Pairs
    reused: Pairs
    produced: Pairs
    facts: dict[str, _Facts]
    depths: dict[str, set[Depth]]
    assets: dict[str, tuple[str, Maturity | None, bool]]
    titles: dict[str, str]
    """Of service types."""
    owners: Pairs

    @classmethod
    def of(cls, portfolio: Portfolio) -> "_Work":
        """Everything that is compared."""
        facts = {
            id: _Facts(title, organisation, state, start, end or go_live)
            for id, title, organisation, state, start, go_live, end in portfolio.chosen("Project").rows(
                "id", "title", "organisation", "state", "start", "go_live", "end"
            )
        }
        assets = portfolio.chosen("Asset").rows("id", "title", "maturity", "open_standard")
        services = sharing.services(portfolio)
        return cls(
            {id: each for id, each in services.items() if id in facts},
            sharing.reused(portfolio),
            sharing.produced(portfolio),
            facts,
            {id: {each.depth for each in of} for id, of in altered.altered(portfolio).items()},
            {id: tuple(rest) for id, *rest in assets},
            dict(portfolio.all("ServiceType").rows("id", "title")),
            sharing.accountable(portfolio),
        )

    def apart(self, one: str, other: str) -> bool:
        """Whether the projects belong to different organisations."""
        return self.facts[one].organisation != self.facts[other].organisation

    def share(self, one: str, other: str) -> bool:
        """Whether the projects share anything."""
        uses, also = self.reused.get(one, set()), self.reused.get(other, set())
        makes, too = self.produced.get(one, set()), self.produced.get(other, set())
        return bool(uses & (also | too | {other}) or also & (makes | {one}) or makes & too)

    def unused(self, project: str, by: Iterable[str], service: str) -> Iterator[_Match]:
        """What projects of other organisations made for a service that this project does not use."""
        has = self.reused.get(project, set()) | self.produced.get(project, set())
        for maker in sorted(by):
            if maker != project and self.apart(project, maker) and maker not in has:
                for asset in sorted(self.produced.get(maker, set()) - has):
                    if asset in self.assets:
                        yield _Match(project, maker, service, asset)

    def in_common(self, match: _Match) -> list[Same]:
        """The parts of the score."""
        one, other = self.facts[match.project], self.facts[match.other]
        found = [Same.SERVICE]
        if self.depths.get(match.project, set()) & self.depths.get(match.other, set()):
            found.append(Same.DEPTH)
        if match.asset:
            _, maturity, is_open = self.assets[match.asset]
            found += [Same.PROVEN] * (maturity is Maturity.LIVE) + [Same.OPEN] * is_open
        elif _before(one.start, other.end) and _before(other.start, one.end):
            found.append(Same.TIME)
        if one.state in LIVE and one.state is not ProjectState.DELIVERING:
            found.append(Same.NOT_BUILT)
        return found

    def row(self, view: View, match: _Match, money: "dict[str, dict[Bucket, int]]") -> SharedWorkRow:
        """What is said of two projects."""
        one, other = self.facts[match.project], self.facts[match.other]
        title_of = view.portfolio.organisation_title
        asset = Named(id=match.asset, title=self.assets[match.asset][0]) if match.asset else None
        common, theirs = (
            self.in_common(match),
            projects.named(other.organisation, title_of(other.organisation)),
        )
        mine, also = money.get(match.project, {}), money.get(match.other, {})
        service = Named(id=match.service, title=self.titles.get(match.service))
        owners = view.portfolio.some("Post", self.owners.get(match.other, ())).rows("id", "title")
        return SharedWorkRow(
            id=match.project,
            title=one.title,
            organisation=projects.named(one.organisation, title_of(one.organisation)),
            state=one.state,
            service=service,
            other=Named(id=match.other, title=other.title),
            other_organisation=theirs,
            other_state=other.state,
            whom_to_ask=[Named(id=id, title=title) for id, title in owners],
            asset=asset,
            score=len(common),
            in_common=common,
            avoidable_at_most=cases.sums(
                (each, min(mine[each], also[each])) for each in mine.keys() & also.keys()
            ),
            sentence=case_sentences.of_shared_work(
                (one.title, other.title),
                theirs.title if theirs else None,
                service.title,
                asset.title if asset else None,
            ),
        )


def _costs(portfolio: Portfolio, matches: Iterable[_Match]) -> dict[str, dict[Bucket, int]]:
    ids = {id for each in matches for id in (each.project, each.other)}
    return {id: dict(amounts) for id, amounts in portfolio.money_of(ids).costs.items()}


def _before(start: date | None, end: date | None) -> bool:
    return start is None or end is None or start <= end
