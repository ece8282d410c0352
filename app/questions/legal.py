"""What law lets each process, instrument and project pass on, on the day; the states are `domain.law`'s."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from app.domain import law
from app.domain.law import Change, Place, State
from app.graph import Row
from app.questions.core import View
from app.questions.parts import accepted, in_dates
from app.questions.verdicts import Quality
from graph_schema.cypher import restored
from graph_schema.law import LegalChange, Provision
from graph_schema.links import Affects
from graph_schema.values import DutyKind, Force, Nation

_SUCCESSIONS = 16

_GROUNDINGS = f"""
MATCH (n:Process|PolicyInstrument)-[g:GROUNDED_IN]->(v:Provision) WHERE {accepted("g")}
OPTIONAL MATCH (o:Organisation {{id: n.organisation}})
RETURN collect({{
  node: n.id, nation: o.nation, authority: o.type, provision: v.id, basis: g.basis, print: g.target_print,
  reviewed_on: coalesce(g.reviewed_on, g.accepted_on),
  confirmed: g.purpose_confirmed_by IS NOT NULL AND g.purpose_confirmed_on IS NOT NULL
}}) AS rows
"""

_PROVISIONS = f"""
UNWIND $ids AS id MATCH (v:Provision {{id: id}})
RETURN collect({{
  id: id, facts: v {{.*}},
  types: COLLECT {{ MATCH (v)-[t:PART_OF]->(l:Legislation) WHERE {accepted("t")} RETURN l.type }},
  effects: COLLECT {{ MATCH (:LegalChange)-[a:AFFECTS]->(v) WHERE {accepted("a")} RETURN a {{.*}} }}
}}) AS rows
"""

_NEEDS = f"""
MATCH (n:Project|Process|PolicyInstrument)-[d:NEEDS_CHANGE]->(c:LegalChange)
WHERE d.need = 'blocking' AND d.standing <> 'withdrawn' AND {in_dates("d")}
OPTIONAL MATCH (o:Organisation {{id: n.organisation}})
RETURN collect({{node: n.id, nation: o.nation, authority: o.type, change: c.id}}) AS rows
"""

_CHANGES = f"""
UNWIND $ids AS id
MATCH (:LegalChange {{id: id}})-[s:SUCCEEDED_BY*0..{_SUCCESSIONS}]->(c:LegalChange)
WHERE all(each IN s WHERE {accepted("each")})
WITH DISTINCT c
RETURN collect({{
  id: c.id, facts: c {{.*}},
  effects: COLLECT {{ MATCH (c)-[a:AFFECTS]->() WHERE {accepted("a")} RETURN a {{.*}} }},
  successors: COLLECT {{ MATCH (c)-[s:SUCCEEDED_BY]->(n:LegalChange) WHERE {accepted("s")} RETURN n.id }}
}}) AS rows
"""


@dataclass(frozen=True)
class Law:
    """What law does to the nodes of routes on one day."""

    caps: dict[str, int]
    """Id -> the most the node may pass on; nodes that are not named are not held back."""
    duties: dict[str, bool]
    """Ids of processes and instruments that a duty in force requires."""


async def read(view: View) -> Law:
    """Read the law that anything is grounded in or blocked by, and say what it does on the day."""
    groundings, needs = await view.read(_GROUNDINGS), await view.read(_NEEDS)
    provisions = await _provisions(view, {row["provision"] for row in groundings})
    changes = await _changes(view, {row["change"] for row in needs})
    caps: dict[str, int] = defaultdict(lambda: Quality.CLEAN)
    duties: dict[str, bool] = {}
    for node, rows in _by_node(groundings).items():
        found = [_grounding(row, provisions[row["provision"]], view.valid_on) for row in rows]
        caps[node] = _cap_of(found)
        if any(each.duty for each in found):
            duties[node] = True
    for row in needs:
        state = law.state_of_change(row["change"], changes, view.valid_on, _place(row))
        caps[row["node"]] = min(caps[row["node"]], _cap_of_need(state))
    return Law({node: int(cap) for node, cap in caps.items() if cap < Quality.CLEAN}, duties)


@dataclass(frozen=True)
class _Read:
    """A provision as it was read, with what has been done to it."""

    facts: Provision
    print: str
    is_law: bool
    effects: tuple[Affects, ...]


@dataclass(frozen=True)
class _Grounding:
    is_law: bool
    reliable: bool
    changed: bool
    duty: bool


def _grounding(row: Row, provision: _Read, day: date) -> _Grounding:
    state = law.state_of_provision(provision.facts, day, _place(row))
    reliable = provision.is_law and law.can_be_relied_on(state, row["confirmed"])
    reviewed_on = row["reviewed_on"] and date.fromisoformat(row["reviewed_on"][:10])
    binds = provision.facts.force is Force.DUTY and provision.facts.duty_kind is not DutyKind.HAVE_REGARD
    return _Grounding(
        is_law=provision.is_law,
        reliable=reliable,
        changed=law.changed_since_review(provision.print, row["print"], reviewed_on, provision.effects, day),
        duty=reliable and binds and row["basis"] == "duty",
    )


def _cap_of(groundings: Iterable[_Grounding]) -> Quality:
    """The most a node so grounded may pass on. Guidance and its like neither carry it nor hold it back."""
    found = list(groundings)
    in_law = [each for each in found if each.is_law]
    if in_law and not any(each.reliable for each in in_law):
        return Quality.WAITS_FOR_LAW
    return Quality.SUSPECT if any(each.changed for each in found) else Quality.CLEAN


def _cap_of_need(state: State) -> Quality:
    if state is State.NEVER:
        return Quality.ABSENT
    return Quality.CLEAN if law.can_be_relied_on(state) else Quality.WAITS_FOR_LAW


def _by_node(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["node"]].append(row)
    return found


@cache
def _at(nation: str | None, authority: str | None) -> Place:
    return Place(Nation(nation) if nation else None, authority)


def _place(row: Row) -> Place:
    return _at(row["nation"], row["authority"])


def _effects(stored: Iterable[dict[str, Any]]) -> tuple[Affects, ...]:
    return tuple(Affects.model_validate(restored(Affects, each)) for each in stored)


async def _provisions(view: View, ids: set[str]) -> dict[str, _Read]:
    rows = await view.read(_PROVISIONS, ids=sorted(ids)) if ids else []
    return {
        row["id"]: _Read(
            Provision.model_validate(restored(Provision, row["facts"])),
            row["facts"]["print"],
            not law.NO_LAW & set(row["types"]),
            _effects(row["effects"]),
        )
        for row in rows
    }


async def _changes(view: View, ids: set[str]) -> dict[str, Change]:
    rows = await view.read(_CHANGES, ids=sorted(ids)) if ids else []
    return {
        row["id"]: Change(
            LegalChange.model_validate(restored(LegalChange, row["facts"])),
            _effects(row["effects"]),
            tuple(row["successors"]),
        )
        for row in rows
    }
