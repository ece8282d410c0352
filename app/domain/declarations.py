"""Declaring that a project has no policy goal to serve, until when, and somebody else's agreement."""

from datetime import date
from typing import Any

from app.domain import authority, faults, records, sides
from app.domain.authority import Action, Subject
from app.domain.ledger import Done
from app.errors import AlreadyAccepted, DeclarationExpired, NothingDeclared
from app.graph import Row, Tx
from app.who import Reader, Stamp
from graph_schema.delivery import Project


async def declare(
    tx: Tx, id: str, reason: str, expires: date, revision: int | None, stamp: Stamp, reader: Reader
) -> Done:
    """State that no goal applies to the project. It holds once somebody else has accepted it."""
    loaded = await records.locked(tx, Action.DECLARE, Project, id, revision, stamp, reader)
    stated = {
        "reason": reason,
        "declared_by": stamp.actor,
        "declared_on": stamp.on,
        "expires": expires.isoformat(),
    }
    return await _stated(tx, loaded, stated, stamp, reader, "declare")


async def accept(tx: Tx, id: str, revision: int | None, stamp: Stamp, reader: Reader) -> Done:
    """Agree that no goal applies, as somebody other than who declared it."""
    loaded = await records.read(tx, Project, id, reader)
    parties = await tx.row(_PARTIES, id=id, today=stamp.on)
    assert parties is not None
    _refuse_others(loaded, parties, stamp)
    records.as_read(loaded, revision)
    declared = records.envelope(loaded)["facts"]["not_applicable"]
    if declared is None:
        raise NothingDeclared
    if declared["accepted_by"] is not None:
        raise AlreadyAccepted("The declaration is accepted already.")
    if declared["expires"] <= stamp.on:
        raise DeclarationExpired
    accepted = declared | {"accepted_by": stamp.actor, "accepted_on": stamp.on}
    return await _stated(tx, loaded, accepted, stamp, reader, "accept_declaration")


async def _stated(
    tx: Tx, loaded: Row, declaration: dict[str, Any], stamp: Stamp, reader: Reader, action: str
) -> Done:
    facts = faults.valid(Project, records.envelope(loaded)["facts"] | {"not_applicable": declaration})
    return await records.rewritten(tx, Project, loaded, facts, stamp, reader, action)


_PARTIES = f"""
MATCH (n:Project {{id: $id}})
RETURN {sides.holders("n")} AS holders, [n.not_applicable_declared_by] + COLLECT {{
  MATCH (x:Actor {{id: n.not_applicable_declared_by}}) WHERE x.person IS NOT NULL RETURN x.person
}} AS declarers
"""


def _refuse_others(loaded: Row, parties: Row, stamp: Stamp) -> None:
    subject = Subject(
        organisation=loaded.get("organisation"),
        holders=frozenset(parties["holders"]),
        claimants=frozenset(parties["declarers"]) - {None},
        kind="Project",
    )
    authority.require(stamp.by, Action.ACCEPT_DECLARATION, subject)
