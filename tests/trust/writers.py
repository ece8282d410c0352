"""Many writers at once, on different and on the same records: `python -m tests.trust.writers`."""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from app import logs
from app.graph import Graph
from app.local_neo4j import Address, engine
from app.settings import Settings
from app.who import PERSONAL_ROLES, Caller
from migrations import runner
from tests.trust.people import Answer, Client, door

Turn = Callable[[int], Awaitable[bool]]
"""One turn of the n-th writer; whether it wrote."""


@dataclass
class Took:
    """What came of a phase."""

    name: str
    writers: int
    seconds: float = 0.0
    written: int = 0
    refused: int = 0
    times: list[float] = field(default_factory=list)

    @property
    def a_second(self) -> float:
        return self.written / self.seconds

    def percentile(self, part: float) -> float:
        """Milliseconds within which this part of the writes was answered."""
        ordered = sorted(self.times)
        return 1000 * ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0

    def said(self) -> str:
        return (
            f"{self.name}: {self.writers} writers, {self.seconds:.0f} s, {self.written} written, "
            f"{self.refused} refused, {self.a_second:.0f} a second, p50 {self.percentile(0.5):.0f} ms, "
            f"p99 {self.percentile(0.99):.0f} ms"
        )


async def phase(name: str, writers: int, seconds: float, turn: Turn) -> Took:
    """Let so many writers take turns for so long."""
    took, begin = Took(name, writers), time.monotonic()

    async def writer(number: int) -> None:
        while time.monotonic() - begin < seconds:
            began = time.monotonic()
            if await turn(number):
                took.written += 1
                took.times.append(time.monotonic() - began)
            else:
                took.refused += 1

    await asyncio.gather(*(writer(number) for number in range(writers)))
    took.seconds = time.monotonic() - begin
    return took


@dataclass
class Desk:
    """Writers before a service: each has a process of its own, and there is one that all want."""

    client: Client
    own: list[Answer]
    shared: Answer
    instrument: Answer
    claims: int = 0
    withdrawals: int = 0
    _turns: Any = field(default_factory=count)

    async def on_ones_own(self, number: int) -> bool:
        """Change a record nobody else changes."""
        answer = await self.client.patch(
            f"/v1/processes/{self.own[number]['id']}",
            json={"volume": next(self._turns)},
            headers={"If-Match": "*"},
        )
        assert answer.status_code == 200, answer.text
        return True

    async def on_the_same(self, _: int) -> bool:
        """Add one to what was read, if nobody else has meanwhile."""
        place = f"/v1/processes/{self.shared['id']}"
        read = await self.client.get(place)
        said = {"volume": (read.json()["facts"]["volume"] or 0) + 1}
        answer = await self.client.patch(place, json=said, headers={"If-Match": read.headers["etag"]})
        assert answer.status_code in (200, 412), answer.text
        return answer.status_code == 200

    async def on_one_link(self, _: int) -> bool:
        """Claim the one link that may stand between two records; who has it takes it back."""
        ends = {"from": self.shared["id"], "to": self.instrument["id"]}
        answer = await self.client.post("/v1/links/operates", json=ends)
        assert answer.status_code in (201, 409), answer.text
        if answer.status_code == 409:
            return False
        self.claims += 1
        place = f"/v1/links/operates/{answer.json()['id']}/withdraw"
        self.withdrawals += (await self.client.post(place)).status_code == 200
        return True


async def standing(graph: Graph, desk: Desk) -> tuple[int, int, int]:
    """Volume of the shared record, live links between the pair at most, and numbers the ledger lacks."""
    row = await graph.row(
        """MATCH (r:Process {id: $id})
           WITH r.volume AS volume,
                COUNT { (r)-[l:OPERATES]->() WHERE l.standing <> 'withdrawn' } AS live
           MATCH (c:Change)
           RETURN volume, live, max(c.seq) - min(c.seq) + 1 - count(DISTINCT c.seq) AS missing""",
        id=desk.shared["id"],
    )
    assert row is not None
    return row["volume"], row["live"], row["missing"]


async def trial(address: Address, writers: int, seconds: float) -> bool:
    """All phases, and what stands after them; whether everything is as it must be."""
    async with Graph.connect(
        address.uri, address.user, address.password, address.database, read_timeout=60, write_timeout=60
    ) as graph:
        await runner.migrate(graph)
        client = door(graph)(Caller("writer", roles=PERSONAL_ROLES))
        own = [await client.new("processes", title=f"Process {number}") for number in range(writers)]
        desk = Desk(client, own, own[0], await client.new("policy-instruments"))
        await phase("warm-up", writers, min(seconds, 5), desk.on_ones_own)
        alone = await phase("alone", 1, seconds / 4, desk.on_ones_own)
        apart = await phase("different records", writers, seconds, desk.on_ones_own)
        before = (await standing(graph, desk))[0]
        same = await phase("the same record", writers, seconds / 2, desk.on_the_same)
        linked = await phase("the same link", writers, seconds / 2, desk.on_one_link)
        volume, live, missing = await standing(graph, desk)
        for each in (alone, apart, same, linked):
            sys.stdout.write(each.said() + "\n")
        lost = before + same.written - volume
        twice = live - (desk.claims - desk.withdrawals)
        ratio = apart.a_second / alone.a_second
        counts = f"lost updates {lost}, duplicate links {twice}, ledger gaps {missing}"
        sys.stdout.write(f"{counts}, ratio {ratio:.2f}\n")
        return lost == twice == missing == 0


def main() -> int:
    """Run the trial and print what came of it; 1 where a count that must be zero is not."""
    parser = argparse.ArgumentParser(prog="python -m tests.trust.writers", description=__doc__)
    parser.add_argument("--writers", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=120.0, help="How long on different records.")
    asked = parser.parse_args()
    logs.set_up("WARNING")
    with (
        tempfile.TemporaryDirectory() as folder,
        engine(Settings(data=Path(folder), neo4j_port=0)) as address,
    ):
        return 0 if asyncio.run(trial(address, asked.writers, asked.seconds)) else 1


if __name__ == "__main__":
    sys.exit(main())
