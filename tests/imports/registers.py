"""The registers as tests meet them: whole where they are at hand, or a few rows written for one test."""

import csv
from pathlib import Path
from typing import Any

import pytest

from app import imports
from app.graph import Graph
from app.imports import Adapter, Report
from app.settings import Settings
from app.who import Stamp

WHOLE = Settings().real_data
FOLDERS = {
    "uk-councils": WHOLE / "uk_councils",
    "legislation-gov-uk": WHOLE / "legislation_gov_uk",
    "canada-infobase": WHOLE / "canada_infobase",
    "archimate": WHOLE / "gemma_archimate",
}


def adapter(name: str) -> Adapter:
    """The adapter of this name."""
    (found,) = (each for each in imports.ADAPTERS if each.name == name)
    return found


def needs(name: str) -> list[pytest.MarkDecorator]:
    """Marks of a test that needs the whole register."""
    folder = FOLDERS[name]
    skipped = pytest.mark.skipif(not folder.is_dir(), reason=f"the full register is not at {folder}")
    return [pytest.mark.real_data, skipped]


async def load(graph: Graph, name: str, path: Path) -> Report:
    """Load a register with the product's own adapter."""
    chosen = adapter(name)
    return await imports.run(graph, chosen.read(path), chosen.source, Stamp("loader"))


def rows(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    """A CSV file read by the standard library alone."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def write(path: Path, header: str, *some: dict[str, Any], delimiter: str = ",") -> None:
    """Write a CSV file: the columns of `header`, parted by spaces, and a row for each dictionary."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header.split(), restval="", delimiter=delimiter)
        writer.writeheader()
        writer.writerows(some)


def unlisted(name: str, folder: Path) -> list[str]:
    """Columns of the register's files that its mapping table does not speak of."""
    stated = {(row.file, column) for row in adapter(name).mapping for column in row.column.split(", ")}
    missing = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file))
        if (path.name, "all") not in stated:
            missing += [f"{path.name}: {each}" for each in header if (path.name, each) not in stated]
    return missing
