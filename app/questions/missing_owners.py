"""Who is missing at the table?"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from app.portfolio.verdicts import LIVE, Verdict
from app.questions import law_dependent, projects, sentences
from app.questions.core import Found, Named, Row, Sum, View
from app.questions.projects import Judged, OfProjects
from graph_schema.values import Discipline, ProjectState, RecordId, Standing, Status

ALWAYS = (Discipline.DIGITAL, Discipline.POLICY, Discipline.FINANCE)
"""Whom every project needs at its table."""


class Amiss(StrEnum):
    """What may be amiss at a table; each is a column."""

    MISSING, ENDED, VACANT, DOUBLED, SHARED = "missing", "ended", "vacant", "doubled", "shared"


class MissingOwnersRow(Row):
    """A project, and who is not at its table."""

    featured = ("title", "organisation", "missing", "ended", "vacant", "doubled", "sentence")

    id: Annotated[str, Field(description="Id of the project.")]
    ref: Annotated[str | None, Field(description="Its owner's reference.")]
    title: Annotated[str, Field(description="Its title.")]
    organisation: Annotated[Named | None, Field(description="The organisation it belongs to.")]
    state: Annotated[ProjectState, Field(description="How far the work has got.")]
    verdict: Annotated[Verdict, Field(description="What the graph says of it.")]
    missing: Annotated[
        list[Discipline], Field(description="Professions of which no post in its term owns the project.")
    ]
    needs_law: Annotated[
        bool, Field(description="Whether it depends on a change in the law, and so needs a legal post.")
    ]
    accountable: Annotated[Named | None, Field(description="The post that is accountable for it.")]
    ended: Annotated[
        list[Named],
        Field(description="Posts whose own term or term here is over, and that nobody followed."),
    ]
    vacant: Annotated[list[Named], Field(description="Posts that own it and that nobody holds.")]
    doubled: Annotated[
        list[Named], Field(description="Posts of different professions that one person holds together.")
    ]
    shared: Annotated[
        list[Named], Field(description="Posts that own other live projects too; no fault by itself.")
    ]
    sentence: Annotated[str, Field(description="All that in one sentence.")]
    money: Annotated[list[Sum], Field(description="The project's cost, one sum a bucket.")]

    def order(self, by: str) -> list[Any]:
        """Whom most are missing for sorts highest."""
        if by == "missing":
            return [len(self.missing), len(self.ended) + len(self.vacant) + len(self.doubled)]
        return super().order(by)


class MissingOwners(OfProjects):
    """Projects at whose table somebody is missing: a digital, policy or finance post always, a legal one
    where the project depends on a change in the law, itself or on any route.

    A profession is there when a post of it owns the project on the day, both in their dates. Told too are
    posts whose term ended with nobody of their profession after them, posts that nobody holds, posts of
    different professions in one person's hands, and posts that own other live projects as well, which is no
    fault: `finding=shared` lists those too. With `project`, that project is told of whatever is found.
    """

    name, version = "missing-owners", 2
    asks = "Who is missing at the table?"
    row = MissingOwnersRow
    sorts = ("missing", "money", "title", "organisation", "verdict", "id")
    default_sort = "-missing"
    reads_nothing = True
    example = "limit=3"

    project: Annotated[RecordId | None, Field(description="Only this project, of whatever state.")] = None
    finding: Annotated[
        tuple[Amiss, ...],
        Field(max_length=5, description="Only projects of which one of these is found; all but shared."),
    ] = ()
    discipline: Annotated[
        tuple[Discipline, ...], Field(max_length=5, description="Only projects that lack one of these.")
    ] = ()

    async def find(self, view: View) -> Found[MissingOwnersRow]:
        """A row a project at whose table anything is amiss."""
        judgement = projects.judge(view, self)
        asked = projects.asked(view, self.project) if self.project else judgement.projects
        accounts = projects.accounts(view, [each.id for each in asked])
        legal = law_dependent.depending(view, asked)
        seats = _seats(view, {each.id for each in asked})
        rows = [
            _row(each, seats.get(each.id, []), each.id in legal, accounts.costs.get(each.id, []))
            for each in asked
        ]
        wanted = [row for row in rows if self.project or self._asks(row)]
        return Found(
            rows=wanted,
            denominators=judgement.denominators(),
            total=projects.accounts(view, (row.id for row in wanted)).total,
            notes=accounts.notes,
        )

    def _asks(self, row: MissingOwnersRow) -> bool:
        if self.discipline and not set(self.discipline) & set(row.missing):
            return False
        found = self.finding or tuple(each for each in Amiss if each is not Amiss.SHARED)
        return any(getattr(row, each) for each in found)


@dataclass(frozen=True)
class _Seat:
    """A post that owns a project, or did."""

    id: str
    title: str
    discipline: Discipline | None
    holder: str | None
    accountable: bool
    in_term: bool
    """Whether it is the post's own time and its time here."""
    also: bool
    """Whether it owns other live projects too."""


