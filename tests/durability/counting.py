"""What a trial counts: what was acknowledged, and what the database holds of it in the end."""

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from app.graph import Graph
from tests.durability.writer import Journal

Victim = Literal["neo4j", "service"]


@dataclass
class Counts:
    """What a trial found. The second half must be nothing but zeros."""

    victim: Victim
    kills: int = 0
    acknowledged_of_1: int = 0
    acknowledged_of_1000: int = 0
    changes_over_http: int = 0
    requests_repeated: int = 0
    ledger_entries: int = 0
    polls: int = 0
    slowest_comeback_s: float = 0.0
    lost: int = 0
    half_written: int = 0
    written_twice: int = 0
    holes: int = 0
    next_start_failed: int = 0
    unexpected_answers: int = 0

    @property
    def wrong(self) -> dict[str, int]:
        """The counts that must be zero and are not."""
        told = asdict(self)
        must = ("lost", "half_written", "written_twice", "holes", "next_start_failed", "unexpected_answers")
        return {name: told[name] for name in must if told[name]}


@dataclass
class Client:
    """One HTTP client's writes: records created, then renamed, each sent until it is acknowledged."""

    created: dict[str, str] = field(default_factory=dict)
    """Key -> id."""
    renamed: set[str] = field(default_factory=set)
    repeated: int = 0


@dataclass
class Poller:
    """One reader of the feed: the numbers it saw, in the order it saw them."""

    after: int = 0
    seen: list[tuple[int, str]] = field(default_factory=list)
    polls: int = 0


@dataclass
class Found:
    """What the database holds at the end."""

    changes: list[dict[str, Any]]
    records: dict[str, dict[str, Any]]
    """By the value of their identifier."""
    all_records: int
    receipts: set[str]

    @classmethod
    async def read(cls, graph: Graph) -> "Found":
        """Everything that is compared, in one read of each kind of node."""
        changes = await graph.rows(
            "MATCH (c:Change) RETURN c.seq AS seq, c.item AS item, c.actor AS actor, c.request AS request"
        )
        records = await graph.rows(
            """MATCH (i:Identifier)-[:IDENTIFIES]->(n:Record)
               RETURN i.value AS value, n.id AS id, n.title AS title, n.revision AS revision"""
        )
        count = await graph.row("MATCH (n:Record) RETURN count(n) AS n")
        receipts = await graph.rows("MATCH (r:Receipt) WHERE r.answer IS NOT NULL RETURN r.key AS key")
        assert count is not None
        return cls(
            changes,
            {record["value"]: record for record in records},
            count["n"],
            {receipt["key"] for receipt in receipts},
        )

    def count_commits(self, counts: Counts, journal: Journal) -> None:
        """Count what became of the writer's commits."""
        begun, acknowledged = journal.begun(), journal.acknowledged()
        entries: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for change in self.changes:
            if change["actor"] == "writer":
                entries[change["request"]].append((change["seq"], change["item"]))
        records = Counter(value.rpartition("-")[0] for value in self.records)
        for key, size in begun.items():
            told = entries.get(key, [])
            parts = (len(told), len({item for _, item in told}), records[key])
            counts.lost += key in acknowledged and not told
            counts.written_twice += any(part > size for part in parts)
            if any(parts):
                numbers = [number for number, _ in told]
                whole = set(parts) == {size} and max(numbers) - min(numbers) + 1 == size
                counts.half_written += not whole or key not in self.receipts
        sizes = list(acknowledged.values())
        counts.acknowledged_of_1 = sizes.count(1)
        counts.acknowledged_of_1000 = sizes.count(1_000)
        counts.requests_repeated += sum("repeated" in line for line in journal.lines())

    def count_clients(self, counts: Counts, clients: list[Client]) -> None:
        """Count what became of the records the HTTP clients created and renamed."""
        entries = Counter(change["item"] for change in self.changes)
        for client in clients:
            counts.changes_over_http += len(client.created) + len(client.renamed)
            counts.requests_repeated += client.repeated
            for key, id in client.created.items():
                record = self.records.get(f"{key}-0")
                if record is None or record["id"] != id:
                    counts.lost += 1
                    continue
                counts.lost += key in client.renamed and record["title"] != f"Renamed {key}"
                counts.written_twice += record["revision"] > 2
                counts.half_written += entries[id] != record["revision"]

    def count_ledger(self, counts: Counts, pollers: list[Poller]) -> None:
        """Count gaps in the ledger, what stands outside it, and what the pollers of the feed missed."""
        ledger = {(change["seq"], change["item"]) for change in self.changes}
        numbers = [change["seq"] for change in self.changes]
        counts.ledger_entries = len(numbers)
        counts.holes += len(set(range(1, len(numbers) + 1)) ^ set(numbers))
        counts.half_written += self.all_records != len(self.records)
        items = {change["item"] for change in self.changes}
        counts.half_written += len({record["id"] for record in self.records.values()} ^ items)
        for poller in pollers:
            counts.polls += poller.polls
            counts.holes += len(ledger - set(poller.seen)) + (poller.seen != sorted(poller.seen))
            counts.written_twice += len(poller.seen) - len(set(poller.seen))
            counts.lost += len(set(poller.seen) - ledger)
