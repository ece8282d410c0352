"""What UK councils promised about the climate, when they declared it, and where they planned it."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

from app.imports.folder import Folder
from app.imports.rows import Intake, LinkRow, NotTaken, Place, RecordRow
from graph_schema.delivery import Evidence
from graph_schema.links import Relates
from graph_schema.policy import PolicyGoal
from graph_schema.values import GoalLevel

PROMISES, DECLARATIONS, PLANS = "climate_promises.csv", "climate_declarations.csv", "climate_plans.csv"
PROMISE, DECLARED, DOCUMENT = "climate-promise", "climate-declaration", "climate-document"
NO_PROMISE = "No promise"
PLAN_TAGS = {
    "date_retrieved": "retrieved",
    "last_update": "last-update",
    "out_of_date": "out-of-date",
    "file_type": "file-type",
    "plan_path": "plan-path",
    "time_period": "time-period",
    "scope": "scope",
    "status": "plan-status",
}
"""Column of climate_plans.csv -> scheme of the tag that keeps it."""
DECLARATION_TEXTS = (
    "motion_link", "ref_to_adaptation", "ecological_emergency", "ref_to_nature", "call_to_gov",
    "carbon_neutral_date", "carbon_neutral_whole_date", "notes",
)  # fmt: skip
"""Columns of climate_declarations.csv that the summary of the declaration holds, a line each."""
_SHORT = re.compile(r".{1,150}")
"""A text that a tag can hold; a longer one, of earlier editions, stands in the summary."""
_ADDRESS = re.compile(r"https?://[^\s/?#]+\S*")

Cells = dict[str, str]


def read(files: Folder, intake: Intake, authority: str) -> str:
    """Read the three files; answers the day on which the plans were last brought up to date.

    `authority` is the scheme of the authorities' codes.
    """
    climate = Climate(files, intake, authority)
    latest = climate.plans()
    climate.declarations()
    climate.promises()
    return latest


class Climate:
    """The three files, and what earlier ones say that later ones need."""

    def __init__(self, files: Folder, intake: Intake, authority: str) -> None:
        self._files, self._intake, self._authority = files, intake, authority
        self._documents: dict[str, Place] = {}
        self._declared: dict[str, Cells] = {}

    def plans(self) -> str:
        """One Evidence a plan. A row that names no document says that none was found."""
        none, latest = 0, ""
        for place, cells in self._files.rows(PLANS, "local-authority-code", "url", "type", "title"):
            latest = max(latest, cells["last_update"])
            if not cells["url"] and not cells["title"]:
                none += 1
                continue
            title = self._files.line(place, cells["title"])
            if not title:
                says = "The plan has no title; it is called by its authority and type."
                self._files.warn(place, "title_assumed", says, "/title")
                title = f"{cells['council']}: {cells['type'] or 'climate plan'}"
            said = {name: cells[name] for name in PLAN_TAGS if cells.get(name)}
            long = [name for name, text in said.items() if not _SHORT.fullmatch(text)]
            facts = {
                "title": title,
                "kind": cells["type"] or None,
                "summary": _summary(said, long),
                "tags": [f"{PLAN_TAGS[name]}:{text}" for name, text in said.items() if name not in long],
            }
            self._document(place, cells["local-authority-code"], cells["url"], facts)
        why = "the authority's row says that no plan was found"
        self._intake.not_taken.append(NotTaken(f"{PLANS}: rows without address and title", why, none))
        return latest

    def declarations(self) -> None:
        """One Evidence a declaration; what else the row says stands in its summary."""
        for place, cells in self._files.rows(DECLARATIONS, "local-authority-code", "date_made"):
            code, council = cells["local-authority-code"], cells["council"]
            if not code:
                says = "The row has no authority's code; its evidence names no organisation."
                self._files.warn(place, "authority_unknown", says, "/organisation")
            facts = {
                "title": f"{council}: climate emergency declaration",
                "kind": "climate emergency declaration",
                "summary": _summary(cells, DECLARATION_TEXTS),
                "organisation": self._of(code),
                "dated": self._day(place, cells["date_made"]),
                "url": self._address(place, cells["motion_url"]),
                "tags": [f"declared:{cells['made_declaration']}"] if cells["made_declaration"] else [],
            }
            self._intake.rows.append(RecordRow(place, Evidence, f"{DECLARED}|{code or council}", facts))
            if code:
                self._declared[code] = cells

    def promises(self) -> None:
        """One goal a promise, adopted on the day of its authority's declaration, where that is a date."""
        none = 0
        for place, cells in self._files.rows(PROMISES, "local-authority-code", "scope", "wording", "target"):
            if cells["scope"] == NO_PROMISE:
                none += 1
                continue
            code, scope = cells["local-authority-code"], cells["scope"]
            goal = f"{PROMISE}|{code}/{scope.casefold().replace(' ', '-')}"
            day = self._adopted(place, code)
            operations = scope == "Council operations"
            facts: dict[str, Any] = {
                "title": self._files.line(place, cells["wording"]),
                "organisation": self._of(code),
                "level": GoalLevel.CORPORATE if operations else GoalLevel.PLACE,
                "adopted_by": cells["council"],
                "adopted_on": day,
                "source_document": self._files.line(place, cells["source_name"]) or None,
                "tags": list(_tags(cells)),
            }
            self._intake.rows.append(RecordRow(place, PolicyGoal, goal, facts))
            if day:
                self._relates(place, goal, f"{DECLARED}|{code}", "is taken to be adopted with")
            if cells["source_url"]:
                named = {"title": facts["source_document"], "kind": "source of a promise"}
                document = self._document(place, code, cells["source_url"], named, again=True)
                self._relates(place, goal, document, "is stated in")
        why = "the register found no promise of the authority"
        self._intake.not_taken.append(NotTaken(f"{PROMISES}: rows of scope {NO_PROMISE}", why, none))

    def _document(self, place: Place, code: str, url: str, facts: dict[str, Any], again: bool = False) -> str:
        """The key of an authority's document at this address; it is stated where it was not before."""
        told_apart = sha256((url or facts["title"]).encode()).hexdigest()[:16]
        key = f"{DOCUMENT}|{code}/{told_apart}"
        if key not in self._documents:
            self._documents[key] = place
            stated = {"url": self._address(place, url), "organisation": self._of(code)}
            self._intake.rows.append(RecordRow(place, Evidence, key, facts | stated))
        elif not again:
            says = f"Row {self._documents[key].row} states the authority's document at this address already."
            self._files.warn(place, "another_row", says)
        return key

    def _relates(self, place: Place, goal: str, evidence: str, relation: str) -> None:
        self._intake.rows.append(LinkRow(place, Relates, goal, evidence, {"relation": relation}))

    def _of(self, code: str) -> str | None:
        return f"{self._authority}|{code}" if code else None

    def _adopted(self, place: Place, code: str) -> str | None:
        declared = self._declared.get(code)
        day = _day(declared["date_made"]) if declared else None
        if declared is None or day is None:
            says = "No declaration of the authority gives a day; the goal is not adopted, so never current."
            self._files.warn(place, "adoption_unknown", says, "/adopted_on")
        elif not declared["made_declaration"].startswith("Y"):
            says = "The day is that of a motion which the register does not call a declaration."
            self._files.warn(place, "adoption_assumed", says, "/adopted_on")
        return day

    def _day(self, place: Place, cell: str) -> str | None:
        day = _day(cell)
        if cell and day is None:
            says = "This is not a day that exists, such as 17/07/2019; the declaration has none."
            self._files.warn(place, "date_unreadable", says, "/dated")
        return day

    def _address(self, place: Place, cell: str) -> str | None:
        if not cell or _ADDRESS.fullmatch(cell):
            return cell or None
        self._files.warn(place, "address_unreadable", "This is not an address; it is left out.", "/url")
        return None


def _day(cell: str) -> str | None:
    """The register's 17/07/2019 as 2019-07-17; None where it is not a day that exists."""
    try:
        return datetime.strptime(cell, "%d/%m/%Y").date().isoformat()
    except ValueError:
        return None


def _tags(cells: Cells) -> Iterator[str]:
    yield f"scope:{cells['scope']}"
    if cells["target"]:
        yield f"target-year:{cells['target'].removesuffix('.0')}"


def _summary(cells: Cells, names: Iterable[str]) -> str | None:
    """What these columns say, a line each."""
    said = [
        f"{name.replace('_', ' ').capitalize()}: {cells[name].removesuffix('.0')}"
        for name in names
        if cells[name]
    ]
    return "\n".join(said) or None
