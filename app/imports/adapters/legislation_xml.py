"""legislation.gov.uk in its own formats: CLML documents, and Atom feeds of effects."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from app.errors import Invalid
from app.imports import xml_parts
from app.imports.adapters import clml
from app.imports.adapters import legislation_rows as rows
from app.imports.adapters.clml import LEG, UKM, Unreadable
from app.imports.adapters.legislation_rows import Cells, Entry, Unit
from app.imports.adapters.legislation_tables import key_of
from app.imports.folder import Folder
from app.imports.rows import Intake, Place, Remark

ENDINGS = (".xml", ".feed", ".atom")
_ATOM = "{http://www.w3.org/2005/Atom}"
_TOTAL = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"
_FORM = xml_parts.Format(
    [f"{LEG}Legislation", f"{_ATOM}feed"],
    "xml_not_legislation",
    "The file is neither a CLML document nor an Atom feed of legislation.gov.uk.",
)
_LONGEST_TAG = 200


@dataclass
class _Feed:
    """The pages of one feed."""

    place: Place
    total: int
    """How many entries it says it has."""
    entries: int = 0


@dataclass
class _Read:
    """What one file states, or several."""

    items: list[tuple[Place, Cells]] = field(default_factory=list)
    effects: list[tuple[Place, Cells, list[Entry]]] = field(default_factory=list)
    units: list[tuple[str, Unit]] = field(default_factory=list)
    """With the day on which its document was last modified."""
    feeds: dict[str, _Feed] = field(default_factory=dict)
    """By address, without the page."""
    faults: list[Remark] = field(default_factory=list)

    def add(self, other: "_Read") -> None:
        """Add what another file states."""
        self.items += other.items
        self.effects += other.effects
        self.units += other.units
        self.faults += other.faults
        for address, feed in other.feeds.items():
            self.feeds.setdefault(address, _Feed(feed.place, feed.total)).entries += feed.entries


def read(paths: list[Path], intake: Intake) -> None:
    """Add what the files state. Of several, one that cannot be read is named, and the others are taken."""
    files, found = Folder(paths[0].parent, intake), _Read()
    for path in paths:
        try:
            found.add(_File(path).read())
        except Invalid as refused:
            if len(paths) == 1:
                raise
            files.reject(Place(path.name, 1), refused.faults[0].code, refused.faults[0].detail)
    intake.faults += found.faults
    for feed in found.feeds.values():
        if feed.entries < feed.total:
            says = (
                f"The feed has {feed.total:,} entries, {feed.entries:,} are here. Load its other pages too."
            )
            files.warn(feed.place, "more_pages", says)
    held: dict[str, list[tuple[Place, Cells]]] = {}
    for place, cells in found.items:
        held.setdefault(key_of(cells), []).append((place, cells))
    effects = [rows.recorded(*each) for each in _latest(files, found)]
    rows.state(intake, files, rows.items_of(files, held), effects, _units(found))


def _latest(files: Folder, found: _Read) -> Iterator[tuple[Place, Cells, list[Entry]]]:
    """Each effect once: of several statements the one last modified; one that says more before one alike."""
    once: dict[str, tuple[Place, Cells, list[Entry]]] = {}
    for each in found.effects:
        id = each[1]["effect_id"]
        other = once.setdefault(id, each)
        if other is each:
            continue
        newer = max(each, other, key=lambda one: (one[1]["modified"], one[1]["applied"], one[0].file))
        once[id] = newer
        older = other if newer is each else each
        if rows.recorded(*newer).intervals != rows.recorded(*older).intervals:
            says = f"The effect stands in {newer[0].file}, row {newer[0].row}, too, which is taken."
            files.warn(older[0], "another_edition", says)
    yield from once.values()


def _units(found: _Read) -> list[Unit]:
    """Each provision once, from the document last modified; versions for parts of its extent are one."""
    in_order = sorted(found.units, key=lambda each: (each[1].item, each[1].path))
    units = []
    for _, some in groupby(in_order, key=lambda each: (each[1].item, each[1].path)):
        editions = sorted(some, key=lambda each: (each[0], each[1].place.file))
        _, last = editions[-1]
        extents = [unit.extent for _, unit in editions if unit.place.file == last.place.file]
        units.append(Unit(last.place, last.item, last.path, _together(extents), last.tags))
    return units


def _together(extents: list[str]) -> str:
    parts = dict.fromkeys(part for each in extents for part in each.split("+"))
    return "+".join(parts) if all(extents) else ""


class _File:
    """One file, read part by part."""

    def __init__(self, path: Path) -> None:
        self._path, self._read = path, _Read()
        self._divided: set[str] = set()
        """Addresses of schedules that have paragraphs, which are provisions of their own."""
        self._item, self._modified = "", ""
        self._feed = ""
        self._by_tag: dict[str, Callable[[Any], None]] = {
            f"{UKM}Metadata": self._metadata,
            f"{LEG}P1": self._paragraph,
            f"{LEG}Schedule": self._schedule,
            f"{_ATOM}link": self._link,
            f"{_ATOM}entry": self._entry,
            _TOTAL: self._total,
        }

    def read(self) -> _Read:
        """Everything the file states. Raises `Invalid` where it cannot be read to its end."""
        for part in xml_parts.parts(self._path, _FORM, self._by_tag):
            self._by_tag[part.tag](part)
        return self._read

    def _place(self, element: Any) -> Place:
        return Place(self._path.name, clml.line_of(element))

    def _fault(self, line: int, code: str, says: str) -> None:
        self._read.faults.append(Remark(Place(self._path.name, line), code, says))

    def _metadata(self, part: Any) -> None:
        root = part.getparent()
        if root.tag != f"{LEG}Legislation":
            return
        cells = clml.metadata(root, part)
        self._item, self._modified = key_of(cells), cells["modified"]
        if self._item.startswith("unknown/"):
            says = "ukm:Metadata names neither the address of its item nor its type, year and number."
            self._fault(clml.line_of(part), "item_unknown", says)
            return
        self._read.items.append((self._place(root), cells))
        for each in part.iter(f"{UKM}UnappliedEffect", f"{UKM}Effect"):
            self._effect(each)

    def _effect(self, element: Any) -> None:
        try:
            self._read.effects.append((self._place(element), *clml.effect(element)))
        except Unreadable as fault:
            self._fault(fault.line, fault.code, fault.says)

    def _entry(self, part: Any) -> None:
        if self._feed:
            self._read.feeds[self._feed].entries += 1
        found = part.find(f"{UKM}Effect")
        if found is None:
            says = "atom:entry holds no ukm:Effect; only feeds of changes to legislation can be read."
            self._fault(clml.line_of(part), "effect_missing", says)
        else:
            self._effect(found)

    def _link(self, part: Any) -> None:
        if part.get("rel") == "self" and part.getparent().tag == f"{_ATOM}feed":
            self._feed = part.get("href", "").partition("?")[0]
            self._read.feeds.setdefault(self._feed, _Feed(self._place(part), 0))

    def _total(self, part: Any) -> None:
        text = (part.text or "").strip()
        if self._feed and text.isdigit():
            self._read.feeds[self._feed].total = int(text)

    def _paragraph(self, part: Any) -> None:
        if clml.place_in_item(part):
            schedules = part.iterancestors(f"{LEG}Schedule")
            self._divided |= {each.get("IdURI", "") for each in schedules}
        self._unit(part)

    def _schedule(self, part: Any) -> None:
        if part.get("IdURI", "") not in self._divided:
            self._unit(part)

    def _unit(self, part: Any) -> None:
        where = clml.place_in_item(part)
        if where is None or where[0] != self._item:
            return
        tags = (
            ("heading", clml.heading(part)),
            ("text-from", clml.own(part, "RestrictStartDate")),
            ("text-to", clml.own(part, "RestrictEndDate")),
            ("status", clml.written(part, "Status").casefold()),
        )
        said = tuple(f"{scheme}:{value}"[:_LONGEST_TAG] for scheme, value in tags if value)
        unit = Unit(self._place(part), *where, clml.written(part, "RestrictExtent"), said)
        self._read.units.append((self._modified, unit))
