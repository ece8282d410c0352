"""Registrations of sources: which systems state facts here, whose they are, and what each may state."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.domain import actors, faults, patches
from app.domain.authority import Action, Subject, require
from app.domain.ledger import Answer, Done, Entry
from app.errors import Fault, Invalid, NotFound, StaleRevision
from app.graph import Graph, Row, Tx
from app.who import PEOPLE, Caller, Reader, Stamp
from graph_schema.values import Code, Line, RecordId

KIND = "Source"


class Registration(BaseModel):
    """What an administrator says of a source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Annotated[Line, Field(description="What it is, in people's words.")]
    states_acceptance: Annotated[
        bool,
        Field(
            description="Whether it may state links between its own records as accepted, with who accepted "
            "and when. Without it every link it sends waits for acceptance."
        ),
    ] = False


class NewSource(Registration):
    """A source that is registered before it states anything."""

    name: Annotated[
        Code, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$", description="Its name, as keys and files give it.")
    ]
    organisation: Annotated[
        RecordId | None,
        Field(
            description="Id of the organisation whose administrator looks after it; the service's if empty."
        ),
    ] = None


_SHOWN = """s {.id, .name, .title, .organisation, .registered_on, .edition,
  states_acceptance: coalesce(s.states_acceptance, false), revision: coalesce(s.revision, 1)}"""
_OURS = """($whole OR s.organisation = $organisation AND NOT EXISTS {
  MATCH (a:Actor {source: s.name}) WHERE coalesce(a.organisation, '') <> $organisation })"""
"""Cypher predicate: the source is the caller's to administer. Needs the parameters of `actors.whose`.

Of one that several organisations speak for, only the service's administrator says what it may state.
"""


async def create(tx: Tx, new: NewSource, stamp: Stamp, reader: Reader) -> Done:
    """Register a source. `AlreadyExists` where one of this name has stated something, or has a key."""
    require(stamp.by, Action.ADMINISTER_SOURCES, Subject(organisation=new.organisation))
    if new.name == PEOPLE:
        says = "This name is kept for what people state themselves."
        raise Invalid(faults=[Fault("/name", "reserved", says)])
    await actors.known(tx, new.organisation, None, reader)
    given = new.model_dump() | {"id": stamp.id(), "registered_on": stamp.on, "edition": "", "revision": 1}
    row = await tx.row(f"CREATE (s:Source) SET s = $given RETURN {_SHOWN} AS source", given=given)
    assert row is not None
    return Done(row["source"], (_entry("create", None, row["source"]),))


async def change(
    tx: Tx, name: str, patch: dict[str, Any], revision: int | None, stamp: Stamp, reader: Reader
) -> Done:
    """The registration with this JSON merge patch (RFC 7396); one that changes nothing is no change."""
    before = await _locked(tx, name, revision, stamp)
    stated = {each: before[each] for each in Registration.model_fields}
    facts = faults.valid(Registration, patches.merged(stated, patch)).model_dump()
    if facts == stated:
        return Done(before)
    row = await tx.row(
        f"MATCH (s:Source {{name: $name}}) SET s += $written RETURN {_SHOWN} AS source",
        name=name,
        written=facts | {"id": before["id"], "revision": before["revision"] + 1},
    )
    assert row is not None
    return Done(row["source"], (_entry("change", before, row["source"]),))


async def _locked(tx: Tx, name: str, revision: int | None, stamp: Stamp) -> Answer:
    """A registration that is the caller's to change, locked. One that had no id has one from now on."""
    row = await tx.row(
        f"""MATCH (s:Source {{name: $name}}) WHERE {_OURS}
            SET s.id = coalesce(s.id, $id) RETURN {_SHOWN} AS source""",
        name=name,
        id=stamp.id(),
        **actors.whose(stamp.by),
    )
    found = _there(row)
    require(stamp.by, Action.ADMINISTER_SOURCES, Subject(organisation=found["organisation"]))
    if revision not in (None, found["revision"]):
        raise StaleRevision(revision=found["revision"])
    return found


def _there(row: Row | None) -> Answer:
    """What was found; another organisation's is not there."""
    if row is None:
        raise NotFound
    found: Answer = row["source"]
    return found


def _entry(action: str, before: Answer | None, after: Answer) -> Entry:
    """Seen by those alone who see everything: a name tells who speaks here."""
    return Entry(action, after["id"], KIND, after["revision"], before, after, (after["id"],), "source")


async def get(graph: Graph, name: str, caller: Caller) -> Answer:
    """A source this caller administers; to others there is none."""
    _may_look(caller)
    row = await graph.row(
        f"MATCH (s:Source {{name: $name}}) WHERE {_OURS} RETURN {_SHOWN} AS source",
        name=name,
        **actors.whose(caller),
    )
    return _there(row)


async def list_of(graph: Graph, caller: Caller) -> list[Answer]:
    """The sources this caller administers, by name."""
    _may_look(caller)
    rows = await graph.rows(
        f"MATCH (s:Source) WHERE {_OURS} RETURN {_SHOWN} AS source ORDER BY s.name", **actors.whose(caller)
    )
    return [row["source"] for row in rows]


def _may_look(caller: Caller) -> None:
    require(caller, Action.ADMINISTER_SOURCES, Subject(organisation=caller.organisation))
