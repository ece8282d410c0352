"""ArchiMate Open Exchange: a part of the graph as architecture tools read it, and back as they wrote it.

What an ArchiMate model brought in goes out as it came: its identifiers, types, properties and relations.
What is the service's own becomes the element that means the nearest; other links become associations.
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from app.domain.ledger import Answer
from app.exports.markup import Markup
from graph_schema import LINK_BY_LABEL

NAMESPACE = "http://www.opengroup.org/xsd/archimate/3.0/"
SCHEME = "archimate"
_ROOT = {
    "xmlns": NAMESPACE,
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi:schemaLocation": f"{NAMESPACE} http://www.opengroup.org/xsd/archimate/3.1/archimate3_Model.xsd",
}
TYPES = {
    "Legislation": "Driver", "Provision": "Requirement", "LegalChange": "Driver", "PolicyGoal": "Goal",
    "PolicyInstrument": "CourseOfAction", "Process": "BusinessProcess", "Project": "WorkPackage",
    "Outcome": "Outcome", "Asset": "ApplicationComponent", "ServiceType": "BusinessService",
    "Organisation": "BusinessActor", "Post": "BusinessRole", "Portfolio": "Plateau",
}  # fmt: skip
"""Kind -> the type of element it is, where no model said so. Records of other kinds are left out."""
_ID = re.compile(r"[A-Za-z_][\w.-]*")
_TYPE = re.compile(r"[A-Z][A-Za-z]+")
_RELATION = re.compile(r"(?P<type>[A-Z][A-Za-z]+)(?:: (?P<name>.*?))?(?: \[(?P<modifiers>[^\[\]]*)\])?")
_LANGUAGE = {"xml:lang": "en"}


class ArchiMate:
    """A model in the exchange format, of elements and relationships, without drawings."""

    def __init__(self) -> None:
        self._xml = Markup()
        self._section = ""
        self._ids: dict[str, str] = {}
        self._definitions: dict[str, str] = {}
        self.left_out: Counter[str] = Counter()
        """What the model does not hold, and how often."""

    def begun(self, about: dict[str, Any]) -> bytes:
        """The model, and what it is true of."""
        self._xml.declare()
        self._xml.begin("model", _ROOT | {"identifier": f"id-{about['ledger']}-{about['number']}"})
        self._xml.leaf("name", "Golden Thread", _LANGUAGE)
        said = ", ".join(f"{name} {value}" for name, value in about.items() if value is not None)
        self._xml.leaf("documentation", said, _LANGUAGE)
        return self._xml.taken()

    def told(self, states: Iterable[Answer]) -> bytes:
        """An element or relationship each."""
        for state in states:
            if "from" in state:
                self._relationship(state)
            else:
                self._element(state)
        return self._xml.taken()

    def ended(self, counts: dict[str, int]) -> bytes:
        """The names of the properties, and what was left out."""
        self._into("propertyDefinitions" if self._definitions else "")
        for name, id in self._definitions.items():
            self._xml.begin("propertyDefinition", {"identifier": id, "type": "string"})
            self._xml.leaf("name", name)
            self._xml.end()
        self._into("")
        if self.left_out:
            said = ", ".join(f"{count} {what}" for what, count in sorted(self.left_out.items()))
            self._xml.comment(f"Left out: {said}.")
        self._xml.end()
        self._xml.line()
        return self._xml.taken()

    def _into(self, section: str) -> None:
        """Go on to a section of the model; sections come in the order the format wants."""
        if section == self._section:
            return
        if self._section:
            self._xml.end()
        self._section = section
        if section:
            self._xml.line()
            self._xml.begin(section)

    def _element(self, state: Answer) -> None:
        facts = state["facts"]
        stated = [tag.removeprefix(f"{SCHEME}:") for tag in facts["tags"] if tag.startswith(f"{SCHEME}:")]
        type_ = next(iter(stated), None) or facts.get("source_type") or TYPES.get(state["kind"])
        if type_ is None or not _TYPE.fullmatch(type_):
            self.left_out[state["kind"]] += 1
            return
        id = self._ids[state["id"]] = _identifier(state)
        self._into("elements")
        self._xml.line()
        self._xml.begin("element", {"identifier": id, "xsi:type": type_})
        self._xml.leaf("name", facts["title"], _LANGUAGE)
        if facts.get("summary"):
            self._xml.leaf("documentation", facts["summary"], _LANGUAGE)
        self._properties([tag for tag in facts["tags"] if not tag.startswith(f"{SCHEME}:")])
        self._xml.end()

    def _properties(self, tags: list[str]) -> None:
        if not tags:
            return
        self._xml.begin("properties")
        for tag in tags:
            name, _, value = tag.partition(":")
            id = self._definitions.setdefault(name, f"propid-{len(self._definitions) + 1}")
            self._xml.begin("property", {"propertyDefinitionRef": id})
            self._xml.leaf("value", value, _LANGUAGE)
            self._xml.end()
        self._xml.end()

    def _relationship(self, state: Answer) -> None:
        ends = [self._ids.get(state[side]["id"]) for side in ("from", "to")]
        if ends[0] is None or ends[1] is None:
            self.left_out[f"{state['kind']} of what is left out"] += 1
            return
        type_, name, told_apart = _relation(state)
        attributes = {"identifier": f"id-{state['id']}", "source": ends[0], "target": ends[1]}
        self._into("relationships")
        self._xml.line()
        self._xml.begin("relationship", attributes | {"xsi:type": type_} | told_apart)
        if name:
            self._xml.leaf("name", name, _LANGUAGE)
        self._xml.end()


def _identifier(state: Answer) -> str:
    """The identifier the model gave the element, or one made of the record's own id."""
    keys = (each["value"] for each in state["facts"]["identifiers"] if each["scheme"] == SCHEME)
    given = next(keys, "")
    return given if _ID.fullmatch(given) else f"id-{state['id']}"


def _relation(state: Answer) -> tuple[str, str, dict[str, str]]:
    """A link's type of relation, its name, and what else the format tells of it."""
    stated = _RELATION.fullmatch(state["facts"].get("relation") or "")
    if state["kind"] != "RELATES" or stated is None:
        words = state["facts"].get("relation") or LINK_BY_LABEL[state["kind"]].reads
        return "Association", words, {"isDirected": "true"}
    told_apart: dict[str, str] = {}
    for modifier in filter(None, (stated["modifiers"] or "").split(", ")):
        if modifier == "directed":
            told_apart["isDirected"] = "true"
        else:
            told_apart["accessType" if stated["type"] == "Access" else "modifier"] = modifier
    return stated["type"], stated["name"] or "", told_apart
