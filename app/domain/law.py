"""The state of law on a date: of a provision, an effect or a change; for a place and a type of authority.

Law is worked out here and nowhere else. There are three thresholds, made, commenced, and commenced for us;
an entry without a date is a state ("no day appointed"), not missing data. The register's `applied`,
`requires_applied` and `prospective` are kept as facts: a state comes from the dated entries alone.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from graph_schema.law import Interval, LegalChange, Provision
from graph_schema.links import Affects
from graph_schema.values import ChangeOutcome, ChangeStage, Effect, EndedBy, Nation


class State(StrEnum):
    """How far a provision, an effect or a change in the law has got on a date."""

    IN_FORCE, PARTLY_IN_FORCE = "in_force", "partly_in_force"
    DATED_FUTURE, UNAPPOINTED = "dated_future", "unappointed"
    IN_PARLIAMENT, PROPOSED = "in_parliament", "proposed"
    ENDED, NEVER = "ended", "never"


@dataclass(frozen=True)
class Place:
    """For whom the question is asked: a nation and a type of authority, both of one organisation."""

    nation: Nation | None = None
    """None asks for the whole extent."""
    authority: str | None = None
    """None asks whatever the type of authority."""


EVERYWHERE = Place()

NO_LAW = frozenset({"statutory_guidance", "council_constitution", "grant_condition"})
"""Types of Legislation whose provisions are neither duty nor power here."""

STILLBORN = frozenset(
    {ChangeOutcome.WITHDRAWN, ChangeOutcome.DEFEATED, ChangeOutcome.FELL, ChangeOutcome.QUASHED}
)
"""What becomes of changes that will never come."""
_BEFORE_PARLIAMENT = frozenset({ChangeStage.PROPOSED, ChangeStage.CONSULTATION, ChangeStage.DRAFT})

Extent = frozenset[Nation]
_ALL: Extent = frozenset(Nation)


@dataclass(frozen=True)
class _Entry:
    """One dated entry, read: where it has force, and whether it covers everything there."""

    begins: date | None
    ends: date
    extent: Extent
    whole: bool
    completes: bool
    quashed: bool
    saved: bool

    def covers(self, day: date) -> bool:
        return self.begins is not None and self.begins <= day < self.ends


def state_of_provision(provision: Provision, day: date, place: Place = EVERYWHERE) -> State:
    """The state of a provision on a day for a place.

    A provision without any entry is made with no day appointed: `unappointed`. One that applies only to
    other types of authority is in force for others, hence at most `partly_in_force`; so is one that has
    ended but is saved for some. That a provision is not made yet cannot be told from its entries: that is a
    change's state.
    """
    territory = frozenset(provision.application or provision.extent) or _ALL
    state = _state(provision.intervals, day, place, territory)
    for_others = bool(
        provision.applies_to and place.authority and place.authority not in provision.applies_to
    )
    return State.PARTLY_IN_FORCE if for_others and state is State.IN_FORCE else state


def state_of_effect(
    effect: Affects, day: date, place: Place = EVERYWHERE, extent: Iterable[Nation] = ()
) -> State:
    """The state of one recorded effect on a day; `extent` is that of the change it belongs to.

    Where each of its entries names an extent, these together are its own.
    """
    named = [each.extent for each in effect.intervals]
    own = {nation for some in named for nation in some} if all(named) else set[Nation]()
    return _state(effect.intervals, day, place, frozenset(own or extent) or _ALL)


@dataclass(frozen=True)
class Change:
    """A change in the law with what its state rests on."""

    facts: LegalChange
    effects: tuple[Affects, ...] = ()
    successors: tuple[str, ...] = ()
    """Ids of the changes that take its place."""


def state_of_change(id: str, changes: Mapping[str, Change], day: date, place: Place = EVERYWHERE) -> State:
    """The state of a change in the law on a day. A superseded change has the state of what took its place.

    Of several successors the one that has got least far decides, those that will never come apart; a
    superseded change that nothing took the place of, or whose successors run in a circle, is `never`.
    """
    return decided(id, changes, day, place)[0]


def decided(
    id: str, changes: Mapping[str, Change], day: date, place: Place = EVERYWHERE
) -> tuple[State, str]:
    """The state of a change on a day, and the id of the change it is read from: its own, or a successor's."""
    return _decided(id, changes, day, place, frozenset())


