"""Which form an answer takes: what the Accept header asks for among what an address offers."""

from collections.abc import Mapping

from starlette.requests import Request

from app.api.problems import NotAcceptable

JSON, CSV, JSON_LINES, HTML = "application/json", "text/csv", "application/jsonl", "text/html"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SUFFIXES = {".csv": CSV, ".jsonl": JSON_LINES, ".xlsx": XLSX}
"""The end of an address that asks for a table as a file -> its form."""
TABLE = (JSON, *SUFFIXES.values())
"""The forms in which every table comes."""


def without_suffix(path: str, suffixes: Mapping[str, str]) -> tuple[str, str | None]:
    """The address, and the form that its end asks for, where it is one of these."""
    place, dot, ending = path.rpartition(".")
    form = suffixes.get(dot + ending)
    return (place, form) if form else (path, None)


def chosen(request: Request, offered: tuple[str, ...]) -> str:
    """The offered form the client likes best, the first of equals; `NotAcceptable` if it likes none."""
    accept = request.headers.get("accept")
    if accept is None or accept in ("*/*", offered[0]):
        return offered[0]
    ranges = [_range(each) for each in ",".join(request.headers.getlist("accept")).split(",") if each.strip()]
    if not ranges:
        return offered[0]
    liked = [(-_quality(form, ranges), at, form) for at, form in enumerate(offered)]
    quality, _, form = min(liked)
    if quality == 0:
        raise NotAcceptable(f"The answer comes as: {', '.join(offered)}.")
    return form


def _range(text: str) -> tuple[str, float]:
    """A media range and how much it is liked, 0 to 1."""
    name, *parameters = (part.strip().casefold() for part in text.split(";"))
    quality = 1.0
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                quality = float(parameter[2:])
            except ValueError:
                quality = 0.0
    return name, quality if 0.0 <= quality <= 1.0 else 0.0


def _quality(form: str, ranges: list[tuple[str, float]]) -> float:
    """How much the client likes a form: the most specific range that covers it decides."""
    liked = dict(ranges)
    for covering in (form, form.split("/")[0] + "/*", "*/*"):
        if covering in liked:
            return liked[covering]
    return 0.0
