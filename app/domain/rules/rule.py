"""What a rule is: a code, how grave it is, one sentence of advice, and a function that looks at a record."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from app.domain.rules.case import Case, Tie
from graph_schema.core import Node


class Severity(StrEnum):
    """How grave a finding is: refused when written over HTTP; probably wrong; worth knowing."""

    VIOLATION, WARNING, INFORMATION = "violation", "warning", "information"


VIOLATION, WARNING, INFORMATION = Severity


class Place(NamedTuple):
    """Where a rule is not met: a fact of the record (JSON Pointer; empty: the whole), and which links."""

    pointer: str = ""
    links: tuple[str, ...] = ()


Found = Iterable[Place] | None
"""Where a rule is not met: empty if it is met everywhere, None if it does not apply to the record."""


@dataclass(frozen=True)
class Rule:
    """A rule of the domain that no single fact shows."""

    code: str
    severity: Severity
    kinds: tuple[type[Node], ...]
    reads: tuple[str, ...]
    """Kinds of link it looks at, as `case.read` takes them. A violation has one: claiming it is refused."""
    advice: str
    """What to do about it, in one sentence."""
    check: Callable[[Case[Any]], Found]

    @property
    def says(self) -> str:
        """What the rule demands: the first line of its function's documentation."""
        return (self.check.__doc__ or "").strip().partition("\n")[0]


def no(broken: bool, pointer: str = "", links: Iterable[Tie[Any, Any]] = ()) -> tuple[Place, ...]:
    """The place where a rule is not met, if it is not."""
    return (Place(pointer, tuple(tie.id for tie in links)),) if broken else ()


def ties_in(ties: Iterable[Tie[Any, Any]]) -> tuple[Place, ...]:
    """A place for each of these links."""
    return tuple(Place("", (tie.id,)) for tie in ties)


def current(ties: Sequence[Tie[Any, Any]], on: date) -> list[Tie[Any, Any]]:
    """The links that are valid on the day, to records in use."""
    return [tie for tie in ties if tie.far_live and tie.facts.covers(on)]


def at_once(ties: Sequence[Tie[Any, Any]]) -> Iterator[list[Tie[Any, Any]]]:
    """The links that are valid together, for each day on which one begins."""
    live = [tie for tie in ties if tie.far_live]
    for day in sorted({tie.facts.valid_from or date.min for tie in live}):
        yield [tie for tie in live if tie.facts.covers(day)]


def too_many(ties: Sequence[Tie[Any, Any]]) -> tuple[Place, ...]:
    """The first links of which there may be one at a time, and are more."""
    return next((no(True, links=each) for each in at_once(ties) if len(each) > 1), ())


def over_one(ties: Sequence[Tie[Any, Any]], part: str) -> tuple[Place, ...]:
    """The first links valid together whose parts come to more than the whole."""
    for each in at_once(ties):
        stated = [tie for tie in each if getattr(tie.facts, part) is not None]
        if sum((getattr(tie.facts, part) for tie in stated), Decimal(0)) > 1:
            return no(True, links=stated)
    return ()


def is_whole(ties: Sequence[Tie[Any, Any]], part: str) -> bool:
    """Whether the parts are stated and come to 1; one link without a part stands for all of it."""
    stated = [getattr(tie.facts, part) for tie in ties]
    return stated == [None] or (None not in stated and sum(stated) == 1)


def adds_up(ties: Sequence[Tie[Any, Any]], part: str) -> bool:
    """Whether the parts come to 1. Links without one divide what is missing, so some part must be missing."""
    stated = [getattr(tie.facts, part) for tie in ties]
    known = sum((each for each in stated if each is not None), Decimal(0))
    return known == 1 if None not in stated else known < 1 or not known


@dataclass(frozen=True)
class Finding:
    """One thing wrong with a record, or missing from it."""

    pointer: str
    code: str
    severity: Severity
    detail: str
    record: str | None = None
    """Id of the record; None of what is not kept yet."""
    kind: str | None = None
    links: tuple[str, ...] = ()

    def shown(self) -> dict[str, Any]:
        """The finding as an answer shows it."""
        return {
            "pointer": self.pointer,
            "code": self.code,
            "severity": self.severity.value,
            "detail": self.detail,
            "record": self.record,
            "kind": self.kind,
            "links": list(self.links),
        }


@dataclass(frozen=True)
class Checked:
    """What one rule says of one record."""

    rule: Rule
    applies: bool
    findings: tuple[Finding, ...] = ()

    @property
    def met(self) -> bool:
        """Whether the rule applies and nothing is found."""
        return self.applies and not self.findings
