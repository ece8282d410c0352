"""What a source no longer lists: its own records that a whole file leaves out are taken out of use."""

from dataclasses import dataclass, replace

from app.domain import authority, records
from app.domain.authority import Action, Subject
from app.errors import Busy
from app.graph import Graph, Row
from app.imports import apply
from app.imports.ending import retired
from app.imports.report import Report
from app.imports.rows import Intake, Place, RecordRow, Remark
from app.imports.standing import READ_TIMEOUT, batches
from app.who import Stamp
from graph_schema.core import Node
from graph_schema.cypher import label

_MOST_TIMES = 5


@dataclass(frozen=True)
class Wanted:
    """Which records a file is the whole list of."""

    kind: type[Node]
    scheme: str
    dry_run: bool


async def retire(graph: Graph, intake: Intake, wanted: Wanted, report: Report, stamp: Stamp) -> int:
    """Retire what the caller's source states under keys of the scheme, and the file does not; how many.

    Nothing is touched that another source asserts, or that is another organisation's. A file of which a row
    could not be read is not whole, and a file without rows is none.
    """
    subject = Subject(organisation=stamp.by.organisation, source=stamp.source, kind=wanted.kind.__name__)
    authority.require(stamp.by, Action.RETIRE, subject)
    if intake.faults or not intake.rows:
        says = "The file could not be read whole, so nothing it leaves out was retired."
        report.warnings.append(Remark(Place("", 0), "absent_left", says))
        return 0
    listed = {row.key for row in intake.rows if isinstance(row, RecordRow)}
    for time in range(_MOST_TIMES):
        gone = await _unlisted(graph, wanted, listed, stamp)
        if wanted.dry_run or not gone:
            return len(gone)
        try:
            for number, some in enumerate(batches(gone)):
                name = f"{stamp.request}/absent/{time}/{number}"
                await apply.write(
                    graph,
                    [[retired(0, each, stamp) for each in some]],
                    replace(stamp, request=name, named=False),
                )
        except apply.Overtaken:
            continue
        return len(gone)
    raise Busy("Others kept changing the same records; send the same rows again.")


async def _unlisted(graph: Graph, wanted: Wanted, listed: set[str], stamp: Stamp) -> list[Row]:
    """The records in question that have a key of the scheme, none of which is listed."""
    rows = await graph.rows(
        f"""MATCH (n:{label(wanted.kind)} {{source_system: $source, status: 'live'}})
            WHERE ($all OR n.organisation = $organisation)
              AND EXISTS {{ (i:Identifier {{scheme: $scheme}})-[:IDENTIFIES]->(n) }}
            RETURN n.id AS id, COLLECT {{ MATCH (i:Identifier)-[:IDENTIFIES]->(n) RETURN i.key }} AS keys
            ORDER BY id""",
        READ_TIMEOUT,
        source=stamp.source,
        all=stamp.by.is_of_the_service,
        organisation=stamp.by.organisation,
        scheme=wanted.scheme,
    )
    gone = [row["id"] for row in rows if listed.isdisjoint((row["id"], *row["keys"]))]
    found = []
    for ids in batches(gone):
        found += await graph.rows(
            f"UNWIND $ids AS id MATCH (n:{label(wanted.kind)} {{id: id}}) RETURN {records.LOADED} AS found",
            READ_TIMEOUT,
            ids=ids,
        )
    return [{"organisation": None} | row["found"] for row in found]
