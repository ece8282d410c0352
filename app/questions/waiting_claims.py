"""Which claims has nobody accepted, who must, and how much money waits for them?"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from app.portfolio import upkeep
from app.portfolio.rows import Links
from app.questions import projects, resting
from app.questions.core import Found, Named, Question, Row, Sum, View
from app.questions.resting import Resting
from graph_schema import TWO_KEYS
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
        things = _Things(view)
        claims = [each for links in upkeep.waiting(view.portfolio) for each in things.claims(links)]
        claims = [each for each in claims if self._asks(each)]
        said: dict[str, dict[str, Any]] = {}
        for kind in TWO_KEYS:
            said |= await view.links(kind.label, (each.id for each in claims if each.link == kind.label))
        rests = resting.read(view)
        behind = rests.behind([each.place for each in claims])
        return Found(
            rows=[_row(each, said[each.id], behind[each.place], rests, view.valid_on) for each in claims],
            denominators=rests.judgement.denominators(),
            total=rests.money({id for each in behind.values() for id in each}),
            notes=rests.accounts.notes,
        )

    def _asks(self, claim: "_Claim") -> bool:
        return (not self.organisation or (claim.owner and claim.owner.id) in self.organisation) and (
            not self.of or claim.of in self.of
        )


@dataclass(frozen=True)
class _Claim:
    """A claim that waits, and for whom."""

    id: str
    link: str
    source: Named
    target: Named
    place: str
    of: str | None
    """The organisation whose claim it is."""
    owner: Named | None
    posts: tuple[Named, ...]


class _Things:
    """What claims join, who owns it, and which posts do."""

    def __init__(self, view: View) -> None:
        self._portfolio = view.portfolio
        self._titles = dict(view.portfolio.all("Post").rows("id", "title"))
        self._posts: dict[str, set[str]] = defaultdict(set)
        for thing, post, holds in view.portfolio.links("OWNS").rows("target", "source", "holds"):
            if holds:
                self._posts[thing].add(post)

    def claims(self, links: Links) -> Iterator[_Claim]:
        """The claims of one kind. A grounding is its own organisation's to accept."""
        ends = list(links.rows("id", "source", "target"))
        things = self._portfolio.things(each for _, *both in ends for each in both)
        harms = links.optional("polarity")
        for (id, source, target), polarity in zip(ends, harms, strict=True):
            owned = source if links.kind == "GROUNDED_IN" else target
            owner = things[owned].organisation
            yield _Claim(
                id,
                links.kind,
                Named(id=source, title=things[source].title),
                Named(id=target, title=things[target].title),
                resting.place(source, polarity),
                things[source].organisation,
                projects.named(owner, self._portfolio.organisation_title(owner)),
                tuple(
                    Named(id=each, title=self._titles[each]) for each in sorted(self._posts.get(owned, ()))
                ),
            )


def _row(
    claim: _Claim, said: dict[str, Any], behind: set[str], rests: Resting, day: date
) -> WaitingClaimsRow:
    claimed_on = date.fromisoformat(said["claimed_on"]) if said["claimed_on"] else None
    return WaitingClaimsRow(
        id=claim.id,
        link=claim.link,
        owner=claim.owner,
        posts=list(claim.posts),
        source=claim.source,
        target=claim.target,
        claimed_by=said["claimed_by"],
        claimed_on=claimed_on,
        age_days=(day - claimed_on).days if claimed_on else 0,
        projects=len(behind),
        money=rests.money(behind),
    )
