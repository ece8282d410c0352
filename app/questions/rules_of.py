"""Projects as the rules of the domain see them, at the number of the ledger an answer is of."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from app.domain import rules
from app.domain.components import of as groups_of
from app.domain.rules.case import INCOMING, Case, of, tie
from app.portfolio.surface import Portfolio
from app.questions.core import View
from graph_schema import LINK_BY_LABEL, TWO_KEYS
from graph_schema.delivery import Project
from graph_schema.values import Standing

_WAYS = sorted({way for rule in rules.rules_of(Project) for way in rule.reads})
_TWO_KEYS = {kind.label for kind in TWO_KEYS}
_NOT_THERE = (None, Standing.WITHDRAWN)


@dataclass(frozen=True)
class _Join:
    """A link of a project: which, what stands at its other end, and whether it leads there."""

    project: str
    link: str
    label: str
    far: str
    outgoing: bool


async def cases(view: View, ids: Collection[str]) -> list[Case[Project]]:
    """These projects with their links and what these join: a few reads, however many there are."""
    joins = [each for way in _WAYS for each in _joins(view.portfolio, way, ids)]
    links: dict[str, dict[str, Any]] = {}
    for label in {each.label for each in joins}:
        links |= await view.links(label, (each.link for each in joins if each.label == label))
    evidence = {id for each in joins if _is_backed(each) for id in links[each.link]["facts"]["evidence"]}
    records = await view.records({*ids, *evidence, *(each.far for each in joins)})
    by_project: dict[str, list[_Join]] = defaultdict(list)
    for each in sorted(joins, key=lambda each: (not each.outgoing, each.link)):
        by_project[each.project].append(each)
    circles = _circles(view.portfolio)
    return [
        of(
            Project,
            records[id],
            [
                tie(
                    links[each.link],
                    records[each.far],
                    _backing(each, links, records),
                    outgoing=each.outgoing,
                )
                for each in by_project[id]
            ],
            (label for label, on in circles.items() if id in on),
            view.valid_on,
        )
        for id in sorted(ids)
    ]


def _joins(portfolio: Portfolio, way: str, ids: Collection[str]) -> Iterator[_Join]:
    """The links of these projects of one way that are not withdrawn."""
    label, into = way.removeprefix(INCOMING), way.startswith(INCOMING)
    links = portfolio.links(label, target=ids) if into else portfolio.links(label, source=ids)
    for link, source, target, standing in links.rows("id", "source", "target", "standing"):
        if standing not in _NOT_THERE:
            yield _Join(*((target, link, label, source) if into else (source, link, label, target)), not into)


def _is_backed(join: _Join) -> bool:
    return join.outgoing and join.label in _TWO_KEYS


def _backing(
    join: _Join, links: dict[str, dict[str, Any]], records: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """The evidence of a link that the reader sees."""
    named = links[join.link]["facts"]["evidence"] if _is_backed(join) else ()
    return [records[each] for each in named if each in records]


def _circles(portfolio: Portfolio) -> dict[str, set[str]]:
    """By kind of link that may have no cycle, the projects that reach themselves over it."""
    acyclic = [
        each.label for each in LINK_BY_LABEL.values() if each.acyclic and each.allows(Project, Project)
    ]
    return {label: _on_a_circle(portfolio, label) for label in acyclic}


def _on_a_circle(portfolio: Portfolio, label: str) -> set[str]:
    onward: dict[str, list[str]] = defaultdict(list)
    for source, target, standing in _between_projects(portfolio, label):
        if standing not in _NOT_THERE:
            onward[source].append(target)
    groups: Iterable[list[str]] = groups_of(onward)
    return {id for each in groups for id in each if len(each) > 1 or id in onward.get(id, ())}


def _between_projects(portfolio: Portfolio, label: str) -> Iterator[tuple[str, str, Standing | None]]:
    rows = portfolio.links(label).rows("source", "target", "standing", "from_kind")
    return ((source, target, standing) for source, target, standing, kind in rows if kind == Project.__name__)
