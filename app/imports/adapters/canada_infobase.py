"""GC InfoBase: Canadian organisations and their law, what they are for, their programs and results."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app.domain.sources import Source
from app.imports.adapter import Adapter
from app.imports.adapters import canada_projects, canada_results, canada_spending
from app.imports.adapters.canada_mapping import FILES, GOAL, LAW, MAPPING, NOT_TAKEN, ORGANISATION, PROGRAM
from app.imports.adapters.enabling_law import Instrument, instruments
from app.imports.folder import Folder
from app.imports.rows import Acceptance, Intake, LinkRow, Place, RecordRow
from graph_schema.law import Legislation
from graph_schema.links import Advances, EstablishedBy
from graph_schema.people import Organisation
from graph_schema.policy import PolicyGoal, PolicyInstrument

Cells = dict[str, str]
_YES = {"1": "yes", "0": "no"}
_ORGANISATION_TAGS = {
    "legal_title_en": "legal-title",
    "old_applied_title_en": "former-title",
    "abbr_en": "abbreviation",
    "PAS": "public-accounts",
    "incorp_yr": "incorporated",
    "end_yr": "ended",
    "status": "status",
    "dp_status": "dp-status",
    "FAA_schedule_institutional": "faa-schedule",
    "FAA_schedule_HR_status": "faa-hr-status",
}


@dataclass
class Departments:
    """Departments by their code: the key of the organisation and its name."""

    keys: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)


def read(folder: Path) -> Intake:
    """The rows of the register's folder."""
    intake = Intake(not_taken=list(NOT_TAKEN))
    files = Folder(folder, intake)
    files.need(*FILES)
    organisations = list(files.rows("igoc.csv", "org_id", "dept_code", "enabling_instrument_en"))
    departments = _organisations(files, intake, organisations)
    programs = list(files.rows("program.csv", "dept_code", "activity_code", "crso_id", "name_en"))
    results = canada_results.read(files)
    adopted = _goals(files, intake, departments, _first_years(results, programs))
    _programs(files, intake, departments, programs, adopted, results.first_year)
    titles = {program_key(cells): cells["name_en"] for _, cells in programs}
    canada_results.outcomes(files, intake, departments.keys, set(titles), results)
    canada_results.contributions(files, intake, results)
    canada_spending.costs(files, intake, departments.keys, titles, results)
    canada_projects.projects(files, intake, organisations)
    intake.edition = str(results.last_year)
    return intake


def program_key(cells: Cells) -> str:
    """The register's own key of a program."""
    return f"{cells['dept_code']}-{cells['activity_code']}"


def _organisations(files: Folder, intake: Intake, rows: list[tuple[Place, Cells]]) -> Departments:
    departments = Departments()
    ministries = {cells["id"]: cells["name_en"] for _, cells in files.rows("ministries.csv")}
    ministers = {cells["id"]: cells["name_en"] for _, cells in files.rows("ministers.csv")}
    of: dict[str, list[str]] = defaultdict(list)
    for _, cells in files.rows("org_to_minister.csv"):
        of[cells["department"]].append(ministers.get(cells["minister"], cells["minister"]))
    for place, cells in rows:
        id, code = cells["org_id"], cells["dept_code"]
        title = cells["applied_title_en"] or cells["legal_title_en"]
        ministry = cells["ministry"].removesuffix(".0")
        tags = [f"{scheme}:{cells[column]}" for column, scheme in _ORGANISATION_TAGS.items() if cells[column]]
        tags += [f"ministry:{ministries.get(ministry, ministry)}"] if ministry else []
        tags += [f"minister:{name}" for name in of[id]]
        if code:
            departments.keys[code] = f"{ORGANISATION}|{id}"
            departments.titles[code] = title
        facts = {
            "title": title,
            "ref": code or None,
            "summary": cells["description_en"] or None,
            "type": cells["institutional_form"] or None,
            **_years(files, place, cells),
            "tags": tags,
            "identifiers": [{"scheme": "canada-dept", "value": code}] if code else [],
        }
        intake.rows.append(RecordRow(place, Organisation, f"{ORGANISATION}|{id}", facts))
    _enabling(files, intake, rows)
    return departments


def _years(files: Folder, place: Place, cells: Cells) -> dict[str, str | None]:
    began, ended = _new_year(cells["incorp_yr"], 0), _new_year(cells["end_yr"], 1)
    if began and ended and began >= ended:
        files.warn(
            place, "years_reversed", "It ends before it begins; its years are tags alone.", "/valid_from"
        )
        return {}
    return {"valid_from": began, "valid_to": ended}


def _new_year(cell: str, later: int) -> str | None:
    year = cell.removesuffix(".0")
    return f"{int(year) + later}-01-01" if re.fullmatch(r"\d{4}", year) else (year or None)


def _enabling(files: Folder, intake: Intake, rows: list[tuple[Place, Cells]]) -> None:
    """Each instrument once, however it is cited, and what it establishes."""
    known: dict[str, tuple[Place, list[Instrument]]] = {}
    for place, cells in rows:
        named = {each.key: each for each in reversed(instruments(cells["enabling_instrument_en"]))}
        if not named:
            files.warn(
                place, "no_enabling_law", "The register names no law that establishes the organisation."
            )
        if len(named) > 1:
            says = f"The cell names {len(named)} instruments; each is taken."
            files.warn(place, "several_instruments", says)
        for key, each in reversed(named.items()):
            known.setdefault(key, (place, []))[1].append(each)
            _report(files, place, each, known[key][1][0])
            organisation = f"{ORGANISATION}|{cells['org_id']}"
            intake.rows.append(LinkRow(place, EstablishedBy, organisation, f"{LAW}|{key}"))
    for key, (place, spellings) in known.items():
        cited = [each for each in spellings if each.number] or spellings
        facts = {
            "title": spellings[0].title,
            "type": cited[0].type,
            "year": cited[0].year,
            "number": cited[0].number,
            "tags": [f"jurisdiction:{cited[0].jurisdiction}", *_citations(spellings)],
        }
        intake.rows.append(RecordRow(place, Legislation, f"{LAW}|{key}", facts))


