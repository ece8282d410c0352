"""The walk through of docs/two-keys.md: `python -m tests.trust.walk` makes every request of it again."""

import asyncio
import json
import re
import sys
import tempfile
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.graph import Graph
from app.local_neo4j import Address, engine
from app.settings import Settings
from app.who import new_id
from migrations import runner
from tests.api.signing import bearing, make_key, service
from tests.build import (
    a,
    a_cost,
    a_duty,
    a_goal,
    a_process,
    a_project,
    an_instrument,
    an_organisation,
    link,
    store,
)
from tests.trust.people import today

PAGE = Path(__file__).resolve().parents[2] / "docs" / "two-keys.md"
MARCH = {"accepted_on": "2026-03-01", "reviewed_on": "2026-03-01", "claimed_on": "2026-02-20"}

MARK = "<!-- the walk: written by `python -m tests.trust.walk` -->"
"""What comes before it in the page is written by hand."""


@dataclass
class Walk:
    """Requests made one after the other, told as they are made."""

    graph: Graph
    client: Any
    keys: dict[str, dict[str, str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    """What stands in the page for what is another on every run."""
    page: list[str] = field(default_factory=list)

    def says(self, text: str) -> None:
        """A paragraph or heading of the page."""
        self.page.append(textwrap.fill(text, 120) + "\n")

    async def asks(
        self,
        who: str,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        match: str | None = None,
        show: tuple[str, ...] = (),
        status: int = 200,
    ) -> Any:
        """Make a request with somebody's key, and tell it with the members of the answer worth showing."""
        headers = self.keys[who] | ({"If-Match": match} if match else {})
        answer = await self.client.request(method, path, json=body, headers=headers)
        assert answer.status_code in (status, 201), (path, answer.status_code, answer.text)
        lines = [f"{method} {path}", f"Authorization: Bearer {{{who}'s key}}"]
        lines += ['If-Match: "{etag}"'] if match else []
        lines += ["", json.dumps(body, indent=2)] if body is not None else []
        told = _shown(answer.json(), show)
        lines += ["", f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}", json.dumps(told, indent=2)]
        self.page.append("\n".join(["```http", *map(self.named, lines), "```", ""]))
        return answer.json() | {"etag": answer.headers.get("etag")}

    def named(self, text: str) -> str:
        """A text in which ids have the names of what they are of, and days those of when they were."""
        for id, name in self.names.items():
            text = text.replace(id, f"{{{name}}}")
        text = text.replace(today().isoformat(), "{today}")
        text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "{id}", text)
        return re.sub(r'"[0-9a-f]{64}"', '"{fingerprint}"', text)

    async def verdict(self, title: str) -> str:
        """What the board's viewer is told of a project."""
        told = await self.asks(
            "viewer",
            "GET",
            "/v1/questions/unaligned?verdict=aligned&verdict=aligned_but_suspect"
            "&verdict=awaiting_acceptance&verdict=not_assessed",
            show=("rows",),
        )
        return str(next(row["verdict"] for row in told["rows"] if row["title"] == title))


_OF_ROWS = (
    "title", "verdict", "level", "strength", "breaks_at", "link", "end", "fact", "now", "changed_on",
    "change", "what", "since", "own_claim", "source", "target", "action", "actor", "reason",
)  # fmt: skip


def _shown(value: Any, show: tuple[str, ...]) -> Any:
    """The members worth showing, without what is empty; of rows a few columns."""
    kept = {name: value[name] for name in show if name in value} if show else value
    return _plain({name: _few(part) if name in ("rows", "items") else part for name, part in kept.items()})


def _few(rows: list[Any]) -> list[Any]:
    told = [name for name in _OF_ROWS if not (name == "source" and "action" in rows[0])] if rows else []
    return [{name: row[name] for name in told if name in row} | _of_link(row) for row in rows]


def _of_link(row: Any) -> dict[str, Any]:
    inner = row.get("link")
    return {"link": {name: inner[name] for name in ("id", "kind")}} if isinstance(inner, Mapping) else {}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items() if part not in (None, [], {})}
    return [_plain(part) for part in value] if isinstance(value, list) else value


