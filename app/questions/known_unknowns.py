"""How much is not assessed, hidden, or declared away?"""

from collections import defaultdict
from typing import Annotated, Any

from pydantic import Field

from app.questions import projects
from app.questions.core import Found, Named, Row, View
from app.questions.projects import Judged, OfProjects, denominators


class KnownUnknownsRow(Row):
    """An organisation, and what is not known of its projects."""

    organisation: Annotated[
        Named | None, Field(description="The organisation; null: projects without organisation.")
    ]
    in_scope: Annotated[int, Field(description="Its projects with a verdict for this reader.")]
    not_assessed: Annotated[int, Field(description="Of them: nobody has looked.")]
    declared_not_applicable: Annotated[int, Field(description="Of them: declared to have no policy goal.")]
    withheld: Annotated[
        int, Field(description="Beside them: projects of which this reader sees an outline only.")
    ]

    def order(self, by: str) -> list[Any]:
        """The id of a row is its organisation's."""
        if by == "id":
            return [self.organisation.id if self.organisation else ""]
        return super().order(by)


class KnownUnknowns(OfProjects):
    """The denominators of every portfolio question, by organisation.

    `withheld` is narrowed by organisation and state alone, since an outline shows nothing else to narrow it
    by.
    """

    name, version = "known-unknowns", 1
    reads_nothing = True
    asks = "How much is not assessed, hidden, or declared away?"
    row = KnownUnknownsRow
    sorts = ("not_assessed", "declared_not_applicable", "withheld", "in_scope", "organisation")
    default_sort = "-not_assessed"

    async def find(self, view: View) -> Found[KnownUnknownsRow]:
        """One row an organisation that has projects in scope or withheld."""
        judgement = projects.judge(view, self)
        by_organisation: dict[Named | None, list[Judged]] = defaultdict(list)
        for project in judgement.projects:
            by_organisation[project.organisation].append(project)
        rows = []
        for named in by_organisation.keys() | judgement.withheld.keys():
            counted = denominators(by_organisation.get(named, []), judgement.withheld.get(named, 0))
            rows.append(KnownUnknownsRow(organisation=named, **counted.model_dump()))
        return Found(rows=rows, denominators=judgement.denominators())
