"""Which sections of law carry most of our money?"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field

from app.domain import law as rules
from app.domain.law import State
from app.portfolio.law import Law
from app.portfolio.verdicts import COUNTED
from app.questions import projects
from app.questions.core import Found, Named, Note, Row, Sum, View, largest
from app.questions.projects import OfProjects


class LoadBearingLawRow(Row):
    """A provision or a change in the law, and the projects and money that rest on it."""

    featured = ("title", "kind", "law", "projects", "money", "no_other_ground")

    id: Annotated[str, Field(description="Id of the provision or change.")]
    kind: Annotated[str, Field(description="Provision, or LegalChange.")]
    title: Annotated[str, Field(description="Its title.")]
    law: Annotated[State, Field(description="Its state on the day, for its whole extent.")]
    generic_power: Annotated[
        bool, Field(description="Whether it is a general power that permits most things.")
    ]
    rests: Annotated[
        list[Named], Field(description="Processes and instruments grounded in it, or that need it.")
    ]
    no_other_ground: Annotated[
        list[Named], Field(description="Of them: those grounded in this generic power and in nothing else.")
    ]
    projects: Annotated[
        int,
        Field(description="Projects with a counted route through them, and those that need it themselves."),
    ]
    money: Annotated[list[Sum], Field(description="Their whole cost: rows are not to be added up.")]

    def order(self, by: str) -> list[Any]:
        """Money sorts by the largest sum of one bucket, then by projects."""
        if by == "money":
            return [largest(self.money), self.projects]
        if by == "law":
            return [list(State).index(self.law)]
        return super().order(by)


class LoadBearingLaw(OfProjects):
    """Each provision and each change in the law on which live projects rest, with their number and money.

    A project rests on a provision when a counted route of it passes a process or instrument accepted as
    grounded in it; on a change when it, or a process or instrument on such a route, needs it, or rests on a
    provision that the change brings. Instruments grounded in a generic power alone are listed with it, and
    counted in the note.
    """

    name, version = "load-bearing-law", 1
    asks = "Which sections of law, and which changes in it, carry most of our money?"
    row = LoadBearingLawRow
    sorts = ("money", "projects", "title", "kind", "law", "id")
    default_sort = "-money"
    reads_nothing = True
    example = "limit=3"

    kind: Annotated[
        Literal["Provision", "LegalChange"] | None, Field(description="Only provisions, or only changes.")
    ] = None

    async def find(self, view: View) -> Found[LoadBearingLawRow]:
        """A row for each provision and change that something on a counted route rests on."""
        judgement = projects.judge(view, self)
        law = view.portfolio.law
        grounds, needs = _rests(law)
        nodes = sorted(set().union(*grounds.values(), *needs.values()))
        live = {each.id for each in judgement.projects}
        leading = view.portfolio.reaching(nodes, COUNTED, routed=True)
        behind = {node: {node, *each.column("id")} & live for node, each in zip(nodes, leading, strict=True)}
        titles = _titles(view, nodes)
        provisions = [] if self.kind == "LegalChange" else _provisions(view, law, grounds, behind, titles)
        changes = [] if self.kind == "Provision" else _changes(view, law, needs, behind, titles)
        generic = {named.id for row in provisions for named in row.no_other_ground}
        says = f"Processes and instruments grounded in a generic power alone: {len(generic):,}."
        notes = (Note(code="generic_power_alone", detail=says),) if generic else ()
        rows = [row for row in (*provisions, *changes) if row.projects]
        return Found(rows=rows, denominators=judgement.denominators(), notes=notes)


Rests = dict[str, set[str]]
"""Provision or change -> the processes, instruments and projects that rest on it or need it."""


def _rests(law: Law) -> tuple[Rests, Rests]:
    grounds: Rests = defaultdict(set)
    needs: Rests = defaultdict(set)
    for node in law.touched():
        for rest in law.rests(node):
            grounds[rest.provision].add(node)
            for change in rest.brought_by:
                needs[change].add(node)
        for need in law.needs(node):
            needs[need.change].add(node)
    return grounds, needs


def _titles(view: View, nodes: Iterable[str]) -> dict[str, str]:
    return {
        id: title
        for kind in ("Project", "Process", "PolicyInstrument")
        for id, title in view.portfolio.some(kind, nodes).rows("id", "title")
    }


def _provisions(
    view: View, law: Law, grounds: Rests, behind: Rests, titles: dict[str, str]
) -> list[LoadBearingLawRow]:
    rows = []
    for id, provision in view.portfolio.some("Provision", grounds).rows("id", "whole"):
        alone = {
            node
            for node in grounds[id]
            if provision.generic_power and {rest.provision for rest in law.rests(node)} == {id}
        }
        state = rules.state_of_provision(provision, view.valid_on)
        rows.append(
            _row(view, (id, "Provision", provision.title, state), grounds[id], behind, titles,
                 generic=bool(provision.generic_power), alone=alone)
        )  # fmt: skip
    return rows


def _changes(
    view: View, law: Law, needs: Rests, behind: Rests, titles: dict[str, str]
) -> list[LoadBearingLawRow]:
    return [
        _row(
            view,
            (id, "LegalChange", law.changes[id].facts.title,
             rules.state_of_change(id, law.changes, view.valid_on)),
            nodes, behind, titles, generic=False, alone=set(),
        )
        for id, nodes in sorted(needs.items())
    ]  # fmt: skip


def _row(
    view: View,
    of: tuple[str, str, str, State],
    nodes: set[str],
    behind: Rests,
    titles: dict[str, str],
    *,
    generic: bool,
    alone: set[str],
) -> LoadBearingLawRow:
    id, kind, title, state = of
    resting = set().union(*(behind[node] for node in nodes))
    cost = view.portfolio.some("Project", resting).cost() if resting else []

    def named(ids: set[str]) -> list[Named]:
        return [Named(id=each, title=titles[each]) for each in sorted(ids) if each in titles]

    return LoadBearingLawRow(
        id=id,
        kind=kind,
        title=title,
        law=state,
        generic_power=generic,
        rests=named(nodes),
        no_other_ground=named(alone),
        projects=len(resting),
        money=[projects.sum_of(bucket, pence) for bucket, pence in cost],
    )
