"""Lists as was known before: what has not changed since comes from the graph, the rest from the ledger."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import cmp_to_key
from typing import Any

from app.domain import as_known, ledger, links, lists, paging
from app.domain.access import Scope
from app.domain.ledger import Answer
from app.domain.lists import Page
from app.domain.moments import Moment
from app.errors import Busy
from app.graph import Graph
from app.who import Reader
from graph_schema.core import Facts, Link, Node

_TRIES = 3


async def records(
    graph: Graph, kind: type[Node], wanted: lists.Wanted, moment: Moment, reader: Reader
) -> Page:
    """The records of a kind that a list asks for, as was known then."""
    asked = replace(wanted, since=moment.number, had=await _had(graph, kind, wanted, moment, reader))

    async def once() -> Page:
        # Read before the ledger: what changes meanwhile is then found there as it was.
        page = await lists.find(graph, kind, asked, reader)
        since = await as_known.changed(graph, (kind,), moment, reader)
        passing = [each for each in since if _passes(kind, each, wanted)]
        passing = await _linked(graph, kind, passing, asked, reader)
        return _merged(kind, lists.order_of(kind, wanted), page, since, passing, wanted)

    return await _sure(graph, kind.__name__, once)


async def joined(
    graph: Graph, kind: type[Link], wanted: links.Wanted, moment: Moment, reader: Reader
) -> Page:
    """The links of a kind that a list asks for, as was known then."""
    asked = replace(wanted, since=moment.number)

    async def once() -> Page:
        page = await links.find(graph, kind, asked, reader)
        since = await as_known.changed(graph, (kind,), moment, reader, wanted.from_id or wanted.to_id)
        passing = [each for each in since if _joins(kind, each, wanted)]
        return _merged(kind, links.order_of(kind), page, since, passing, wanted)

    page = await _sure(graph, kind.label, once)
    return replace(page, items=await as_known.titled(graph, page.items, moment))


async def _sure(graph: Graph, kind: str, once: Callable[[], Awaitable[Page]]) -> Page:
    """A page whose count holds: nothing of the kind changed while it was counted."""
    for _ in range(_TRIES):
        head = await ledger.head(graph)
        page = await once()
        if page.total is None or not await graph.row(_MOVED, kind=kind, since=head.number):
            return page
    raise Busy("Things of this kind are changing at the moment; ask again, or without count.")


_MOVED = "MATCH (c:Change) WHERE c.kind = $kind AND c.seq > $since RETURN c.seq AS seq LIMIT 1"


def _passes(kind: type[Node], state: Answer, wanted: lists.Wanted) -> bool:
    """Whether a record as it was is asked for, by everything but its links."""
    facts = state["facts"]
    return (
        wanted.status in (None, state["status"])
        and wanted.source in (None, state["source"])
        and set(wanted.tags) <= set(facts["tags"])
        and paging.covers(facts, wanted.valid_on)
        and paging.fits(kind, facts, wanted.fields)
        and _states(facts, wanted)
    )


def _joins(kind: type[Link], state: Answer, wanted: links.Wanted) -> bool:
    """Whether a link as it was is asked for."""
    return (
        (state["standing"] in wanted.standing if wanted.standing else state["standing"] != "withdrawn")
        and wanted.source in (None, state["source"])
        and wanted.from_id in (None, state["from"]["id"])
        and wanted.to_id in (None, state["to"]["id"])
        and paging.covers(state["facts"], wanted.valid_on)
        and paging.fits(kind, state["facts"], wanted.fields)
        and _states(state["facts"], wanted)
    )


def _states(facts: dict[str, Any], wanted: lists.Wanted | links.Wanted) -> bool:
    """Whether facts as they were state and leave open what is asked for."""
    return all(paging.states(facts, each) for each in wanted.stated) and not any(
        paging.states(facts, each) for each in wanted.unstated
    )


async def _had(
    graph: Graph, kind: type[Node], wanted: lists.Wanted, moment: Moment, reader: Reader
) -> dict[str, tuple[str, ...]]:
    """For each link kind asked about: the records that had such a link which has changed since."""
    had = {}
    for asked in {*wanted.has, *wanted.lacks}:
        link, goes_out = lists.way_of(kind, asked)
        had[asked] = tuple(
            each["from" if goes_out else "to"]["id"]
            for each in await as_known.changed(graph, (link,), moment, reader)
            if each["standing"] != "withdrawn" and paging.covers(each["facts"], wanted.valid_on)
        )
    return had


async def _linked(
    graph: Graph, kind: type[Node], states: list[Answer], wanted: lists.Wanted, reader: Reader
) -> list[Answer]:
    """Those of these records that had and lacked the links asked for."""
    if not states or not (wanted.has or wanted.lacks):
        return states
    scope = Scope(reader)
    given: dict[str, Any] = {}
    conditions = lists.linked(kind, wanted, scope, given)
    row = await graph.row(
        f"""UNWIND $ids AS id MATCH (n:Record {{id: id}}) WHERE {" AND ".join(conditions)}
            RETURN collect(id) AS ids""",
        ids=[each["id"] for each in states],
        **given,
        **scope.parameters,
    )
    fitting = set(row["ids"]) if row else set()
    return [each for each in states if each["id"] in fitting]


def _merged(
    kind: type[Facts],
    order: paging.Order,
    page: Page,
    since: list[Answer],
    passing: list[Answer],
    wanted: lists.Wanted | links.Wanted,
) -> Page:
    """One page of what has not changed and of what has, in one order.

    `since` was read after `page`: what changed in between is in both, and counts as it was. Where the page
    is full, nothing beyond its last item is known to be complete.
    """
    moved = {each["id"] for each in since}
    standing = [each for each in page.items if each["id"] not in moved]
    after = order.opened(wanted.after) if wanted.after else None
    last = _place(kind, order, (standing or page.items)[-1]) if page.next else None
    keyed = [(_place(kind, order, each), each) for each in standing + passing]
    keyed = [
        (place, each)
        for place, each in keyed
        if (after is None or order.precedes(after, place))
        and (last is None or not order.precedes(last, place))
    ]
    by_place = cmp_to_key(order.compared)
    keyed.sort(key=lambda each: by_place(each[0]))
    chosen = keyed[: wanted.limit]
    more = page.next is not None or len(keyed) > wanted.limit
    following = order.cursor_at(chosen[-1][0]) if chosen else page.next
    total = None if page.total is None else page.total + len(passing)
    return Page([each for _, each in chosen], following if more else None, total)


def _place(kind: type[Facts], order: paging.Order, each: Answer) -> list[Any]:
    """What decides where a record or link stands."""
    kept = {name: paging.kept(kind, name, each["facts"][name]) for name, _, _ in order.keys if name != "id"}
    return order.key(kept | {"id": each["id"]})
