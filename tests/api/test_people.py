"""Leavers: their posts handed over in one act, a person erased everywhere, a text redacted."""

import json
from typing import Any

from app.graph import Graph
from app.who import Reader
from tests import build
from tests.api.conftest import Client

NAME, STAFF = "Ysolde Quillfeather", "QF-1881"
NOBODY = "01890000-0000-7000-8000-000000000001"


async def _found(graph: Graph, text: str) -> list[str]:
    """Where a text stands in the store: every property of every node and link, in small letters."""
    rows = await graph.rows(
        """MATCH (x) WITH x UNWIND keys(x) AS k
            UNWIND CASE WHEN valueType(x[k]) STARTS WITH 'LIST' THEN x[k] ELSE [x[k]] END AS value
            WITH x, k, value WHERE toLower(toString(value)) CONTAINS $text
            RETURN labels(x)[-1] + '.' + k AS place
            UNION ALL
            MATCH ()-[x]->() WITH x UNWIND keys(x) AS k
            UNWIND CASE WHEN valueType(x[k]) STARTS WITH 'LIST' THEN x[k] ELSE [x[k]] END AS value
            WITH x, k, value WHERE toLower(toString(value)) CONTAINS $text
            RETURN type(x) + '.' + k AS place""",
        text=text.lower(),
    )
    return [row["place"] for row in rows]


async def _ledger(client: Client) -> int:
    return int((await client.get("/health")).json()["ledger"]["number"])


async def _a_person(client: Client, **facts: Any) -> dict[str, Any]:
    return await client.new("persons", **{"title": "Person", **facts})


# Handing over


async def test_all_posts_of_a_leaver_go_to_the_successor_in_one_act(client: Client, graph: Graph) -> None:
    leaver, successor = await _a_person(client), await _a_person(client)
    posts = [await client.new("posts", title=f"Post {at}", holder=leaver["id"]) for at in range(3)]
    other = await client.new("posts", holder=successor["id"])
    retired = await client.new("posts", holder=leaver["id"])
    await client.post(f"/v1/posts/{retired['id']}/retire")
    project = await client.new("projects")
    owns = {"from": posts[0]["id"], "to": project["id"], "facts": {"accountable": True}}
    assert (await client.post("/v1/links/owns", json=owns)).status_code == 201
    head, place = await _ledger(client), f"/v1/persons/{leaver['id']}/handover"
    body = {"to": successor["id"], "reason": "She leaves."}
    answer = await client.post(place, json=body)
    assert answer.status_code == 200
    moved = answer.json()
    assert (moved["from"], moved["to"]) == (leaver["id"], successor["id"])
    assert [each["id"] for each in moved["items"]] == sorted(each["id"] for each in posts)
    assert {each["facts"]["holder"] for each in moved["items"]} == {successor["id"]}
    assert await _ledger(client) == head + 3
    told = (await client.get(f"/v1/posts/{posts[0]['id']}/history")).json()["items"][-1]
    assert (told["action"], told["reason"]) == ("hand_over", "She leaves.")
    assert told["before"]["facts"]["holder"] == leaver["id"]
    assert told["after"] == (await client.get(f"/v1/posts/{posts[0]['id']}")).json()
    assert (await client.get(f"/v1/posts/{other['id']}")).json() == other
    listed = await client.get("/v1/links/owns", params={"to": project["id"]})
    assert listed.json()["items"][0]["from"]["id"] == posts[0]["id"]
    again = await client.post(place, json=body)
    assert (again.status_code, again.json()["items"]) == (200, [])
    assert await _ledger(client) == head + 3


async def test_a_handover_that_cannot_be_is_refused_and_moves_nothing(client: Client) -> None:
    leaver, gone = await _a_person(client), await _a_person(client)
    post = await client.new("posts", holder=leaver["id"])
    await client.post(f"/v1/persons/{gone['id']}/retire")
    place, head = f"/v1/persons/{leaver['id']}/handover", await _ledger(client)
    for to, code in (
        (leaver["id"], "same_person"),
        (gone["id"], "record_retired"),
        (post["id"], "reference_unknown"),
        (NOBODY, "reference_unknown"),
        ("Ysolde", "format"),
    ):
        refused = await client.post(place, json={"to": to})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code)
    missing = await client.post(f"/v1/persons/{NOBODY}/handover", json={"to": leaver["id"]})
    assert missing.status_code == 404
    assert await _ledger(client) == head


# Erasing


