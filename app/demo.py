"""What `golden-thread demo` tells: the sample data is loaded, and what it shows is said."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console

from app import imports, terminal
from app.domain.sources import Source
from app.graph import Graph
from app.imports.adapters import uk_councils
from app.imports.rows import Intake
from app.imports.sample import SAMPLE, read_sample
from app.questions import core
from app.questions.core import Answer
from app.questions.known_unknowns import KnownUnknowns
from app.questions.unaligned import Unaligned, UnalignedRow
from app.questions.verdicts import WITHOUT_COUNTED_ROUTE, Verdict
from app.settings import Settings
from app.who import EVERYTHING, Stamp

_OURS = (SAMPLE.name, uk_councils.ADAPTER.name)
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
    everything = await core.ask(graph, Unaligned(verdict=tuple(Verdict), limit=10_000), EVERYTHING, zone)
    for line in _headlines(everything):
        console.print(line, highlight=False)
    for question in (Unaligned(limit=5), KnownUnknowns(limit=5)):
        console.print()
        terminal.answer(console, type(question), await core.ask(graph, question, EVERYTHING, zone))


async def _load(graph: Graph, zone: ZoneInfo, console: Console) -> None:
    for source, intake in _samples():
        stamp = Stamp(actor=source.name, source=source.name, at=datetime.now(zone))
        with terminal.progress(len(intake.rows)) as step:
            report = await imports.run(graph, intake, source, stamp, progress=step)
        told = ", ".join(f"{count:,} {outcome}" for outcome, count in report.counts.items() if count)
        console.print(f"{source.title}: {told}.", highlight=False)


def _samples() -> Iterator[tuple[Source, Intake]]:
    seed = Path(str(files("seed_data").joinpath("")))
    for stage in read_sample(seed / "fictional_council"):
        yield SAMPLE, stage
    register = uk_councils.ADAPTER
    yield register.source, register.read(seed / "uk_councils")


def _headlines(told: Answer[UnalignedRow]) -> Iterator[str]:
    """The portfolio in a few sentences."""
    counted = Counter(row.verdict for row in told.rows)
    without = sum(counted[verdict] for verdict in WITHOUT_COUNTED_ROUTE)
    yield f"\n[bold]{without} of {len(told.rows)} live projects serve no policy aim[/] that anybody can show."
    for verdict in Verdict:
        if counted[verdict]:
            yield f"  {counted[verdict]:>4}  {terminal.cell(verdict)}"
