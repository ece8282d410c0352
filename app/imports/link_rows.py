"""What becomes of rows that state links."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from app.domain import faults, links, patches
from app.domain.ledger import Answer
from app.domain.sources import Source
from app.errors import Fault, Invalid
from app.graph import Row
from app.imports import cycles
from app.imports.plan import REJECTED, Found, Plan, Write, resolved
from app.imports.rights import Rights
from app.imports.rows import LinkRow
from app.imports.standing import Pair, Standing
from app.who import Stamp
from graph_schema.core import BY_ACT, Facts, Link
from graph_schema.cypher import restored, stored
from graph_schema.values import Code, Day


class _Acceptance(Facts):
    """Who accepted a link for the other side, and when."""

    accepted_by: Code
    accepted_on: Day


def ends(rows: list[tuple[int, LinkRow]], standing: Standing) -> dict[type[Link], set[Pair]]:
    """The pairs of standing records whose links of each kind must be read before the rows are decided."""
    wanted: dict[type[Link], set[Pair]] = defaultdict(set)
    for _, row in rows:
        source, target = standing.records.get(row.source), standing.records.get(row.target)
        if source and target:
            wanted[row.kind].add((source["id"], target["id"]))
    return wanted


class Decisions:
    """Decides link by link, after the records."""

    def __init__(
        self,
        plan: Plan,
        standing: Standing,
        source: Source,
        stamp: Stamp,
        rights: Rights,
        found: Found,
        rejected: Callable[[str], bool],
    ) -> None:
        self._plan, self._standing, self._source, self._stamp = plan, standing, source, stamp
        self._rights, self._found, self._rejected = rights, found, rejected
        self._seen: dict[tuple[str, str], int] = {}
        self._new: dict[str, list[tuple[int, LinkRow, Pair]]] = defaultdict(list)

    def decide(self, rows: list[tuple[int, LinkRow]]) -> None:
        """Decide every row, then warn of the cycles that new links close."""
        for at, row in rows:
            self._decide(at, row)
        for label, new in self._new.items():
            closing = cycles.closing([*self._standing.arcs.get(label, ()), *(pair for *_, pair in new)])
            for at, row, pair in new:
                if pair in closing:
                    self._plan.warn(at, row, "cycle", f"The link closes a cycle of {label}.")

    def _decide(self, at: int, row: LinkRow) -> None:
        source, target = self._found(row.source), self._found(row.target)
        wrong = [*self._unfit("/from", row.source, source), *self._unfit("/to", row.target, target)]
        named, unknown = resolved(row, self._found, self._rejected)
        wrong += [Fault(f"/facts{each.pointer}", each.code, each.detail) for each in unknown]
        try:
            facts = faults.valid(row.kind, named, ("facts",))
        except Invalid as invalid:
            self._plan.reject(at, row, wrong + list(invalid.faults))
            return
        if source and target:
            wrong += links.unfit(row.kind, source, target, facts)
            wrong += self._unaccepted(row, facts, source, target)
        if wrong or not source or not target:
            self._plan.reject(at, row, wrong)
            return
        key = facts.key(source["id"], target["id"])
        first = self._seen.setdefault((row.kind.label, key), at)
        if first != at:
            self._plan.twice(first, at, row, "link")
            return
        self._against(at, row, facts, source, target, key)

    def _unfit(self, pointer: str, name: str, record: Row | None) -> list[Fault]:
        """A fault where an end is none that takes a link."""
        if record is None and self._rejected(name):
            return [Fault(pointer, "reference_rejected", REJECTED)]
        if record is None:
            return [Fault(pointer, "record_unknown", "There is no record with this key or id.")]
        if record["status"] == "retired":
            return [Fault(pointer, "record_retired", "The record is retired and takes no new links.")]
        return []

    def _unaccepted(self, row: LinkRow, facts: Link, source: Row, target: Row) -> list[Fault]:
        """A fault where the row states an acceptance that is not this source's to state."""
        acts = set(facts.marked(BY_ACT))
        stated = facts.model_dump(mode="json", include=acts) if acts else {}
        by_act = patches.acceptances({}, stated, facts, "/facts")
        if row.accepted is None and not row.disputed and not by_act:
            return []
        try:
            if row.accepted is not None:
                faults.valid(_Acceptance, {"accepted_by": row.accepted.by, "accepted_on": row.accepted.on})
        except Invalid as invalid:
            return list(invalid.faults)
        ours = source["source_system"] == target["source_system"] == self._source.name
        ours = ours and self._stamp.by.organisation in (None, target["organisation"])
        if self._source.states_acceptance and ours:
            return []
        if by_act:
            return by_act
        says = "This source may not state whether this link is accepted; leave that out."
        pointer = "/accepted_by" if row.accepted else "/standing"
        return [Fault(pointer, "acceptance_not_yours", says)]

    def _against(self, at: int, row: LinkRow, facts: Link, source: Row, target: Row, key: str) -> None:
        """Decide a sound row by what stands between its ends."""
        between = self._standing.links.get(row.kind.label, {}).get((source["id"], target["id"]), [])
        if not between:
            self._claim(at, row, facts, source, target)
            return
        stated = restored(row.kind, stored(facts))
        live = [link for link in between if link.get("key") == key]
        if live:
            self._change(at, row, facts, stated, live[0], (source, target))
            return
        taken_back = [
            link
            for link in between
            if link["standing"] == "withdrawn" and link["source_system"] == self._source.name
        ]
        gone = next((link for link in taken_back if links.envelope(link)["facts"] == stated), None)
        if gone:
            says = "The link was withdrawn and stays so; to bring it back, claim it over the API."
            self._plan.warn(at, row, "withdrawn", says)
            self._plan.outcomes[at] = "unchanged"
            self._plan.items[at] = (gone["id"], gone["revision"])
            return
        self._claim(at, row, facts, source, target)

    def _claim(self, at: int, row: LinkRow, facts: Link, source: Row, target: Row) -> None:
        pair = (source["id"], target["id"])
        properties = links.claimed(row.kind, facts, source, target, self._stamp, self._stamp.id(at))
        stated = restored(row.kind, properties)
        wrong = self._rights.claim(source, target, facts, stated)
        if row.revision is not None:
            wrong.append(Fault("/revision", "link_unknown", "There is no such link yet, so none to change."))
        if wrong:
            self._plan.reject(at, row, wrong)
            return
        properties |= _acceptance(row, source, target)
        after = links.shown(row.kind, properties, source, target, stated)
        if row.kind.acyclic:
            self._new[row.kind.label].append((at, row, pair))
        self._plan.outcomes[at] = "created"
        self._plan.items[at] = (properties["id"], 1)
        given = {name: value for name, value in properties.items() if value is not None}
        entry = links.entry("claim", None, after)
        self._plan.writes.append(Write(at, row.kind, properties["id"], given, entry, ends=pair))

    def _change(
        self, at: int, row: LinkRow, facts: Link, stated: dict[str, Any], link: Row, between: tuple[Row, Row]
    ) -> None:
        """Other facts make a change. The same facts leave what people did to the link as it is."""
        before = links.envelope(link)
        if link["source_system"] != self._source.name:
            says = "The link belongs to another source; only that source changes it."
            self._plan.reject(at, row, [Fault("", "owned_by_another_source", says)])
            return
        wrong = self._rights.restate(between, link, before["facts"], facts, stated)
        if wrong:
            self._plan.reject(at, row, wrong)
            return
        self._plan.items[at] = (link["id"], link["revision"])
        answered = (row.accepted is not None or row.disputed) and link["standing"] == "proposed"
        if before["facts"] == stated and not answered:
            self._plan.outcomes[at] = "unchanged"
            return
        if row.revision not in (None, link["revision"]):
            self._plan.overtaken(at, row, link)
            return
        self._plan.items[at] = (link["id"], link["revision"] + 1)
        written = self._rewritten(row, facts, link, between)
        after: Answer = links.shown(row.kind, link | written, link["from"], link["to"], stated)
        self._plan.outcomes[at] = "changed"
        entry = links.entry("change", before, after)
        self._plan.writes.append(Write(at, row.kind, link["id"], written, entry, link["revision"]))

    def _rewritten(self, row: LinkRow, facts: Link, link: Row, between: tuple[Row, Row]) -> Row:
        """The properties after a change: what needs acceptance waits for it again, if not stated."""
        written = stored(facts) | {"revision": link["revision"] + 1, "changed_at": self._stamp.instant}
        if row.accepted is not None:
            return written | _acceptance(row, *between)
        if not links.born_accepted(row.kind, *between):
            written |= {"standing": "proposed", "claimed_by": self._stamp.actor, "claimed_on": self._stamp.on}
            written |= links.UNACCEPTED
        return written | _acceptance(row, *between)


def _acceptance(row: LinkRow, source: Row, target: Row) -> Row:
    """What the store keeps of an acceptance, or a dispute, that the source states.

    An acceptance of other facts outdates every review of the earlier ones.
    """
    if row.accepted is None:
        return {"standing": "disputed"} if row.disputed else {}
    return links.UNACCEPTED | {
        "standing": "accepted",
        "accepted_by": row.accepted.by,
        "accepted_on": row.accepted.on,
        "source_print": source["print"],
        "target_print": target["print"],
    }
