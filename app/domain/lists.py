"""Lists of records: which, in which order, a page at a time."""

from dataclasses import dataclass, field
from typing import Any

from app.domain import paging, records
from app.domain.access import Scope
from app.domain.ledger import Answer
from app.errors import Fault, Invalid
from app.graph import Graph
from app.who import Reader
from graph_schema import LINK_BY_LABEL
from graph_schema.core import INDEXED, Link, Node
from graph_schema.cypher import in_dates, label


@dataclass(frozen=True)
class Wanted:
    """Which records of a kind a list asks for, in which order, from where on."""

    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Fact -> the values it may have, as text."""
    stated: tuple[str, ...] = ()
    """Facts it must state, a part of a structure as `<structure>.<part>`."""
    unstated: tuple[str, ...] = ()
    """Facts it must not state."""
    tags: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    """Link kinds, as in a URL, of which the record must have one; `in:<kind>`: an incoming one."""
    lacks: tuple[str, ...] = ()
    status: str | None = "live"
    source: str | None = None
    valid_on: str | None = None
    """Only records valid on this day; has and lacks count only links valid on it."""
    since: int | None = None
    """Leave out records of which the ledger has a later entry than this number, and such links."""
    had: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Ids of records that have a link of a kind all the same: `has` or `lacks` as asked -> ids."""
    sort: tuple[str, ...] = ()
    """Indexed facts, `-` before one for falling order; the id decides between equals."""
    after: str | None = None
    limit: int = 50
    count: bool = False


@dataclass(frozen=True)
class Page:
    """A page of a list."""

    items: list[Answer]
    next: str | None
    total: int | None = None


async def find(graph: Graph, kind: type[Node], wanted: Wanted, reader: Reader) -> Page:
    """The records of a kind that a list asks for."""
    scope = Scope(reader)
    where = [scope.sees("n")] if not reader.sees_everything else []
    given: dict[str, Any] = dict(scope.parameters)
    where += paging.conditions("n", kind, wanted.fields, given)
    where += paging.stating("n", kind, wanted.stated, wanted.unstated)
    for name, value in (("status", wanted.status), ("source_system", wanted.source)):
        if value is not None:
            where.append(f"n.{name} = $only_{name}")
            given[f"only_{name}"] = value
    if wanted.tags:
        where.append("all(t IN $tags WHERE t IN n.tags)")
        given["tags"] = list(wanted.tags)
    if wanted.valid_on:
        where.append(in_dates("n", "$valid_on"))
        given["valid_on"] = wanted.valid_on
    if wanted.since is not None:
        where.append(paging.unchanged("n"))
    where += linked(kind, wanted, scope, given)
    order = order_of(kind, wanted)
    page = await graph.row(
        f"""MATCH (n:{label(kind)}) WHERE {" AND ".join([*where, order.after(wanted.after, given)])}
            WITH n ORDER BY {order.by()} LIMIT $limit
            RETURN collect({records.LOADED}) AS found""",
        limit=wanted.limit + 1,
        **given,
    )
    assert page is not None
    found = page["found"]
    total = (
        await graph.row(
            f"MATCH (n:{label(kind)}) WHERE {' AND '.join([*where, 'true'])} RETURN count(n) AS total",
            **given,
        )
        if wanted.count
        else None
    )
    more = len(found) > wanted.limit
    return Page(
        [records.envelope(each) for each in found[: wanted.limit]],
        order.cursor(found[wanted.limit - 1]) if more else None,
        total["total"] if total else None,
    )


def order_of(kind: type[Node], wanted: Wanted) -> paging.Order:
    """The order a list asks for."""
    return paging.Order.of(wanted.sort, kind, kind.marked(INDEXED))


def linked(kind: type[Node], wanted: Wanted, scope: Scope, given: dict[str, Any]) -> list[str]:
    """Cypher conditions on the record `n` for the links it must have or lack; values go into `given`."""
    given["since"] = wanted.since
    has = [_linked(kind, each, wanted, scope, given) for each in wanted.has]
    return has + ["NOT " + _linked(kind, each, wanted, scope, given) for each in wanted.lacks]


def way_of(kind: type[Node], asked: str) -> tuple[type[Link], bool]:
    """The link kind that `has` or `lacks` names, and whether such links go out of a record of the kind."""
    incoming, _, path = asked.rpartition(":")
    link = LINK_BY_LABEL.get(path.upper().replace("-", "_"))
    if link is None or incoming not in ("", "in"):
        raise Invalid(
            faults=[Fault("/has", "unknown_link_kind", "There is no link kind of this name; see /v1/schema.")]
        )
    return link, any(kind in sources for sources, _ in link.matrix) and not incoming


def _linked(kind: type[Node], asked: str, wanted: Wanted, scope: Scope, given: dict[str, Any]) -> str:
    link, goes_out = way_of(kind, asked)
    joined = f"(n)-[r:{label(link)}]->(m:Record)" if goes_out else f"(n)<-[r:{label(link)}]-(m:Record)"
    where = ["r.standing <> 'withdrawn'", scope.sees("m")]
    if wanted.valid_on:
        given["valid_on"] = wanted.valid_on
        where.append(in_dates("r", "$valid_on"))
    if wanted.since is None:
        return f"EXISTS {{ MATCH {joined} WHERE {' AND '.join(where)} }}"
    had = f"had_{len(given)}"
    given[had] = list(wanted.had.get(asked, ()))
    where.append(paging.unchanged("r"))
    return f"(n.id IN ${had} OR EXISTS {{ MATCH {joined} WHERE {' AND '.join(where)} }})"
