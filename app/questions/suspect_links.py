"""Which accepted links have gone suspect, and what changed?"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any

from pydantic import Field

from app.portfolio import upkeep
from app.portfolio.surface import Portfolio
from app.questions import projects
from app.questions.core import Found, Named, Question, Row, View
from app.questions.projects import Filters
from app.questions.vouching import acting_for
from graph_schema import KIND_BY_NAME
from graph_schema.core import MEANING, Node
from graph_schema.values import Day, Effect, RecordId

Facts = dict[str, Any]


class Moved(StrEnum):
    """What of a link has changed since somebody last looked."""

    SOURCE, TARGET, LAW = "source", "target", "law"


class SuspectLinksRow(Row):
    """An accepted link, and one thing that changed since it was accepted or reviewed."""

    featured = ("source", "link", "target", "end", "fact", "was", "now", "changed_on", "changed_for")

    id: Annotated[str, Field(description="Id of the link.")]
    link: Annotated[str, Field(description="Kind of the link.")]
    source: Annotated[Named, Field(description="The lower end: the thing done.")]
    target: Annotated[Named, Field(description="The upper end: the thing served or relied on.")]
    reviewed_on: Annotated[date | None, Field(description="Day it was last accepted or reviewed.")]
    end: Annotated[Moved, Field(description="Which end changed; law: an effect on the provision.")]
    fact: Annotated[
        str | None, Field(description="The fact that changed; empty: the ledger does not tell which.")
    ]
    was: Annotated[str | None, Field(description="What it said when the link was last looked at.")]
    now: Annotated[str | None, Field(description="What it says now; of law, the kind of effect.")]
    changed_on: Annotated[date, Field(description="Day of the change; of law, the day the effect begins.")]
    by: Annotated[str | None, Field(description="Who changed it, or recorded the effect.")]
    changed_for: Annotated[
        str | None, Field(description="The post they hold, else their organisation, else `by`.")
    ]
    entry: Annotated[int | None, Field(description="Number of the entry in the ledger.")]
    change: Annotated[Named | None, Field(description="The change in the law, where it is one.")]

    def order(self, by: str) -> list[Any]:
        """Days sort as text; the end, the fact and the change in the law decide between equals."""
        if by == "id":
            return [self.id, self.end, self.fact or "", self.change.id if self.change else "", self.now or ""]
        if by == "changed_on":
            return [self.changed_on.isoformat()]
        return super().order(by)


class SuspectLinks(Question):
    """Accepted links of which an end means something else than when they were last accepted or reviewed, and
    groundings in a provision on which law has had an effect since.

    One row a fact that changed, from what it said then to what it says now, by the ledger. Facts that bear no
    meaning make nothing suspect.
    """

    name, version = "suspect-links", 2
    asks = "Which accepted links have gone suspect, and what changed?"
    row = SuspectLinksRow
    sorts = ("changed_on", "link", "source", "target", "end", "id")
    default_sort = "-changed_on"

    since: Annotated[Day | None, Field(description="Only what changed on this day or later.")] = None
    organisation: Annotated[
        tuple[RecordId, ...],
        Field(max_length=500, description="Only links with an end of one of these organisations."),
    ] = ()

    async def find(self, view: View) -> Found[SuspectLinksRow]:
        """A row a link and thing that changed."""
        moved = [each for each in await _moved(view) if self._asks(each)]
        rows = [*_of_ends(moved, await _pasts(view, moved), view.asked_at.tzinfo)]
        rows += [_of_law(each) for each in await _amended(view) if self._asks(each)]
        called = await acting_for(view, (each.by for each in rows))
        rows = [each.model_copy(update={"changed_for": called.get(each.by or "", each.by)}) for each in rows]
        judgement = projects.judge(view, Filters())
        return Found(
            rows=[each for each in rows if self.since is None or each.changed_on >= self.since],
            denominators=judgement.denominators(),
        )

    def _asks(self, each: "_Suspect") -> bool:
        of = {each.source.organisation, each.target.organisation}
        return not self.organisation or bool(of & set(self.organisation))


@dataclass(frozen=True)
class _End:
    """A record at one end of a link."""

    id: str
    kind: str
    title: str | None
    organisation: str | None
    stamped: str | None = None
    """Its fingerprint when the link was last looked at, if it is another now."""
    changed_at: str = ""

    @property
    def named(self) -> Named:
        return Named(id=self.id, title=self.title)


@dataclass(frozen=True)
class _Suspect:
    """An accepted link that somebody should look at again."""

    id: str
    link: str
    source: _End
    target: _End
    reviewed_on: str | None


async def _moved(view: View) -> list[_Suspect]:
    """The links of which an end means something else than it did."""
    found = []
    for links, *changed in upkeep.moved(view.portfolio):
        ends = {id: both for id, *both in links.rows("id", "source", "target")}
        things = view.portfolio.things(each for both in ends.values() for each in both)
        stated = await view.links(links.kind, ends)
        records = await view.records(each for both in ends.values() for each in both)
        for (id, both), *moved in zip(ends.items(), *changed, strict=True):
            source, target = (
                _End(
                    each, **vars(things[each]), stamped=stated[id][f"{side}_print"] if is_moved else None,
                    changed_at=records[each]["changed_at"],
                )
                for each, side, is_moved in zip(both, ("source", "target"), moved, strict=True)
            )  # fmt: skip
            found.append(_Suspect(id, links.kind, source, target, _reviewed(stated[id])))
    return found


def _reviewed(link: Mapping[str, Any]) -> str | None:
    day: str | None = link["reviewed_on"] or link["accepted_on"]
    return day


@dataclass(frozen=True)
class _Amended(_Suspect):
    """A grounding in a provision on which law has had an effect since."""

    change: Named
    effect: str
    begins: date
    by: str | None


async def _amended(view: View) -> list[_Amended]:
    portfolio = view.portfolio
    groundings = portfolio.links("GROUNDED_IN").rows(
        "id", "source", "target", "to_kind", "holds", "reviewed_on", "accepted_on"
    )
    effects = _effects(portfolio)
    first: dict[tuple[str, str, str], tuple[date, str, tuple[str, str, date]]] = {}
    for id, source, target, kind, holds, *days in groundings:
        reviewed = days[0] or days[1]
        if kind != "Provision" or not holds or reviewed is None:
            continue
        for affects, change, effect, begins in effects.get(target, ()):
            if reviewed < begins <= view.valid_on:
                key = (id, change, effect)
                since, by, ends = first.get(key, (begins, affects, (source, target, reviewed)))
                first[key] = (min(since, begins), min(by, affects), ends)
    things = portfolio.things(
        each for (_, change, _), (_, _, (*ends, _)) in first.items() for each in (change, *ends)
    )
    stated = await view.links("AFFECTS", (by for _, by, _ in first.values()))

    def end(id: str) -> _End:
        return _End(id, **vars(things[id]))

    return [
        _Amended(
            id, "GROUNDED_IN", end(source), end(target), reviewed.isoformat(), end(change).named, effect,
            since, stated[by]["claimed_by"],
        )
        for (id, change, effect), (since, by, (source, target, reviewed)) in first.items()
    ]  # fmt: skip


def _effects(portfolio: Portfolio) -> dict[str, list[tuple[str, str, str, date]]]:
    """By provision the effects on it that count: the link, the change, what it does, when it begins."""
    found: dict[str, list[tuple[str, str, str, date]]] = defaultdict(list)
    for id, change, provision, holds, facts in portfolio.links("AFFECTS").rows(
        "id", "source", "target", "holds", "whole"
    ):
        if holds and facts.effect is not Effect.COMMENCE:
            for entry in facts.intervals:
                if entry.from_ is not None:
                    found[provision].append((id, change, facts.effect.value, entry.from_))
    return found


_ENTRIES = """
UNWIND $asked AS asked
MATCH (c:Change {item: asked.id})
WHERE c.seq <= $upto AND (asked.since IS NULL OR c.recorded_at >= datetime(asked.since))
WITH asked.id AS item, c ORDER BY c.seq
WITH item, collect(c {.seq, .actor, .before, .after, at: toString(c.recorded_at)}) AS entries
RETURN collect({item: item, entries: entries}) AS rows
"""


@dataclass(frozen=True)
class _Past:
    """A record's states since the earliest review that matters, each with the entry that made it."""

    kind: type[Node]
    states: list[tuple[Facts, dict[str, Any] | None]]

    def since(self, print: str) -> list[tuple[Facts, dict[str, Any] | None]]:
        """The last state with this fingerprint, and all that came after; empty where none is kept."""
        found = [at for at, (facts, _) in enumerate(self.states) if self.kind.fingerprint_of(facts) == print]
        return self.states[found[-1] :] if found else []

    def differences(self, print: str) -> Iterator[tuple[str, Any, Any, dict[str, Any]]]:
        """Each fact that says something else than then: its name, what it said and says, the entry."""
        after = self.since(print)
        for name in self.kind.marked(MEANING) if after else ():
            then, now = after[0][0].get(name), after[-1][0].get(name)
            made = [
                entry
                for (before, _), (facts, entry) in pairwise(after)
                if entry and before.get(name) != facts.get(name)
            ]
            if then != now and made:
                yield name, then, now, made[-1]


