"""GC InfoBase's spending: one cost for each program, year and version."""

from decimal import Decimal, InvalidOperation

from app.imports.adapters.canada_mapping import COST, PROGRAM
from app.imports.adapters.canada_results import Results
from app.imports.folder import Folder
from app.imports.rows import Intake, LinkRow, RecordRow
from graph_schema.links import Incurs
from graph_schema.money import Cost

_ACTUAL = {f"pa_last_year{tail}_exp": back for back, tail in enumerate(("", "_2", "_3", "_4", "_5"))}
"""Column -> how many years before the last."""
_NOISE = Decimal("0.0001")
"""What binary fractions leave behind in a cell such as 67.67999999."""
_PLANNED = {f"planning_year_{number}": number - 1 for number in (1, 2, 3)}


def costs(
    files: Folder, intake: Intake, departments: dict[str, str], titles: dict[str, str], results: Results
) -> None:
    """What each program spent and plans to. The last actual year is that of the latest results report."""
    last, plan = results.last_of("drr"), results.last_of("dp")
    years = [(column, last - back, "actual") for column, back in _ACTUAL.items()]
    years += [("pa_last_year_planned", last, "forecast")]
    years += [(column, plan + ahead, "forecast") for column, ahead in _PLANNED.items()]
    columns = [column for column, _, _ in years]
    for place, cells in files.rows("program_spending.csv", "dept_code", "activity_code", *columns):
        program = f"{cells['dept_code']}-{cells['activity_code']}"
        for column, year, version in years:
            if not cells[column]:
                continue
            amount = dollars(cells[column])
            if amount and abs(Decimal(amount) - Decimal(cells[column])) > _NOISE:
                files.warn(place, "rounded_to_cents", f"{column} has fractions of a cent.", "/amount")
            key = f"{COST}|{program}/{year}/{version}"
            of = f"{version} spending {year}-{(year + 1) % 100:02}"
            facts = {
                "title": f"{titles.get(program, program)[:900]}: {of}",
                "organisation": departments.get(cells["dept_code"]),
                "amount": amount or cells[column],
                "currency": "CAD",
                "year": year,
                "line": "program spending",
                "category": "run",
                "case_version": version,
            }
            intake.rows.append(RecordRow(place, Cost, key, facts))
            intake.rows.append(LinkRow(place, Incurs, f"{PROGRAM}|{program}", key))


def dollars(cell: str) -> str | None:
    """A cell's amount to the cent; None if it is none."""
    try:
        return f"{Decimal(cell.replace('$', '').replace(',', '')).quantize(Decimal('0.01'))}"
    except InvalidOperation:
        return None
