"""UK councils: authorities and their successors, investments and their grants, services, climate aims."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from app.domain.sources import Source
from app.imports.adapter import Adapter
from app.imports.adapters import uk_climate
from app.imports.adapters.uk_councils_mapping import MAPPING, NOT_TAKEN, TAGS
from app.imports.folder import Folder
from app.imports.rows import Intake, LinkRow, NotTaken, Place, RecordRow
from graph_schema.core import Node
from graph_schema.delivery import Element, Project
from graph_schema.links import FundedBy, Relates, SucceededBy
from graph_schema.money import Funding
from graph_schema.people import Organisation
from graph_schema.policy import Outcome, PolicyInstrument, ServiceType

AUTHORITY, FUND, GRANT, INDICATOR = (
    "local-authority-code", "towns-fund", "towns-fund-grant", "towns-fund-indicator",
)  # fmt: skip
AUTHORITIES, NAMES, SERVICES = (
    "local_authorities.csv", "lookup_name_to_registry.csv", "council_services_lgsl.csv",
)  # fmt: skip
PROJECTS, PLACES, GRANTS = (
    "towns_fund_projects.csv", "towns_fund_places.csv", "towns_fund_grant_awarded.csv",
)  # fmt: skip
OUTCOMES, OUTPUTS = "towns_fund_outcome_definitions.csv", "towns_fund_output_definitions.csv"
NEEDED = (
    AUTHORITIES, NAMES, SERVICES, PROJECTS, PLACES, GRANTS, OUTCOMES, OUTPUTS,
    uk_climate.PROMISES, uk_climate.DECLARATIONS, uk_climate.PLANS,
)  # fmt: skip
NATIONS = {"England": "E", "Wales": "W", "Scotland": "S", "Northern Ireland": "NI"}
STATES = {"active": "delivering"}
FUNDS = {
    "Town Deals": ("town-deals", "Town Deals", "TD"),
    "FHSF": ("fhsf", "Future High Streets Fund", "HS"),
}
"""The register's word -> our code, the fund's name, and how its grants' codes begin."""


def read(folder: Path) -> Intake:
    """The rows of the register's folder."""
    intake = Intake()
    files = Folder(folder, intake)
    files.need(*NEEDED)
    files.leave_out(NOT_TAKEN)
    authorities = list(files.rows(AUTHORITIES))
    _authorities(intake, authorities)
    councils = _councils(files, authorities)
    leads = _leads(files, councils)
    grants = list(_grants(files, intake))
    used = _projects(files, intake, leads, {code for _, code in grants})
    for place, code in grants:
        if code not in used:
            files.warn(place, "grant_without_project", "No project of the register carries the grant's code.")
    _definitions(files, intake, OUTCOMES, Outcome)
    _definitions(files, intake, OUTPUTS, Element)
    _services(files, intake)
    intake.edition = uk_climate.read(files, intake, AUTHORITY)
    return intake


def _services(files: Folder, intake: Intake) -> None:
    for place, cells in files.rows(SERVICES):
        code = cells["lgsl_code"]
        facts = {
            "title": cells["service_slug"].replace("-", " ").capitalize(),
            "lgsl": int(code) if code.isdigit() else code,
            "tags": [f"lgsl-slug:{cells['service_slug']}"],
        }
        intake.rows.append(RecordRow(place, ServiceType, f"lgsl|{code}", facts))


def _definitions(files: Folder, intake: Intake, name: str, kind: type[Node]) -> None:
    """What returns to the funds measure: outcomes as such, outputs as elements; related to both funds."""
    seen: dict[str, Place] = {}
    headings = 0
    for place, cells in files.rows(name, "Indicator", "Unit of measurement", "Definition"):
        indicator, unit = cells["Indicator"], cells["Unit of measurement"]
        if cells["Definition"] in ("", "N/A"):
            headings += 1
        elif indicator in seen:
            files.warn(place, "another_row", f"Row {seen[indicator].row} defines this indicator already.")
        else:
            seen[indicator] = place
            key = f"{INDICATOR}|{indicator}"
            facts: dict[str, Any] = {"title": indicator, "summary": cells["Definition"]}
            facts["tags"] = list(_measured(cells))
            facts |= {"unit": unit} if kind is Outcome else {"source_type": "output indicator"}
            intake.rows.append(RecordRow(place, kind, key, facts))
            for code, _, _ in FUNDS.values():
                intake.rows.append(LinkRow(place, Relates, f"{FUND}|{code}", key, {"relation": "reports on"}))
    intake.not_taken.append(NotTaken(f"{name}: rows without definition", "headings of a list", headings))


