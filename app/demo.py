"""What `golden-thread demo` tells: the sample data is loaded, and what it shows is said."""

from datetime import datetime
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console

from app import imports, terminal
from app.graph import Graph
from app.imports.sample import SAMPLE, read_sample
from app.questions import core
from app.questions.known_unknowns import KnownUnknowns
from app.questions.unaligned import Unaligned
from app.settings import Settings
from app.who import EVERYTHING, Stamp


async def tell(graph: Graph, settings: Settings, console: Console) -> None:
    """Load the sample data, which changes nothing the second time, and print the headline answers."""
    zone = ZoneInfo(settings.timezone)
    folder = Path(str(files("seed_data").joinpath("fictional_council")))
    for stage in read_sample(folder):
        stamp = Stamp(actor=SAMPLE.name, source=SAMPLE.name, at=datetime.now(zone))
        with terminal.progress(len(stage.rows)) as step:
            report = await imports.run(graph, stage, SAMPLE, stamp, progress=step)
        terminal.report(console, report, dry_run=False)
    for question in (Unaligned(limit=10), KnownUnknowns(limit=10)):
        terminal.answer(console, type(question), await core.ask(graph, question, EVERYTHING, zone))
