"""What is missing before a board would accept this project?"""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from app.domain import rules
from app.domain.rules import Checked, Severity
from app.domain.rules.case import Case
from app.questions import projects, rules_of
from app.questions.core import Found, Named, Note, Row, View
from app.questions.projects import Judged, OfProjects
from graph_schema.values import ProjectState, RecordId


class Met(StrEnum):
    """What a rule says of a project."""

    NOT_MET, MET, NOT_APPLICABLE = "not_met", "met", "not_applicable"


class CompletenessRow(Row):
    """A project, and what one rule says of it."""

    featured = ("title", "score", "severity", "rule", "advice")

    id: Annotated[str, Field(description="Id of the project.")]
    ref: Annotated[str | None, Field(description="Its owner's reference.")]
    title: Annotated[str, Field(description="Its title.")]
    organisation: Annotated[Named | None, Field(description="The organisation it belongs to.")]
    project_state: Annotated[ProjectState, Field(description="How far the work has got.")]
    score: Annotated[int, Field(description="Rules met of 100 that apply to it, rounded down.")]
    met: Annotated[int, Field(description="How many rules it meets.")]
    applicable: Annotated[int, Field(description="Of how many that apply to it.")]
    rule: Annotated[str, Field(description="Code of the rule; see docs/rules.md.")]
    finding: Annotated[Met, Field(description="Whether the project meets it.")]
    severity: Annotated[
        Literal[tuple(each.value for each in Severity)],  # type: ignore[valid-type]
        Field(description="violation, warning or information."),
    ]
    advice: Annotated[str, Field(description="What to do, in plain words.")]
    pointers: Annotated[list[str], Field(description="Where in the project it stands, as JSON Pointers.")]
    links: Annotated[list[str], Field(description="Ids of the links it is about.")]

    def order(self, by: str) -> list[Any]:
        """The rules of a project stay together, the gravest first."""
        grave = [each.value for each in Severity].index(self.severity)
        if by == "id":
            return [self.id, grave, self.rule]
        if by == "severity":
            return [grave]
        return super().order(by)


class Completeness(OfProjects):
    """What a board would find missing in each project: every rule of the domain that looks at projects, and
    whether the project meets it.

    The rules are those that a check without saving applies. The score is rules met over rules that apply. One
    row a project and rule; those not met unless `finding` asks for others.
    """

    name, version = "completeness", 1
    asks = "What is missing before a board would accept this project?"
    row = CompletenessRow
    sorts = ("score", "title", "severity", "rule", "id")
    default_sort = "score"
    example = "project=@project/WV-030"

    project: Annotated[RecordId | None, Field(description="Only this project, of whatever state.")] = None
    finding: Annotated[
        tuple[Met, ...], Field(max_length=3, description="Which rules to list; those not met if empty.")
    ] = ()

    async def find(self, view: View) -> Found[CompletenessRow]:
        """A row a project and rule."""
        judgement = projects.judge(view, self)
        asked = projects.asked(view, self.project) if self.project else judgement.projects
        by_id = {each.id: each for each in asked}
        cases = await rules_of.cases(view, list(by_id))
        wanted = set(self.finding or (Met.NOT_MET,))
        rows = [row for case in cases for row in _rows(by_id[case.id], case) if row.finding in wanted]
        whole = len({*by_id} - {row.id for row in rows}) if Met.NOT_MET in wanted else 0
        note = Note(code="complete", detail=f"Projects that meet every rule that applies to them: {whole}.")
        return Found(rows=rows, denominators=judgement.denominators(), notes=(note,) if whole else ())


def _rows(project: Judged, case: Case[Any]) -> list[CompletenessRow]:
    checked = rules.checked(case)
    applicable, met = sum(each.applies for each in checked), sum(each.met for each in checked)
    return [
        CompletenessRow(
            id=project.id,
            ref=project.ref,
            title=project.title,
            organisation=project.organisation,
            project_state=ProjectState(str(project.state)),
            score=met * 100 // applicable if applicable else 100,
            met=met,
            applicable=applicable,
            rule=each.rule.code,
            finding=_finding(each),
            severity=each.rule.severity.value,
            advice=each.rule.advice,
            pointers=[found.pointer for found in each.findings],
            links=[link for found in each.findings for link in found.links],
        )
        for each in checked
    ]


def _finding(checked: Checked) -> Met:
    if not checked.applies:
        return Met.NOT_APPLICABLE
    return Met.MET if checked.met else Met.NOT_MET
