"""Rules of projects, what they make, and what they rest on."""

from app.domain.rules.case import Case
from app.domain.rules.rule import INFORMATION, WARNING, Found, Place, Rule, no
from graph_schema.core import Node
from graph_schema.delivery import Asset, Decision, Evidence, Portfolio, Project
from graph_schema.links import OWNABLE, Changes, Enables
from graph_schema.values import Depth, ProjectLabel, ProjectState

_OVER = (ProjectState.CLOSED, ProjectState.STOPPED)


def has_go_live(case: Case[Project]) -> Found:
    """A project says when people begin to use it."""
    return no(case.facts.go_live is None, "/go_live")


def goes_live_before_its_end(case: Case[Project]) -> Found:
    """A project goes live before it ends."""
    go_live, end = case.facts.go_live, case.facts.end
    return None if go_live is None or end is None else no(go_live > end, "/go_live")


def state_fits_its_days(case: Case[Project]) -> Found:
    """A project that delivers has started; one that is over has ended."""
    facts = case.facts
    if facts.state is ProjectState.DELIVERING and facts.start:
        return no(facts.start > case.on, "/start")
    if facts.state in _OVER and facts.end:
        return no(facts.end > case.on, "/end")
    return None


def ended_when_over(case: Case[Project]) -> Found:
    """A project that is over says when it ended."""
    return no(case.facts.end is None, "/end") if case.facts.state in _OVER else None


def says_what_it_changes(case: Case[Project]) -> Found:
    """Somebody has said what the project changes or which project it enables."""
    return no(not (_changes(case) or case.out(Enables, Project)))


def has_label(case: Case[Project]) -> Found:
    """A project says what kind of work it is."""
    return no(case.facts.label is None, "/label")


def has_stated_depth(case: Case[Project]) -> Found:
    """A project says how deep it means to go."""
    return no(case.facts.stated_depth is None, "/stated_depth")


def goes_as_deep_as_it_says(case: Case[Project]) -> Found:
    """The deepest change claimed is as deep as the project says it goes."""
    depths = [list(Depth).index(depth) for depth in _changes(case)]
    if case.facts.stated_depth is None or not depths:
        return None
    return no(max(depths) != list(Depth).index(case.facts.stated_depth), "/stated_depth")


def transforms_more_than_an_interface(case: Case[Project]) -> Found:
    """A project that calls itself transformation changes more than interfaces."""
    if case.facts.label is not ProjectLabel.TRANSFORMATION or not _changes(case):
        return None
    return no(set(_changes(case)) == {Depth.INTERFACE}, "/label")


def enabler_enables(case: Case[Project]) -> Found:
    """A project that calls itself an enabler enables another."""
    if case.facts.label is not ProjectLabel.ENABLER:
        return None
    return no(not case.out(Enables, Project), "/label")


def _changes(case: Case[Project]) -> list[Depth]:
    return [tie.facts.depth for tie in case.out(Changes, Node)]


def declaration_holds(case: Case[Project]) -> Found:
    """A declaration that no goal applies has not expired."""
    declared = case.facts.not_applicable
    return None if declared is None else no(declared.expires <= case.on, "/not_applicable/expires")


def declaration_is_accepted(case: Case[Project]) -> Found:
    """A declaration that no goal applies has been accepted by somebody else."""
    declared = case.facts.not_applicable
    return None if declared is None else no(declared.accepted_by is None, "/not_applicable/accepted_by")


def evidence_is_fresh(case: Case[Evidence]) -> Found:
    """Evidence has not expired."""
    expires = case.facts.expires
    return None if expires is None else no(expires <= case.on, "/expires")


def evidence_expires_after_it_was_made(case: Case[Evidence]) -> Found:
    """Evidence expires after the day it was made."""
    dated, expires = case.facts.dated, case.facts.expires
    return None if dated is None or expires is None else no(expires <= dated, "/expires")


def evidence_is_dated(case: Case[Evidence]) -> Found:
    """Evidence says when it was made."""
    return no(case.facts.dated is None, "/dated")


