"""Links: claim, change, withdraw, read, list. A link counts when the side it points to has accepted it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from app.domain import faults, paging, records, subjects
from app.domain.access import Scope
from app.domain.authority import Action
from app.domain.ledger import Answer, Done, Entry
from app.errors import (
    AlreadyExists,
    Fault,
    Invalid,
    LinkNotAllowed,
    NotFound,
    OwnedByAnotherSource,
    Retired,
    RuleBroken,
    StaleRevision,
)
from app.graph import Graph, Row, Tx
from app.who import Reader, Stamp
from graph_schema import KIND_BY_NAME, LINK_BY_LABEL
from graph_schema.core import PERSONAL, Link
from graph_schema.cypher import label, restored, stored


def map_of(source: str = "a", target: str = "b") -> str:
    """Cypher map of everything an envelope needs of the link `r` between the records of these variables."""
    ends = (
        f"{name}: {end} {{.id, .title, kind: [l IN labels({end}) WHERE l <> 'Record'][0]}}"
        for name, end in (("from", source), ("to", target))
    )
    return f"r {{.*, label: type(r), {', '.join(ends)}}}"


LOADED = map_of()

SERVICE = (
    "standing", "claimed_by", "claimed_on", "accepted_by", "accepted_on", "reviewed_on",
    "source_print", "target_print",
)  # fmt: skip
"""The service's own members of a link, besides identity and revision."""


def envelope(loaded: Row) -> Answer:
    """The answer that shows a link, from the map `map_of` gives."""
    kind = LINK_BY_LABEL[loaded["label"]]
    return shown(kind, loaded, loaded["from"], loaded["to"], restored(kind, loaded))


def shown(kind: type[Link], service: Row, source: Row, target: Row, facts: dict[str, Any]) -> Answer:
    """The answer that shows these facts under the service's own members."""
    answer = {
        "id": service["id"],
        "kind": kind.label,
        "revision": service["revision"],
        "source": service["source_system"],
        "changed_at": service["changed_at"],
        "from": {name: source[name] for name in ("id", "kind", "title")},
        "to": {name: target[name] for name in ("id", "kind", "title")},
        "facts": facts,
    }
    return answer | {name: service.get(name) for name in SERVICE}


def entry(action: str, before: Answer | None, after: Answer) -> Entry:
    """The ledger entry that tells of a change of a link. Titles are the records' own and not kept."""
    ends = (after["from"]["id"], after["to"]["id"])
    return Entry(
        action,
        after["id"],
        after["kind"],
        after["revision"],
        before and _kept(before),
        _kept(after),
        ends,
        is_link=True,
    )


def _kept(answer: Answer) -> Answer:
    untitled = {side: {name: answer[side][name] for name in ("id", "kind")} for side in ("from", "to")}
    return answer | untitled


def _impersonal(answer: Answer) -> Answer:
    """The answer as a receipt may keep it: a person is called by its kind."""
    ends = {side: answer[side] for side in ("from", "to")}
    named = {
        side: end | {"title": end["kind"]}
        for side, end in ends.items()
        if "title" in KIND_BY_NAME[end["kind"]].marked(PERSONAL)
    }
    return answer | named


def _done(action: str, before: Answer | None, after: Answer) -> Done:
    return Done(after, (entry(action, before, after),), _impersonal(after))


def born_accepted(kind: type[Link], source: Row, target: Row) -> bool:
    """Whether a link of this kind between these records needs nobody's acceptance.

    Links without two keys never do; PART_OF does only between goals of different organisations.
    """
    if not kind.two_keys:
        return True
    if kind.label != "PART_OF":
        return False
    inside_one = source["organisation"] is not None and source["organisation"] == target["organisation"]
    return inside_one or target["kind"] in ("Portfolio", "Legislation")


