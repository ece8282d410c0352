"""ArchiMate models: what has a kind here becomes it, everything else Element; every relation RELATES."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.domain.sources import Source
from app.imports.adapter import Adapter, Becomes, Column
from app.imports.adapters import archimate_model
from app.imports.adapters.archimate_model import Concept, Model, Relation
from app.imports.rows import Intake, LinkRow, NotTaken, RecordRow, Remark
from graph_schema.core import Node
from graph_schema.delivery import Element, Project
from graph_schema.links import Relates
from graph_schema.policy import Outcome, PolicyGoal, Process

SCHEME = "archimate"
KINDS: dict[str, type[Node]] = {
    "Goal": PolicyGoal,
    "Outcome": Outcome,
    "BusinessProcess": Process,
    "BusinessFunction": Process,
    "WorkPackage": Project,
}
"""Element type -> kind. Every other type is an Element: none of them means what a kind here means."""
_LONGEST_TAG = 200


def read(path: Path) -> Intake:
    """The rows of a model: a folder in the CSV form, or an exchange file."""
    intake = Intake()
    model = archimate_model.read(path, intake)
    for element in model.elements:
        if not element.id:
            intake.faults.append(Remark(element.place, "key_missing", "The element has no identifier."))
            continue
        _element(intake, element)
    _relations(intake, model)
    if model.drawn:
        intake.not_taken.append(NotTaken("views", "drawings of what the records already say", model.drawn))
    return intake


def _element(intake: Intake, element: Concept) -> None:
    kind = KINDS.get(element.type, Element)
    facts: dict[str, Any] = {
        "title": " ".join(element.name.split()) or None,
        "summary": element.documentation or None,
        "tags": list(dict.fromkeys((f"archimate:{element.type}", *_tags(intake, element)))),
    }
    if kind is Element:
        facts["source_type"] = element.type
    if kind is PolicyGoal:
        facts["level"] = "corporate"
        says = "A model says neither who adopted a goal nor when; it stays not adopted, at level corporate."
        intake.warnings.append(Remark(element.place, "not_adopted", says, "/adopted_on"))
    intake.rows.append(RecordRow(element.place, kind, f"{SCHEME}|{element.id}", facts))


def _tags(intake: Intake, element: Concept) -> Iterator[str]:
    for key, value in element.properties:
        scheme = re.sub(r"[^a-z0-9]+", "-", key.casefold()).strip("-") or "property"
        tag = f"{scheme}:{value}"
        if not value:
            continue
        if len(tag) > _LONGEST_TAG or re.search(r"[\r\n\t]", tag):
            says = "A property is too long or has several lines and is not kept: no tag can hold it."
            intake.warnings.append(Remark(element.place, "property_not_kept", says, "/tags"))
            continue
        yield tag


_LEFT_OUT = {
    "relation_onto_relation": ("relations onto relations", "RELATES joins records"),
    "relation_to_itself": ("relations of an element to itself", "a record cannot be linked to itself"),
    "relation_twice": ("relations stated twice", "they join the same two in the same words"),
}
"""Warning -> what is not taken, and why."""


def _relations(intake: Intake, model: Model) -> None:
    """Every relation between two elements; what RELATES cannot hold is listed."""
    relations = {relation.id for relation in model.relations}
    seen: set[tuple[str, str, str]] = set()
    left_out: Counter[str] = Counter()
    for relation in model.relations:
        key = (relation.source, relation.target, _words(relation))
        code = _unfit(relation, relations, key in seen)
        if code:
            left_out[code] += 1
            what, why = _LEFT_OUT[code]
            intake.warnings.append(Remark(relation.place, code, f"Not taken, one of the {what}: {why}."))
            continue
        seen.add(key)
        ends = f"{SCHEME}|{relation.source}", f"{SCHEME}|{relation.target}"
        intake.rows.append(LinkRow(relation.place, Relates, *ends, {"relation": key[2]}))
    intake.not_taken += [NotTaken(*_LEFT_OUT[code], rows) for code, rows in left_out.items()]
    for fact in ("documentation", "properties"):
        if rows := sum(bool(getattr(relation, fact)) for relation in model.relations):
            intake.not_taken.append(NotTaken(f"{fact} of relations", "RELATES has no fact for it", rows))


def _unfit(relation: Relation, relations: set[str], seen: bool) -> str | None:
    if relation.source in relations or relation.target in relations:
        return "relation_onto_relation"
    if relation.source == relation.target:
        return "relation_to_itself"
    return "relation_twice" if seen else None


def _words(relation: Relation) -> str:
    """What the model calls the relation: its type, its name, and what else tells it apart."""
    name = " ".join(relation.name.split())[:700]
    modifiers = f" [{', '.join(relation.modifiers)}]" if relation.modifiers else ""
    return f"{relation.type}: {name}{modifiers}" if name else f"{relation.type}{modifiers}"


_CSV, _XML = "CSV", "exchange file"


def _columns(file: str, *rows: tuple[str, Becomes, str]) -> tuple[Column, ...]:
    return tuple(Column(file, *row) for row in rows)


MAPPING: tuple[Column, ...] = (
    *_columns(
        f"{_CSV}: elements.csv; {_XML}: element",
        ("ID; identifier", "key", f"scheme {SCHEME}"),
        (
            "Type; xsi:type",
            "fact",
            "the kind: "
            + ", ".join(f"{type} is {kind.__name__}" for type, kind in KINDS.items())
            + "; any other is Element, with source_type; also the tag archimate:<type>",
        ),
        ("Name; name", "fact", "title; of several languages the first"),
        ("Documentation; documentation", "fact", "summary; of several languages the first"),
        ("Specialization", "tag", "specialization"),
        ("(assumed)", "fact", "PolicyGoal.level: corporate; never adopted, reported"),
    ),
    *_columns(
        f"{_CSV}: properties.csv; {_XML}: property",
        ("Key, Value", "tag", "of an element: its key in lower case, its value; one too long is reported"),
        ("of relations", "not taken", "RELATES has no fact for them"),
    ),
    *_columns(
        f"{_CSV}: relations.csv; {_XML}: relationship",
        ("Source, Target; source, target", "link", "RELATES, in the direction of the model"),
        (
            "Type, Name, Modifier; xsi:type, name, modifier, accessType, isDirected",
            "fact",
            "RELATES.relation, such as 'Association: name' or 'Access [Read]'",
        ),
        ("ID; identifier", "not taken", "a link is known by its ends and relation"),
        ("Documentation", "not taken", "RELATES has no fact for it"),
        ("relations onto relations", "not taken", "RELATES joins records"),
        ("relations of an element to itself", "not taken", "a record cannot be linked to itself"),
    ),
    *_columns(_XML, ("views, organizations", "not taken", "drawings and folders of what the records say")),
)

ADAPTER = Adapter(
    source=Source("archimate", "An ArchiMate model"),
    licence="the model's own; GEMMA: EUPL",
    attribution=("GEMMA: VNG Realisatie, gemmaonline.nl, EUPL",),
    mapping=MAPPING,
    read=read,
)
