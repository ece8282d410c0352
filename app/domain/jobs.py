"""Files as jobs: what was uploaded, and what one process at a time makes of it, under a lease.

A process that dies leaves its lease to run out; another then takes the job up. An import matches its rows by
their keys, so that what was done before is found done. Neither uploads nor jobs are facts: the ledger knows
nothing of them.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from app.domain.authority import Action, Subject, require
from app.domain.ledger import Answer, Done
from app.domain.lists import Page
from app.errors import NotFound
from app.graph import Graph, Row, Tx
from app.who import Caller, Grants, Role, Stamp

LEASE_SECONDS = 30
MOST_ATTEMPTS = 5
"""How often a job is taken up: one that ends the process which runs it would else go round for ever."""
KEPT_DAYS = 7
"""How long a job, and what it told of its rows, is kept."""
UPLOAD_HOURS = 24
_LAST = "~"
"""What every id sorts before."""

_MINE = """(n.actor = $actor
    OR $administers AND ($organisation IS NULL OR coalesce(n.organisation = $organisation, false)))"""


def _who(caller: Caller) -> dict[str, Any]:
    return {
        "actor": caller.actor,
        "administers": Role.ADMINISTRATOR in caller.roles,
        "organisation": caller.organisation,
    }


_NO_UPLOAD = "There is no such upload; an upload is kept for a day."
_NO_JOB = "There is no such job; a job is kept for a week."


def _there(row: Row | None, otherwise: str) -> Row:
    """What was found; to those who may not see it there is none."""
    if row is None:
        raise NotFound(otherwise)
    return row


def may_import(caller: Caller) -> None:
    """Refuse one who may send no files at all; what it may do with each row is decided by row."""
    require(caller, Action.IMPORT, Subject(organisation=caller.organisation, source=caller.source))


async def upload(tx: Tx, given: Mapping[str, Any], stamp: Stamp) -> Done:
    """Note a file that has been taken: its id, name, form and size."""
    may_import(stamp.by)
    kept = {**given, "at": stamp.instant, "actor": stamp.actor, "organisation": stamp.by.organisation}
    await tx.rows("CREATE (n:Upload) SET n = $kept", kept=kept)
    return Done(dict(given) | {"at": stamp.instant})


async def uploaded(graph: Graph, id: str, caller: Caller) -> Row:
    """A file this caller has sent; to others there is none."""
    row = await graph.row(f"MATCH (n:Upload {{id: $id}}) WHERE {_MINE} RETURN n", id=id, **_who(caller))
    return dict(_there(row, _NO_UPLOAD)["n"])


async def drop(tx: Tx, id: str, stamp: Stamp) -> Done:
    """Forget a file that this caller has sent."""
    row = await tx.row(
        f"MATCH (n:Upload {{id: $id}}) WHERE {_MINE} DELETE n RETURN true AS gone", id=id, **_who(stamp.by)
    )
    _there(row, _NO_UPLOAD)
    return Done({"id": id})


async def create(tx: Tx, wanted: Mapping[str, Any], stamp: Stamp) -> Done:
    """A job that waits for a process to run it."""
    may_import(stamp.by)
    id, who = stamp.id(), stamp.by
    row = await tx.row(
        f"""MATCH (n:Upload {{id: $upload}}) WHERE {_MINE}
            CREATE (j:Job {{id: $id, upload: n.id, name: n.name, form: n.form, state: 'waiting',
              created_at: $at, actor: $actor, organisation: $organisation, asked: $asked, caller: $caller}})
            RETURN j""",
        upload=wanted["upload"],
        id=id,
        at=stamp.instant,
        asked=json.dumps(dict(wanted)),
        caller=_written(who),
        **_who(who),
    )
    return Done(shown(_there(row, _NO_UPLOAD)["j"]))


async def get(graph: Graph, id: str, caller: Caller) -> Answer:
    """A job this caller has started; to others there is none."""
    row = await graph.row(f"MATCH (n:Job {{id: $id}}) WHERE {_MINE} RETURN n", id=id, **_who(caller))
    return shown(_there(row, _NO_JOB)["n"])


async def list_of(graph: Graph, caller: Caller, after: str | None, limit: int) -> Page:
    """The jobs this caller has started, or administers, newest first; a page after the job `after`."""
    rows = await graph.rows(
        f"""MATCH (n:Job) WHERE n.id < $after AND {_MINE}
            RETURN n ORDER BY n.id DESC LIMIT $limit""",
        after=after or _LAST,
        limit=limit + 1,
        **_who(caller),
    )
    found = [shown(row["n"]) for row in rows]
    return Page(found[:limit], found[limit - 1]["id"] if len(found) > limit else None)


async def cancel(tx: Tx, id: str, stamp: Stamp) -> Done:
    """End a job; one that runs ends at its next step, and what it has written stays."""
    row = await tx.row(
        f"""MATCH (n:Job {{id: $id}}) WHERE {_MINE} SET n.id = n.id
            WITH n SET n.cancel = CASE WHEN n.state IN ['waiting', 'running'] THEN true END,
              n.finished_at = CASE WHEN n.state = 'waiting' THEN $at ELSE n.finished_at END,
              n.state = CASE WHEN n.state = 'waiting' THEN 'cancelled' ELSE n.state END
            RETURN n""",
        id=id,
        at=stamp.instant,
        **_who(stamp.by),
    )
    return Done(shown(_there(row, _NO_JOB)["n"]))


_DUE = "(n.state = 'waiting' OR n.state = 'running' AND n.lease < datetime.realtime('UTC'))"
_LEASE = "n.lease = datetime.realtime('UTC') + duration({seconds: $seconds})"


async def take(tx: Tx, owner: str, seconds: float, at: str) -> Row | None:
    """The job that has waited longest, or whose lease has run out, now held by this process; None if none."""
    row = await tx.row(
        f"""MATCH (n:Job) WHERE {_DUE} WITH n ORDER BY n.created_at, n.id LIMIT 1
            SET n.id = n.id WITH n WHERE {_DUE}
            SET n.state = 'running', n.owner = $owner, {_LEASE}, n.attempts = coalesce(n.attempts, 0) + 1,
                n.started_at = coalesce(n.started_at, $at)
            RETURN n""",
        owner=owner,
        seconds=seconds,
        at=at,
    )
    return dict(row["n"]) if row else None


async def hold(tx: Tx, id: str, owner: str, seconds: float, read: int, total: int) -> bool:
    """Hold the job a while longer and say how far it is; whether it is still ours, and still wanted."""
    row = await tx.row(
        f"""MATCH (n:Job {{id: $id, owner: $owner, state: 'running'}}) SET n.id = n.id
            WITH n SET {_LEASE}, n.read = $read, n.total = $total
            RETURN coalesce(n.cancel, false) AS cancelled""",
        id=id,
        owner=owner,
        seconds=seconds,
        read=read,
        total=total,
    )
    return row is not None and not row["cancelled"]


async def let_go(tx: Tx, id: str, owner: str) -> None:
    """Leave the job to whoever takes it next; that it was taken does not count against it."""
    await tx.rows(
        """MATCH (n:Job {id: $id, owner: $owner, state: 'running'})
           SET n.lease = datetime.realtime('UTC') - duration({seconds: 1}), n.attempts = n.attempts - 1""",
        id=id,
        owner=owner,
    )


async def finish(tx: Tx, id: str, owner: str, at: str, told: Mapping[str, Any], drops: bool) -> bool:
    """Say how the job ended, if it is still ours to say, and drop its upload unless other jobs wait for it.

    Whether the upload was dropped.
    """
    row = await tx.row(
        """MATCH (n:Job {id: $id, owner: $owner, state: 'running'}) SET n.id = n.id
           WITH n SET n += $told, n.finished_at = $at, n.owner = null, n.lease = null
           WITH n MATCH (u:Upload {id: n.upload})
           WHERE $drops AND NOT EXISTS { (j:Job {upload: n.upload}) WHERE j.state IN ['waiting', 'running'] }
           DELETE u RETURN true AS dropped""",
        id=id,
        owner=owner,
        at=at,
        drops=drops,
        told={name: json.dumps(each) if isinstance(each, dict) else each for name, each in told.items()},
    )
    return row is not None


async def forget(tx: Tx, before_uploads: str, before_jobs: str) -> list[str]:
    """Forget uploads and jobs that are older, but for what is still to be done; answers the ids that stay."""
    await tx.rows(
        """MATCH (n:Upload) WHERE n.at < $before
             AND NOT EXISTS { (j:Job {upload: n.id}) WHERE j.state IN ['waiting', 'running'] }
           DELETE n""",
        before=before_uploads,
    )
    await tx.rows(
        "MATCH (n:Job) WHERE n.created_at < $before AND NOT n.state IN ['waiting', 'running'] DELETE n",
        before=before_jobs,
    )
    rows = await tx.rows("MATCH (n) WHERE n:Upload OR n:Job RETURN n.id AS id")
    return [row["id"] for row in rows]


def asked(job: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked for when the job was started."""
    stated: dict[str, Any] = json.loads(job["asked"])
    return stated


