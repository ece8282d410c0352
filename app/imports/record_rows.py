"""What becomes of rows that state records."""

from typing import Any

from app.domain import faults, patches, records
from app.domain.ledger import Answer
from app.domain.sources import Source
from app.errors import Fault, Invalid
from app.graph import Row
from app.imports.plan import REJECTED, Plan, Write, keys, references, resolved
from app.imports.rights import Rights
from app.imports.rows import RecordRow
from app.imports.standing import Standing
from app.who import Stamp
from graph_schema.core import BY_ACT, Node
from graph_schema.cypher import restored, stored

_THERE = {"kind", "status", "print", "organisation", "source_system", "title", "id"}


class Decisions:
    """Decides record by record; keeps the records as they will stand, for the rows that name them."""

    def __init__(self, plan: Plan, standing: Standing, source: Source, stamp: Stamp, rights: Rights) -> None:
        self._plan, self._standing, self._source, self._stamp = plan, standing, source, stamp
        self._rights = rights
        self._rows: dict[str, RecordRow] = {}
        self._first_at: dict[str, int] = {}
        self._ids: dict[str, str] = {}
        self._named: dict[str, str] = {}
        self._coming: dict[str, Row] = {}
        self._writes: dict[int, Write] = {}

    def decide(self, rows: list[tuple[int, RecordRow]]) -> None:
        """Decide every row. A row that refers to one that is not taken is not taken either."""
        fresh = [(at, row) for at, row in rows if self._first(at, row)]
        for at, row in fresh:
            self._decide(at, row)
        while self._follow(fresh):
            pass
        self._plan.writes += self._writes.values()

    def found(self, name: str) -> Row | None:
        """The record a key or id names, as it stands or will stand."""
        coming = self._coming.get(name) or self._coming.get(self._named.get(name, ""))
        return coming or self._standing.records.get(name)

    def _first(self, at: int, row: RecordRow) -> bool:
        stands = self._standing.records.get(row.key)
        first_at = self._first_at.setdefault(stands["id"] if stands else row.key, at)
        self._rows.setdefault(row.key, row)
        if first_at != at:
            self._plan.twice(first_at, at, row, "record")
            return False
        self._ids[row.key] = stands["id"] if stands else self._stamp.id(at)
        return True

    def is_rejected(self, name: str) -> bool:
        """Whether the name is that of a record which this input states, and which is not taken."""
        return (name in self._rows or name in self._named) and self.found(name) is None

    def _referred(self, name: str) -> Row | None:
        """A record for a reference: also one of this input that is not decided yet."""
        if name in self._rows and name not in self._standing.records:
            return {"id": self._ids[name], "kind": self._rows[name].kind.__name__}
        return self._standing.records.get(name)

    def _decide(self, at: int, row: RecordRow) -> None:
        stands = self._standing.records.get(row.key)
        refusal = self._refusal(row, stands) if stands else _missing(row)
        if refusal:
            self._plan.reject(at, row, [refusal])
            return
        before = records.envelope(stands) if stands else None
        named, wrong = resolved(row, self._referred)
        try:
            facts = faults.valid(row.kind, self._whole(at, row, named, before))
        except Invalid as invalid:
            pointed = {each.pointer for each in wrong}
            self._plan.reject(at, row, wrong + [e for e in invalid.faults if e.pointer not in pointed])
            return
        wrong += self._taken(row, facts)
        wrong += self._accepted(facts, before)
        if wrong:
            self._plan.reject(at, row, wrong)
        elif stands and before:
            self._change(at, row, facts, stands, before)
        else:
            self._create(at, row, facts)

    def _refusal(self, row: RecordRow, stands: Row) -> Fault | None:
        if stands["kind"] != row.kind.__name__:
            return Fault("", "kind_differs", f"The key names a {stands['kind']}, not a {row.kind.__name__}.")
        if stands["source_system"] != self._source.name:
            says = "The record belongs to another source; only that source changes it."
            return Fault("", "owned_by_another_source", says)
        if stands["status"] == "retired":
            return Fault("", "retired", "The record is retired; it no longer changes.")
        return None

    def _whole(
        self, at: int, row: RecordRow, stated: dict[str, Any], before: Answer | None
    ) -> dict[str, Any]:
        """All the facts the row asks for: what a row does not speak of stays, or has its default."""
        whole = {name: value for name, value in stated.items() if value is not None}
        if row.only is not None and before is not None:
            whole = {n: value for n, value in before["facts"].items() if n not in row.only} | whole
        if before is None:
            whole = {**row.otherwise, **whole}
        if not whole.get("title") and "|" in row.key:
            whole["title"] = row.key.partition("|")[2]
            self._plan.warn(at, row, "title_from_key", "The row has no title; its key stands in.", "/title")
        whole["identifiers"] = _identifiers(row, before)
        return whole

    def _taken(self, row: RecordRow, facts: Node) -> list[Fault]:
        """A fault for each identifier that names another record, there or in this input."""
        wrong = []
        for at, each in enumerate(facts.identifiers):
            stands = self._standing.records.get(each.key)
            other = stands is not None and stands["id"] != self._ids[row.key]
            if (
                other
                or each.key in self._standing.taken
                or self._named.setdefault(each.key, row.key) != row.key
            ):
                says = "This identifier names another record already."
                wrong.append(Fault(f"/identifiers/{at}", "identifier_taken", says))
        return wrong

    def _accepted(self, facts: Node, before: Answer | None) -> list[Fault]:
        """A fault for each acceptance that is not this source's to state."""
        acts = set(facts.marked(BY_ACT))
        if self._source.states_acceptance or not acts:
            return []
        stated = facts.model_dump(mode="json", include=acts)
        return patches.acceptances(before["facts"] if before else {}, stated, facts)

    def _create(self, at: int, row: RecordRow, facts: Node) -> None:
        id = self._ids[row.key]
        properties = records.properties(facts, self._stamp, 1)
        stated = _stated(facts, properties)
        wrong = self._rights.register(facts, stated)
        if wrong:
            self._plan.reject(at, row, wrong)
            return
        after = records.shown(row.kind, id, properties, stated)
        self._coming[row.key] = _there(properties | {"id": id, "kind": row.kind.__name__})
        self._plan.outcomes[at] = "created"
        self._plan.items[at] = (id, 1)
        self._writes[at] = Write(
            at,
            row.kind,
            id,
            {"id": id} | {name: value for name, value in properties.items() if value is not None},
            records.entry("create", None, after),
            identifiers=records.identifier_nodes(facts, self._source.name),
        )

    def _change(self, at: int, row: RecordRow, facts: Node, stands: Row, before: Answer) -> None:
        revision = stands["revision"]
        after_facts = _stated(facts, stored(facts))
        self._coming[row.key] = stands
        wrong = self._rights.change(stands, before["facts"], facts, after_facts)
        if wrong:
            self._plan.reject(at, row, wrong)
            return
        self._plan.items[at] = (stands["id"], revision)
        if after_facts == before["facts"]:
            self._plan.outcomes[at] = "unchanged"
            return
        if row.revision not in (None, revision):
            self._plan.overtaken(at, row, stands)
            return
        self._plan.items[at] = (stands["id"], revision + 1)
        properties = records.properties(facts, self._stamp, revision + 1, "live", stands["source_system"])
        after = records.shown(row.kind, stands["id"], properties, after_facts)
        self._coming[row.key] = _there(stands | properties | {"kind": row.kind.__name__})
        self._plan.outcomes[at] = "changed"
        kept = frozenset(keys(before["facts"]["identifiers"]))
        self._writes[at] = Write(
            at,
            row.kind,
            stands["id"],
            properties,
            records.entry("change", before, after),
            revision,
            records.identifier_nodes(facts, self._source.name, kept),
        )

    def _follow(self, rows: list[tuple[int, RecordRow]]) -> bool:
        """Leave out each row that refers to a new record that is not taken; whether there was one."""
        lost = [
            (at, row, name)
            for at, row in rows
            if at in self._writes
            for name, key in references(row)
            if key in self._rows and key not in self._coming and key not in self._standing.records
        ]
        for at, row, name in lost:
            if self._writes.pop(at, None):
                self._coming.pop(row.key)
            self._plan.reject(at, row, [Fault(f"/{name}", "reference_rejected", REJECTED)])
        return bool(lost)


