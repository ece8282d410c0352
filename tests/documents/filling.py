"""Documents whose commands are run: each `$` line of a console block is followed by what it answers.

A block is ```console, with `first=12` for the first lines of the output alone, with `refused` where the
service is to say no, with `full` where it takes the sample with all its registers. ```json file=NAME (or csv,
jsonl) is a file that later commands read. `{project/WV-004}` stands for the id of the sample's record with
that key, `{etag of project/WV-004}` for its ETag.
"""

import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from app.questions.core import Question
from tests.documents.running import Ran, Sample

DAY = "2026-12-01"
"""The day on which the pages ask the sample."""

_FENCED = re.compile(r"^```(?P<info>[^\n`]+)\n(?P<body>.*?)^```$", re.M | re.S)
Run = Callable[[str], Awaitable[Ran]]


class Block(NamedTuple):
    """A fenced block of a document."""

    language: str
    notes: tuple[str, ...]
    body: str


def fenced(text: str) -> Iterator[Block]:
    """The blocks of a document."""
    for block in _FENCED.finditer(text):
        language, *notes = block["info"].split()
        yield Block(language, tuple(notes), block["body"])


def commands(body: str) -> list[str]:
    """The commands of a console block, each on one line."""
    return [
        each.removeprefix("$ ").replace("\\\n", " ") for each in re.findall(r"^\$ (?:.*\\\n)*.*$", body, re.M)
    ]


def put_files(text: str, folder: Path) -> None:
    """Write the files that a document names."""
    for block in fenced(text):
        for note in block.notes:
            if note.startswith("file="):
                (folder / note.removeprefix("file=")).write_text(block.body, encoding="utf-8")


async def filled(text: str, run: Run, folder: Path, *, full: bool = False) -> str:
    """The document with every command's output as it is now; files it names are written into the folder.

    `full` runs the blocks that take the full sample, and these alone.
    """
    put_files(text, folder)
    parts, end = [], 0
    for block in _FENCED.finditer(text):
        language, *notes = block["info"].split()
        parts.append(text[end : block.start("body")])
        end = block.start("body")
        if language == "console" and ("full" in notes) == full:
            parts.append(await _answered(block["body"], notes, run))
            end = block.end("body")
    return "".join([*parts, text[end:]])


async def _answered(body: str, notes: list[str], run: Run) -> str:
    lines: list[str] = []
    for command in re.findall(r"^\$ (?:.*\\\n)*.*$", body, re.M):
        ran = await run(command.removeprefix("$ ").replace("\\\n", " "))
        assert ran.refused == ("refused" in notes), f"{command}\n{ran.output}"
        lines += [command, *_first(ran.output.splitlines(), notes)]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _first(lines: list[str], notes: list[str]) -> list[str]:
    wanted = [int(note.removeprefix("first=")) for note in notes if note.startswith("first=")]
    if not wanted or len(lines) <= wanted[0]:
        return lines
    return [*lines[: wanted[0]], "..."]


async def told(question: type[Question], sample: Sample) -> str:
    """What the page of a question says of its example, as a person and as a machine reads it."""
    asked = parse_qsl(question.example)
    asked += [("valid_on", DAY)] if "valid_on" in question.model_fields else []
    asked = [(name, f"{{{value[1:]}}}" if value.startswith("@") else value) for name, value in asked]
    query = urlencode(asked, safe="{}/:,|")
    words = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in asked)
    curl = f"curl -s 'http://127.0.0.1:8000/v1/questions/{question.name}?{query}'"
    template = ["```console", f"$ golden-thread ask {question.name} {words}"]
    template += [
        "```",
        "",
        "As JSON, without what is empty and with lists cut short:",
        "",
        "```console",
        f"$ {curl}",
        "```",
    ]
    return await filled("\n".join(template), sample.run, Path())
