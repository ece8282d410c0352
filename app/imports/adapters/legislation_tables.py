"""legislation.gov.uk as two tables: items, and the recorded effects of one on another."""

from pathlib import Path

from app.imports.adapters import legislation_rows as rows
from app.imports.adapters.legislation_mapping import TYPES
from app.imports.adapters.legislation_rows import Cells, Entry
from app.imports.folder import Folder
from app.imports.rows import Intake, Place

ITEMS, RECORDED = "legislation_items.csv", "legislative_effects.csv"
TABLES = (ITEMS, RECORDED)
_ITEM_COLUMNS = ("doc_uri", "id_uri", "title", "document_main_type", "year", "number", "modified")
_EFFECT_COLUMNS = ("effect_id", "type", "affecting_uri", "affected_uri", "affected_provisions", "in_force")


def read(folder: Path, intake: Intake) -> None:
    """Add what the tables state."""
    files = Folder(folder, intake)
    files.need(ITEMS, RECORDED)
    held: dict[str, list[tuple[Place, Cells]]] = {}
    for place, cells in files.rows(ITEMS, *_ITEM_COLUMNS):
        held.setdefault(key_of(cells), []).append((place, cells))
    items = rows.items_of(files, held)
    effects = [
        rows.recorded(place, cells, _entries(cells["in_force"]))
        for place, cells in files.rows(RECORDED, *_EFFECT_COLUMNS)
    ]
    days = [item.cells["modified"] for item in items.values()]
    intake.edition = max((*days, *(each.cells["modified"] for each in effects)), default="")[:10]
    rows.state(intake, files, items, effects)


def key_of(cells: Cells) -> str:
    """The citation of an item: as in its addresses, else by type, year and number."""
    given = rows.citation(cells["id_uri"]) or rows.citation(cells["doc_uri"])
    made = f"{TYPES.get(cells['document_main_type'], 'unknown')}/{cells['year']}/{cells['number']}"
    return given or made


def _entries(in_force: str) -> list[Entry]:
    entries = (dict(part.partition("=")[::2] for part in each.split("|")) for each in in_force.split(";"))
    return [entry for entry in entries if entry != {"": ""}]
