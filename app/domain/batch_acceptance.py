"""Many claims accepted in one act, as they were seen a moment before or not at all."""

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from app.domain import acceptance, links, sides
from app.domain.access import Scope
from app.domain.authority import Action
from app.domain.ledger import Answer, Done, Entry, written
from app.errors import Fault, Invalid, Overtaken, TooLarge
from app.graph import Graph, Row, Tx
from app.who import Reader, Stamp
from graph_schema import LINK_BY_LABEL, TWO_KEYS
from graph_schema.core import Link
from graph_schema.cypher import label

MOST = 1_000
"""The most claims one act accepts."""


@dataclass(frozen=True)
class Wanted:
    """Which claims: those that fulfil all that is given; of several values of one filter, any."""

    kinds: tuple[type[Link], ...] = ()
    ids: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    """Whose the target is."""
    claimed_before: str | None = None

    @property
    def given(self) -> dict[str, Any]:
        """The parameters of the filters."""
        return {
            "ids": list(self.ids),
            "targets": list(self.targets),
            "organisations": list(self.organisations),
            "before": self.claimed_before,
        }

    def text(self, scope: Scope) -> str:
        """Cypher that finds the waiting claims as `a`, `r` and `b`, in the order of their ids."""
        asked = {
            "r.id IN $ids": self.ids,
            "b.id IN $targets": self.targets,
            "b.organisation IN $organisations": self.organisations,
            "r.claimed_on < $before": self.claimed_before,
        }
        if not (self.kinds or any(asked.values())):
            raise Invalid(faults=[Fault("", "filter_missing", "Say which claims: give at least one filter.")])
        live = "r.standing = 'proposed' AND a.status = 'live' AND b.status = 'live'"
        where = " AND ".join([live, scope.sees("a", "b"), *(text for text, value in asked.items() if value)])
        each = (
            f"MATCH (a:Record)-[r:{label(kind)}]->(b:Record) WHERE {where} RETURN a, r, b"
            for kind in self.kinds or TWO_KEYS
        )
        return f"CALL () {{ {' UNION ALL '.join(each)} }} WITH a, r, b ORDER BY r.id LIMIT {MOST + 1}"


@dataclass(frozen=True)
class Preview:
    """What accepting now would do."""

    accepts: list[Row]
    left_out: Counter[str]
    """By the code of the reason: claims that match and are not for this caller to accept."""
    stamp: Stamp
    """Who would accept."""

    def accepted(self, each: Row) -> Row:
        """What acceptance would write on one of these claims."""
        raised = {"revision": each["revision"] + 1, "changed_at": self.stamp.instant}
        return acceptance.accepted(each, self.stamp) | raised

    def entries(self) -> tuple[Entry, ...]:
        """What the ledger would be told."""
        return tuple(
            links.entry("accept", links.envelope(each), links.envelope(each | self.accepted(each)))
            for each in self.accepts
        )

    @property
    def state(self) -> str:
        """Fingerprint of every claim that would be accepted, and of both ends of each."""
        said = [
            (each["id"], each["revision"], *(each[side]["print"] for side in ("from", "to")))
            for each in self.accepts
        ]
        return hashlib.sha256(written({"claims": said}).encode()).hexdigest()

    def shown(self) -> Answer:
        """The preview as an answer."""
        return {
            "count": len(self.accepts),
            "state": self.state,
            "items": [links.envelope(each) for each in self.accepts],
            "left_out": [{"code": code, "count": count} for code, count in sorted(self.left_out.items())],
        }


def _read(wanted: Wanted, scope: Scope) -> str:
    return f"{wanted.text(scope)} RETURN {links.LOADED} AS r, {sides.SIDES} AS sides"


def _preview(rows: list[Row], stamp: Stamp) -> Preview:
    if len(rows) > MOST:
        says = f"More than {MOST} claims match; narrow by kind, target, organisation or day of the claim."
        raise TooLarge(says)
    accepts, left_out = [], Counter[str]()
    for row in rows:
        kind = LINK_BY_LABEL[row["r"]["label"]]
        fault = sides.refusal(stamp.by, Action.ACCEPT, kind, row["sides"])
        if fault:
            left_out[fault.code] += 1
        else:
            accepts.append(row["r"])
    return Preview(accepts, left_out, stamp)


async def preview(graph: Graph, wanted: Wanted, stamp: Stamp, reader: Reader) -> Preview:
    """What accepting these claims would do at the moment. Nothing is written."""
    scope = Scope(reader)
    rows = await graph.rows(_read(wanted, scope), today=stamp.on, **wanted.given, **scope.parameters)
    return _preview(rows, stamp)


async def accept(tx: Tx, wanted: Wanted, state: str, stamp: Stamp, reader: Reader) -> Done:
    """Accept every claim of a preview, in one transaction, if everything is still as it was shown."""
    scope = Scope(reader)
    given = {**wanted.given, **scope.parameters}
    await tx.rows(f"{wanted.text(scope)} SET r.id = r.id", **given)
    now = _preview(await tx.rows(_read(wanted, scope), today=stamp.on, **given), stamp)
    if now.state != state:
        raise Overtaken(current={"count": len(now.accepts), "state": now.state})
    by_kind: dict[str, list[Row]] = defaultdict(list)
    entries = now.entries()
    for each in now.accepts:
        by_kind[each["label"]].append({"id": each["id"], "facts": now.accepted(each)})
    for name, rows in sorted(by_kind.items()):
        await tx.rows(
            f"""UNWIND $rows AS row MATCH ()-[r:{label(LINK_BY_LABEL[name])} {{id: row.id}}]->()
                SET r += row.facts""",
            rows=rows,
        )
    answer = {"count": len(entries), "state": state, "accepted": [each.item for each in entries]}
    return Done(answer, entries)
