"""What law lets each process, instrument and project pass on, on the day; the states are `domain.law`'s."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from app.domain import law
from app.domain.law import Change, Place, State
from app.graph import Row
from app.portfolio.grounds import Need, Rest
from app.portfolio.verdicts import Quality
from app.questions.core import View
from graph_schema.cypher import restored
from graph_schema.law import LegalChange, Provision
from graph_schema.links import Affects
from graph_schema.values import DutyKind, Effect, Force, Nation
from graph_schema.values import Need as HowMuch
from tests.questions.cypher.parts import accepted, in_dates
from tests.questions.cypher.parts import read as rows_of

_SUCCESSIONS = 16
_BRING = (Effect.COMMENCE, Effect.INSERT)
"""Effects that give a provision force."""

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
  effects: COLLECT {{
    MATCH (c:LegalChange)-[a:AFFECTS]->(v) WHERE {accepted("a")} RETURN a {{.*, change: c.id}}
  }}
}}) AS rows
"""

_NEEDS = f"""
MATCH (n:Project|Process|PolicyInstrument)-[d:NEEDS_CHANGE]->(c:LegalChange)
WHERE d.standing <> 'withdrawn' AND {in_dates("d")}
OPTIONAL MATCH (o:Organisation {{id: n.organisation}})
RETURN collect({{
  node: n.id, nation: o.nation, authority: o.type, change: c.id, need: d.need, needed_by: d.needed_by
}}) AS rows
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
    rests: dict[str, list[Rest]] = field(default_factory=dict)
    needs: dict[str, list[Need]] = field(default_factory=dict)
    changes: dict[str, Change] = field(default_factory=dict)
    """The changes that are needed, that took the place of one, or that would bring what is not in force."""
    places: dict[str, Place] = field(default_factory=dict)
    """For whom law is asked, by node that rests on law or needs a change."""

    def waiting(self, node: str) -> list[Rest]:
        """The provisions a node rests on where none of them can be relied on; empty where one can."""
        in_law = [each for each in self.rests.get(node, ()) if each.is_law]
        return [] if any(each.reliable for each in in_law) else in_law

    def state_of(self, change: str, node: str, day: date) -> tuple[State, str]:
        """The state of a change for a node, and the id of the change whose state it is."""
        return law.decided(change, self.changes, day, self.places[node])


async def read(view: View) -> Law:
    """Read the law that anything is grounded in or blocked by, and say what it does on the day."""
    groundings, needed = await rows_of(view, _GROUNDINGS), await rows_of(view, _NEEDS)
    provisions = await _provisions(view, {row["provision"] for row in groundings})
    rests = {
        node: [_rest(row, provisions[row["provision"]], view.valid_on) for row in rows]
        for node, rows in _by_node(groundings).items()
    }
    wanting = {
        id for found in rests.values() for each in found if not each.reliable for id in each.brought_by
    }
    coming = await changes(view, wanting | {row["change"] for row in needed})
    needs = {
        node: [_need(row, coming, view.valid_on) for row in rows] for node, rows in _by_node(needed).items()
    }
    caps = {node: _cap(rests.get(node, ()), needs.get(node, ())) for node in rests.keys() | needs.keys()}
    return Law(
        {node: int(cap) for node, cap in sorted(caps.items()) if cap < Quality.CLEAN},
        {node: True for node, found in rests.items() if any(each.duty for each in found)},
        rests,
        needs,
        coming,
        {row["node"]: _place(row) for row in groundings + needed},
    )


@dataclass(frozen=True)
class _Read:
    """A provision as it was read, with what has been done to it."""

    facts: Provision
    print: str
    is_law: bool
    effects: tuple[Affects, ...]
    brought_by: tuple[str, ...]


def _rest(row: Row, provision: _Read, day: date) -> Rest:
    state = law.state_of_provision(provision.facts, day, _place(row))
    reliable = provision.is_law and law.can_be_relied_on(state, row["confirmed"])
    reviewed_on = row["reviewed_on"] and date.fromisoformat(row["reviewed_on"][:10])
    binds = provision.facts.force is Force.DUTY and provision.facts.duty_kind is not DutyKind.HAVE_REGARD
    return Rest(
        provision=row["provision"],
        title=provision.facts.title,
        state=state,
        is_law=provision.is_law,
        reliable=reliable,
        changed=law.changed_since_review(provision.print, row["print"], reviewed_on, provision.effects, day),
        duty=reliable and binds and row["basis"] == "duty",
        brought_by=provision.brought_by,
    )


def _need(row: Row, changes: dict[str, Change], day: date) -> Need:
    state, decided_by = law.decided(row["change"], changes, day, _place(row))
    needed_by = row["needed_by"] and date.fromisoformat(row["needed_by"])
    return Need(row["change"], HowMuch(row["need"]), needed_by, state, decided_by)


def _cap(rests: Iterable[Rest], needs: Iterable[Need]) -> Quality:
    """The most a node that rests on this law and needs these changes may pass on."""
    found = list(rests)
    in_law = [each for each in found if each.is_law]
    caps = [_cap_of_need(each.state) for each in needs if each.need is HowMuch.BLOCKING]
    if in_law and not any(each.reliable for each in in_law):
        caps.append(Quality.WAITS_FOR_LAW)
    if any(each.changed for each in found):
        caps.append(Quality.SUSPECT)
    return min(caps, default=Quality.CLEAN)


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
    rows = await rows_of(view, _PROVISIONS, ids=sorted(ids)) if ids else []
    return {
        row["id"]: _Read(
            Provision.model_validate(restored(Provision, row["facts"])),
            row["facts"]["print"],
            not law.NO_LAW & set(row["types"]),
            _effects(row["effects"]),
            tuple(sorted({each["change"] for each in row["effects"] if each["effect"] in _BRING})),
        )
        for row in rows
    }


async def changes(view: View, ids: set[str]) -> dict[str, Change]:
    """These changes in the law with their effects, and whatever took the place of one, by id."""
    rows = await rows_of(view, _CHANGES, ids=sorted(ids)) if ids else []
    return {
        row["id"]: Change(
            LegalChange.model_validate(restored(LegalChange, row["facts"])),
            _effects(row["effects"]),
            tuple(row["successors"]),
        )
        for row in rows
    }
