"""The one way the past is rewritten: text that must not stand anywhere leaves the ledger and the receipts.

What was done, when, by whom and to what stays; docs/adr says why.
"""

import json
from collections.abc import Callable
from typing import Any

from app.domain.ledger import Answer, written
from app.graph import Tx

Redact = Callable[[Answer], Answer]
"""An envelope without what must not stand in it."""
Words = Callable[[str], str]
"""A text without the words that must not stand in it."""


def as_it_was(answer: Answer) -> Answer:
    """The envelope, left alone."""
    return answer


def as_it_is(text: str) -> str:
    """The text, left alone."""
    return text


async def rewrite(tx: Tx, item: str, redact: Redact, of_reason: Words = as_it_is) -> int:
    """Take something out of all that the ledger and the receipts hold of a record or link.

    Answers how many entries and receipts held it. The caller has the item's lock: what is written later is
    written without it.
    """
    return await _in_ledger(tx, item, redact, of_reason) + await _in_receipts(tx, item, redact)


async def _in_ledger(tx: Tx, item: str, redact: Redact, of_reason: Words) -> int:
    entries = await tx.rows(
        """MATCH (c:Change) WHERE c.item = $item AND c.seq > 0
           RETURN c {.seq, .before, .after, .reason} AS c ORDER BY c.seq""",
        item=item,
    )
    changed = []
    for entry in (row["c"] for row in entries):
        new = entry | {side: _redacted(entry[side], redact) for side in ("before", "after")}
        new["reason"] = entry["reason"] and of_reason(entry["reason"])
        if new != entry:
            changed.append(new)
    if changed:
        await tx.rows(
            """UNWIND $changed AS new MATCH (c:Change {seq: new.seq})
               SET c.before = new.before, c.after = new.after, c.reason = new.reason""",
            changed=changed,
        )
    return len(changed)


def _redacted(kept: str | None, redact: Redact) -> str | None:
    return None if kept is None else written(redact(json.loads(kept)))


async def _in_receipts(tx: Tx, item: str, redact: Redact) -> int:
    """Receipts are of the last day. Answers about other things may show the item too."""
    receipts = await tx.rows(
        """MATCH (r:Receipt) WHERE r.answer CONTAINS $item
           RETURN r.key AS key, r.answer AS answer ORDER BY key""",
        item=item,
    )
    changed = []
    for row in receipts:
        answer = written(_walked(json.loads(row["answer"]), item, redact))
        if answer != row["answer"]:
            changed.append({"key": row["key"], "answer": answer})
    if changed:
        await tx.rows(
            "UNWIND $changed AS new MATCH (r:Receipt {key: new.key}) SET r.answer = new.answer",
            changed=changed,
        )
    return len(changed)


def _walked(value: Any, item: str, redact: Redact) -> Any:
    """The answer with everything that shows the item redacted, and the keys of a person too."""
    if isinstance(value, list):
        return [_walked(each, item, redact) for each in value]
    if not isinstance(value, dict):
        return value
    inner = {name: _walked(each, item, redact) for name, each in value.items()}
    return redact(inner) if item in (inner.get("id"), inner.get("person")) else inner
