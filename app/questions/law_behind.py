"""Which law allows this here today?"""

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from app.domain import law
from app.domain.access import Scope
from app.domain.law import Place, State
from app.errors import Fault, Invalid
from app.questions import projects, sentences
from app.questions.core import Found, Named, Question, View
from app.questions.core import Row as AnswerRow
from app.questions.parts import accepted
from app.questions.projects import Filters
from graph_schema.cypher import kind_of, restored
from graph_schema.law import Provision
from graph_schema.links import Affects
from graph_schema.values import Basis, Code, DutyKind, Force, Nation, RecordId, Standing

_GROUNDED = ("Process", "PolicyInstrument", "PolicyGoal")


class LawBehindRow(AnswerRow):
    """One law that the record rests on, and its state for whom the record belongs to."""

    featured = ("law", "basis", "force", "state", "can_be_relied_on", "standing", "sentence")

    id: Annotated[str | None, Field(description="Id of the grounding; empty: asked of the provision itself.")]
    law: Annotated[Named, Field(description="The provision, or the legislation as a whole.")]
    legislation: Annotated[Named | None, Field(description="The legislation a provision is part of.")]
    uri: Annotated[str | None, Field(description="Its address.")]
    basis: Annotated[Basis | None, Field(description="Whether the record rests on it as duty or power.")]
    force: Annotated[
        Force | None, Field(description="What the provision does; empty for guidance and whole legislation.")
    ]
    duty_kind: Annotated[DutyKind | None, Field(description="How binding, for a duty.")]
    nation: Annotated[Nation | None, Field(description="For which nation its state is said; empty: for all.")]
    authority: Annotated[str | None, Field(description="For which type of authority.")]
    state: Annotated[State | None, Field(description="Its state on the day; whole legislation has none.")]
    since: Annotated[date | None, Field(description="First day of the entry in force, or to come.")]
    until: Annotated[date | None, Field(description="First day without force, where one is set.")]
    can_be_relied_on: Annotated[
        bool, Field(description="Whether it carries the record: accepted, law, and in force for it.")
    ]
    purpose_confirmed: Annotated[
        bool, Field(description="Whether a legal post confirmed that partly commenced law covers it.")
    ]
    changed_since_review: Annotated[bool, Field(description="Whether it changed since it was last reviewed.")]
    standing: Annotated[Standing | None, Field(description="Standing of the grounding.")]
    accepted_by: Annotated[str | None, Field(description="Who accepted the grounding.")]
    accepted_on: Annotated[str | None, Field(description="Day of that.")]
    sentence: Annotated[str, Field(description="All that in one sentence.")]

    def order(self, by: str) -> list[Any]:
        """The id of a grounding decides between equals."""
        if by == "id":
            return [self.id or "", self.law.id]
        return super().order(by)


class LawBehind(Question):
    """The law that a process, instrument or goal rests on: duty or power, and its state for its own
    organisation's nation and type of authority on the day.

    Of a provision asked about itself the state is said for all it extends to. `nation` and `authority` ask
    for somebody else. Groundings that nobody has accepted are shown and carry nothing.
    """

    name, version = "law-behind", 1
    asks = "Which law allows this here today?"
    row = LawBehindRow
    sorts = ("law", "basis", "force", "state", "id")
    default_sort = "law"
    example = "node=@process/homeless-assessment"

    node: Annotated[RecordId, Field(description="Id of the process, instrument, goal or provision.")]
    nation: Annotated[
        Nation | None, Field(description="Ask for this nation; that of its organisation if empty.")
    ] = None
    authority: Annotated[
        Code | None, Field(description="Ask for this type of authority; its organisation's if empty.")
    ] = None

    async def find(self, view: View) -> Found[LawBehindRow]:
        """A row a grounding, of whatever standing but withdrawn."""
        rows = await view.read(_node(view.scope), id=self.node)
        if not rows:
            raise _unknown("There is no record with this id.")
        node = rows[0]
        if node["kind"] not in (*_GROUNDED, "Provision"):
            raise _unknown("Law is asked of a process, an instrument, a goal or a provision.")
        at_home = Nation(node["nation"]) if node["nation"] else None
        place = Place(self.nation or at_home, self.authority or node["authority"])
        found = await view.read(_laws(view.scope, node["kind"]), id=self.node)
        judgement = projects.judge(view, Filters())
        return Found(
            rows=[_row(node, each, place, view.valid_on) for each in found],
            denominators=judgement.denominators(),
        )


