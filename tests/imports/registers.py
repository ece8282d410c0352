"""The registers as tests meet them: whole where they are at hand, or a few rows written for one test."""

import csv
import re
from pathlib import Path
from typing import Any

import pytest

from app import imports
from app.graph import Graph
from app.imports import Adapter, Mode, Report
from app.settings import Settings
from app.who import EVERYTHING, Stamp
from tests.api.conftest import serving

ROOT = Path(__file__).resolve().parents[2]
SEED, PAGE = ROOT / "seed_data", ROOT / "docs" / "registers.md"
WHOLE = Settings().real_data
FOLDERS = {
    "uk-councils": SEED / "uk_councils",
    "legislation-gov-uk": SEED / "legislation_gov_uk",
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


async def load(graph: Graph, name: str, path: Path, mode: Mode = Mode.BEST_EFFORT) -> Report:
    """Load a register with the product's own adapter."""
    chosen = adapter(name)
    return await imports.run(graph, chosen.read(path), chosen.source, Stamp("loader"), mode)


def rows(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    """A CSV file read by the standard library alone."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def write(path: Path, header: str, *some: dict[str, Any], delimiter: str = ",", separator: str = " ") -> None:
    """Write a CSV file: the columns of `header`, parted by `separator`, and a row for each dictionary."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header.split(separator), restval="", delimiter=delimiter)
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


async def refuted(graph: Graph, name: str) -> list[str]:
    """Counts of the register's section in docs/registers.md that the request beside them does not give."""
    section = PAGE.read_text("utf-8").partition(f"## {name}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([\d,.]+) \| .* \| `GET (\S+)` \| `(\S+)` \|$", section, re.M)
    assert rows, f"the page has no section {name}"
    wrong = []
    async with serving(graph, lambda: EVERYTHING) as client:
        for count, request, path in rows:
            found = _read((await client.get(request)).json(), path)
            if str(found) != count.replace(",", ""):
                wrong.append(f"{request}: {found}, not {count}")
    return wrong


def _read(answer: Any, path: str) -> Any:
    """What stands in an answer at a place such as `total` or `rows[state=in_force].effects`."""
    for at, key, value, name in re.findall(r"\[(\d+)\]|\[(\w+)=(\w+)\]|(\w+)", path):
        if name:
            answer = answer[name]
        elif at:
            answer = answer[int(at)]
        else:
            answer = next(each for each in answer if each[key] == value)
    return answer
