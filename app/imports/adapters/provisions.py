"""Which provision a citation such as `s. 28B(2)` or `Sch. 1 para. 15` names, and when it has force."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from graph_schema.values import Effect, Nation

_ONE = re.compile(
    r"(?:sch\. ?(?P<schedule>\d+[A-Z]*)?(?: ?para\. ?(?P<paragraph>\d+[A-Z]*))?"
    r"|(?P<unit>s|reg|art|rule|r)\. ?(?P<number>\d+[A-Z]*))(?P<rest>.*)",
    re.IGNORECASE,
)
_PART = re.compile(
    r"(?:[ -]?\((?:\w+|defn\.)\))*"
    r"(?: (?:heading|title|Table|item \d+)| and (?:preceding )?(?:words?|cross-heading))?",
    re.IGNORECASE,
)
_UNITS = {"s": "section", "reg": "regulation", "art": "article", "rule": "rule", "r": "rule"}
_WHOLLY = "wholly in force"

Interval = dict[str, Any]


@dataclass(frozen=True)
class Named:
    """The one provision a citation names."""

    path: str
    """Where it stands, as in its address: section/28B, schedule/1/paragraph/15."""
    label: str
    part: str
    """What of it is meant, such as (2); empty if all of it."""


def named(citation: str) -> Named | None:
    """The one provision a citation names; None where it names several, a part of an Act, or the whole."""
    found = _ONE.fullmatch(citation)
    if not found or not _PART.fullmatch(found["rest"]):
        return None
    label = citation[: found.start("rest")].strip()
    if found["unit"]:
        path = f"{_UNITS[found['unit'].casefold()]}/{found['number']}"
    elif found["schedule"] or found["paragraph"]:
        parts = ("schedule", found["schedule"], found["paragraph"] and f"paragraph/{found['paragraph']}")
        path = "/".join(part for part in parts if part)
    else:
        return None
    return Named(path, label, found["rest"].strip())


_WRITTEN = {
    "section": "s. {}",
    "regulation": "reg. {}",
    "article": "art. {}",
    "rule": "rule {}",
    "schedule": "Sch. {}",
    "paragraph": "para. {}",
    "part": "Pt. {}",
    "chapter": "Ch. {}",
}


def label(path: str) -> str:
    """How the provision at a path is cited: schedule/1/paragraph/15 is Sch. 1 para. 15."""
    cited, units = [], iter(path.split("/"))
    for unit in units:
        written = _WRITTEN.get(unit, f"{unit} {{}}")
        cited.append(written.format(next(units, "")).strip())
    return " ".join(cited)


def intervals(
    effects: Iterable[tuple[Effect, Named, list[Interval]]], extent: Iterable[str] = ()
) -> list[Interval]:
    """When a provision has force, as far as the effects that commence, insert or repeal it say.

    What commences a part of it only is said to do so; nothing else about a part gives the provision force or
    ends it. Where no effect says when it began, nothing is claimed: without an entry it cannot be relied on.
    The same effects give the same entries, in whatever order they come.
    """
    entries: list[Interval] = []
    ends: list[Interval] = []
    for effect, provision, given in effects:
        if effect is Effect.REPEAL and not provision.part:
            ends += [each for each in given if "from" in each and each.get("qualification") == _WHOLLY]
        elif effect is Effect.COMMENCE and provision.part:
            only = f"only {provision.label}{provision.part}"
            entries += [each | {"qualification": only} for each in given]
        elif effect in (Effect.COMMENCE, Effect.INSERT) and not provision.part:
            entries += given
    whole = frozenset(extent) or frozenset(Nation)
    closed = [piece for each in _unique(entries) for piece in _closed(each, _unique(ends), whole)]
    if closed or not ends:
        return closed
    last = max(_unique(ends), key=_begins)
    where = {"extent": last["extent"]} if set(last.get("extent", whole)) < whole else {}
    return [{"to": last["from"], "ended_by": "repeal"} | where]


def _unique(some: list[Interval]) -> list[Interval]:
    """Each entry once, those that begin earlier first."""
    once = {repr(sorted(each.items())): each for each in some}
    return [once[key] for key in sorted(once, key=lambda key: (_begins(once[key]), key))]


def _begins(entry: Interval) -> str:
    day: str = entry.get("from", "9999")
    return day


def _closed(entry: Interval, ends: list[Interval], whole: frozenset[str]) -> list[Interval]:
    """The entry up to the first repeal after it began; what that leaves of its extent goes on."""
    for end in ends:
        if end["from"] <= entry.get("from", ""):
            continue
        covered = set(entry.get("extent", whole))
        ended = covered & set(end.get("extent", whole))
        if not ended:
            continue
        shut = entry | {"to": end["from"], "ended_by": "repeal"}
        if ended == covered:
            return [shut]
        rest = entry | {"extent": _in_order(covered - ended)}
        return [shut | {"extent": _in_order(ended)}, *_closed(rest, ends, whole)]
    return [entry]


def _in_order(nations: set[str]) -> list[str]:
    return [nation.value for nation in Nation if nation in nations]
