"""Who may do what: one table from action, role and relation to the thing, and the reasons for a no."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.errors import Fault, NotAllowed
from app.who import Caller, Role


class Action(StrEnum):
    """Everything somebody may want to do."""

    READ = "read"
    REGISTER, CHANGE, RETIRE = "register", "change", "retire"
    CLAIM, WITHDRAW = "claim", "withdraw"
    ACCEPT, DISPUTE, REVIEW = "accept", "dispute", "review"
    DECLARE, ACCEPT_DECLARATION = "declare", "accept_declaration"
    CARRY_FORWARD, RECORD_EVENT, DECIDE = "carry_forward", "record_event", "decide"
    IMPORT = "import"
    APPOINT = "appoint"
    """Say who holds a post."""
    HAND_OVER, ERASE, REDACT = "hand_over", "erase", "redact"
    ADMINISTER_KEYS, ADMINISTER_SOURCES = "administer_keys", "administer_sources"
    NAME_STEWARD = "name_steward"


class Relation(StrEnum):
    """How a thing stands to the caller."""

    OWN_ORGANISATION = "own_organisation"
    """It belongs to the caller's organisation. To the service's own administrator everything does."""
    OWN_POST = "own_post"
    """The caller holds a post that owns it."""
    LEGAL_POST = "legal_post"
    """The caller holds a legal post in the organisation of what is grounded in it."""
    STEWARD = "steward"
    """An administrator has named the caller its steward."""
    OWN_SOURCE = "own_source"
    """The caller's source states it, for the caller's organisation where it has one."""
    NOBODYS = "nobodys"
    """It belongs to no organisation, as law and national goals do."""
    OTHER = "other"
    """It belongs to another organisation."""


Related = frozenset[Relation]

_ALL: Related = frozenset(Relation)
_NONE: Related = frozenset()
_OURS: Related = frozenset({Relation.OWN_ORGANISATION})
_KEPT: Related = _OURS | {Relation.OWN_POST}
_VOUCHED: Related = _KEPT | {Relation.LEGAL_POST, Relation.STEWARD}
_STATED: Related = frozenset({Relation.OWN_SOURCE})


def _row(
    contributor: Related = _NONE,
    owner: Related = _NONE,
    integration: Related = _NONE,
    administrator: Related = _NONE,
    viewer: Related = _NONE,
) -> Mapping[Role, Related]:
    return {
        Role.VIEWER: viewer,
        Role.CONTRIBUTOR: contributor,
        Role.OWNER: owner,
        Role.INTEGRATION: integration,
        Role.ADMINISTRATOR: administrator,
    }


_NEW = _OURS | {Relation.NOBODYS}

MAY: Mapping[Action, Mapping[Role, Related]] = {
    Action.READ: _row(_ALL, _ALL, _ALL, _ALL, _ALL),
    Action.REGISTER: _row(contributor=_NEW, owner=_NEW, integration=_STATED, administrator=_OURS),
    Action.CHANGE: _row(contributor=_KEPT, owner=_KEPT, integration=_STATED, administrator=_OURS),
    Action.RETIRE: _row(contributor=_KEPT, owner=_KEPT, integration=_STATED, administrator=_OURS),
    Action.CLAIM: _row(contributor=_KEPT, owner=_KEPT, integration=_STATED, administrator=_OURS),
    Action.WITHDRAW: _row(contributor=_KEPT, owner=_KEPT, integration=_STATED, administrator=_OURS),
    Action.ACCEPT: _row(owner=_VOUCHED),
    Action.DISPUTE: _row(owner=_VOUCHED),
    Action.REVIEW: _row(owner=_VOUCHED),
    Action.DECLARE: _row(contributor=_KEPT, owner=_KEPT),
    Action.ACCEPT_DECLARATION: _row(owner=_KEPT),
    Action.CARRY_FORWARD: _row(contributor=_KEPT, owner=_KEPT),
    Action.RECORD_EVENT: _row(owner=_VOUCHED, integration=_STATED, administrator=_OURS),
    Action.DECIDE: _row(owner=_KEPT),
    Action.IMPORT: _row(contributor=_OURS, owner=_OURS, integration=_STATED, administrator=_OURS),
    Action.APPOINT: _row(integration=_STATED, administrator=_OURS),
    Action.HAND_OVER: _row(administrator=_OURS),
    Action.ERASE: _row(administrator=_OURS),
    Action.REDACT: _row(administrator=_OURS),
    Action.ADMINISTER_KEYS: _row(administrator=_OURS),
    Action.ADMINISTER_SOURCES: _row(administrator=_OURS),
    Action.NAME_STEWARD: _row(administrator=_OURS),
}
"""Action -> role -> the relations in which it may be done. The whole of who may do what."""

VOUCHES = frozenset({Action.ACCEPT, Action.REVIEW, Action.ACCEPT_DECLARATION})
"""What nobody does for a claim or declaration of their own, whatever their roles."""


@dataclass(frozen=True)
class Subject:
    """What is acted on, as far as it decides who may."""

    organisation: str | None = None
    """Whose it is."""
    source: str = ""
    """Which source states it."""
    holders: frozenset[str] = frozenset()
    """Persons who hold a post that owns it."""
    legal: frozenset[str] = frozenset()
    """Persons who hold the legal post that answers for it."""
    stewards: frozenset[str] = frozenset()
    """Actors or persons named its stewards."""
    claimants: frozenset[str] = frozenset()
    """The actor that claimed or declared it, and the person behind it."""
    kind: str | None = None
    """Kind of the record that is written."""
    link: str | None = None
    """Kind of the link that is written."""
    fields: frozenset[str] = frozenset()
    """Facts that are written."""


def relations(caller: Caller, subject: Subject) -> Related:
    """How the thing stands to the caller."""
    ours = subject.organisation is not None and subject.organisation == caller.organisation
    stated = subject.source == caller.source and (caller.organisation is None or ours)
    found = {
        Relation.OWN_ORGANISATION: ours or caller.is_of_the_service,
        Relation.OWN_POST: caller.person in subject.holders,
        Relation.LEGAL_POST: caller.person in subject.legal,
        Relation.STEWARD: not caller.names.isdisjoint(subject.stewards),
        Relation.OWN_SOURCE: stated,
        Relation.NOBODYS: subject.organisation is None,
        Relation.OTHER: subject.organisation is not None and not ours,
    }
    return frozenset(relation for relation, holds in found.items() if holds)


def may(caller: Caller, action: Action, subject: Subject) -> bool:
    """Whether the caller may do this to the thing."""
    return refusal(caller, action, subject) is None


def require(caller: Caller, action: Action, subject: Subject) -> None:
    """Refuse what the caller may not do, with the reason."""
    fault = refusal(caller, action, subject)
    if fault:
        raise NotAllowed(fault.detail, faults=[fault])


def refusal(caller: Caller, action: Action, subject: Subject) -> Fault | None:
    """Why the caller may not do this; None if it may."""
    if caller.read_only and action is not Action.READ:
        return Fault("", "read_only", "This key only reads.")
    if not any(MAY[action][role] for role in caller.roles):
        able = ", ".join(sorted(role for role in Role if MAY[action][role]))
        return Fault("", "role_missing", f"None of your roles may do this; these may: {able}.")
    allowed = frozenset().union(*(MAY[action][role] for role in caller.roles))
    if allowed.isdisjoint(relations(caller, subject)):
        return _not_yours(caller)
    if action in VOUCHES and not caller.names.isdisjoint(subject.claimants):
        return Fault("", "own_claim", "Nobody accepts a claim of their own; somebody else must.")
    return _beyond(caller, subject)


def _not_yours(caller: Caller) -> Fault:
    if caller.roles == {Role.INTEGRATION}:
        says = "An integration writes only what its own source states, for its own organisation."
        return Fault("", "another_source", says)
    return Fault("", "another_organisation", "It is not your organisation's, nor that of a post you hold.")


def _beyond(caller: Caller, subject: Subject) -> Fault | None:
    """What goes beyond the caller's grants, if it has any."""
    grants = caller.grants
    if grants is None:
        return None
    if subject.kind is not None and subject.kind not in grants.kinds:
        return Fault("", "kind_not_granted", f"This key may not write records of kind {subject.kind}.")
    if subject.link is not None and subject.link not in grants.links:
        return Fault("", "link_not_granted", f"This key may not write links of kind {subject.link}.")
    if not grants.fields:
        return None
    of = subject.kind or subject.link
    strange = sorted(each for each in subject.fields if not {each, f"{of}.{each}"} & grants.fields)
    if strange:
        return Fault(f"/{strange[0]}", "field_not_granted", "This key may not write this fact.")
    return None
