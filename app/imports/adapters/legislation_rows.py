"""What items of legislation, recorded effects and provisions become: one definition, whatever the files.

A row speaks only of what its files know. What merely names an item never outdates what another file says
of it; and a provision has force by all effects on it, those of earlier loads too.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.imports.adapters import legislation_force, provisions
from app.imports.adapters.legislation_mapping import CHANGE, EFFECTS, EXTENTS, MADE_BY, SCHEME, SITE
from app.imports.folder import Folder
from app.imports.rows import Intake, LinkRow, Place, RecordRow
from graph_schema.law import LegalChange, Legislation, Provision
from graph_schema.links import Affects, PartOf, Relates
from graph_schema.values import ChangeKind, ChangeOutcome, ChangeStage, Effect, Legislature

_ADDRESS = re.compile(r"https?://www\.legislation\.gov\.uk/(?:id/)?(?P<path>[a-z]+/.+)")
_CITATION = re.compile(r"[a-z]+/(?:\d{4}|[A-Z]\w+/[\d-]+)/[^/]+|[a-z]+/[a-z]+")
_ONE_LINE = re.compile(r"\s*[\r\n\t]\s*")
_NOTES = "Explanatory Notes to "
_TRUTH = {"true": True, "false": False}

Cells = dict[str, str]
"""Facts by the names of the tables' columns; the other formats are read into the same."""


@dataclass
class Item:
    """One piece of legislation: the edition taken, or only what effects call it."""

    place: Place
    cells: Cells = field(default_factory=dict)
    titles: dict[str, Place] = field(default_factory=dict)
    """Every title it bears, the first the one taken."""


@dataclass(frozen=True)
class Unit:
    """A provision as the text of its item holds it."""

    place: Place
    item: str
    path: str
    extent: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recorded:
    """One recorded effect, read."""

    place: Place
    cells: Cells
    affecting: str
    affected: str
    provision: provisions.Named | None
    effect: Effect
    intervals: list[dict[str, Any]]
    prospective: bool
    applied: bool | str | None
    """Its own flag, or where it has none that of its entries, which then agree."""


Entry = dict[str, Any]
"""When an effect has force: Date, Qualification, Prospective, Applied, and `extent` where one is stated."""


def citation(address: str) -> str | None:
    """The citation in an address, such as ukpga/2002/38; editions and fragments of it are left out."""
    found = _ADDRESS.fullmatch(address)
    cited = _CITATION.match(found["path"]) if found else None
    return cited[0] if cited else None


def items_of(files: Folder, rows: Mapping[str, list[tuple[Place, Cells]]]) -> dict[str, Item]:
    """Citation -> the item held; of several editions and fragments the one last modified."""
    items = {}
    for key, editions in rows.items():
        place, cells = max(
            editions, key=lambda row: (row[1]["modified"], row[1]["title"], row[0].row, row[0].file)
        )
        items[key] = Item(place, cells)
        for other, _ in editions:
            if other != place:
                where = f"row {place.row}" if other.file == place.file else place.file
                says = f"Another edition or fragment of the item in {where}, which is taken."
                files.warn(other, "another_edition", says)
        if cells["title"].startswith(_NOTES):
            says = "The row is of the explanatory notes; the item's title is read from theirs."
            files.warn(place, "explanatory_notes", says, "/title")
        if title := files.line(place, cells["title"].removeprefix(_NOTES)):
            items[key].titles[title] = place
    return items


def recorded(place: Place, cells: Cells, entries: list[Entry]) -> Recorded:
    """One effect, from its facts and its dated entries."""
    words = cells["type"].casefold()
    return Recorded(
        place,
        cells,
        citation(cells["affecting_uri"]) or cells["affecting_uri"],
        citation(cells["affected_uri"]) or cells["affected_uri"],
        provisions.named(cells["affected_provisions"]),
        next((effect for pattern, effect in EFFECTS if pattern.match(words)), Effect.OTHER),
        [_interval(entry) for entry in entries],
        any(entry.get("Prospective") == "true" for entry in entries),
        _applied(cells, entries),
    )


def _applied(cells: Cells, entries: list[Entry]) -> bool | str | None:
    said = {entry["Applied"] for entry in entries if "Applied" in entry}
    flag = cells["applied"] or (said.pop() if len(said) == 1 else "")
    return _TRUTH.get(flag, flag or None)


def _interval(entry: Entry) -> dict[str, Any]:
    given = {
        "from": entry.get("Date"),
        "qualification": entry.get("Qualification"),
        "extent": entry.get("extent"),
    }
    return {name: value for name, value in given.items() if value}


