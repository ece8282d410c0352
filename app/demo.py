"""What `golden-thread demo` tells: the sample data is loaded, and what it shows is said."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

import graph_schema
from app import imports, terminal
from app.domain import sources
from app.domain.sources import Source
from app.graph import Graph
from app.imports import Adapter
from app.imports.adapters import legislation, uk_councils
from app.imports.rows import Intake
from app.imports.sample import SAMPLE, read_sample
from app.portfolio.verdicts import Verdict
from app.questions import core
from app.questions.core import Answer, Question
from app.questions.law_dependent import LawDependent
from app.questions.starved_goals import Finding, StarvedGoals
from app.questions.unaligned import Unaligned
from app.settings import Settings
from app.who import EVERYTHING, Stamp

_REGISTERS: tuple[tuple[Adapter, str], ...] = (
    (uk_councils.ADAPTER, "uk_councils"),
    (legislation.ADAPTER, "legislation_gov_uk"),
)
"""The registers of the sample, and the folder of each."""
_OURS = (SAMPLE.name, *(adapter.name for adapter, _ in _REGISTERS))
_OTHERS = "MATCH (n:Record) WHERE NOT n.source_system IN $ours RETURN n.source_system AS source LIMIT 1"


async def tell(graph: Graph, settings: Settings, console: Console) -> None:
    """Load the sample data, which changes nothing the second time, and print the headline answers.

    A database that holds anything else is not mixed with the sample: the answers are about what is there.
    """
    zone = ZoneInfo(settings.timezone)
    if await graph.rows(_OTHERS, ours=list(_OURS)):
        console.print("This database holds other data, so the sample was not loaded into it.")
        console.print("Set GOLDEN_THREAD_DATA to an empty folder to see the sample.")
    else:
        await _load(graph, zone, console)
    told = [line async for line in _headlines(graph, zone)]
    console.print("\n[bold]What it shows[/]")
    for number, line in enumerate(told, 1):
        console.print(Padding(f"{number}. {escape(line)}", (1, 0, 0, 2)), highlight=False)
    console.print("\n[bold]What to try next[/]")
    for does, command in _NEXT:
        console.print(f"  {does}:\n    [bold]golden-thread {command}[/]", highlight=False)


_NEXT = (
    ("every project that serves no aim, and where its chain breaks", "ask unaligned"),
    ("the same of policy instruments", "ask unaligned --kind PolicyInstrument"),
    ("what waits for law, with dates and slack", "ask law-dependent"),
    ("the goals that nothing live serves", "ask starved-goals"),
    ("the same as a sheet, or as JSON with its digest", "ask unaligned --csv"),
    ("your own portfolio", "import projects.csv --kind Project --map map.json"),
)
"""What a reader can do next, and the command that does it."""


async def _load(graph: Graph, zone: ZoneInfo, console: Console) -> None:
    """Load what the sample holds, unless exactly this was loaded whole and nothing of it since."""
    fingerprint = _print()
    if await sources.loaded(graph, _OURS) == {fingerprint}:
        console.print("The sample data is loaded already.")
        return
    for source, intake in _samples():
        stamp = Stamp(actor=source.name, source=source.name, at=datetime.now(zone))
        with terminal.progress(len(intake.rows)) as step:
            report = await imports.run(graph, intake, source, stamp, progress=step)
        told = ", ".join(f"{count:,} {outcome}" for outcome, count in report.counts.items() if count)
        console.print(f"{source.title}: {told}.", highlight=False)
    await graph.write(sources.note_loaded, _OURS, fingerprint)


def _seed() -> Path:
    return Path(str(files("seed_data").joinpath("")))


def _samples() -> Iterator[tuple[Source, Intake]]:
    for stage in read_sample(_seed() / "fictional_council"):
        yield SAMPLE, stage
    for adapter, folder in _REGISTERS:
        yield adapter.source, adapter.read(_seed() / folder)


def _print() -> str:
    """A print of the sample's files and of the code that reads them: another of either is loaded again."""
    told_apart = sha256()
    code = (Path(str(module.__file__)).parent for module in (imports, graph_schema))
    for folder in (_seed(), *code):
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".csv", ".jsonl", ".py"):
                told_apart.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return told_apart.hexdigest()


@dataclass(frozen=True)
class _Asked:
    """Asks the graph for everybody's answer."""

    graph: Graph
    zone: ZoneInfo

    async def __call__(self, question: Question) -> Answer[Any]:
        return await core.ask(self.graph, question, EVERYTHING, self.zone)


async def _headlines(graph: Graph, zone: ZoneInfo) -> AsyncIterator[str]:
    """The portfolio in five findings, the most money first in each."""
    ask = _Asked(graph, zone)
    for finding in (_no_aim, _waits_for_law, _waits_for_acceptance, _starved, _not_assessed):
        said = await finding(ask)
        if said:
            yield said


async def _no_aim(ask: _Asked) -> str:
    told = await ask(Unaligned(limit=1, count="exact"))
    looked_at = await ask(Unaligned(verdict=(Verdict.UNALIGNED,), limit=1))
    opening = f"{told.count:,} of {told.denominators.in_scope:,} live projects serve no policy aim"
    opening += f" that anybody can show{_money(told)}."
    if not looked_at.rows:
        return opening
    return f"{opening} Of those somebody has looked at, this has the most money. {looked_at.rows[0].sentence}"


async def _waits_for_law(ask: _Asked) -> str | None:
    told = await ask(LawDependent(limit=10_000))
    rows = [row for row in told.rows if row.verdict is Verdict.ALIGNED_IF_LAW_CHANGES]
    if not rows:
        return None
    projects = {row.id for row in rows}
    waited_for = sorted({row.change.title for row in rows if row.change})
    return (
        f"{_many(len(projects), 'live project')} would serve an aim if the law changed or came into force. "
        f"Waited for: {', '.join(waited_for) or 'no change that is recorded'}. "
        f"The most money waits here. {rows[0].sentence}"
    )


async def _waits_for_acceptance(ask: _Asked) -> str | None:
    told = await ask(Unaligned(verdict=(Verdict.AWAITING_ACCEPTANCE,), limit=1, count="exact"))
    if not told.rows:
        return None
    opening = (
        f"{_many(told.count, 'live project')} would serve an aim if somebody accepted a link{_money(told)}."
    )
    return f"{opening} {told.rows[0].sentence}"


async def _starved(ask: _Asked) -> str | None:
    told = await ask(StarvedGoals(finding=(Finding.NO_COUNTED_ROUTE,), limit=1, count="exact"))
    if not told.rows:
        return None
    opening = f"{_many(told.count, 'current goal')} without a live project behind; the first by priority."
    return f"{opening} {told.rows[0].sentence}"


async def _not_assessed(ask: _Asked) -> str | None:
    told = await ask(Unaligned(verdict=(Verdict.NOT_ASSESSED,), limit=1, count="exact"))
    if not told.rows:
        return None
    return (
        f"Of {_many(told.count, 'live project')} nobody has looked at what they are for{_money(told)}. "
        "That is not the same as serving no aim: it is not known."
    )


def _many(count: int | None, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _money(told: Answer[Any]) -> str:
    """Cost and grants of all rows, in brackets; never added to each other."""
    said = [f"cost {terminal.cell(each)}" for each in told.total or ()]
    said += [f"grants {terminal.cell(each)}" for each in told.funding or ()]
    return f" ({'; '.join(said)})" if said else ""
