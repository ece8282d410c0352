"""legislation.gov.uk: Acts and instruments, and every recorded effect of one on another."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.domain.sources import Source
from app.imports.adapter import Adapter
from app.imports.adapters import provisions
from app.imports.adapters.legislation_mapping import (
    CHANGE,
    EFFECTS,
    EXTENTS,
    MADE_BY,
    MAPPING,
    NOT_TAKEN,
    SCHEME,
    SITE,
    TYPES,
)
from app.imports.folder import Folder
from app.imports.rows import Intake, LinkRow, Place, RecordRow
from graph_schema.law import LegalChange, Legislation, Provision
from graph_schema.links import Affects, PartOf, Relates
from graph_schema.values import ChangeKind, ChangeOutcome, ChangeStage, Effect, Legislature

ITEMS, RECORDED = "legislation_items.csv", "legislative_effects.csv"
_ADDRESS = re.compile(r"https?://www\.legislation\.gov\.uk/(?:id/)?(?P<path>[a-z]+/.+)")
_CITATION = re.compile(r"[a-z]+/(?:\d{4}|[A-Z]\w+/[\d-]+)/[^/]+|[a-z]+/[a-z]+")
_ONE_LINE = re.compile(r"\s*[\r\n\t]\s*")
_NOTES = "Explanatory Notes to "
_TRUTH = {"true": True, "false": False}

Cells = dict[str, str]


@dataclass
class Item:
    """One piece of legislation: the edition taken, or only what effects call it."""

    place: Place
    cells: Cells = field(default_factory=dict)
    titles: dict[str, Place] = field(default_factory=dict)
    """Every title it bears, the first the one taken."""


@dataclass(frozen=True)
class Recorded:
    """One recorded effect, read."""

    place: Place
    cells: Cells
    affecting: str
    affected: str
    provision: provisions.Named | None
    effect: Effect
    intervals: list[dict[str, str]]
    prospective: bool
    applied: bool | str | None
    """Its own flag, or where it has none that of its entries, which then agree."""


def read(folder: Path) -> Intake:
    """The rows of the register's folder."""
    intake = Intake(not_taken=list(NOT_TAKEN))
    files = Folder(folder, intake)
    files.need(ITEMS, RECORDED)
    items = _items(files)
    effects = [_recorded(place, cells) for place, cells in files.rows(RECORDED, *_EFFECT_COLUMNS)]
    for each in effects:
        for key, title in (
            (each.affecting, each.cells["affecting_title"]),
            (each.affected, each.cells["affected_title"]),
        ):
            _named(files, items, key, title, each.place)
    intake.rows += [_legislation(key, item) for key, item in items.items()]
    _changes(intake, items, effects)
    _provisions(intake, items, effects)
    intake.rows += [_affects(each) for each in effects]
    intake.edition = max((cells["modified"] for cells in _editions(items, effects)), default="")[:10]
    return intake


_ITEM_COLUMNS = ("doc_uri", "id_uri", "title", "document_main_type", "year", "number", "modified")
_EFFECT_COLUMNS = ("effect_id", "type", "affecting_uri", "affected_uri", "affected_provisions", "in_force")


def _editions(items: dict[str, Item], effects: list[Recorded]) -> list[Cells]:
    return [item.cells for item in items.values() if item.cells] + [each.cells for each in effects]


def _citation(address: str) -> str | None:
    """The citation in an address, such as ukpga/2002/38; editions and fragments of it are left out."""
    found = _ADDRESS.fullmatch(address)
    cited = _CITATION.match(found["path"]) if found else None
    return cited[0] if cited else None


def _items(files: Folder) -> dict[str, Item]:
    """Citation -> the item held; of several editions and fragments the one last modified."""
    rows: dict[str, list[tuple[Place, Cells]]] = {}
    for place, cells in files.rows(ITEMS, *_ITEM_COLUMNS):
        given = _citation(cells["id_uri"]) or _citation(cells["doc_uri"])
        made = f"{TYPES.get(cells['document_main_type'], 'unknown')}/{cells['year']}/{cells['number']}"
        rows.setdefault(given or made, []).append((place, cells))
    items = {}
    for key, editions in rows.items():
        place, cells = max(editions, key=lambda row: (row[1]["modified"], row[1]["title"], row[0].row))
        items[key] = Item(place, cells)
        for other, _ in editions:
            if other != place:
                says = f"Another edition or fragment of the item in row {place.row}, which is taken."
                files.warn(other, "another_edition", says)
        if cells["title"].startswith(_NOTES):
            says = "The row is of the explanatory notes; the item's title is read from theirs."
            files.warn(place, "explanatory_notes", says, "/title")
        if title := files.line(place, cells["title"].removeprefix(_NOTES)):
            items[key].titles[title] = place
    return items


def _named(files: Folder, items: dict[str, Item], key: str, title: str, place: Place) -> None:
    """Note what an effect calls an item, which may be one the register does not hold."""
    item = items.setdefault(key, Item(place))
    title = _ONE_LINE.sub(" ", title)
    if not title or title in item.titles:
        return
    if item.titles:
        files.warn(place, "second_title", "The item has another title elsewhere; both are kept.", "/title")
    item.titles[title] = place


def _legislation(key: str, item: Item) -> RecordRow:
    code, _, rest = key.partition("/")
    year, _, number = rest.rpartition("/")
    cells = item.cells
    titles = list(item.titles)
    facts = {
        "title": titles[0] if titles else None,
        "summary": cells.get("description") or None,
        "uri": f"{SITE}{key}",
        "type": code,
        "year": int(year) if year.isdigit() else None,
        "number": (number if year else None) or cells.get("number") or None,
        "valid_from": cells.get("made_or_enacted") or None,
        "tags": [*_tags(cells), *(f"also-titled:{title}" for title in titles[1:])],
    }
    return RecordRow(item.place, Legislation, f"{SCHEME}|{key}", facts)


