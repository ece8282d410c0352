"""What happens to a change in the law, each event with its source; and what a legal post confirms."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

from app.domain import acceptance, authority, faults, ledger, links, records, sides, stages, subjects
from app.domain.authority import Action, Subject
from app.domain.ledger import Answer, Done
from app.domain.stages import Event
from app.errors import AlreadyDisputed, Fault, Invalid, OwnedByAnotherSource
from app.graph import Graph, Row, Tx
from app.who import Reader, Stamp
from graph_schema.cypher import in_dates
from graph_schema.law import LegalChange
from graph_schema.links import GroundedIn
from graph_schema.values import ChangeOutcome

EVENT = "event"
"""The ledger's word for it."""


async def record(tx: Tx, id: str, event: Event, revision: int | None, stamp: Stamp, reader: Reader) -> Done:
    """The change as this event left it. The ledger keeps the event with its day and source."""
    loaded = await records.read(tx, LegalChange, id, reader)
    if loaded["source_system"] != stamp.source:
        raise OwnedByAnotherSource
    await _may_record(tx, loaded, event, stamp)
    records.as_read(loaded, revision)
    before = records.envelope(loaded)["facts"]
    known = await tx.row(_KNOWN, id=id)
    assert known is not None
    wrong = [*stages.faults(LegalChange.model_validate(before), event, _day(known["last"]), stamp.at.date())]
    if event.outcome is ChangeOutcome.SUPERSEDED and not known["succeeded"]:
        says = "Claim SUCCEEDED_BY to the change that takes its place first."
        wrong.append(Fault("/outcome", "successor_missing", says))
    if wrong:
        raise Invalid(faults=wrong)
    after = faults.valid(LegalChange, before | event.moved)
    done = await records.rewritten(tx, LegalChange, loaded, after, stamp, reader, EVENT)
    if not done.entries:
        raise Invalid(faults=[Fault("", "event_empty", "The change stands as this event would leave it.")])
    told = done.entries[0]
    return replace(done, entries=(replace(told, after=told.after | {EVENT: event.model_dump(mode="json")}),))


_KNOWN = """
MATCH (n:LegalChange {id: $id})
RETURN EXISTS { MATCH (n)-[s:SUCCEEDED_BY]->(:LegalChange) WHERE s.standing <> 'withdrawn' } AS succeeded,
       COLLECT { MATCH (c:Change) WHERE c.item = $id AND c.action = 'event'
                 RETURN c.after ORDER BY c.seq DESC LIMIT 1 }[0] AS last
"""

_LEGAL = f"""
MATCH (n:LegalChange {{id: $id}})
MATCH (p:Post {{discipline: 'legal', status: 'live'}}) WHERE p.holder IS NOT NULL
  AND {in_dates("p", "$today")}
  AND (EXISTS {{ MATCH (m {{organisation: p.organisation}})-[d:NEEDS_CHANGE]->(n)
                WHERE d.standing <> 'withdrawn' }}
    OR EXISTS {{ MATCH (m {{organisation: p.organisation}})-[g:GROUNDED_IN]->(:Provision)<-[a:AFFECTS]-(n)
                WHERE g.standing = 'accepted' AND a.standing <> 'withdrawn' }})
RETURN collect(DISTINCT p.holder) AS legal
"""
"""The legal posts of organisations that have something resting on what the change does."""


def _day(last: str | None) -> date | None:
    return date.fromisoformat(json.loads(last)[EVENT]["on"]) if last else None


async def _may_record(tx: Tx, loaded: Row, event: Event, stamp: Stamp) -> None:
    """Refuse one who answers neither for the change nor for the law of what rests on it.

    Resting on it gives a right over law that is nobody's: a council's byelaw is its own, whoever needs it.
    """
    organisation = loaded.get("organisation")
    asks = stamp.by.person is not None and organisation is None
    legal = await tx.row(_LEGAL, id=loaded["id"], today=stamp.on) if asks else None
    subject = Subject(
        organisation=organisation,
        source=loaded["source_system"],
        holders=(await subjects.holders(tx, [loaded["id"]], stamp)).get(loaded["id"], frozenset()),
        legal=frozenset(legal["legal"] if legal else ()),
        kind="LegalChange",
        fields=frozenset(event.moved),
    )
    authority.require(stamp.by, Action.RECORD_EVENT, subject)


async def listed(graph: Graph, id: str, after: int, limit: int, until: int | None) -> list[Answer]:
    """The events of a change, oldest first, with who recorded each and when."""
    entries = await ledger.history(graph, id, after, limit, until, EVENT)
    return [_shown(each) for each in entries]


def _shown(entry: Answer) -> Answer:
    said = ("seq", "recorded_at", "actor", "source", "reason")
    event: Answer = entry["after"][EVENT]
    return {name: entry[name] for name in said} | event


async def confirm_purpose(tx: Tx, id: str, revision: int | None, stamp: Stamp, reader: Reader) -> Done:
    """A legal post's word that law in force for some purposes only covers what rests on it."""
    loaded = await acceptance.read(tx, GroundedIn, id, stamp, reader)
    sides.require(stamp, Action.REVIEW, GroundedIn, loaded["sides"])
    acceptance.as_stands(loaded, revision)
    if loaded["standing"] == "disputed":
        raise AlreadyDisputed("The grounding is disputed; settle that first.")
    if loaded["to"]["kind"] != "Provision":
        says = "A whole piece of legislation has no state; ground it in the provision that applies."
        raise Invalid(faults=[Fault("/to", "no_provision", says)])
    confirmed: dict[str, Any] = {"purpose_confirmed_by": stamp.actor, "purpose_confirmed_on": stamp.on}
    return await links.written(tx, "confirm_purpose", GroundedIn, loaded, confirmed, stamp)
