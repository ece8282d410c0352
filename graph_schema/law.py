"""Kinds of law: what it says, where and when it has force, and what changes it."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from graph_schema.core import BY_EVENT, INDEXED, MEANING, Node, Structure
from graph_schema.values import (
    ChangeKind,
    ChangeOutcome,
    ChangeStage,
    Code,
    Day,
    DutyKind,
    EndedBy,
    Force,
    Legislature,
    Line,
    Nation,
    Url,
)

Extent = Annotated[tuple[Nation, ...], Field(max_length=4)]
"""The nations a law extends to; empty means the whole United Kingdom."""


class Legislation(Node):
    """An Act, instrument or other source of law as a whole."""

    plural, open_only = "legislation", True

    uri: Annotated[Url | None, Field(description="Its address at legislation.gov.uk, /id/ form.")] = None
    type: Annotated[
        Code | None,
        INDEXED,
        Field(
            description="legislation.gov.uk type code, or byelaw, council_constitution, "
            "statutory_guidance, direction, grant_condition."
        ),
    ] = None
    year: Annotated[int | None, Field(ge=1000, le=2200, description="Year of the citation.")] = None
    number: Annotated[Code | None, Field(description="Number of the citation.")] = None


class Interval(Structure):
    """A span of days in which a provision or effect has force, and for whom."""

    from_: Annotated[
        Day | None, Field(alias="from", description="First day of force; empty: no day appointed.")
    ] = None
    to: Annotated[Day | None, Field(description="First day without force; empty if open.")] = None
    qualification: Annotated[
        Line | None, Field(description="The register's words on what is in force, such as 'wholly in force'.")
    ] = None
    extent: Annotated[
        Extent, Field(description="Nations it covers; empty: all the provision extends to.")
    ] = ()
    ended_by: Annotated[EndedBy | None, Field(description="What ended it.")] = None
    saved_for: Annotated[Line | None, Field(description="For whom or what it goes on after its end.")] = None

    @model_validator(mode="after")
    def _from_before_to(self) -> Self:
        if self.from_ and self.to and self.from_ >= self.to:
            raise PydanticCustomError("date_order", "The interval's from must be before its to.")
        return self


class Provision(Node):
    """The smallest unit of law with one force: a section, a regulation, a paragraph."""

    plural, open_only = "provisions", True

    uri: Annotated[Url | None, Field(description="Its address at legislation.gov.uk.")] = None
    path: Annotated[
        Code | None, MEANING, Field(description="Where it stands in the legislation, such as section/9.")
    ] = None
    force: Annotated[
        Force | None, MEANING, Field(description="What it does; empty: its source does not say.")
    ] = None
    duty_kind: Annotated[DutyKind | None, MEANING, Field(description="How binding, for a duty.")] = None
    extent: Annotated[Extent, MEANING, Field(description="Nations it extends to; empty: all.")] = ()
    application: Annotated[
        Extent, MEANING, Field(description="Nations it applies in; empty: as extent.")
    ] = ()
    applies_to: Annotated[
        tuple[Code, ...],
        MEANING,
        Field(max_length=50, description="Authority types it applies to; empty: all."),
    ] = ()
    intervals: Annotated[
        tuple[Interval, ...],
        Field(
            max_length=200, description="When it has force; an entry without from: made, no day appointed."
        ),
    ] = ()
    generic_power: Annotated[
        bool, Field(description="Whether it is a general power that could ground anything.")
    ] = False


class LegalChange(Node):
    """Something that makes, alters, commences or ends law: a Bill, an order, an Act that amends another."""

    plural, open_only = "legal-changes", True

    kind: Annotated[ChangeKind, INDEXED, Field(description="What kind of instrument it is.")]
    legislature: Annotated[Legislature | None, Field(description="Who makes it.")] = None
    stage: Annotated[
        ChangeStage, BY_EVENT, Field(description="How far it has got on its way to being made.")
    ] = ChangeStage.PROPOSED
    outcome: Annotated[ChangeOutcome, INDEXED, BY_EVENT, Field(description="What became of it.")] = (
        ChangeOutcome.PENDING
    )
    in_force_on: Annotated[
        Day | None,
        BY_EVENT,
        Field(description="Day it came or comes into force, where it has one as a whole."),
    ] = None
    earliest_in_force: Annotated[Day | None, Field(description="Earliest day it could be in force.")] = None
    likely_in_force: Annotated[Day | None, Field(description="Day it is likely to be in force.")] = None
    latest_in_force: Annotated[Day | None, Field(description="Latest day it should be in force.")] = None
    extent: Annotated[Extent, Field(description="Nations it extends to; empty: all.")] = ()
    last_checked: Annotated[Day | None, Field(description="Day somebody last looked at the source.")] = None

    @model_validator(mode="after")
    def _estimates_in_order(self) -> Self:
        estimates = [
            day for day in (self.earliest_in_force, self.likely_in_force, self.latest_in_force) if day
        ]
        if estimates != sorted(estimates):
            raise PydanticCustomError(
                "date_order", "earliest, likely and latest in force must not run backwards."
            )
        return self
