"""The pages of `docs/` that are read off the code, so that they cannot go stale: `golden-thread docs`."""

from collections.abc import Callable, Iterable
from pathlib import Path

from pydantic_core import PydanticUndefined

from app.api import openapi, problems
from app.domain.rules import RULES
from app.imports import ADAPTERS
from app.questions import QUESTIONS
from app.settings import Settings
from graph_schema import published

ROOT = Path(__file__).parent.parent


def settings_page() -> str:
    """Every setting with its default and meaning."""
    lines = [
        "# Settings",
        "",
        "Read once at start from the environment. Generated from `app/settings.py`.",
        "",
        "| Variable | Default | Says |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, PydanticUndefined, ()) else f"`{field.default}`"
        lines.append(f"| `GOLDEN_THREAD_{name.upper()}` | {default} | {field.description} |")
    return _joined(lines)


def problems_page() -> str:
    """Every kind of refusal with its status and what to do."""
    lines = [
        "# Problems",
        "",
        "Every answer that is not a success is an RFC 9457 problem whose `type` ends in one of",
        "these names. Generated from `app/errors.py` and `app/api/problems.py`.",
        "",
        "| Type | Status | Means | What the service says |",
        "|---|---|---|---|",
    ]
    for refusal, (status, title) in sorted(problems.STATUS.items(), key=lambda row: (row[1][0], row[1][1])):
        meaning = (refusal.__doc__ or "").strip().partition("\n")[0]
        lines.append(f"| `{problems.slug(refusal)}` ({title}) | {status} | {meaning} | {refusal.says} |")
    return _joined(lines)


def questions_page() -> str:
    """Every question with its parameters and columns."""
    lines = [
        "# Questions",
        "",
        "A question is one GET (`/v1/questions/<name>`), one command (`golden-thread ask <name>`) and one",
        "page. Generated from `app/questions/`.",
        "",
    ]
    for question in QUESTIONS:
        lines += [f"## {question.name}", "", question.asks, "", (question.__doc__ or "").strip(), ""]
        lines += ["| Parameter | Says |", "|---|---|"]
        lines += [f"| `{name}` | {field.description} |" for name, field in question.model_fields.items()]
        lines += ["", "| Column | Says |", "|---|---|"]
        lines += [f"| `{name}` | {field.description} |" for name, field in question.row.model_fields.items()]
        lines.append("")
    return _joined(lines)


def rules_page() -> str:
    """Every rule over a record and its links, with what to do about what it finds."""
    lines = [
        "# Rules",
        "",
        "What no single fact shows: `GET /v1/records/<id>/findings` tells what they find of a record, and",
        "`POST /v1/<kind>/validate` of one not saved yet. A violation is refused when written over HTTP;",
        "a warning is probably wrong; an information is worth knowing. A file may bring any of them in.",
        "Registering is never blocked by what is missing. Generated from `app/domain/rules/`.",
        "",
        "| Code | Severity | Of | Rule | What to do |",
        "|---|---|---|---|---|",
    ]
    for rule in RULES:
        kinds = ", ".join(kind.__name__ for kind in rule.kinds)
        of = kinds if len(rule.kinds) <= _MOST_NAMED else "every kind but Post and Person"
        lines.append(f"| `{rule.code}` | {rule.severity} | {of} | {rule.says} | {rule.advice} |")
    return _joined(lines)


_MOST_NAMED = 8


def mappings_page() -> str:
    """Where each column of each register goes, or why it is not taken."""
    lines = [
        "# Where each column goes",
        "",
        "`golden-thread load <source> <folder>` takes a register as it is published.",
        "Generated from `app/imports/`.",
        "",
    ]
    for adapter in ADAPTERS:
        lines += [
            f"## {adapter.name}",
            "",
            f"{adapter.source.title}. Licence: {adapter.licence}.",
            "",
            "| File | Column | Becomes | |",
            "|---|---|---|---|",
        ]
        lines += [f"| {each.file} | {each.column} | {each.becomes} | {each.of} |" for each in adapter.mapping]
        lines.append("")
    return _joined(lines)


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "docs/model.md": published.page,
    "docs/questions.md": questions_page,
    "docs/problems.md": problems_page,
    "docs/settings.md": settings_page,
    "docs/rules.md": rules_page,
    "docs/mappings.md": mappings_page,
    "openapi.json": openapi.written,
}
"""Path in the repository -> what writes it."""


def stale() -> list[str]:
    """The pages that differ from what the code says now."""
    return [path for path, written in PAGES.items() if _read(ROOT / path) != written()]


def write() -> list[str]:
    """Write every page that is stale; answers which."""
    changed = stale()
    for path in changed:
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(PAGES[path](), encoding="utf-8")
    return changed


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
