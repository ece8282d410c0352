"""Who acts and who looks."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from uuid_utils import uuid7


def new_id() -> str:
    """A new opaque id: UUID version 7, so later ids sort after earlier ones."""
    return str(uuid7())


class Role(StrEnum):
    """What an actor is in its organisation."""

    VIEWER = "viewer"
    CONTRIBUTOR = "contributor"
    OWNER = "owner"
    INTEGRATION = "integration"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Grants:
    """What an integration may write: the named kinds, and all facts of these unless some are named."""

    kinds: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    """Names of facts, or `Kind.fact`; empty: every fact of what is granted."""


@dataclass(frozen=True)
class Reader:
    """Who looks: an organisation's reader, the public (no organisation), or one who may see everything."""

    organisation: str | None = None
    sees_everything: bool = False


EVERYTHING = Reader(sees_everything=True)

PEOPLE = "person"
"""The source of what people state themselves."""


@dataclass(frozen=True)
class Caller:
    """Who is asking: an actor, where it belongs, and what it is there."""

    actor: str
    """Opaque id of the actor; never a person's name."""
    person: str | None = None
    """Opaque id of the Person behind the actor, where one is known."""
    organisation: str | None = None
    """Id of the organisation it belongs to; an administrator without one is the service's."""
    roles: frozenset[Role] = frozenset()
    source: str = PEOPLE
    """The source system it speaks for; `person` for people."""
    read_only: bool = False
    grants: Grants | None = None
    """What it may write at most; None for people."""

    @property
    def is_of_the_service(self) -> bool:
        """Whether it looks after the whole service, whichever organisation a thing belongs to."""
        return self.organisation is None and Role.ADMINISTRATOR in self.roles

    @property
    def reader(self) -> Reader:
        """What it may see."""
        return EVERYTHING if self.is_of_the_service else Reader(self.organisation)

    @property
    def names(self) -> frozenset[str]:
        """Everything it is known by: an act of one is an act of the other."""
        return frozenset({self.actor, self.person} - {None})  # type: ignore[arg-type]

    def stamp(self, **request: Any) -> "Stamp":
        """The stamp of one request of this caller."""
        return Stamp(actor=self.actor, source=self.source, caller=self, **request)


def instant(at: datetime) -> str:
    """An instant as it is kept: RFC 3339 in UTC to the second, so that later ones sort after earlier."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Stamp:
    """Who makes a change, on whose behalf and under which request.

    Made once, before the transaction: a transaction the driver repeats then writes the same thing.
    """

    actor: str
    """Opaque id or name of the actor; never a person's name."""
    source: str = PEOPLE
    """The source system that asserts the facts; `person` for people."""
    caller: Caller | None = None
    """Who asked; None is the operator of the service, at its command line."""
    request: str = field(default_factory=new_id)
    """Key of the request's receipt: the service's own, or the caller's with its credential."""
    named: bool = False
    """Whether the caller gave the request that key, to be known by when it sends the request again."""
    attempt: str = field(default_factory=new_id)
    """Which arrival of the request this is: its own transactions may repeat, and then answer as the first."""
    body: str = ""
    """SHA-256 of method, path and body, so that one key is not used for two requests."""
    reason: str | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When the request came, in the service's time zone."""
    _ids: dict[int, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def by(self) -> Caller:
        """Who asked. The operator may do what people with every role may."""
        return self.caller or Caller(self.actor, roles=PERSONAL_ROLES, source=self.source)

    def id(self, position: int = 0) -> str:
        """The id for the n-th new thing of this request; the same however often the transaction runs."""
        return self._ids.setdefault(position, new_id())

    @cached_property
    def instant(self) -> str:
        """When the request came, as RFC 3339 in UTC to the second."""
        return instant(self.at)

    @cached_property
    def on(self) -> str:
        """The day the request came, in the service's time zone."""
        return self.at.date().isoformat()


PERSONAL_ROLES = frozenset(Role) - {Role.INTEGRATION}
DEMONSTRATION = Caller("demonstration", roles=PERSONAL_ROLES)
"""Who asks where nobody can sign in yet: one who may do everything, but accept a claim of its own."""
