"""Which live projects, and how much money, rest on a link or a record."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from app.portfolio.verdicts import Quality
from app.questions import projects
from app.questions.core import Sum, View
from app.questions.projects import Accounts, Filters, Judgement


@dataclass(frozen=True)
class Resting:
    """The live projects that lead to places, by whatever is not absent, and their money."""

    view: View
    judgement: Judgement
    accounts: Accounts

    def behind(self, places: Collection[str]) -> dict[str, set[str]]:
        """For each of these places the live projects from which something leads to it, itself included."""
        asked = sorted(set(places))
        live = {each.id for each in self.judgement.projects}
        found = self.view.portfolio.carrying(asked, Quality.WAITS_FOR_ACCEPTANCE, over_absent=True)
        return {place: set(each.column("id")) & live for place, each in zip(asked, found, strict=True)}

    def money(self, of: Iterable[str]) -> list[Sum]:
        """The cost of these projects, each once, one sum a bucket."""
        cost = self.view.portfolio.some("Project", of).cost()
        return [projects.sum_of(bucket, pence) for bucket, pence in cost]


def read(view: View) -> Resting:
    """Everything that live projects rest on, for this reader on the day."""
    judgement = projects.judge(view, Filters())
    return Resting(view, judgement, projects.accounts(view, (each.id for each in judgement.projects)))


def place(id: str, polarity: str | None = None) -> str:
    """Where a link begins: an instrument is another place for who retires it."""
    return id + ("-" if polarity == "harms" else "+")
