"""API keys: made, shown once, rotated, revoked; and who asks with one. The store holds a digest only."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.domain import actors, sources
from app.domain.authority import Action, Subject, require
from app.domain.ledger import Answer, Done
from app.domain.sources import Source
from app.errors import Fault, Invalid, NotFound, Retired
from app.graph import Graph, Tx
from app.who import PEOPLE, Caller, Grants, Role, Stamp, instant
from graph_schema import KIND_BY_NAME, LINK_BY_LABEL
from graph_schema.values import Code, Line, RecordId

_FORM = re.compile(r"gt_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")

LIFE = timedelta(days=365)
"""How long a key is good for, where nobody says."""


@dataclass(frozen=True)
class Secret:
    """A new key's secret: shown once, kept nowhere."""

    id: str
    text: str

    @classmethod
    def new(cls) -> Self:
        """A random secret, whose beginning is the key's id and may be shown."""
        id = secrets.token_hex(6)
        return cls(id, f"gt_{id}_{secrets.token_urlsafe(32)}")

    @property
    def digest(self) -> str:
        return digest(self.text)


def digest(text: str) -> str:
    """What the store keeps of a secret. It is random, so a fast hash cannot be guessed backwards."""
    return hashlib.sha256(text.encode()).hexdigest()


def id_in(text: str) -> str | None:
    """The id of the key that a secret claims to be; None if it has not the form of one."""
    found = _FORM.fullmatch(text)
    return found[1] if found else None


class NewKey(BaseModel):
    """A key to be made: whose it is, and what it may do at most."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Annotated[Line, Field(max_length=200, description="What it is for, such as: finance system.")]
    organisation: Annotated[
        RecordId | None, Field(description="Id of the organisation it acts for; the service itself if empty.")
    ] = None
    roles: Annotated[
        frozenset[Role], Field(min_length=1, description="What its bearer is in the organisation.")
    ]
    person: Annotated[
        RecordId | None, Field(description="Id of the Person behind it: nobody accepts a claim of their own.")
    ] = None
    source: Annotated[
        Code | None, Field(description="Source system an integration speaks for; empty for people.")
    ] = None
    kinds: Annotated[
        frozenset[str], Field(max_length=50, description="Kinds of record an integration may write.")
    ] = frozenset()
    links: Annotated[
        frozenset[str], Field(max_length=50, description="Kinds of link an integration may write.")
    ] = frozenset()
    fields: Annotated[
        frozenset[Code],
        Field(max_length=200, description="Facts it may write, `amount` or `Cost.amount`; empty: all."),
    ] = frozenset()
    read_only: Annotated[bool, Field(description="Whether it only reads, as a spreadsheet's key does.")] = (
        False
    )
    expires_at: Annotated[
        datetime | None, Field(description="When it ends, RFC 3339; a year from now if empty.")
    ] = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.expires_at is not None and self.expires_at.tzinfo is None:
            raise PydanticCustomError("zone_needed", "expires_at must say its offset from UTC.")
        if Role.INTEGRATION in self.roles:
            self._as_an_integration()
        elif self.source is not None or self.kinds or self.links or self.fields:
            raise PydanticCustomError("integration_only", "A source and grants are for an integration alone.")
        if self.organisation is None and self.roles & {Role.CONTRIBUTOR, Role.OWNER}:
            raise PydanticCustomError("organisation_needed", "A contributor or owner needs an organisation.")
        return self

    def _as_an_integration(self) -> None:
        if len(self.roles) > 1:
            raise PydanticCustomError("integration_alone", "An integration has no other role.")
        if self.source is None or self.source == PEOPLE:
            raise PydanticCustomError("source_needed", "An integration needs the source it speaks for.")
        if not (self.kinds or self.links) and not self.read_only:
            raise PydanticCustomError("grants_needed", "Name the kinds or links an integration may write.")
        if not (self.kinds <= KIND_BY_NAME.keys() and self.links <= LINK_BY_LABEL.keys()):
            raise PydanticCustomError(
                "grant_unknown",
                "A grant names a kind of record or link as /v1/schema does, such as Cost or INCURS.",
            )

    def until(self, stamp: Stamp) -> str:
        """When it ends, as it is kept."""
        return instant(self.expires_at or stamp.at + LIFE)


_SHOWN = """k {.id, .title, .actor, .read_only, .kinds, .links, .fields,
               .created_at, .created_by, .expires_at, .revoked_at, .revoked_by, .replaced_by, .used_at,
               organisation: a.organisation, person: a.person, source: a.source, roles: a.roles}"""


async def create(tx: Tx, new: NewKey, secret: Secret, stamp: Stamp) -> Done:
    """A new key with an actor of its own. The answer does not hold the secret; the caller of this has it."""
    require(stamp.by, Action.ADMINISTER_KEYS, Subject(organisation=new.organisation))
    await actors.known(tx, new.organisation, new.person, stamp.by.reader)
    if new.source is not None:
        await _may_speak_for(tx, new.source, new.organisation, stamp)
        await sources.register(tx, Source(new.source, new.source, organisation=new.organisation), stamp.on)
    actor = {
        "id": stamp.id(),
        "title": new.title,
        "organisation": new.organisation,
        "person": new.person,
        "source": new.source or PEOPLE,
        "roles": sorted(new.roles),
        "created_at": stamp.instant,
        "created_by": stamp.actor,
    }
    key = {
        "id": secret.id,
        "digest": secret.digest,
        "title": new.title,
        "actor": actor["id"],
        "read_only": new.read_only,
        "kinds": sorted(new.kinds),
        "links": sorted(new.links),
        "fields": sorted(new.fields),
        "created_at": stamp.instant,
        "created_by": stamp.actor,
        "expires_at": new.until(stamp),
    }
    row = await tx.row(
        f"CREATE (a:Actor) SET a = $actor CREATE (k:Key) SET k = $key RETURN {_SHOWN} AS key",
        actor=actor,
        key=key,
    )
    assert row is not None
    return Done(row["key"])


async def _may_speak_for(tx: Tx, source: str, organisation: str | None, stamp: Stamp) -> None:
    """Refuse a key for a source that others speak for already: what it states would pass for theirs."""
    row = await tx.row(
        """MATCH (s:Source {name: $source})
           RETURN NOT coalesce(s.organisation = $organisation, false) AND NOT EXISTS {
             MATCH (a:Actor {source: $source}) WHERE a.organisation = $organisation } AS theirs""",
        source=source,
        organisation=organisation,
    )
    if row and row["theirs"] and not stamp.by.is_of_the_service:
        says = (
            "Others speak for this source; give yours another name, or ask an administrator of the service."
        )
        raise Invalid(faults=[Fault("/source", "source_not_yours", says)])


async def revoke(tx: Tx, id: str, stamp: Stamp) -> Done:
    """End a key now. It holds everywhere within the few seconds that credentials are kept."""
    await _administered(tx, id, stamp)
    row = await tx.row(
        f"""MATCH (k:Key {{id: $id}}) MATCH (a:Actor {{id: k.actor}})
            SET k.revoked_at = $at, k.revoked_by = $by RETURN {_SHOWN} AS key""",
        id=id,
        at=stamp.instant,
        by=stamp.actor,
    )
    assert row is not None
    return Done(row["key"])


async def rotate(tx: Tx, id: str, secret: Secret, overlap: timedelta, stamp: Stamp) -> Done:
    """A new key for the same actor; the old one ends after the overlap, so that systems can change over."""
    await _administered(tx, id, stamp)
    row = await tx.row(
        f"""MATCH (old:Key {{id: $id}}) MATCH (a:Actor {{id: old.actor}})
            SET old.replaced_by = $new,
                old.expires_at = CASE WHEN old.expires_at < $end THEN old.expires_at ELSE $end END
            CREATE (k:Key)
            SET k = old {{.*, id: $new, digest: $digest, replaced_by: null, used_at: null,
                         created_at: $at, created_by: $by, expires_at: $until}}
            RETURN {_SHOWN} AS key""",
        id=id,
        new=secret.id,
        digest=secret.digest,
        end=instant(stamp.at + overlap),
        until=instant(stamp.at + LIFE),
        at=stamp.instant,
        by=stamp.actor,
    )
    assert row is not None
    return Done(row["key"])


async def _administered(tx: Tx, id: str, stamp: Stamp) -> None:
    """Lock a key that is the caller's to administer. Another organisation's is not there."""
    row = await tx.row(
        f"""MATCH (k:Key {{id: $id}}) MATCH (a:Actor {{id: k.actor}}) WHERE {actors.OURS}
            SET k.id = k.id RETURN a.organisation AS organisation, k.revoked_at AS revoked_at""",
        id=id,
        **actors.whose(stamp.by),
    )
    if row is None:
        raise NotFound
    require(stamp.by, Action.ADMINISTER_KEYS, Subject(organisation=row["organisation"]))
    if row["revoked_at"] is not None:
        raise Retired("The key is revoked; make a new one.")


async def list_of(graph: Graph, caller: Caller) -> list[Answer]:
    """The keys this caller administers, without their secrets."""
    require(caller, Action.ADMINISTER_KEYS, Subject(organisation=caller.organisation))
    rows = await graph.rows(
        f"""MATCH (k:Key) MATCH (a:Actor {{id: k.actor}}) WHERE {actors.OURS}
            RETURN {_SHOWN} AS key ORDER BY k.created_at, k.id""",
        **actors.whose(caller),
    )
    return [row["key"] for row in rows]


@dataclass(frozen=True)
class Credential:
    """A key as it is held to check those who bring it."""

    id: str
    digest: str
    expires_at: str
    revoked_at: str | None
    caller: Caller

    def is_of(self, text: str) -> bool:
        """Whether this is the key's secret; takes as long whether it is or not."""
        return hmac.compare_digest(self.digest, digest(text))


