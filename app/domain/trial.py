"""A change tried and not kept: every fault and finding at once, by the very checks of the real change."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from app.domain import rules
from app.domain.ledger import Done, Entry
from app.domain.rules import Finding, Severity
from app.errors import AlreadyExists, Fault, Invalid, LinkNotAllowed, Refusal, RuleBroken
from app.graph import Graph, Tx
from app.who import Reader
from graph_schema import KIND_BY_NAME

Stated = dict[str, Any]
Write = Callable[[Tx, Stated], Awaitable[Done]]
"""Validates what is stated and writes it, or refuses."""

_FAULTY = (Invalid, AlreadyExists, LinkNotAllowed, RuleBroken)
"""Refusals that tell what is wrong with what is stated; any other refuses the trial itself."""


class _Undone(Exception):
    """Ends a trial, so that nothing of it stays."""


@dataclass
class Tried:
    """What a trial found, and what the ledger would have been told."""

    findings: list[Finding] = field(default_factory=list)
    entries: tuple[Entry, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether it would be saved."""
        return all(each.severity is not Severity.VIOLATION for each in self.findings)


async def record(graph: Graph, write: Write, stated: Stated, reader: Reader, on: date) -> Tried:
    """What would be found of a record so written."""

    async def look(tx: Tx, done: Done) -> list[Finding]:
        kind, id = KIND_BY_NAME[done.answer["kind"]], done.answer["id"]
        cases = await rules.cases(tx, kind, [id], reader, on)
        found = [finding for case in cases for finding in rules.findings(case)]
        return [replace(each, record=None) for each in found] if _is_new(done) else found

    return await _tried(graph, write, stated, look)


async def link(graph: Graph, write: Write, stated: Stated, reader: Reader, on: date) -> Tried:
    """What would be found of a link so written, and of its ends because of it."""

    async def look(tx: Tx, done: Done) -> list[Finding]:
        ends = {done.answer[side]["id"]: done.answer[side]["kind"] for side in ("from", "to")}
        found = [
            finding
            for id, kind in ends.items()
            for case in await rules.cases(tx, KIND_BY_NAME[kind], [id], reader, on)
            for finding in rules.because_of(case, done.answer["id"])
        ]
        gone = {done.answer["id"]} if _is_new(done) else set()
        return [replace(each, links=tuple(id for id in each.links if id not in gone)) for each in found]

    return await _tried(graph, write, stated, look)


def _is_new(done: Done) -> bool:
    """Whether what was written is new, so that its id is nobody's once it is undone."""
    return any(entry.before is None for entry in done.entries)


Look = Callable[[Tx, Done], Awaitable[list[Finding]]]


async def _tried(graph: Graph, write: Write, stated: Stated, look: Look) -> Tried:
    tried = Tried()

    async def work(tx: Tx) -> None:
        tried.findings, tried.entries = [], ()
        done = await _written(tx, write, stated, tried.findings)
        if done is not None:
            tried.findings += await look(tx, done)
            tried.entries = done.entries
        raise _Undone

    try:
        await graph.write(work)
    except _Undone:
        pass
    except _FAULTY as refusal:
        tried.findings += _new(refusal, tried.findings)
    return tried


async def _written(tx: Tx, write: Write, stated: Stated, found: list[Finding]) -> Done | None:
    """Write what is stated; where something is at fault, note it, leave it out, and write the rest."""
    while True:
        try:
            return await write(tx, stated)
        except _FAULTY as refusal:
            new = _new(refusal, found)
            found += new
            rest = _without(stated, [finding.pointer for finding in new])
            if rest == stated:
                return None
            stated = rest


def _new(refusal: Refusal, found: list[Finding]) -> list[Finding]:
    """The refusal's faults as findings, but those about a place that is at fault already."""
    known = {finding.pointer for finding in found}
    faults = refusal.faults or (Fault("", refusal.code, refusal.detail),)
    return [
        Finding(each.pointer, each.code, Severity.VIOLATION, each.detail)
        for each in faults
        if each.pointer not in known
    ]


def _without(stated: Stated, pointers: list[str]) -> Stated:
    """What is stated without the members these point to; those of a link's facts one by one."""
    rest = dict(stated)
    for pointer in pointers:
        first, _, inner = pointer.removeprefix("/").partition("/")
        if first == "facts" and inner and isinstance(rest.get("facts"), dict):
            rest["facts"] = {
                name: value for name, value in rest["facts"].items() if name != inner.split("/")[0]
            }
        else:
            rest.pop(first, None)
    return rest
