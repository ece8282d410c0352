"""Which live projects, and how much money, rest on a link or a record."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.questions import projects
from app.questions.core import Sum, View
from app.questions.projects import Accounts, Filters, Judgement
from app.questions.threads import Threads, threads


@dataclass(frozen=True)
class Resting:
    """The live projects that lead to a place, by whatever is not absent, and their money."""

    judgement: Judgement
    threads: Threads
    accounts: Accounts

    def projects(self, place: str) -> set[str]:
        """The live projects from which something leads to this place, itself included."""
        live = {each.id for each in self.judgement.projects}
        return {each[:-1] for each in self.threads.upstream([place], lambda _: True)} & live

    def money(self, of: Iterable[str]) -> list[Sum]:
        """The cost of these projects, each once, one sum a bucket."""
        return projects.added(each for id in sorted(of) for each in self.accounts.costs.get(id, ()))


async def read(view: View) -> Resting:
    """Everything that live projects rest on, for this reader on the day."""
    judgement = await projects.judge(view, Filters())
    found = await threads(view, judgement.lifted)
    return Resting(judgement, found, await projects.accounts(view, (each.id for each in judgement.projects)))


def place(id: str, polarity: str | None = None) -> str:
    """Where a link begins: an instrument is another place for who retires it."""
    return id + ("-" if polarity == "harms" else "+")
