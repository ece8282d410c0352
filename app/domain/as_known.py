"""Reading as was known before: today's graph, with everything that has changed since put back as it was.

Every entry of the ledger carries the whole state before it. So what a thing was at a number is what stood
before its first later entry, or what stands now if there is none, and a read costs what has changed since,
not what the ledger holds. Who may see what is always today's.
"""

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

from app.domain import links, records
from app.domain.access import Scope
from app.domain.ledger import Answer
from app.domain.moments import Moment
from app.errors import NotFound, TooLarge
from app.graph import Graph
from app.who import Reader
from graph_schema import KIND_BY_NAME, LINK_BY_LABEL
from graph_schema.core import Facts, Link, Node
from graph_schema.cypher import label, restored

MOST_CHANGED = 100_000
"""Things of one kind that may have changed since, for a list to be worked out."""

_FIRST = """COLLECT { MATCH (c:Change) WHERE c.item = id AND c.seq > $since
                      RETURN c.before ORDER BY c.seq LIMIT 1 }"""
"""What stood before the first later entry of `id`: one, null where there was nothing; none if unchanged."""


async def record(graph: Graph, kind: type[Node] | None, id: str, moment: Moment, reader: Reader) -> Answer:
    """One record, of this kind or of any, as it was known."""
    found = (await states(graph, [id], moment, reader)).get(id)
    if found is None or (kind is not None and found["kind"] != kind.__name__):
        raise NotFound
    return found


async def states(graph: Graph, ids: Iterable[str], moment: Moment, reader: Reader) -> dict[str, Answer]:
    """Those of these records that were there and that the reader may see, as they were known."""
    scope = Scope(reader)
    row = await graph.row(
        f"""UNWIND $ids AS id MATCH (n:Record {{id: id}}) WHERE {scope.sees("n")}
            WITH id, {records.LOADED} AS now {_COLLECTED}""",
        ids=sorted(set(ids)),
        since=moment.number,
        **scope.parameters,
    )
    return _as_then((before, records.envelope(now)) for now, before in (row["found"] if row else ()))


async def joined(
    graph: Graph, kind: type[Link], ids: Iterable[str], moment: Moment, reader: Reader
) -> dict[str, Answer]:
    """Those of these links of a kind that were there and that the reader may see, as they were known.

    Of what a link joins its id and kind are told, not the title it had.
    """
    scope = Scope(reader)
    row = await graph.row(
        f"""UNWIND $ids AS id MATCH (a:Record)-[r:{label(kind)} {{id: id}}]->(b:Record)
            WHERE {scope.sees("a", "b")}
            WITH id, {links.LOADED} AS now {_COLLECTED}""",
        ids=sorted(set(ids)),
        since=moment.number,
        **scope.parameters,
    )
    return _as_then((before, links.envelope(now)) for now, before in (row["found"] if row else ()))


_COLLECTED = f"""
WITH id, now, {_FIRST} AS before
RETURN collect([now, before]) AS found
"""
"""A thing is read before the ledger is looked at: what is changed in between has its entry already."""


def _as_then(found: Iterable[tuple[list[str | None], Answer]]) -> dict[str, Answer]:
    then = ((now["id"], _then(before, now)) for before, now in found)
    return {id: whole(state) for id, state in then if state is not None}


async def link(graph: Graph, kind: type[Link], id: str, moment: Moment, reader: Reader) -> Answer:
    """One link as it was known, its ends under the titles they had."""
    now = await links.get(graph, kind, id, reader)
    row = await graph.row(f"WITH $id AS id RETURN {_FIRST} AS before", id=id, since=moment.number)
    then = _then(row["before"] if row else [], now)
    if then is None:
        raise NotFound
    return (await titled(graph, [whole(then)], moment))[0]


async def titled(graph: Graph, joined: list[Answer], moment: Moment) -> list[Answer]:
    """These links, each end with the title and print it had."""
    ends = {each[side]["id"] for each in joined for side in ("from", "to")}
    rows = await graph.rows(
        f"""UNWIND $ids AS id MATCH (n:Record {{id: id}})
            RETURN id, n.title AS title, n.print AS print, {_FIRST} AS before""",
        ids=sorted(ends),
        since=moment.number,
    )
    there = {row["id"]: row for row in rows}

    def named(end: dict[str, str]) -> dict[str, str]:
        row = there[end["id"]]
        shown = {"id": end["id"], "kind": end["kind"], "title": row["title"], "print": row["print"]}
        state = _then(row["before"], None)
        if state is None:
            return shown
        facts = whole(state)["facts"]
        return shown | {"title": facts["title"], "print": KIND_BY_NAME[end["kind"]].fingerprint_of(facts)}

    return [each | {side: named(each[side]) for side in ("from", "to")} for each in joined]


def _then(before: list[str | None], now: Answer | None) -> Answer | None:
    """What stood at the moment: `before` is what `_FIRST` found."""
    if not before:
        return now
    state: Answer | None = None if before[0] is None else json.loads(before[0])
    return state


async def changed(
    graph: Graph,
    kinds: Iterable[type[Node] | type[Link]],
    moment: Moment,
    reader: Reader,
    end: str | None = None,
) -> list[Answer]:
    """Everything of these kinds that was there and has changed since, as it was; at `end` alone if given."""
    scope = Scope(reader)
    row = await graph.row(
        f"""UNWIND $kinds AS kind
            MATCH (c:Change) WHERE c.kind = kind AND c.seq > $since
            WITH c.item AS item, min(c.seq) AS first
            MATCH (e:Change {{seq: first}})
            WHERE e.before IS NOT NULL AND ($end IS NULL OR $end IN e.ends)
              AND all(each IN e.ends WHERE EXISTS {{ (m:Record {{id: each}}) WHERE {scope.sees("m")} }})
            WITH e.before AS before LIMIT $most
            RETURN collect(before) AS states""",
        kinds=[each.label if issubclass(each, Link) else each.__name__ for each in kinds],
        since=moment.number,
        end=end,
        most=MOST_CHANGED + 1,
        **scope.parameters,
    )
    found = row["states"] if row else []
    if len(found) > MOST_CHANGED:
        raise TooLarge(
            f"More than {MOST_CHANGED} things of this kind have changed since then; ask for a later "
            "known_on, or for one record or link and its history."
        )
    return [whole(json.loads(each)) for each in found]


def whole(state: Answer) -> Answer:
    """A state of the ledger with every fact its kind has today: one it did not have is absent."""
    kind = KIND_BY_NAME.get(state["kind"]) or LINK_BY_LABEL[state["kind"]]
    service: dict[str, Any] = dict.fromkeys(links.SERVICE) if issubclass(kind, Link) else {}
    return service | state | {"facts": _absent(kind) | state["facts"]}


@cache
def _absent(kind: type[Facts]) -> dict[str, Any]:
    """The facts of a kind of which nothing is stated."""
    return restored(kind, {}) | ({"identifiers": []} if issubclass(kind, Node) else {})
