"""The sample: a fictional council as JSON Lines, in stages loaded one after another, one file a kind."""

from datetime import date
from pathlib import Path

from app.domain.sources import Source
from app.errors import NotFound
from app.imports import files, jsonl
from app.imports.rows import Intake
from graph_schema import NODE_KINDS

SAMPLE = Source("fictional-council", "A fictional council with a planted case of everything", True)
"""The sample's source. It states what was accepted, by whom and when, of its own records."""

STORY = (date(2026, 11, 1), date(2027, 6, 30))
"""The first and last day on which the sample shows what its README says."""

_KINDS = {kind.plural: kind for kind in NODE_KINDS}


def read_sample(path: Path) -> list[Intake]:
    """The stages of the sample, in the order in which they are loaded, each in one run.

    A stage is a folder. A file is named for the kind of its records as URLs name it (`policy-goals.jsonl`);
    `links.jsonl` holds links. Later stages change what links were accepted on, as time does.
    """
    stages = sorted(each for each in path.iterdir() if each.is_dir()) if path.is_dir() else []
    if not stages:
        raise NotFound("The folder has no stages of a sample.")
    return [_stage(stage) for stage in stages]


def _stage(folder: Path) -> Intake:
    intake = Intake()
    for file in sorted(folder.glob("*.jsonl")):
        read = files.lines(file.read_bytes(), f"{folder.name}/{file.name}")
        found = jsonl.rows(read, _KINDS.get(file.stem), SAMPLE.name)
        intake.rows += found.rows
        intake.faults += found.faults
    return intake
