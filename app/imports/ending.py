"""What a source no longer states: its own records are retired and its own links withdrawn, nobody else's."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from app.domain import links, records
from app.domain.access import Scope
from app.graph import Graph, Row
from app.imports.plan import Ended, Plan, Write
from app.imports.rights import Rights
from app.imports.rows import LinkRow, RecordRow
from app.imports.standing import READ_TIMEOUT, Pair, Standing
from app.who import Stamp
from graph_schema import KIND_BY_NAME, LINK_BY_LABEL
from graph_schema.core import Link, Node
from graph_schema.cypher import label


@dataclass(frozen=True)
class Whole:
    """That the rows are all their source has of these kinds, under keys of a scheme where one is named."""

    kinds: frozenset[type[Node]]
    links: frozenset[type[Link]] = frozenset()
    scheme: str | None = None

    @classmethod
    def of(cls, rows: Iterable[RecordRow | LinkRow]) -> Self:
        """That they are all of the kinds they speak of."""
        rows = list(rows)
        return cls(
            frozenset(row.kind for row in rows if isinstance(row, RecordRow)),
            frozenset(row.kind for row in rows if isinstance(row, LinkRow)),
        )


@dataclass
class Asserted:
    """What a source states and is in use, of what its rows are the whole of, as far as the caller sees it."""

    records: list[Row] = field(default_factory=list)
    """Those no row speaks of."""
    links: list[Row] = field(default_factory=list)


async def read(graph: Graph, whole: Whole, spoken_of: Iterable[str], stamp: Stamp) -> Asserted:
    """What the source has stated of this: for the caller's organisation, where it acts for one."""
    scope, found = Scope(stamp.by.reader), Asserted()
    for kind in whole.kinds:
        some = await graph.rows(
            f"""MATCH (n:{label(kind)}) WHERE n.source_system = $source AND n.status = 'live'
                AND NOT n.id IN $spoken_of AND ($organisation IS NULL OR n.organisation = $organisation)
                AND ($scheme IS NULL OR EXISTS {{ (:Identifier {{scheme: $scheme}})-[:IDENTIFIES]->(n) }})
                AND {scope.sees("n")} RETURN {records.LOADED} AS found""",
            READ_TIMEOUT,
            source=stamp.source,
            spoken_of=sorted(spoken_of),
            organisation=stamp.by.organisation,
            scheme=whole.scheme,
            **scope.parameters,
        )
        found.records += [{"organisation": None} | row["found"] for row in some]
    for joining in whole.links:
        some = await graph.rows(
            f"""MATCH (a:Record)-[r:{label(joining)}]->(b:Record) WHERE r.source_system = $source
                AND r.standing <> 'withdrawn' AND {scope.sees("a", "b")}
                RETURN {links.LOADED} AS found, a.organisation AS a, b.organisation AS b""",
            READ_TIMEOUT,
            source=stamp.source,
            **scope.parameters,
        )
        for row in some:
            ends = {"from_full": {"organisation": row["a"]}, "to_full": {"organisation": row["b"]}}
            found.links.append(
                row["found"] | {name: row["found"][name[:-5]] | more for name, more in ends.items()}
            )
    return found


def _written(stands: Row, stamp: Stamp) -> Row:
    return {"revision": stands["revision"] + 1, "changed_at": stamp.instant}


class Decisions:
    """Decides what of all that ends, after every row has been decided."""

    def __init__(self, plan: Plan, standing: Standing, stamp: Stamp, rights: Rights) -> None:
        self._plan, self._standing, self._stamp, self._rights = plan, standing, stamp, rights

    def decide(self, asserted: Asserted, places: dict[str, int]) -> None:
        """End what no row speaks of and the caller may end. `places` are kept between decisions."""
        for record in asserted.records:
            if not self._rights.end(record):
                self._retire(places.setdefault(record["id"], -1 - len(places)), record)
        counted = {id for id, _ in self._plan.items.values()}
        rejected = self._rejected()
        for link in asserted.links:
            pair = (link["label"], (link["from"]["id"], link["to"]["id"]))
            spoken_of = link["id"] in counted or pair in rejected
            if not spoken_of and not self._rights.end_link(link):
                self._withdraw(places.setdefault(link["id"], -1 - len(places)), link)

    def _id(self, name: str) -> str | None:
        stands = self._standing.records.get(name)
        return stands["id"] if stands else None

    def _rejected(self) -> set[tuple[str, Pair]]:
        """What rejected rows speak of: they may mean any link of their kind between their ends."""
        rows = (row for at, row in enumerate(self._plan.stated) if at in self._plan.faults)
        return {
            (row.kind.label, (self._id(row.source) or "", self._id(row.target) or ""))
            for row in rows
            if isinstance(row, LinkRow)
        }

    def _retire(self, at: int, record: Row) -> None:
        kind, before = KIND_BY_NAME[record["kind"]], records.envelope(record)
        written = _written(record, self._stamp) | {"status": "retired"}
        entry = records.entry("retire", before, before | written)
        self._end(Write(at, kind, record["id"], written, entry, record["revision"]), "retired")

    def _withdraw(self, at: int, link: Row) -> None:
        kind, before = LINK_BY_LABEL[link["label"]], links.envelope(link)
        written = _written(link, self._stamp) | {"standing": "withdrawn", "key": None}
        after = links.shown(kind, link | written, link["from"], link["to"], before["facts"])
        entry = links.entry("withdraw", before, after)
        self._end(Write(at, kind, link["id"], written, entry, link["revision"]), "withdrawn")

    def _end(self, write: Write, outcome: str) -> None:
        name = write.entry.kind
        self._plan.ended[write.at] = Ended(name, write.id, write.revision or 0, outcome)
        self._plan.writes.append(write)