async def _set_up(walk: Walk) -> dict[str, Any]:
    """The council, its people and their keys; the goal, and a project that has long been clean."""
    council = an_organisation(title="Wyverdale Borough Council", nation="E")
    persons = {who: new_id() for who in ("contributor", "owner", "viewer")}
    legal = a("Post", title="Borough solicitor", discipline="legal", organisation=council.id,
              holder=persons["owner"])  # fmt: skip
    of = {"organisation": council.id}
    goal = a_goal(title="Cleaner air in the town centre", level="place", **of)
    project = a_project(title="Bay suspensions online", **of)
    process, instrument = a_process(title="Suspend a bay", **of), an_instrument(title="Parking order", **of)
    law, cost = a_duty(title="Road Traffic Regulation Act 1984, section 122"), a_cost("40000.00", **of)
    grounded = link("GROUNDED_IN", process, law, basis="duty", service=MARCH)
    await store(
        walk.graph, council, *(a("Person", id=id, organisation=council.id) for id in persons.values()), legal,
        goal, project, process, instrument, law, cost, grounded, link("INCURS", project, cost),
        link("CHANGES", project, process, service=MARCH),
        link("OPERATES", process, instrument, service=MARCH),
        link("ADVANCES", instrument, goal, service=MARCH),
    )  # fmt: skip
    for who, person in persons.items():
        role = {"contributor": "contributor", "owner": "owner", "viewer": "viewer"}[who]
        secret = await make_key(walk.graph, title=who, roles=[role], person=person, **of)
        walk.keys[who] = bearing(secret)
        me = (await walk.client.get("/v1/me", headers=walk.keys[who])).json()
        walk.names[me["actor"]] = who
    walk.keys["administrator"] = bearing(await make_key(walk.graph))
    walk.names |= {council.id: "council", goal.id: "goal", law.id: "section 122", grounded.id: "grounding"}
    return {"council": council, "goal": goal, "law": law, "grounded": grounded}


async def walk(graph: Graph) -> str:
    """Make every request of the page, and give the page."""
    async with service(graph) as client:
        made = Walk(graph, client)
        made_of = await _set_up(made)
        await _to_aligned(made, made_of)
        await _amended(made, made_of)
        by_hand = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
        return "\n".join([f"{by_hand}{MARK}\n", *made.page])


async def _to_aligned(walk: Walk, of: dict[str, Any]) -> None:
    walk.says("## From registration to `aligned`")
    walk.says("The contributor registers the project with little detail. Registering is never blocked.")
    council = {"organisation": of["council"].id}
    project = await walk.asks(
        "contributor", "POST", "/v1/projects",
        {"title": "Permits online", "state": "delivering", **council}, show=("id", "kind", "revision"),
    )  # fmt: skip
    walk.names[project["id"]] = "project"
    walk.page[-1] = walk.named(walk.page[-1].replace(project["id"], "{project}"))
    walk.says("Nobody has looked at it yet, and that is what the board is told.")
    assert await walk.verdict("Permits online") == "not_assessed"
    walk.says("The contributor says what the project changes, and what that serves.")
    instrument = await walk.asks(
        "contributor", "POST", "/v1/policy-instruments", {"title": "Residents' permits", **council},
        show=("id", "kind"),
    )  # fmt: skip
    _name(walk, instrument["id"], "instrument")
    changes = await walk.asks(
        "contributor", "POST", "/v1/links/changes",
        {"from": project["id"], "to": instrument["id"], "facts": {"depth": "rules", "strength": "strong"}},
        show=("id", "standing", "from", "to", "claimed_by", "claimed_on"),
    )  # fmt: skip
    _name(walk, changes["id"], "link")
    advances = await walk.asks(
        "contributor", "POST", "/v1/links/advances",
        {"from": instrument["id"], "to": of["goal"].id, "facts": {"strength": "strong"}},
        show=("id", "standing"),
    )  # fmt: skip
    _name(walk, advances["id"], "other link")
    assert await walk.verdict("Permits online") == "awaiting_acceptance"
    await _accepted(walk, changes)
    walk.says("Both keys are turned in every link, and the route is clean.")
    assert await walk.verdict("Permits online") == "aligned"


