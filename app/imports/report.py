"""What an import did, row by row, or what it would do."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, get_args

from app.imports.plan import Outcome, Plan
from app.imports.rows import Intake, LinkRow, NotTaken, Remark


@dataclass
class Report:
    """The outcome of an import."""

    source: str
    mode: str
    dry_run: bool = False
    refused: bool = False
    """All or nothing was asked for, and a row was rejected: nothing was written."""
    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(get_args(Outcome), 0))
    by_kind: dict[str, dict[Outcome, int]] = field(default_factory=dict)
    """Kind of record, or label of link -> outcome -> rows."""
    rows: list[Remark] = field(default_factory=list)
    """Every fault of every rejected row."""
    warnings: list[Remark] = field(default_factory=list)
    not_taken: list[NotTaken] = field(default_factory=list)
    plan: Plan = field(default_factory=Plan)
    """What became of each row, by its position in the intake."""

    def as_json(self) -> dict[str, Any]:
        """The report as `--json` prints it."""
        return {
            "counts": dict(self.counts),
            "by_kind": {kind: dict(counts) for kind, counts in sorted(self.by_kind.items())},
            "source": self.source,
            "mode": self.mode,
            "dry_run": self.dry_run,
            "refused": self.refused,
            "rows": [each.as_json() for each in self.rows],
            "warnings": [each.as_json() for each in self.warnings],
            "not_taken": [each.as_json() for each in self.not_taken],
        }

    def count(self, intake: Intake, outcomes: dict[int, Outcome]) -> None:
        """Count what became of each row; rows that could not be read are rejected ones."""
        unread = len({each.place for each in intake.faults})
        totals = Counter(outcomes.values())
        for outcome in get_args(Outcome):
            self.counts[outcome] = totals[outcome] + (unread if outcome == "rejected" else 0)
        for at, outcome in outcomes.items():
            row = intake.rows[at]
            name = row.kind.label if isinstance(row, LinkRow) else row.kind.__name__
            counted = self.by_kind.setdefault(name, dict.fromkeys(get_args(Outcome), 0))
            counted[outcome] += 1
