"""Which investments serve no policy aim, how much money is in them, where does each chain break?"""

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from app.questions import breaks, projects
from app.questions.breaks import Break
from app.questions.core import Found, Granted, Named, Row, Sum, View
from app.questions.projects import Accounts, Judged, Judgement, OfProjects
from app.questions.verdicts import LEVELS, WITHOUT_COUNTED_ROUTE, Verdict
from graph_schema.values import GoalLevel, ProjectLabel, ProjectState, Strength


class UnalignedRow(Row):
    """A project, its verdict and its money."""

    featured = ("title", "organisation", "verdict", "breaks_at", "money", "funding")

    id: Annotated[str, Field(description="Id of the project.")]
    ref: Annotated[str | None, Field(description="Its owner's reference.")]
    title: Annotated[str, Field(description="Its title.")]
    organisation: Annotated[Named | None, Field(description="The organisation it belongs to.")]
    state: Annotated[ProjectState, Field(description="How far the work has got.")]
    label: Annotated[ProjectLabel | None, Field(description="What it calls itself.")]
    verdict: Annotated[Verdict, Field(description="What the graph says of it.")]
    quality: Annotated[int, Field(ge=0, le=4, description="Quality of its best route; 0 if none arrives.")]
    strength: Annotated[Strength | None, Field(description="Of its best route; said of clean routes only.")]
    level: Annotated[GoalLevel | None, Field(description="Highest level of a goal it cleanly reaches.")]
    breaks_at: Annotated[Break | None, Field(description="Where its chain breaks; null if it does not.")]
    money: Annotated[list[Sum], Field(description="Its cost, one sum a bucket; empty if none is stated.")]
    funding: Annotated[list[Granted], Field(description="Money in, one sum a currency; not part of cost.")]

    def order(self, by: str) -> list[Any]:
        """Money sorts by the largest sum of one bucket, then by funding: no sums are added for it."""
        if by == "money":
            return [_largest(self.money), _largest(self.funding)]
        if by == "verdict":
            return [list(Verdict).index(self.verdict)]
        if by == "organisation":
            return [(self.organisation and self.organisation.title) or ""]
        return super().order(by)


def _largest(sums: list[Sum] | list[Granted]) -> int:
    return max((int(each.amount) for each in sums), default=-1)


class Unaligned(OfProjects):
    """Live projects without a counted route to a policy goal, by money; or those of any verdicts asked for.

    A route leads from the project over accepted links and law in force to a goal; it counts when it is
    clean, has a suspect part, or waits for law alone. Each row says where the chain breaks. Each grant
    counts once in `funding`.
    """

    name, version = "unaligned", 1
    asks = (
        "Which investments serve no policy aim, how much money is in them, and where does each chain break?"
    )
    row = UnalignedRow
    sorts = ("money", "title", "organisation", "state", "label", "verdict", "quality", "ref", "id")
    default_sort = "-money"

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
        """Every project of the verdicts asked for, with its break point and money."""
        judgement = await projects.judge(view, self)
        wanted = set(self.verdict or WITHOUT_COUNTED_ROUTE)
        chosen = [
            each for each in judgement.projects if each.verdict in wanted and self._high(judgement, each)
        ]
        ids = [each.id for each in chosen]
        broken = await breaks.breaks(view, judgement.lifted, ids)
        accounts = await projects.accounts(view, ids)
        return Found(
            rows=[_row(judgement, each, broken.get(each.id), accounts) for each in chosen],
            denominators=judgement.denominators(),
            total=accounts.total,
            funding=accounts.granted,
            notes=judgement.notes() + accounts.notes,
        )

    def _high(self, judgement: Judgement, project: Judged) -> bool:
        if self.min_level is None:
            return True
        level = judgement.lifted.level(project.id)
        return level is not None and LEVELS.index(level) >= LEVELS.index(self.min_level)


def _row(judgement: Judgement, project: Judged, broken: Break | None, accounts: Accounts) -> UnalignedRow:
    lifted = judgement.lifted
    return UnalignedRow(
        id=project.id,
        ref=project.ref,
        title=project.title,
        organisation=project.organisation,
        state=project.state,
        label=project.label,
        verdict=project.verdict,
        quality=lifted.best(project.id)[0],
        strength=lifted.strength(project.id),
        level=lifted.level(project.id),
        breaks_at=broken,
        money=accounts.costs.get(project.id, []),
        funding=accounts.grants.get(project.id, []),
    )
