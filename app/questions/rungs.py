"""The verdicts on processes and instruments, by the same table, and the money that reaches them."""

from collections.abc import Sequence

from app.errors import Fault, Invalid
from app.portfolio.surface import Choice
from app.portfolio.verdicts import Quality
from app.questions import projects
from app.questions.core import Note, View
from app.questions.projects import Accounts, Filters, Judgement

_OF_PROJECTS = ("state", "label", "portfolio")
_NOT_ADDITIVE = Note(
    code="not_additive",
    detail="Money of a row is the whole cost of every live project that reaches it, so a project counts in "
    "several rows and the rows are not to be added up.",
)


def judge(view: View, kind: str, filters: Filters) -> Judgement:
    """The verdict on every process or instrument the question is about."""
    faults = [
        Fault(f"/{name}", "of_projects_only", "This filter is of projects; leave it out for another kind.")
        for name in _OF_PROJECTS
        if getattr(filters, name)
    ]
    if faults:
        raise Invalid(faults=faults)
    chosen = view.portfolio.chosen(kind, Choice(filters.organisation, filters.owner, tags=filters.tag))
    hidden = view.portfolio.withheld(kind, Choice(filters.organisation))
    return Judgement(projects.judged(chosen), projects.withheld(view, hidden))


def accounts(view: View, ids: Sequence[str]) -> Accounts:
    """The whole cost of the live projects that reach each of these over links of quality 3 or 4."""
    live = projects.chosen(view, Filters())
    reaching = [each.within(live) for each in view.portfolio.carrying(ids, Quality.SUSPECT)]
    costs = {
        id: [projects.sum_of(bucket, pence) for bucket, pence in each.cost()]
        for id, each in zip(ids, reaching, strict=True)
    }
    told = projects.accounts(view, {id for each in reaching for id in each.column("id")})
    return Accounts(costs, [], {}, [], (_NOT_ADDITIVE, *told.notes))
