"""Large IT projects of the Government of Canada, as tabled in 2022."""

from datetime import datetime

from app.imports.adapters.canada_mapping import ORGANISATION, PROJECT
from app.imports.adapters.canada_spending import dollars
from app.imports.folder import Folder
from app.imports.rows import Intake, LinkRow, Place, RecordRow
from graph_schema.delivery import Project
from graph_schema.links import Incurs, Relates
from graph_schema.money import Cost

FILE = "gc-it-projects-2022.csv"
Cells = dict[str, str]


def projects(files: Folder, intake: Intake, organisations: list[tuple[Place, Cells]]) -> None:
    """Every project, with its budget where it has one, and the organisations that run it."""
    names = _names(files, organisations)
    for place, cells in files.rows(FILE, "uniqueId", "department", "projectName", "totalBudget"):
        key = f"{PROJECT}|{cells['uniqueId']}"
        runs = _organisations(names, cells)
        if len(runs) != 1:
            says = f"The department is {len(runs)} organisations of the register; the project names none."
            files.warn(place, "organisation_unclear", says, "/organisation")
            for each in runs:
                intake.rows.append(LinkRow(place, Relates, key, each, {"relation": "is run by"}))
        facts = {
            "title": cells["projectName"],
            "ref": cells["uniqueId"],
            "summary": files.prose(place, cells["description"]) or None,
            "organisation": runs[0] if len(runs) == 1 else None,
            "state": "delivering",
            "end": _end(files, place, cells),
            "tags": _tags(cells),
        }
        says = "The paper does not say how far the project has got; it is taken to be delivering."
        files.warn(place, "status_assumed", says, "/state")
        intake.rows.append(RecordRow(place, Project, key, facts))
        _budget(files, intake, place, cells, key)


def _name(text: str) -> str:
    return " ".join(text.split()).casefold()


def _names(files: Folder, organisations: list[tuple[Place, Cells]]) -> dict[str, str]:
    """Name, variant or acronym -> the organisation; of several of one name the first."""
    known: dict[str, str] = {}
    ids = {cells["org_id"] for _, cells in organisations}
    for columns in (
        ("applied_title_en", "legal_title_en"),
        ("old_applied_title_en",),
        ("abbr_en", "dept_code"),
    ):
        for _, cells in organisations:
            for column in columns:
                if cells[column]:
                    known.setdefault(_name(cells[column]), f"{ORGANISATION}|{cells['org_id']}")
    for place, cells in files.rows("goc-org-variants.csv", "org_name_variant", "org_id"):
        if cells["org_id"] in ids:
            known.setdefault(_name(cells["org_name_variant"]), f"{ORGANISATION}|{cells['org_id']}")
        else:
            files.warn(place, "organisation_unknown", "The variant is of an organisation the register lacks.")
    return known


def _organisations(names: dict[str, str], cells: Cells) -> list[str]:
    whole = names.get(_name(cells["department"]))
    if whole:
        return [whole]
    parts = [names.get(_name(part)) for part in cells["department"].split(" & ")]
    found = [part for part in parts if part]
    acronym = names.get(_name(cells["deptAcronym"]))
    return found or ([acronym] if acronym else [])


def _end(files: Folder, place: Place, cells: Cells) -> str | None:
    given, raw = cells["estimatedCompletionDate"], cells["rawProvidedDate"]
    if not given:
        files.warn(place, "date_missing", "The project has no date of completion.", "/end")
        return None
    if raw and raw != given:
        says = "The department gave another text than the day the compiler made of it; both are kept."
        files.warn(place, "date_made_of_text", says, "/end")
    return day(given)


def day(cell: str) -> str:
    """A day written like `July 25, 2022` as ISO 8601; what is no such day stays as it is, and is refused."""
    try:
        return datetime.strptime(cell, "%B %d, %Y").date().isoformat()
    except ValueError:
        return cell


def _tags(cells: Cells) -> list[str]:
    tags = [f"sessional-paper:{cells['source']}"] if cells["source"] else []
    tags += [f"as-of:{day(cells['asOfDate'])}"] if cells["asOfDate"] else []
    if cells["rawProvidedDate"] not in ("", cells["estimatedCompletionDate"]):
        tags.append(f"date-given:{cells['rawProvidedDate'][:180]}")
    return tags


def _budget(files: Folder, intake: Intake, place: Place, cells: Cells, project: str) -> None:
    amount = dollars(cells["totalBudget"])
    if amount is None:
        files.warn(
            place, "no_budget", "The project has no budget that is an amount; no cost is made.", "/amount"
        )
        return
    facts = {
        "title": f"{cells['projectName'][:900]}: total budget",
        "amount": amount,
        "currency": "CAD",
        "category": "build",
        "line": "total budget",
    }
    key = f"{PROJECT}|{cells['uniqueId']}/budget"
    intake.rows.append(RecordRow(place, Cost, key, facts))
    intake.rows.append(LinkRow(place, Incurs, project, key))
