"""Runs the jobs that wait, one at a time in a process, each under a lease that another may take over."""

import asyncio
import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.domain import jobs
from app.domain.sources import Source
from app.errors import Busy, Refusal
from app.graph import Graph, Row
from app.imports import files, jsonl, reading, refused, running
from app.imports import mapping as mappings
from app.imports.ending import Whole
from app.imports.files import Lines, Table
from app.imports.mapping import Mapping
from app.imports.report import Report
from app.imports.rows import Intake, Place, Remark
from app.imports.running import Absent, Mode
from app.imports.spool import Spool
from app.logs import log
from app.who import instant, new_id
from graph_schema import KIND_BY_NAME
from graph_schema.people import Organisation

WRITE_SECONDS = 60.0
LOOK_EVERY_S = 5.0
CLEAN_EVERY_S = 3_600.0


@dataclass
class Runner:
    """What runs jobs in this process."""

    graph: Graph
    spool: Spool
    zone: ZoneInfo
    lease: float = jobs.LEASE_SECONDS
    owner: str = field(default_factory=new_id)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Look for jobs now."""
        self._woken.set()

    async def turn(self) -> bool:
        """Run the job that is due, if there is one; whether there was."""
        job = await self.graph.write(jobs.take, self.owner, self.lease, _now())
        if job is None:
            return False
        await _Run(self, job).run()
        return True

    async def keep_running(self) -> None:
        """Run every job that comes to be due, and clean up. A database that is away is asked again."""
        cleaned = 0.0
        clock = asyncio.get_running_loop().time
        while True:
            self._woken.clear()
            with contextlib.suppress(Refusal):
                while await self.turn():
                    pass
                if clock() - cleaned >= CLEAN_EVERY_S or not cleaned:
                    await self.clean()
                    cleaned = clock()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), LOOK_EVERY_S)

    async def clean(self) -> None:
        """Remove uploads older than a day and jobs older than a week, with their files."""
        day = datetime.now(UTC) - timedelta(hours=jobs.UPLOAD_HOURS)
        week = datetime.now(UTC) - timedelta(days=jobs.KEPT_DAYS)
        kept = await self.graph.write(jobs.forget, instant(day), instant(week))
        await asyncio.to_thread(self.spool.keep_only, kept, day.timestamp())


def _now() -> str:
    return instant(datetime.now(UTC))


class _Run:
    """One job, run by this process."""

    def __init__(self, runner: Runner, job: Row) -> None:
        self._runner, self._job = runner, job
        self._graph, self._spool = runner.graph, runner.spool
        self._done = (0, 0)

    async def run(self) -> None:
        """Do the work while the lease is ours; say how it ended."""
        work = asyncio.create_task(self._work())
        try:
            while not (await asyncio.wait({work}, timeout=min(1.0, self._runner.lease / 3)))[0]:
                if not await self._held():
                    await _ended(work)
                    await self._finish({"state": "cancelled"})
                    return
            told = work.result()
        except (asyncio.CancelledError, Busy):
            await _ended(work)
            with contextlib.suppress(Refusal):
                await self._graph.write(jobs.let_go, self._job["id"], self._runner.owner)
            raise
        await self._finish(told)

    async def _held(self) -> bool:
        """Hold the lease; a database that is away may be back before it runs out."""
        held = True
        with contextlib.suppress(Refusal):
            held = await self._graph.write(
                jobs.hold, self._job["id"], self._runner.owner, self._runner.lease, *self._done
            )
        return held

    async def _finish(self, told: dict[str, Any]) -> None:
        done = {"read": self._done[0], "total": self._done[1]} | told
        drops = told["state"] == "done" and not self._asked["dry_run"]
        owner = self._runner.owner
        if await self._graph.write(jobs.finish, self._job["id"], owner, _now(), done, drops):
            self._spool.remove(self._job["upload"])

    @property
    def _asked(self) -> dict[str, Any]:
        return jobs.asked(self._job)

    async def _work(self) -> dict[str, Any]:
        """Run the import; what is to be told of it. A fault of ours ends the job, not the process."""
        if self._job["attempts"] > jobs.MOST_ATTEMPTS:
            return _failed("gave_up", "The job was begun five times, and each time the service ended first.")
        try:
            return await self._imported()
        except Busy:
            raise
        except Refusal as refusal:
            first = refusal.faults[0] if refusal.faults else None
            return _failed(first.code if first else refusal.code, first.detail if first else refusal.detail)
        except Exception as error:
            log.error("job failed", error=type(error).__qualname__, job=self._job["id"])
            return _failed("unexpected", "The service failed on this job; its log has the job's id.")

    async def _imported(self) -> dict[str, Any]:
        asked, who = self._asked, jobs.caller_of(self._job)
        read, intake = await asyncio.to_thread(self._read)
        self._done = (0, len(intake.rows))
        stamp = who.stamp(request=f"job-{self._job['id']}", named=True, at=datetime.now(self._runner.zone))
        graph = self._graph.patient(WRITE_SECONDS)
        source, mode, dry_run = Source(who.source, who.source), Mode(asked["mode"]), asked["dry_run"]
        whole = self._whole(intake)
        report = await running.run(graph, intake, source, stamp, mode, dry_run, self._progress, whole)
        told = await asyncio.to_thread(self._told, read, report)
        counts: dict[str, int] = {name: count for name, count in report.counts.items()}
        if asked["absent"] == Absent.RETIRE:
            counts["retired"] = len(report.plan.ended)
        told |= {"counts": counts, "read": len(intake.rows), "total": len(intake.rows)}
        if report.refused:
            says = "All or nothing was asked for, and rows were refused: nothing was written."
            return told | _failed("rows_refused", says)
        return told | {"state": "done"}

    def _progress(self, done: int, total: int) -> None:
        self._done = (done, total)

    def _read(self) -> tuple[Table | Lines, Intake]:
        asked, data = self._asked, self._spool.read(self._job["upload"])
        if self._job["form"] in reading.LINES:
            lines = files.lines(data, self._job["name"])
            kind = KIND_BY_NAME[asked["kind"]] if asked["kind"] else None
            return lines, jsonl.rows(lines, kind, asked["scheme"])
        table = reading.read_table(data, self._job["name"], asked["sheet"], self._job["form"])
        mapping, whose = self._mapping, jobs.caller_of(self._job).organisation
        belongs = not mapping.node.open_only and mapping.node is not Organisation
        return table, mappings.rows(table, mapping, whose if belongs else None)

    @property
    def _mapping(self) -> Mapping:
        names = ("kind", "scheme", "key", "columns", "sheet")
        return mappings.of({name: self._asked[name] for name in names})

    def _whole(self, intake: Intake) -> Whole | None:
        """What the file is the whole list of, if that was asked; nothing where it cannot be read whole."""
        if self._asked["absent"] != Absent.RETIRE:
            return None
        if intake.faults or not intake.rows:
            says = "The file could not be read whole, so nothing it leaves out was retired."
            intake.warnings.append(Remark(Place("", 0), "absent_left", says))
            return None
        return Whole(frozenset({KIND_BY_NAME[self._asked["kind"]]}), scheme=self._asked["scheme"])

    def _told(self, read: Table | Lines, report: Report) -> dict[str, Any]:
        """Keep what is to be told of the rows."""
        id = self._job["id"]
        if isinstance(read, Lines):
            mapping = Mapping(kind=self._asked["kind"] or "Project", scheme=self._asked["scheme"])
            rejected: Iterable[Any] = list(refused.lines(read, report))
        else:
            mapping, rejected = self._mapping, list(refused.rows(read, report, self._mapping))
        remarks = list(refused.remarks(report, mapping))
        self._spool.tell(id, "remarks", remarks)
        self._spool.tell(id, "refused", rejected)
        return {
            "remarks": len(remarks),
            "refused": len({each.place.row for each in report.rows}),
        }


def _failed(code: str, detail: str) -> dict[str, Any]:
    return {"state": "failed", "problem": {"code": code, "detail": detail}}


async def _ended(work: "asyncio.Task[Any]") -> None:
    """End the work and wait until it has; what it raised then is of no interest."""
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
