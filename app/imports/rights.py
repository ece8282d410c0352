"""What the caller may do, row by row: the checks that single requests make, as faults of a row."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from app.domain import claims, decisions, patches, subjects
from app.domain.authority import Action
from app.domain.subjects import Holders
from app.errors import Fault, Refusal
from app.graph import Row
from app.who import Stamp
from graph_schema.core import Link, Node
from graph_schema.delivery import Decision


class Rights:
    """The rights of who sends the rows. The operator, at the service's own machine, has them all."""

    def __init__(self, stamp: Stamp, held: Holders, head: Row) -> None:
        self._stamp, self._held, self._head = stamp, held, head
        self._all = stamp.caller is None

    def register(self, facts: Node, stated: dict[str, Any]) -> list[Fault]:
        """Why a record of these facts may not be registered."""
        if self._all:
            return []
        wrong = list(_faults(subjects.may_register, facts, self._stamp, facts.model_fields_set))
        wrong += patches.acts({}, stated, facts, self._stamp)
        if isinstance(facts, Decision):
            wrong += decisions.faults(facts, self._head, self._stamp)
        return wrong

    def change(self, record: Row, before: dict[str, Any], facts: Node, after: dict[str, Any]) -> list[Fault]:
        """Why a record may not be given these facts."""
        if self._all:
            return []
        fields = changed(before, after)
        wrong = list(_faults(subjects.require_act, Action.CHANGE, record, self._held, self._stamp, fields))
        wrong += _faults(subjects.may_become, before, facts, self._stamp)
        return wrong + patches.acts(before, after, facts, self._stamp)

    def claim(self, source: Row, target: Row, facts: Link, stated: dict[str, Any]) -> list[Fault]:
        """Why a link of these facts may not be claimed."""
        if self._all:
            return []
        wrong = list(
            self._link(Action.CLAIM, source, target, facts, self._stamp.source, facts.model_fields_set)
        )
        return wrong + patches.acts({}, stated, facts, self._stamp, "/facts")

    def restate(
        self, ends: tuple[Row, Row], link: Row, before: dict[str, Any], facts: Link, after: dict[str, Any]
    ) -> list[Fault]:
        """Why a link may not be given these facts."""
        if self._all:
            return []
        wrong = list(self._link(Action.CHANGE, *ends, facts, link["source_system"], changed(before, after)))
        return wrong + patches.acts(before, after, facts, self._stamp, "/facts")

    def end(self, record: Row) -> list[Fault]:
        """Why a record may not be taken out of use."""
        if self._all:
            return []
        return list(_faults(subjects.require_act, Action.RETIRE, record, self._held, self._stamp))

    def end_link(self, link: Row) -> list[Fault]:
        """Why a link may not be taken back."""
        if self._all:
            return []
        found = _faults(
            subjects.require_link, Action.WITHDRAW, link["label"], link["from_full"], link["to_full"],
            self._held, self._stamp, link["source_system"],
        )  # fmt: skip
        return list(found)

    def _link(
        self, action: Action, source: Row, target: Row, facts: Link, asserted_by: str, fields: Iterable[str]
    ) -> Iterator[Fault]:
        found = _faults(
            subjects.require_link,
            action, type(facts).label, source, target, self._held, self._stamp, asserted_by, fields,
        )  # fmt: skip
        yield from _faults(claims.may_name, type(facts), target, self._stamp)
        yield from (Fault(each.pointer and f"/facts{each.pointer}", each.code, each.detail) for each in found)


def changed(before: dict[str, Any], after: dict[str, Any]) -> frozenset[str]:
    """The facts that differ."""
    return frozenset(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def _faults(check: Callable[..., None], *of: Any) -> Iterator[Fault]:
    """What the check of a single request would refuse with."""
    try:
        check(*of)
    except Refusal as refusal:
        yield from refusal.faults or (Fault("", refusal.code, refusal.detail),)
