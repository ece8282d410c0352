"""Which column of a table feeds which fact: a guess by names, for whoever knows the table to correct."""

from collections.abc import Iterable, Sequence

from app.imports.cells import places, plain
from app.imports.mapping import KEY, REFUSED, Mapping, is_identifier, is_many
from graph_schema.core import Node

_KEYS = ("key", "id", "identifier", "ref", "reference", "code", "number", "no", "urn")
_ALSO = {
    "title": ("name", "project", "projectname", "projecttitle"),
    "summary": ("description", "details", "whatitis", "notes", "scope"),
    "state": ("status", "stage", "phase"),
    "start": ("startdate", "starts", "begins", "from"),
    "end": ("enddate", "ends", "finish", "finishdate", "to"),
    "go_live": ("golivedate", "live", "launch", "launchdate"),
    "valid_from": ("start", "startdate", "from", "begins"),
    "valid_to": ("end", "enddate", "finish", "finishdate", "to", "ends"),
    "ref": ("reference", "code"),
    "organisation": ("council", "authority", "department", "owner", "organization"),
    "tags": ("tag", "labels", "keywords", "category"),
}
"""What people call facts besides their names. A name in two places goes to the first that is free."""


def guessed(columns: Sequence[str], kind: type[Node], scheme: str, saved: Mapping | None = None) -> Mapping:
    """The mapping these columns seem to ask for; what was saved for the source is taken where it fits."""
    names = [name for name in columns if name != REFUSED]
    fits = saved is not None and saved.kind == kind.__name__
    key, taken = _kept(names, saved) if saved and fits else (None, {})
    key = key or next(iter(_keys(names, kind, scheme)), None)
    for ways in (_named, _also_called):
        for column in names:
            if column in taken or column == key:
                continue
            free = (name for name in ways(column, kind) if is_many(name, kind) or name not in taken.values())
            name = next(free, None)
            if name is not None:
                taken[column] = name
    in_order = {column: taken[column] for column in names if column in taken}
    return Mapping(kind=kind.__name__, scheme=scheme, key=key, columns=in_order)


def _kept(columns: Iterable[str], saved: Mapping) -> tuple[str | None, dict[str, str]]:
    """What was saved, as far as the table has its columns."""
    there = set(columns)
    taken = {column: name for column, name in saved.columns.items() if column in there}
    return (saved.key if saved.key in there else None), taken


def _keys(columns: Sequence[str], kind: type[Node], scheme: str) -> list[str]:
    """The columns that may hold keys, the likeliest first."""
    called = (plain(KEY), *(plain(f"{kind.__name__} {each}") for each in _KEYS), plain(scheme), *_KEYS)
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(plain(column), column)
    return [by_name[each] for each in called if each in by_name]


def _named(column: str, kind: type[Node]) -> list[str]:
    """The facts that have the column's name."""
    known, wanted = places(kind), plain(column)
    if is_identifier(column):
        return [column]
    return [name for name in known if wanted in (plain(name), plain(f"{kind.__name__} {name}"))]


def _also_called(column: str, kind: type[Node]) -> list[str]:
    """The facts that people call so."""
    known, wanted = places(kind), plain(column)
    return [name for name, words in _ALSO.items() if name in known and wanted in words]
