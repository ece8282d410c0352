"""Rules of money: whose it is, in which prices, who bears it, and when it can come."""

from datetime import date
from typing import Any

from app.domain import money
from app.domain.rules.case import Case, Tie
from app.domain.rules.rule import (
    INFORMATION,
    VIOLATION,
    WARNING,
    Found,
    Rule,
    current,
    is_whole,
    no,
    over_one,
    ties_in,
    too_many,
)
from graph_schema.core import Node
from graph_schema.cypher import stored
from graph_schema.delivery import Project
from graph_schema.links import Expects, FallsTo, FundedBy, Incurs
from graph_schema.money import Benefit, CaseAmount, Cost, Funding
from graph_schema.people import Organisation
from graph_schema.values import CaseVersion, PriceBasis


def cost_is_one_things(case: Case[Cost]) -> Found:
    """A cost belongs to one project or one instrument at a time."""
    return too_many(case.into(Incurs, Node))


def cost_is_somebodys(case: Case[Cost]) -> Found:
    """A project or instrument incurs the cost."""
    return no(not case.into(Incurs, Node))


def benefit_is_somebodys(case: Case[Benefit]) -> Found:
    """A project expects the benefit."""
    return no(not case.into(Expects, Project))


def funding_is_used(case: Case[Funding]) -> Found:
    """Some project is funded by the money in."""
    return no(not case.into(FundedBy, Project))


def attribution_within_one(case: Case[Benefit]) -> Found:
    """The projects that expect one benefit together claim no more than all of it."""
    return over_one(case.into(Expects, Project), "attribution")


def bearers_within_one(case: Case[CaseAmount]) -> Found:
    """The organisations an amount falls to together bear no more than all of it."""
    return over_one(case.out(FallsTo, Organisation), "share")


def bearers_add_up(case: Case[CaseAmount]) -> Found:
    """The shares of the organisations an amount falls to today come to 1."""
    ties = current(case.out(FallsTo, Organisation), case.on)
    if not ties:
        return None
    return no(not is_whole(ties, "share"), links=ties)


def bearer_is_named(case: Case[CaseAmount]) -> Found:
    """Somebody has said to which organisation the amount falls."""
    return no(not case.out(FallsTo, Organisation))


def bearer_has_agreed(case: Case[Cost]) -> Found:
    """Each organisation a cost falls to has agreed."""
    ties = case.out(FallsTo, Organisation)
    return ties_in(tie for tie in ties if not tie.facts.agreed_by_bearer) if ties else None


def agreement_is_whole(case: Case[CaseAmount]) -> Found:
    """A bearer's agreement and its day go together."""
    ties = case.out(FallsTo, Organisation)
    halves = (tie for tie in ties if tie.facts.agreed_by_bearer is (tie.facts.agreed_on is None))
    return ties_in(halves) if ties else None


def cost_is_positive(case: Case[Cost]) -> Found:
    """A cost is money out: money in is funding, and a saving is a benefit."""
    return no(int(case.facts.amount) < 0, "/amount")


def real_prices_have_a_year(case: Case[CaseAmount]) -> Found:
    """An amount in real prices says which year's prices they are."""
    if case.facts.price_basis is not PriceBasis.REAL:
        return None
    return no(case.facts.price_year is None, "/price_year")


def actual_is_past(case: Case[CaseAmount]) -> Found:
    """An actual is of a financial year that has begun."""
    year = case.facts.year
    if case.facts.case_version is not CaseVersion.ACTUAL or year is None:
        return None
    return no(date(year, 4, 1) > case.on, "/year")


def benefit_is_on_time(case: Case[Benefit]) -> Found:
    """A benefit has arrived by the day it was promised for."""
    due = case.facts.due
    return None if due is None else no(case.facts.realised_on is None and due < case.on, "/due")


def has_cost(case: Case[Project]) -> Found:
    """Somebody has said what the project costs."""
    return no(not case.out(Incurs, Cost))


def has_benefit(case: Case[Project]) -> Found:
    """Somebody has said what the project should gain."""
    return no(not case.out(Expects, Benefit))


def costs_add_up(case: Case[Project]) -> Found:
    """All costs of a project are of one currency, price basis and price year."""
    return no(len(_amounts(case)) > 1, links=case.out(Incurs, Cost)) if case.out(Incurs, Cost) else None