def claimed(kind: type[Link], facts: Link, source: Row, target: Row, stamp: Stamp, id: str) -> Row:
    """Everything the store keeps on a newly claimed link."""
    accepted = born_accepted(kind, source, target)
    return stored(facts) | {
        "id": id,
        "key": facts.key(source["id"], target["id"]),
        "revision": 1,
        "standing": "accepted" if accepted else "proposed",
        "source_system": stamp.source,
        "changed_at": stamp.instant,
        "claimed_by": stamp.actor,
        "claimed_on": stamp.on,
        "source_print": source["print"] if accepted else None,
        "target_print": target["print"] if accepted else None,
    }


def unfit(kind: type[Link], source: Row, target: Row, facts: Link) -> list[Fault]:
    """Every reason why this kind of link cannot join these two records with these facts."""
    if source["id"] == target["id"]:
        return [Fault("/to", "link_to_itself", "A record cannot be linked to itself.")]
    ends = KIND_BY_NAME[source["kind"]], KIND_BY_NAME[target["kind"]]
    if not kind.allows(*ends):
        return [
            Fault("", "not_in_matrix", f"{kind.label} does not join {source['kind']} to {target['kind']}.")
        ]
    fault = kind.fault(*ends, facts)
    return [Fault("/facts", *fault)] if fault else []


async def claim(
    tx: Tx, kind: type[Link], source_id: str, target_id: str, facts: Link, stamp: Stamp, reader: Reader
) -> Done:
    """A new link, proposed until the other side accepts it, or counted at once where its kind needs none."""
    source, target = await _ends(tx, source_id, target_id, reader)
    await subjects.may_link(
        tx, Action.CLAIM, kind.label, source, target, stamp, stamp.source, facts.model_fields_set
    )
    wrong = unfit(kind, source, target, facts)
    if wrong:
        raise LinkNotAllowed(faults=wrong)
    unknown = await records.unknown_references(tx, facts, reader)
    if unknown:
        raise Invalid(faults=[Fault("/facts" + each.pointer, each.code, each.detail) for each in unknown])
    await _unique(tx, kind, facts.key(source_id, target_id))
    if kind.acyclic:
        await _no_cycle(tx, kind, source_id, target_id)
    properties = claimed(kind, facts, source, target, stamp, stamp.id())
    await tx.rows(
        f"""MATCH (a:Record {{id: $source}}) MATCH (b:Record {{id: $target}})
            CREATE (a)-[r:{label(kind)}]->(b) SET r = $properties""",
        source=source_id,
        target=target_id,
        properties=properties,
    )
    after = shown(kind, properties, source, target, restored(kind, stored(facts)))
    return _done("claim", None, after)


async def _ends(tx: Tx, source_id: str, target_id: str, reader: Reader) -> tuple[Row, Row]:
    """Both records, or every reason why one cannot be linked. A hidden record is a missing one.

    Takes their locks, in the order of their ids: nobody retires or changes one until the link stands.
    """
    scope = Scope(reader)
    rows = await tx.rows(
        f"""UNWIND $ids AS id MATCH (n:Record {{id: id}}) WHERE {scope.sees("n")}
            SET n.id = n.id WITH n
            RETURN n {{.id, .title, .status, .print, .organisation,
                      kind: [l IN labels(n) WHERE l <> 'Record'][0]}} AS n""",
        ids=sorted({source_id, target_id}),
        **scope.parameters,
    )
    found = {row["n"]["id"]: row["n"] for row in rows}
    wrong = []
    for pointer, id in (("/from", source_id), ("/to", target_id)):
        if id not in found:
            wrong.append(Fault(pointer, "record_unknown", "There is no record with this id."))
        elif found[id]["status"] == "retired":
            wrong.append(Fault(pointer, "record_retired", "The record is retired and takes no new links."))
    if wrong:
        raise Invalid(faults=wrong)
    return found[source_id], found[target_id]


