"""Which claims has nobody accepted, who must, and how much money waits for them?"""

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from app.domain.access import Scope
from app.questions import projects, resting
from app.questions.core import Found, Named, Question, Row, Sum, View
from app.questions.parts import accepted, current
from app.questions.resting import Resting
from graph_schema import TWO_KEYS
from graph_schema.cypher import in_dates, labels
from graph_schema.values import RecordId


class WaitingClaimsRow(Row):
    """A claim, who must accept it, since when it waits, and the money behind it."""

    featured = ("owner", "link", "source", "target", "age_days", "projects", "money")

    id: Annotated[str, Field(description="Id of the link.")]
    link: Annotated[str, Field(description="Kind of the link.")]
    owner: Annotated[
        Named | None,
        Field(description="The organisation that must accept; null: the steward of what no council owns."),
    ]
    posts: Annotated[list[Named], Field(description="Posts there that own what is pointed to.")]
    source: Annotated[Named, Field(description="The lower end: the thing done.")]
    target: Annotated[Named, Field(description="The upper end: the thing served or relied on.")]
    claimed_by: Annotated[str | None, Field(description="Who claimed it.")]
    claimed_on: Annotated[date | None, Field(description="Day it was claimed.")]
    age_days: Annotated[int, Field(description="Days from then to the day asked about.")]
    projects: Annotated[int, Field(description="Live projects that lead to it.")]
    money: Annotated[list[Sum], Field(description="Their cost, one sum a bucket; not additive over rows.")]

    def order(self, by: str) -> list[Any]:
        """Owners sort by title, then the oldest first."""
        if by == "owner":
            return [(self.owner and self.owner.title) or "", -self.age_days]
        return super().order(by)


class WaitingClaims(Question):
    """Claims that nobody has accepted or disputed, by who must accept them.

    Money is the cost of the live projects from which something leads to the claim, whatever waits or is in
    doubt on the way. A project behind several claims counts in each row and once in the total.
    """

    name, version = "waiting-claims", 1
    asks = "Which claims has nobody accepted, who must, and how much money waits for them?"
    row = WaitingClaimsRow
    sorts = ("owner", "age_days", "money", "projects", "link", "id")
    default_sort = "owner"

    organisation: Annotated[
        tuple[RecordId, ...], Field(max_length=500, description="Ids of the organisations that must accept.")
    ] = ()
    of: Annotated[
        tuple[RecordId, ...],
        Field(max_length=500, description="Ids of the organisations whose claims they are."),
    ] = ()

    async def find(self, view: View) -> Found[WaitingClaimsRow]:
        """A row a waiting claim."""
        claims = await view.read(
            _claims(view.scope, bool(self.organisation), bool(self.of)),
            owners=list(self.organisation),
            claimants=list(self.of),
        )
        rests = resting.read(view)
        behind = rests.behind([_place(each) for each in claims])
        rows = [_row(each, behind[_place(each)], rests, view.valid_on) for each in claims]
        return Found(
            rows=rows,
            denominators=rests.judgement.denominators(),
            total=rests.money({id for each in behind.values() for id in each}),
            notes=rests.accounts.notes,
        )


def _claims(scope: Scope, by_owner: bool, by_claimant: bool) -> str:
    owner = "CASE WHEN l:GROUNDED_IN THEN n.organisation ELSE m.organisation END"
    owned = "CASE WHEN l:GROUNDED_IN THEN n ELSE m END"
    narrowed = (f" AND {owner} IN $owners" if by_owner else "") + (
        " AND n.organisation IN $claimants" if by_claimant else ""
    )
    return f"""
    MATCH (n:Record)-[l:{labels(TWO_KEYS)}]->(m:Record)
    WHERE l.standing = 'proposed' AND {in_dates("l")} AND {scope.sees("n", "m")}
      AND {current("n")} AND m.status <> 'retired'{narrowed}
    OPTIONAL MATCH (o:Organisation {{id: {owner}}}) WHERE {scope.sees("o")}
    WITH n, l, m, o, {owner} AS owner, {owned} AS owned
    RETURN collect({{
      id: l.id, link: type(l), polarity: l.polarity, claimed_by: l.claimed_by, claimed_on: l.claimed_on,
      source: n {{.id, .title}}, target: m {{.id, .title}}, owner: owner, owner_title: o.title,
      posts: COLLECT {{ MATCH (w:Post)-[k:OWNS]->(owned) WHERE {accepted("k")} AND {scope.sees("w")}
                        RETURN w {{.id, .title}} ORDER BY w.id }}
    }}) AS rows
    """


def _place(claim: dict[str, Any]) -> str:
    return resting.place(claim["source"]["id"], claim["polarity"])


def _row(claim: dict[str, Any], behind: set[str], rests: Resting, day: date) -> WaitingClaimsRow:
    claimed_on = date.fromisoformat(claim["claimed_on"]) if claim["claimed_on"] else None
    return WaitingClaimsRow(
        id=claim["id"],
        link=claim["link"],
        owner=projects.named(claim["owner"], claim["owner_title"]),
        posts=[Named(**each) for each in claim["posts"]],
        source=Named(**claim["source"]),
        target=Named(**claim["target"]),
        claimed_by=claim["claimed_by"],
        claimed_on=claimed_on,
        age_days=(day - claimed_on).days if claimed_on else 0,
        projects=len(behind),
        money=rests.money(behind),
    )
