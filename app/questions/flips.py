"""Of which projects and goals something else would be said, and what money and benefits hang on that."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from app.domain import money
from app.portfolio.surface import Choice, Portfolio
from app.portfolio.tracing import Broken
from app.portfolio.verdicts import COUNTED, WITHOUT_COUNTED_ROUTE, Verdict
from app.questions import breaks, cases, projects, supposed_sentences
from app.questions.breaks import Break
from app.questions.cases import Phases
from app.questions.core import Named, Row, Sum, View
from app.questions.projects import Filters, Judged

Gone = Literal["stopped", "not_live"]
Served = Literal["served", "starved", "dropped"]


class Flipped(Row):
    """A project whose verdict would be another, or a goal that would become or stop being starved."""

    featured = ("title", "kind", "before", "after", "sentence", "unspent")

    id: Annotated[str, Field(description="Id of the record.")]
    kind: Annotated[str, Field(description="Project, or PolicyGoal.")]
    title: Annotated[str, Field(description="Its title.")]
    organisation: Annotated[Named | None, Field(description="The organisation it belongs to.")]
    before: Annotated[str, Field(description="The verdict as things stand; of a goal, served or starved.")]
    after: Annotated[
        str,
        Field(
            description="The verdict as it would be; `stopped` for a project supposed to be stopped, "
            "`not_live` for one that would not be live for another reason."
        ),
    ]
    stranded: Annotated[
        bool, Field(description="Whether a project loses its last counted route, or a goal its last project.")
    ]
    breaks_at: Annotated[Break | None, Field(description="Where the chain would break.")]
    sentence: Annotated[str, Field(description="All that in one sentence.")]
    unspent: Annotated[list[Sum], Field(description="Of the project's cost, still to come, not committed.")]
    committed: Annotated[list[Sum], Field(description="Still to come and committed: not a saving.")]
    sunk: Annotated[list[Sum], Field(description="Actuals of closed financial years.")]
    benefits_lost: Annotated[
        list[Sum],
        Field(
            description="Benefits still to come of a project that is stranded or stopped, cash and non-cash."
        ),
    ]

    def order(self, by: str) -> list[Any]:
        """What is stranded comes before what is not."""
        if by == "stranded":
            return [int(not self.stranded), self.kind == "PolicyGoal"]
        return super().order(by)


@dataclass(frozen=True)
class Outcome:
    """What would be said of some projects and goals."""

    verdicts: Mapping[str, Verdict | Gone]
    """By id of the project."""
    goals: Mapping[str, Served]
    broken: Mapping[str, Broken]
    """Where the chains of the projects break of which something else would be said."""


@dataclass(frozen=True)
class Today:
    """What is said of the projects asked about, and of all goals by all live projects, as things stand."""

    portfolio: Portfolio
    projects: tuple[Judged, ...]
    live: frozenset[str]
    """Every live project, asked about or not."""
    goals: tuple[str, ...]
    served: frozenset[str]

    @classmethod
    def of(cls, view: View, judged: tuple[Judged, ...]) -> "Today":
        """These projects, and the goals that are current."""
        goals = tuple(_current(view.portfolio))
        live = frozenset(projects.chosen(view, Filters()).column("id"))
        return cls(view.portfolio, judged, live, goals, _served(view.portfolio, goals, live))

    def under(
        self, other: Portfolio, live: Collection[str], gone: Mapping[str, Gone], dropped: Collection[str] = ()
    ) -> Outcome:
        """What would be said of them if the portfolio were another, and these projects live or gone in it."""
        judged = dict(other.some("Project", [each.id for each in self.projects]).rows("id", "verdict"))
        verdicts = {each.id: gone.get(each.id) or judged[each.id] for each in self.projects}
        current = set(_current(other)) - set(dropped)
        kept = [each for each in self.goals if each in current]
        served = _served(other, kept, live)
        goals: dict[str, Served] = dict.fromkeys(self.goals, "dropped")
        goals |= {id: "served" if id in served else "starved" for id in kept}
        other_said = [each.id for each in self.projects if verdicts[each.id] is not each.verdict]
        return Outcome(verdicts, goals, other.breaks(id for id in other_said if id not in gone))


def _current(portfolio: Portfolio) -> list[str]:
    return portfolio.chosen("PolicyGoal", Choice(facts={"current": (True,)})).column("id")


def _served(portfolio: Portfolio, goals: Sequence[str], running: Iterable[str]) -> frozenset[str]:
    """Which of these goals some of these projects serve by a counted route."""
    behind = portfolio.behind(goals, portfolio.some("Project", running))
    return frozenset(id for id, (serving, _) in zip(goals, behind, strict=True) if serving)


@dataclass(frozen=True)
class ProjectFlip:
    """A project of which something else would be said under one outcome or the other."""

    project: Judged
    after: tuple[Verdict | Gone, ...]
    """Under each outcome."""
    broken: tuple[Broken | None, ...]

    def stranded(self, at: int = 0) -> bool:
        """Whether it would lose its last counted route."""
        lost = not isinstance(self.after[at], Verdict) or self.after[at] in WITHOUT_COUNTED_ROUTE
        return lost and self.project.quality >= COUNTED


@dataclass(frozen=True)
class GoalFlip:
    """A goal that would become or stop being starved under one outcome or the other."""

    id: str
    title: str
    organisation: Named | None
    before: Served
    after: tuple[Served, ...]


def of_projects(today: Today, *outcomes: Outcome) -> list[ProjectFlip]:
    """The projects of which an outcome says something else."""
    found = []
    for each in today.projects:
        after = tuple(outcome.verdicts[each.id] for outcome in outcomes)
        if any(verdict is not each.verdict for verdict in after):
            broken = tuple(outcome.broken.get(each.id) for outcome in outcomes)
            found.append(ProjectFlip(each, after, broken))
    return found


def of_goals(today: Today, *outcomes: Outcome) -> Iterator[GoalFlip]:
    """The goals that become or stop being starved under an outcome."""
    flipped: dict[str, tuple[Served, tuple[Served, ...]]] = {}
    for id in today.goals:
        before: Served = "served" if id in today.served else "starved"
        after = tuple(outcome.goals[id] for outcome in outcomes)
        if any(each not in (before, "dropped") for each in after):
            flipped[id] = before, after
    goals = today.portfolio.some("PolicyGoal", flipped)
    for id, title, of, name in goals.rows("id", "title", "organisation", "organisation_title"):
        yield GoalFlip(id, title, projects.named(of, name), *flipped[id])


class Told:
    """Flips as rows show them, with the money of the projects as things stand."""

    def __init__(self, portfolio: Portfolio, flips: Sequence[ProjectFlip]) -> None:
        ids = {each.project.id for each in flips}
        self._phases: Mapping[str, Phases] = cases.phases(portfolio, ids)
        lines = cases.benefits(portfolio, ids)
        self._benefits = {id: money.to_come(each) for id, each in lines.items()}

    def project(self, flip: ProjectFlip) -> dict[str, Any]:
        """What the columns of a row say of a project, under the first outcome."""
        project, after, stranded = flip.project, flip.after[0], flip.stranded()
        return {
            "id": project.id,
            "kind": "Project",
            "title": project.title,
            "organisation": project.organisation,
            "before": project.verdict,
            "after": after,
            "stranded": stranded,
            "breaks_at": break_of(flip.broken[0]),
            "sentence": supposed_sentences.of_flip(project.title, project.verdict, after, stranded=stranded),
            "benefits_lost": self.lost(flip),
            **cases.by_phase(self._phases.get(project.id, {}), "unspent", "committed", "sunk"),
        }

    def lost(self, flip: ProjectFlip, at: int = 0) -> list[Sum]:
        """The benefits that go with a project under an outcome."""
        goes = flip.stranded(at) or not isinstance(flip.after[at], Verdict)
        benefits = self._benefits.get(flip.project.id, {}) if goes else {}
        return [projects.sum_of(bucket, each.pence) for bucket, each in benefits.items()]


def break_of(broken: Broken | None) -> Break | None:
    """A break as a row shows it, if there is one."""
    return breaks.shown(broken) if broken else None


def goal(flip: GoalFlip) -> dict[str, Any]:
    """What the columns of a row say of a goal, under the first outcome."""
    return {
        "id": flip.id,
        "kind": "PolicyGoal",
        "title": flip.title,
        "organisation": flip.organisation,
        "before": flip.before,
        "after": flip.after[0],
        "stranded": flip.after[0] == "starved" and flip.before == "served",
        "breaks_at": None,
        "sentence": supposed_sentences.of_starving(flip.title, starved=flip.after[0] == "starved"),
        **{name: [] for name in ("unspent", "committed", "sunk", "benefits_lost")},
    }
