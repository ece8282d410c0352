"""Who answers for either end of a link: what decides who may accept it, read with the link itself."""

from app.domain import authority
from app.domain.authority import Action, Subject
from app.errors import Fault, NotAllowed
from app.graph import Row
from app.who import Caller, Stamp
from graph_schema.core import Link
from graph_schema.cypher import in_dates
from graph_schema.links import GroundedIn


def holders(node: str) -> str:
    """Cypher list of the persons who hold a post that owns the record today. Needs `today`."""
    return (
        f"COLLECT {{ MATCH (p:Post {{status: 'live'}})-[w:OWNS]->({node}) WHERE w.standing <> 'withdrawn'"
        f" AND p.holder IS NOT NULL AND {in_dates('w', '$today')} AND {in_dates('p', '$today')}"
        " RETURN DISTINCT p.holder }"
    )


_LEGAL = (
    "COLLECT { MATCH (p:Post {organisation: a.organisation, discipline: 'legal', status: 'live'})"
    f" WHERE p.holder IS NOT NULL AND {in_dates('p', '$today')} RETURN DISTINCT p.holder }}"
)

SIDES = f"""{{
  source_status: a.status, target_status: b.status,
  source_organisation: a.organisation, target_organisation: b.organisation,
  holders: CASE WHEN r:GROUNDED_IN THEN {holders("a")} ELSE {holders("b")} END,
  own_holders: {holders("a")},
  legal: CASE WHEN r:GROUNDED_IN THEN {_LEGAL} ELSE [] END,
  claimants: [r.claimed_by] + COLLECT {{
    MATCH (x:Actor {{id: r.claimed_by}}) WHERE x.person IS NOT NULL RETURN x.person }}
}}"""
"""Cypher map of who answers for the ends of the link `r` from `a` to `b`. Needs `today`."""


def upper(kind: type[Link], sides: Row) -> Subject:
    """The link as those see it who may accept it.

    A grounding is accepted by a legal post in the organisation of what is grounded, or, where that has no
    organisation, by the post an administrator made its steward; every other link by the owner of its target.
    """
    grounded = kind is GroundedIn
    whose = sides["target_organisation"]
    stewarded = sides["source_organisation"] is None if grounded else True
    return Subject(
        organisation=None if grounded else whose,
        holders=frozenset(sides["holders"] if stewarded else ()),
        legal=frozenset(sides["legal"]),
        claimants=frozenset(sides["claimants"]),
        link=kind.label,
    )


def lower(kind: type[Link], sides: Row) -> Subject:
    """The link as those see it who may claim it."""
    return Subject(
        organisation=sides["source_organisation"],
        holders=frozenset(sides["own_holders"]),
        link=kind.label,
    )


def refusal(caller: Caller, action: Action, kind: type[Link], sides: Row) -> Fault | None:
    """Why the caller may not act for the side the link points to; None if it may."""
    fault = authority.refusal(caller, action, upper(kind, sides))
    if fault is None or fault.code != "another_organisation":
        return fault
    if kind is GroundedIn:
        says = "A grounding is accepted by a legal post in the organisation of what is grounded."
    else:
        says = "Only an owner on the side the link points to may do this: its organisation's, or its post's."
    return Fault("", "not_the_owner", says)


def require(stamp: Stamp, action: Action, kind: type[Link], sides: Row) -> None:
    """Refuse an act for the side the link points to by one who does not answer for it."""
    fault = refusal(stamp.by, action, kind, sides)
    if fault:
        raise NotAllowed(fault.detail, faults=[fault])


def takes_part(caller: Caller, kind: type[Link], sides: Row) -> bool:
    """Whether the caller answers for either side."""
    return authority.may(caller, Action.DISPUTE, upper(kind, sides)) or authority.may(
        caller, Action.WITHDRAW, lower(kind, sides)
    )