async def find(graph: Graph, id: str) -> Credential | None:
    """The key of this id, if there is one."""
    row = await graph.row(
        """MATCH (k:Key {id: $id}) MATCH (a:Actor {id: k.actor})
           RETURN k {.*} AS key, a {.*} AS actor""",
        id=id,
    )
    return _credential(row["key"], row["actor"]) if row else None


def _credential(key: dict[str, Any], actor: dict[str, Any]) -> Credential:
    granted = Grants(*(frozenset(key[name]) for name in ("kinds", "links", "fields")))
    roles = frozenset(Role(each) for each in actor["roles"])
    caller = Caller(
        actor["id"],
        actor.get("person"),
        actor.get("organisation"),
        roles,
        actor["source"],
        key["read_only"],
        granted if Role.INTEGRATION in roles else None,
    )
    return Credential(key["id"], key["digest"], key["expires_at"], key.get("revoked_at"), caller)


async def ever_made(graph: Graph) -> bool:
    """Whether a key has ever been made: from then on nobody is served without one."""
    row = await graph.row("RETURN EXISTS { MATCH (:Key) } AS made")
    return bool(row and row["made"])


async def note_use(tx: Tx, used: dict[str, str]) -> None:
    """Keep when keys were last used: id -> instant."""
    await tx.rows(
        "UNWIND $used AS each MATCH (k:Key {id: each.id}) SET k.used_at = each.at",
        used=[{"id": id, "at": at} for id, at in sorted(used.items())],
    )
