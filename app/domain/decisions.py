"""Decisions of boards: what they may say of the answers they rested on."""

from collections.abc import Iterator

from app.errors import Fault, Invalid
from app.graph import Reads, Row, Tx
from app.who import Stamp
from graph_schema.delivery import Decision


async def refuse_false(tx: Tx, decision: Decision, stamp: Stamp) -> None:
    """Refuse a decision to come, and one that rests on what this ledger has not known."""
    wrong = list(faults(decision, await head(tx), stamp))
    if wrong:
        raise Invalid(faults=wrong)


async def head(graph: Reads) -> Row:
    """The ledger's identity and the last number it has given, which no answer can be beyond."""
    rows = await graph.rows("MATCH (l:Ledger {name: 'ledger'}) RETURN l.id AS id, l.next - 1 AS number")
    return rows[0]


def faults(decision: Decision, head: Row, stamp: Stamp) -> Iterator[Fault]:
    """What is false in what a decision says of itself."""
    if decision.on is not None and decision.on > stamp.at.date():
        yield Fault("/on", "decision_in_future", "It has not been decided yet.")
    for at, answer in enumerate(decision.answers):
        if answer.ledger != head["id"]:
            says = "The answer is of another ledger: of another database, or of one since restored."
            yield Fault(f"/answers/{at}/ledger", "ledger_unknown", says)
        elif answer.number > head["number"]:
            says = "The ledger has not given that number yet."
            yield Fault(f"/answers/{at}/number", "number_in_future", says)
