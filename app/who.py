"""Who acts and who looks."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from uuid_utils import uuid7


def new_id() -> str:
    """A new opaque id: UUID version 7, so later ids sort after earlier ones."""
    return str(uuid7())


@dataclass(frozen=True)
class Stamp:
    """Who makes a change, on whose behalf and under which request.

    Made once, before the transaction: a transaction the driver repeats then writes the same thing.
    """

    actor: str
    """Opaque id or name of the actor; never a person's name."""
    source: str = "person"
    """The source system that asserts the facts; `person` for people."""
    request: str = field(default_factory=new_id)
    """Key of the request's receipt: the service's own, or the caller's with its credential."""
    body: str = ""
    """SHA-256 of method, path and body, so that one key is not used for two requests."""
    reason: str | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When the request came, in the service's time zone."""
    _ids: dict[int, str] = field(default_factory=dict, repr=False, compare=False)

    def id(self, position: int = 0) -> str:
        """The id for the n-th new thing of this request; the same however often the transaction runs."""
        return self._ids.setdefault(position, new_id())

    @property
    def instant(self) -> str:
        """When the request came, as RFC 3339 in UTC to the second."""
        return self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def on(self) -> str:
        """The day the request came, in the service's time zone."""
        return self.at.date().isoformat()


@dataclass(frozen=True)
class Reader:
    """Who looks: an organisation's reader, the public (no organisation), or one who may see everything."""

    organisation: str | None = None
    sees_everything: bool = False


EVERYTHING = Reader(sees_everything=True)
DEMONSTRATION = Stamp(actor="demonstration")