def extent_of(text: str) -> list[str]:
    """The nations of an extent such as E+W+N.I."""
    return [EXTENTS.get(part, part) for part in text.split("+") if part]


def state(
    intake: Intake,
    files: Folder,
    items: dict[str, Item],
    effects: list[Recorded],
    units: Iterable[Unit] = (),
) -> None:
    """Add to the intake everything that was read, as rows."""
    for each in effects:
        for key, title in (
            (each.affecting, each.cells["affecting_title"]),
            (each.affected, each.cells["affected_title"]),
        ):
            _named(files, items, key, title, each.place)
    intake.rows += [_legislation(key, item) for key, item in items.items()]
    _changes(intake, items, effects)
    _provisions(intake, items, effects, units)
    intake.rows += [_affects(each) for each in effects]
    legislation_force.set_intervals(intake, {})


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
    cited = {
        "uri": f"{SITE}{key}",
        "type": code,
        "year": int(year) if year.isdigit() else None,
        "number": (number if year else None) or cells.get("number") or None,
    }
    told = {
        "title": titles[0] if titles else None,
        "summary": cells.get("description") or None,
        "valid_from": cells.get("made_or_enacted") or None,
        "tags": [*_tags(cells), *(f"also-titled:{title}" for title in titles[1:])],
    }
    return _row(item, Legislation, f"{SCHEME}|{key}", cited, told)


def _row(
    item: Item, kind: type[LegalChange | Legislation], key: str, known: dict[str, Any], told: dict[str, Any]
) -> RecordRow:
    """A row of an item; of one that is merely named, what is `told` of it stands only until it is known."""
    if item.cells:
        return RecordRow(item.place, kind, key, known | told)
    given = {name: value for name, value in told.items() if value is not None}
    return RecordRow(item.place, kind, key, known, frozenset(known), otherwise=given)


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
        yield from (f"{scheme}:{each}" for each in cells.get(column, "").split(";") if each)
    subjects = [part.strip() for part in cells.get("subjects", "").split(";")]
    yield from (f"subject:{subject}" for subject in dict.fromkeys(subjects) if subject)


def _changes(intake: Intake, items: dict[str, Item], effects: list[Recorded]) -> None:
    """One change in the law for each item that affects another, joined to the item itself."""
    first = {each.affecting: each for each in reversed(effects)}
    for key in dict.fromkeys(each.affecting for each in effects):
        item, place = items[key], first[key].place
        title = next(iter(item.titles), None)
        kind, legislature = MADE_BY.get(key.partition("/")[0], (ChangeKind.MADE_SI, Legislature.MINISTER))
        if kind is ChangeKind.MADE_SI and "commencement" in (title or "").casefold():
            kind = ChangeKind.COMMENCEMENT_ORDER
        known = {"legislature": legislature, "stage": ChangeStage.ASSENT, "outcome": ChangeOutcome.MADE}
        coming = item.cells.get("coming_into_force", "")
        told = {
            "title": title,
            "kind": kind,
            "in_force_on": coming if coming and ";" not in coming else None,
            "extent": extent_of(item.cells.get("restrict_extent", "")),
        }
        here = Item(place, item.cells)
        intake.rows.append(_row(here, LegalChange, f"{CHANGE}|{key}", known, told))
        made = {"relation": "is made by"}
        intake.rows.append(LinkRow(place, Relates, f"{CHANGE}|{key}", f"{SCHEME}|{key}", made))


def _provisions(
    intake: Intake, items: dict[str, Item], effects: list[Recorded], units: Iterable[Unit]
) -> None:
    """One provision for each that a text holds or an effect names."""
    found: dict[str, tuple[Place, str, str, Unit | None]] = {}
    for unit in units:
        key = f"{unit.item}/{unit.path}"
        found.setdefault(key, (unit.place, unit.item, provisions.label(unit.path), unit))
    for each in effects:
        if each.provision:
            key = f"{each.affected}/{each.provision.path}"
            found.setdefault(key, (each.place, each.affected, each.provision.label, None))
    for key, (place, whole, words, held) in found.items():
        item = items[whole]
        facts: dict[str, Any] = {"uri": f"{SITE}{key}", "path": key.removeprefix(f"{whole}/")}
        facts["intervals"] = []
        if extent := extent_of(held.extent if held else item.cells.get("restrict_extent", "")):
            facts["extent"] = extent
        if held:
            facts["tags"] = list(held.tags)
        told = {"title": f"{next(iter(item.titles), whole)}, {words}"}
        name = f"{SCHEME}|{key}"
        intake.rows.append(RecordRow(place, Provision, name, facts, frozenset(facts), otherwise=told))
        intake.rows.append(LinkRow(place, PartOf, name, f"{SCHEME}|{whole}"))


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
