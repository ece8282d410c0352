"""Which investments serve no policy aim, how much money is in them, where does each chain break?"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from app.portfolio.tracing import Broken
from app.portfolio.verdicts import LEVELS, WITHOUT_COUNTED_ROUTE, Verdict
from app.questions import breaks, projects, rungs, ways
from app.questions.breaks import Break
from app.questions.core import Found, Granted, Named, Row, Sum, View, largest
from app.questions.projects import Accounts, Judged, OfProjects
from app.questions.sentences import Sentence, Subject
from graph_schema.values import GoalLevel, InstrumentState, ProjectLabel, ProjectState, Strength


class UnalignedRow(Row):
    """A project, or a process or instrument, its verdict and the money in it."""

    featured = ("title", "organisation", "verdict", "sentence", "money", "funding")

    id: Annotated[str, Field(description="Id of the record.")]
    kind: Annotated[str, Field(description="Its kind: Project unless another was asked for.")]
    ref: Annotated[str | None, Field(description="Its owner's reference.")]
    title: Annotated[str, Field(description="Its title.")]
    organisation: Annotated[Named | None, Field(description="The organisation it belongs to.")]
    state: Annotated[
        ProjectState | InstrumentState | None, Field(description="How far the work, or the instrument, is.")
    ]
    label: Annotated[ProjectLabel | None, Field(description="What it calls itself.")]
    verdict: Annotated[Verdict, Field(description="What the graph says of it.")]
    quality: Annotated[int, Field(ge=0, le=4, description="Quality of its best route; 0 if none arrives.")]
    strength: Annotated[Strength | None, Field(description="Of its best route; said of clean routes only.")]
    level: Annotated[GoalLevel | None, Field(description="Highest level of a goal it cleanly reaches.")]
    breaks_at: Annotated[Break | None, Field(description="Where its chain breaks; null if it does not.")]
    sentence: Annotated[str, Field(description="All that in one sentence.")]
    rests_on: Annotated[
        list[str], Field(description="Ids of the records and links the sentence names, in its order.")
    ]
    money: Annotated[list[Sum], Field(description="Its cost, one sum a bucket; empty if none is stated.")]
    funding: Annotated[list[Granted], Field(description="Money in, one sum a currency; not part of cost.")]

    def order(self, by: str) -> list[Any]:
        """Money sorts by the largest sum of one bucket, then by funding: no sums are added for it."""
        if by == "money":
            return [largest(self.money), largest(self.funding)]
        if by == "verdict":
            return [list(Verdict).index(self.verdict)]
        return super().order(by)


class Unaligned(OfProjects):
    """Live projects without a counted route to a policy goal, by money; or those of any verdicts asked for.

    A route leads from the project over accepted links and law in force to a goal; it counts when it is
    clean, has a suspect part, or waits for law alone. Each row says where the chain breaks. Each grant
    counts once in `funding`. `kind` asks the same of processes and instruments, from there on; their money
    is the whole cost of the live projects that reach them, so that rows are not to be added up.
    """

    name, version = "unaligned", 2
    reads_nothing = True
    asks = (
        "Which investments serve no policy aim, how much money is in them, and where does each chain break?"
    )
    row = UnalignedRow
    sorts = ("money", "title", "organisation", "state", "label", "verdict", "quality", "ref", "id")
    default_sort = "-money"
    example = "verdict=unaligned&limit=3"

    kind: Annotated[
        Literal["Project", "Process", "PolicyInstrument"],
        Field(description="Of what kind of record it is asked; the filters of projects alone do not apply."),
    ] = "Project"
    verdict: Annotated[
        tuple[Verdict, ...],
        Field(max_length=20, description="Verdicts to list; those without a counted route if empty."),
    ] = ()
    min_level: Annotated[
        GoalLevel | None,
        Field(description="Only projects that cleanly reach a goal of this level or higher."),
    ] = None

    def parameters(self, valid_on: date) -> dict[str, Any]:
        """The parameters, with the verdicts named where none is given."""
        return super().parameters(valid_on) | {"verdict": sorted(self.verdict or WITHOUT_COUNTED_ROUTE)}

    async def find(self, view: View) -> Found[UnalignedRow]:
        """Everything of the verdicts asked for, with its break point and money."""
        of_projects = self.kind == "Project"
        judgement = projects.judge(view, self) if of_projects else rungs.judge(view, self.kind, self)
        wanted = set(self.verdict or WITHOUT_COUNTED_ROUTE)
        chosen = [each for each in judgement.projects if each.verdict in wanted and self._high(each)]
        ids = [each.id for each in chosen]
        told = _tell(view, chosen)
        accounts = projects.accounts(view, ids) if of_projects else rungs.accounts(view, ids)
        return Found(
            rows=[_row(each, told, accounts) for each in chosen],
            denominators=judgement.denominators(),
            total=accounts.total if of_projects else None,
            funding=accounts.granted if of_projects else None,
            notes=accounts.notes,
        )

    def _high(self, project: Judged) -> bool:
        if self.min_level is None:
            return True
        return project.level is not None and LEVELS.index(project.level) >= LEVELS.index(self.min_level)


@dataclass(frozen=True)
class _Told:
    """What is said of each of the rows, by id."""

    breaks: dict[str, Broken]
    sentences: dict[str, Sentence]


def _tell(view: View, chosen: list[Judged]) -> _Told:
    ids = [each.id for each in chosen]
    routes, broken = view.portfolio.routes(ids), view.portfolio.breaks(ids)
    subjects = [Subject(each.id, each.kind, each.title, each.verdict) for each in chosen]
    return _Told(broken, ways.tell(view, subjects, routes, broken))


def _row(judged: Judged, told: _Told, accounts: Accounts) -> UnalignedRow:
    return UnalignedRow(
        id=judged.id,
        kind=judged.kind,
        ref=judged.ref,
        title=judged.title,
        organisation=judged.organisation,
        state=judged.state,
        label=judged.label,
        verdict=judged.verdict,
        quality=judged.quality,
        strength=judged.strength,
        level=judged.level,
        breaks_at=breaks.shown(told.breaks[judged.id]) if judged.id in told.breaks else None,
        sentence=told.sentences[judged.id].text,
        rests_on=list(told.sentences[judged.id].ids),
        money=accounts.costs.get(judged.id, []),
        funding=accounts.grants.get(judged.id, []),
    )
