"""Kinds of policy: aims, how they are measured, and the instruments and processes that serve them."""

from typing import Annotated

from pydantic import Field

from graph_schema.core import INDEXED, MEANING, Node, Structure
from graph_schema.values import (
    Code,
    Count,
    Currency,
    Day,
    Direction,
    GoalLevel,
    InstrumentFamily,
    InstrumentState,
    Line,
    Measure,
    Money,
)


class PolicyGoal(Node):
    """An aim that a body with the standing to do so has adopted."""

    plural = "policy-goals"

    level: Annotated[GoalLevel, MEANING, INDEXED, Field(description="Whose aim it is.")]
    priority: Annotated[int | None, Field(strict=True, ge=1, le=5, description="1 matters most.")] = None
    adopted_by: Annotated[Line | None, MEANING, Field(description="The body that adopted it.")] = None
    adopted_on: Annotated[
        Day | None, Field(description="Day of adoption; before it the goal is not current.")
    ] = None
    source_document: Annotated[Line | None, MEANING, Field(description="The document that states it.")] = None
    statutory: Annotated[bool, Field(description="Whether law requires the goal to be set.")] = False


class Reading(Structure):
    """One value of a measure on a day."""

    value: Annotated[Measure, Field(description="The value.")]
    on: Annotated[Day | None, Field(description="Day it was or is to be measured.")] = None


class Outcome(Node):
    """What a goal is measured by."""

    plural = "outcomes"

    measure: Annotated[Line | None, Field(description="What is measured.")] = None
    unit: Annotated[Code | None, Field(description="Unit of the measure.")] = None
    baseline: Annotated[Reading | None, Field(description="Where it started.")] = None
    target: Annotated[Reading | None, Field(description="Where it should arrive.")] = None
    latest: Annotated[Reading | None, Field(description="Where it was last seen.")] = None
    direction: Annotated[Direction | None, Field(description="Which way it should move.")] = None


class PolicyInstrument(Node):
    """A tax, benefit, licence, service, grant or rule chosen to bring a policy about."""

    plural = "policy-instruments"

    family: Annotated[InstrumentFamily | None, MEANING, INDEXED, Field(description="Hood's family.")] = None
    target_group: Annotated[Line | None, MEANING, Field(description="Whom it is for.")] = None
    state: Annotated[InstrumentState, INDEXED, Field(description="Where it stands in its life.")] = (
        InstrumentState.EXISTING
    )
    legal_review_on: Annotated[Day | None, Field(description="Day a lawyer last reviewed it.")] = None


class Process(Node):
    """Work an organisation does, again and again, to operate an instrument."""

    plural = "processes"

    lgsl: Annotated[Count | None, MEANING, Field(description="Local Government Service List code.")] = None
    volume: Annotated[Count | None, Field(description="Cases a year.")] = None
    unit_cost: Annotated[Money | None, Field(description="Cost of one case.")] = None
    unit_cost_currency: Annotated[Currency, Field(description="Currency of the unit cost.")] = Currency.GBP
    standard_ref: Annotated[Line | None, MEANING, Field(description="The standard it follows.")] = None
    channel: Annotated[Code | None, Field(description="Main channel, such as online or telephone.")] = None


class ServiceType(Node):
    """An entry of a shared list of services; it joins councils and belongs to none."""

    plural = "service-types"

    lgsl: Annotated[Count | None, Field(description="Local Government Service List code.")] = None
    lgil: Annotated[Count | None, Field(description="Local Government Interaction List code.")] = None
