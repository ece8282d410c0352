"""Two graphs that differ only in what is hidden: who cannot see it must not be able to tell them apart.

Both hold the same visible part: two records of every kind of a council A, joined by every kind of link. To it
hang, in one world, hidden records of another council B, tied to it by cells of every link's matrix; in the
other, as many entries of the ledger belong to other hidden records, tied to nothing visible.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from app.domain import links, records
from app.graph import Graph
from graph_schema import LINK_KINDS, NODE_KINDS
from graph_schema.core import Link, Node
from tests.api.facts import cells, joining, least
from tests.build import Drawn, Joined, a, link, store

AT = "2026-01-01T00:00:00Z"
COUNCIL, OTHER_COUNCIL = "0192f0c1-0000-7000-8000-00000000000a", "0192f0c1-0000-7000-8000-00000000000b"
NEVER_WAS = "0192f0c1-0000-7000-8000-0000000000ff"
_STATED: dict[str, dict[str, Any]] = {
    "Project": {"state": "delivering"},
    "PolicyGoal": {"adopted_by": "the council", "adopted_on": "2020-01-01"},
    "Provision": {"intervals": [{"from": "2000-01-01"}]},
}


def an_id(number: int) -> str:
    """The id of this number, the same in every world."""
    return f"0192f0c1-0000-7000-8000-{number:012x}"


@dataclass(frozen=True)
class World:
    """Everything a graph holds, in the order of its ledger."""

    things: tuple[Drawn | Joined, ...]
    hidden: tuple[Drawn | Joined, ...]

    async def build(self, graph: Graph, entries: int) -> None:
        """Make the graph this world, with a ledger of so many entries. Keys and actors stay."""
        await graph.schema(
            """MATCH (n) WHERE n:Record OR n:Identifier OR n:Change OR n:Receipt
               CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS"""
        )
        await store(graph, *self.things, *self.hidden)
        await graph.schema("MATCH (n:Record) SET n.changed_at = $at", at=AT)
        await graph.schema("MATCH ()-[r]->() WHERE r.id IS NOT NULL SET r.changed_at = $at", at=AT)
        told = await _told(graph, self.things)
        hidden = await _told(graph, self.hidden)
        padding = [hidden[at % len(hidden)] for at in range(entries - len(told) - len(hidden))]
        rows = [each | {"seq": at} for at, each in enumerate([*told, *hidden, *padding], 1)]
        await graph.schema(
            """UNWIND $rows AS row CREATE (c:Change)
               SET c = row, c.recorded_at = datetime($at), c.actor = 'somebody', c.source = 'person'""",
            rows=rows,
            at=AT,
        )
        await graph.schema(
            "MATCH (l:Ledger) SET l.next = $next, l.at = datetime($at)", next=len(rows) + 1, at=AT
        )


async def _told(graph: Graph, things: Iterable[Drawn | Joined]) -> list[dict[str, Any]]:
    """The ledger's entries of these things, as the use cases write them."""
    shown = await graph.rows(f"MATCH (n:Record) RETURN n.id AS id, {records.LOADED} AS loaded")
    joined = await graph.rows(f"MATCH (a:Record)-[r]->(b:Record) RETURN r.id AS id, {links.LOADED} AS loaded")
    entries = {row["id"]: records.entry("create", None, records.envelope(row["loaded"])) for row in shown}
    entries |= {row["id"]: links.entry("claim", None, links.envelope(row["loaded"])) for row in joined}
    return [entries[each.id].stored() for each in things]


def _records(numbers: Iterable[int], title: str, kinds: Iterable[type[Node]], **facts: Any) -> list[Drawn]:
    ids = iter(numbers)
    return [
        a(
            kind.__name__,
            id=an_id(next(ids)),
            **(least(kind) | _STATED.get(kind.__name__, {}) | {"title": f"{title} {kind.__name__}"} | facts),
        )
        for kind in kinds
    ]