async def test_an_erased_person_is_found_nowhere_and_every_record_stands(
    client: Client, graph: Graph
) -> None:
    person = await _a_person(
        client,
        title=NAME,
        name=NAME,
        contact="ysolde.quillfeather@example.org",
        ref=STAFF,
        tags=["staff:QF-1881"],
        identifiers=[{"scheme": "hr", "value": STAFF}],
    )
    place = f"/v1/persons/{person['id']}"
    await client.patch(place, json={"contact": "01632 960983 Quillfeather"}, headers={"If-Match": "*"})
    await client.patch(place, json={}, headers={"If-Match": "*"})
    post = await client.new("posts", holder=person["id"])
    other = await client.new("elements", source_type="Actor")
    related = {"from": other["id"], "to": person["id"], "facts": {"relation": "is"}}
    link = await client.post("/v1/links/relates", json=related)
    assert link.json()["to"]["title"] == NAME
    await _older_entry(graph, person["id"])
    await graph.schema(
        """CREATE (:Actor {id: 'an-actor', person: $id, title: $name, tenant: 't', object: 'o'}),
                  (:Key {id: 'a-key', actor: 'an-actor', title: $name}),
                  (:Receipt {key: 'r', answer: $answer})""",
        id=person["id"],
        name=f"Laptop of {NAME}",
        answer=json.dumps({"id": "a-key", "person": person["id"], "title": f"Laptop of {NAME}"}),
    )
    assert await _found(graph, STAFF)
    counted = await _counted(graph)

    erased = await client.post(f"{place}/erase", json={"reason": "She asked for it."})
    assert erased.status_code == 200
    facts = erased.json()["facts"]
    assert [facts[each] for each in ("name", "contact", "ref", "summary")] == [None] * 4
    assert (facts["title"], facts["tags"], facts["identifiers"]) == ("Person", [], [])
    for text in (NAME, "quillfeather", STAFF, "960983"):
        assert await _found(graph, text) == []
    one_more = {name: counted[name] + 1 for name in ("Change", "Receipt")}
    assert await _counted(graph) == counted | {"Identifier": 0} | one_more
    for path in (place, f"/v1/posts/{post['id']}", f"/v1/elements/{other['id']}", link.headers["Location"]):
        assert (await client.get(path)).status_code == 200
    assert (await client.get(f"/v1/posts/{post['id']}")).json()["facts"]["holder"] == person["id"]
    told = (await client.get(f"{place}/history")).json()["items"]
    assert [each["action"] for each in told][-1] == "erase"
    assert (told[-1]["reason"], told[-1]["actor"]) == ("She asked for it.", "demonstration")
    assert {"name", "contact"} <= set(told[-1]["after"]["redacted"])
    assert (await client.get("/v1/search", params={"q": "Quillfeather"})).json()["items"] == []
    by_key = await client.get("/v1/records", params={"identifier": f"hr|{STAFF}"})
    assert by_key.status_code == 404
    again = await client.post(f"{place}/erase", json={"reason": "She asked for it."})
    assert (again.status_code, again.json()["revision"]) == (200, erased.json()["revision"])


async def _older_entry(graph: Graph, person: str) -> None:
    """Entries of a version before this one held a person's identifiers: put one there."""
    facts = {"identifiers": [{"scheme": "hr", "value": STAFF}], "organisation": None}
    row = await graph.rows("MATCH (c:Change {item: $id}) RETURN c.after AS after ORDER BY c.seq", id=person)
    after = json.loads(row[0]["after"]) | {"facts": facts}
    await graph.schema(
        "MATCH (c:Change {item: $id}) WITH c ORDER BY c.seq LIMIT 1 SET c.after = $after",
        id=person,
        after=json.dumps(after),
    )


async def _counted(graph: Graph) -> dict[str, int]:
    rows = await graph.rows("MATCH (n) UNWIND labels(n) AS label RETURN label, count(*) AS n")
    return {"Identifier": 0} | {row["label"]: row["n"] for row in rows}


async def test_a_person_is_erased_with_a_reason_and_only_a_person(client: Client) -> None:
    person, project = await _a_person(client), await client.new("projects")
    assert (await client.post(f"/v1/persons/{person['id']}/erase", json={})).status_code == 422
    refused = await client.post(f"/v1/persons/{project['id']}/erase", json={"reason": "Because."})
    assert refused.status_code == 404


async def test_only_an_administrator_hands_over_erases_and_redacts(client: Client, as_reader: Any) -> None:
    council = (await client.new("organisations"))["id"]
    person = await _a_person(client, organisation=council)
    project = await client.new("projects", organisation=council)
    theirs = as_reader(Reader(council))
    for path, body in (
        (f"/v1/persons/{person['id']}/handover", {"to": NOBODY}),
        (f"/v1/persons/{person['id']}/erase", {"reason": "R"}),
        (f"/v1/records/{project['id']}/redact", {"field": "summary", "reason": "R"}),
    ):
        refused = await theirs.post(path, json=body)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "role_missing")


