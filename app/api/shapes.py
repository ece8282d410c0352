"""The shapes of bodies and answers, derived from the kinds. They document; the kinds validate."""

from datetime import date
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from app.questions.core import LedgerNumber
from graph_schema.core import Facts, Link, Node
from graph_schema.values import Prose, RecordId, Standing, Status


class End(BaseModel):
    """One end of a link."""

    id: Annotated[RecordId, Field(description="Id of the record.")]
    kind: Annotated[str, Field(description="Kind of the record.")]
    title: Annotated[str, Field(description="The name people use.")]
    print: Annotated[
        str, Field(description="Fingerprint of its meaning as it stands; accepting or reviewing names it.")
    ]


class Then(BaseModel):
    """What an answer as was known is true of."""

    valid_on: Annotated[date | None, Field(description="The day asked about, if one was.")]
    known_on: Annotated[str, Field(description="When the last entry that was known was recorded.")]
    ledger: Annotated[LedgerNumber, Field(description="The last entry that was known.")]


AS_OF = Annotated[Then | None, Field(description="What it is true of; only if `known_on` was asked.")]


class Stored(BaseModel):
    """What the service says of everything it keeps."""

    id: Annotated[RecordId, Field(description="The service's own id.")]
    revision: Annotated[int, Field(description="Number of its state, from 1; the ETag holds it.")]
    source: Annotated[str, Field(description="Who states it: a registered source, or `person`.")]
    changed_at: Annotated[str, Field(description="When it last changed, RFC 3339 in UTC.")]
    as_of: AS_OF = None


class AnyRecord(Stored):
    """A record of any kind."""

    kind: Annotated[str, Field(description="Kind of the record.")]
    status: Annotated[Status, Field(description="Whether it is in use.")]
    facts: Annotated[dict[str, Any], Field(description="The facts somebody states, as the kind has them.")]
    withheld: Annotated[
        list[str] | None,
        Field(description="Of a person as was known: facts that were stated, and that no ledger keeps."),
    ] = None


class AnyLink(Stored):
    """A link of any kind."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    kind: Annotated[str, Field(description="Kind of the link.")]
    standing: Annotated[Standing, Field(description="How far it has got between the two sides.")]
    from_: Annotated[End, Field(alias="from", description="The lower end: the thing done.")]
    to: Annotated[End, Field(description="The upper end: the thing served or relied on.")]
    claimed_by: Annotated[str | None, Field(description="Who claimed it.")]
    claimed_on: Annotated[date | None, Field(description="Day it was claimed.")]
    accepted_by: Annotated[str | None, Field(description="Who accepted it.")]
    accepted_on: Annotated[date | None, Field(description="Day it was accepted.")]
    reviewed_on: Annotated[date | None, Field(description="Day it was last reviewed.")]
    source_print: Annotated[
        str | None, Field(description="Print of the lower end when accepted or reviewed.")
    ]
    target_print: Annotated[
        str | None, Field(description="Print of the upper end when accepted or reviewed.")
    ]
    facts: Annotated[dict[str, Any], Field(description="The facts somebody states, as the kind has them.")]


class Pages(BaseModel):
    """What every page of a list says besides its items."""

    next: Annotated[str | None, Field(description="Address of the next page; null on the last.")]
    next_cursor: Annotated[str | None, Field(description="Value of `after` for the next page.")]
    total: Annotated[int | None, Field(description="Number of items on all pages, if asked for.")] = None
    as_of: AS_OF = None


class Ledgered(BaseModel):
    """One entry of the ledger."""

    seq: Annotated[
        int, Field(description="Its number: entries have no gaps and follow the order of commits.")
    ]
    recorded_at: Annotated[str, Field(description="When it was recorded, RFC 3339 in UTC.")]
    actor: Annotated[str, Field(description="Who acted.")]
    source: Annotated[str, Field(description="On behalf of which source.")]
    action: Annotated[
        str, Field(description="What was done, such as create, change, retire, claim, withdraw.")
    ]
    item: Annotated[RecordId, Field(description="Id of the record or link, or of a source's registration.")]
    item_kind: Annotated[
        Literal["record", "link", "source"],
        Field(description="Whether it is a record, a link or the registration of a source."),
    ]
    kind: Annotated[str, Field(description="Kind of the record or link; Source for a registration.")]
    revision: Annotated[int, Field(description="The revision this made.")]
    before: Annotated[dict[str, Any] | None, Field(description="The whole state before; null if it was new.")]
    after: Annotated[dict[str, Any], Field(description="The whole state after.")]
    reason: Annotated[str | None, Field(description="Why, in the actor's words.")]


class History(Pages):
    """Entries of one record or link, oldest first."""

    items: Annotated[list[Ledgered], Field(description="The entries.")]


WHY = Annotated[
    Annotated[Prose, Field(max_length=1_000)] | None, Field(description="Why; kept in the ledger.")
]


class Reason(BaseModel):
    """Why this is done."""

    model_config = ConfigDict(extra="forbid")

    reason: WHY = None


class Fault(BaseModel):
    """One thing wrong with a request."""

    pointer: Annotated[str, Field(description="JSON Pointer to where it stands; empty: the whole.")]
    code: Annotated[str, Field(description="Which rule it breaks.")]
    detail: Annotated[str, Field(description="What to do about it.")]


class Problem(BaseModel):
    """Why a request was not served (RFC 9457)."""

    type: Annotated[str, Field(description="Address of the page about this problem.")]
    title: Annotated[str, Field(description="The kind of problem in a few words.")]
    status: Annotated[int, Field(description="The HTTP status.")]
    detail: Annotated[str, Field(description="What happened and what to do.")]
    instance: Annotated[
        str | None, Field(description="Path of the request, where it is an address of ours.")
    ] = None
    request_id: Annotated[str | None, Field(description="Id of the request, as in the log.")]
    errors: Annotated[list[Fault], Field(description="Every fault found, with its place.")]
    current: Annotated[
        dict[str, Any] | None, Field(description="How it stands now, where what was seen has changed.")
    ] = None


Shape = type[BaseModel]


def _only(word: str) -> Any:
    return Literal[word]


@cache
def record_of(kind: type[Node]) -> Shape:
    """The answer that shows a record of a kind."""
    return create_model(
        f"{kind.__name__}Record",
        __base__=AnyRecord,
        __doc__=f"A record: {kind.says()}",
        kind=(_only(kind.__name__), Field(description="Kind of the record.")),
        facts=(kind, Field(description="The facts somebody states.")),
    )


@cache
def link_of(kind: type[Link]) -> Shape:
    """The answer that shows a link of a kind."""
    return create_model(
        f"{kind.__name__}Link",
        __base__=AnyLink,
        __doc__=f"A link: {kind.says()}",
        kind=(_only(kind.label), Field(description="Kind of the link.")),
        facts=(kind, Field(description="The facts somebody states.")),
    )


@cache
def page_of(shape: Shape) -> Shape:
    """The answer that shows a page of these."""
    return create_model(
        f"{shape.__name__}Page",
        __base__=Pages,
        __doc__=f"A page of a list of {shape.__name__}.",
        items=(list[shape], Field(description="The items of this page.")),  # type: ignore[valid-type]
    )


_IN_NO_TABLE = ("as_of", "withheld", "facts")
_FACTS = "facts_"
"""Before a fact in a table whose name is also one of the service's own."""


