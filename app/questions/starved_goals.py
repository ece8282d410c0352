"""Which priority goals have nothing live behind them?"""

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from app.domain.access import Scope
from app.portfolio.verdicts import COUNTED, LEVELS, Quality
from app.questions import projects, sentences
from app.questions.core import Found, Named, Question, Row, View
from app.questions.parts import accepted, current
from app.questions.projects import Filters
from app.questions.threads import Thread, Threads, threads
from graph_schema.values import GoalLevel, RecordId, Tag

_NO_PRIORITY = 6


class Finding(StrEnum):
    """What is wrong with what stands behind a goal."""

    NO_COUNTED_ROUTE = "no_counted_route"
    NO_INSTRUMENT = "no_instrument"
    NO_PROCESS = "no_process"
    RETIRING_WITHOUT_SUCCESSOR = "retiring_without_successor"


class StarvedGoalsRow(Row):
    """A goal, and what is missing behind it."""

    featured = ("title", "organisation", "priority", "findings", "sentence")

    id: Annotated[str, Field(description="Id of the goal.")]
    title: Annotated[str, Field(description="Its title.")]
    organisation: Annotated[Named | None, Field(description="The organisation whose goal it is.")]
    level: Annotated[GoalLevel, Field(description="Whose aim it is.")]
    priority: Annotated[int | None, Field(description="1 matters most.")]
    findings: Annotated[
        list[Finding],
        Field(
            description="no_counted_route: no live project serves it or a part of it; no_instrument: nothing "
            "advances it; no_process: nothing operates what advances it; retiring_without_successor."
        ),
    ]
    waiting: Annotated[
        int,
        Field(description="Live projects with a route to it that waits for acceptance, and no better one."),
    ]
    instruments: Annotated[list[Named], Field(description="Current instruments accepted as helping it.")]
    retiring: Annotated[list[Named], Field(description="Of them: retiring, with no successor named.")]
    sentence: Annotated[str, Field(description="All that in one sentence.")]

    def order(self, by: str) -> list[Any]:
        """Goals without priority come last; among equals the higher level comes first, then the title."""
        if by == "priority":
            rank = len(LEVELS) - LEVELS.index(self.level)
            return [_NO_PRIORITY if self.priority is None else self.priority, rank, self.title]
        if by == "level":
            return [LEVELS.index(self.level)]
        if by == "organisation":
            return [(self.organisation and self.organisation.title) or ""]
        return super().order(by)


class StarvedGoals(Question):
    """Current goals that no live project serves by a counted route, by priority; and goals whose instruments
    no process operates, or one of whose instruments is retiring with no successor.

    A goal is served by what serves a current goal that is an accepted part of it. `finding` narrows the list:
    `no_counted_route` lists the starved ones alone.
    """

    name, version = "starved-goals", 1
    asks = "Which priority goals have nothing live behind them?"
    row = StarvedGoalsRow
    sorts = ("priority", "level", "title", "organisation", "waiting", "id")
    default_sort = "priority"
    example = "finding=no_counted_route"

    organisation: Annotated[
        tuple[RecordId, ...], Field(max_length=500, description="Ids of the organisations whose goals.")
    ] = ()
    level: Annotated[tuple[GoalLevel, ...], Field(max_length=5, description="Levels of the goals.")] = ()
    priority: Annotated[
        int | None, Field(ge=1, le=5, description="Only goals of this priority or one that matters more.")
    ] = None
    tag: Annotated[
        tuple[Tag, ...], Field(max_length=50, description="Tags the goals carry, all of them.")
    ] = ()
    finding: Annotated[
        tuple[Finding, ...], Field(max_length=4, description="Only goals with one of these findings.")
    ] = ()

    async def find(self, view: View) -> Found[StarvedGoalsRow]:
        """A row a goal with any finding."""
        judgement = await projects.judge(view, Filters())
        lifted = judgement.lifted
        live = {each.id for each in judgement.projects}
        goals = await view.read(
            _goals(view.scope),
            organisations=list(self.organisation),
            levels=[str(each) for each in self.level],
            priority=self.priority,
            tags=list(self.tag),
        )
        behind = _Behind(
            await threads(view, lifted),
            _parts(await view.read(_part_of(view.scope))),
            {id for id in live if lifted.law.caps.get(id, Quality.CLEAN) >= COUNTED},
            {id for id in live if lifted.law.caps.get(id, Quality.CLEAN) > Quality.ABSENT},
        )
        ids = [goal["id"] for goal in goals]
        instruments = defaultdict(list)
        for row in await view.read(_instruments(view.scope), ids=ids):
            instruments[row["goal"]].append(row)
        rows = [_row(goal, behind, instruments[goal["id"]]) for goal in goals]
        wanted = set(self.finding or Finding)
        return Found(
            rows=[row for row in rows if wanted & set(row.findings)],
            denominators=judgement.denominators(),
            notes=judgement.notes(),
        )