def _missing(row: RecordRow) -> Fault | None:
    """Why a row cannot make a new record: it speaks of one that should be there."""
    if "|" not in row.key:
        return Fault("/id", "record_unknown", "There is no record with this id.")
    if row.revision is not None:
        return Fault("/revision", "record_unknown", "There is no record with this key, so none to change.")
    return None


def _identifiers(row: RecordRow, before: Answer | None) -> Any:
    """The identifiers that stand, the row's key, and those it states: an identifier is for ever."""
    stated = row.facts.get("identifiers") or []
    if not isinstance(stated, list | tuple):
        return stated
    scheme, by_key, value = row.key.partition("|")
    whole = [*before["facts"]["identifiers"]] if before else []
    seen = set(keys(whole))
    for each in (*([{"scheme": scheme, "value": value}] if by_key else ()), *stated):
        key = next(keys([each]), None)
        if key is None or key not in seen:
            whole.append(each)
            seen |= {key} if key else set()
    return whole


def _stated(facts: Node, properties: Row) -> dict[str, Any]:
    """The facts as `records.stated` gives them, from properties made already."""
    identifiers = [{"scheme": each.scheme, "value": each.value} for each in facts.identifiers]
    in_order = sorted(identifiers, key=lambda each: (each["scheme"], each["value"]))
    return restored(type(facts), properties) | {"identifiers": in_order}


def _there(properties: Row) -> Row:
    return {name: value for name, value in properties.items() if name in _THERE}
