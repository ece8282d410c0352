"""Enabling law of Canadian organisations: the instruments one cell names, told apart, each under one key."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

_CHAPTER = r"\bch?\.\s?[A-Z]?[-.]?\d[\d.]*(?:,?\s*\(\d\w+ Supp\.\))?"
_SECTION = r"(?:[,.]\s*ss?\.\s?\d[\d.]*(?:, \d+)*)?\)?"
_REMARK = r"(?:\s\((?:section \d+|original instrument|Current Instrument)\))?"
_AFTER_CITATION = re.compile(
    rf"{_CHAPTER}{_SECTION}{_REMARK}[.,]?\s*(?:and\s+)?(?=[A-Z][\w-]+\s+(?!Supp)[A-Za-z(])"
)
_BEFORE_DECISION = re.compile(
    r"(?<!the)\s(?=Treasury Board Decision|Order-in-Council|Letters Patent (?!pursuant))"
)
_LEAD = re.compile(r"^(?:and |implemented in Canada by (?:the )?)+", re.IGNORECASE)
_SERIES = re.compile(
    r"[\s,]*[\s,(](?P<series>C\.C\.S\.M\.|R\.S\.(?:[A-Z]\.?){0,2}|[SL]\.(?:[A-Z]\.?){1,2})[\s,]*"
    r"(?P<year>\d{4})?[\s,\d-]*(?:(?<=[\s,])(?P<number>[cC]h?\..*))?$",
)
_REST = re.compile(r",\s*Part [IVX]+$")
_COUNCIL = re.compile(r"(?:Order.in.Council )?P\.?C\.?[ -](?P<number>\d{4}[-–][\d/]+)")
_TYPES = (
    (re.compile(r"(?:TB|Treasury Board Decision)\b"), "treasury_board_decision"),
    (_COUNCIL, "order_in_council"),
    (re.compile(r"Letters Patent\b"), "letters_patent"),
    (re.compile(r"Articles of Agreement\b"), "treaty"),
    (re.compile(r".*\bRegulations(?:,? \d{4}.*)?$"), "regulations"),
    (re.compile(r"Act Respecting\b|.*\b(?:Act|Code|Plan)(?:,? \d{4}|,? No\. \d+| \(.*\))?$"), "act"),
)


@dataclass(frozen=True)
class Instrument:
    """One instrument that sets up an organisation."""

    text: str
    """As the cell has it."""
    title: str
    jurisdiction: str
    """`ca`, or a province's letters, from the series its citation names."""
    type: str | None
    """None: nothing tells what it is."""
    year: int | None = None
    number: str | None = None

    @property
    def key(self) -> str:
        """One spelling of jurisdiction and title, so that an Act cited in two ways is one."""
        council = _COUNCIL.match(self.title)
        name = f"pc {council['number']}" if council else self.title.casefold()
        slug = re.sub(r"[\W_]+", "-", name).strip("-").removeprefix("the-")
        return f"{self.jurisdiction}/{slug}"[:400]


def instruments(cell: str) -> list[Instrument]:
    """Every instrument the cell names, in its order."""
    return [_read(part) for part in _parts(cell)]


def _parts(cell: str) -> Iterator[str]:
    for sentence in _outside_brackets(cell):
        cuts = {match.end() for match in _AFTER_CITATION.finditer(sentence)}
        cuts |= {match.end() for match in _BEFORE_DECISION.finditer(sentence)}
        marks = [0, *sorted(cuts), len(sentence)]
        for begin, end in pairwise(marks):
            part = _LEAD.sub("", " ".join(sentence[begin:end].split()).strip(" ,."))
            if part and part.casefold() != "and":
                yield part


def _outside_brackets(cell: str) -> Iterator[str]:
    """The cell cut at semicolons and line ends, except inside brackets."""
    depth, begin = 0, 0
    for at, character in enumerate(cell):
        depth = max(0, depth + (character == "(") - (character == ")"))
        if character in ";\n" and not depth:
            yield cell[begin:at]
            begin = at + 1
    yield cell[begin:]


def _read(text: str) -> Instrument:
    cited = _SERIES.search(text)
    title = _REST.sub("", text[: cited.start()] if cited else text).strip(" ,")
    letters = re.sub(r"\W", "", cited["series"]) if cited else ""
    province = re.sub(r"^(?:R?S|L)C?", "", letters)
    kind = next((name for pattern, name in _TYPES if pattern.match(title)), None)
    return Instrument(
        text,
        title,
        province.casefold() or "ca",
        kind,
        int(cited["year"]) if cited and cited["year"] else None,
        _number(cited["number"]) if cited and cited["number"] else None,
    )


def _number(text: str) -> str:
    chapter = re.match(
        r"[cC]h?\.\s?(?P<number>[A-Z]?[-.]?\d[\d.]*)(?P<supplement>,?\s*\(\d\w+ Supp\.\))?", text
    )
    if not chapter:
        return text[:200]
    supplement = (chapter["supplement"] or "").strip(" ,")
    return f"c. {chapter['number'].rstrip('.')} {supplement}".strip()