async def _unique(tx: Tx, kind: type[Link], key: str) -> None:
    """Refuse a second live link; the constraint on `key` decides between two that come at once."""
    if await tx.row(f"MATCH ()-[r:{label(kind)} {{key: $key}}]->() RETURN r.id AS id", key=key):
        raise AlreadyExists(
            "A link of this kind between these records stands already; change or withdraw that one."
        )


async def _no_cycle(tx: Tx, kind: type[Link], source_id: str, target_id: str) -> None:
    """Refuse a link that would close a cycle. The lock on the kind holds others back."""
    await tx.rows("MERGE (l:Lock {name: $kind}) SET l.name = l.name", kind=kind.label)
    row = await tx.row(
        f"""MATCH (a:Record {{id: $target}}), (b:Record {{id: $source}})
            MATCH p = ANY SHORTEST (a)(()-[r:{label(kind)}]->() WHERE r.standing <> 'withdrawn')+(b)
            RETURN length(p) AS length""",
        source=source_id,
        target=target_id,
    )
    if row:
        raise RuleBroken(faults=[Fault("/to", "cycle", f"The link would close a cycle of {kind.label}.")])


async def change(
    tx: Tx,
    kind: type[Link],
    id: str,
    patch: dict[str, Any],
    revision: int | None,
    stamp: Stamp,
    reader: Reader,
) -> Done:
    """The link with this JSON merge patch applied to its facts.

    What was accepted is what stood there: a link that needs acceptance goes back to proposed.
    """
    loaded = await _locked(tx, Action.CHANGE, kind, id, revision, stamp, reader, patch.keys())
    before = envelope(loaded)
    facts = faults.valid(kind, records.merged(before["facts"], patch), ("facts",))
    stated = restored(kind, stored(facts))
    if stated == before["facts"]:
        return Done(before, receipt=_impersonal(before))
    wrong = unfit(kind, loaded["from"], loaded["to"], facts)
    if wrong:
        raise LinkNotAllowed(faults=wrong)
    unknown = await records.unknown_references(tx, facts, reader)
    if unknown:
        raise Invalid(faults=[Fault("/facts" + each.pointer, each.code, each.detail) for each in unknown])
    key = facts.key(before["from"]["id"], before["to"]["id"])
    if key != loaded["key"]:
        await _unique(tx, kind, key)
    written = stored(facts) | {"key": key, "revision": loaded["revision"] + 1, "changed_at": stamp.instant}
    if kind.two_keys and not born_accepted(kind, loaded["from_full"], loaded["to_full"]):
        written |= {"standing": "proposed", "claimed_by": stamp.actor, "claimed_on": stamp.on}
        written |= dict.fromkeys(
            ("accepted_by", "accepted_on", "reviewed_on", "source_print", "target_print")
        )
    await tx.rows(f"MATCH ()-[r:{label(kind)} {{id: $id}}]->() SET r += $written", id=id, written=written)
    after = shown(kind, loaded | written, loaded["from"], loaded["to"], stated)
    return _done("change", before, after)


async def withdraw(
    tx: Tx, kind: type[Link], id: str, revision: int | None, stamp: Stamp, reader: Reader
) -> Done:
    """Take the link back. It stays readable with its history, and the same link may be claimed anew."""
    loaded = await _locked(tx, Action.WITHDRAW, kind, id, revision, stamp, reader)
    before = envelope(loaded)
    written = {
        "standing": "withdrawn",
        "revision": loaded["revision"] + 1,
        "changed_at": stamp.instant,
        "key": None,
    }
    await tx.rows(f"MATCH ()-[r:{label(kind)} {{id: $id}}]->() SET r += $written", id=id, written=written)
    after = shown(kind, loaded | written, loaded["from"], loaded["to"], before["facts"])
    return _done("withdraw", before, after)


