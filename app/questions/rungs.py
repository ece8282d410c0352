"""The verdicts on processes and instruments, by the same table, and the money that reaches them."""

from collections.abc import Iterable

from app.domain.access import Scope
from app.errors import Fault, Invalid
from app.portfolio.verdicts import Quality, verdict
from app.questions import lift, projects
from app.questions.core import Note, View
from app.questions.lift import Lifted
from app.questions.parts import accepted, in_dates
from app.questions.projects import Accounts, Filters, Judged, Judgement
from app.questions.threads import Thread, threads
from graph_schema.values import InstrumentState

_OF_PROJECTS = ("state", "label", "portfolio")
_NOT_ADDITIVE = Note(
    code="not_additive",
    detail="Money of a row is the whole cost of every live project that reaches it, so a project counts in "
    "several rows and the rows are not to be added up.",
)


def _in_scope(kind: str, filters: Filters, scope: Scope, seen: str) -> str:
    conditions = [seen, f"n.status = 'live' AND {in_dates('n')}"]
    if filters.organisation:
        conditions.append("n.organisation IN $organisations")
    if filters.tag:
        conditions.append("all(tag IN $tags WHERE tag IN n.tags)")
    if filters.owner:
        conditions.append(
            f"EXISTS {{ MATCH (w:Post)-[o:OWNS]->(n) WHERE w.id IN $owners AND {accepted('o')}"
            f" AND {scope.sees('w')} }}"
        )
    return f"""
    MATCH (n:{kind}) WHERE {" AND ".join(conditions)}
    OPTIONAL MATCH (o:Organisation {{id: n.organisation}}) WHERE {scope.sees("o")}
    """


def _seen(kind: str, filters: Filters, scope: Scope) -> str:
    return f"""{_in_scope(kind, filters, scope, scope.sees("n"))}
    RETURN collect({{
      node: n {{.id, .ref, .title, .state, .organisation}}, organisation_title: o.title,
      looked_at: EXISTS {{ MATCH (n)-[:OPERATES|ADVANCES]->(m) WHERE {scope.sees("m")} }}
    }}) AS rows
    """


def _withheld(kind: str, filters: Filters, scope: Scope) -> str:
    outline = Filters(organisation=filters.organisation)
    return f"""{_in_scope(kind, outline, scope, scope.outlines("n"))}
    WITH n.organisation AS organisation, o.title AS title, count(n) AS withheld
    RETURN collect({{organisation: organisation, title: title, withheld: withheld}}) AS rows
    """


async def judge(view: View, kind: str, filters: Filters) -> Judgement:
    """The verdict on every process or instrument the question is about."""
    faults = [
        Fault(f"/{name}", "of_projects_only", "This filter is of projects; leave it out for another kind.")
        for name in _OF_PROJECTS
        if getattr(filters, name)
    ]
    if faults:
        raise Invalid(faults=faults)
    lifted = await lift.lift(view)
    given = {
        "organisations": list(filters.organisation),
        "tags": list(filters.tag),
        "owners": list(filters.owner),
    }
    rows = await view.read(_seen(kind, filters, view.scope), **given)
    hidden = await view.read(_withheld(kind, filters, view.scope), **given)
    return Judgement(
        lifted,
        tuple(
            Judged(
                id=row["node"]["id"],
                ref=row["node"]["ref"],
                title=row["node"]["title"],
                state=InstrumentState(row["node"]["state"]) if row["node"]["state"] else None,
                label=None,
                organisation=projects.named(row["node"]["organisation"], row["organisation_title"]),
                verdict=verdict(
                    lifted.best(row["node"]["id"])[0],
                    duty=lifted.of(row["node"]["id"])["duty"],
                    declared=False,
                    claims=False,
                    looked_at=row["looked_at"],
                ),
                kind=kind,
            )
            for row in rows
        ),
        {projects.named(row["organisation"], row["title"]): row["withheld"] for row in hidden},
    )


async def accounts(view: View, lifted: Lifted, ids: Iterable[str]) -> Accounts:
    """The whole cost of the live projects that reach each of these over links of quality 3 or 4."""
    found = await threads(view, lifted)
    live = {each.id for each in (await projects.judge(view, Filters(), lifted)).projects}
    reaching = {}
    for id in ids:
        own = {id + "+", id + "-"}

        def carries(thread: Thread, own: set[str] = own) -> bool:
            return thread.quality >= Quality.SUSPECT and (thread.target_quality > 0 or thread.target in own)

        reaching[id] = {place[:-1] for place in found.upstream(own, carries)} & live
    told = await projects.accounts(view, {each for some in reaching.values() for each in some})
    costs = {
        id: projects.added(sum_ for project in sorted(some) for sum_ in told.costs.get(project, ()))
        for id, some in reaching.items()
    }
    return Accounts(costs, [], {}, [], (_NOT_ADDITIVE, *told.notes))
