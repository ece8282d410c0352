"""Kinds of link: which records may be joined, what that says, and whether money can be traced over it."""

from typing import Annotated

from pydantic import Field

from graph_schema.core import BY_ACT, Link, Node, TracingLink, TwoKeyLink
from graph_schema.delivery import Asset, Decision, Element, Evidence, Portfolio, Project
from graph_schema.law import Interval, LegalChange, Legislation, Provision
from graph_schema.money import Benefit, Cost, Funding
from graph_schema.people import Organisation, Person, Post
from graph_schema.policy import Outcome, PolicyGoal, PolicyInstrument, Process, ServiceType
from graph_schema.values import (
    Basis,
    ChangeMode,
    Code,
    Day,
    Depth,
    Effect,
    Line,
    Need,
    Polarity,
    Prose,
    Share,
)

ANY: tuple[type[Node], ...] = (
    Legislation, Provision, LegalChange, PolicyGoal, Outcome, PolicyInstrument, Process,
    ServiceType, Portfolio, Project, Asset, Cost, Benefit, Funding, Organisation, Post, Person,
    Evidence, Decision, Element,
)  # fmt: skip
"""Every kind of record; `graph_schema.NODE_KINDS` is this tuple."""

OWNABLE = tuple(kind for kind in ANY if kind not in (Post, Person))


class Changes(TracingLink):
    """The project alters the instrument or process."""

    label, reads, reads_back = "CHANGES", "changes", "is changed by"
    matrix = (((Project,), (Process, PolicyInstrument)),)

    depth: Annotated[Depth, Field(description="How deep the change goes.")]
    mode: Annotated[ChangeMode, Field(description="What it does to it.")] = ChangeMode.ALTERS

    @classmethod
    def fault(cls, source: type[Node], target: type[Node], facts: Link) -> tuple[str, str] | None:
        """An instrument is changed at depth rules or instrument, a process at interface, process or rules."""
        assert isinstance(facts, Changes)
        fits = {
            Process: (Depth.INTERFACE, Depth.PROCESS, Depth.RULES),
            PolicyInstrument: (Depth.RULES, Depth.INSTRUMENT),
        }[target]
        if facts.depth in fits:
            return None
        return "depth_not_allowed", f"A change of a {target.__name__} goes as deep as: {', '.join(fits)}."


class Enables(TracingLink):
    """The project makes the other project possible."""

    label, reads, reads_back, acyclic = "ENABLES", "enables", "is enabled by", True
    matrix = (((Project,), (Project,)),)


class Operates(TracingLink):
    """The process puts the instrument to work."""

    label, reads, reads_back = "OPERATES", "operates", "is operated by"
    matrix = (((Process,), (PolicyInstrument,)),)


class Advances(TracingLink):
    """The instrument helps or harms the goal."""

    label, reads, reads_back, parallel_by = "ADVANCES", "advances", "is advanced by", ("polarity",)
    matrix = (((PolicyInstrument,), (PolicyGoal,)),)

    polarity: Annotated[Polarity, Field(description="Whether it helps or harms the goal.")] = Polarity.HELPS
    expected_effect: Annotated[Prose | None, Field(description="What it should bring about.")] = None


class PartOf(TwoKeyLink):
    """The lower thing is a part of the upper."""

    label, reads, reads_back, acyclic = "PART_OF", "is part of", "has part", True
    matrix = (
        ((PolicyGoal,), (PolicyGoal,)),
        ((Provision,), (Legislation,)),
        ((Project,), (Portfolio,)),
    )


class GroundedIn(TwoKeyLink):
    """The law that requires or allows it."""

    label, reads, reads_back = "GROUNDED_IN", "is grounded in", "grounds"
    matrix = (((PolicyInstrument, Process, PolicyGoal), (Provision, Legislation)),)

    basis: Annotated[Basis, Field(description="Whether the law requires it or allows it.")]
    purpose_confirmed_by: Annotated[
        Code | None,
        BY_ACT,
        Field(description="The legal post that confirmed that partly commenced law covers this purpose."),
    ] = None
    purpose_confirmed_on: Annotated[Day | None, BY_ACT, Field(description="Day of that confirmation.")] = None

    @classmethod
    def fault(cls, source: type[Node], target: type[Node], facts: Link) -> tuple[str, str] | None:
        """A whole Act may be named as a power only; a duty is some provision's."""
        assert isinstance(facts, GroundedIn)
        if target is Legislation and facts.basis is not Basis.POWER:
            return (
                "basis_not_allowed",
                "A duty is grounded in a provision; a whole piece of legislation can only be a power.",
            )
        return None


class Affects(Link):
    """One recorded effect of a change in the law."""

    label, reads, reads_back, parallel_by = "AFFECTS", "affects", "is affected by", ("effect_id",)
    matrix = (((LegalChange,), (Provision, Legislation)),)

    effect_id: Annotated[
        Code | None, Field(description="The register's id of this effect; tells parallel effects apart.")
    ] = None
    effect: Annotated[Effect, Field(description="What it does.")]
    source_type: Annotated[Line | None, Field(description="The register's own word for the effect.")] = None
    affecting_provision: Annotated[Line | None, Field(description="The provision that has the effect.")] = (
        None
    )
    affected_text: Annotated[Line | None, Field(description="What is affected, in the register's words.")] = (
        None
    )
    applied: Annotated[
        bool | None,
        Field(description="Whether the register has worked it into the text. A fact, never a state."),
    ] = None
    requires_applied: Annotated[
        bool | None, Field(description="Whether the register must work it in. A fact, never a state.")
    ] = None
    prospective: Annotated[
        bool | None, Field(description="Whether the register calls it prospective. A fact, never a state.")
    ] = None
    intervals: Annotated[
        tuple[Interval, ...], Field(max_length=200, description="When the effect has force.")
    ] = ()