def costs_are_by_year_or_whole(case: Case[Project]) -> Found:
    """No line of cost has both a whole-life figure and figures by year."""
    if not case.out(Incurs, Cost):
        return None
    return no(any(amount.counted_twice for amount in _amounts(case).values()))


def _amounts(case: Case[Project]) -> dict[money.Bucket, money.Amount]:
    return money.amounts(stored(tie.far) for tie in case.out(Incurs, Cost))


def benefits_follow_go_live(case: Case[Project]) -> Found:
    """No benefit arrives, is due, or has its whole financial year before the project goes live."""
    go_live, ties = case.facts.go_live, case.out(Expects, Benefit)
    if go_live is None or not ties:
        return None
    return ties_in(tie for tie in ties if int(tie.far.amount) > 0 and _latest(tie) < go_live)


def _latest(tie: Tie[Any, Benefit]) -> date:
    """The last day on which the benefit can arrive, as stated; without any day it comes late enough."""
    benefit = tie.far
    year_ends = None if benefit.year is None else date(benefit.year + 1, 3, 31)
    days = [day for day in (benefit.realised_on, benefit.due, year_ends) if day]
    return min(days, default=date.max)


_AMOUNTS = (Cost, Benefit)
_BORNE, _COSTS = ("FALLS_TO",), ("INCURS",)
RULES = (
    Rule("cost_shared", VIOLATION, (Cost,), ("in:INCURS",),
         "A cost belongs to one project or instrument: state each one's part as a cost of its own.",
         cost_is_one_things),
    Rule("cost_of_nothing", WARNING, (Cost,), ("in:INCURS",),
         "Say which project or instrument incurs the cost: until then it counts nowhere.", cost_is_somebodys),
    Rule("benefit_of_nothing", WARNING, (Benefit,), ("in:EXPECTS",),
         "Say which project expects the benefit.", benefit_is_somebodys),
    Rule("funding_of_nothing", INFORMATION, (Funding,), ("in:FUNDED_BY",),
         "Say which project the money is for.", funding_is_used),
    Rule("attribution_over_one", VIOLATION, (Benefit,), ("in:EXPECTS",),
         "The projects' attributions of this benefit come to more than 1: lower one of them.",
         attribution_within_one),
    Rule("bearers_over_one", VIOLATION, _AMOUNTS, _BORNE,
         "The bearers' shares come to more than 1: lower one of them.", bearers_within_one),
    Rule("bearers_incomplete", WARNING, _AMOUNTS, _BORNE,
         "The bearers' shares should come to 1: state what each one bears.", bearers_add_up),
    Rule("bearer_assumed", INFORMATION, _AMOUNTS, _BORNE,
         "Say to which organisation it falls; until then the project's own is assumed.", bearer_is_named),
    Rule("bearer_not_agreed", INFORMATION, (Cost,), _BORNE,
         "An organisation the cost falls to has not agreed: ask it.", bearer_has_agreed),
    Rule("agreement_half", WARNING, _AMOUNTS, _BORNE,
         "A bearer's agreement needs its day, and a day needs the agreement.", agreement_is_whole),
    Rule("cost_negative", WARNING, (Cost,), (),
         "A cost is money out: record money in as funding and a saving as a benefit.", cost_is_positive),
    Rule("real_prices_without_year", WARNING, _AMOUNTS, (),
         "State which year's prices the amount is in.", real_prices_have_a_year),
    Rule("actual_to_come", WARNING, _AMOUNTS, (),
         "An actual cannot be of a year that has not begun: it is a forecast.", actual_is_past),
    Rule("benefit_overdue", INFORMATION, (Benefit,), (),
         "The benefit was promised for a day that is past: say when it arrived, or promise anew.",
         benefit_is_on_time),
    Rule("no_cost", WARNING, (Project,), _COSTS, "State what the project costs.", has_cost),
    Rule("no_benefit", INFORMATION, (Project,), ("EXPECTS",),
         "State what the project should gain.", has_benefit),
    Rule("costs_in_buckets", INFORMATION, (Project,), _COSTS,
         "Its costs are of several currencies or prices, which are never added together.", costs_add_up),
    Rule("whole_life_and_years", WARNING, (Project,), _COSTS,
         "A line has a whole-life figure and figures by year: the larger counts, since it includes them.",
         costs_are_by_year_or_whole),
    Rule("benefit_before_go_live", WARNING, (Project,), ("EXPECTS",),
         "A benefit comes before the project goes live: correct its year or day, or go_live.",
         benefits_follow_go_live),
)  # fmt: skip
