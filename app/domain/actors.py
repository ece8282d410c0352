"""Actors: the opaque ids that act, and the organisation and person behind each."""

from typing import Annotated, Any
from uuid import NAMESPACE_URL, uuid5

from pydantic import BaseModel, ConfigDict, Field

from app.domain.access import Scope
from app.domain.authority import Action, Subject, require
from app.domain.ledger import Answer, Done
from app.errors import Fault, Invalid
from app.graph import Graph, Tx
from app.who import PEOPLE, Caller, Reader, Stamp
from graph_schema.values import Code, RecordId

OURS = "($whole OR a.organisation = $organisation)"
"""Cypher predicate: the actor `a` is the caller's to administer. Needs the parameters of `whose`."""

_SHOWN = "a {.id, .tenant, .object, .organisation, .person, .source, .roles, .created_at, .created_by}"


def whose(caller: Caller) -> dict[str, Any]:
    """The parameters of `OURS`."""
    return {"whole": caller.is_of_the_service, "organisation": caller.organisation}


def id_of_user(tenant: str, object: str) -> str:
    """The id of a user of an identity provider: always the same, though nothing is written at sign-in."""
    return str(uuid5(NAMESPACE_URL, f"{tenant}/{object}"))


class NewActor(BaseModel):
    """Which organisation and person a user of the identity provider is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tenant: Annotated[Code, Field(description="The user's `tid`.")]
    object: Annotated[Code, Field(description="The user's `oid`: it never changes, as an address may.")]
    organisation: Annotated[
        RecordId | None, Field(description="Id of the organisation they act for; the service if empty.")
    ] = None
    person: Annotated[
        RecordId | None, Field(description="Id of the Person they are: nobody accepts a claim of their own.")
    ] = None


async def known(tx: Tx, organisation: str | None, person: str | None, reader: Reader) -> None:
    """Refuse an organisation or person that is not there, or not for this reader.

    Who acts for an organisation is one of its people: else its administrator could act as another's owner.
    """
    scope = Scope(reader)
    asked = [("/organisation", "Organisation", organisation), ("/person", "Person", person)]
    wanted = [{"at": at, "kind": kind, "id": id} for at, kind, id in asked if id is not None]
    theirs = "true" if reader.sees_everything else "(w.kind <> 'Person' OR n.organisation = $whose)"
    missing = await tx.rows(
        f"""UNWIND $wanted AS w
            WITH w WHERE NOT EXISTS {{
              (n:Record {{id: w.id}}) WHERE w.kind IN labels(n) AND {scope.sees("n")} AND {theirs} }}
            RETURN w.at AS at, w.kind AS kind""",
        wanted=wanted,
        whose=organisation,
        **scope.parameters,
    )
    if missing:
        raise Invalid(
            faults=[
                Fault(row["at"], "reference_unknown", f"There is no {row['kind']} with this id.")
                for row in missing
            ]
        )


async def register(tx: Tx, new: NewActor, otherwise: str | None, stamp: Stamp) -> Done:
    """Say which organisation and person a user is; said again it replaces what was said.

    `otherwise` is the organisation of users of whom nothing is said: nobody takes them from it either.
    """
    id = id_of_user(new.tenant, new.object)
    standing = await tx.row(
        """MERGE (a:Actor {id: $id}) SET a.id = a.id
           RETURN a.organisation AS organisation, a.created_at IS NOT NULL AS said""",
        id=id,
    )
    assert standing is not None
    if standing["said"] or otherwise is not None:
        whose = standing["organisation"] if standing["said"] else otherwise
        require(stamp.by, Action.ADMINISTER_KEYS, Subject(organisation=whose))
    require(stamp.by, Action.ADMINISTER_KEYS, Subject(organisation=new.organisation))
    await known(tx, new.organisation, new.person, stamp.by.reader)
    facts = new.model_dump() | {
        "source": PEOPLE,
        "roles": [],
        "created_at": stamp.instant,
        "created_by": stamp.actor,
    }
    row = await tx.row(
        f"MATCH (a:Actor {{id: $id}}) SET a += $facts RETURN {_SHOWN} AS actor", id=id, facts=facts
    )
    assert row is not None
    return Done(row["actor"])


async def list_of(graph: Graph, caller: Caller) -> list[Answer]:
    """The actors this caller administers."""
    require(caller, Action.ADMINISTER_KEYS, Subject(organisation=caller.organisation))
    rows = await graph.rows(
        f"MATCH (a:Actor) WHERE {OURS} RETURN {_SHOWN} AS actor ORDER BY a.created_at, a.id", **whose(caller)
    )
    return [row["actor"] for row in rows]


async def of_user(graph: Graph, tenant: str, object: str) -> tuple[str | None, str | None] | None:
    """The organisation and person a user is registered as; None if nobody has said."""
    row = await graph.row(
        "MATCH (a:Actor {id: $id}) RETURN a.organisation AS organisation, a.person AS person",
        id=id_of_user(tenant, object),
    )
    return (row["organisation"], row["person"]) if row else None


async def names_of(tx: Tx, actor: str) -> frozenset[str]:
    """An actor's id and that of the person behind it: who must not accept what it claimed."""
    row = await tx.row("MATCH (a:Actor {id: $id}) RETURN a.person AS person", id=actor)
    person = {row["person"]} if row and row["person"] else set()
    return frozenset({actor} | person)
