"""People who leave: their posts go to a successor in one act, and a person can be erased everywhere."""

from app.domain import past, records, subjects
from app.domain.access import Scope
from app.domain.authority import Action, Subject, may, require
from app.domain.ledger import Answer, Done
from app.errors import Fault, Invalid, NotFound
from app.graph import Row, Tx
from app.who import Reader, Stamp
from graph_schema.core import PERSONAL
from graph_schema.people import Person


async def hand_over(tx: Tx, leaver: str, to: str, stamp: Stamp, reader: Reader) -> Done:
    """Every post in use that the leaver holds, held by the successor; what the posts own stays theirs.

    An entry for each post. Repeated, it finds nothing left to hand over. Posts of an organisation that is
    not the caller's stay with the leaver; which source states a post does not matter.
    """
    require(stamp.by, Action.HAND_OVER, Subject(organisation=stamp.by.organisation))
    await _both(tx, leaver, to, reader)
    scope = Scope(reader)
    rows = await tx.rows(
        f"""MATCH (n:Post) WHERE n.holder = $leaver AND n.id > '' AND {scope.sees("n")}
            WITH n ORDER BY n.id SET n.id = n.id
            WITH n WHERE n.holder = $leaver AND n.status = 'live'
            RETURN {records.LOADED} AS n ORDER BY n.id""",
        leaver=leaver,
        **scope.parameters,
    )
    before = [records.envelope(row["n"]) for row in rows if _is_ours(row["n"], stamp)]
    after = [_held_by(to, each, stamp) for each in before]
    if after:
        await tx.rows(
            """UNWIND $posts AS post MATCH (n:Post {id: post.id})
               SET n.holder = $to, n.revision = post.revision, n.changed_at = $at""",
            posts=[{"id": each["id"], "revision": each["revision"]} for each in after],
            to=to,
            at=stamp.instant,
        )
    entries = tuple(records.entry("hand_over", *each) for each in zip(before, after, strict=True))
    return Done({"from": leaver, "to": to, "items": after}, entries)


def _is_ours(post: Row, stamp: Stamp) -> bool:
    return may(stamp.by, Action.HAND_OVER, Subject(post.get("organisation"), post["source_system"]))


def _held_by(holder: str, post: Answer, stamp: Stamp) -> Answer:
    facts = post["facts"] | {"holder": holder}
    return post | {"facts": facts, "revision": post["revision"] + 1, "changed_at": stamp.instant}


async def _both(tx: Tx, leaver: str, to: str, reader: Reader) -> None:
    """Refuse what cannot be a handover. Takes both persons' locks, in the order of their ids."""
    if leaver == to:
        raise Invalid(faults=[Fault("/to", "same_person", "A person cannot be their own successor.")])
    scope = Scope(reader)
    rows = await tx.rows(
        f"""UNWIND $ids AS id MATCH (n:Person {{id: id}}) WHERE {scope.sees("n")}
            SET n.id = n.id RETURN n.id AS id, n.status AS status""",
        ids=sorted((leaver, to)),
        **scope.parameters,
    )
    status = {row["id"]: row["status"] for row in rows}
    if leaver not in status:
        raise NotFound
    if to not in status:
        raise Invalid(faults=[Fault("/to", "reference_unknown", "There is no Person with this id.")])
    if status[to] == "retired":
        raise Invalid(faults=[Fault("/to", "record_retired", "The person is retired and takes no posts.")])


async def erase(tx: Tx, id: str, stamp: Stamp, reader: Reader) -> Done:
    """The person's record without anything about the person, now and in everything kept of its past.

    The record stays, and with it every post, link and entry that names its id. Its identifiers are deleted:
    a staff number names a person too. Repeated, it changes nothing.
    """
    loaded = await records.read(tx, Person, id, reader)
    await subjects.may_act(tx, Action.ERASE, loaded, stamp)
    before = records.envelope(loaded)
    personal = Person.marked(PERSONAL)
    facts = Person.model_validate(_impersonal(before)["facts"])
    after_facts = records.stated(facts)
    rewritten = await past.rewrite(tx, id, _impersonal)
    await tx.rows(_UNNAMED, id=id, title=Person.__name__)
    if after_facts == before["facts"] and not rewritten:
        return Done(before)
    written = records.properties(
        facts, stamp, loaded["revision"] + 1, loaded["status"], loaded["source_system"]
    )
    await tx.rows(
        """MATCH (n:Person {id: $id}) SET n += $written
           WITH n OPTIONAL MATCH (i:Identifier)-[:IDENTIFIES]->(n) DETACH DELETE i""",
        id=id,
        written=written,
    )
    after = records.shown(Person, id, written, after_facts)
    told = records.entry("erase", before, after | {"redacted": list(personal)})
    return Done(after, (told,), records.entry("erase", None, after).after)


_UNNAMED = """
MATCH (a:Actor {person: $id}) SET a.title = $title, a.tenant = null, a.object = null
WITH a MATCH (k:Key {actor: a.id}) SET k.title = $title
"""
"""What the person signed in with is called nothing any more; its opaque id stands, as in the ledger."""


def _impersonal(answer: Answer) -> Answer:
    """The person's envelope, end of a link, key or actor, without anything about the person."""
    new = answer | {name: None for name in ("tenant", "object") if name in answer}
    if isinstance(answer.get("facts"), dict):
        personal = Person.marked(PERSONAL)
        new["facts"] = {name: value for name, value in answer["facts"].items() if name not in personal}
    if "title" in answer:
        new["title"] = Person.__name__
    return new
