"""The pages of `docs/` that are read off the code, so that they cannot go stale: `golden-thread docs`."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from inspect import cleandoc
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from app.api import front, openapi
from app.domain.rules import RULES
from app.imports import ADAPTERS
from app.questions import QUESTIONS
from app.questions.core import Answer, Question
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
        "these names, an address that this service serves; `/problems` lists them.",
        "Generated from `app/errors.py` and `app/api/problems.py`.",
        "",
        "| Type | Status | Means | What the service says | What to do |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{each.type}` ({each.title}) | {each.status} | {each.means} | {each.says} | {each.remedy} |"
        for each in front.pages()
    ]
    return _joined(lines)


def questions_page() -> str:
    """Every question, what all of them take and how their pages are to be read."""
    lines = [
        "# Questions",
        "",
        "A question is one GET (`/v1/questions/<name>`), one command (`golden-thread ask <name>`) and one",
        "page, which shows a request and what the fictional council of the [sample](../seed_data/README.md)",
        "answers on one day of its story.",
        "Generated from `app/questions/`.",
        "",
        "| Question | Asks |",
        "|---|---|",
        *(f"| [{each.name}](questions/{each.name}.md) | {each.asks} |" for each in QUESTIONS),
        "",
        "On the pages `{project/WV-004}` stands for the id of the sample's record with that key:",
        "",
        "    curl -s 'http://127.0.0.1:8000/v1/records?identifier=fictional-council%7Cproject/WV-004'",
        "",
        "Each question takes:",
        "",
        *_parameters(Question.model_fields),
        "",
        "An answer is an envelope: a page of `rows`, and what they are true of. With `.csv`, `.jsonl` or",
        "`.xlsx` at the end of the address, or by Accept, it comes as a file of all rows; so does a list.",
        "",
        "| Part | Says |",
        "|---|---|",
        *(f"| `{name}` | {field.description} |" for name, field in Answer.model_fields.items()),
    ]
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


def question_page(question: type[Question], answer: str | None = None) -> str:
    """A question: what it asks, precisely, what the sample answers, its parameters and columns.

    Without an answer the page keeps the one it holds: it takes a database to make one.
    """
    path = question_path(question)
    own = {name: field for name, field in question.model_fields.items() if name not in Question.model_fields}
    told = answer if answer is not None else held_answer(_read(ROOT / path) or "")
    lines = [f"# {question.name}", "", f"**{question.asks}**", "", cleandoc(question.__doc__ or ""), ""]
    lines += ["## For example", "", _BEGIN, told, _END, "", "## Parameters", ""]
    lines += [*_parameters(own), ""] if own else []
    takes = "" if question.takes_known_on() else f" `known_on` is refused: {question.only_now}"
    lines += [
        f"{'And those' if own else 'Those'} that [every question](../questions.md) takes.{takes}",
        "",
        "## Columns",
        "",
        "| Column | Says |",
        "|---|---|",
        *(f"| `{name}` | {field.description} |" for name, field in question.row.model_fields.items()),
    ]
    return _joined(lines)


def question_path(question: type[Question]) -> str:
    """Where the page of a question stands in the repository."""
    return f"docs/questions/{question.name}.md"


_BEGIN, _END = "<!-- the answer: written by `make answers` -->", "<!-- the end of the answer -->"


def held_answer(page: str) -> str:
    """The answer a page of a question holds."""
    return page.partition(f"{_BEGIN}\n")[2].partition(f"\n{_END}")[0]


def _parameters(fields: Mapping[str, FieldInfo]) -> list[str]:
    rows = [f"| `{name}` | {field.description} |" for name, field in fields.items()]
    return ["| Parameter | Says |", "|---|---|", *rows]


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
    **{question_path(each): partial(question_page, each) for each in QUESTIONS},
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
