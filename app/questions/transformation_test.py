"""Which projects call themselves transformation, and which earned it?"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field

from app.portfolio.surface import Portfolio
from app.portfolio.verdicts import Quality
from app.questions import altered, case_sentences, cases, projects
from app.questions.altered import Altered
from app.questions.core import Found, Named, Row, Sum, View
from app.questions.projects import Accounts, Judged, OfProjects
from graph_schema.values import ChangeMode, Depth, Polarity, ProjectLabel, ProjectState, RecordId


class Merit(StrEnum):
    """What a project may be called."""

    JUSTIFIED, UNPROVEN = "justified", "unproven"
    PROCESS_IMPROVEMENT, COSMETIC = "process_improvement", "cosmetic"


class Missing(StrEnum):
    """What stands between a project and the word, in the order of the test."""

    NO_CHANGE = "no_change_stated"
    NO_INSTRUMENT = "no_instrument_changed"
    NOT_ACCEPTED = "change_not_accepted"
    NOT_IN_USE = "instrument_not_in_use"
    NO_GOAL = "no_clean_link_to_a_goal"
    NO_BENEFIT = "no_benefit_for_that_goal"
    LEGAL_GAP = "blocking_legal_gap"


class TransformationTestRow(Row):
    """A project, and whether it has earned to be called transformation."""

    featured = ("title", "label", "finding", "missing", "sentence", "money")

    id: Annotated[str, Field(description="Id of the project.")]
    ref: Annotated[str | None, Field(description="Its owner's reference.")]
    title: Annotated[str, Field(description="Its title.")]
    organisation: Annotated[Named | None, Field(description="The organisation it belongs to.")]
    state: Annotated[ProjectState, Field(description="How far the work has got.")]
    label: Annotated[ProjectLabel | None, Field(description="What it calls itself.")]
    finding: Annotated[
        Merit, Field(description="What it may be called; cosmetic describes, it does not refuse.")
    ]
    missing: Annotated[list[Missing], Field(description="What is missing for it to be justified.")]
    instrument: Annotated[
        Named | None, Field(description="The instrument it changes that comes nearest to passing.")
    ]
    goals: Annotated[list[Named], Field(description="The goals that instrument cleanly serves.")]
    deepest: Annotated[Depth | None, Field(description="The deepest change it states, accepted or proposed.")]
    stated_depth: Annotated[Depth | None, Field(description="How deep it says it goes.")]
    sentence: Annotated[str, Field(description="All that in one sentence.")]
    money: Annotated[list[Sum], Field(description="The project's cost, one sum a bucket.")]

    def order(self, by: str) -> list[Any]:
        """Findings sort from justified to cosmetic."""
        if by == "finding":
            return [list(Merit).index(self.finding)]
        return super().order(by)


class TransformationTest(OfProjects):
    """Projects that call themselves transformation, and whatever else has earned the word.

    Justified: (a) an accepted change at depth instrument to an instrument in use, (b) whose link to a current
    goal is clean, (c) a benefit of the project that contributes to such a goal or to an accepted part of it,
    and (d) no blocking legal gap of the project or the instrument: a blocking need of a change not in force,
    or law none of which can be relied on. To end an instrument serves the goals it harms. Cosmetic: all it
    changes is the interface. Process improvement: an accepted change, none at depth instrument. Else
    unproven. Disbenefits, and benefits for an outcome alone, do not count. `project` or `label` ask of any
    project.
    """

    name, version = "transformation-test", 1
    asks = "Which projects call themselves transformation, and which earned it?"
    row = TransformationTestRow
    sorts = ("finding", "money", "title", "organisation", "label", "id")
    default_sort = "finding"
    reads_nothing = True
    example = "limit=3"

    project: Annotated[
        tuple[RecordId, ...],
        Field(max_length=500, description="Only these projects, whatever they call themselves."),
    ] = ()
    finding: Annotated[
        tuple[Merit, ...], Field(max_length=4, description="Only projects of which this is found.")
    ] = ()

    async def find(self, view: View) -> Found[TransformationTestRow]:
        """A row a project that claims the word or has earned it."""
        judgement = projects.judge(view, self)
        asked = [each for each in judgement.projects if not self.project or each.id in self.project]
        test = _Test(view.portfolio, {each.id for each in asked})
        results = {each.id: test.result(each.id) for each in asked}
        shown = [each for each in asked if self._shown(each, results[each.id].finding)]
        accounts = projects.accounts(view, [each.id for each in shown])
        return Found(
            rows=[_row(each, results[each.id], test, accounts) for each in shown],
            denominators=judgement.denominators(),
            total=accounts.total,
            notes=accounts.notes,
        )

    def _shown(self, project: Judged, finding: Merit) -> bool:
        claims_it = project.label is ProjectLabel.TRANSFORMATION or finding is Merit.JUSTIFIED
        return (claims_it or bool(self.project or self.label)) and finding in (self.finding or Merit)


@dataclass(frozen=True)
class _Result:
    """What the test finds of a project, over the instrument that comes nearest."""

    finding: Merit
    missing: tuple[Missing, ...] = ()
    instrument: str | None = None
    goals: tuple[str, ...] = ()
    deepest: Depth | None = None


class _Test:
    """The four conditions, with what they are asked of."""

    def __init__(self, portfolio: Portfolio, asked: set[str]) -> None:
        self.portfolio = portfolio
        self._changes = altered.altered(portfolio)
        self._benefits = cases.benefits(portfolio, asked)
        self._in_use = set(portfolio.chosen("PolicyInstrument").column("id"))
        self.depths = dict(portfolio.all("Project").rows("id", "stated_depth"))

    def title(self, kind: str, id: str) -> str | None:
        """Title of an instrument or goal that the reader sees."""
        return next(iter(self.portfolio.some(kind, [id]).column("title")), None)

    def result(self, project: str) -> _Result:
        """What the test finds of a project."""
        changes = self._changes.get(project, [])
        if not changes:
            return _Result(Merit.UNPROVEN, (Missing.NO_CHANGE,))
        depths = list(Depth)
        deepest = max((each.depth for each in changes), key=depths.index)
        if deepest is Depth.INSTRUMENT:
            return min(
                (self._of(project, each) for each in changes if each.depth is Depth.INSTRUMENT),
                key=lambda found: (len(found.missing), found.instrument),
            )
        missing = (Missing.NO_INSTRUMENT,)
        if deepest is Depth.INTERFACE:
            return _Result(Merit.COSMETIC, missing, deepest=deepest)
        if any(each.accepted and each.depth is not Depth.INTERFACE for each in changes):
            return _Result(Merit.PROCESS_IMPROVEMENT, missing, deepest=deepest)
        return _Result(Merit.UNPROVEN, (*missing, Missing.NOT_ACCEPTED), deepest=deepest)

    def _of(self, project: str, change: Altered) -> _Result:
        """What is missing of a change at depth instrument."""
        goals = self._served(change)
        holds = {
            Missing.NOT_ACCEPTED: change.accepted,
            Missing.NOT_IN_USE: change.id in self._in_use,
            Missing.NO_GOAL: bool(goals),
            Missing.NO_BENEFIT: bool(self._gained(project) & goals),
            Missing.LEGAL_GAP: self.portfolio.law.held_up.isdisjoint((project, change.id)),
        }
        missing = tuple(each for each, fine in holds.items() if not fine)
        finding = Merit.UNPROVEN if missing else Merit.JUSTIFIED
        return _Result(finding, missing, change.id, tuple(sorted(goals)), Depth.INSTRUMENT)

    def _served(self, change: Altered) -> set[str]:
        """Current goals that the instrument, or the end of it, cleanly helps."""
        polarity = Polarity.HARMS if change.mode is ChangeMode.RETIRES else Polarity.HELPS
        return self._advances[change.id, polarity]

    def _gained(self, project: str) -> set[str]:
        """Goals that a benefit of the project contributes to, and all those they are a part of."""
        lines = (each for each in self._benefits.get(project, ()) if each["amount"] >= 0)
        return {
            goal for each in lines for direct in self._contributes[each["id"]] for goal in self._above(direct)
        }

    def _above(self, goal: str) -> set[str]:
        found, todo = {goal}, [goal]
        while todo:
            new = self._wholes[todo.pop()] - found
            found |= new
            todo += new
        return found

    @cached_property
    def _current(self) -> set[str]:
        return set(self.portfolio.all("PolicyGoal").where(current=(True,)).column("id"))

    @cached_property
    def _advances(self) -> dict[tuple[str, Polarity], set[str]]:
        found: dict[tuple[str, Polarity], set[str]] = defaultdict(set)
        links = self.portfolio.links("ADVANCES").rows("source", "target", "polarity", "quality")
        for instrument, goal, polarity, quality in links:
            if quality == Quality.CLEAN and goal in self._current:
                found[instrument, polarity].add(goal)
        return found

    @cached_property
    def _contributes(self) -> dict[str, set[str]]:
        return _pairs(self.portfolio.links("CONTRIBUTES_TO").rows("source", "target", "holds"), self._current)

    @cached_property
    def _wholes(self) -> dict[str, set[str]]:
        return _pairs(self.portfolio.links("PART_OF").rows("source", "target", "holds"), self._current)


def _pairs(links: Iterable[tuple[Any, ...]], targets: set[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for source, target, holds in links:
        if holds and target in targets:
            found[source].add(target)
    return found


def _row(project: Judged, result: _Result, test: _Test, accounts: Accounts) -> TransformationTestRow:
    goals = [Named(id=id, title=test.title("PolicyGoal", id)) for id in result.goals]
    instrument = result.instrument and Named(
        id=result.instrument, title=test.title("PolicyInstrument", result.instrument)
    )
    return TransformationTestRow(
        id=project.id,
        ref=project.ref,
        title=project.title,
        organisation=project.organisation,
        state=ProjectState(str(project.state)),
        label=project.label,
        finding=result.finding,
        missing=list(result.missing),
        instrument=instrument or None,
        goals=goals,
        deepest=result.deepest,
        stated_depth=test.depths[project.id],
        sentence=case_sentences.of_transformation(
            project.title,
            result.finding,
            result.missing,
            instrument.title if instrument else None,
            [each.title or "" for each in goals],
            calls_itself=project.label is ProjectLabel.TRANSFORMATION,
        ),
        money=accounts.costs.get(project.id, []),
    )
