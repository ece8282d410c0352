"""Which accepted links have gone suspect, and what changed?"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any

from pydantic import Field

from app.domain.access import Scope
from app.questions import projects
from app.questions.core import Found, Named, Question, Row, View
from app.questions.parts import accepted
from app.questions.projects import Filters
from app.questions.vouching import acting_for
from graph_schema import KIND_BY_NAME, TWO_KEYS
from graph_schema.core import MEANING, Node
from graph_schema.cypher import kind_of, labels
from graph_schema.values import Day, RecordId

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
        narrowed = bool(self.organisation)
        given = {"organisations": list(self.organisation)}
        moved = await view.read(_moved(view.scope, narrowed), **given)
        rows = [*_of_ends(moved, await _pasts(view, moved), view.asked_at.tzinfo)]
        rows += [_of_law(each) for each in await view.read(_amended(view.scope, narrowed), **given)]
        called = await acting_for(view, (each.by for each in rows))
        rows = [each.model_copy(update={"changed_for": called.get(each.by or "", each.by)}) for each in rows]
        judgement = projects.judge(view, Filters())
        return Found(
            rows=[each for each in rows if self.since is None or each.changed_on >= self.since],
            denominators=judgement.denominators(),
        )


_REVIEWED = "coalesce(l.reviewed_on, l.accepted_on)"


def _accepted(scope: Scope, kinds: str, target: str, narrowed: bool) -> str:
    ours = " AND (n.organisation IN $organisations OR m.organisation IN $organisations)" if narrowed else ""
    return f"""
    MATCH (n:Record)-[l:{kinds}]->(m:{target})
    WHERE {accepted("l")} AND {scope.sees("n", "m")}{ours}"""


def _moved(scope: Scope, narrowed: bool) -> str:
    return f"""{_accepted(scope, labels(TWO_KEYS), "Record", narrowed)}
      AND (l.source_print <> n.print OR l.target_print <> m.print)
    RETURN collect({{
      link: l {{.id, .source_print, .target_print, reviewed_on: {_REVIEWED}}}, kind: type(l),
      source: n {{.*, kind: {kind_of("n")}}}, target: m {{.*, kind: {kind_of("m")}}}
    }}) AS rows
    """


def _amended(scope: Scope, narrowed: bool) -> str:
    return f"""{_accepted(scope, "GROUNDED_IN", "Provision", narrowed)}
    MATCH (c:LegalChange)-[a:AFFECTS]->(m) WHERE {accepted("a")} AND a.effect <> 'commence'
    WITH n, l, m, c, a, [begins IN a.intervals_from WHERE {_REVIEWED} < begins AND begins <= $day] AS begun
    WHERE size(begun) > 0
    WITH n, l, m, c, a.effect AS effect, min(reduce(first = '9999', b IN begun |
      CASE WHEN b < first THEN b ELSE first END)) AS begins, collect(a.claimed_by)[0] AS by
    RETURN collect({{
      link: l {{.id, reviewed_on: {_REVIEWED}}}, kind: type(l), source: n {{.id, .title}},
      target: m {{.id, .title}}, change: c {{.id, .title}}, effect: effect, begins: begins, by: by
    }}) AS rows
    """


_ENTRIES = """
UNWIND $asked AS asked
MATCH (c:Change {item: asked.id})
WHERE asked.since IS NULL OR c.recorded_at >= datetime(asked.since)
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


async def _pasts(view: View, moved: list[dict[str, Any]]) -> dict[str, _Past]:
    """The pasts of the ends that changed, in one statement, none longer than the oldest review asks for."""
    oldest: dict[str, list[str]] = defaultdict(list)
    kinds: dict[str, str] = {}
    for each in moved:
        for side in ("source", "target"):
            if each["link"][f"{side}_print"] != each[side]["print"]:
                oldest[each[side]["id"]].append(each["link"]["reviewed_on"] or "")
                kinds[each[side]["id"]] = each[side]["kind"]
    asked = [{"id": id, "since": _day_before(min(days))} for id, days in sorted(oldest.items())]
    rows = await view.read(_ENTRIES, asked=asked) if asked else []
    return {row["item"]: _Past(KIND_BY_NAME[kinds[row["item"]]], _states(row["entries"])) for row in rows}


def _day_before(day: str) -> str | None:
    """The beginning of the day before: the ledger's clock is not in the service's time zone."""
    return f"{date.fromisoformat(day) - timedelta(days=1)}T00:00:00Z" if day else None


def _states(entries: list[dict[str, Any]]) -> list[tuple[Facts, dict[str, Any] | None]]:
    first = entries[0]["before"]
    begin = [(json.loads(first)["facts"], None)] if first else []
    return [*begin, *((json.loads(each["after"])["facts"], each) for each in entries)]


def _of_ends(
    moved: list[dict[str, Any]], pasts: dict[str, _Past], zone: tzinfo | None
) -> Iterator[SuspectLinksRow]:
    for each in moved:
        for side in (Moved.SOURCE, Moved.TARGET):
            stamped, end = each["link"][f"{side}_print"], each[side]
            if stamped in (None, end["print"]):
                continue
            past = pasts.get(end["id"])
            told = list(past.differences(stamped)) if past else []
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
                yield _row(each, end=side, changed_on=_day_of(end["changed_at"], zone))


def _day_of(instant: str, zone: tzinfo | None) -> date:
    """The day it was in the service's time zone at an instant of the ledger's clock."""
    return datetime.fromisoformat(instant[:19] + "Z").astimezone(zone).date()


def _of_law(each: dict[str, Any]) -> SuspectLinksRow:
    return _row(
        each,
        end=Moved.LAW,
        fact="effect",
        now=each["effect"],
        changed_on=date.fromisoformat(each["begins"]),
        by=each["by"],
        change=Named(**each["change"]),
    )


def _row(each: dict[str, Any], **told: Any) -> SuspectLinksRow:
    reviewed = each["link"]["reviewed_on"]
    nothing: dict[str, Any] = dict.fromkeys(("fact", "was", "now", "by", "changed_for", "entry", "change"))
    return SuspectLinksRow(
        id=each["link"]["id"],
        link=each["kind"],
        source=Named(id=each["source"]["id"], title=each["source"]["title"]),
        target=Named(id=each["target"]["id"], title=each["target"]["title"]),
        reviewed_on=date.fromisoformat(reviewed) if reviewed else None,
        **(nothing | told),
    )


def _text(value: Any) -> str | None:
    if value is None or value == []:
        return None
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
