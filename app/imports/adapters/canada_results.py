"""GC InfoBase's results: outcomes over the documents that state them, and the programs behind them."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.imports.adapters.canada_mapping import GOAL, PROGRAM, RESULT
from app.imports.folder import Folder
from app.imports.rows import Intake, LinkRow, Place, RecordRow
from graph_schema.core import Link
from graph_schema.links import ContributesTo, MeasuredBy, Relates
from graph_schema.policy import Outcome

_DOCUMENT = re.compile(r"(?P<kind>drr|dp)(?P<year>\d\d)")


@dataclass(frozen=True)
class Result:
    """One result in one document."""

    place: Place
    stable: str
    subject: str
    title: str
    document: str
    year: int


@dataclass
class Results:
    """Every result, and the years of the documents."""

    by_id: dict[str, Result] = field(default_factory=dict)

    @property
    def all(self) -> Iterable[Result]:
        """Every result, in the order of the file."""
        return self.by_id.values()

    @property
    def first_year(self) -> int:
        """The year of the earliest document."""
        return min((each.year for each in self.all), default=1900)

    @property
    def last_year(self) -> int:
        """The year of the latest document."""
        return max((each.year for each in self.all), default=1900)

    def last_of(self, kind: str) -> int:
        """The year of the latest report (`drr`) or plan (`dp`)."""
        return max((each.year for each in self.all if each.document.startswith(kind)), default=1900)


def read(files: Folder) -> Results:
    """The results of the folder; one whose document names no year is left out, and two of one id."""
    results = Results()
    for place, cells in files.rows("results.csv", "id", "stable_id", "subject_id", "name_en", "doc"):
        document = _DOCUMENT.fullmatch(cells["doc"])
        if not document:
            files.reject(place, "document_unknown", "The document names no year, as drr24 or dp26 does.")
        elif cells["id"] in results.by_id:
            files.reject(place, "duplicate_in_file", "Another row of this file has the same id.")
        else:
            year = 2000 + int(document["year"])
            results.by_id[cells["id"]] = Result(
                place,
                cells["stable_id"],
                cells["subject_id"],
                files.line(place, cells["name_en"]),
                cells["doc"],
                year,
            )
    return results


def outcomes(
    files: Folder, intake: Intake, departments: dict[str, str], programs: set[str], results: Results
) -> None:
    """One Outcome for each stable id, from its first document year to its last, and whose it is."""
    editions: dict[str, list[Result]] = defaultdict(list)
    for each in results.all:
        editions[each.stable].append(each)
    for stable, some in editions.items():
        latest = max(some, key=lambda each: each.year)
        if len({each.title for each in some}) > 1:
            says = "Its documents name the result in different words; the latest are taken."
            files.warn(latest.place, "renamed", says, "/title")
        facts = {
            "title": latest.title,
            "ref": stable,
            "organisation": departments.get(latest.subject.rpartition("-")[0]),
            "tags": [f"document:{each.document}" for each in sorted(some, key=lambda each: each.document)],
            **_span(each.year for each in some),
        }
        intake.rows.append(RecordRow(latest.place, Outcome, f"{RESULT}|{stable}", facts))
        _belongs(files, intake, programs, some)


def _belongs(files: Folder, intake: Intake, programs: set[str], editions: list[Result]) -> None:
    subjects: dict[str, list[Result]] = defaultdict(list)
    for each in editions:
        subjects[each.subject].append(each)
    if len(subjects) > 1:
        says = "Its documents place the result under different subjects; it is joined to each in its years."
        files.warn(editions[-1].place, "moved", says)
    for subject, some in subjects.items():
        kind: type[Link] = Relates
        source, facts = f"{PROGRAM}|{subject}", {"relation": "has result"}
        if subject not in programs:
            kind, source, facts = MeasuredBy, f"{GOAL}|{subject}", {}
        dates = _span(each.year for each in some)
        target = f"{RESULT}|{some[0].stable}"
        intake.rows.append(LinkRow(some[0].place, kind, source, target, {**facts, **dates}))


def contributions(files: Folder, intake: Intake, results: Results) -> None:
    """One CONTRIBUTES_TO for each program and result, from the first document year to the last."""
    pairs: dict[tuple[str, str], list[tuple[Place, int]]] = defaultdict(list)
    for place, cells in files.rows("pi_dr_links.csv", "program_id", "result_id"):
        result = results.by_id.get(cells["result_id"])
        if result is None:
            files.reject(place, "result_unknown", "No row of results.csv has this result_id.")
        else:
            pairs[cells["program_id"], result.stable].append((place, result.year))
    for (program, stable), stated in pairs.items():
        place, years = stated[0][0], sorted({year for _, year in stated})
        if years[-1] - years[0] >= len(years):
            says = (
                "Documents between the first and the last do not state the link; its dates cover their years."
            )
            files.warn(place, "years_missing", says, "/valid_from")
        ends = f"{PROGRAM}|{program}", f"{RESULT}|{stable}"
        intake.rows.append(LinkRow(place, ContributesTo, *ends, _span(years)))


def _span(years: Iterable[int]) -> dict[str, str]:
    """From the first day of the first financial year to the first day after the last."""
    some = list(years)
    return {"valid_from": f"{min(some)}-04-01", "valid_to": f"{max(some) + 1}-04-01"}