def _goals(scope: Scope) -> str:
    return f"""
    MATCH (g:PolicyGoal) WHERE {scope.sees("g")} AND {current("g")}
      AND (size($organisations) = 0 OR g.organisation IN $organisations)
      AND (size($levels) = 0 OR g.level IN $levels)
      AND ($priority IS NULL OR g.priority <= $priority)
      AND all(tag IN $tags WHERE tag IN g.tags)
    OPTIONAL MATCH (o:Organisation {{id: g.organisation}}) WHERE {scope.sees("o")}
    RETURN collect(g {{.id, .title, .level, .priority, .organisation, organisation_title: o.title}}) AS rows
    """


def _part_of(scope: Scope) -> str:
    return f"""
    MATCH (g:PolicyGoal)-[l:PART_OF]->(u:PolicyGoal)
    WHERE {accepted("l")} AND {scope.sees("g", "u")} AND {current("g")} AND {current("u")}
    RETURN collect({{part: g.id, whole: u.id}}) AS rows
    """


def _instruments(scope: Scope) -> str:
    return f"""
    UNWIND $ids AS id
    MATCH (i:PolicyInstrument)-[l:ADVANCES {{polarity: 'helps'}}]->(:PolicyGoal {{id: id}})
    WHERE {accepted("l")} AND {scope.sees("i")} AND {current("i")}
    WITH id, i ORDER BY i.id
    RETURN collect({{
      goal: id, id: i.id, title: i.title,
      operated: EXISTS {{ MATCH (r:Process)-[o:OPERATES]->(i)
                          WHERE {accepted("o")} AND {scope.sees("r")} AND {current("r")} }},
      leaving: i.state = 'retiring' AND NOT EXISTS {{
        MATCH (i)-[s:SUCCEEDED_BY]->(n) WHERE s.standing <> 'withdrawn' AND {scope.sees("n")} }}
    }}) AS rows
    """


def _parts(rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    parts: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        parts[row["whole"]].append(row["part"])
    return parts


@dataclass(frozen=True)
class _Behind:
    """What stands behind goals."""

    threads: Threads
    parts: dict[str, list[str]]
    serving: set[str]
    """Live projects that may serve by a counted route."""
    hoping: set[str]
    """Live projects that may serve by any."""

    def projects(self, goal: str, least: int, of: set[str]) -> set[str]:
        """Which of these projects have a route of this quality to the goal or a part of it."""

        def carries(thread: Thread) -> bool:
            return thread.worth >= least

        places = {id + "+" for id in self._with_parts(goal)}
        return {place[:-1] for place in self.threads.upstream(places, carries)} & of

    def _with_parts(self, goal: str) -> set[str]:
        found, todo = {goal}, [goal]
        while todo:
            new = set(self.parts.get(todo.pop(), ())) - found
            found |= new
            todo += new
        return found


def _row(goal: dict[str, Any], behind: _Behind, instruments: list[dict[str, Any]]) -> StarvedGoalsRow:
    serving = behind.projects(goal["id"], COUNTED, behind.serving)
    hoping = behind.projects(goal["id"], Quality.WAITS_FOR_ACCEPTANCE, behind.hoping)
    retiring = [Named(id=each["id"], title=each["title"]) for each in instruments if each["leaving"]]
    findings = {
        Finding.NO_COUNTED_ROUTE: not serving,
        Finding.NO_INSTRUMENT: not instruments and not serving,
        Finding.NO_PROCESS: bool(instruments) and not any(each["operated"] for each in instruments),
        Finding.RETIRING_WITHOUT_SUCCESSOR: bool(retiring),
    }
    named = [Named(id=each["id"], title=each["title"]) for each in instruments]
    return StarvedGoalsRow(
        id=goal["id"],
        title=goal["title"],
        organisation=projects.named(goal["organisation"], goal["organisation_title"]),
        level=GoalLevel(goal["level"]),
        priority=goal["priority"],
        findings=[finding for finding, holds in findings.items() if holds],
        waiting=len(hoping - serving),
        instruments=named,
        retiring=retiring,
        sentence=sentences.of_goal(
            goal["title"],
            served=bool(serving),
            waiting=len(hoping - serving),
            instruments=[each.title or "" for each in named],
            operated=any(each["operated"] for each in instruments),
            retiring=[each.title or "" for each in retiring],
        ),
    )
