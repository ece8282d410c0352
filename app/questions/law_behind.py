"""Which law allows this here today?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import Field

from app.domain import law
from app.domain.law import Place, State
from app.errors import Fault, Invalid
from app.questions import projects, sentences
from app.questions.core import Found, Named, Question, View
from app.questions.core import Row as AnswerRow
from app.questions.projects import Filters
from graph_schema.law import Provision
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
        portfolio = view.portfolio
        kind = portfolio.kind(self.node)
        if kind is None:
            raise _unknown("There is no record with this id.")
        if kind not in (*_GROUNDED, "Provision"):
            raise _unknown("Law is asked of a process, an instrument, a goal or a provision.")
        at_home = portfolio.law.where(portfolio.some(kind, [self.node]).column("organisation")[0])
        place = Place(self.nation or at_home.nation, self.authority or at_home.authority)
        if kind == "Provision":
            rows = [_row(view, None, self.node, None, place)]
        else:
            rows = await _of_groundings(view, self.node, place)
        judgement = projects.judge(view, Filters())
        return Found(rows=rows, denominators=judgement.denominators())


def _unknown(says: str) -> Invalid:
    return Invalid(faults=[Fault("/node", "reference_unknown", says)])


async def _of_groundings(view: View, node: str, place: Place) -> list[LawBehindRow]:
    title = view.portfolio.titles([node])[node]
    groundings = view.portfolio.links("GROUNDED_IN", source=[node])
    told = [
        _Grounding(*each)
        for each in groundings.rows(
            "id", "target", "standing", "holds", "basis", "confirmed_by", "confirmed_on"
        )
    ]
    kept = [each for each in told if each.standing not in (None, Standing.WITHDRAWN)]
    vouched = await view.links("GROUNDED_IN", (each.id for each in kept))
    return [_row(view, title, each.law, each, place, vouched[each.id]) for each in kept]


@dataclass(frozen=True)
class _Grounding:
    id: str
    law: str
    standing: Standing | None
    holds: bool
    basis: Basis
    confirmed_by: bool
    confirmed_on: bool


def _row(
    view: View,
    of: str | None,
    id: str,
    grounding: _Grounding | None,
    place: Place,
    vouched: Mapping[str, Any] = MappingProxyType({}),
) -> LawBehindRow:
    """What is said of a law, of itself or as what a record rests on."""
    provision = _provision(view, id)
    above = _legislation(view, id)
    title, uri, types = (
        (provision.title, provision.uri, {type for _, _, type in above}) if provision else _whole(view, id)
    )
    is_law = not law.NO_LAW & types
    state = law.state_of_provision(provision, view.valid_on, place) if provision else None
    confirmed = grounding is not None and grounding.confirmed_by and grounding.confirmed_on
    accepted = grounding is None or grounding.holds
    reliable = bool(accepted and is_law and state and law.can_be_relied_on(state, confirmed))
    since, until = _span(provision, view.valid_on)
    basis = grounding.basis if grounding else None
    return LawBehindRow(
        id=grounding.id if grounding else None,
        law=Named(id=id, title=title),
        legislation=next((Named(id=each, title=name) for each, name, _ in above), None),
        uri=uri,
        basis=basis,
        force=provision.force if provision and is_law else None,
        duty_kind=provision.duty_kind if provision and is_law else None,
        nation=place.nation,
        authority=place.authority,
        state=state,
        since=since,
        until=until,
        can_be_relied_on=reliable,
        purpose_confirmed=confirmed,
        changed_since_review=bool(provision and grounding and view.portfolio.law.has_changed(grounding.id)),
        standing=grounding.standing if grounding else None,
        accepted_by=vouched.get("accepted_by"),
        accepted_on=vouched.get("accepted_on"),
        sentence=sentences.of_law(
            of,
            title,
            basis,
            state,
            place.nation,
            is_law=is_law,
            accepted=accepted,
            reliable=reliable,
        ),
    )


def _provision(view: View, id: str) -> Provision | None:
    return next(iter(view.portfolio.some("Provision", [id]).column("whole")), None)


def _whole(view: View, id: str) -> tuple[str, str | None, set[str | None]]:
    """Title, address and type of a piece of legislation."""
    ((title, uri, type),) = view.portfolio.some("Legislation", [id]).rows("title", "uri", "type")
    return title, uri, {type}


def _legislation(view: View, provision: str) -> list[tuple[str, str, str | None]]:
    """Id, title and type of each piece of legislation the provision is an accepted part of, by id."""
    parts = view.portfolio.links("PART_OF", source=[provision]).rows("target", "holds")
    above = view.portfolio.some("Legislation", [target for target, holds in parts if holds])
    return list(above.rows("id", "title", "type"))


def _span(provision: Provision | None, day: date) -> tuple[date | None, date | None]:
    """Begin and end of the entry that covers the day; else of the next to come, or of the last."""
    if provision is None:
        return None, None
    entries = ((each.from_, each.to) for each in provision.intervals if each.from_ is not None)
    dated = sorted(entries, key=lambda entry: entry[0])
    covering = [(begins, ends) for begins, ends in dated if begins <= day and (ends is None or day < ends)]
    coming = [(begins, ends) for begins, ends in dated if begins > day]
    return next(iter([*covering, *coming, *dated[-1:]]), (None, None))