def _seats(view: View, ids: Collection[str]) -> dict[str, list[_Seat]]:
    """The posts of each of these projects from the beginning of their time here on, by id."""
    portfolio = view.portfolio
    in_use = set(portfolio.chosen("Post").column("id"))
    told = portfolio.all("Post").rows("id", "title", "discipline", "holder")
    posts = {id: (title, discipline, holder) for id, title, discipline, holder in told}
    live = set(portfolio.all("Project").where(state=LIVE, status=[Status.LIVE]).column("id"))
    owns = portfolio.links("OWNS").where(standing=[Standing.ACCEPTED])
    joins = sorted(
        owns.rows("target", "source", "valid_from", "holds", "accountable"), key=lambda each: each[:2]
    )
    owned: dict[str, set[str]] = defaultdict(set)
    for project, post, _, holds, _ in joins:
        if holds and project in live:
            owned[post].add(project)
    found: dict[str, list[_Seat]] = defaultdict(list)
    for project, post, begins, holds, accountable in joins:
        if project in ids and (begins is None or begins <= view.valid_on):
            in_term, also = holds and post in in_use, bool(owned[post] - {project})
            found[project].append(_Seat(post, *posts[post], accountable, in_term, also))
    return found


def _row(project: Judged, seats: list[_Seat], legal: bool, money: list[Sum]) -> MissingOwnersRow:
    sitting = [each for each in seats if each.in_term]
    there = {each.discipline for each in sitting}
    needed = (*ALWAYS, Discipline.LEGAL) if legal else ALWAYS
    missing = [each for each in needed if each not in there]
    accountable = next((each for each in sitting if each.accountable), None)
    found = {
        "ended": [each for each in seats if not each.in_term and each.discipline not in there],
        "vacant": [each for each in sitting if each.holder is None],
        "doubled": _doubled(sitting),
        "shared": [each for each in sitting if each.also],
    }
    named = {name: [_named(each) for each in some] for name, some in found.items()}
    return MissingOwnersRow(
        id=project.id,
        ref=project.ref,
        title=project.title,
        organisation=project.organisation,
        state=ProjectState(str(project.state)),
        verdict=project.verdict,
        missing=missing,
        needs_law=legal,
        accountable=_named(accountable) if accountable else None,
        **named,
        sentence=sentences.of_table(
            project.title,
            [str(each) for each in missing],
            **{name: [each.title or "" for each in some] for name, some in named.items()},
        ),
        money=money,
    )


def _named(seat: _Seat) -> Named:
    return Named(id=seat.id, title=seat.title)


def _doubled(seats: list[_Seat]) -> list[_Seat]:
    """Seats of several professions in one person's hands."""
    by_holder: dict[str, set[Discipline]] = defaultdict(set)
    for each in seats:
        if each.holder and each.discipline:
            by_holder[each.holder].add(each.discipline)
    return [each for each in seats if each.holder and len(by_holder[each.holder]) > 1]
