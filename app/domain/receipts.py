"""Receipts: a request is done once, however often it arrives or its transaction is repeated."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec

from app.domain import ledger
from app.domain.ledger import Answer, Done
from app.errors import AlreadyRunning, KeyReused, Refusal
from app.graph import Graph, Tx
from app.who import Stamp

P = ParamSpec("P")

_OPEN = """
MERGE (r:Receipt {key: $key})
ON CREATE SET r.body = $body, r.at = datetime.realtime('UTC'), r.actor = $actor, r.fresh = true
WITH r, coalesce(r.fresh, false) AS fresh
REMOVE r.fresh
RETURN fresh, r.body AS body, r.answer AS answer
"""


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
    receipt = await tx.row(_OPEN, key=stamp.request, body=stamp.body, actor=stamp.actor)
    assert receipt is not None
    if not receipt["fresh"]:
        return _again(receipt, stamp)
    done = await work(tx, *args, **kwargs)
    await ledger.append(tx, done.entries, stamp, done.receipt or done.answer)
    return done.answer


def _again(receipt: dict[str, str | None], stamp: Stamp) -> Answer:
    if receipt["body"] != stamp.body:
        raise KeyReused
    if receipt["answer"] is None:
        raise AlreadyRunning
    answer: Answer = json.loads(receipt["answer"])
    return answer


async def forget(graph: Graph, hours: int = 24) -> int:
    """Remove receipts older than this, so many at a time; answers how many that were."""

    async def remove(tx: Tx) -> int:
        row = await tx.row(
            """MATCH (r:Receipt) WHERE r.at < datetime.realtime('UTC') - duration({hours: $hours})
               WITH r LIMIT 10000 DELETE r RETURN count(*) AS forgotten""",
            hours=hours,
        )
        return int(row["forgotten"]) if row else 0

    return await graph.write(remove)


async def keep_forgetting(graph: Graph, every_s: float = 3_600.0) -> None:
    """Remove old receipts now and every hour. A database that is away is asked again the next time."""
    while True:
        with contextlib.suppress(Refusal):
            while await forget(graph):
                pass
        await asyncio.sleep(every_s)