# Redacting


async def test_a_passage_leaves_a_text_and_everything_kept_of_its_past(client: Client, graph: Graph) -> None:
    project = await client.new("projects", title=f"Led by {NAME}", summary=f"{NAME} leads. {NAME} decides.")
    goal, place = await client.new("policy-goals", level="corporate"), f"/v1/projects/{project['id']}"
    await client.post("/v1/links/claims", json={"from": project["id"], "to": goal["id"]})
    await client.patch(place, json={"summary": f"Ask {NAME} first."}, headers={"If-Match": "*"})
    await client.patch(place, json={"summary": "Ask first."}, headers={"If-Match": "*"})
    for field in ("summary", "title"):
        answer = await client.post(
            f"/v1/records/{project['id']}/redact",
            json={"field": field, "passages": [NAME], "reason": "Names nobody needs."},
        )
        assert answer.status_code == 200
    assert answer.json()["facts"]["title"] == "Led by [redacted]"
    assert answer.json()["facts"]["summary"] == "Ask first."
    assert await _found(graph, NAME) == []
    told = (await client.get(f"{place}/history")).json()["items"]
    assert [each["action"] for each in told] == ["create", "change", "change", "redact", "redact"]
    assert told[0]["after"]["facts"]["summary"] == "[redacted] leads. [redacted] decides."
    assert (told[3]["after"]["redacted"], told[3]["reason"]) == (["summary"], "Names nobody needs.")
    assert told[4]["before"]["facts"]["title"] == told[4]["after"]["facts"]["title"]
    read = (await client.get(place)).json()
    assert read["facts"] == told[4]["after"]["facts"] and read["revision"] == told[4]["revision"] == 5
    again = await client.post(
        f"/v1/records/{project['id']}/redact",
        json={"field": "title", "passages": [NAME], "reason": "Again."},
    )
    assert (again.status_code, again.json()["revision"]) == (200, 5)


async def test_a_reason_and_a_text_inside_a_structure_are_redacted_too(client: Client, graph: Graph) -> None:
    declared = {"reason": f"{NAME} says so.", "declared_by": "a", "declared_on": "2026-01-01"}
    project = build.a_project(not_applicable=declared | {"expires": "2027-01-01"})
    await build.store(graph, project)
    await client.post(f"/v1/projects/{project.id}/retire", json={"reason": f"{NAME} has left."})
    for field in ("not_applicable/reason", "reason"):
        answer = await client.post(
            f"/v1/records/{project.id}/redact", json={"field": field, "reason": "A name."}
        )
        assert (answer.status_code, answer.json()["status"]) == (200, "retired")
    assert answer.json()["facts"]["not_applicable"]["reason"] == "[redacted]"
    assert await _found(graph, NAME) == []


async def test_a_link_is_redacted_and_keeps_its_standing(client: Client, graph: Graph) -> None:
    project, process = await client.new("projects"), await client.new("processes")
    facts = {"depth": "rules", "rationale": f"{NAME} wants it."}
    claim = {"from": project["id"], "to": process["id"], "facts": facts}
    place = (await client.post("/v1/links/changes", json=claim)).headers["Location"]
    body = {"field": "rationale", "passages": [NAME], "reason": "A name."}
    answer = await client.post(f"{place}/redact", json=body)
    assert answer.status_code == 200
    assert (answer.json()["standing"], answer.json()["revision"]) == ("proposed", 2)
    assert answer.json()["facts"]["rationale"] == "[redacted] wants it."
    assert await _found(graph, NAME) == []


async def test_only_text_is_redacted_and_what_would_break_the_kind_is_refused(client: Client) -> None:
    project = await client.new("projects", title="T" * 1000)
    place = f"/v1/records/{project['id']}/redact"
    for field, passages, code in (
        ("state", [], "not_free_text"),
        ("organisation", [], "not_free_text"),
        ("tags", [], "not_free_text"),
        ("colour", [], "not_free_text"),
        ("title", ["TT"], "too_long"),
        ("title", [""], "too_short"),
    ):
        refused = await client.post(place, json={"field": field, "passages": passages, "reason": "R"})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code), field
    assert (await client.post(place, json={"field": "title"})).status_code == 422
    missing = await client.post(f"/v1/records/{NOBODY}/redact", json={"field": "title", "reason": "R"})
    assert missing.status_code == 404
    assert (await client.get(f"/v1/projects/{project['id']}")).json()["revision"] == 1
