"""What a job tells of its rows: every remark by row and column, and the refused rows themselves, to mend."""

from collections.abc import Iterator
from typing import Any

from app.imports.files import Lines, Table
from app.imports.mapping import REFUSED, Mapping
from app.imports.report import Report
from app.imports.rows import Remark


def remarks(report: Report, mapping: Mapping) -> Iterator[dict[str, Any]]:
    """Every fault and warning, by the row and column of the file; faults first, each in the file's order."""
    for rejects, some in ((True, report.rows), (False, report.warnings)):
        for each in sorted(some, key=lambda remark: remark.place.row):
            yield {
                "row": each.place.row,
                "column": _column(each.field, mapping),
                "field": each.field,
                "code": each.code,
                "detail": each.detail,
                "rejects": rejects,
            }


def _column(field: str, mapping: Mapping) -> str | None:
    """The column that feeds the fact a pointer leads to; the last, where several may."""
    wanted = field.strip("/").split("/")
    for column, name in mapping.columns.items():
        if name.split(".")[: len(wanted)] == wanted[: len(name.split("."))]:
            return column
    return mapping.key if wanted[0] == "identifiers" else None


def rows(read: Table, report: Report, mapping: Mapping) -> Iterator[list[str]]:
    """The header, then each refused row as it was sent, with the reason in a column of its own."""
    why = _by_row(report)
    names = [column for column in read.columns if column != REFUSED]
    yield [*names, REFUSED]
    cells = {place.row: row for place, row in read.rows if place.row in why}
    for at in sorted(why):
        if at in cells:
            yield [*(cells[at][name] for name in names), _reason(why[at], mapping)]
        elif at in read.unfit:
            unfit = read.unfit[at][: len(names)]
            yield [*unfit, *([""] * (len(names) - len(unfit))), _reason(why[at], mapping)]


def _by_row(report: Report) -> dict[int, list[Remark]]:
    found: dict[int, list[Remark]] = {}
    for each in report.rows:
        found.setdefault(each.place.row, []).append(each)
    return found


def _reason(found: list[Remark], mapping: Mapping | None = None) -> str:
    """Why a row was refused, in the words of its own columns where there are columns."""
    said = []
    for each in found:
        place = (mapping and _column(each.field, mapping)) or each.field.lstrip("/")
        said.append(f"{place}: {each.detail}" if place else each.detail)
    return "; ".join(said)


def lines(read: Lines, report: Report) -> Iterator[dict[str, Any]]:
    """Each refused line as it was sent, with the reason as a member of its own."""
    why = _by_row(report)
    for place, stated in read.rows:
        if place.row in why:
            yield stated | {REFUSED: _reason(why[place.row])}
