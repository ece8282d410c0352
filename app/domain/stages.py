"""How law is made: the stages of each legislature, and which stage and outcome may follow which."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field

from app.errors import Fault
from graph_schema.core import Facts
from graph_schema.law import LegalChange
from graph_schema.values import ChangeOutcome, ChangeStage, Day, Legislature, Line, Url

_BEFORE = (ChangeStage.PROPOSED, ChangeStage.CONSULTATION, ChangeStage.DRAFT)
_TWO_HOUSES = (ChangeStage.INTRODUCED, ChangeStage.FIRST_HOUSE, ChangeStage.SECOND_HOUSE)
_ONE_HOUSE = (ChangeStage.INTRODUCED, ChangeStage.FIRST_HOUSE)
_MADE = (ChangeStage.ASSENT,)

STAGES: Mapping[Legislature | None, tuple[ChangeStage, ...]] = {
    Legislature.UK: (*_BEFORE, *_TWO_HOUSES, ChangeStage.FINAL_STAGES, *_MADE),
    Legislature.SENEDD: (*_BEFORE, *_ONE_HOUSE, ChangeStage.FINAL_STAGES, *_MADE),
    Legislature.HOLYROOD: (*_BEFORE, *_ONE_HOUSE, ChangeStage.FINAL_STAGES, *_MADE),
    Legislature.NI_ASSEMBLY: (*_BEFORE, *_ONE_HOUSE, ChangeStage.FINAL_STAGES, *_MADE),
    Legislature.MINISTER: (*_BEFORE, *_TWO_HOUSES, *_MADE),
    Legislature.COUNCIL: (*_BEFORE, ChangeStage.INTRODUCED, *_MADE),
    Legislature.CONFIRMING_AUTHORITY: (*_BEFORE, ChangeStage.INTRODUCED, *_MADE),
    None: tuple(ChangeStage),
}
"""The stages of each legislature in their order; `None` is one that nobody has named.

