"""When provisions have force: by every effect on them, those that stand from earlier loads too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.graph import Graph
from app.imports.adapters import provisions
from app.imports.adapters.legislation_mapping import SCHEME
from app.imports.rows import Intake, LinkRow, RecordRow
from app.imports.standing import READ_TIMEOUT, batches
from graph_schema.cypher import label, restored
from graph_schema.law import Provision
from graph_schema.links import Affects
from graph_schema.values import Effect

Facts = Mapping[str, Any]
Effects = dict[str, Facts]
"""The effects on a provision, by their ids."""

_STANDING = f"""
UNWIND $keys AS key
MATCH (:Identifier {{key: key}})-[:IDENTIFIES]->(p:{label(Provision)})
RETURN key, p.extent AS extent,
       [(p)<-[a:{label(Affects)}]-() WHERE a.source_system = $source AND a.standing <> 'withdrawn' | a {{.*}}]
       AS effects
"""


@dataclass(frozen=True)
class Standing:
    """What is known of a provision from earlier loads."""

    extent: Sequence[str] = ()
    effects: Effects = field(default_factory=dict)


async def complete(graph: Graph, intake: Intake) -> None:
    """Set the intervals of the provisions by what stands, too: a file may know but some effects."""
    keys = [row.key for row in intake.rows if isinstance(row, RecordRow) and row.kind is Provision]
    standing: dict[str, Standing] = {}
    for batch in batches(keys):
        for row in await graph.rows(_STANDING, READ_TIMEOUT, keys=batch, source=SCHEME):
            effects = [restored(Affects, each) for each in row["effects"]]
            by_id: Effects = {each["effect_id"]: each for each in effects}
            standing[row["key"]] = Standing(row["extent"] or (), by_id)
    set_intervals(intake, standing)


def set_intervals(intake: Intake, standing: Mapping[str, Standing]) -> None:
    """Set the intervals of every provision of the intake, by what stands and what the intake states."""
    stated: dict[str, Effects] = {}
    for row in intake.rows:
        if isinstance(row, LinkRow) and row.kind is Affects:
            stated.setdefault(row.target, {})[row.facts["effect_id"]] = row.facts
    for row in intake.rows:
        if isinstance(row, RecordRow) and row.kind is Provision:
            known = standing.get(row.key, Standing())
            effects = known.effects | stated.get(row.key, {})
            read = [_read(named, each) for each in effects.values() if (named := _named(each))]
            row.facts["intervals"] = provisions.intervals(read, row.facts.get("extent") or known.extent)


def _named(facts: Facts) -> provisions.Named | None:
    return provisions.named(facts["affected_text"] or "")


def _read(
    named: provisions.Named, facts: Facts
) -> tuple[Effect, provisions.Named, list[provisions.Interval]]:
    intervals = [{name: part for name, part in each.items() if part} for each in facts["intervals"]]
    return Effect(facts["effect"]), named, intervals