def _unknown(says: str) -> Invalid:
    return Invalid(faults=[Fault("/node", "reference_unknown", says)])


def _node(scope: Scope) -> str:
    return f"""
    MATCH (n:Record {{id: $id}}) WHERE {scope.sees("n")}
    OPTIONAL MATCH (o:Organisation {{id: n.organisation}})
    RETURN collect({{
      id: n.id, title: n.title, kind: {kind_of("n")}, nation: o.nation, authority: o.type
    }}) AS rows
    """


def _laws(scope: Scope, kind: str) -> str:
    """Every law the record is grounded in; a provision itself where that is what is asked about."""
    own = kind == "Provision"
    start = (
        "MATCH (v:Provision {id: $id})"
        if own
        else (f"MATCH (n:{kind} {{id: $id}})-[g:GROUNDED_IN]->(v) WHERE g.standing <> 'withdrawn'")
    )
    grounding = "null" if own else "g {.*}"
    holds = "true" if own else accepted("g")
    return f"""
    {start}
    RETURN collect({{
      grounding: {grounding}, accepted: {holds}, law: v {{.*}}, is_provision: v:Provision,
      legislation: COLLECT {{ MATCH (v)-[t:PART_OF]->(w:Legislation) WHERE {accepted("t")}
                              RETURN w {{.id, .title, .type}} ORDER BY w.id }},
      effects: COLLECT {{ MATCH (:LegalChange)-[a:AFFECTS]->(v) WHERE {accepted("a")} RETURN a {{.*}} }}
    }}) AS rows
    """


def _row(node: dict[str, Any], read: dict[str, Any], place: Place, day: date) -> LawBehindRow:
    grounding, stored = read["grounding"] or {}, read["law"]
    provision = Provision.model_validate(restored(Provision, stored)) if read["is_provision"] else None
    is_law = not law.NO_LAW & {stored.get("type"), *(each["type"] for each in read["legislation"])}
    state = law.state_of_provision(provision, day, place) if provision else None
    confirmed = bool(grounding.get("purpose_confirmed_by") and grounding.get("purpose_confirmed_on"))
    reliable = bool(read["accepted"] and is_law and state and law.can_be_relied_on(state, confirmed))
    since, until = _span(provision, day)
    above = next(iter(read["legislation"]), None)
    return LawBehindRow(
        id=grounding.get("id"),
        law=Named(id=stored["id"], title=stored["title"]),
        legislation=above and Named(id=above["id"], title=above["title"]),
        uri=stored.get("uri"),
        basis=grounding.get("basis") and Basis(grounding["basis"]),
        force=provision.force if provision and is_law else None,
        duty_kind=provision.duty_kind if provision and is_law else None,
        nation=place.nation,
        authority=place.authority,
        state=state,
        since=since,
        until=until,
        can_be_relied_on=reliable,
        purpose_confirmed=confirmed,
        changed_since_review=provision is not None and _changed(read, day),
        standing=grounding.get("standing") and Standing(grounding["standing"]),
        accepted_by=grounding.get("accepted_by"),
        accepted_on=grounding.get("accepted_on"),
        sentence=sentences.of_law(
            None if provision is not None and not grounding else node["title"],
            stored["title"],
            grounding.get("basis"),
            state,
            place.nation,
            is_law=is_law,
            accepted=read["accepted"],
            reliable=reliable,
        ),
    )


def _changed(read: dict[str, Any], day: date) -> bool:
    grounding = read["grounding"]
    if not grounding:
        return False
    reviewed = grounding.get("reviewed_on") or grounding.get("accepted_on")
    effects = [Affects.model_validate(restored(Affects, each)) for each in read["effects"]]
    return law.changed_since_review(
        read["law"]["print"],
        grounding.get("target_print"),
        date.fromisoformat(reviewed[:10]) if reviewed else None,
        effects,
        day,
    )


def _span(provision: Provision | None, day: date) -> tuple[date | None, date | None]:
    """Begin and end of the entry that covers the day; else of the next to come, or of the last."""
    if provision is None:
        return None, None
    entries = ((each.from_, each.to) for each in provision.intervals if each.from_ is not None)
    dated = sorted(entries, key=lambda entry: entry[0])
    covering = [(begins, ends) for begins, ends in dated if begins <= day and (ends is None or day < ends)]
    coming = [(begins, ends) for begins, ends in dated if begins > day]
    return next(iter([*covering, *coming, *dated[-1:]]), (None, None))