async def _locked(
    tx: Tx,
    action: Action,
    kind: type[Link],
    id: str,
    revision: int | None,
    stamp: Stamp,
    reader: Reader,
    fields: Iterable[str] = (),
) -> Row:
    """The link under its lock: nobody else changes it until this transaction ends."""
    scope = Scope(reader)
    row = await tx.row(
        f"""MATCH (a)-[r:{label(kind)} {{id: $id}}]->(b) WHERE {scope.sees("a", "b")}
            SET r.id = r.id WITH a, r, b
            RETURN {LOADED} AS r, [a.organisation, b.organisation] AS organisations""",
        id=id,
        **scope.parameters,
    )
    if row is None:
        raise NotFound
    loaded: Row = row["r"]
    loaded["from_full"] = loaded["from"] | {"organisation": row["organisations"][0]}
    loaded["to_full"] = loaded["to"] | {"organisation": row["organisations"][1]}
    if loaded["source_system"] != stamp.source:
        raise OwnedByAnotherSource
    await subjects.may_link(
        tx, action, kind.label, loaded["from_full"], loaded["to_full"], stamp, loaded["source_system"], fields
    )
    if revision is not None and loaded["revision"] != revision:
        raise StaleRevision(
            revision=loaded["revision"], titles=[loaded[side]["title"] for side in ("from", "to")]
        )
    if loaded["standing"] == "withdrawn":
        raise Retired("The link is withdrawn; claim it anew.")
    return loaded


async def get(graph: Graph, kind: type[Link], id: str, reader: Reader) -> Answer:
    """One link. It is seen when both its ends are."""
    scope = Scope(reader)
    row = await graph.row(
        f"""MATCH (a)-[r:{label(kind)} {{id: $id}}]->(b) WHERE {scope.sees("a", "b")} RETURN {LOADED} AS r""",
        id=id,
        **scope.parameters,
    )
    if row is None:
        raise NotFound
    return envelope(row["r"])


@dataclass(frozen=True)
class Wanted:
    """Which links of a kind a list asks for."""

    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    standing: tuple[str, ...] = ()
    """Empty: all but withdrawn links."""
    source: str | None = None
    from_id: str | None = None
    to_id: str | None = None
    valid_on: str | None = None
    after: str | None = None
    limit: int = 50
    count: bool = False


async def find(graph: Graph, kind: type[Link], wanted: Wanted, reader: Reader) -> records.Page:
    """The links of a kind that a list asks for, in the order of their ids."""
    scope = Scope(reader)
    given: dict[str, Any] = dict(scope.parameters)
    where = [scope.sees("a", "b"), *paging.conditions("r", kind, wanted.fields, given)]
    where.append("r.standing IN $standing" if wanted.standing else "r.standing <> 'withdrawn'")
    given["standing"] = list(wanted.standing)
    for text, name, value in (
        ("r.source_system = $source", "source", wanted.source),
        ("a.id = $from_id", "from_id", wanted.from_id),
        ("b.id = $to_id", "to_id", wanted.to_id),
        (paging.valid("r"), "valid_on", wanted.valid_on),
    ):
        if value is not None:
            where.append(text)
            given[name] = value
    order = paging.Order.of((), kind, (), "r")
    matched = f"MATCH (a:Record)-[r:{label(kind)}]->(b:Record)"
    page = await graph.row(
        f"""{matched} WHERE {" AND ".join([*where, order.after(wanted.after, given)])}
            WITH a, r, b ORDER BY {order.by()} LIMIT $limit
            RETURN collect({LOADED}) AS found""",
        limit=wanted.limit + 1,
        **given,
    )
    total = (
        await graph.row(f"{matched} WHERE {' AND '.join(where)} RETURN count(r) AS total", **given)
        if wanted.count
        else None
    )
    found = page["found"] if page else []
    more = len(found) > wanted.limit
    return records.Page(
        [envelope(each) for each in found[: wanted.limit]],
        order.cursor(found[wanted.limit - 1]) if more else None,
        total["total"] if total else None,
    )
