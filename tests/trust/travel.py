"""Time travel for tests: what was shown at some numbers of the ledger, asked for again later.

travel = Travel(client)
await travel.remember(records, links)     # after any act
...
assert await travel.mismatches() == []    # after any later acts
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.api.conftest import Client

Shown = dict[str, Any]


@dataclass
class Travel:
    """One who sees everything, remembers what was shown, and asks for it as was known then."""

    client: Client
    _remembered: dict[int, Shown] = field(default_factory=dict)

    async def remember(self, records: Iterable[Shown], links: Iterable[Shown]) -> int:
        """Keep what is shown now of these records and links, and of their histories; answers the number."""
        places = [f"/v1/records/{each['id']}" for each in records]
        joined = [f"/v1/links/{each['kind'].lower().replace('_', '-')}/{each['id']}" for each in links]
        shown = {place: await self._shown(place) for place in (*places, *joined)}
        number = int((await self._shown("/health"))["ledger"]["number"])
        self._remembered[number] = shown
        return number

    async def mismatches(self) -> list[tuple[int, str]]:
        """Number and place of everything that is not shown again as it was."""
        found = []
        for number, shown in self._remembered.items():
            known_on = await instant(self.client, number)
            for place, then in shown.items():
                again = await self._shown(place, known_on=known_on)
                if again.pop("as_of")["ledger"]["number"] != number or again != then:
                    found.append((number, place))
        return found

    async def _shown(self, place: str, **asked: str) -> Shown:
        answer = await self.client.get(place, params=asked)
        assert answer.status_code == 200, (place, asked, answer.text)
        shown: Shown = answer.json()
        return shown


async def instant(client: Client, number: int) -> str:
    """An instant by which the entry of this number was recorded, and no later one."""
    transport: Any = client._transport
    row = await transport.app.state.service.graph.row(
        "MATCH (c:Change {seq: $seq}) RETURN toString(c.recorded_at) AS at", seq=number
    )
    whole, _, part = row["at"].rstrip("Z").partition(".")
    return f"{whole}.{(part + '000000')[:6]}Z"