def _tags(cells: Cells) -> Iterable[str]:
    yield "held:yes" if cells else "held:no"
    for column, scheme in (
        ("document_status", "document-status"),
        ("document_category", "document-category"),
        ("publisher", "publisher"),
        ("restrict_extent", "extent"),
        ("coming_into_force", "coming-into-force"),
        ("modified", "modified"),
    ):
        if cells.get(column):
            yield f"{scheme}:{cells[column]}"
    subjects = [part.strip() for part in cells.get("subjects", "").split(";")]
    yield from (f"subject:{subject}" for subject in dict.fromkeys(subjects) if subject)


def _extent(item: Item) -> list[str]:
    parts = item.cells.get("restrict_extent", "").split("+")
    return [EXTENTS.get(part, part) for part in parts if part]


def _recorded(place: Place, cells: Cells) -> Recorded:
    words = cells["type"].casefold()
    entries = [
        dict(part.partition("=")[::2] for part in entry.split("|"))
        for entry in cells["in_force"].split(";")
        if entry
    ]
    return Recorded(
        place,
        cells,
        _citation(cells["affecting_uri"]) or cells["affecting_uri"],
        _citation(cells["affected_uri"]) or cells["affected_uri"],
        provisions.named(cells["affected_provisions"]),
        next((effect for pattern, effect in EFFECTS if pattern.match(words)), Effect.OTHER),
        [_interval(entry) for entry in entries],
        any(entry.get("Prospective") == "true" for entry in entries),
        _applied(cells, entries),
    )


def _applied(cells: Cells, entries: list[dict[str, str]]) -> bool | str | None:
    said = {entry["Applied"] for entry in entries if "Applied" in entry}
    flag = cells["applied"] or (said.pop() if len(said) == 1 else "")
    return _TRUTH.get(flag, flag or None)


def _interval(entry: dict[str, str]) -> dict[str, str]:
    given = {"from": entry.get("Date"), "qualification": entry.get("Qualification")}
    return {name: value for name, value in given.items() if value}


def _changes(intake: Intake, items: dict[str, Item], effects: list[Recorded]) -> None:
    """One change in the law for each item that affects another, joined to the item itself."""
    first = {each.affecting: each for each in reversed(effects)}
    for key in dict.fromkeys(each.affecting for each in effects):
        item, place = items[key], first[key].place
        title = next(iter(item.titles), None)
        kind, legislature = MADE_BY.get(key.partition("/")[0], (ChangeKind.MADE_SI, Legislature.MINISTER))
        if kind is ChangeKind.MADE_SI and "commencement" in (title or "").casefold():
            kind = ChangeKind.COMMENCEMENT_ORDER
        facts = {
            "title": title,
            "kind": kind,
            "legislature": legislature,
            "stage": ChangeStage.ASSENT,
            "outcome": ChangeOutcome.MADE,
            "in_force_on": item.cells.get("coming_into_force") or None,
            "extent": _extent(item),
        }
        intake.rows.append(RecordRow(place, LegalChange, f"{CHANGE}|{key}", facts))
        made = {"relation": "is made by"}
        intake.rows.append(LinkRow(place, Relates, f"{CHANGE}|{key}", f"{SCHEME}|{key}", made))


def _provisions(intake: Intake, items: dict[str, Item], effects: list[Recorded]) -> None:
    """One provision for each that an effect names, with what the effects say of when it has force."""
    by_key: dict[str, list[Recorded]] = {}
    for each in effects:
        if each.provision:
            by_key.setdefault(f"{each.affected}/{each.provision.path}", []).append(each)
    for key, some in by_key.items():
        first = some[0]
        assert first.provision
        whole = f"{SCHEME}|{first.affected}"
        facts: dict[str, Any] = {
            "title": f"{next(iter(items[first.affected].titles), first.affected)}, {first.provision.label}",
            "uri": f"{SITE}{key}",
            "path": first.provision.path,
            "extent": _extent(items[first.affected]),
            "intervals": provisions.intervals(
                [(each.effect, each.provision, each.intervals) for each in some if each.provision]
            ),
        }
        intake.rows.append(RecordRow(first.place, Provision, f"{SCHEME}|{key}", facts))
        intake.rows.append(LinkRow(first.place, PartOf, f"{SCHEME}|{key}", whole))


def _affects(each: Recorded) -> LinkRow:
    cells = each.cells
    facts = {
        "effect_id": cells["effect_id"],
        "effect": each.effect,
        "source_type": cells["type"] or None,
        "affecting_provision": cells["affecting_provisions"] or None,
        "affected_text": cells["affected_provisions"] or None,
        "applied": each.applied,
        "requires_applied": _TRUTH.get(cells["requires_applied"], cells["requires_applied"] or None),
        "prospective": each.prospective,
        "intervals": each.intervals,
    }
    target = f"{each.affected}/{each.provision.path}" if each.provision else each.affected
    return LinkRow(each.place, Affects, f"{CHANGE}|{each.affecting}", f"{SCHEME}|{target}", facts)


ADAPTER = Adapter(
    source=Source("legislation-gov-uk", "legislation.gov.uk: legislation and its recorded effects"),
    licence="Open Government Licence v3.0",
    attribution=(
        "© Crown and database right. Derived from content available under the Open Government Licence v3.0 "
        "from legislation.gov.uk",
        "Items of EU origin: also Commission Decision 2011/833/EU; four are Westlaw UK, derived from Crown "
        "Copyright material and contributed to legislation.gov.uk",
    ),
    mapping=MAPPING,
    read=read,
)
