"""What `golden-thread demo` tells: the sample data is loaded, and what it shows is said."""

import re
import shutil
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape

import graph_schema
from app import answers, imports, terminal
from app.domain import sources
from app.domain.sources import Source
from app.graph import Graph
from app.imports import Adapter, Report
from app.imports.adapters import legislation, uk_councils
from app.imports.plan import Outcome
from app.imports.rows import Intake
from app.imports.sample import SAMPLE, STORY, read_sample
from app.portfolio.verdicts import Verdict
from app.questions import core
from app.questions.core import Answer, Question
from app.questions.law_dependent import LawDependent
from app.questions.starved_goals import Starvation, StarvedGoals
from app.questions.unaligned import Unaligned
from app.settings import Settings
from app.who import EVERYTHING, Stamp
from graph_schema import KIND_BY_NAME, LINK_BY_LABEL

_REGISTERS: tuple[tuple[Adapter, str], ...] = (
    (uk_councils.ADAPTER, "uk_councils"),
    (legislation.ADAPTER, "legislation_gov_uk"),
)
"""The registers of the sample, and the folder of each."""
_OURS = (SAMPLE.name, *(adapter.name for adapter, _ in _REGISTERS))
_OTHERS = "MATCH (n:Record) WHERE NOT n.source_system IN $ours RETURN n.source_system AS source LIMIT 1"


async def tell(graph: Graph, settings: Settings, console: Console, serves: str | None = None) -> None:
    """Load the sample data, which changes nothing the second time, and print the headline answers.

    A database that holds anything else is not mixed with the sample: the answers are about what is there.
    `serves` is the address at which this terminal serves afterwards, if it does.
    """
    zone = ZoneInfo(settings.timezone)
    say = partial(answers.paragraph, console)
    ask = _Asked(graph, zone)
    if await graph.rows(_OTHERS, ours=list(_OURS)):
        say("This database holds other data, so the sample was not loaded into it.")
        say("Set GOLDEN_THREAD_DATA to an empty folder to see the sample.")
    else:
        loaded = await load(graph, zone)
        console.print("\n[bold]What was loaded[/]")
        for source, reports in loaded:
            say(f"{source.title}: {_became(reports)}.", "  ", "    ")
        if not loaded:
            say("The sample data is loaded already.", "  ")
        ask = _Asked(graph, zone, min(max(datetime.now(zone).date(), STORY[0]), STORY[1]))
    told = [each async for each in _headlines(ask)]
    console.print("\n[bold]What it shows[/]")
    for number, (headline, example) in enumerate(told, 1):
        say(headline, f"  {number}. ", "     ")
        if example:
            say(answers.spoken(example), "     ", "     ")
        say("")
    console.print("[bold]What to try next[/]")
    if serves:
        say("Leave this terminal open, since it serves the sample, and in another one:", "  ")
    async for does, command in _next(ask, serves):
        say(f"{does}:", "  ")
        console.print(f"    [bold]{escape(command)}[/]", highlight=False, soft_wrap=True)


async def _next(ask: "_Asked", serves: str | None) -> AsyncIterator[tuple[str, str]]:
    """What a reader can do next, and the command that does it."""
    called = sys.argv[0] if Path(sys.argv[0]).name == "golden-thread" else "golden-thread"
    command = "golden-thread" if shutil.which("golden-thread") else called
    yield "Every project that serves no aim, and where its chain breaks", f"{command} ask unaligned"
    clean = await ask(Unaligned(verdict=(Verdict.ALIGNED,), limit=1))
    for row in clean.rows:
        does = f"Why money goes from {answers.spoken(f'*{row.title}*')} to a goal, link by link"
        yield does, f"{command} ask best-route --project {row.id}"
    yield "What waits for law, with dates and slack", f"{command} ask law-dependent"
    yield "The goals that nothing live serves", f"{command} ask starved-goals"
    yield "The same as a sheet, or as JSON with its digest", f"{command} ask unaligned --csv"
    if serves:
        yield "The same over HTTP", f"curl '{serves}/v1/questions/unaligned?limit=5'"
    yield (
        "Your own portfolio, in a folder of its own; docs/start.md tells how",
        (f"GOLDEN_THREAD_DATA=~/ours {command} import projects.csv --map map.json"),
    )


_COUNTED = ("Project", "PolicyGoal", "PolicyInstrument", "Process", "Provision", "Organisation")


def _became(reports: list[Report]) -> str:
    """What loading the stages of a source did, such as: 47 projects, 12 policy goals and 338 links."""
    created, changed = _rows(reports, "created"), _rows(reports, "changed")
    if not created:
        return f"there already; {changed.total():,} changed" if changed else "there already and unchanged"
    links = sum(count for kind, count in created.items() if kind in LINK_BY_LABEL)
    others = created.total() - links - sum(created[kind] for kind in _COUNTED)
    said = [_many(created[kind], *_words(kind)) for kind in _COUNTED if created[kind]]
    said += [_many(count, what) for count, what in ((others, "other record"), (links, "link")) if count]
    told = f"{', '.join(said[:-1])} and {said[-1]}" if len(said) > 1 else said[0]
    return f"{told}; {changed.total():,} of them changed after that" if changed else told


