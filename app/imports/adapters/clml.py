"""The elements of CLML, the XML of legislation.gov.uk: what each states, under the names of the tables."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from lxml import etree

from app.imports.adapters.legislation_rows import Cells, Entry, citation, extent_of
from graph_schema.values import Nation

LEG = "{http://www.legislation.gov.uk/namespaces/legislation}"
UKM = "{http://www.legislation.gov.uk/namespaces/metadata}"
DC = "{http://purl.org/dc/elements/1.1/}"
_AS_AFFECTED = "Same as affected"
_NEEDED = ("EffectId", "Type", "AffectingURI", "AffectedURI")


class Unreadable(Exception):
    """An element that states something no row can hold."""

    def __init__(self, line: int, code: str, says: str) -> None:
        super().__init__(says)
        self.line, self.code, self.says = line, code, says


def line_of(element: Any) -> int:
    """The line on which an element begins."""
    return element.sourceline or 1


def name_of(element: Any) -> str:
    """What an element is called in the documentation, such as ukm:Effect."""
    name = etree.QName(element)
    prefixes = {LEG: "", UKM: "ukm:"}
    return f"{prefixes.get(f'{{{name.namespace}}}', 'atom:')}{name.localname}"


def text_of(parent: Any, tag: str) -> str:
    """The first text of this name on one line; a second is in another language."""
    found = parent.find(tag)
    return " ".join("".join(found.itertext()).split()) if found is not None else ""


def metadata(root: Any, part: Any) -> Cells:
    """The facts of an item, from its document's first element and its metadata."""

    def value(tag: str, attribute: str = "Value") -> str:
        found = part.find(f".//{UKM}{tag}")
        return found.get(attribute, "") if found is not None else ""

    coming = part.iterfind(f".//{UKM}ComingIntoForce/{UKM}DateTime")
    subjects = [" ".join((each.text or "").split()) for each in part.iterfind(f"{DC}subject")]
    return {
        "doc_uri": root.get("DocumentURI", ""),
        "id_uri": root.get("IdURI", ""),
        "title": text_of(part, f"{DC}title"),
        "description": text_of(part, f"{DC}description"),
        "document_main_type": value("DocumentMainType"),
        "document_status": value("DocumentStatus"),
        "document_category": value("DocumentCategory"),
        "year": value("Year"),
        "number": value("Number"),
        "made_or_enacted": value("Made", "Date") or value("EnactmentDate", "Date"),
        "coming_into_force": ";".join(dict.fromkeys(day for each in coming if (day := each.get("Date")))),
        "modified": text_of(part, f"{DC}modified"),
        "publisher": text_of(part, f"{DC}publisher"),
        "subjects": ";".join(subjects),
        "restrict_extent": root.get("RestrictExtent", ""),
    }


def effect(element: Any) -> tuple[Cells, list[Entry]]:
    """The facts of an effect, and its dated entries. Raises `Unreadable`."""
    for name in _NEEDED:
        if not element.get(name):
            raise Unreadable(
                line_of(element), "attribute_missing", f"{name_of(element)} lacks the attribute {name}."
            )
    for name in ("AffectingURI", "AffectedURI"):
        if citation(element.get(name)) is None:
            says = f"{name_of(element)}: {name} is not the address of an item at legislation.gov.uk."
            raise Unreadable(line_of(element), "address_unknown", says)
    cells = {
        "effect_id": element.get("EffectId"),
        "type": element.get("Type"),
        "affecting_uri": element.get("AffectingURI"),
        "affecting_title": text_of(element, f"{UKM}AffectingTitle"),
        "affecting_provisions": element.get("AffectingProvisions", ""),
        "affected_uri": element.get("AffectedURI"),
        "affected_title": text_of(element, f"{UKM}AffectedTitle"),
        "affected_provisions": element.get("AffectedProvisions", ""),
        "requires_applied": element.get("RequiresApplied", ""),
        "applied": element.get("Applied", ""),
        "modified": element.get("Modified", ""),
    }
    extent = _extent(element)
    entries = element.iterfind(f"{UKM}InForceDates/{UKM}InForce")
    return cells, [_entry(each) | extent for each in entries]


def _extent(element: Any) -> Entry:
    """Where the effect applies, or else extends to; nothing where that is wherever its target does."""
    written = element.get("AffectingTerritorialApplication") or element.get("AffectingEffectsExtent", "")
    nations = [] if written == _AS_AFFECTED else extent_of(written)
    return {"extent": nations} if nations and set(nations) != set(Nation) else {}


def _entry(element: Any) -> Entry:
    day = element.get("Date", "")
    if day and not _is_day(day):
        says = f"{name_of(element)}: Date is not a day such as 2020-04-06."
        raise Unreadable(line_of(element), "day_unreadable", says)
    words = element.get("Qualification", "")
    if words in ("", "Other"):
        words = element.get("OtherQualification", "") or words
    told = {"Date": day, "Qualification": words}
    told |= {name: element.get(name, "") for name in ("Applied", "Prospective")}
    return {name: value for name, value in told.items() if value}


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def place_in_item(element: Any) -> tuple[str, str] | None:
    """The item and the path of a provision; None for a text quoted from elsewhere."""
    address = element.get("IdURI", "")
    item = citation(address)
    _, _, path = address.partition(f"{item}/")
    quoted = any(etree.QName(each).localname.endswith("Amendment") for each in element.iterancestors())
    return (item, path) if item and path and not quoted else None


def written(element: Any, name: str) -> str:
    """An attribute of the element, or of the nearest thing around it that has one."""
    return next((value for each in _outwards(element) if (value := each.get(name))), "")


def own(element: Any, name: str) -> str:
    """An attribute of the element, or of the group that holds it with its heading."""
    group = element.getparent()
    return element.get(name, "") or (group.get(name, "") if group.tag == f"{LEG}P1group" else "")


def _outwards(element: Any) -> Iterator[Any]:
    yield element
    yield from element.iterancestors()


def heading(element: Any) -> str:
    """The heading over a provision, or that of a schedule."""
    group, schedule = element.getparent(), element.find(f"{LEG}TitleBlock")
    if schedule is not None:
        return text_of(schedule, f"{LEG}Title")
    return text_of(group, f"{LEG}Title") if group.tag == f"{LEG}P1group" else ""
