"""What leads to what, and which links need a person's eye, as Cypher text: what the columns are held to."""

from collections.abc import Iterable

from app.domain.access import Scope
from app.questions.core import View
from graph_schema import TWO_KEYS
from graph_schema.cypher import in_dates, labels
from tests.questions.cypher.parts import accepted, current, read


async def steps(
    view: View, ends: Iterable[str], over: Iterable[str], direction: str
) -> dict[str, tuple[int, str]]:
    """For each record that leads to an end over links that wait or are accepted: how many, and to which."""
    found: dict[str, tuple[int, str]] = {}
    nearest = {id: id for id in ends}
    arrived = set(nearest)
    while nearest:
        rows = await read(view, _step(Scope(view.reader), over, direction), frontier=sorted(nearest))
        many = 1 + max((many for many, _ in found.values()), default=0)
        further = {
            row["id"]: min(nearest[each] for each in row["next"]) for row in rows if row["id"] not in found
        }
        found |= {id: (many, to) for id, to in further.items()}
        nearest = {id: to for id, to in further.items() if id not in arrived}
    return found


def _step(scope: Scope, over: Iterable[str], direction: str) -> str:
    kinds = "|".join(f"`{label}`" for label in over)
    arrow = {"out": f"<-[l:{kinds}]-", "in": f"-[l:{kinds}]->", "both": f"-[l:{kinds}]-"}[direction]
    return f"""
    UNWIND $frontier AS id
    MATCH (b:Record {{id: id}}) MATCH (b){arrow}(a:Record)
    WHERE l.standing IN ['accepted', 'proposed'] AND {in_dates("l")}
      AND a.status = 'live' AND {in_dates("a")} AND {scope.sees("a")}
    WITH a, collect(DISTINCT b.id) AS next
    RETURN collect({{id: a.id, next: next}}) AS rows
    """


async def waiting(view: View) -> set[str]:
    """Ids of the claims that wait."""
    return await _ids(
        view,
        f"""l.standing = 'proposed' AND {in_dates("l")} AND {current("n")} AND m.status <> 'retired'
            RETURN collect(l.id) AS rows""",
    )


async def stale(view: View) -> set[str]:
    """Ids of the accepted links on expired evidence, and of those with a review that is due."""
    holds = f"{accepted('l')} AND n.status <> 'retired' AND {in_dates('n')}"
    sees = Scope(view.reader).sees("e")
    expired = f"""{holds} AND EXISTS {{
        MATCH (e:Evidence) WHERE e.id IN l.evidence AND e.expires <= $day AND {sees} }}
        RETURN collect(l.id) AS rows"""
    due = f"""{holds} AND l.review_due <= $day AND coalesce(l.reviewed_on < l.review_due, true)
        RETURN collect(l.id) AS rows"""
    return await _ids(view, expired) | await _ids(view, due)


async def moved(view: View) -> set[str]:
    """Ids of the accepted links an end of which has another fingerprint than was reviewed."""
    return await _ids(
        view,
        f"""{accepted("l")} AND (l.source_print <> n.print OR l.target_print <> m.print)
            RETURN collect(l.id) AS rows""",
    )


async def _ids(view: View, so: str) -> set[str]:
    scope = Scope(view.reader)
    text = f"MATCH (n:Record)-[l:{labels(TWO_KEYS)}]->(m:Record) WHERE {scope.sees('n', 'm')} AND {so}"
    return set(await read(view, text))
