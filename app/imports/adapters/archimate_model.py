"""An ArchiMate model as its files state it: the Open Exchange form (XML), or Archi's CSV export."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from app.errors import NotFound
from app.imports import xml_parts
from app.imports.folder import Folder
from app.imports.rows import Intake, Place
from app.imports.xml_parts import Format

ELEMENTS, RELATIONS, PROPERTIES = "elements.csv", "relations.csv", "properties.csv"
NAMESPACE = "http://www.opengroup.org/xsd/archimate/3.0/"
"""Of ArchiMate 3.0 to 3.2; schema: http://www.opengroup.org/xsd/archimate/3.1/archimate3_Model.xsd."""
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

Properties = list[tuple[str, str]]


@dataclass
class Concept:
    """An element, or what an element and a relation have in common."""

    place: Place
    id: str
    type: str
    name: str
    documentation: str
    properties: Properties = field(default_factory=list)


@dataclass
class Relation(Concept):
    """A relation between two concepts."""

    source: str = ""
    target: str = ""
    modifiers: tuple[str, ...] = ()
    """What else tells it apart: the strength of an influence, the kind of an access, a direction."""


@dataclass
class Model:
    """Everything taken of a model's files."""

    elements: list[Concept] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    drawn: int = 0
    """Views and folders, which are not taken."""


def read(path: Path, intake: Intake) -> Model:
    """The model of a folder in the CSV form, or of one exchange file."""
    if path.is_dir():
        return _from_csv(path, intake)
    if not path.is_file():
        raise NotFound("There is no such file or folder.")
    return _from_exchange(path)


def _from_csv(path: Path, intake: Intake) -> Model:
    files = Folder(path, intake, _delimiter(path / ELEMENTS))
    files.need(ELEMENTS, RELATIONS, PROPERTIES)
    of: dict[str, Properties] = {}
    for _, cells in files.rows(PROPERTIES, "ID", "Key", "Value"):
        of.setdefault(cells["ID"], []).append((cells["Key"], cells["Value"]))
    model = Model()
    for place, cells in files.rows(ELEMENTS, "ID", "Type", "Name", "Documentation"):
        special = [("Specialization", part) for part in cells.get("Specialization", "").split() if part]
        of.setdefault(cells["ID"], []).extend(special)
        model.elements.append(Concept(**_common(place, cells, of)))
    for place, cells in files.rows(RELATIONS, "ID", "Type", "Name", "Documentation", "Source", "Target"):
        modifiers = tuple(part for part in (cells.get("Modifier", ""),) if part)
        common = _common(place, cells, of)
        common["type"] = common["type"].removesuffix("Relationship")
        model.relations.append(
            Relation(**common, source=cells["Source"], target=cells["Target"], modifiers=modifiers)
        )
    return model


def _delimiter(path: Path) -> str:
    """The delimiter of the header: Archi lets its user choose between comma, semicolon and tab."""
    if not path.is_file():
        return ","
    with path.open("rb") as file:
        header = file.readline(10_000).decode("utf-8", "replace")
    return max(",;\t", key=header.count)


def _common(place: Place, cells: dict[str, str], of: dict[str, Properties]) -> dict[str, Any]:
    id = cells["ID"]
    return {
        "place": place,
        "id": id,
        "type": cells["Type"],
        "name": cells["Name"],
        "documentation": cells["Documentation"],
        "properties": of.get(id, []),
    }


def _from_exchange(path: Path) -> Model:
    model = Model()
    names: dict[str, str] = {}
    for item in xml_parts.parts(path, _FORMAT, _WANTED):
        tag = etree.QName(item).localname
        if not _stands_alone(item):
            continue
        if tag == "element":
            model.elements.append(Concept(**_shared(path, item)))
        elif tag == "relationship":
            model.relations.append(_relation(path, item))
        elif tag == "propertyDefinition":
            names[item.get("identifier", "")] = _text(item, "name") or item.get("name", "")
        else:
            model.drawn += 1
    for concept in (*model.elements, *model.relations):
        concept.properties = [(names.get(key, key), value) for key, value in concept.properties]
    return model


_FORMAT = Format(
    [f"{{{NAMESPACE}}}model"],
    "xml_not_archimate",
    "The file is not a model in the ArchiMate exchange format.",
)
_WANTED = [f"{{{NAMESPACE}}}{tag}" for tag in ("element", "relationship", "propertyDefinition", "view")]


def _stands_alone(part: Any) -> bool:
    """Whether a part is the model's own, not something of the same name inside another."""
    parent = part.getparent()
    return parent is not None and etree.QName(parent).localname in (
        "elements", "relationships", "propertyDefinitions", "diagrams",
    )  # fmt: skip


def _shared(path: Path, item: Any) -> dict[str, Any]:
    return {
        "place": Place(path.name, item.sourceline or 1),
        "id": item.get("identifier", ""),
        "type": item.get(_TYPE, ""),
        "name": _text(item, "name"),
        "documentation": _text(item, "documentation"),
        "properties": [
            (each.get("propertyDefinitionRef", ""), _text(each, "value"))
            for each in item.iterfind(f"{{{NAMESPACE}}}properties/{{{NAMESPACE}}}property")
        ],
    }


def _relation(path: Path, item: Any) -> Relation:
    modifiers = [item.get("accessType", ""), item.get("modifier", "")]
    if item.get("isDirected", "false") == "true":
        modifiers.append("directed")
    return Relation(
        **_shared(path, item),
        source=item.get("source", ""),
        target=item.get("target", ""),
        modifiers=tuple(each for each in modifiers if each),
    )


def _text(item: Any, tag: str) -> str:
    """The first text of that name; the format allows one for each language."""
    found = item.find(f"{{{NAMESPACE}}}{tag}")
    return (found.text or "").strip() if found is not None else ""
