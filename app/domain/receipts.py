"""Receipts: a request is done once, however often it arrives or its transaction is repeated."""

import json
from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec

from app.domain import ledger
from app.domain.ledger import Answer, Done
from app.errors import AlreadyRunning, KeyReused
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


async def forget(graph: Graph, hours: int = 24) -> None:
    """Remove the receipts older than this."""

    async def remove(tx: Tx) -> None:
        await tx.rows(
            """MATCH (r:Receipt) WHERE r.at < datetime.realtime('UTC') - duration({hours: $hours})
               WITH r LIMIT 10000 DELETE r""",
            hours=hours,
        )

    await graph.write(remove)
