"""Kill the database and the service in the middle of writes: `python -m tests.durability --kills 20`."""

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import get_args

from rich.console import Console
from rich.table import Table

from tests.durability.counting import Counts, Victim
from tests.durability.trial import Trial


def _table(found: list[Counts]) -> Table:
    table = Table("", *(counts.victim for counts in found), title="Killed in the middle of writes")
    for name in asdict(found[0]):
        if name != "victim":
            table.add_row(name.replace("_", " "), *(str(getattr(counts, name)) for counts in found))
    return table


def main() -> int:
    """Run the trials and print what they found; 1 where a count that must be zero is not."""
    parser = argparse.ArgumentParser(prog="python -m tests.durability", description=__doc__)
    parser.add_argument("--kills", type=int, default=20, help="How often each victim is killed.")
    parser.add_argument("--victim", choices=get_args(Victim), action="append", help="By default both.")
    parser.add_argument("--json", action="store_true", help="Print JSON.")
    asked = parser.parse_args()
    console, found = Console(stderr=True), []
    for victim in asked.victim or get_args(Victim):
        with tempfile.TemporaryDirectory(prefix="durability-") as folder:
            trial = Trial(Path(folder), victim, lambda line: console.print(line, highlight=False))
            found.append(asyncio.run(trial.run(asked.kills)))
    if asked.json:
        Console().print_json(json.dumps([asdict(counts) for counts in found]))
    else:
        Console().print(_table(found))
    return 1 if any(counts.wrong for counts in found) else 0


if __name__ == "__main__":
    sys.exit(main())
