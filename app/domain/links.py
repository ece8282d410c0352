"""Links: what the store keeps of them, how they are shown, read and listed."""

from dataclasses import dataclass, field
from typing import Any

from app.domain import lists, paging
from app.domain.access import Scope
from app.domain.ledger import Answer, Done, Entry
from app.errors import Fault, NotFound
from app.graph import Graph, Row, Tx
from app.who import Reader, Stamp
from graph_schema import KIND_BY_NAME, LINK_BY_LABEL
from graph_schema.core import PERSONAL, Link
from graph_schema.cypher import in_dates, kind_of, label, restored, stored


def map_of(source: str = "a", target: str = "b") -> str:
    """Cypher map of everything an envelope needs of the link `r` between the records of these variables."""
    ends = (
        f"{name}: {end} {{.id, .title, .print, .organisation, kind: {kind_of(end)}}}"
        for name, end in (("from", source), ("to", target))
    )
    return f"r {{.*, label: type(r), {', '.join(ends)}}}"


LOADED = map_of()

END = ("id", "kind", "title", "print")
"""What a link shows of a record at one of its ends; the print tells whether its meaning has changed."""

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
        "from": {name: source[name] for name in END},
        "to": {name: target[name] for name in END},
        "facts": facts,
    }
    return answer | {name: service.get(name) for name in SERVICE}


def besides(shown: Answer) -> list[str]:
    """What an answer shows of a link besides its own revision: its ends as they stand."""
    return [shown[side][name] for side in ("from", "to") for name in ("title", "print")]


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
        item_kind="link",
    )


def _kept(answer: Answer) -> Answer:
    untitled = {side: {name: answer[side][name] for name in ("id", "kind")} for side in ("from", "to")}
    return answer | untitled


def impersonal(answer: Answer) -> Answer:
    """The answer as a receipt may keep it: a person is called by its kind."""
    ends = {side: answer[side] for side in ("from", "to")}
    named = {
        side: end | {"title": end["kind"]}
        for side, end in ends.items()
        if "title" in KIND_BY_NAME[end["kind"]].marked(PERSONAL)
    }
    return answer | named


def done(action: str, before: Answer | None, after: Answer) -> Done:
    """What an act leaves: the link as it now is, and its entry."""
    return Done(after, (entry(action, before, after),), impersonal(after))


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


UNACCEPTED: Row = dict.fromkeys(("accepted_by", "accepted_on", "reviewed_on", "source_print", "target_print"))
"""What stands on a link that nobody has accepted."""
WITHDRAWN: Row = {"standing": "withdrawn", "key": None}
"""What withdrawal writes on a link: the same link may be claimed anew."""


async def written(tx: Tx, action: str, kind: type[Link], loaded: Row, facts: Row, stamp: Stamp) -> Done:
    """The link with this written on it, and its entry."""
    changed = facts | {"revision": loaded["revision"] + 1, "changed_at": stamp.instant}
    await tx.rows(
        f"MATCH ()-[r:{label(kind)} {{id: $id}}]->() SET r += $changed", id=loaded["id"], changed=changed
    )
    return done(action, envelope(loaded), envelope(loaded | changed))


async def read(tx: Tx, kind: type[Link], id: str, reader: Reader) -> Row:
    """The link under its lock: nobody else changes it until the transaction ends."""
    scope = Scope(reader)
    row = await tx.row(
        f"""MATCH (a:Record)-[r:{label(kind)} {{id: $id}}]->(b:Record) WHERE {scope.sees("a", "b")}
            SET r.id = r.id WITH a, r, b RETURN {LOADED} AS r""",
        id=id,
        **scope.parameters,
    )
    if row is None:
        raise NotFound
    loaded: Row = row["r"]
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
    stated: tuple[str, ...] = ()
    unstated: tuple[str, ...] = ()
    standing: tuple[str, ...] = ()
    """Empty: all but withdrawn links."""
    source: str | None = None
    from_id: str | None = None
    to_id: str | None = None
    valid_on: str | None = None
    since: int | None = None
    """Leave out links of which the ledger has a later entry than this number."""
    after: str | None = None
    limit: int = 50
    count: bool = False


def order_of(kind: type[Link]) -> paging.Order:
    """The order of a list of links: that of their ids."""
    return paging.Order.of((), kind, (), "r")


async def find(graph: Graph, kind: type[Link], wanted: Wanted, reader: Reader) -> lists.Page:
    """The links of a kind that a list asks for, in the order of their ids."""
    scope = Scope(reader)
    given: dict[str, Any] = dict(scope.parameters)
    where = [scope.sees("a", "b"), *paging.conditions("r", kind, wanted.fields, given)]
    where += paging.stating("r", kind, wanted.stated, wanted.unstated)
    where.append("r.standing IN $standing" if wanted.standing else "r.standing <> 'withdrawn'")
    given["standing"] = list(wanted.standing)
    for text, name, value in (
        ("r.source_system = $source", "source", wanted.source),
        ("a.id = $from_id", "from_id", wanted.from_id),
        ("b.id = $to_id", "to_id", wanted.to_id),
        (in_dates("r", "$valid_on"), "valid_on", wanted.valid_on),
        (paging.unchanged("r"), "since", wanted.since),
    ):
        if value is not None:
            where.append(text)
            given[name] = value
    order = order_of(kind)
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
    return lists.Page(
        [envelope(each) for each in found[: wanted.limit]],
        order.cursor(found[wanted.limit - 1]) if more else None,
        total["total"] if total else None,
    )
