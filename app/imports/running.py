"""Run an import: read what stands, decide every row, write what changes, report."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.domain import decisions, receipts, sources, subjects
from app.domain.sources import Source
from app.errors import Busy, Fault, Invalid, NotAllowed, TooLarge
from app.graph import Graph
from app.imports import apply, ending, link_rows, plan, record_rows
from app.imports.apply import Asserter, Broken, Overtaken, Progress
from app.imports.ending import Asserted, Whole
from app.imports.plan import Plan, Write
from app.imports.report import Report
from app.imports.rights import Rights
from app.imports.rows import Intake, LinkRow, RecordRow
from app.imports.standing import Standing, read_arcs, read_links, read_records
from app.who import PEOPLE, Stamp, new_id
from graph_schema.delivery import Decision


class Mode(StrEnum):
    """What a rejected row means for the others: nothing, or that none is written."""

    BEST_EFFORT, ALL_OR_NOTHING = "best-effort", "all-or-nothing"


class Absent(StrEnum):
    """What happens to what the source stated before and its rows no longer speak of."""

    KEEP, RETIRE = "keep", "retire"


ATTEMPTS = 8
MOST_IN_ONE = 20_000
"""The most changes one transaction may hold: more would not fit the memory a small database gives one."""

Put = Callable[[list[Write], str], Awaitable[None]]
"""Puts writes into a transaction of this name."""


def _silent(done: int, total: int) -> None:
    """No progress is shown."""


async def run(
    graph: Graph,
    intake: Intake,
    source: Source,
    stamp: Stamp,
    mode: Mode = Mode.BEST_EFFORT,
    dry_run: bool = False,
    progress: Progress = _silent,
    whole: Whole | None = None,
) -> Report:
    """Import what was read, as this source, which is registered on first use.

    `best-effort` takes the sound rows, in batches that are each whole; cut off half way, the next run
    completes it. `all-or-nothing` writes nothing if a row is rejected. A dry run makes the same decisions and
    the same writes in the same transactions, and rolls each back. The graph's write timeout must suit them.

    What an earlier run under the same request has written counts as done by this one. Of what the rows are
    the `whole` of, what the source stated before and no row speaks of, ends.
    """
    if whole:
        _refuse_ending(intake, source, whole)
    if source.name == PEOPLE and stamp.caller is None:
        raise NotAllowed("This name is kept for what people state themselves; give the source another.")
    await _refuse_older(graph, intake, source)
    if intake.complete is not None:
        await intake.complete(graph, intake)
    done = await receipts.entered(graph, f"{stamp.request}/") if stamp.named else {}
    stamp = replace(stamp, source=source.name, request=f"{stamp.request}/{new_id()}", named=False)
    work = Import(graph, intake, source, stamp, progress, whole)
    decided = await work.decide()
    refused = mode is Mode.ALL_OR_NOTHING and bool(intake.faults or decided.faults)
    if dry_run:
        await work.rehearse(decided, mode)
    elif not refused and decided.writes:
        await (work.write_all(decided) if mode is Mode.ALL_OR_NOTHING else work.write_in_batches(decided))
    progress(len(intake.rows), len(intake.rows))
    decided.recall(done)
    refused = mode is Mode.ALL_OR_NOTHING and bool(intake.faults or decided.faults)
    if refused and not dry_run:
        decided.outcomes, decided.ended = {at: "rejected" for at in decided.faults}, {}
    return _report(intake, decided, Report(source.name, mode.value, dry_run, refused))


def _refuse_ending(intake: Intake, source: Source, whole: Whole) -> None:
    """Refuse to end what is absent where it cannot be told, or where many state things under one name."""
    if source.name == PEOPLE and whole.scheme is None:
        says = "People state things each for themselves: nothing of theirs is absent. Leave `absent` out."
        raise NotAllowed(says, faults=[Fault("/absent", "absent_needs_a_source", says)])
    if intake.faults:
        says = (
            "Rows that cannot be read may speak of anything, so nothing can be told to be absent. Mend them."
        )
        unread = (
            Fault(f"/rows/{each.place.row - 1}{each.field}", each.code, each.detail) for each in intake.faults
        )
        raise Invalid(says, faults=[Fault("/absent", "absent_unknown", says), *unread])


async def _refuse_older(graph: Graph, intake: Intake, source: Source) -> None:
    """Refuse an edition older than the one loaded: it would put outdated facts in the place of later ones."""
    if intake.edition and intake.edition < await sources.edition(graph, source.name):
        says = "A later edition of this register is loaded already; this one is older. Load the later one."
        raise Invalid(says, faults=[Fault("", "older_edition", says)])


def _report(intake: Intake, decided: Plan, report: Report) -> Report:
    report.rows = [*intake.faults, *(each for at in sorted(decided.faults) for each in decided.faults[at])]
    report.warnings = [
        *intake.warnings,
        *(each for at in sorted(decided.warnings) for each in decided.warnings[at]),
    ]
    report.not_taken = list(intake.not_taken)
    report.count(intake, decided.outcomes)
    report.plan = decided
    return report


@dataclass(frozen=True)
class Import:
    """One run: what is imported, by whom, into which graph."""

    graph: Graph
    intake: Intake
    source: Source
    stamp: Stamp
    progress: Progress = _silent
    whole: Whole | None = None
    places: dict[str, int] = field(default_factory=dict)
    """Id of what ends -> its place among the writes, the same at every decision."""
    broken: dict[int, list[Fault]] = field(default_factory=dict)
    """Position of a row -> the rules that its link broke when it was tried."""

    async def decide(self) -> Plan:
        """Read what stands of what the rows speak of, and decide them all."""
        rows = list(enumerate(self.intake.rows))
        of_records = [(at, row) for at, row in rows if isinstance(row, RecordRow)]
        of_links = [(at, row) for at, row in rows if isinstance(row, LinkRow)]
        (standing, source), asserted = (
            await asyncio.gather(self._standing(of_links), self._source()),
            Asserted(),
        )
        if self.whole:
            spoken_of = {record["id"] for record in standing.records.values()}
            asserted = await ending.read(self.graph, self.whole, spoken_of, self.stamp)
        return await asyncio.to_thread(self._decided, of_records, of_links, standing, asserted, source)

    async def _source(self) -> Source:
        """What asserts the rows, as it is registered."""
        if self.source.name == PEOPLE:
            return self.source
        return await sources.find(self.graph, self.source.name) or self.source

    async def _standing(self, of_links: list[tuple[int, LinkRow]]) -> Standing:
        """What stands of what the rows speak of, as far as the caller sees it."""
        reader, by_id = self.stamp.by.reader, plan.names(self.intake.rows)
        standing = await read_records(self.graph, by_id, reader)
        for kind, pairs in link_rows.ends(of_links, standing).items():
            standing.links[kind.label] = await read_links(self.graph, kind, pairs)
        for kind in {row.kind for _, row in of_links if row.kind.acyclic}:
            standing.arcs[kind.label] = await read_arcs(self.graph, kind, reader)
        ids = [record["id"] for record in standing.records.values()]
        standing.holders = await subjects.holders(self.graph, ids, self.stamp)
        if any(row.kind is Decision for row in self.intake.rows):
            standing.head = await decisions.head(self.graph)
        return standing

    def _decided(
        self,
        of_records: list[tuple[int, RecordRow]],
        of_links: list[tuple[int, LinkRow]],
        standing: Standing,
        asserted: Asserted,
        source: Source,
    ) -> Plan:
        """The plan: it takes seconds of a large intake, so it is made beside the loop that serves others."""
        decided = Plan(self.intake.rows)
        rights = Rights(self.stamp, standing.holders, standing.head)
        by_whom = decided, standing, source, self.stamp, rights
        of_record = record_rows.Decisions(*by_whom)
        of_record.decide(of_records)
        link_rows.Decisions(*by_whom, of_record.found, of_record.is_rejected).decide(of_links)
        ending.Decisions(decided, standing, self.stamp, rights).decide(asserted, self.places)
        self._leave_out(decided, self.broken)
        return decided

    def _leave_out(self, decided: Plan, rows: Iterable[int]) -> None:
        """Reject rows whose links broke a rule."""
        for at in rows:
            decided.reject(at, self.intake.rows[at], self.broken[at])
        decided.writes = [write for write in decided.writes if write.at not in self.broken]

    def _sound(self, decided: Plan, writes: list[Write], broken: Broken) -> list[Write]:
        """The writes without those that broke a rule, whose rows are rejected."""
        found = {write.at: broken.faults[write.id] for write in writes if write.id in broken.faults}
        self.broken.update(found)
        self._leave_out(decided, found)
        return [write for write in writes if write.at not in found]

    async def write_in_batches(self, decided: Plan) -> None:
        """Write batch by batch; one that is overtaken is decided again, alone."""
        await self._in_batches(decided, self._put)

    async def write_all(self, decided: Plan) -> None:
        """Write everything in one transaction, or nothing."""

        async def put(writes: list[Write], attempt: str) -> None:
            if not decided.faults:  # decided again, a row may have been rejected
                await self._put(writes, attempt)

        _refuse_too_many(decided)
        await self._settled(decided, decided.writes, "all", put)

    async def rehearse(self, decided: Plan, mode: Mode) -> None:
        """Make every write of the real run, in the same transactions, and roll each back."""
        in_one = mode is Mode.ALL_OR_NOTHING
        made = {} if in_one else {write.id: write for write in decided.writes if write.revision is None}

        async def put(writes: list[Write], attempt: str) -> None:
            # A link's new ends were rolled back with their own batch: they are made again for it.
            here = {write.id for write in writes}
            wanted = {end for write in writes for end in write.ends or () if end in made} - here
            parts = apply.in_batches([*(made[end] for end in wanted), *writes])
            await apply.rehearse(self.graph, parts, self.stamp, self._asserter)

        if in_one:
            _refuse_too_many(decided)
            await self._settled(decided, decided.writes, "all", put)
        else:
            await self._in_batches(decided, put)

    async def _put(self, writes: list[Write], name: str) -> None:
        """Write in one transaction, under a receipt of its own."""
        stamp = replace(self.stamp, request=f"{self.stamp.request}/{name}")
        await apply.write(self.graph, apply.in_batches(writes), stamp, self._asserter)

    @property
    def _asserter(self) -> Asserter:
        return Asserter(self.source, self.intake.edition, self.stamp)

    async def _in_batches(self, decided: Plan, put: Put) -> None:
        total = len(self.intake.rows)
        done = max(0, total - len(decided.writes))
        for number, writes in enumerate(apply.in_batches(decided.writes)):
            self.progress(done, total)
            await self._parted(decided, writes, str(number), put)
            done += len(writes)

    async def _settled(self, decided: Plan, writes: list[Write], name: str, put: Put) -> None:
        """Put these writes in a transaction; if they are overtaken, decide their rows again."""
        rows = {write.at for write in writes}
        for attempt in range(ATTEMPTS):
            try:
                await put(writes, f"{name}/{attempt}")
                return
            except Broken as broken:
                writes = self._sound(decided, writes, broken)
            except Overtaken:
                decided.replace(rows, await self.decide())
                writes = [write for write in decided.writes if write.at in rows]
        raise Busy("Others kept changing the same records; send the same rows again.")

    async def _parted(self, decided: Plan, writes: list[Write], name: str, put: Put, turn: int = 0) -> None:
        """The same, where each row may go alone: what was overtaken goes apart, and so waits for less.

        A turn counts where that made the work no smaller.
        """
        if turn == ATTEMPTS:
            raise Busy("Others kept changing the same records; send the same rows again.")
        try:
            await put(writes, name)
        except Broken as broken:
            if rest := self._sound(decided, writes, broken):
                await self._parted(decided, rest, f"{name}/sound", put, turn)
        except Overtaken as overtaken:
            rows = {write.at for write in writes}
            apart = {write.at for write in writes if write.id in overtaken.ids}
            decided.replace(rows, await self.decide())
            for some, way in ((rows - apart, "rest"), (apart, "apart")):
                again = [write for write in decided.writes if write.at in some]
                if again:
                    await self._parted(decided, again, f"{name}/{way}", put, turn + (apart in (set(), rows)))


def _refuse_too_many(decided: Plan) -> None:
    if len(decided.writes) > MOST_IN_ONE:
        raise TooLarge(
            f"More than {MOST_IN_ONE:,} changes do not fit one transaction: import best-effort, or in parts."
        )
