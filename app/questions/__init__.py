"""Questions: each one class in a module of its name, and one line here."""

from app.questions.best_route import BestRoute
from app.questions.completeness import Completeness
from app.questions.core import Question
from app.questions.evidence_age import EvidenceAge
from app.questions.known_unknowns import KnownUnknowns
from app.questions.law_behind import LawBehind
from app.questions.law_dependent import LawDependent
from app.questions.law_states import LawStates
from app.questions.missing_owners import MissingOwners
from app.questions.money_by_goal import MoneyByGoal
from app.questions.money_by_organisation import MoneyByOrganisation
from app.questions.reach import Reach
from app.questions.same_process import SameProcess
from app.questions.starved_goals import StarvedGoals
from app.questions.suspect_links import SuspectLinks
from app.questions.unaligned import Unaligned
from app.questions.waiting_claims import WaitingClaims
from app.questions.what_it_changes import WhatItChanges

QUESTIONS: tuple[type[Question], ...] = (
    Unaligned,
    LawDependent,
    BestRoute,
    MoneyByGoal,
    MoneyByOrganisation,
    StarvedGoals,
    LawBehind,
    LawStates,
    Reach,
    KnownUnknowns,
    WaitingClaims,
    SuspectLinks,
    EvidenceAge,
    MissingOwners,
    Completeness,
    WhatItChanges,
    SameProcess,
)
"""The table of contents: routes, commands and documentation are read from it."""