async def _pasts(view: View, moved: list[_Suspect]) -> dict[str, _Past]:
    """The pasts of the ends that changed, in one statement, none longer than the oldest review asks for."""
    oldest: dict[str, list[str]] = defaultdict(list)
    kinds: dict[str, str] = {}
    for each in moved:
        for end in (each.source, each.target):
            if end.stamped:
                oldest[end.id].append(each.reviewed_on or "")
                kinds[end.id] = end.kind
    asked = [{"id": id, "since": _day_before(min(days))} for id, days in sorted(oldest.items())]
    row = await view.graph.row(_ENTRIES, asked=asked, upto=view.head.number) if asked else None
    return {
        each["item"]: _Past(KIND_BY_NAME[kinds[each["item"]]], _states(each["entries"]))
        for each in (row["rows"] if row else ())
    }


def _day_before(day: str) -> str | None:
    """The beginning of the day before: the ledger's clock is not in the service's time zone."""
    return f"{date.fromisoformat(day) - timedelta(days=1)}T00:00:00Z" if day else None


def _states(entries: list[dict[str, Any]]) -> list[tuple[Facts, dict[str, Any] | None]]:
    first = entries[0]["before"]
    begin = [(json.loads(first)["facts"], None)] if first else []
    return [*begin, *((json.loads(each["after"])["facts"], each) for each in entries)]


