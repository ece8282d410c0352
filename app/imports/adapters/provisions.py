"""Which provision a citation such as `s. 28B(2)` or `Sch. 1 para. 15` names, and when it has force."""

import re
from dataclasses import dataclass

from graph_schema.values import Effect

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

Interval = dict[str, str]


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


def intervals(effects: list[tuple[Effect, Named, list[Interval]]]) -> list[Interval]:
    """When a provision has force, as far as the effects that commence, insert or repeal it say.

    What commences a part of it only is said to do so; nothing else about a part gives the provision force or
    ends it. Where no effect says when it began, nothing is claimed: without an entry it cannot be relied on.
    """
    entries: list[Interval] = []
    ends: list[str] = []
    for effect, provision, given in effects:
        if effect is Effect.REPEAL and not provision.part:
            ends += [each["from"] for each in given if "from" in each and each["qualification"] == _WHOLLY]
        elif effect is Effect.COMMENCE and provision.part:
            only = f"only {provision.label}{provision.part}"
            entries += [each | {"qualification": only} for each in given]
        elif effect in (Effect.COMMENCE, Effect.INSERT) and not provision.part:
            entries += given
    unique = [dict(each) for each in dict.fromkeys(tuple(sorted(each.items())) for each in entries)]
    closed = [_closed(each, ends) for each in sorted(unique, key=lambda each: each.get("from", "9999"))]
    return closed or ([{"to": max(ends), "ended_by": "repeal"}] if ends else [])


def _closed(entry: Interval, ends: list[str]) -> Interval:
    """The entry up to the first repeal after it began."""
    later = sorted(end for end in ends if end > entry.get("from", ""))
    return entry | {"to": later[0], "ended_by": "repeal"} if later else entry
