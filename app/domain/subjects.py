"""What decides who may act on a record or link, read from the graph in the transaction that acts."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain import sides
from app.domain.authority import Action, Subject, require
from app.graph import Reads, Tx
from app.who import PEOPLE, Role, Stamp
from graph_schema.core import Node
from graph_schema.delivery import Decision
from graph_schema.people import Post

CONFERS = frozenset({"OWNS"})
"""Links that give a right over the record they point to: both ends must be the caller's."""

TAKES = frozenset({"INCURS"})
"""Links that take what they point to, as a cost is one thing's alone: it is nobody's or the caller's."""

_HOLDERS = f"UNWIND $ids AS id MATCH (n:Record {{id: id}}) RETURN id, {sides.holders('n')} AS holders"


Holders = Mapping[str, frozenset[str]]
"""Id of a record -> the persons who hold a post that owns it today."""


async def holders(graph: Reads, ids: Iterable[str], stamp: Stamp) -> Holders:
    """Who holds a post that owns these records today; not asked for callers without a person."""
    if stamp.by.person is None:
        return {}
    rows = await graph.rows(_HOLDERS, ids=sorted(set(ids)), today=stamp.on)
    return {row["id"]: frozenset(row["holders"]) for row in rows}


def _whose(record: dict[str, Any]) -> str | None:
    """The organisation a record belongs to; an organisation that is no part of another is its own."""
    own = record["id"] if record["kind"] == "Organisation" else None
    whose: str | None = record.get("organisation") or own
    return whose


async def may_act(
    tx: Tx, action: Action, record: dict[str, Any], stamp: Stamp, fields: Iterable[str] = ()
) -> None:
    """Refuse an act on a record (its id, kind, organisation and source_system) that is not the caller's."""
    require_act(action, record, await holders(tx, [record["id"]], stamp), stamp, fields)


def require_act(
    action: Action, record: dict[str, Any], held: Holders, stamp: Stamp, fields: Iterable[str] = ()
) -> None:
    """The same, where it has been read already who holds the posts."""
    subject = Subject(
        organisation=_whose(record),
        source=record["source_system"],
        holders=held.get(record["id"], frozenset()),
        kind=record["kind"],
        fields=frozenset(fields),
    )
    require(stamp.by, action, subject)


def may_register(facts: Node, stamp: Stamp, fields: Iterable[str]) -> None:
    """Refuse a record of these facts from one who may not register it, or not name the holder of a post."""
    subject = Subject(
        organisation=facts.organisation,
        source=stamp.source,
        kind=type(facts).__name__,
        fields=frozenset(fields),
    )
    require(stamp.by, Action.DECIDE if isinstance(facts, Decision) else Action.REGISTER, subject)
    if getattr(facts, "holder", None) is not None:
        require(stamp.by, Action.APPOINT, subject)


def may_become(before: dict[str, Any], facts: Node, stamp: Stamp) -> None:
    """Refuse to give a record to another organisation, or a post a holder, by one who may not.

    What a held post is, where it is and for how long decides what its holder may: that is to appoint too.
    """
    subject = Subject(organisation=facts.organisation, source=stamp.source)
    if facts.organisation != before["organisation"]:
        require(stamp.by, Action.REGISTER, subject)
    if isinstance(facts, Post) and _appoints(before, facts.model_dump(mode="json")):
        require(stamp.by, Action.APPOINT, subject)


_CONFERRED = ("holder", "discipline", "organisation", "valid_from", "valid_to")


def _appoints(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether somebody holds the post, before or after, and what that gives them changes."""
    held = after["holder"] or before.get("holder")
    return bool(held) and any(after[name] != before.get(name) for name in _CONFERRED)


async def may_link(
    tx: Tx,
    action: Action,
    label: str,
    source: dict[str, Any],
    target: dict[str, Any],
    stamp: Stamp,
    asserted_by: str,
    fields: Iterable[str] = (),
) -> None:
    """Refuse an act on a link from a record that is not the caller's; `asserted_by` is the link's source."""
    held = await holders(tx, [source["id"], target["id"]], stamp)
    require_link(action, label, source, target, held, stamp, asserted_by, fields)


def require_link(
    action: Action,
    label: str,
    source: dict[str, Any],
    target: dict[str, Any],
    held: Holders,
    stamp: Stamp,
    asserted_by: str,
    fields: Iterable[str] = (),
) -> None:
    """The same, where it has been read already who holds the posts."""
    taken = label in TAKES and action is Action.CLAIM and target["organisation"] is not None
    for end in (source, target) if label in CONFERS or taken else (source,):
        subject = Subject(
            organisation=_whose(end),
            source=asserted_by,
            holders=held.get(end["id"], frozenset()),
            link=label,
            fields=frozenset(fields),
        )
        require(stamp.by, action, subject)


def mends_for_others(stamp: Stamp) -> bool:
    """Whether the caller may take out of use what another source stated: an administrator may."""
    return stamp.source == PEOPLE and Role.ADMINISTRATOR in stamp.by.roles