def _of_ends(
    moved: list[_Suspect], pasts: dict[str, _Past], zone: tzinfo | None
) -> Iterator[SuspectLinksRow]:
    for each in moved:
        for side, end in ((Moved.SOURCE, each.source), (Moved.TARGET, each.target)):
            if end.stamped is None:
                continue
            past = pasts.get(end.id)
            told = list(past.differences(end.stamped)) if past else []
            for fact, was, now, entry in told:
                yield _row(
                    each,
                    end=side,
                    fact=fact,
                    was=_text(was),
                    now=_text(now),
                    changed_on=_day_of(entry["at"], zone),
                    by=entry["actor"],
                    entry=entry["seq"],
                )
            if not told:
                yield _row(each, end=side, changed_on=_day_of(end.changed_at, zone))


def _day_of(instant: str, zone: tzinfo | None) -> date:
    """The day it was in the service's time zone at an instant of the ledger's clock."""
    return datetime.fromisoformat(instant[:19] + "Z").astimezone(zone).date()


def _of_law(each: _Amended) -> SuspectLinksRow:
    return _row(
        each,
        end=Moved.LAW,
        fact="effect",
        now=each.effect,
        changed_on=each.begins,
        by=each.by,
        change=each.change,
    )


def _row(each: _Suspect, **told: Any) -> SuspectLinksRow:
    nothing: dict[str, Any] = dict.fromkeys(("fact", "was", "now", "by", "changed_for", "entry", "change"))
    return SuspectLinksRow(
        id=each.id,
        link=each.link,
        source=each.source.named,
        target=each.target.named,
        reviewed_on=date.fromisoformat(each.reviewed_on) if each.reviewed_on else None,
        **(nothing | told),
    )


def _text(value: Any) -> str | None:
    if value is None or value == []:
        return None
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
