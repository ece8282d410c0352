"""Entries of the ledger as answers show them: who changed which fact of what, from what, to what."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain import ledger
from app.questions.core import View

Facts = Mapping[str, Any]

_SHOWN = ("status", "standing", "accepted_by", "accepted_on", "reviewed_on", "source_print", "target_print")
"""The service's own members that bear on an answer, besides the facts."""
_LONGEST = 200
"""Characters of a value that are shown."""


@dataclass(frozen=True)
class Change:
    """One entry: what it did to one record or link."""

    number: int
    recorded_at: str
    actor: str
    action: str
    item: str
    kind: str
    ends: tuple[str, ...]
    """The record itself, or both ends of the link."""
    before: Facts | None
    after: Facts

    @property
    def facts(self) -> tuple[str, ...]:
        """The names of the facts it changed; none where it made the thing."""
        return () if self.before is None else tuple(name for name, *_ in differences(self.before, self.after))


async def between(view: View, items: Collection[str], since: int, until: int) -> list[Change]:
    """The entries about these things after one number up to another that the reader may see, in order."""
    return [
        Change(
            each["seq"],
            each["recorded_at"],
            each["actor"],
            each["action"],
            each["item"],
            each["kind"],
            (after["from"]["id"], after["to"]["id"])
            if "from" in (after := each["after"])
            else (each["item"],),
            each["before"] and _stated(each["before"]),
            _stated(after),
        )
        for each in await ledger.about(view.graph, items, since, until, view.reader)
    ]


def _stated(state: Facts) -> Facts:
    """What a state says: its facts, and what of the service's own members bears on an answer."""
    return {**state["facts"], **{name: state[name] for name in _SHOWN if name in state}}


def differences(before: Facts, after: Facts) -> Iterator[tuple[str, str | None, str | None]]:
    """Each fact that differs: its name, what it said, what it says."""
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        if was != now:
            yield name, _text(was), _text(now)


def _text(value: Any) -> str | None:
    if value in (None, [], ()):
        return None
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "\N{HORIZONTAL ELLIPSIS}"


def titles(view: View, changes: Iterable[Change]) -> dict[str, str]:
    """By id of the thing, its title as the answer knows it; of a link the titles of both ends."""
    said = {each.item: each for each in changes}
    known = view.portfolio.titles({end for each in said.values() for end in each.ends})
    stated = {id: each.after.get("title") or "" for id, each in said.items()}
    between = " \N{RIGHTWARDS ARROW} "
    return {
        id: between.join(title for end in each.ends if (title := known.get(end) or stated.get(end)))
        for id, each in said.items()
    }
