"""Kinds of delivery: the projects money is spent on, and what they make and rest on."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from graph_schema.answers import Answered
from graph_schema.core import BY_ACT, FIXED, INDEXED, MEANING, Node, Structure
from graph_schema.values import (
    CaseStage,
    Code,
    Confidence,
    Day,
    Depth,
    EvidenceGrade,
    Line,
    Maturity,
    ProjectLabel,
    ProjectState,
    Prose,
    Url,
)


class Portfolio(Node):
    """A set of projects that a board looks at together."""

    plural = "portfolios"

    board: Annotated[Line | None, Field(description="The board that looks at it.")] = None
    period: Annotated[Code | None, Field(description="The period it is for, such as 2026-27.")] = None


class NotApplicable(Structure):
    """A declaration that a project has no policy goal to serve, and who agreed."""

    reason: Annotated[Prose, Field(min_length=1, description="Why no goal applies.")]
    declared_by: Annotated[Code, Field(description="Who declared it.")]
    declared_on: Annotated[Day, Field(description="Day it was declared.")]
    expires: Annotated[Day, Field(description="First day on which it no longer holds.")]
    accepted_by: Annotated[Code | None, Field(description="Who accepted it: somebody else.")] = None
    accepted_on: Annotated[Day | None, Field(description="Day it was accepted.")] = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.expires <= self.declared_on:
            raise PydanticCustomError("date_order", "A declaration must expire after it was made.")
        if self.accepted_by is not None and self.accepted_by == self.declared_by:
            raise PydanticCustomError("self_acceptance", "A declaration is accepted by somebody else.")
        if (self.accepted_by is None) != (self.accepted_on is None):
            raise PydanticCustomError("acceptance_half", "accepted_by and accepted_on go together.")
        if self.accepted_on is not None and self.accepted_on < self.declared_on:
            raise PydanticCustomError(
                "date_order", "A declaration is accepted on the day it was made or later."
            )
        return self


class Project(Node):
    """An investment: work that spends money to change something."""

    plural = "projects"

    state: Annotated[ProjectState, INDEXED, Field(description="How far the work has got.")] = (
        ProjectState.IDEA
    )
    case_stage: Annotated[CaseStage | None, Field(description="Stage of its business case.")] = None
    label: Annotated[ProjectLabel | None, INDEXED, Field(description="What the project calls itself.")] = None
    stated_depth: Annotated[Depth | None, MEANING, Field(description="How deep it says it goes.")] = None
    start: Annotated[Day | None, Field(description="Day work starts.")] = None
    go_live: Annotated[Day | None, Field(description="Day people begin to use it.")] = None
    end: Annotated[Day | None, Field(description="Day the project ends.")] = None
    delivery_confidence: Annotated[Confidence | None, Field(description="Latest delivery confidence.")] = None
    not_applicable: Annotated[
        NotApplicable | None, BY_ACT, Field(description="Declaration that no goal applies.")
    ] = None

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.start and self.end and self.start > self.end:
            raise PydanticCustomError("date_order", "start must not be after end.")
        if self.start and self.go_live and self.start > self.go_live:
            raise PydanticCustomError("date_order", "start must not be after go_live.")
        return self


class Asset(Node):
    """A product or data standard that others can use again."""

    plural = "assets"

    licence: Annotated[Line | None, Field(description="Licence it may be used under.")] = None
    maturity: Annotated[Maturity | None, Field(description="How far it is proven.")] = None
    open_standard: Annotated[bool, Field(description="Whether it is an open standard.")] = False


class Evidence(Node):
    """Something that can be looked up and supports a statement."""

    plural = "evidence"

    kind: Annotated[Code | None, Field(description="What it is, such as evaluation or survey.")] = None
    grade: Annotated[EvidenceGrade | None, Field(description="How good it is.")] = None
    url: Annotated[Url | None, Field(description="Where it can be read.")] = None
    dated: Annotated[Day | None, Field(description="Day it was made.")] = None
    expires: Annotated[Day | None, Field(description="First day on which it is too old.")] = None


class Decision(Node):
    """What a board chose, when, and on which answers. It stands as made: another may supersede it."""

    plural = "decisions"

    board: Annotated[Line | None, FIXED, Field(description="The board that decided.")] = None
    on: Annotated[Day | None, FIXED, Field(description="Day of the decision.")] = None
    choice: Annotated[Prose | None, FIXED, Field(description="What was chosen.")] = None
    reasons: Annotated[Prose | None, FIXED, Field(description="Why.")] = None
    answers: Annotated[
        tuple[Answered, ...], FIXED, Field(max_length=50, description="The answers it rested on.")
    ] = ()


class Element(Node):
    """Something imported that has no kind here: kept and shown, never counted."""

    plural = "elements"

    source_type: Annotated[Code, INDEXED, Field(description="What its source calls the kind.")]
