"""Every way the service can say no. No HTTP here: `api/problems.py` gives each its status.

Messages are written for the reader. They never hold the caller's input, Cypher or another exception's text.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input: where, which rule, and what to do."""

    pointer: str
    """RFC 6901 JSON Pointer into the input; "" is the whole of it."""
    code: str
    detail: str


class Refusal(Exception):
    """The service says no. Each kind of no is a class of its own."""

    code = "refused"
    says = "The request was refused."

    def __init__(self, detail: str | None = None, faults: Iterable[Fault] = (), **facts: Any) -> None:
        super().__init__(detail or self.says)
        self.detail = detail or self.says
        self.faults = tuple(faults)
        self.facts = facts
        """What the answer may add, such as the current revision."""


class NotFound(Refusal):
    """There is no such thing, or none that this reader may see."""

    code, says = "not_found", "There is no such record here."


class NotAllowed(Refusal):
    """The actor may not do this."""

    code, says = "not_allowed", "You may not do this."


class Unauthenticated(Refusal):
    """Nobody is known to be asking: there is no credential, or none that holds."""

    code, says = "unauthenticated", "Say who you are: send an API key or a token as Authorization: Bearer."


class BasicRefused(Refusal):
    """A key sent as a password is taken from spreadsheets alone: to read, with a read-only key, unseen."""

    code, says = "basic_refused", "A key is taken as a password only to read, over https or on this machine."


class DemonstrationOnly(Refusal):
    """Nobody can sign in yet, and the request came through a proxy: only this machine is served."""

    code, says = (
        "demonstration_only",
        "Until a key is made or an identity provider is set, the service answers its own machine only.",
    )


class TooMany(Refusal):
    """The credential, or the address that failed to sign in, has asked too often."""

    code, says = "too_many", "That is more requests than the service takes in this time; wait, then go on."


class ProviderAway(Refusal):
    """The identity provider cannot be asked for its keys, so no token can be checked."""

    code, says = (
        "identity_provider_unavailable",
        "The identity provider's keys cannot be fetched at the moment; try again shortly.",
    )


class OwnedByAnotherSource(Refusal):
    """The record was asserted by another source, and only that source changes it."""

    code, says = (
        "owned_by_another_source",
        "The record belongs to another source; only that source changes it.",
    )


class AlreadyExists(Refusal):
    """Something with this key is there already."""

    code, says = "already_exists", "A record or link with this key exists already."


class StaleRevision(Refusal):
    """The record has changed since the caller read it."""

    code, says = (
        "stale_revision",
        "The record has changed since you read it; read it again, then send your change.",
    )


class Retired(Refusal):
    """The record is retired and no longer takes changes."""

    code, says = "retired", "The record is retired; it no longer changes."


class LinkWithdrawn(Retired):
    """The link has been taken back."""

    code, says = "link_withdrawn", "The link is withdrawn; claim it anew."


class AlreadyAccepted(Refusal):
    """The link counts already."""

    code, says = "already_accepted", "The link is accepted already; review it where an end has changed."


class NotAccepted(Refusal):
    """Only an accepted link can be reviewed."""

    code, says = "not_accepted", "The link is not accepted; accept it instead."


class AlreadyDisputed(Refusal):
    """The link is in dispute already."""

    code, says = "already_disputed", "The link is disputed already; add a remark to it."


class NotDisputed(Refusal):
    """There is no dispute to answer."""

    code, says = "not_disputed", "The link is not disputed."


class NothingDeclared(Refusal):
    """There is no declaration to accept."""

    code, says = "nothing_declared", "Nobody has declared that no goal applies to this project."


class DeclarationExpired(Refusal):
    """The declaration no longer holds."""

    code, says = "declaration_expired", "The declaration has expired; it must be made anew."


class NotSucceeded(Refusal):
    """The goal has no such successor."""

    code, says = "not_succeeded", "The goal is not succeeded by that one; link them by SUCCEEDED_BY first."


class Overtaken(Refusal):
    """What the caller saw has changed before the act on it."""

    code, says = (
        "overtaken",
        "What you saw has changed since; look again, then act on what stands now.",
    )


class Moved(StaleRevision):
    """An end of the link no longer says what the caller read."""

    code, says = (
        "moved",
        "An end of the link has changed since you read it; read both ends again, then decide.",
    )


class Invalid(Refusal):
    """The input breaks the kind's own rules; all faults at once."""

    code, says = "invalid", "The input has faults; each is listed with the place where it stands."


class BatchRefused(Refusal):
    """All or nothing was asked for, and a row cannot be taken."""

    code, says = (
        "batch_refused",
        "Nothing was written: some rows cannot be taken, and all or nothing was asked for.",
    )


class LinkNotAllowed(Refusal):
    """The link matrix or the link kind's own rule forbids it."""

    code, says = (
        "link_not_allowed",
        "A link of this kind cannot join these records; see the link matrix at /v1/schema.",
    )


class RuleBroken(Refusal):
    """A rule over more than one record forbids it, such as: no cycles."""

    code, says = "rule_broken", "The change breaks a rule of the graph."


class AlreadyRunning(Refusal):
    """The same request is still under way."""

    code, says = "still_running", "The same request is still running; wait for its answer."


class KeyReused(Refusal):
    """An idempotency key came back with another request."""

    code, says = "key_reused", "The Idempotency-Key was used for another request; choose a new key."


class KeyExpired(Refusal):
    """An idempotency key came back when the answer was no longer kept."""

    code, says = (
        "key_expired",
        "The Idempotency-Key was used more than a day ago and its answer is no longer kept; look at what "
        "stands, then choose a new key.",
    )


class TooLarge(Refusal):
    """The answer or input is larger than a limit."""

    code, says = "too_large", "That is more than one request may ask or send; narrow it."


class OutOfMemory(Refusal):
    """The portfolio would not fit into the memory it may take."""

    code = "out_of_memory"
    says = "The portfolio needs more memory than it may take."


class TooSlow(Refusal):
    """The work took longer than its limit and was stopped."""

    code, says = (
        "too_slow",
        "The work took longer than the service allows and was stopped; narrow the request.",
    )


class Busy(Refusal):
    """The database cannot answer at the moment."""

    code, says = "unavailable", "The database cannot be reached at the moment; try again shortly."


class SchemaMismatch(Refusal):
    """The database and this version of the service do not fit."""

    code, says = "schema_mismatch", "The database and this version of the service do not fit together."


class HalfRestored(SchemaMismatch):
    """The database holds half a backup: it is being put back at the moment, or that was cut off."""

    code, says = (
        "half_restored",
        "A backup is being put back here, or that was cut off: then run golden-thread restore again.",
    )
