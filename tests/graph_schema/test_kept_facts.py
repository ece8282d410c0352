"""Whatever a kind lets somebody state is kept and read back as it was stated."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.domain import claims, ledger, links, receipts, records, sources
from app.domain.sources import Source
from app.graph import Graph
from app.who import EVERYTHING, Stamp
from graph_schema import LINK_KINDS, NODE_KINDS
from graph_schema.core import Facts, Link, Node
from graph_schema.cypher import restored, stating, stored
from graph_schema.ddl import SERVICE_NODES
from graph_schema.delivery import Decision
from graph_schema.law import Provision
from graph_schema.links import Affects
from graph_schema.people import Person
from graph_schema.policy import Outcome, PolicyGoal

SERVICE = {"id", "revision", "status", "print", "source_system", "changed_at", "stated_kind"}
SERVICE_OF_LINKS = {
    "id", "key", "revision", "source_system", "changed_at", "label", "from", "to", *links.SERVICE,
}  # fmt: skip
LEAST_OF_TEXT = st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs"))
DAYS = st.dates(date(1000, 1, 1), date(9999, 12, 30)).map(date.isoformat)
IDS = st.uuids(version=4).map(lambda each: str(each)[:14] + "7" + str(each)[15:])


def written(schema: dict[str, Any], shared: dict[str, Any]) -> st.SearchStrategy[Any]:
    """JSON that fits a JSON Schema of ours, mostly."""
    if "$ref" in schema:
        return written(shared[schema["$ref"].rpartition("/")[2]], shared)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        branches = [each for each in schema["anyOf"] if each["type" if "type" in each else "$ref"] != "null"]
        numbers = [each for each in branches if each.get("type") == "number"]
        some = st.one_of([written(each, shared) for each in numbers or branches])
        return st.none() | some if {"type": "null"} in schema["anyOf"] else some
    match schema["type"]:
        case "array":
            return st.lists(written(schema["items"], shared), max_size=min(schema.get("maxItems", 9), 4))
        case "object":
            return record(schema, shared)
        case "integer":
            return st.integers(schema.get("minimum", -(2**60)), schema.get("maximum", 2**60))
        case "boolean":
            return st.booleans()
        case "number":
            low, high = schema.get("minimum", -(10**12) + 1), schema.get("maximum", 10**12 - 1)
            return st.decimals(low, high, places=6).map(str)
    return text(schema)


def text(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    """Text, days, ids, addresses, tags, codes, amounts and numbers, told apart by their form."""
    pattern = schema.get("pattern", "")
    if schema.get("format") == "date":
        return DAYS
    if "7[0-9a-f]{3}" in pattern:
        return IDS
    if "http" in pattern:
        return st.just("https://example.org/a?b=c#d")
    if r"(\.\d{2})" in pattern:
        return st.decimals(-(10**14), 10**14, places=2).map(str)
    if pattern:
        return st.from_regex(pattern, fullmatch=True).filter(lambda each: "\n" not in each)
    return st.text(LEAST_OF_TEXT, max_size=min(schema.get("maxLength", 40), 40))


def record(schema: dict[str, Any], shared: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object with all it must have and some of what it may have."""
    fields = {name: written(each, shared) for name, each in schema["properties"].items()}
    must = {name: fields.pop(name) for name in schema.get("required", ())}
    return st.fixed_dictionaries(must, optional=fields)


def facts_of(kind: type[Facts], *without: str) -> st.SearchStrategy[Any]:
    """Facts somebody may state of this kind."""
    schema = kind.model_json_schema()
    for name in without:
        schema["properties"].pop(name, None)

    def sound(stated: dict[str, Any]) -> Any:
        try:
            return kind.model_validate(stated)
        except ValidationError:
            assume(False)

    return record(schema, schema.get("$defs", {})).map(sound)


async def created(graph: Graph, kind: type[Node], facts: Node) -> dict[str, Any]:
    """The answer to the creation of a record. A source may state what people state by acts of their own."""
    stamp = Stamp("someone", source="register")
    return await graph.write(receipts.once, stamp, records.create, kind, facts, stamp, EVERYTHING)


async def true_here(graph: Graph, facts: Node) -> Node:
    """The facts, of a decision made by now, on answers that this ledger has given."""
    if not isinstance(facts, Decision):
        return facts
    head = await ledger.head(graph)
    answers = [each.model_copy(update={"ledger": head.id, "number": head.number}) for each in facts.answers]
    on = facts.on and min(facts.on, date.today())
    return facts.model_copy(update={"answers": tuple(answers), "on": on})


def is_storable(value: Any) -> bool:
    """Whether Neo4j keeps it in a property as it is: a scalar, or a list of one type without null."""
    if isinstance(value, list):
        return len({type(each) for each in value}) <= 1 and all(
            type(each) in (str, int, float, bool) for each in value
        )
    return type(value) in (str, int, float, bool, type(None))


LEAST = {kind: facts_of(kind, *kind.references(), "identifiers") for kind in NODE_KINDS}

LAX = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[
        HealthCheck.filter_too_much,
        HealthCheck.too_slow,
        HealthCheck.function_scoped_fixture,
        HealthCheck.differing_executors,
    ],
)


