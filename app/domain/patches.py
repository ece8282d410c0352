"""What a change of facts asks for, and which facts no such change may state."""

from typing import Any

from app.domain.ledger import Answer
from app.errors import Fault, Invalid
from app.who import PEOPLE, Stamp
from graph_schema.core import BY_ACT, Node


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


def refuse_acts(before: Answer, after: Answer, facts: Node, stamp: Stamp) -> None:
    """Refuse facts that people state by an act of their own, where they are stated among others."""
    acts = facts.marked(BY_ACT) if stamp.source == PEOPLE else ()
    says = "This is stated by an act of its own, which fills in who and when; see /openapi.json."
    wrong = [
        Fault(f"/{name}", "by_act", says) for name in acts if after[name] and after[name] != before.get(name)
    ]
    if wrong:
        raise Invalid(faults=wrong)
