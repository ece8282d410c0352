"""What waits for somebody: claims, disputes, suspect links, reviews and declarations, the oldest first."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.domain import links, lists, records
from app.domain.access import Scope
from app.domain.ledger import Answer
from app.errors import Fault, Invalid
from app.graph import Graph
from app.who import Caller
from graph_schema import TWO_KEYS
from graph_schema.cypher import in_dates, labels
from graph_schema.links import GroundedIn

NOTICE_DAYS = 60
"""How long before a declaration expires it is spoken of."""

_OWNED = tuple(kind for kind in TWO_KEYS if kind is not GroundedIn)

_MINE = f"""
CALL () {{
  MATCH (n:PolicyGoal|PolicyInstrument|Process|Project) WHERE $everything OR n.organisation = $organisation
  RETURN n.id AS id
  UNION
  MATCH (p:Post {{status: 'live', holder: $person}})-[w:OWNS]->(n:Record)
  WHERE w.standing <> 'withdrawn' AND {in_dates("w", "$today")} AND {in_dates("p", "$today")}
  RETURN n.id AS id
}}
RETURN collect(id) AS mine, COLLECT {{
  MATCH (p:Post {{status: 'live', holder: $person, discipline: 'legal'}})
  WHERE p.organisation IS NOT NULL AND {in_dates("p", "$today")}
  RETURN DISTINCT p.organisation
}} AS legal
"""


def _day_of(instant: str) -> str:
    """Cypher for the day it was at an instant, as the calendar of `$zone` says."""
    return f"toString(date(datetime({{datetime: datetime({instant}), timezone: $zone}})))"


_STANDS = "r.standing = 'accepted'"
_MOVED_AT = """CASE WHEN r.source_print = a.print OR a.changed_at < b.changed_at
    THEN b.changed_at ELSE a.changed_at END"""
_LAW_BEGAN = f"""COLLECT {{
    MATCH (:LegalChange)-[e:AFFECTS]->(b) WHERE r:GROUNDED_IN AND b:Provision AND e.standing = 'accepted'
      AND {in_dates("e", "$today")} AND e.effect <> 'commence'
    UNWIND e.intervals_from AS begins
    WITH begins WHERE coalesce(r.reviewed_on, r.accepted_on) < begins AND begins <= $today
    RETURN begins ORDER BY begins LIMIT 1
  }}[0]"""
"""Day of the first effect of law on the provision since the grounding was reviewed; null without one."""
_MATTERS = f"""[m IN [
  {{what: 'waiting_claim', since: r.claimed_on, holds: r.standing = 'proposed'}},
  {{what: 'dispute', since: {_day_of("r.changed_at")}, holds: r.standing = 'disputed'}},
  {{what: 'suspect_link',
    holds: {_STANDS} AND (r.source_print <> a.print OR r.target_print <> b.print),
    since: {_day_of(_MOVED_AT)}}},
  {{what: 'law_changed', since: began, holds: {_STANDS} AND began IS NOT NULL}},
  {{what: 'review_due', since: r.review_due,
    holds: {_STANDS} AND r.review_due <= $today AND coalesce(r.reviewed_on < r.review_due, true)}}
] WHERE m.holds]"""


def _found(scope: Scope) -> str:
    """Cypher that gives every matter of the reader's as `since`, `what`, `id`, `link` and `record`."""
    sees = scope.sees("a", "b")
    link = f"m.since AS since, m.what AS what, r.id AS id, {links.LOADED} AS link, null AS record"
    return f"""
    CALL () {{
      UNWIND $mine AS mine
      MATCH (b:Record {{id: mine}})<-[r:{labels(_OWNED)}]-(a:Record)
      WHERE r.standing <> 'withdrawn' AND {sees}
      WITH a, r, b, null AS began
      UNWIND {_MATTERS} AS m
      RETURN {link}
      UNION ALL
      MATCH (a:PolicyGoal|PolicyInstrument|Process)-[r:GROUNDED_IN]->(b:Record)
      WHERE (a.organisation IN $legal OR $everything OR (a.organisation IS NULL AND a.id IN $mine))
        AND r.standing <> 'withdrawn' AND {sees}
      WITH a, r, b, {_LAW_BEGAN} AS began
      UNWIND {_MATTERS} AS m
      RETURN {link}
      UNION ALL
      UNWIND $mine AS mine
      MATCH (n:Project {{id: mine, status: 'live'}})
      WHERE n.not_applicable_expires IS NOT NULL AND {scope.sees("n")}
        AND (n.not_applicable_accepted_by IS NULL OR n.not_applicable_expires <= $notice)
      RETURN CASE WHEN n.not_applicable_accepted_by IS NULL THEN n.not_applicable_declared_on
                  ELSE n.not_applicable_expires END AS since,
             CASE WHEN n.not_applicable_accepted_by IS NULL THEN 'waiting_declaration'
                  ELSE 'expiring_declaration' END AS what,
             n.id AS id, null AS link, {records.LOADED} AS record
    }}
    WITH since, what, id, link, record WHERE $after IS NULL OR since + '|' + what + '|' + id > $after
    RETURN since, what, id, link, record ORDER BY since, what, id LIMIT $limit
    """


@dataclass(frozen=True)
class Asked:
    """Which page of the inbox."""

    today: date
    zone: str
    """Name of the time zone of that day."""
    after: str | None = None
    limit: int = 50


async def find(graph: Graph, caller: Caller, asked: Asked) -> lists.Page:
    """What waits for the caller, the oldest first."""
    scope, today = Scope(caller.reader), asked.today.isoformat()
    who: dict[str, Any] = {
        "everything": caller.reader.sees_everything,
        "organisation": caller.organisation,
        "person": caller.person,
    }
    mine = await graph.row(_MINE, today=today, **who) or {"mine": [], "legal": []}
    rows = await graph.rows(
        _found(scope),
        today=today,
        zone=asked.zone,
        notice=(asked.today + timedelta(NOTICE_DAYS)).isoformat(),
        mine=mine["mine"],
        legal=mine["legal"],
        everything=who["everything"],
        after=asked.after,
        limit=asked.limit + 1,
        **scope.parameters,
    )
    page = rows[: asked.limit]
    more = len(rows) > len(page)
    following = "|".join(page[-1][name] for name in ("since", "what", "id")) if more else None
    return lists.Page([_shown(row, asked.today, caller) for row in page], following)


def cursor(text: str | None) -> str | None:
    """The cursor of a page, if it is one of an inbox."""
    if text is not None and text.count("|") != 2:
        says = "The cursor is not one of this list; begin at the first page."
        raise Invalid(faults=[Fault("/after", "bad_cursor", says)])
    return text


def _shown(row: dict[str, Any], today: date, caller: Caller) -> Answer:
    """One matter: what, since when, and the link or record itself."""
    link, record = row["link"], row["record"]
    return {
        "what": row["what"],
        "since": row["since"],
        "age_days": (today - date.fromisoformat(row["since"])).days,
        "own_claim": bool(link) and link["claimed_by"] in caller.names,
        "link": link and links.envelope(link),
        "record": record and records.envelope(record),
    }
