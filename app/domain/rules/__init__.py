"""The rules of the domain that no single fact shows: findings over records and their links.

A rule is one function in its room and one line in that room's tuple. None needs a verdict: that is for
questions.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from app.domain.access import Scope
from app.domain.ledger import Answer
from app.domain.rules import delivery, joined, law, money, people, policy
from app.domain.rules.case import INCOMING, Case, read
from app.domain.rules.rule import Checked, Finding, Rule, Severity
from app.errors import Fault, RuleBroken
from app.graph import Reads, Tx
from app.who import Reader
from graph_schema import KIND_BY_NAME
from graph_schema.core import Link, Node
from graph_schema.cypher import label

__all__ = [
    "RULES", "Case", "Checked", "Finding", "Rule", "Severity", "because_of", "broken", "cases", "checked",
    "findings", "refuse", "rules_of", "stretch",
]  # fmt: skip

RULES: tuple[Rule, ...] = (
    *delivery.RULES, *money.RULES, *people.RULES, *policy.RULES, *law.RULES, *joined.RULES,
)  # fmt: skip
"""Every rule, in the order in which findings are told."""


def rules_of(kind: type[Node]) -> tuple[Rule, ...]:
    """The rules that look at records of this kind."""
    return tuple(rule for rule in RULES if kind in rule.kinds)


def checked(case: Case[Any]) -> list[Checked]:
    """What each rule of the record's kind says of it: met, not met, or does not apply."""
    return [_checked(rule, case) for rule in rules_of(type(case.facts))]


def _checked(rule: Rule, case: Case[Any]) -> Checked:
    found = rule.check(case)
    if found is None:
        return Checked(rule, applies=False)
    kind = type(case.facts).__name__
    findings = (
        Finding(place.pointer, rule.code, rule.severity, rule.advice, case.id, kind, place.links)
        for place in found
    )
    return Checked(rule, applies=True, findings=tuple(findings))


def findings(case: Case[Any]) -> list[Finding]:
    """Everything the rules find of a record."""
    return [finding for each in checked(case) for finding in each.findings]


def because_of(case: Case[Any], link: str) -> list[Finding]:
    """What the rules find of a record about one of its links, or would not find without it."""
    otherwise = findings(case.without(link))
    return [each for each in findings(case) if link in each.links or each not in otherwise]


async def cases(
    graph: Reads, kind: type[Node], ids: Sequence[str], reader: Reader, on: date
) -> list[Case[Any]]:
    """These records as the rules of their kind see them, in one statement; those hidden are absent."""
    ways = {way for rule in rules_of(kind) for way in rule.reads}
    return await read(graph, kind, ids, ways, reader, on)


async def stretch(
    graph: Reads, kind: type[Node], after: str | None, limit: int, reader: Reader
) -> tuple[list[str], str | None]:
    """The ids of so many live records of a kind after one, and where the next stretch begins, if one does."""
    scope = Scope(reader)
    rows = await graph.rows(
        f"""MATCH (n:{label(kind)}) WHERE n.id > $after AND n.status = 'live' AND {scope.sees("n")}
            RETURN n.id AS id ORDER BY n.id LIMIT $limit""",
        after=after or "",
        limit=limit + 1,
        **scope.parameters,
    )
    ids = [row["id"] for row in rows]
    return ids[:limit], ids[limit - 1] if len(ids) > limit else None


async def refuse(tx: Tx, kind: type[Link], link: Answer, reader: Reader, on: date) -> None:
    """Refuse the link just written if it breaks a rule that may not be broken.

    Takes a lock that whatever could break the same rule takes too, so that two links at once see each other.
    """
    source, target = link["from"], link["to"]
    if kind.acyclic and await _closes_a_circle(tx, kind, source["id"], target["id"], reader):
        raise RuleBroken(faults=[Fault("/to", "cycle", f"The link would close a cycle of {kind.label}.")])
    for end, way in ((source, kind.label), (target, INCOMING + kind.label)):
        of = KIND_BY_NAME[end["kind"]]
        asked = _unbreakable(of, way)
        if not asked:
            continue
        await tx.rows("MATCH (n:Record {id: $id}) SET n.id = n.id", id=end["id"])
        for case in await read(tx, of, [end["id"]], [way], reader, on):
            broken = [rule for rule in asked if rule.check(case)]
            if broken:
                raise RuleBroken(faults=[Fault("/facts", rule.code, rule.advice) for rule in broken])


async def broken(tx: Tx, links: Sequence[Answer], reader: Reader, on: date) -> dict[str, list[Fault]]:
    """Id of each of many links just written -> the rules that it breaks and that may not be broken.

    Circles are not looked for. Takes the locks that `refuse` takes.
    """
    ends: dict[tuple[type[Node], str], dict[str, list[str]]] = {}
    for link in links:
        for side, way in (("from", link["kind"]), ("to", INCOMING + link["kind"])):
            of = KIND_BY_NAME[link[side]["kind"]]
            if _unbreakable(of, way):
                ends.setdefault((of, way), {}).setdefault(link[side]["id"], []).append(link["id"])
    found: dict[str, list[Fault]] = {}
    for (of, way), of_ends in ends.items():
        ids = sorted(of_ends)
        await tx.rows("UNWIND $ids AS id MATCH (n:Record {id: id}) SET n.id = n.id", ids=ids)
        for case in await read(tx, of, ids, [way], reader, on):
            wrong = [
                Fault("/facts", rule.code, rule.advice) for rule in _unbreakable(of, way) if rule.check(case)
            ]
            for id in of_ends[case.id] if wrong else ():
                found.setdefault(id, []).extend(wrong)
    return found


def _unbreakable(kind: type[Node], way: str) -> list[Rule]:
    """The rules over links of this kind and direction that no change may break."""
    return [rule for rule in rules_of(kind) if rule.severity is Severity.VIOLATION and way in rule.reads]


async def _closes_a_circle(tx: Tx, kind: type[Link], source: str, target: str, reader: Reader) -> bool:
    """Whether the target reaches the source over records the reader sees: a refusal must tell of no other.

    The lock on the kind holds others back.
    """
    scope = Scope(reader)
    await tx.rows("MERGE (l:Lock {name: $kind}) SET l.name = l.name", kind=kind.label)
    row = await tx.row(
        f"""MATCH (a:Record {{id: $target}}), (b:Record {{id: $source}})
            MATCH p = ANY SHORTEST (a)(()-[r:{label(kind)}]->(x:Record)
              WHERE r.standing <> 'withdrawn' AND {scope.sees("x")})+(b)
            RETURN length(p) AS length""",
        source=source,
        target=target,
        **scope.parameters,
    )
    return row is not None
