"""How far up that ladder is each project?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from app.portfolio.surface import Portfolio
from app.questions import case_sentences, projects, sharing
from app.questions.core import Found, Named, Row, View
from app.questions.projects import Judged, OfProjects
from app.questions.sharing import Pairs
from graph_schema.values import ChangeMode, ProjectState

_SIMPLER = (ChangeMode.MERGES, ChangeMode.RETIRES)


class Rung(StrEnum):
    """How far a project has come; each needs the one before."""

    NONE, SIMPLIFIED, STANDARDISED, SHARED = "none", "simplified", "standardised", "shared"


class SimplifyStandardiseShareRow(Row):
    """A project, and how far up the ladder it is."""

    featured = ("title", "organisation", "rung", "process", "shares", "sentence")

    id: Annotated[str, Field(description="Id of the project.")]
    ref: Annotated[str | None, Field(description="Its owner's reference.")]
    title: Annotated[str, Field(description="Its title.")]
    organisation: Annotated[Named | None, Field(description="The organisation it belongs to.")]
    state: Annotated[ProjectState, Field(description="How far the work has got.")]
    rung: Annotated[
        Rung,
        Field(
            description="simplified: it merges or ends a process; standardised: that process keeps to a "
            "standard; shared: it uses what exists, or another organisation uses what it makes."
        ),
    ]
    process: Annotated[Named | None, Field(description="The process it merges or ends.")]
    shares: Annotated[
        list[Named], Field(description="What it uses again, or makes and another organisation uses.")
    ]
    sentence: Annotated[str, Field(description="How far it is, and what the next step is.")]

    def order(self, by: str) -> list[Any]:
        """Rungs sort from none to shared."""
        if by == "rung":
            return [list(Rung).index(self.rung)]
        return super().order(by)


class SimplifyStandardiseShare(OfProjects):
    """Each project with its rung on the ladder.

    1, simplified: an accepted change that merges or retires a process, which may have ended since. 2,
    standardised: that process keeps to a standard. 3, shared: the project reuses an asset or another project,
    or produces an asset that a project of another organisation reuses. Each rung needs the one before it;
    `shares` is told whatever the rung.
    """

    name, version = "simplify-standardise-share", 1
    asks = "How far up the ladder simplify, standardise, share is each project?"
    row = SimplifyStandardiseShareRow
    sorts = ("rung", "title", "organisation", "id")
    default_sort = "-rung"
    reads_nothing = True
    example = "rung=shared&rung=standardised"

    rung: Annotated[
        tuple[Rung, ...], Field(max_length=4, description="Only projects on one of these rungs.")
    ] = ()

    async def find(self, view: View) -> Found[SimplifyStandardiseShareRow]:
        """A row a project."""
        judgement, ladder = projects.judge(view, self), _Ladder.of(view.portfolio)
        rows = (ladder.row(each) for each in judgement.projects)
        return Found(
            rows=[row for row in rows if not self.rung or row.rung in self.rung],
            denominators=judgement.denominators(),
        )


@dataclass(frozen=True)
class _Ladder:
    """What the rungs are read from."""

    simpler: dict[str, list[str]]
    """The processes each project merges or ends."""
    processes: dict[str, tuple[str, bool]]
    """Title of each process, and whether it keeps to a standard."""
    reused: Pairs
    produced: Pairs
    users: Pairs
    """Which projects use an asset again."""
    organisations: dict[str, str | None]
    titles: dict[str, str]
    """Of assets and projects."""

    @classmethod
    def of(cls, portfolio: Portfolio) -> "_Ladder":
        """Everything the rungs are read from."""
        simpler: dict[str, list[str]] = {}
        for project, process, kind, mode, holds in portfolio.links("CHANGES").rows(
            "source", "target", "to_kind", "mode", "holds"
        ):
            if holds and kind == "Process" and mode in _SIMPLER:
                simpler.setdefault(project, []).append(process)
        reused = sharing.reused(portfolio)
        processes = portfolio.all("Process").rows("id", "title", "standardised")
        known = portfolio.all("Project").rows("id", "title", "organisation")
        titles = dict(portfolio.all("Asset").rows("id", "title"))
        organisations = {}
        for id, title, organisation in known:
            titles[id], organisations[id] = title, organisation
        return cls(
            simpler,
            {id: (title, standard) for id, title, standard in processes},
            reused,
            sharing.produced(portfolio),
            sharing.turned(reused),
            organisations,
            titles,
        )

    def row(self, project: Judged) -> SimplifyStandardiseShareRow:
        """How far a project is."""
        simpler = sorted(self.simpler.get(project.id, ()), key=lambda id: (not self.processes[id][1], id))
        process = next(iter(simpler), None)
        title, standard = self.processes[process] if process else (None, False)
        shares = [Named(id=id, title=self.titles[id]) for id in sorted(set(self._shared(project.id)))]
        rung = Rung.NONE
        if process:
            rung = Rung.SIMPLIFIED
            if standard:
                rung = Rung.SHARED if shares else Rung.STANDARDISED
        return SimplifyStandardiseShareRow(
            id=project.id,
            ref=project.ref,
            title=project.title,
            organisation=project.organisation,
            state=ProjectState(str(project.state)),
            rung=rung,
            process=Named(id=process, title=title) if process else None,
            shares=shares,
            sentence=case_sentences.of_rung(
                project.title, rung, title, [each.title or "" for each in shares]
            ),
        )

    def _shared(self, project: str) -> Iterator[str]:
        """What a project uses again, and what it makes that another organisation uses."""
        yield from self.reused.get(project, ())
        own = self.organisations[project]
        for asset in self.produced.get(project, ()):
            if any(own != of and of is not None for of in self._users(asset)):
                yield asset

    def _users(self, asset: str) -> Iterable[str | None]:
        return (self.organisations[user] for user in self.users.get(asset, ()))
