"""What a change of facts asks for, and which facts no such change may state."""

from typing import Any

from app.domain import sources
from app.domain.ledger import Answer
from app.errors import Fault, Invalid
from app.graph import Tx
from app.who import PEOPLE, Stamp
from graph_schema.core import BY_ACT, BY_EVENT, FIXED, Link, Node


def merged(facts: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """The facts after an RFC 7396 merge patch; a fact set to null goes back to its default."""
    result = dict(facts)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            old = result.get(name)
            result[name] = merged(old if isinstance(old, dict) else {}, value)
        else:
            result[name] = value
    return result


_ACT = "This is stated by an act of its own, which fills in who and when; see /openapi.json."
_FIXED = (
    "This stands as it was made. Register the correction as a record of its own that supersedes this one."
)
_EVENT = "This moves by an event with its day and source: POST it to the record's /events."


async def refuse_acts(
    tx: Tx, before: Answer, after: Answer, facts: Node | Link, stamp: Stamp, under: str = ""
) -> None:
    """Refuse facts that people state by an act or an event, and those that stand, where a change states them.

    That somebody accepted is stated by a source that may state acceptance.
    """
    wrong = acts(before, after, facts, stamp, under)
    if stamp.source != PEOPLE and (accepts := acceptances(before, after, facts, under)):
        source = await sources.registered(tx, stamp.source)
        wrong += [] if source and source.states_acceptance else accepts
    if wrong:
        raise Invalid(faults=wrong)


def acts(before: Answer, after: Answer, facts: Node | Link, stamp: Stamp, under: str = "") -> list[Fault]:
    """A fault for each fact that people state by an act or an event, or that stands, where it differs.

    How far a change in the law has got may be stated when it is registered, and moves by events from there.
    """
    people = stamp.source == PEOPLE
    by_act = [name for name in facts.marked(BY_ACT) if people and after[name]]
    events = facts.marked(BY_EVENT) if people and before else ()
    fixed = facts.marked(FIXED) if before else ()
    return [
        Fault(f"{under}/{name}", code, says)
        for names, code, says in (
            (by_act, "by_act", _ACT),
            (events, "by_event", _EVENT),
            (fixed, "stands_as_made", _FIXED),
        )
        for name in names
        if after[name] != before.get(name)
    ]


def acceptances(before: Answer, after: Answer, facts: Node | Link, under: str = "") -> list[Fault]:
    """A fault for each acceptance among these facts that was not stated before."""
    stated = [name for name in facts.marked(BY_ACT) if after[name] != before.get(name)]
    says = "This source may not state that somebody accepted this; leave that out."
    return [
        Fault(f"{under}/{name}", "acceptance_not_yours", says)
        for name in stated
        if (after[name].get("accepted_by") if isinstance(after[name], dict) else after[name])
    ]
