"""Records: create, change, retire, read, list."""

from collections.abc import Iterable
from typing import Any

from app.domain import decisions, faults, patches, subjects
from app.domain.access import Scope
from app.domain.authority import Action
from app.domain.ledger import Answer, Done, Entry
from app.errors import AlreadyExists, Fault, Invalid, NotFound, OwnedByAnotherSource, Retired, StaleRevision
from app.graph import Graph, Row, Tx
from app.who import Reader, Stamp
from graph_schema import KIND_BY_NAME
from graph_schema.core import PERSONAL, Identifier, Link, Node
from graph_schema.cypher import kind_of, label, restored, stored
from graph_schema.delivery import Decision

LOADED = f"""n {{.*, stated_kind: n.kind, kind: {kind_of("n")},
      identifiers: COLLECT {{ MATCH (i:Identifier)-[:IDENTIFIES]->(n) RETURN i {{.scheme, .value}} }}}}"""
"""Cypher map of everything an envelope needs of the record `n`; `stated_kind` is the fact named `kind`."""


def envelope(loaded: Row) -> Answer:
    """The answer that shows a record, from the map `LOADED` gives."""
    kind = KIND_BY_NAME[loaded["kind"]]
    facts = _facts(kind, loaded | {"kind": loaded["stated_kind"]}, loaded["identifiers"])
    return shown(kind, loaded["id"], loaded, facts)


def stated(facts: Node) -> dict[str, Any]:
    """The facts as every later read states them: numbers as they are kept, identifiers in order."""
    identifiers = [each.model_dump(mode="json") for each in facts.identifiers]
    return _facts(type(facts), stored(facts), identifiers)


def _facts(kind: type[Node], properties: Row, identifiers: list[Row]) -> dict[str, Any]:
    in_order = sorted(identifiers, key=lambda each: (each["scheme"], each["value"]))
    return restored(kind, properties) | {"identifiers": in_order}


def shown(kind: type[Node], id: str, service: Row, facts: dict[str, Any]) -> Answer:
    """The answer that shows these facts under the service's own members."""
    return {
        "id": id,
        "kind": kind.__name__,
        "revision": service["revision"],
        "status": service["status"],
        "source": service["source_system"],
        "changed_at": service["changed_at"],
        "facts": facts,
    }


def entry(action: str, before: Answer | None, after: Answer) -> Entry:
    """The ledger entry that tells of a change of a record; of a person only which facts changed."""
    kind = KIND_BY_NAME[after["kind"]]
    old, new = before and _kept(kind, before), _kept(kind, after)
    return Entry(action, after["id"], after["kind"], after["revision"], old, new, (after["id"],))


def _kept(kind: type[Node], answer: Answer) -> Answer:
    """The answer as the ledger may keep it: facts about a person by name only."""
    personal = kind.marked(PERSONAL)
    if not personal:
        return answer
    facts = {name: value for name, value in answer["facts"].items() if name not in personal}
    return answer | {"facts": facts, "withheld": [name for name in personal if answer["facts"].get(name)]}


def _done(action: str, before: Answer | None, after: Answer) -> Done:
    told = entry(action, before, after)
    return Done(after, (told,), told.after)


def properties(
    facts: Node, stamp: Stamp, revision: int, status: str = "live", source: str | None = None
) -> Row:
    """Everything the store keeps on the record itself."""
    return stored(facts) | {
        "revision": revision,
        "status": status,
        "print": facts.fingerprint(),
        "source_system": source or stamp.source,
        "changed_at": stamp.instant,
    }


_CREATE = """
CREATE (n:Record:{label}) SET n = $properties
FOREACH (i IN $identifiers | CREATE (x:Identifier)-[:IDENTIFIES]->(n) SET x = i)
"""