An instrument is introduced when it is laid, a byelaw when it goes to who confirms it; assent is when it
is made.
"""

_AGAIN = {(ChangeStage.DRAFT, ChangeStage.CONSULTATION)}
"""Steps back: a draft is consulted on again."""


def may_follow(legislature: Legislature | None, now: ChangeStage, then: ChangeStage) -> bool:
    """Whether a change at one stage may come to the other next. Stages may be passed over, seldom undone."""
    order = STAGES[legislature]
    if then not in order:
        return False
    whole = tuple(ChangeStage)
    return whole.index(then) > whole.index(now) or (now, then) in _AGAIN


@dataclass(frozen=True)
class _Ending:
    """From which outcomes another follows, and on which side of being made."""

    after: frozenset[ChangeOutcome]
    made: bool | None
    """Whether the change must have been made by then; None: either way."""


_PENDING = frozenset({ChangeOutcome.PENDING})
_DEAD = frozenset({ChangeOutcome.WITHDRAWN, ChangeOutcome.DEFEATED, ChangeOutcome.FELL})

OUTCOMES: Mapping[ChangeOutcome, _Ending] = {
    ChangeOutcome.PENDING: _Ending(frozenset(), made=None),
    ChangeOutcome.MADE: _Ending(_PENDING, made=True),
    ChangeOutcome.IN_FORCE: _Ending(_PENDING | {ChangeOutcome.MADE}, made=True),
    ChangeOutcome.WITHDRAWN: _Ending(_PENDING, made=False),
    ChangeOutcome.DEFEATED: _Ending(_PENDING, made=False),
    ChangeOutcome.FELL: _Ending(_PENDING, made=False),
    ChangeOutcome.QUASHED: _Ending(_PENDING | {ChangeOutcome.MADE, ChangeOutcome.IN_FORCE}, made=True),
    ChangeOutcome.SUPERSEDED: _Ending(_PENDING | _DEAD | {ChangeOutcome.MADE}, made=None),
}
"""What may become of a change, and after what."""


class Event(Facts):
    """Something that happened to a change in the law: what moved, when, and where that is to be read."""

    stage: Annotated[ChangeStage | None, Field(description="The stage it came to.")] = None
    outcome: Annotated[ChangeOutcome | None, Field(description="What became of it.")] = None
    in_force_on: Annotated[Day | None, Field(description="The day set for it to come into force.")] = None
    earliest_in_force: Annotated[Day | None, Field(description="Earliest day it could be in force now.")] = (
        None
    )
    likely_in_force: Annotated[Day | None, Field(description="Day it is likely to be in force now.")] = None
    latest_in_force: Annotated[Day | None, Field(description="Latest day it should be in force now.")] = None
    on: Annotated[Day, Field(description="Day it happened.")]
    url: Annotated[Url | None, Field(description="Where it is to be read.")] = None
    citation: Annotated[Line | None, Field(description="What states it, where it has no address.")] = None

    @property
    def moved(self) -> dict[str, object]:
        """The facts of the change that it states anew, as JSON states them."""
        stated = self.model_dump(mode="json", exclude_none=True, exclude={"on", "url", "citation"})
        return dict(stated)


def faults(change: LegalChange, event: Event, last: date | None, today: date) -> Iterator[Fault]:
    """Why this cannot have happened to the change next; `last` is the day of its last event."""
    if not event.moved:
        yield Fault("", "event_empty", "Say what moved: the stage, the outcome, or a day of force.")
    if event.url is None and event.citation is None:
        yield Fault("/url", "source_missing", "Say where it is to be read: a url, or a citation.")
    if event.on > today:
        yield Fault("/on", "event_in_future", "It has not happened yet; a day to come is an estimate.")
    elif last is not None and event.on < last:
        yield Fault("/on", "event_out_of_order", "A later event is recorded already.")
    yield from _of_stage(change, event)
    yield from _of_outcome(change, event)
    yield from _of_force(change, event)


def _of_stage(change: LegalChange, event: Event) -> Iterator[Fault]:
    if event.stage is None:
        return
    if change.outcome is not ChangeOutcome.PENDING:
        says = "The change is no longer on its way; a new attempt is a change of its own."
        yield Fault("/stage", "stage_cannot_follow", says)
    elif not may_follow(change.legislature, change.stage, event.stage):
        order = ", ".join(STAGES[change.legislature])
        says = f"That stage does not come after {change.stage}. Its legislature's stages are: {order}."
        yield Fault("/stage", "stage_cannot_follow", says)


def _of_outcome(change: LegalChange, event: Event) -> Iterator[Fault]:
    if event.outcome is None:
        return
    ending = OUTCOMES[event.outcome]
    if change.outcome not in ending.after:
        says = f"That does not come after the outcome {change.outcome}."
        yield Fault("/outcome", "outcome_cannot_follow", says)
    elif ending.made is not None and ending.made is not _made(change, event):
        when = "only once it has come to" if ending.made else "only before it comes to"
        says = f"A change has the outcome {event.outcome} {when} the stage {ChangeStage.ASSENT}."
        yield Fault("/outcome", "outcome_cannot_follow", says)


def _of_force(change: LegalChange, event: Event) -> Iterator[Fault]:
    day = event.in_force_on or change.in_force_on
    if event.in_force_on and not _made(change, event):
        says = "A day of force is set when it is made; before that state likely_in_force."
        yield Fault("/in_force_on", "not_made_yet", says)
    if event.outcome is ChangeOutcome.IN_FORCE and day and day > event.on:
        yield Fault("/in_force_on", "date_order", "It cannot be in force before its day of force.")


def _made(change: LegalChange, event: Event) -> bool:
    """Whether the change has been made once this has happened."""
    stage = event.stage or change.stage
    return stage is ChangeStage.ASSENT or change.outcome in (ChangeOutcome.MADE, ChangeOutcome.IN_FORCE)