def _measured(cells: dict[str, str]) -> Iterator[str]:
    for column, scheme in (
        ("Unit of measurement", "unit"),
        ("Frequency of reporting", "reported"),
        ("ToC Results Level", "results-level"),
    ):
        if cells.get(column):
            yield f"{scheme}:{cells[column]}"


def _authorities(intake: Intake, rows: list[tuple[Place, dict[str, str]]]) -> None:
    for place, cells in rows:
        intake.rows.append(
            RecordRow(place, Organisation, _authority(cells["local-authority-code"]), _facts(cells))
        )
    for place, cells in rows:
        here = _authority(cells["local-authority-code"])
        for successor in _several(cells["replaced-by"]):
            facts = {"on": _first_day_without(cells["end-date"])}
            intake.rows.append(LinkRow(place, SucceededBy, here, _authority(successor), facts))
        for column, relation in (("county-la", "lies in county"), ("combined-authority", "is member of")):
            for other in _several(cells[column]):
                intake.rows.append(LinkRow(place, Relates, here, _authority(other), {"relation": relation}))


def _authority(code: str) -> str:
    return f"{AUTHORITY}|{code}"


def _several(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(",") if part.strip()]


def _facts(cells: dict[str, str]) -> dict[str, Any]:
    identifiers = [{"scheme": "gss", "value": cells["gss-code"]}] if cells["gss-code"] else []
    if cells["gov-uk-slug"]:
        identifiers.append({"scheme": "gov-uk-slug", "value": cells["gov-uk-slug"]})
    return {
        "title": cells["official-name"],
        "summary": cells["notes"] or None,
        "gss_code": cells["gss-code"] or None,
        "type": cells["local-authority-type"] or None,
        "nation": NATIONS.get(cells["nation"], cells["nation"]) or None,
        "valid_from": cells["start-date"] or None,
        "valid_to": _first_day_without(cells["end-date"]),
        "identifiers": identifiers,
        "tags": list(_tags(cells)),
    }


def _tags(cells: dict[str, str]) -> Iterator[str]:
    for column, scheme in TAGS.items():
        cell = cells[column]
        if column == "former-gss-codes":
            yield from (f"{scheme}:{code}" for code in _several(cell))
        elif cell:
            yield f"{scheme}:{cell.removesuffix('.0')}"


def _first_day_without(end: str) -> str | None:
    """The register ends authorities on their last day, 31 March, or on the first day after, 1 April."""
    try:
        day = date.fromisoformat(end)
    except ValueError:
        return end or None
    return end if (day.month, day.day) == (4, 1) else (day + timedelta(days=1)).isoformat()


def _name(text: str) -> str:
    return " ".join(text.split()).casefold()


def _councils(files: Folder, rows: list[tuple[Place, dict[str, str]]]) -> dict[str, str]:
    """Name, without regard to case and spaces -> code; of two authorities, the current one."""
    ended = {cells["local-authority-code"] for _, cells in rows if cells["end-date"]}
    known: dict[str, set[str]] = defaultdict(set)
    for _, cells in files.rows(NAMES):
        known[_name(cells["la-name"])].add(cells["local-authority-code"])
    current = {name: codes - ended or codes for name, codes in known.items()}
    return {name: min(codes) for name, codes in current.items() if len(codes) == 1}


