"""How much of the recorded change in the law is in which state?"""

from collections import Counter
from typing import Annotated, Any

from pydantic import Field

from app.domain import law
from app.domain.law import Place, State
from app.questions import projects
from app.questions.core import Found, Question, Row, View
from app.questions.projects import Filters
from graph_schema.values import Code, Nation, Status


class LawStatesRow(Row):
    """A state, and how many changes in the law and effects of theirs are in it on the day."""

    state: Annotated[State, Field(description="The state.")]
    changes: Annotated[int, Field(description="Changes in the law that are in it.")]
    effects: Annotated[int, Field(description="Recorded effects of changes that are in it.")]

    def order(self, by: str) -> list[Any]:
        """States sort from in force to never; there is one row each."""
        return [list(State).index(self.state)] if by in ("state", "id") else super().order(by)


class LawStates(Question):
    """The changes in the law and their recorded effects, counted by the state they are in on the day.

    The state comes from the dated entries alone, never from the flags a register keeps. It is said for the
    whole extent of each change, or for one `nation`. A state that nothing is in has no row.
    """

    name, version = "law-states", 1
    asks = "How much of the recorded change in the law is in which state?"
    row = LawStatesRow
    sorts = ("state", "changes", "effects")
    default_sort = "state"
    reads_nothing = True

    source: Annotated[Code | None, Field(description="Only changes that this source states.")] = None
    nation: Annotated[Nation | None, Field(description="Ask for this nation; the whole extent if empty.")] = (
        None
    )

    async def find(self, view: View) -> Found[LawStatesRow]:
        """A row a state that something is in."""
        changes = view.portfolio.law.changes
        known = view.portfolio.all("LegalChange").rows("id", "status", "source_system")
        asked = {
            id
            for id, status, source in known
            if status is not Status.RETIRED and self.source in (None, source)
        }
        place = Place(self.nation)
        of_changes = Counter(law.state_of_change(id, changes, view.valid_on, place) for id in asked)
        of_effects = Counter(
            law.state_of_effect(effect, view.valid_on, place, changes[id].facts.extent)
            for id in asked
            for effect in changes[id].effects
        )
        judgement = projects.judge(view, Filters())
        return Found(
            rows=[
                LawStatesRow(state=state, changes=of_changes[state], effects=of_effects[state])
                for state in of_changes | of_effects
            ],
            denominators=judgement.denominators(),
        )