async def _accepted(walk: Walk, changes: dict[str, Any]) -> None:
    read = {"source_print": changes["from"]["print"], "target_print": changes["to"]["print"]}
    place = f"/v1/links/changes/{changes['id']}"
    walk.says("The contributor cannot turn the second key.")
    await walk.asks("contributor", "POST", f"{place}/accept", read, changes["etag"], ("title", "errors"), 403)
    walk.says("The owner finds both claims in the inbox, and accepts the first as it was read.")
    await walk.asks("owner", "GET", "/v1/inbox", show=("items",))
    await walk.asks(
        "owner", "POST", f"{place}/accept", read | {"reason": "As agreed with the service manager."},
        changes["etag"], ("id", "standing", "accepted_by", "accepted_on", "source_print", "target_print"),
    )  # fmt: skip
    walk.says(
        "What is left the owner accepts by a filter: first a dry run, then the same with its `state`, so "
        "that nothing is accepted that was not seen."
    )
    seen = await walk.asks(
        "owner", "POST", "/v1/links/accept", {"kind": ["advances"], "dry_run": True},
        show=("count", "state", "left_out"),
    )  # fmt: skip
    await walk.asks(
        "owner", "POST", "/v1/links/accept", {"kind": ["advances"], "state": seen["state"]},
        show=("count", "accepted"),
    )  # fmt: skip


async def _amended(walk: Walk, of: dict[str, Any]) -> None:
    walk.says("## When the law is amended")
    walk.says(
        "*Bay suspensions online* changes a process that a duty in section 122 requires. The grounding was "
        "accepted on 1 March 2026, and the project is `aligned`. Then an Act amends the section from 1 June; "
        "the administrator, who keeps the law, records it."
    )
    assert await walk.verdict("Bay suspensions online") == "aligned"
    act = await walk.asks(
        "administrator", "POST", "/v1/legal-changes",
        {"title": "Streets Act 2026", "kind": "act", "stage": "assent", "outcome": "made"},
        show=("id", "kind"),
    )  # fmt: skip
    _name(walk, act["id"], "act")
    await walk.asks(
        "administrator", "POST", "/v1/links/affects",
        {"from": act["id"], "to": of["law"].id,
         "facts": {"effect": "amend", "intervals": [{"from": "2026-06-01"}]}},
        show=("kind", "standing"),
    )  # fmt: skip
    walk.says("Nothing was written on the project, and yet the board sees it: the route is suspect.")
    assert await walk.verdict("Bay suspensions online") == "aligned_but_suspect"
    walk.says("What changed, since when, and through which Act:")
    await walk.asks("viewer", "GET", "/v1/questions/suspect-links", show=("rows",))
    walk.says("It waits for the solicitor, who reads the section as amended and confirms the grounding.")
    await walk.asks("owner", "GET", "/v1/inbox", show=("items",))
    place = f"/v1/links/grounded-in/{of['grounded'].id}"
    read = await walk.asks("owner", "GET", place, show=("id", "standing", "from", "to", "reviewed_on"))
    await walk.asks(
        "owner", "POST", f"{place}/review",
        {"source_print": read["from"]["print"], "target_print": read["to"]["print"],
         "reason": "The duty stands as amended."},
        read["etag"], ("id", "standing", "accepted_on", "reviewed_on"),
    )  # fmt: skip
    assert await walk.verdict("Bay suspensions online") == "aligned"
    walk.says("Who did what, when and why stays in the ledger.")
    await walk.asks("viewer", "GET", f"{place}/history", show=("items",))


def _name(walk: Walk, id: str, name: str) -> None:
    """Call an id by a name from here on, and in what was just told."""
    walk.names[id] = name
    walk.page[-1] = walk.page[-1].replace("{id}", f"{{{name}}}")


async def _write(address: Address) -> None:
    async with Graph.connect(
        address.uri, address.user, address.password, address.database, read_timeout=60, write_timeout=60
    ) as graph:
        await runner.migrate(graph)
        PAGE.write_text(await walk(graph), encoding="utf-8")


def main() -> int:
    """Write the page."""
    with (
        tempfile.TemporaryDirectory() as folder,
        engine(Settings(data=Path(folder), neo4j_port=0)) as address,
    ):
        asyncio.run(_write(address))
    return 0


if __name__ == "__main__":
    sys.exit(main())
