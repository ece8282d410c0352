"""What a rule looks at: a record with its links and what stands at their other ends, in one statement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Generic, TypeVar, cast

from app.domain import records
from app.domain.access import Scope
from app.domain.ledger import Answer
from app.graph import Reads, Row
from app.who import Reader
from graph_schema import KIND_BY_NAME, LINK_BY_LABEL, TWO_KEYS
from graph_schema.core import Link, Node
from graph_schema.cypher import kind_of, label, restored
from graph_schema.delivery import Evidence

K = TypeVar("K", bound=Node)
L = TypeVar("L", bound=Link)
F = TypeVar("F", bound=Node)


@dataclass(frozen=True)
class Tie(Generic[L, F]):
    """A link of the record, with what stands at its other end. Withdrawn links are none."""

    id: str
    facts: L
    outgoing: bool
    far_id: str
    far: F
    far_live: bool = True
    evidence: tuple[Evidence, ...] = ()
    reviewed_on: date | None = None
    """Day somebody last looked at it again."""


@dataclass(frozen=True)
class Case(Generic[K]):
    """A record as a rule sees it, on a day."""

    id: str
    facts: K
    on: date
    ties: tuple[Tie[Any, Any], ...] = ()
    cycles: frozenset[str] = frozenset()
    """Labels of the links by which the record reaches itself."""

    def out(self, kind: type[L], far: type[F]) -> list[Tie[L, F]]:
        """The links of this kind that lead from the record to one of that kind."""
        return self._of(kind, far, outgoing=True)

    def into(self, kind: type[L], far: type[F]) -> list[Tie[L, F]]:
        """The links of this kind that lead to the record from one of that kind."""
        return self._of(kind, far, outgoing=False)

    def _of(self, kind: type[L], far: type[F], outgoing: bool) -> list[Tie[L, F]]:
        found = [
            tie
            for tie in self.ties
            if tie.outgoing is outgoing and isinstance(tie.facts, kind) and isinstance(tie.far, far)
        ]
        return cast("list[Tie[L, F]]", found)

    def without(self, link: str) -> "Case[K]":
        """The record as it would stand without this link; a circle of its kind is taken to be its doing."""
        gone = {tie.facts.label for tie in self.ties if tie.id == link}
        return replace(
            self, ties=tuple(tie for tie in self.ties if tie.id != link), cycles=self.cycles - gone
        )


INCOMING = "in:"
"""Before the label of a link kind: those that lead to the record."""


async def read(
    graph: Reads, kind: type[K], ids: Sequence[str], ways: Iterable[str], reader: Reader, on: date
) -> list[Case[K]]:
    """These records with their links of these ways (`OWNS`: from it; `in:OWNS`: to it), in one statement.

    What the reader may not see is absent, records and the ends of links alike.
    """
    scope, stated = Scope(reader), sorted(way for way in set(ways) if _can_have(kind, way))
    rows = await graph.rows(
        f"""UNWIND $ids AS id MATCH (n:{label(kind)} {{id: id}}) WHERE {scope.sees("n")}
            RETURN {records.LOADED} AS n, {_ties(stated, scope)} AS ties, {_cycles(kind, scope)} AS cycles
            ORDER BY n.id""",
        ids=list(ids),
        **scope.parameters,
    )
    return [_case(kind, row, on) for row in rows]


def _can_have(kind: type[Node], way: str) -> bool:
    """Whether the link matrix gives records of this kind such a link."""
    cells = LINK_BY_LABEL[way.removeprefix(INCOMING)].matrix
    return any(kind in cell[1 if way.startswith(INCOMING) else 0] for cell in cells)


_TIE = """COLLECT {{ MATCH {pattern} WHERE r.standing <> 'withdrawn' AND {sees}
  RETURN {{outgoing: {outgoing}, link: r {{.*, label: type(r)}},
    far: m {{.*, stated_kind: m.kind, kind: {kind}}},
    evidence: {evidence}}} ORDER BY r.id }}"""
_EVIDENCE = """COLLECT {{ UNWIND coalesce(r.evidence, []) AS e
  MATCH (x:Evidence {{id: e}}) WHERE {sees} RETURN x {{.*}} }}"""


_CLAIMED = {kind.label for kind in TWO_KEYS}


def _ties(ways: list[str], scope: Scope) -> str:
    """Cypher for the record's links of these ways, both directions in one list."""
    into = [each.removeprefix(INCOMING) for each in ways if each.startswith(INCOMING)]
    out = [each for each in ways if not each.startswith(INCOMING)]
    evidence = _EVIDENCE.format(sees=scope.sees("x")) if set(out) & _CLAIMED else "[]"
    arrows = (
        (out, "(n)-[r:{}]->(m:Record)", "true", evidence),
        (into, "(n)<-[r:{}]-(m:Record)", "false", "[]"),
    )
    parts = [
        _TIE.format(
            pattern=pattern.format("|".join(label(LINK_BY_LABEL[each]) for each in names)),
            outgoing=outgoing,
            sees=scope.sees("m"),
            kind=kind_of("m"),
            evidence=evidence,
        )
        for names, pattern, outgoing, evidence in arrows
        if names
    ]
    return " + ".join(parts) or "[]"


