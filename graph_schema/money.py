"""Kinds of money: what is spent, what is gained, what is granted."""

from typing import Annotated

from pydantic import Field

from graph_schema.core import INDEXED, Node
from graph_schema.values import (
    BenefitCategory,
    CaseVersion,
    Certainty,
    Code,
    CostCategory,
    Currency,
    Day,
    FinancialYear,
    FundingType,
    Line,
    Money,
    PriceBasis,
)


class Amount(Node):
    """A sum of money as somebody states it. Not a kind of its own: Cost, Benefit and Funding are."""

    amount: Annotated[Money, Field(description="The sum, as stated and undiscounted.")]
    currency: Annotated[Currency, Field(description="Its currency.")] = Currency.GBP
    year: Annotated[
        FinancialYear | None,
        INDEXED,
        Field(description="Financial year by its first calendar year; empty: whole life."),
    ] = None


class CaseAmount(Amount):
    """A sum in a business case. Not a kind of its own."""

    line: Annotated[
        Line | None,
        Field(description="The line of the case; the same text is the same promise in another version."),
    ] = None
    price_basis: Annotated[PriceBasis, Field(description="Whether inflation is in the figure.")] = (
        PriceBasis.NOMINAL
    )
    price_year: Annotated[FinancialYear | None, Field(description="Year of the prices.")] = None
    case_version: Annotated[
        CaseVersion, INDEXED, Field(description="Which version of the case states it.")
    ] = CaseVersion.FORECAST


class Cost(CaseAmount):
    """Money a project or instrument spends."""

    plural = "costs"

    category: Annotated[CostCategory, INDEXED, Field(description="What it is spent on.")] = CostCategory.BUILD
    funding: Annotated[FundingType | None, Field(description="Capital or revenue.")] = None
    fund: Annotated[Line | None, Field(description="The fund it is met from.")] = None
    committed: Annotated[bool, Field(description="Whether it can no longer be avoided.")] = False


class Benefit(CaseAmount):
    """What a project is expected to gain; a disbenefit is negative."""

    plural = "benefits"

    category: Annotated[BenefitCategory, INDEXED, Field(description="The Green Book's kind.")]
    certainty: Annotated[Certainty | None, Field(description="How sure it is.")] = None
    realised_on: Annotated[Day | None, Field(description="Day it arrived.")] = None
    due: Annotated[Day | None, Field(description="Day it was promised for.")] = None


class Funding(Amount):
    """Money in: a grant or an allocation. Never part of cost."""

    plural = "funding"

    funding: Annotated[FundingType | None, Field(description="Capital or revenue.")] = None
    source: Annotated[Code | None, Field(description="The fund it comes from.")] = None