def _leads(files: Folder, councils: dict[str, str]) -> dict[tuple[str, str], tuple[str, str | None]]:
    """(fund, place) -> the place's code and the lead council's, where its name is known."""
    leads: dict[tuple[str, str], tuple[str, str | None]] = {}
    for place, cells in files.rows(PLACES):
        council = councils.get(_name(cells["lead_council"]))
        if council is None:
            says = "No authority bears the lead council's name; the place's projects name no organisation."
            files.warn(place, "council_unknown", says, "/organisation")
        leads[cells["fund"], _name(cells["place_name"])] = (cells["place_code"], council)
    return leads


def _grants(files: Folder, intake: Intake) -> Iterator[tuple[Place, str]]:
    """One Funding for each grant row with a total, met from its fund; answers the codes."""
    for fund, (code, title, _) in FUNDS.items():
        place = Place(PROJECTS, 1)
        facts = {"title": title, "family": "treasure", "ref": fund, "tags": [f"fund:{code}"]}
        intake.rows.append(RecordRow(place, PolicyInstrument, f"{FUND}|{code}", facts))
    prefixes = {prefix: fund for fund, (_, _, prefix) in FUNDS.items()}
    for place, cells in files.rows(GRANTS):
        index, total = cells["Index Code"], cells["Total"]
        fund = prefixes.get(index.partition("-")[0], "")
        if not total or not fund:
            says = "The grant has no total; no funding is made of it."
            files.warn(place, "grant_without_total", says, "/amount")
            continue
        code, title, _ = FUNDS[fund]
        facts = {
            "title": f"{title}: grant {index}",
            "ref": index,
            "amount": f"{total}.00" if total.isdigit() else total,
            "source": title,
            "tags": [f"fund:{code}"],
        }
        intake.rows.append(RecordRow(place, Funding, f"{GRANT}|{index}", facts))
        intake.rows.append(LinkRow(place, FundedBy, f"{GRANT}|{index}", f"{FUND}|{code}"))
        yield place, index


def _projects(
    files: Folder, intake: Intake, leads: dict[tuple[str, str], tuple[str, str | None]], grants: set[str]
) -> set[str]:
    """Every project, funded by its grant where it has one; answers the codes of the grants met."""
    used = set()
    for place, cells in files.rows(PROJECTS):
        fund = cells["fund"]
        code, _, prefix = FUNDS.get(fund, (_name(fund), fund, ""))
        place_code, council = leads.get((fund, _name(cells["place_name"])), ("", None))
        state = STATES.get(cells["status"].casefold())
        if state is None:
            says = "The row has no status that says more; the project is taken to be delivering."
            files.warn(place, "status_assumed", says, "/state")
        facts = {
            "title": cells["project_name"],
            "ref": cells["project_id"],
            "state": state or "delivering",
            "organisation": _authority(council) if council else None,
            "tags": [f"fund:{code}", f"place:{cells['place_name']}"],
        }
        project = f"{FUND}|{cells['project_id']}"
        intake.rows.append(RecordRow(place, Project, project, facts))
        # Town Deals grant to a project, the Future High Streets Fund to a place, whose projects share it.
        grant = cells["project_id"] if prefix == "TD" else f"{prefix}-{place_code}"
        if grant in grants:
            used.add(grant)
            intake.rows.append(LinkRow(place, FundedBy, project, f"{GRANT}|{grant}"))
        else:
            files.warn(place, "grant_unknown", "The project has no grant row with a total.")
    return used


ADAPTER = Adapter(
    source=Source(
        "uk-councils", "UK councils: authorities, investments, grants, services, climate aims", True
    ),
    licence="CC BY 4.0 and MIT",
    attribution=(
        "Local authorities and their names: mySociety, CC BY 4.0, https://creativecommons.org/licenses/by/4.0/",
        "Climate promises, declarations and plans: mySociety and Climate Emergency UK, CC BY 4.0",
        "Investments: Crown copyright, Department for Levelling Up, Housing and Communities, MIT",
        "Council services: Crown copyright, Government Digital Service, MIT",
    ),
    mapping=MAPPING,
    read=read,
)