async def create(tx: Tx, kind: type[Node], facts: Node, stamp: Stamp, reader: Reader) -> Done:
    """A new record of these facts."""
    id = stamp.id()
    subjects.may_register(facts, stamp, facts.model_fields_set)
    await patches.refuse_acts(tx, {}, stated(facts), facts, stamp)
    if isinstance(facts, Decision):
        await decisions.refuse_false(tx, facts, stamp)
    await _sound(tx, facts, reader)
    await tx.rows(
        _CREATE.replace("{label}", label(kind)),
        properties=properties(facts, stamp, 1) | {"id": id},
        identifiers=identifier_nodes(facts, stamp.source),
    )
    answer = shown(kind, id, properties(facts, stamp, 1), stated(facts))
    return _done("create", None, answer)


def identifier_nodes(facts: Node, source: str, already: frozenset[str] = frozenset()) -> list[Row]:
    """The identifier nodes these facts need beyond those that stand already."""
    return [
        {"key": each.key, "scheme": each.scheme, "value": each.value, "source_system": source}
        for each in facts.identifiers
        if each.key not in already
    ]


async def _sound(tx: Tx, facts: Node, reader: Reader, mine: str | None = None) -> None:
    """Refuse references to what is not there, and identifiers that name another record."""
    named = await unknown_references(tx, facts, reader)
    keys = [{"key": each.key, "at": at} for at, each in enumerate(facts.identifiers)]
    taken = await tx.rows(_TAKEN, keys=keys, mine=mine) if keys else []
    found = named + [
        Fault(
            f"/identifiers/{row['at']}", "identifier_taken", "This identifier names another record already."
        )
        for row in taken
    ]
    if named:
        raise Invalid(faults=found)
    if found:
        raise AlreadyExists(faults=found)


_TAKEN = """
UNWIND $keys AS k MATCH (i:Identifier {key: k.key})-[:IDENTIFIES]->(n:Record)
WHERE $mine IS NULL OR n.id <> $mine RETURN k.at AS at ORDER BY at
"""


async def unknown_references(tx: Tx, facts: Node | Link, reader: Reader) -> list[Fault]:
    """A fault for each reference of the facts to a record that is not there, or not for this reader."""
    asked = [
        {"pointer": place, "kind": kind, "id": id}
        for name, kind in facts.references().items()
        for place, id in _ids(name, getattr(facts, name))
    ]
    if not asked:
        return []
    scope = Scope(reader)
    rows = await tx.rows(
        f"""UNWIND $asked AS r
            WITH r WHERE NOT EXISTS {{
              (m:Record {{id: r.id}}) WHERE r.kind IN labels(m) AND {scope.sees("m")} }}
            RETURN r.pointer AS pointer, r.kind AS kind""",
        asked=asked,
        **scope.parameters,
    )
    return [
        Fault(row["pointer"], "reference_unknown", f"There is no {row['kind']} with this id.") for row in rows
    ]


def _ids(name: str, value: str | tuple[str, ...] | None) -> list[tuple[str, str]]:
    if value is None:
        return []
    if isinstance(value, str):
        return [(f"/{name}", value)]
    return [(f"/{name}/{at}", id) for at, id in enumerate(value)]


async def change(
    tx: Tx,
    kind: type[Node],
    id: str,
    patch: dict[str, Any],
    revision: int | None,
    stamp: Stamp,
    reader: Reader,
) -> Done:
    """The record with this JSON merge patch (RFC 7396) applied to its facts and validated as a whole.

    `revision` is the one the caller read; None is whatever stands. A patch that changes nothing is no change.
    """
    loaded = await locked(tx, Action.CHANGE, kind, id, revision, stamp, reader, patch.keys())
    before = envelope(loaded)
    facts = faults.valid(kind, patches.merged(before["facts"], patch))
    subjects.may_become(before["facts"], facts, stamp)
    await patches.refuse_acts(tx, before["facts"], stated(facts), facts, stamp)
    return await rewritten(tx, kind, loaded, facts, stamp, reader)


