"""If this were so, or were not so: what would change? And if something else were so instead?"""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from app.errors import Invalid
from app.questions import flips, projects, supposed_sentences
from app.questions.breaks import Break
from app.questions.core import Found, Note, Sum, View
from app.questions.flips import Flipped, GoalFlip, Outcome, ProjectFlip, Today
from app.questions.projects import OfProjects
from app.questions.supposed import Supposed
from graph_schema.values import RecordId

_Ids = Annotated[tuple[RecordId, ...], Field(max_length=500)]
_OnDay = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-f-]{36}(@[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))?$"),
]
_OnDays = Annotated[tuple[_OnDay, ...], Field(max_length=100)]
_OR = "Of the second what-if: "


_NOTHING_SUPPOSED = Note(
    code="nothing_supposed",
    detail="Nothing was supposed, so nothing would change: name what to stop, accept or put in force.",
)


class WhatIfRow(Flipped):
    """A project whose verdict would be another, or a goal that would become or stop being starved."""

    or_after: Annotated[
        str | None, Field(description=f"{_OR}as `after`; empty where only one what-if is asked.")
    ] = None
    or_stranded: Annotated[bool | None, Field(description=f"{_OR}as `stranded`.")] = None
    or_breaks_at: Annotated[Break | None, Field(description=f"{_OR}where the chain would break.")] = None
    or_benefits_lost: Annotated[
        list[Sum], Field(default_factory=list, description=f"{_OR}as `benefits_lost`.")
    ]


class WhatIf(OfProjects):
    """Every verdict that would flip, and every goal that would become or stop being starved, if something
    were so: a change in the law in force from a day, or not; links accepted or withdrawn; records retired;
    projects stopped; goals dropped; any of these together. Nothing is written.

    The parameters that begin with `or_` suppose something else instead: a row then says what is said today,
    under the first what-if and under the second, and is there if either would flip it. Money is the same
    under both, but for the benefits lost.

    It is told for `valid_on`: ask for the day in question. A change in force from D opens the provisions it
    commences or inserts from D, closes those it repeals, and otherwise counts as a change since review. Money
    is what the project's own lines say by year: whole-life figures are in none of the three sums.
    """

    name, version = "what-if", 3
    asks = "If this were so, or were not so: which verdicts flip, and what money and benefits hang on it?"
    row = WhatIfRow
    sorts = ("stranded", "unspent", "title", "kind", "before", "after", "id")
    default_sort = "stranded"
    reads_nothing = True
    example = "stop=@project/WV-004"

    in_force: Annotated[
        _OnDays,
        Field(description="Changes in the law supposed to be in force: id, or id@day for from that day."),
    ] = ()
    not_in_force: Annotated[_Ids, Field(description="Changes in the law supposed not to be in force.")] = ()
    accept: Annotated[_Ids, Field(description="Tracing links supposed to be accepted.")] = ()
    withdraw: Annotated[_Ids, Field(description="Tracing links supposed to be withdrawn.")] = ()
    retire: Annotated[_Ids, Field(description="Processes and instruments supposed to be retired.")] = ()
    drop: Annotated[_Ids, Field(description="Goals supposed to be dropped.")] = ()
    stop: Annotated[_Ids, Field(description="Projects supposed to be stopped.")] = ()
    or_in_force: Annotated[_OnDays, Field(description=f"{_OR}as `in_force`.")] = ()
    or_not_in_force: Annotated[_Ids, Field(description=f"{_OR}as `not_in_force`.")] = ()
    or_accept: Annotated[_Ids, Field(description=f"{_OR}as `accept`.")] = ()
    or_withdraw: Annotated[_Ids, Field(description=f"{_OR}as `withdraw`.")] = ()
    or_retire: Annotated[_Ids, Field(description=f"{_OR}as `retire`.")] = ()
    or_drop: Annotated[_Ids, Field(description=f"{_OR}as `drop`.")] = ()
    or_stop: Annotated[_Ids, Field(description=f"{_OR}as `stop`.")] = ()

    async def find(self, view: View) -> Found[WhatIfRow]:
        """A row for each project and each goal of which something else would be said."""
        supposed = self._supposed(view)
        judgement = projects.judge(view, self)
        today = Today.of(view, judgement.projects)
        outcomes = [_outcome(view, today, each) for each in supposed]
        flipped = flips.of_projects(today, *outcomes)
        told = flips.Told(view.portfolio, flipped)
        rows = [_of_project(each, told) for each in flipped]
        rows += [_of_goal(each) for each in flips.of_goals(today, *outcomes)]
        cost = projects.accounts(view, [each.project.id for each in flipped])
        notes = cost.notes if any(supposed) else (_NOTHING_SUPPOSED, *cost.notes)
        return Found(rows, judgement.denominators(), total=cost.total, notes=notes)

    def _supposed(self, view: View) -> Sequence[Supposed]:
        """The what-if, and the second where there is one; both checked against what the reader sees."""
        names = Supposed.__dataclass_fields__
        first = Supposed(**{name: getattr(self, name) for name in names})
        second = Supposed(**{name: getattr(self, f"or_{name}") for name in names})
        faults = [*first.faults(view.portfolio, ""), *second.faults(view.portfolio, "or_")]
        if faults:
            raise Invalid(faults=faults)
        return (first, second) if second else (first,)


def _outcome(view: View, today: Today, supposed: Supposed) -> Outcome:
    """What would be said under one what-if."""
    other = view.portfolio.supposing(supposed.overlay(view.valid_on))
    stopped = set(supposed.stop)
    return today.under(other, today.live - stopped, dict.fromkeys(stopped, "stopped"), supposed.drop)


def _of_project(flip: ProjectFlip, told: flips.Told) -> WhatIfRow:
    said = told.project(flip)
    if len(flip.after) == 1:
        return WhatIfRow(**said)
    first, second = flip.after
    return WhatIfRow(
        **said
        | {
            "sentence": supposed_sentences.of_two(flip.project.title, flip.project.verdict, first, second),
            "or_after": second,
            "or_stranded": flip.stranded(1),
            "or_breaks_at": flips.break_of(flip.broken[1]),
            "or_benefits_lost": told.lost(flip, 1),
        }
    )


def _of_goal(flip: GoalFlip) -> WhatIfRow:
    said: dict[str, Any] = flips.goal(flip)
    if len(flip.after) == 1:
        return WhatIfRow(**said)
    first, second = flip.after
    return WhatIfRow(
        **said
        | {
            "sentence": supposed_sentences.of_two(flip.title, flip.before, first, second),
            "or_after": second,
            "or_stranded": flip.before == "served" and second == "starved",
        }
    )