class NeedsChange(Link):
    """It cannot, or can hardly, be done unless the law changes."""

    label, reads, reads_back = "NEEDS_CHANGE", "needs", "is needed by"
    matrix = (((Project, Process, PolicyInstrument), (LegalChange,)),)

    need: Annotated[Need, Field(description="How much depends on the change.")]
    needed_by: Annotated[Day | None, Field(description="Day by which it is needed.")] = None


class DependsOn(Link):
    """The project waits for the other project."""

    label, reads, reads_back = "DEPENDS_ON", "depends on", "is depended on by"
    matrix = (((Project,), (Project,)),)

    needed_by: Annotated[Day | None, Field(description="Day by which it is needed.")] = None


class Incurs(Link):
    """The cost is the project's or instrument's."""

    label, reads, reads_back = "INCURS", "incurs", "is incurred by"
    matrix = (((Project, PolicyInstrument), (Cost,)),)


class Expects(Link):
    """The benefit is expected of the project."""

    label, reads, reads_back = "EXPECTS", "expects", "is expected of"
    matrix = (((Project,), (Benefit,)),)

    attribution: Annotated[
        Share | None, Field(description="Part of the benefit that is due to this project.")
    ] = None


class FallsTo(Link):
    """The organisation bears the cost or has the benefit."""

    label, reads, reads_back = "FALLS_TO", "falls to", "bears"
    matrix = (((Cost, Benefit), (Organisation,)),)

    share: Annotated[Share | None, Field(description="The organisation's part; all parts sum to 1.")] = None
    agreed_by_bearer: Annotated[bool, Field(description="Whether the bearer has agreed.")] = False
    agreed_on: Annotated[Day | None, Field(description="Day the bearer agreed.")] = None


class FundedBy(Link):
    """Where money comes from, which is not what it is for."""

    label, reads, reads_back = "FUNDED_BY", "is funded by", "funds"
    matrix = (((Project,), (Funding,)), ((Funding,), (Organisation, PolicyInstrument)))


class ContributesTo(Link):
    """The benefit or instrument contributes to the goal or outcome."""

    label, reads, reads_back = "CONTRIBUTES_TO", "contributes to", "is contributed to by"
    matrix = (((Benefit, PolicyInstrument), (PolicyGoal, Outcome)),)


class MeasuredBy(Link):
    """The outcome tells whether the goal is reached."""

    label, reads, reads_back = "MEASURED_BY", "is measured by", "measures"
    matrix = (((PolicyGoal,), (Outcome,)),)


class EstablishedBy(Link):
    """The law that set the organisation up."""

    label, reads, reads_back = "ESTABLISHED_BY", "is established by", "establishes"
    matrix = (((Organisation,), (Legislation,)),)


class InstanceOf(Link):
    """The process is this council's form of a shared service type."""

    label, reads, reads_back = "INSTANCE_OF", "is an instance of", "has instance"
    matrix = (((Process,), (ServiceType,)),)


class Reuses(Link):
    """The project uses what exists instead of making its own."""

    label, reads, reads_back = "REUSES", "reuses", "is reused by"
    matrix = (((Project,), (Asset, Project)),)


class Produces(Link):
    """The project makes something others can use."""

    label, reads, reads_back = "PRODUCES", "produces", "is produced by"
    matrix = (((Project,), (Asset,)),)


class Owns(Link):
    """The post answers for it."""

    label, reads, reads_back = "OWNS", "owns", "is owned by"
    matrix = (((Post,), OWNABLE),)

    accountable: Annotated[bool, Field(description="Whether this is the one post that is accountable.")] = (
        False
    )


class SucceededBy(Link):
    """The other takes its place."""

    label, reads, reads_back, acyclic, same_kind = "SUCCEEDED_BY", "is succeeded by", "succeeds", True, True
    matrix = tuple(
        ((kind,), (kind,))
        for kind in (Organisation, Project, PolicyGoal, PolicyInstrument, Process, LegalChange, Decision)
    )

    on: Annotated[Day | None, Field(description="Day of the succession.")] = None
    share: Annotated[Share | None, Field(description="The successor's part, where one thing splits.")] = None


class Claims(Link):
    """The project says it serves the goal: shown, never counted."""

    label, reads, reads_back = "CLAIMS", "claims to serve", "is claimed by"
    matrix = (((Project,), (PolicyGoal,)),)

    statement: Annotated[Prose | None, Field(description="The claim in the project's words.")] = None


class Relates(Link):
    """A relation of an imported model: kept and shown, never counted."""

    label, reads, reads_back, parallel_by = "RELATES", "relates to", "is related to by", ("relation",)
    matrix = ((ANY, ANY),)

    relation: Annotated[Line, Field(description="What the source calls the relation.")]
