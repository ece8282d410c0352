"""For whom an actor acts: the post a board knows it by, not the opaque id that the ledger keeps."""

from collections.abc import Iterable

from app.domain.access import Scope
from app.questions.core import View


def _posts(scope: Scope) -> str:
    return f"""
    UNWIND $actors AS actor
    MATCH (a:Actor {{id: actor}})
    OPTIONAL MATCH (o:Organisation {{id: a.organisation}}) WHERE {scope.sees("o")}
    WITH a, o, COLLECT {{
      MATCH (p:Post {{holder: a.person, organisation: a.organisation, status: 'live'}})
      WHERE {scope.sees("p")} RETURN p.title ORDER BY p.title
    }} AS posts
    RETURN collect({{id: a.id, posts: posts, organisation: o.title}}) AS rows
    """


async def acting_for(view: View, actors: Iterable[str | None]) -> dict[str, str]:
    """The post an actor holds, or several, as this reader sees them; else its organisation; else nothing."""
    asked = sorted({each for each in actors if each})
    rows = await view.read(_posts(view.scope), actors=asked) if asked else []
    called = {row["id"]: ", ".join(row["posts"]) or row["organisation"] for row in rows}
    return {id: name for id, name in called.items() if name}