_CYCLE = """CASE WHEN EXISTS {{
  MATCH (n)-[c:{label}]->(m:Record) WHERE c.standing <> 'withdrawn' AND {sees}
  MATCH ANY SHORTEST (m)((:Record)-[q:{label}]->(x:Record) WHERE q.standing <> 'withdrawn' AND {shown})*(n)
}} THEN ['{label}'] ELSE [] END"""


def _cycles(kind: type[Node], scope: Scope) -> str:
    """Cypher for the labels of acyclic kinds of link by which the record reaches itself."""
    acyclic = [each for each in LINK_BY_LABEL.values() if each.acyclic and each.allows(kind, kind)]
    parts = [_CYCLE.format(label=each.label, sees=scope.sees("m"), shown=scope.sees("x")) for each in acyclic]
    return " + ".join(parts) or "[]"


def _case(kind: type[K], row: Row, on: date) -> Case[K]:
    shown = records.envelope(row["n"])
    facts = kind.model_validate(shown["facts"])
    return Case(shown["id"], facts, on, tuple(map(_tie, row["ties"])), frozenset(row["cycles"]))


def of(
    kind: type[K], record: Answer, ties: Iterable[Tie[Any, Any]], cycles: Iterable[str], on: date
) -> Case[K]:
    """A record as a rule sees it, from what is stated of it, its links and the circles it is on."""
    facts = kind.model_validate(record["facts"])
    return Case(record["id"], facts, on, tuple(ties), frozenset(cycles))


def tie(link: Answer, far: Answer, evidence: Iterable[Answer], *, outgoing: bool) -> Tie[Any, Any]:
    """A link of a record, from what is stated of it, of what stands at its other end, and of its evidence."""
    kind, joined = LINK_BY_LABEL[link["kind"]], KIND_BY_NAME[far["kind"]]
    return Tie(
        id=link["id"],
        facts=kind.model_validate(link["facts"]),
        outgoing=outgoing,
        far_id=far["id"],
        far=joined.model_validate(far["facts"]),
        far_live=far["status"] == "live",
        evidence=tuple(Evidence.model_validate(each["facts"]) for each in evidence),
        reviewed_on=date.fromisoformat(reviewed) if (reviewed := link["reviewed_on"]) else None,
    )


def _tie(row: Row) -> Tie[Any, Any]:
    link, far = row["link"], row["far"]
    kind, joined = LINK_BY_LABEL[link["label"]], KIND_BY_NAME[far["kind"]]
    return Tie(
        id=link["id"],
        facts=kind.model_validate(restored(kind, link)),
        outgoing=row["outgoing"],
        far_id=far["id"],
        far=joined.model_validate(restored(joined, far | {"kind": far["stated_kind"]})),
        far_live=far["status"] == "live",
        evidence=tuple(Evidence.model_validate(restored(Evidence, each)) for each in row["evidence"]),
        reviewed_on=date.fromisoformat(reviewed) if (reviewed := link.get("reviewed_on")) else None,
    )