@cache
def table_of(shape: Shape) -> Shape:
    """A row of a list as a file: what the service says, and the facts beside it."""
    own = {name: field for name, field in shape.model_fields.items() if name not in _IN_NO_TABLE}
    holds = shape.model_fields.get("facts")
    facts: dict[str, Any] = getattr(holds.annotation, "model_fields", {}) if holds else {}
    beside = {f"{_FACTS}{name}" if name in own else name: field for name, field in facts.items()}
    fields: dict[str, Any] = {name: (field.annotation, field) for name, field in (own | beside).items()}
    return create_model(f"{shape.__name__}Row", **fields)


def as_row(shown: dict[str, Any]) -> dict[str, Any]:
    """A record or link as such a row."""
    facts = {
        f"{_FACTS}{name}" if name in shown else name: value for name, value in shown.get("facts", {}).items()
    }
    return shown | facts


@cache
def claim_of(kind: type[Link]) -> Shape:
    """The body that claims a link of a kind."""
    needs_facts = any(field.is_required() for field in kind.model_fields.values())
    facts: Any = (
        (kind, Field(description="The facts of the link."))
        if needs_facts
        else (kind, Field(default_factory=kind, description="The facts of the link."))
    )
    return create_model(
        f"{kind.__name__}Claim",
        __config__=ConfigDict(extra="forbid", populate_by_name=True),
        __doc__=f"A link to claim: {kind.says()}",
        from_=(RecordId, Field(alias="from", description="Id of the lower end: the thing done.")),
        to=(RecordId, Field(description="Id of the upper end: the thing served or relied on.")),
        facts=facts,
    )


@cache
def patch_of(kind: type[Facts]) -> Shape:
    """The body that changes facts: those named are replaced, null takes one away (RFC 7396)."""
    fields: dict[str, Any] = {
        field.alias or name: (Annotated[field.annotation | None, Field(description=field.description)], None)  # type: ignore[operator]
        for name, field in kind.model_fields.items()
    }
    says = f"JSON merge patch (RFC 7396) of the facts of {kind.__name__}: null takes a fact away."
    return create_model(f"{kind.__name__}Patch", __doc__=says, **fields)