def shown(job: Mapping[str, Any]) -> Answer:
    """The answer that shows a job."""
    stated = asked(job)
    return {
        "id": job["id"],
        "state": job["state"],
        **{name: stated.get(name) for name in ("upload", "kind", "scheme", "mode", "dry_run", "absent")},
        "name": job["name"],
        "rows_read": job.get("read", 0),
        "rows_total": job.get("total"),
        "counts": json.loads(job["counts"]) if job.get("counts") else None,
        "remarks": job.get("remarks", 0),
        "refused_rows": job.get("refused", 0),
        "problem": json.loads(job["problem"]) if job.get("problem") else None,
        "created_at": job["created_at"],
        "started_at": job.get("started_at"),
        "finished_at": job.get("finished_at"),
    }


def _written(caller: Caller) -> str:
    return json.dumps(asdict(caller), default=_sorted)


def _sorted(names: Iterable[str]) -> list[str]:
    return sorted(names)


def caller_of(job: Mapping[str, Any]) -> Caller:
    """Who started the job, as it was then: the job does what it might do, and no more."""
    said = json.loads(job["caller"])
    grants = said["grants"] and Grants(**{name: frozenset(each) for name, each in said["grants"].items()})
    roles = frozenset(Role(each) for each in said["roles"])
    return Caller(**said | {"roles": roles, "grants": grants})