def _rows(reports: list[Report], outcome: Outcome) -> Counter[str]:
    """How many rows of each kind of record or link had this outcome."""
    counted: Counter[str] = Counter()
    for report in reports:
        counted.update({kind: counts[outcome] for kind, counts in report.by_kind.items() if counts[outcome]})
    return counted


async def load(graph: Graph, zone: ZoneInfo) -> list[tuple[Source, list[Report]]]:
    """Load the sample, unless exactly this was loaded whole and nothing of it since.

    Answers what became of each of its sources; nothing where it was loaded already.
    """
    fingerprint = _print()
    if await sources.loaded(graph, _OURS) == {fingerprint}:
        return []
    told: dict[str, tuple[Source, list[Report]]] = {}
    for source, intake in _samples():
        stamp = Stamp(actor=source.name, source=source.name, at=datetime.now(zone))
        with terminal.progress(len(intake.rows)) as step:
            report = await imports.run(graph, intake, source, stamp, progress=step)
        told.setdefault(source.name, (source, []))[1].append(report)
    await graph.write(sources.note_loaded, _OURS, fingerprint)
    return list(told.values())


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
    day: date | None = None
    """The day asked about, where it is not today: the sample's story ends."""

    async def __call__(self, question: Question) -> Answer[Any]:
        asked = question.model_copy(update={"valid_on": self.day})
        return await core.ask(self.graph, asked, EVERYTHING, self.zone)


Finding = tuple[str, str]
"""A headline, and the sentence about the case with the most money."""


async def _headlines(ask: _Asked) -> AsyncIterator[Finding]:
    """The portfolio in five findings, the most money first in each."""
    for finding in (_no_aim, _waits_for_law, _waits_for_acceptance, _starved, _not_assessed):
        said = await finding(ask)
        if said:
            yield said


async def _no_aim(ask: _Asked) -> Finding | None:
    told = await ask(Unaligned(limit=1, count="exact"))
    looked_at = await ask(Unaligned(verdict=(Verdict.UNALIGNED,), limit=1))
    scope = told.denominators.in_scope
    headline = f"{told.count:,} of {_many(scope, 'live project')} serve no policy aim that anybody can show"
    return f"{headline}{_money(told)}.", _largest("The largest that somebody has looked at", looked_at)


async def _waits_for_law(ask: _Asked) -> Finding | None:
    told = await ask(LawDependent(limit=10_000))
    rows = [row for row in told.rows if row.verdict is Verdict.ALIGNED_IF_LAW_CHANGES]
    if not rows:
        return None
    changes = sorted({row.change.title or "" for row in rows if row.change})
    projects = _many(len({row.id for row in rows}), "live project")
    waited = f"; they wait for {_many(len(changes), 'change')} in the law" if changes else ""
    headline = f"{projects} would serve an aim if the law allowed it{waited}."
    return headline, f"The largest: {rows[0].sentence}"


async def _waits_for_acceptance(ask: _Asked) -> Finding | None:
    told = await ask(Unaligned(verdict=(Verdict.AWAITING_ACCEPTANCE,), limit=1, count="exact"))
    if not told.rows:
        return None
    headline = f"{_many(told.count, 'live project')} would serve an aim if somebody accepted a link"
    return f"{headline}{_money(told)}.", _largest("The largest", told)


async def _starved(ask: _Asked) -> Finding | None:
    told = await ask(StarvedGoals(finding=(Starvation.NO_COUNTED_ROUTE,), limit=1, count="exact"))
    if not told.rows:
        return None
    has = "has" if told.count == 1 else "have"
    headline = f"{_many(told.count, 'current goal')} {has} no live project behind."
    return headline, f"The first by priority: {told.rows[0].sentence}"


async def _not_assessed(ask: _Asked) -> Finding | None:
    told = await ask(Unaligned(verdict=(Verdict.NOT_ASSESSED,), limit=1, count="exact"))
    if not told.rows:
        return None
    headline = f"Of {_many(told.count, 'live project')} nobody has looked at what they are for{_money(told)}."
    return headline, "That is not the same as serving no aim: it is not known."


def _largest(which: str, told: Answer[Any]) -> str:
    return f"{which}: {told.rows[0].sentence}" if told.rows else ""


def _many(count: int | None, one: str, many: str | None = None) -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _words(kind: str) -> tuple[str, str]:
    """How one of a kind is called, and many: policy goal, policy goals."""
    many = KIND_BY_NAME[kind].plural.replace("-", " ")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower(), many


def _money(told: Answer[Any]) -> str:
    """Cost and grants of all rows, in words; never added to each other."""
    money = {"cost": told.total, "grants": told.funding}
    said = [f"{what} {answers.sums(each)}" for what, each in money.items() if each]
    return f" ({'; '.join(said)})" if said else ""
