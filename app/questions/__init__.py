"""Questions: each one class in a module of its name, and one line here."""

from app.questions.benefits_realised import BenefitsRealised
from app.questions.best_route import BestRoute
from app.questions.completeness import Completeness
from app.questions.conflicts import Conflicts
from app.questions.core import Question
from app.questions.coverage import Coverage
from app.questions.evidence_age import EvidenceAge
from app.questions.impact import Impact
from app.questions.known_unknowns import KnownUnknowns
from app.questions.law_behind import LawBehind
from app.questions.law_dependent import LawDependent
from app.questions.law_states import LawStates
from app.questions.least_harm_stops import LeastHarmStops
from app.questions.legal_slack import LegalSlack
from app.questions.load_bearing_law import LoadBearingLaw
from app.questions.load_bearing_links import LoadBearingLinks
from app.questions.missing_owners import MissingOwners
from app.questions.money_by_goal import MoneyByGoal
from app.questions.money_by_organisation import MoneyByOrganisation
from app.questions.net_gain import NetGain
from app.questions.other_instruments import OtherInstruments
from app.questions.reach import Reach
from app.questions.reorganisation import Reorganisation
from app.questions.replay import Replay
from app.questions.same_process import SameProcess
from app.questions.shared_work import SharedWork
from app.questions.simplify_standardise_share import SimplifyStandardiseShare
from app.questions.starved_goals import StarvedGoals
from app.questions.suspect_links import SuspectLinks
from app.questions.three_delusions import ThreeDelusions
from app.questions.transformation_test import TransformationTest
from app.questions.unaligned import Unaligned
from app.questions.verdict_changes import VerdictChanges
from app.questions.waiting_claims import WaitingClaims
from app.questions.what_if import WhatIf
from app.questions.what_it_changes import WhatItChanges

QUESTIONS: tuple[type[Question], ...] = (
    Unaligned,
    LawDependent,
    BestRoute,
    MoneyByGoal,
    MoneyByOrganisation,
    StarvedGoals,
    LegalSlack,
    LawBehind,
    LawStates,
    Reach,
    TransformationTest,
    ThreeDelusions,
    Conflicts,
    OtherInstruments,
    SharedWork,
    SimplifyStandardiseShare,
    NetGain,
    BenefitsRealised,
    Reorganisation,
    KnownUnknowns,
    WaitingClaims,
    SuspectLinks,
    EvidenceAge,
    MissingOwners,
    Completeness,
    WhatItChanges,
    SameProcess,
    WhatIf,
    LoadBearingLaw,
    Impact,
    Coverage,
    LeastHarmStops,
    Replay,
    VerdictChanges,
    LoadBearingLinks,
)
"""The table of contents: routes, commands and documentation are read from it."""
