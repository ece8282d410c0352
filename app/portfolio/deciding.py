"""What decides whether a part of a route is good enough: the records and links, and which of their facts."""

from collections.abc import Iterator

import numpy as np

from app.portfolio.flips import Part
from app.portfolio.kept import LADDER
from app.portfolio.snapshot import Snapshot
from graph_schema import KIND_BY_NAME
from graph_schema.core import MEANING

Deciding = dict[str, frozenset[str] | None]
"""Id of a record or link -> the facts of it that matter; None: all of them."""

_IN_USE = frozenset({"status", "valid_from", "valid_to", "adopted_by", "adopted_on", "not_applicable"})
_FOR_WHOM = frozenset({"organisation", "nation", "type"})


def deciding(snapshot: Snapshot, part: Part) -> Deciding:
    """What decides a part, as far as this snapshot has it."""
    if part.label:
        return {part.id: None, **({} if part.own else dict(_ends(snapshot, part)))}
    if part.own:
        return {part.id: _IN_USE}
    return {part.id: _FOR_WHOM, **_law(snapshot, part.id)}


def _ends(snapshot: Snapshot, part: Part) -> Iterator[tuple[str, frozenset[str]]]:
    """The ends of a link, and what they mean; whether the target may be a step."""
    links = snapshot.links[part.label]
    row = links.position(part.id)
    if row < 0:
        return
    for end in ("source", "target"):
        place = int(links[end][row])
        kind, _ = snapshot.at(place)
        step = {"state"} if (part.label, end) == ("ENABLES", "target") else set()
        yield snapshot.id(place), frozenset({*KIND_BY_NAME[kind].marked(MEANING), *step})


def _law(snapshot: Snapshot, id: str) -> Deciding:
    """The law a record rests on or needs, and for whom it is asked."""
    found: Deciding = {}
    own = snapshot.place(id, LADDER)
    if own < 0:
        return found
    places = {own}
    for label, near, far in (
        ("GROUNDED_IN", "source", "target"), ("NEEDS_CHANGE", "source", "target"),
        ("AFFECTS", "target", "source"), ("SUCCEEDED_BY", "source", "target"),
    ):  # fmt: skip
        links = snapshot.links[label]
        rows = np.flatnonzero(np.isin(links[near], sorted(places)))
        found |= dict.fromkeys(links.texts(rows))
        beyond = set(links[far][rows].tolist())
        found |= dict.fromkeys(snapshot.id(place) for place in beyond)
        places |= beyond
    kind, position = snapshot.at(own)
    organisation = snapshot.words.texts[snapshot.records[kind]["organisation"][position]]
    return found | ({organisation: _FOR_WHOM} if organisation else {})
