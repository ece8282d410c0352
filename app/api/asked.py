"""The parameters of addresses, those of lists derived from the kinds. One that nobody knows is refused."""

from datetime import date
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model
from pydantic.fields import FieldInfo

from app.domain import paging
from app.domain.moments import Known
from graph_schema import LINK_KINDS, cypher
from graph_schema.core import INDEXED, Facts, Node
from graph_schema.values import Code, Day, RecordId, Standing


class Asked(BaseModel):
    """Parameters of an address. One that nobody knows is refused, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_VALID = "Day on which it is to be true, YYYY-MM-DD."


class Read(Asked):
    """Parameters of every read of one record or link."""

    valid_on: Annotated[Day | None, Field(description=f"{_VALID} Not found if it is not valid then.")] = None
    known_on: Known = None


class Paged(Asked):
    """Parameters of every list."""

    after: Annotated[
        str | None,
        Field(max_length=4_000, description="`next_cursor` of the page before; empty for the first."),
    ] = None
    limit: Annotated[int, Field(ge=1, le=200, description="Items of a page at most.")] = 50


class Counted(Paged):
    """Parameters of every list that can be filtered."""

    valid_on: Annotated[
        Day | None,
        Field(description="Only what is valid on this day; `has` and `lacks` too count only such links."),
    ] = None
    known_on: Known = None
    source: Annotated[Code | None, Field(description="Only what this source states.")] = None
    count: Annotated[
        Literal["exact"] | None, Field(description="`exact` adds `total`, the number of items on all pages.")
    ] = None


class Stretch(Asked):
    """Parameters of a stretch of the ledger."""

    after: Annotated[int, Field(ge=0, le=2**53, description="Only entries with a higher number.")] = 0
    limit: Annotated[int, Field(ge=1, le=200, description="Entries at most.")] = 50
    known_on: Known = None


def _link_path(asked: Any) -> Any:
    """A link kind as its address names it: CHANGES and changes both."""
    return asked.lower().replace("_", "-") if isinstance(asked, str) else asked


_LINKED = tuple(way + kind.path() for kind in LINK_KINDS for way in ("", "in:"))
LINK_BY_PATH = {kind.path(): kind for kind in LINK_KINDS}
AS_PATH = BeforeValidator(_link_path)
LinkPath = Annotated[Literal[_LINKED], AS_PATH]  # type: ignore[valid-type]


class RecordsAsked(Counted):
    """Parameters of every list of records, besides the facts of its kind."""

    tag: Annotated[list[Code], Field(max_length=50, description="Only records with all of these tags.")] = []
    has: Annotated[
        list[LinkPath], Field(max_length=20, description="Only records with a link of each of these kinds.")
    ] = []
    lacks: Annotated[
        list[LinkPath], Field(max_length=20, description="Only records without a link of any of these kinds.")
    ] = []
    status: Annotated[
        Literal["live", "retired", "any"], Field(description="Whether the records are in use.")
    ] = "live"


class LinksAsked(Counted):
    """Parameters of every list of links, besides the facts of its kind."""

    standing: Annotated[
        list[Standing], Field(description="Only links of one of these standings; empty: all but withdrawn.")
    ] = []
    from_: Annotated[RecordId | None, Field(alias="from", description="Only links from this record.")] = None
    to: Annotated[RecordId | None, Field(description="Only links to this record.")] = None


def _flag(asked: Any) -> Any:
    return {"true": True, "false": False}.get(asked, asked)


def _filter(name: str, field: FieldInfo, plain: type) -> tuple[Any, Any]:
    """The parameter that filters by a fact: any of the values given."""
    codes = _codes(field.annotation)
    one: Any = (
        codes or {bool: bool, str: Annotated[str, Field(max_length=1_000)], int: str, float: str}[plain]
    )
    if plain is bool:
        one = Annotated[bool, BeforeValidator(_flag)]
    says = f"Only those of which `{name}` is one of these. {field.description or ''}".strip()
    return Annotated[list[one], Field(max_length=200, description=says)], []


def _codes(annotation: Any) -> type[Enum] | None:
    if isinstance(annotation, type):
        return annotation if issubclass(annotation, Enum) else None
    return next((codes for each in get_args(annotation) if (codes := _codes(each))), None)


def _sorts(names: tuple[str, ...]) -> Any:
    """The parameter that orders a list: facts, `-` before one for falling order."""
    known = tuple(way + name for name in ("id", *names) for way in ("", "-"))
    says = (
        f"Order by these facts, separated by commas, `-` before one that falls: {', '.join(('id', *names))}."
    )
    return Annotated[
        list[Literal[known]], BeforeValidator(_split), Field(max_length=10, description=says)  # type: ignore[valid-type]
    ]


def _split(asked: Any) -> Any:
    if isinstance(asked, list):
        return [part for each in asked if isinstance(each, str) for part in each.split(",") if part]
    return asked


@cache
def query_of(kind: type[Facts]) -> type[Asked]:
    """The parameters of the list of a kind."""
    base: type[Asked] = RecordsAsked if issubclass(kind, Node) else LinksAsked
    fields: dict[str, Any] = {
        name: _filter(name, kind.model_fields[name], plain)
        for name, plain in paging.filters(kind).items()
        if name not in base.model_fields
    }
    known: Any = Literal[tuple(cypher.stating(kind))]
    for name, says in (("stated", "Only those that state"), ("unstated", "Only those that leave open")):
        text = f"{says} each of these facts; a part of a structure is `<structure>.<part>`."
        fields[name] = (Annotated[list[known], Field(max_length=20, description=text)], [])
    if issubclass(kind, Node):
        fields["sort"] = (_sorts(kind.marked(INDEXED)), [])
    return create_model(f"{kind.__name__}Asked", __base__=base, **fields)


def filters_of(kind: type[Facts], asked: Asked) -> dict[str, tuple[str, ...]]:
    """The filters by facts among a list's parameters, as text."""
    own = asked.model_fields_set & kind.model_fields.keys()
    given = {name: getattr(asked, name) for name in own}
    return {
        name: tuple(_text(value) for value in values)
        for name, values in given.items()
        if isinstance(values, list) and values
    }


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(getattr(value, "value", value))