def _report(files: Folder, place: Place, each: Instrument, first: Instrument) -> None:
    if each.type is None:
        says = "Nothing tells what the text names; it is kept whole as a title."
        files.warn(place, "instrument_unread", says)
    if each.text != first.text:
        files.warn(
            place, "cited_otherwise", "The same instrument is cited in another way elsewhere; it is one."
        )


def _citations(spellings: list[Instrument]) -> Iterator[str]:
    for text in dict.fromkeys(each.text for each in spellings):
        if len(text) <= 180:
            yield f"cited-as:{text}"


def _first_years(results: canada_results.Results, programs: list[tuple[Place, Cells]]) -> dict[str, int]:
    """Core responsibility -> the earliest document year that names it or one of its programs."""
    part_of = {program_key(cells): cells["crso_id"] for _, cells in programs}
    first: dict[str, int] = {}
    for each in results.all:
        goal = part_of.get(each.subject, each.subject)
        first[goal] = min(each.year, first.get(goal, each.year))
    return first


def _goals(files: Folder, intake: Intake, departments: Departments, years: dict[str, int]) -> dict[str, str]:
    """Every core responsibility; answers the day each was adopted."""
    adopted = {}
    for place, cells in files.rows("crso.csv", "id", "dept_code", "name_en"):
        id, code = cells["id"], cells["dept_code"]
        if id in years:
            adopted[id] = f"{years[id]}-04-01"
        else:
            says = "No document names it or one of its programs; it stays not adopted."
            files.warn(place, "not_adopted", says, "/adopted_on")
        facts = {
            "title": cells["name_en"],
            "summary": cells["desc_en"] or None,
            "ref": id,
            "level": "national",
            "organisation": departments.keys.get(code, f"canada-dept|{code}"),
            "adopted_by": departments.titles.get(code) if id in years else None,
            "adopted_on": adopted.get(id),
            "tags": _flags(cells, {"is_active": "active", "is_internal_service": "internal-service"}),
        }
        intake.rows.append(RecordRow(place, PolicyGoal, f"{GOAL}|{id}", facts))
    return adopted


def _flags(cells: Cells, schemes: dict[str, str]) -> list[str]:
    return [f"{scheme}:{_YES.get(cells[column], cells[column])}" for column, scheme in schemes.items()]


_PROGRAM_FLAGS = {
    "is_active": "active",
    "is_internal_service": "internal-service",
    "is_fake_program": "placeholder",
    "is_crown": "crown",
}


def _programs(
    files: Folder,
    intake: Intake,
    departments: Departments,
    rows: list[tuple[Place, Cells]],
    adopted: dict[str, str],
    earliest: int,
) -> None:
    """Every program, with its tags, and the core responsibility it advances, as its organisation accepts."""
    tags = _tags(files)
    for place, cells in rows:
        id, code = program_key(cells), cells["dept_code"]
        former = [f"former-title:{cells['old_name_en'][:180]}"] if cells["old_name_en"] else []
        facts = {
            "title": cells["name_en"],
            "summary": cells["desc_en"] or None,
            "ref": id,
            "organisation": departments.keys.get(code, f"canada-dept|{code}"),
            "tags": [*_flags(cells, _PROGRAM_FLAGS), *tags[id], *former],
        }
        intake.rows.append(RecordRow(place, PolicyInstrument, f"{PROGRAM}|{id}", facts))
        on = adopted.get(cells["crso_id"], f"{earliest}-04-01")
        accepted = Acceptance(departments.titles.get(code, code), on)
        goal = f"{GOAL}|{cells['crso_id']}"
        intake.rows.append(LinkRow(place, Advances, f"{PROGRAM}|{id}", goal, {}, accepted))


def _tags(files: Folder) -> dict[str, list[str]]:
    """Program -> its tags, each under the root of its tree."""
    parents = {cells["tag_id"]: cells["parent_id"] for _, cells in files.rows("program_tags.csv")}
    tags: dict[str, list[str]] = defaultdict(list)
    for place, cells in files.rows("tags_to_programs.csv"):
        root, seen = cells["tag_id"], set()
        while root in parents and root not in seen:
            seen.add(root)
            root = parents[root]
        if not seen:
            files.warn(place, "tag_unknown", "The tag is in no tree; it is kept under its own code.", "/tags")
        tags[cells["program_id"]].append(f"{root.casefold()}:{cells['tag_id']}")
    return tags


ADAPTER = Adapter(
    source=Source(
        "canada-infobase",
        "GC InfoBase: organisations, law, core responsibilities, programs, results, spending, IT projects",
        states_acceptance=True,
    ),
    licence="Open Government Licence - Canada; IT projects: MIT",
    attribution=(
        "Contains information licensed under the Open Government Licence - Canada",
        "IT projects: Parliament of Canada, sessional paper 8530-441-13-505, compiled by Sean Boots",
    ),
    mapping=MAPPING,
    read=read,
)
