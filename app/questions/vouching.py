"""For whom an actor acts: the post a board knows it by, not the opaque id that the ledger keeps."""

from collections import defaultdict
from collections.abc import Iterable

from app.questions.core import View
from graph_schema.values import Status

_ACTORS = """
UNWIND $actors AS actor MATCH (a:Actor {id: actor})
RETURN a.id AS id, a.person AS person, a.organisation AS organisation
"""


async def acting_for(view: View, actors: Iterable[str | None]) -> dict[str, str]:
    """The post an actor holds, or several, as this reader sees them; else its organisation; else nothing.

    Who an actor is and where it belongs is in no ledger, so that is as it is today; the posts are as known.
    """
    asked = sorted({each for each in actors if each})
    rows = await view.graph.rows(_ACTORS, actors=asked) if asked else []
    portfolio, people = view.portfolio, {row["person"] for row in rows} - {None}
    held: dict[tuple[str, str], list[str]] = defaultdict(list)
    for holder, of, status, title in portfolio.all("Post").rows("holder", "organisation", "status", "title"):
        if holder in people and of and status is Status.LIVE:
            held[holder, of].append(title)
    called = {
        row["id"]: ", ".join(sorted(held[row["person"], row["organisation"]]))
        or portfolio.organisation_title(row["organisation"])
        for row in rows
    }
    return {id: name for id, name in called.items() if name}
