"""Whether the columns, the store and the ledger say the same."""

from dataclasses import dataclass
from datetime import date
from itertools import islice

from app.domain.ledger import Head
from app.graph import Graph
from app.portfolio.differences import differences
from app.portfolio.judged import Judged
from app.portfolio.refresh import Keeper, applied, news
from app.portfolio.snapshot import Snapshot
from app.portfolio.world import World
from app.who import EVERYTHING

MOST_TOLD = 100


@dataclass(frozen=True)
class Examined:
    """What was found."""

    head: Head
    """Where the ledger stood."""
    counts: dict[str, int]
    """Records and links in columns, by kind."""
    differences: list[tuple[str, str, str]]
    """Kind or label, id and fact, where the store and the ledger say different things; the first few."""
    verdicts_differ: int
    """Projects whose verdict is another when the ledger is believed."""


async def examine(graph: Graph, memory_mb: int, day: date) -> Examined:
    """Read the columns from the store, make them again from the ledger alone, and compare every fact."""
    loaded = await Keeper(graph, memory_mb).at()
    replayed = Snapshot.empty(Head(loaded.head.id, 0, None))
    while replayed.head.number < loaded.head.number:
        told = await news(graph, replayed.head.number)
        replayed = applied(replayed, told.head, told.entries)
        if not told.entries:
            break
    found = list(islice(differences(replayed, loaded), MOST_TOLD))
    return Examined(loaded.head, loaded.counts(), found, _other_verdicts(replayed, loaded, day))


def _other_verdicts(one: Snapshot, other: Snapshot, day: date) -> int:
    verdicts = [
        dict(
            zip(
                each.records["Project"].texts(slice(None)),
                Judged(World(each, day, EVERYTHING)).verdicts("Project").tolist(),
                strict=True,
            )
        )
        for each in (one, other)
    ]
    return sum(verdicts[0].get(id) != verdict for id, verdict in verdicts[1].items())
