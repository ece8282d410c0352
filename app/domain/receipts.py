"""Receipts: a request is done once, however often it arrives or its transaction is repeated.

A request whose caller gave it a key, so as to send it again, is answered again for a day. After that its key
alone is known, so that it is never done anew unseen.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Concatenate, NamedTuple, ParamSpec

from app.domain import ledger
from app.domain.ledger import Answer, Done
from app.errors import AlreadyRunning, KeyExpired, KeyReused, Refusal
from app.graph import Graph, Row, Tx
from app.who import Stamp

P = ParamSpec("P")

KEPT_HOURS, KNOWN_DAYS = 24, 30
"""How long an answer is kept, and how long the key of a caller's own is known after that."""
PATIENCE_S = 2.0
"""How long a request that a caller sends again waits for the first."""

_OPEN = """
MERGE (r:Receipt {key: $key})
ON CREATE SET r.body = $body, r.at = datetime.realtime('UTC'), r.actor = $actor, r.attempt = $attempt,
              r.named = CASE WHEN $named THEN true END, r.fresh = true
WITH r, coalesce(r.fresh, false) AS fresh
REMOVE r.fresh
RETURN fresh, r.body AS body, r.answer AS answer, r.attempt AS attempt, coalesce(r.expired, false) AS expired
"""


class Repeated(Answer):
    """The answer of an earlier request under the same key, given again."""


async def once(
    tx: Tx,
    stamp: Stamp,
    work: Callable[Concatenate[Tx, P], Awaitable[Done]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Answer:
    """Do the work and enter it in the ledger; or, if this request has been done, give its answer again.

    The receipt comes first in the transaction, under a unique key: a repeat waits for the first attempt. The
    ledger statement comes last.
    """
    receipt = await _opened(tx, stamp)
    if not receipt["fresh"]:
        return _again(receipt, stamp)
    done = await work(tx, *args, **kwargs)
    await ledger.append(tx, done, stamp)
    return done.answer


async def _opened(tx: Tx, stamp: Stamp) -> Row:
    """The request's receipt, made or found. The first request under a key holds it until it has ended."""
    try:
        async with asyncio.timeout(PATIENCE_S if stamp.named else None):
            receipt = await tx.row(
                _OPEN,
                key=stamp.request,
                body=stamp.body,
                actor=stamp.actor,
                attempt=stamp.attempt,
                named=stamp.named,
            )
    except TimeoutError:
        raise AlreadyRunning from None
    assert receipt is not None
    return receipt


def _again(receipt: Row, stamp: Stamp) -> Answer:
    if receipt["body"] != stamp.body:
        raise KeyReused
    if receipt["expired"]:
        raise KeyExpired
    if receipt["answer"] is None:
        raise AlreadyRunning
    answer: Answer = json.loads(receipt["answer"])
    return answer if receipt["attempt"] == stamp.attempt else Repeated(answer)


class Entered(NamedTuple):
    """What a request did to a record or link."""

    action: str
    kind: str
    revision: int


async def entered(graph: Graph, beginning: str) -> dict[str, Entered]:
    """What requests whose keys begin so first did to each record and link, by its id.

    Work of several transactions has a receipt for each, so that one who takes it up again knows what is done.
    """
    rows = await graph.rows(
        """MATCH (r:Receipt) WHERE r.key STARTS WITH $beginning AND r.first IS NOT NULL
           MATCH (c:Change) WHERE c.seq >= r.first AND c.seq <= r.last
           RETURN c.item AS item, c.action AS action, c.kind AS kind, c.revision AS revision
           ORDER BY c.seq DESC""",
        beginning=beginning,
    )
    return {row["item"]: Entered(row["action"], row["kind"], row["revision"]) for row in rows}


_FORGET = """
MATCH (r:Receipt) WHERE r.at < datetime.realtime('UTC') - duration({hours: $hours})
  AND (r.named IS NULL OR r.at < datetime.realtime('UTC') - duration({hours: $hours, days: $days}))
WITH r LIMIT 10000 DELETE r RETURN count(*) AS forgotten
"""
_EXPIRE = """
MATCH (r:Receipt) WHERE r.at < datetime.realtime('UTC') - duration({hours: $hours})
  AND r.named AND r.expired IS NULL
WITH r LIMIT 10000 SET r.expired = true, r.answer = null RETURN count(*) AS forgotten
"""


async def forget(graph: Graph, hours: int = KEPT_HOURS) -> int:
    """Remove receipts older than this, so many at a time; answers how many that were.

    Of a request whose key was the caller's, first the answer alone.
    """

    async def remove(tx: Tx) -> int:
        rows = [await tx.row(query, hours=hours, days=KNOWN_DAYS) for query in (_EXPIRE, _FORGET)]
        return sum(int(row["forgotten"]) for row in rows if row)

    return await graph.write(remove)


async def keep_forgetting(graph: Graph, every_s: float = 3_600.0) -> None:
    """Remove old receipts now and every hour. A database that is away is asked again the next time."""
    while True:
        with contextlib.suppress(Refusal):
            while await forget(graph):
                pass
        await asyncio.sleep(every_s)