def _decided(
    id: str, changes: Mapping[str, Change], day: date, place: Place, seen: frozenset[str]
) -> tuple[State, str]:
    if id in seen or id not in changes:
        return State.NEVER, id
    change = changes[id]
    if change.facts.outcome is ChangeOutcome.SUPERSEDED:
        states = [_decided(each, changes, day, place, seen | {id}) for each in sorted(change.successors)]
        return max(states, key=lambda each: _distance(each[0]), default=(State.NEVER, id))
    return _own_state(change, day, place), id


def _own_state(change: Change, day: date, place: Place) -> State:
    if change.facts.outcome in STILLBORN:
        return State.NEVER
    effects = [each for each in change.effects if each.intervals or each.prospective]
    if effects:
        return _together([state_of_effect(each, day, place, change.facts.extent) for each in effects])
    return _state_by_outcome(change.facts, day)


def _distance(state: State) -> int:
    """How far from being in force; a change that will never come counts only where nothing else is left."""
    return -1 if state is State.NEVER else list(State).index(state)


def _together(states: Sequence[State]) -> State:
    """The state of a change whose effects have these states."""
    found = set(states)
    if len(found) == 1:
        return states[0]
    if found & {State.IN_FORCE, State.PARTLY_IN_FORCE}:
        return State.PARTLY_IN_FORCE
    return State.DATED_FUTURE if State.DATED_FUTURE in found else State.UNAPPOINTED


def _state_by_outcome(change: LegalChange, day: date) -> State:
    made = change.outcome in (ChangeOutcome.MADE, ChangeOutcome.IN_FORCE)
    if not made and change.stage is not ChangeStage.ASSENT:
        return State.PROPOSED if change.stage in _BEFORE_PARLIAMENT else State.IN_PARLIAMENT
    if change.in_force_on is None:
        return State.IN_FORCE if change.outcome is ChangeOutcome.IN_FORCE else State.UNAPPOINTED
    return State.IN_FORCE if change.in_force_on <= day else State.DATED_FUTURE


def supposed(change: Change, on: date | None) -> Change:
    """The change as it would be if it came into force on this day; without a day, as if it had not yet.

    What will never come, or was superseded, has not come into force: without a day it stays as it is.
    """
    if on is None and (change.facts.outcome in STILLBORN or change.facts.outcome is ChangeOutcome.SUPERSEDED):
        return change
    made = change.facts.outcome in (ChangeOutcome.MADE, ChangeOutcome.IN_FORCE)
    outcome = ChangeOutcome.IN_FORCE if on else ChangeOutcome.MADE if made else ChangeOutcome.PENDING
    facts = change.facts.model_copy(update={"outcome": outcome, "in_force_on": on})
    effects = tuple(supposed_effect(each, on) for each in change.effects)
    return Change(facts, effects, change.successors)


def supposed_effect(effect: Affects, on: date | None) -> Affects:
    """An effect of a change that is supposed to come into force on this day, or not to have yet."""
    intervals = (Interval(from_=on),) if on else ()
    return effect.model_copy(update={"intervals": intervals, "prospective": on is None})


def supposed_provision(provision: Provision, effects: Iterable[tuple[Affects, date | None]]) -> Provision:
    """A provision as it would be under these effects on it, each with the day it is supposed to begin.

    What the effect's own entries opened, or closed, is undone. A commencement or an insertion then opens an
    interval on its day, a repeal closes on it what is open.
    """
    intervals = list(provision.intervals)
    for effect, on in effects:
        stated = {each.from_ for each in effect.intervals if each.from_}
        if effect.effect in BRINGS:
            intervals = [each for each in intervals if each.from_ not in stated]
            intervals += [Interval(from_=on)] if on else []
        elif effect.effect is Effect.REPEAL:
            intervals = [each for each in (_closed(each, on, stated) for each in intervals) if each]
    return provision.model_copy(update={"intervals": tuple(intervals)})


def _closed(interval: Interval, on: date | None, stated: set[date]) -> Interval | None:
    """An interval open again where one of these days closed it, then closed on a day; None if it is gone."""
    if interval.to in stated:
        interval = interval.model_copy(update={"to": None, "ended_by": None})
    if on is None:
        return interval
    if interval.from_ and interval.from_ >= on:
        return None
    ended = interval.to is not None and interval.to <= on
    return interval if ended else interval.model_copy(update={"to": on, "ended_by": EndedBy.REPEAL})


