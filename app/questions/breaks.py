"""Where a chain breaks and why, as rows show it."""

from typing import Annotated

from pydantic import Field

from app.portfolio.tracing import Broken, Route
from app.portfolio.verdicts import RUNGS, WEAK_LINK, WEAK_NODE, Quality, Reason
from app.questions.core import Said


class Break(Said):
    """Where a chain breaks, and why."""

    id: Annotated[str, Field(description="Id of the record at which it breaks.")]
    kind: Annotated[str, Field(description="Kind of that record.")]
    title: Annotated[str, Field(description="Its title.")]
    rung: Annotated[int, Field(ge=0, le=3, description="0 project, 1 process, 2 instrument, 3 goal.")]
    reason: Annotated[Reason, Field(description="Why it breaks there.")]
    link: Annotated[str | None, Field(description="Id of the link at fault, if one is.")] = None


def shown(broken: Broken) -> Break:
    """A break as a row shows it."""
    link = broken.link.link if broken.link else None
    return _at(broken.id, broken.kind, broken.title, broken.reason, link)


def break_of_route(route: Route, quality: int) -> Break | None:
    """Where a route of quality 1 to 3 breaks: the first part from the project of the route's own quality."""
    worst = Quality(quality)
    if worst is Quality.CLEAN:
        return None
    kind, title = route.kind, route.title
    if route.start_quality == worst:
        return _at(route.start, kind, title, WEAK_NODE[worst])
    for step in route.steps:
        if step.quality == worst:
            return _at(step.source, kind, title, WEAK_LINK[worst], step.link)
        if step.target_quality == worst:
            return _at(step.target, step.kind, step.title, WEAK_NODE[worst])
        kind, title = step.kind, step.title
    raise AssertionError("a route has a part of its own quality")


def _at(id: str, kind: str, title: str, reason: Reason, link: str | None = None) -> Break:
    return Break(id=id, kind=kind, title=title, rung=int(RUNGS[kind]), reason=reason, link=link)