def has_licence(case: Case[Asset]) -> Found:
    """An asset says under which licence it may be used."""
    return no(case.facts.licence is None, "/licence")


def has_board(case: Case[Portfolio]) -> Found:
    """A portfolio says which board looks at it."""
    return no(case.facts.board is None, "/board")


def decision_is_whole(case: Case[Decision]) -> Found:
    """A decision says who chose what, and when."""
    return [Place(f"/{name}") for name in ("board", "on", "choice") if getattr(case.facts, name) is None]


def decision_names_its_answers(case: Case[Decision]) -> Found:
    """A decision names an answer it rested on."""
    return no(not case.facts.answers, "/answers")


def valid_by_now(case: Case[Node]) -> Found:
    """The record's own time is not over while it is still in use."""
    ended = case.facts.valid_to
    return None if ended is None else no(ended <= case.on, "/valid_to")


RULES = (
    Rule("no_go_live", WARNING, (Project,), (),
         "State the day people begin to use it: benefits and legal changes are held against it.",
         has_go_live),
    Rule("go_live_after_end", WARNING, (Project,), (),
         "The project ends before it goes live: correct one of the days.", goes_live_before_its_end),
    Rule("state_against_days", WARNING, (Project,), (),
         "The project's state and its days contradict each other: correct one of them.", state_fits_its_days),
    Rule("over_without_end", INFORMATION, (Project,), (),
         "State the day on which the project ended.", ended_when_over),
    Rule("nothing_changed", WARNING, (Project,), ("CHANGES", "ENABLES"),
         "Say which process or instrument the project changes, or which project it enables.",
         says_what_it_changes),
    Rule("no_label", INFORMATION, (Project,), (),
         "Say what kind of work it is: enabler, improvement, transformation, statutory or keep_running.",
         has_label),
    Rule("no_stated_depth", INFORMATION, (Project,), (),
         "Say how deep the project means to go.", has_stated_depth),
    Rule("depth_differs", INFORMATION, (Project,), ("CHANGES",),
         "The deepest change claimed is not as deep as the project says: correct one of them.",
         goes_as_deep_as_it_says),
    Rule("cosmetic_transformation", WARNING, (Project,), ("CHANGES",),
         "It calls itself transformation and changes interfaces alone: say what else changes, or relabel.",
         transforms_more_than_an_interface),
    Rule("enabler_of_nothing", WARNING, (Project,), ("ENABLES",),
         "It calls itself an enabler: say which project it enables.", enabler_enables),
    Rule("declaration_expired", WARNING, (Project,), (),
         "The declaration that no goal applies has expired: declare anew, or say what the project serves.",
         declaration_holds),
    Rule("declaration_not_accepted", INFORMATION, (Project,), (),
         "The declaration counts once somebody else has accepted it.", declaration_is_accepted),
    Rule("evidence_expired", WARNING, (Evidence,), (),
         "The evidence has expired: renew it, or rest the links on other evidence.", evidence_is_fresh),
    Rule("evidence_expires_first", WARNING, (Evidence,), (),
         "The evidence expires before it was made: correct one of the days.",
         evidence_expires_after_it_was_made),
    Rule("evidence_undated", INFORMATION, (Evidence,), (),
         "State the day the evidence was made.", evidence_is_dated),
    Rule("asset_without_licence", INFORMATION, (Asset,), (),
         "State the licence: others cannot reuse it without one.", has_licence),
    Rule("portfolio_without_board", INFORMATION, (Portfolio,), (),
         "State the board that looks at the portfolio.", has_board),
    Rule("decision_incomplete", WARNING, (Decision,), (),
         "State the board, the day and the choice.", decision_is_whole),
    Rule("decision_without_answers", INFORMATION, (Decision,), (),
         "Name the answers it rested on, each with its digest and as_of: it is replayed from them.",
         decision_names_its_answers),
    Rule("past_its_time", INFORMATION, OWNABLE, (),
         "Its time is over: retire it, or move valid_to.", valid_by_now),
)  # fmt: skip