async def rewritten(
    tx: Tx, kind: type[Node], loaded: Row, facts: Node, stamp: Stamp, reader: Reader, action: str = "change"
) -> Done:
    """The locked record with these facts in the place of its own."""
    id, before = loaded["id"], envelope(loaded)
    kept = frozenset(f"{each['scheme']}|{each['value']}" for each in loaded["identifiers"])
    if not kept <= {each.key for each in facts.identifiers}:
        says = "An identifier names its record for ever; send the ones it has together with the new ones."
        raise Invalid(faults=[Fault("/identifiers", "identifier_is_for_ever", says)])
    after = before | {"facts": stated(facts)}
    if after == before:
        return Done(before, receipt=_kept(kind, before))
    await _sound(tx, facts, reader, mine=id)
    written = properties(facts, stamp, loaded["revision"] + 1, loaded["status"], loaded["source_system"])
    await tx.rows(
        f"""MATCH (n:{label(kind)} {{id: $id}}) SET n += $properties
            FOREACH (i IN $identifiers | CREATE (x:Identifier)-[:IDENTIFIES]->(n) SET x = i)""",
        id=id,
        properties=written,
        identifiers=identifier_nodes(facts, stamp.source, kept),
    )
    after = shown(kind, id, written, after["facts"])
    return _done(action, before, after)


async def retire(
    tx: Tx, kind: type[Node], id: str, revision: int | None, stamp: Stamp, reader: Reader
) -> Done:
    """Take the record out of use. It stays, with everything said about it."""
    loaded = await locked(tx, Action.RETIRE, kind, id, revision, stamp, reader)
    before = envelope(loaded)
    after = before | {"revision": before["revision"] + 1, "status": "retired", "changed_at": stamp.instant}
    await tx.rows(
        f"""MATCH (n:{label(kind)} {{id: $id}})
            SET n.status = 'retired', n.revision = $revision, n.changed_at = $at""",
        id=id,
        revision=after["revision"],
        at=stamp.instant,
    )
    return _done("retire", before, after)


async def read(tx: Tx, kind: type[Node] | None, id: str, reader: Reader) -> Row:
    """The record, of this kind or any, under its lock: nobody else changes it until the transaction ends."""
    scope = Scope(reader)
    row = await tx.row(
        f"""MATCH (n:{label(kind) if kind else "Record"} {{id: $id}}) WHERE {scope.sees("n")}
            SET n.id = n.id WITH n RETURN {LOADED} AS n""",
        id=id,
        **scope.parameters,
    )
    if row is None:
        raise NotFound
    loaded: Row = row["n"]
    return loaded


async def locked(
    tx: Tx,
    action: Action,
    kind: type[Node],
    id: str,
    revision: int | None,
    stamp: Stamp,
    reader: Reader,
    fields: Iterable[str] = (),
) -> Row:
    """The record under its lock, for one whose it is to act on."""
    loaded = await read(tx, kind, id, reader)
    retires_others = action is Action.RETIRE and subjects.mends_for_others(stamp)
    if loaded["source_system"] != stamp.source and not retires_others:
        raise OwnedByAnotherSource
    await subjects.may_act(tx, action, loaded, stamp, fields)
    as_read(loaded, revision)
    return loaded


def as_read(loaded: Row, revision: int | None) -> None:
    """Refuse what has changed since the caller read it, or is no longer in use."""
    if revision is not None and loaded["revision"] != revision:
        raise StaleRevision(revision=loaded["revision"])
    if loaded["status"] == "retired":
        raise Retired


async def get(graph: Graph, kind: type[Node] | None, id: str, reader: Reader) -> Answer:
    """One record, of this kind or of any."""
    scope = Scope(reader)
    row = await graph.row(
        f"""MATCH (n:{label(kind) if kind else "Record"} {{id: $id}}) WHERE {scope.sees("n")}
            RETURN {LOADED} AS n""",
        id=id,
        **scope.parameters,
    )
    if row is None:
        raise NotFound
    return envelope(row["n"])


async def by_identifier(graph: Graph, scheme: str, value: str, reader: Reader) -> Answer:
    """The record a key of some register, list or system names."""
    scope = Scope(reader)
    row = await graph.row(
        f"""MATCH (:Identifier {{key: $key}})-[:IDENTIFIES]->(n:Record) WHERE {scope.sees("n")}
            RETURN {LOADED} AS n""",
        key=Identifier.spelt(f"{scheme}|{value}"),
        **scope.parameters,
    )
    if row is None:
        raise NotFound
    return envelope(row["n"])