BRINGS = frozenset({Effect.COMMENCE, Effect.INSERT})
"""Effects that give a provision force."""


def can_be_relied_on(state: State, purpose_confirmed: bool = False) -> bool:
    """Whether one may rest on law in this state; on partly commenced law where a legal post confirmed it."""
    return state is State.IN_FORCE or (state is State.PARTLY_IN_FORCE and purpose_confirmed)


def relied_on_until(
    provision: Provision, day: date, place: Place = EVERYWHERE, purpose_confirmed: bool = False
) -> date | None:
    """The first day after this one on which one may no longer rest on a provision; None if no end is set."""
    ends = sorted({entry.to for entry in provision.intervals if entry.to is not None and entry.to > day})
    states = ((end, state_of_provision(provision, end, place)) for end in ends)
    return next((end for end, state in states if not can_be_relied_on(state, purpose_confirmed)), None)


def changed_since_review(
    provision_print: str | None,
    target_print: str | None,
    reviewed_on: date | None,
    effects: Iterable[Affects],
    day: date,
) -> bool:
    """Whether a provision is no longer what it was when a grounding in it was last reviewed.

    Its print differs, or an effect on it other than a commencement has an entry that begins after the
    review and not after the day. A grounding that carries no print, or no day of review, cannot show that
    difference.
    """
    if target_print is not None and provision_print != target_print:
        return True
    if reviewed_on is None:
        return False
    begins = (
        entry.from_
        for effect in effects
        if effect.effect is not Effect.COMMENCE
        for entry in effect.intervals
    )
    return any(start is not None and reviewed_on < start <= day for start in begins)


def _state(intervals: Sequence[Interval], day: date, place: Place, territory: Extent) -> State:
    if not intervals:
        return State.UNAPPOINTED
    entries = [_read(each, territory) for each in intervals]
    wanted = {place.nation} if place.nation else territory
    current = [each for each in entries if each.covers(day)]
    if current:
        everywhere = all(_wholly_in_force(entries, nation, day) for nation in wanted)
        return State.IN_FORCE if everywhere else State.PARTLY_IN_FORCE
    if any(each.saved and each.begins and each.begins <= day for each in entries):
        return State.PARTLY_IN_FORCE
    if any(each.begins and each.begins > day for each in entries):
        return State.DATED_FUTURE
    if any(each.begins is None and day < each.ends for each in entries):
        return State.UNAPPOINTED
    return State.NEVER if max(entries, key=lambda each: each.ends).quashed else State.ENDED


def _wholly_in_force(entries: Sequence[_Entry], nation: Nation, day: date) -> bool:
    here = [each for each in entries if nation in each.extent]
    return any(each.covers(day) and (each.whole or _completed(each, here, day)) for each in here)


def _completed(entry: _Entry, here: Sequence[_Entry], day: date) -> bool:
    """Whether an entry "in so far as not already in force" leaves nothing out: what it adds to holds."""
    if not entry.completes or entry.begins is None:
        return False
    built_on = [each for each in here if each.begins and each.begins < entry.begins < each.ends]
    return all(each.covers(day) for each in built_on)


_FOR_NATIONS = re.compile(r"for ((?:e\.|w\.|s\.|n\.i\.)+)(.*)")
_NATION_WRITTEN = {"e.": Nation.E, "w.": Nation.W, "s.": Nation.S, "n.i.": Nation.NI}


def _read(interval: Interval, territory: Extent) -> _Entry:
    """An interval with the register's words understood; words not understood are some purposes only."""
    words = (interval.qualification or "wholly in force").casefold().strip()
    extent = frozenset(interval.extent) or territory
    named = _FOR_NATIONS.fullmatch(words)
    if named:
        extent &= {nation for text, nation in _NATION_WRITTEN.items() if text in named[1]}
    return _Entry(
        begins=interval.from_,
        ends=interval.to or date.max,
        extent=extent,
        whole=words == "wholly in force" or (named is not None and not named[2]),
        completes=words == "in force in so far as not already in force",
        quashed=interval.ended_by is EndedBy.QUASHED,
        saved=interval.saved_for is not None,
    )