@pytest.mark.parametrize("kind", [*NODE_KINDS, *LINK_KINDS], ids=lambda kind: kind.__name__)
@LAX
@given(data=st.data())
def test_stored_facts_are_restored(kind: type[Facts], data: st.DataObject) -> None:
    facts = data.draw(facts_of(kind))
    properties = stored(facts)
    assert [name for name, value in properties.items() if not is_storable(value)] == []
    back = restored(kind, properties)
    if isinstance(facts, Node):
        back["identifiers"] = [each.model_dump(mode="json") for each in facts.identifiers]
    assert kind.model_validate(back) == facts
    assert restored(kind, stored(kind.model_validate(back))) | {"identifiers": 0} == back | {"identifiers": 0}
    assert list(back) == list(dict.fromkeys(back))


@pytest.mark.parametrize("kind", NODE_KINDS, ids=lambda kind: kind.__name__)
@settings(LAX, max_examples=4)
@given(data=st.data())
async def test_what_the_database_holds_of_a_record_is_what_was_stated(
    graph: Graph, kind: type[Node], data: st.DataObject
) -> None:
    facts = await true_here(graph, data.draw(facts_of(kind, *kind.references(), "identifiers")))
    made = await created(graph, kind, facts)
    assert await records.get(graph, kind, made["id"], EVERYTHING) == made
    assert kind.model_validate(made["facts"]) == facts


@pytest.mark.parametrize("kind", LINK_KINDS, ids=lambda kind: kind.label)
@settings(LAX, max_examples=4)
@given(data=st.data())
async def test_what_the_database_holds_of_a_link_is_what_was_stated(
    graph: Graph, kind: type[Link], data: st.DataObject
) -> None:
    facts = data.draw(facts_of(kind, *kind.references()))
    source, target = kind.matrix[0][0][0], kind.matrix[0][1][0]
    assume(kind.fault(source, target, facts) is None)
    drawn = [await true_here(graph, data.draw(LEAST[end])) for end in (source, target)]
    ends = [(await created(graph, type(each), each))["id"] for each in drawn]
    await graph.write(
        sources.register, Source("register", "A register", states_acceptance=True), "2026-01-01"
    )
    stamp = Stamp("someone", source="register")
    made = await graph.write(receipts.once, stamp, claims.claim, kind, *ends, facts, stamp, EVERYTHING)
    assert await links.get(graph, kind, made["id"], EVERYTHING) == made
    assert kind.model_validate(made["facts"]) == facts


@pytest.mark.parametrize(
    "value", ["123456789012.123", "-999999999.999999", "0.000001", "999999999999", "1E+11", "-0", "50"]
)
def test_a_number_keeps_its_last_digit(value: str) -> None:
    facts = Outcome.model_validate({"title": "t", "baseline": {"value": value}})
    assert Decimal(restored(Outcome, stored(facts))["baseline"]["value"]) == Decimal(value)


@pytest.mark.parametrize(
    "value", ["123456789012.1234", "999999999.9999999", "1E+12", "NaN", "Infinity", "-1E+400"]
)
def test_a_number_that_would_lose_digits_is_refused(value: str) -> None:
    with pytest.raises(ValidationError):
        Outcome.model_validate({"title": "t", "baseline": {"value": value}})


def test_a_part_that_a_structure_gained_later_is_absent_in_older_records() -> None:
    facts = Provision.model_validate({"title": "t", "force": "duty", "intervals": [{"from": "2026-01-01"}]})
    properties = stored(facts)
    for part in ("to", "extent", "saved_for"):
        del properties[f"intervals_{part}"]
    assert restored(Provision, properties)["intervals"] == facts.model_dump(mode="json")["intervals"]


def test_restored_facts_share_nothing() -> None:
    first, second = (restored(Provision, {"title": "t", "force": "duty"}) for _ in range(2))
    first["extent"].append("E")
    assert second["extent"] == []


@pytest.mark.parametrize("kind", NODE_KINDS, ids=lambda kind: kind.__name__)
def test_no_fact_of_a_record_takes_the_name_of_one_of_the_services_own(kind: type[Node]) -> None:
    assert set(kind.model_fields) & SERVICE == set()


@pytest.mark.parametrize("kind", LINK_KINDS, ids=lambda kind: kind.label)
def test_no_fact_of_a_link_takes_the_name_of_one_of_the_services_own(kind: type[Link]) -> None:
    assert set(kind.model_fields) & SERVICE_OF_LINKS == set()


def test_no_kind_takes_the_label_of_a_node_of_the_services_own() -> None:
    assert {kind.__name__ for kind in NODE_KINDS} & {name for name, _ in SERVICE_NODES} == set()


def test_whether_a_fact_is_stated_can_be_asked_of_each_but_those_that_say_who_somebody_is() -> None:
    assert stating(Affects)["intervals.from"] == "any(each IN {n}.`intervals_from` WHERE each <> '')"
    assert "any(each IN {n}.`intervals_to` WHERE each <> '9999-12-31')" in stating(Affects).values()
    assert stating(PolicyGoal)["tags"] == "size({n}.`tags`) > 0"
    assert not {"name", "contact", "title", "summary"} & stating(Person).keys()
