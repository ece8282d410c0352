"""What a source no longer states: its own records are retired and its own links withdrawn, nobody else's."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.domain import links, records
from app.domain.access import Scope
from app.graph import Graph, Row
from app.imports.plan import Ended, Plan, Write, names
from app.imports.rights import Rights
from app.imports.rows import LinkRow, RecordRow
from app.imports.standing import READ_TIMEOUT, Pair, Standing
from app.who import Reader, Stamp
from graph_schema import KIND_BY_NAME, LINK_BY_LABEL
from graph_schema.cypher import label


@dataclass
class Asserted:
    """What a source states and is in use, of the kinds its rows speak of, as far as the reader sees it."""

    records: list[Row] = field(default_factory=list)
    links: list[Row] = field(default_factory=list)


async def read(graph: Graph, rows: Iterable[RecordRow | LinkRow], source: str, reader: Reader) -> Asserted:
    """What the source has stated of the kinds of these rows."""
    scope, found = Scope(reader), Asserted()
    for kind in {row.kind for row in rows if isinstance(row, RecordRow)}:
        some = await graph.rows(
            f"""MATCH (n:{label(kind)}) WHERE n.source_system = $source AND n.status = 'live'
                AND {scope.sees("n")} RETURN {records.LOADED} AS found""",
            READ_TIMEOUT,
            source=source,
            **scope.parameters,
        )
        found.records += [{"organisation": None} | row["found"] for row in some]
    for joining in {row.kind for row in rows if isinstance(row, LinkRow)}:
        some = await graph.rows(
            f"""MATCH (a:Record)-[r:{label(joining)}]->(b:Record) WHERE r.source_system = $source
                AND r.standing <> 'withdrawn' AND {scope.sees("a", "b")}
                RETURN {links.LOADED} AS found, a.organisation AS a, b.organisation AS b""",
            READ_TIMEOUT,
            source=source,
            **scope.parameters,
        )
        for row in some:
            ends = {"from_full": {"organisation": row["a"]}, "to_full": {"organisation": row["b"]}}
            found.links.append(
                row["found"] | {name: row["found"][name[:-5]] | more for name, more in ends.items()}
            )
    return found


def retired(at: int, record: Row, stamp: Stamp) -> Write:
    """What takes a record out of use, as it was loaded."""
    kind, before = KIND_BY_NAME[record["kind"]], records.envelope(record)
    written = _written(record, stamp) | {"status": "retired"}
    entry = records.entry("retire", before, before | written)
    return Write(at, kind, record["id"], written, entry, record["revision"])


def _written(stands: Row, stamp: Stamp) -> Row:
    return {"revision": stands["revision"] + 1, "changed_at": stamp.instant}


class Decisions:
    """Decides what of all that ends, after every row has been decided."""

    def __init__(self, plan: Plan, standing: Standing, stamp: Stamp, rights: Rights) -> None:
        self._plan, self._standing, self._stamp, self._rights = plan, standing, stamp, rights

    def decide(self, asserted: Asserted, places: dict[str, int]) -> None:
        """End what no row speaks of and the caller may end. `places` are kept between decisions."""
        named = {self._id(name) for name in names(self._plan.stated)} if asserted.records else set()
        for record in asserted.records:
            if record["id"] not in named and not self._rights.end(record):
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
        self._end(retired(at, record, self._stamp), "retired")

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
