"""Rules of aims, instruments and processes."""

from app.domain.rules.case import Case
from app.domain.rules.rule import INFORMATION, WARNING, Found, Place, Rule, current, no
from graph_schema.core import Node
from graph_schema.links import Advances, GroundedIn, InstanceOf, MeasuredBy, Operates, SucceededBy
from graph_schema.policy import Outcome, PolicyGoal, PolicyInstrument, Process, ServiceType
from graph_schema.values import InstrumentState


def is_adopted(case: Case[PolicyGoal]) -> Found:
    """A goal says who adopted it and when; else it is never current."""
    missing = [name for name in ("adopted_by", "adopted_on") if getattr(case.facts, name) is None]
    return [Place(f"/{name}") for name in missing]


def is_adopted_by_now(case: Case[PolicyGoal]) -> Found:
    """The day of adoption has come."""
    adopted = case.facts.adopted_on
    return None if adopted is None else no(adopted > case.on, "/adopted_on")


def has_priority(case: Case[PolicyGoal]) -> Found:
    """A goal says how much it matters."""
    return no(case.facts.priority is None, "/priority")


def is_measured(case: Case[PolicyGoal]) -> Found:
    """A goal is measured by an outcome."""
    return no(not case.out(MeasuredBy, Outcome))


def readings_run_forward(case: Case[Outcome]) -> Found:
    """The baseline was measured before the latest reading and before the target."""
    base = case.facts.baseline
    if base is None or base.on is None:
        return None
    later = (("latest", case.facts.latest), ("target", case.facts.target))
    return [Place(f"/{name}/on") for name, each in later if each and each.on and each.on < base.on]


def has_target(case: Case[Outcome]) -> Found:
    """An outcome says where it should arrive."""
    return no(case.facts.target is None, "/target")


def is_grounded(case: Case[PolicyInstrument]) -> Found:
    """An instrument names the law that requires or allows it."""
    return no(not case.out(GroundedIn, Node))


def advances_something(case: Case[PolicyInstrument]) -> Found:
    """An instrument advances a goal."""
    return no(not case.out(Advances, PolicyGoal))


def retiring_is_succeeded(case: Case[PolicyInstrument]) -> Found:
    """An instrument that is being retired is succeeded by another."""
    if case.facts.state is not InstrumentState.RETIRING:
        return None
    return no(not case.out(SucceededBy, PolicyInstrument), "/state")


def operates_something(case: Case[Process]) -> Found:
    """A process operates an instrument."""
    return no(not case.out(Operates, PolicyInstrument))


def is_of_a_service_type(case: Case[Process]) -> Found:
    """A process names the shared type of service it is an instance of."""
    return no(not case.out(InstanceOf, ServiceType))


def names_its_organisation(case: Case[Node]) -> Found:
    """A process or instrument belongs to an organisation, whose nation says which law must hold."""
    return no(case.facts.organisation is None, "/organisation")


def ended_goal_is_succeeded(case: Case[PolicyGoal]) -> Found:
    """A goal whose time is over is succeeded by another."""
    if case.facts.valid_to is None or case.facts.valid_to > case.on:
        return None
    return no(not current(case.out(SucceededBy, PolicyGoal), case.on), "/valid_to")


RULES = (
    Rule("goal_not_adopted", WARNING, (PolicyGoal,), (),
         "State who adopted the goal and when: until then no project is aligned with it.", is_adopted),
    Rule("goal_adopted_later", INFORMATION, (PolicyGoal,), (),
         "The goal is current only from the day of its adoption.", is_adopted_by_now),
    Rule("goal_without_priority", INFORMATION, (PolicyGoal,), (),
         "State the goal's priority, 1 to 5: starved goals are ranked by it.", has_priority),
    Rule("goal_not_measured", INFORMATION, (PolicyGoal,), ("MEASURED_BY",),
         "Name the outcome that tells whether the goal is reached.", is_measured),
    Rule("goal_ended_without_successor", WARNING, (PolicyGoal,), ("SUCCEEDED_BY",),
         "The goal's time is over: retire it, or say which goal takes its place.", ended_goal_is_succeeded),
    Rule("readings_backwards", WARNING, (Outcome,), (),
         "The baseline should be earlier than the latest reading and the target: correct the days.",
         readings_run_forward),
    Rule("outcome_without_target", INFORMATION, (Outcome,), (),
         "State where the measure should arrive.", has_target),
    Rule("instrument_not_grounded", WARNING, (PolicyInstrument,), ("GROUNDED_IN",),
         "Name the law that requires or allows the instrument.", is_grounded),
    Rule("instrument_without_goal", WARNING, (PolicyInstrument,), ("ADVANCES",),
         "Say which goal the instrument advances: without one nothing is aligned through it.",
         advances_something),
    Rule("retiring_without_successor", INFORMATION, (PolicyInstrument,), ("SUCCEEDED_BY",),
         "Say which instrument takes its place, if one does.", retiring_is_succeeded),
    Rule("process_without_instrument", WARNING, (Process,), ("OPERATES",),
         "Say which instrument the process puts to work: without one nothing is aligned through it.",
         operates_something),
    Rule("process_without_service_type", INFORMATION, (Process,), ("INSTANCE_OF",),
         "Name the shared type of service: other councils are found by it.", is_of_a_service_type),
    Rule("no_organisation", INFORMATION, (PolicyInstrument, Process), (),
         "Say whose it is: without an organisation, law must hold in every nation to be relied on.",
         names_its_organisation),
)  # fmt: skip
