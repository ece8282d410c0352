"""What sentences are said of: the way to where a chain breaks, and the link at fault there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from app.portfolio.tracing import Broken, Route, Step
from app.questions import breaks, sentences
from app.questions.core import View
from app.questions.sentences import Leg, Sentence, Subject, Way


def tell(
    view: View, subjects: Iterable[Subject], routes: Mapping[str, Route], broken: Mapping[str, Broken]
) -> dict[str, Sentence]:
    """The sentence of each of these projects, processes or instruments, by id."""
    asked = list(subjects)
    without = {each.id: broken[each.id] for each in asked if each.id in broken and each.id not in routes}
    away = [id for id, each in without.items() if each.id != id]
    leaving = _leaving(view, away)
    beyond = _leaving(view, {step.target for steps in leaving.values() for step in steps if _leads(step)})
    found = {
        id: Way(tuple(map(_leg, _legs(leaving[id], beyond, at.id))), _leg(at.link) if at.link else None)
        for id, at in without.items()
    }
    law = view.portfolio.law
    told = {}
    for each in asked:
        shown = breaks.shown(broken[each.id]) if each.id in broken else None
        told[each.id] = sentences.of(each, law, routes.get(each.id), shown, found.get(each.id))
    return told


def _leaving(view: View, ids: Iterable[str]) -> dict[str, list[Step]]:
    found: dict[str, list[Step]] = defaultdict(list)
    for step in view.portfolio.steps(ids):
        found[step.source].append(step)
    return found


def _leads(step: Step) -> bool:
    return step.label == "CHANGES" and step.kind == "Process" and step.target_quality > 0


def _legs(leaving: list[Step], beyond: Mapping[str, list[Step]], end: str) -> list[Step]:
    """The links from a record to where its chain breaks: one, or two by a process; none if it is further."""
    direct = [each for each in leaving if each.target == end and each.label != "ADVANCES"]
    if direct:
        return direct[:1]
    through = (
        [first, second]
        for first in leaving
        if _leads(first)
        for second in beyond.get(first.target, ())
        if second.label == "OPERATES" and second.target == end
    )
    return next(through, [])


def _leg(step: Step) -> Leg:
    mode = "harms" if step.harms else step.mode
    standing = step.standing and step.standing.value
    return Leg(step.link, step.label, mode, step.kind, step.target, step.title, standing)
