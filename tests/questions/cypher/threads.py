"""The links money can be traced over, read once, so that a question can follow them set by set in memory."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from app.domain.access import Scope
from app.questions.core import View
from tests.questions.cypher.lift import Lifted
from tests.questions.cypher.parts import link_quality, node_quality, place


class Thread(NamedTuple):
    """A tracing link that is not absent, between two places."""

    source: str
    target: str
    quality: int
    target_quality: int
    link: str

    @property
    def worth(self) -> int:
        """How good a route over it can be from there on."""
        return min(self.quality, self.target_quality)


@dataclass(frozen=True)
class Threads:
    """Every tracing link the reader sees, by the place it leads to."""

    into: dict[str, list[Thread]]

    def upstream(self, places: Iterable[str], carries: Callable[[Thread], bool]) -> set[str]:
        """These places and every place from which threads that carry lead to one of them. Cycles end it."""
        reached = set(places)
        todo = list(reached)
        while todo:
            for thread in self.into.get(todo.pop(), ()):
                if thread.source not in reached and carries(thread):
                    reached.add(thread.source)
                    todo.append(thread.source)
        return reached


def _threads(scope: Scope) -> str:
    return f"""
    MATCH (n:Project|Process|PolicyInstrument)-[l:CHANGES|ENABLES|OPERATES|ADVANCES]->(m)
    WHERE {scope.sees("n", "m")}
    WITH n, l, m, {link_quality("l", "n", "m")} AS quality WHERE quality > 0
    RETURN collect([
      n.id + CASE l.polarity WHEN 'harms' THEN '-' ELSE '+' END, {place("l", "m")}, quality,
      {node_quality("m")}, l.id
    ]) AS rows
    """


async def threads(view: View, lifted: Lifted) -> Threads:
    """Every tracing link the reader sees that is not absent on the day."""
    into: dict[str, list[Thread]] = defaultdict(list)
    found = await view.graph.row(
        _threads(Scope(view.reader)),
        day=view.valid_on.isoformat(),
        caps=lifted.law.caps,
        **Scope(view.reader).parameters,
    )
    for row in found["rows"] if found else ():
        thread = Thread(*row)
        into[thread.target].append(thread)
    return Threads(into)