def _link(numbers: Iterable[int], kind: type[Link], source: Drawn, target: Drawn) -> Joined:
    ends = [next(each for each in NODE_KINDS if each.__name__ == end.kind) for end in (source, target)]
    facts = joining(kind, *ends)
    return link(kind.label, source, target, id=an_id(next(iter(numbers))), **facts)


def _keyed(things: list[Drawn], scheme: str) -> list[Drawn]:
    return [replace(each, identifiers=((scheme, str(at)),)) for at, each in enumerate(things)]


HIDEABLE = tuple(kind for kind in NODE_KINDS if not kind.open_only)


def worlds() -> tuple[World, World, int]:
    """Both worlds, and how many entries the ledger of each has."""
    council = a("Organisation", id=COUNCIL, title="Council A", nation="E", organisation=COUNCIL)
    facts = {"organisation": COUNCIL}
    seen = {
        which: _records(numbers, f"Seen {which}", NODE_KINDS, **facts)
        for which, numbers in (("one", count(0x100)), ("two", count(0x200)))
    }
    one, two = ({each.kind: each for each in seen[which]} for which in ("one", "two"))
    ids = count(0x1000)
    ties = [
        _link(ids, kind, one[source.__name__], two[target.__name__])
        for kind in LINK_KINDS
        for source, target in cells(kind)[:40]
    ]
    other = a("Organisation", id=OTHER_COUNCIL, title="Council B", organisation=OTHER_COUNCIL)
    things = (council, other, *_keyed(seen["one"], "seen"), *seen["two"], *ties)
    first = (*_hidden("Xylophone", count(0x300), one), *_outlined("xylophone", one))
    second = (*_hidden("Yardarm and more words", count(0x700), None), *_outlined("yardarm", None))
    entries = len(things) + max(len(first), len(second)) + 5
    return World(things, first), World(things, second), entries


def _outlined(word: str, tied: dict[str, Drawn] | None) -> list[Drawn | Joined]:
    """Another council's discoverable records: the same outlines in both worlds over other facts and links."""
    facts = {
        "organisation": OTHER_COUNCIL,
        "sensitivity": "discoverable",
        "summary": f"A {word}",
        "ref": word,
    }
    found = _records(count(0xB00), "Outlined", HIDEABLE, **facts)
    mine = {each.kind: each for each in found}
    ids = count(0xC00)
    joined = [
        _link(ids, kind, *ends)
        for kind in LINK_KINDS
        if kind.traces or kind.two_keys
        for source, target in cells(kind)
        if tied and source.__name__ in mine and target.__name__ in mine
        for ends in (
            (tied[source.__name__], mine[target.__name__]),
            (mine[source.__name__], tied[target.__name__]),
        )
    ]
    return [*found, *joined]


def _hidden(title: str, numbers: Iterable[int], tied: dict[str, Drawn] | None) -> tuple[Drawn | Joined, ...]:
    """Hidden records of every kind that can be, tied to what is visible by every kind of link, or not."""
    ids = iter(numbers)
    other = a("Organisation", id=an_id(next(ids)), title=f"{title} council", sensitivity="restricted")
    facts = {
        "organisation": other.id,
        "sensitivity": "restricted",
        "tags": [f"topic:{title.split()[0].lower()}"],
    }
    hidden = _keyed(
        _records(ids, title, HIDEABLE, source=title.split()[0].lower(), **facts), "hidden-" + title[0].lower()
    )
    mine = {each.kind: each for each in hidden}
    joined = []
    for kind in LINK_KINDS:
        for source, target in cells(kind)[:12]:
            if source.__name__ not in mine or target.__name__ not in mine or tied is None:
                continue
            joined.append(_link(ids, kind, tied[source.__name__], mine[target.__name__]))
            joined.append(_link(ids, kind, mine[source.__name__], tied[target.__name__]))
    return (other, *hidden, *joined)
