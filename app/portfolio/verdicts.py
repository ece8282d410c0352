"""The verdict policy: the levels and their order, the verdicts, the rungs and the reasons why a chain breaks.

Whatever says a verdict or a reason reads this table. The qualities of links and nodes are worked out in
`world.py`, and what law does to them in `law.py`.
"""

from enum import IntEnum, StrEnum

from graph_schema.values import GoalLevel, ProjectState, Strength


class Quality(IntEnum):
    """How good a link, a node or a route is on the day, for the reader: it is as good as its worst part."""

    ABSENT, WAITS_FOR_ACCEPTANCE, WAITS_FOR_LAW, SUSPECT, CLEAN = range(5)


class Verdict(StrEnum):
    """What the graph says of a project; the first that holds."""

    ALIGNED, ALIGNED_BUT_SUSPECT = "aligned", "aligned_but_suspect"
    ALIGNED_IF_LAW_CHANGES, AWAITING_ACCEPTANCE = "aligned_if_law_changes", "awaiting_acceptance"
    DUTY_ONLY, DECLARED_NOT_APPLICABLE = "duty_only", "declared_not_applicable"
    CLAIMED_ONLY, NOT_ASSESSED, UNALIGNED = "claimed_only", "not_assessed", "unaligned"


_BY_QUALITY = {
    Quality.CLEAN: Verdict.ALIGNED,
    Quality.SUSPECT: Verdict.ALIGNED_BUT_SUSPECT,
    Quality.WAITS_FOR_LAW: Verdict.ALIGNED_IF_LAW_CHANGES,
    Quality.WAITS_FOR_ACCEPTANCE: Verdict.AWAITING_ACCEPTANCE,
}

COUNTED = Quality.WAITS_FOR_LAW
"""A route of this quality or more counts."""

WITHOUT_COUNTED_ROUTE = tuple(
    verdict
    for verdict in Verdict
    if verdict not in {found for quality, found in _BY_QUALITY.items() if quality >= COUNTED}
)
"""The verdicts of projects that serve no policy aim."""

LIVE = (ProjectState.PROPOSED, ProjectState.APPROVED, ProjectState.DELIVERING)
"""States of the projects a question is about unless it says otherwise."""
STEPS = (ProjectState.APPROVED, ProjectState.DELIVERING, ProjectState.CLOSED)
"""States in which a project counts as a step of another's route."""

STRENGTHS = tuple(Strength)
"""Strengths in rising order; the strength of rank n is the n-th, from 1."""
LEVELS = tuple(GoalLevel)
"""Levels of goals in rising order; the level of rank n is the n-th, from 1."""


def verdict(quality: int, *, duty: bool, declared: bool, claims: bool, looked_at: bool) -> Verdict:
    """The verdict on a project whose best route has this quality."""
    if quality:
        return _BY_QUALITY[Quality(quality)]
    if duty:
        return Verdict.DUTY_ONLY
    if declared:
        return Verdict.DECLARED_NOT_APPLICABLE
    if claims:
        return Verdict.CLAIMED_ONLY
    return Verdict.UNALIGNED if looked_at else Verdict.NOT_ASSESSED


class Rung(IntEnum):
    """Where on the way from money to aim something stands."""

    PROJECT, PROCESS, INSTRUMENT, GOAL = range(4)


RUNGS = {
    "Project": Rung.PROJECT,
    "Process": Rung.PROCESS,
    "PolicyInstrument": Rung.INSTRUMENT,
    "PolicyGoal": Rung.GOAL,
}


class Reason(StrEnum):
    """Why a chain breaks where it does. At one node the first that holds is said."""

    LINK_DISPUTED, LINK_ENDED = "link_disputed", "link_ended"
    PROCESS_RETIRED, INSTRUMENT_RETIRED = "process_retired", "instrument_retired"
    GOAL_NOT_CURRENT, PROJECT_NOT_CURRENT = "goal_not_current", "project_not_current"
    LAW_WILL_NOT_CHANGE = "law_will_not_change"
    RETIRES_WHAT_HELPS, ONLY_HARMS = "retires_what_helps", "only_harms"
    NO_CHANGE_LINK = "no_change_link"
    PROCESS_OPERATES_NO_INSTRUMENT = "process_operates_no_instrument"
    INSTRUMENT_ADVANCES_NO_GOAL = "instrument_advances_no_goal"
    LINK_NOT_ACCEPTED, LAW_NOT_IN_FORCE = "link_not_accepted", "law_not_in_force"
    LINK_SUSPECT, LAW_CHANGED_SINCE_REVIEW = "link_suspect", "law_changed_since_review"


NOT_CURRENT = {
    Rung.PROJECT: Reason.PROJECT_NOT_CURRENT,
    Rung.PROCESS: Reason.PROCESS_RETIRED,
    Rung.INSTRUMENT: Reason.INSTRUMENT_RETIRED,
    Rung.GOAL: Reason.GOAL_NOT_CURRENT,
}
"""What is said of a next node of this rung that is retired or not current."""

MISSING = {
    Rung.PROJECT: Reason.NO_CHANGE_LINK,
    Rung.PROCESS: Reason.PROCESS_OPERATES_NO_INSTRUMENT,
    Rung.INSTRUMENT: Reason.INSTRUMENT_ADVANCES_NO_GOAL,
}
"""What is said of a node of this rung from which nothing leads on at all."""

WEAK_LINK = {
    Quality.WAITS_FOR_ACCEPTANCE: Reason.LINK_NOT_ACCEPTED,
    Quality.SUSPECT: Reason.LINK_SUSPECT,
}
WEAK_NODE = {
    Quality.WAITS_FOR_LAW: Reason.LAW_NOT_IN_FORCE,
    Quality.SUSPECT: Reason.LAW_CHANGED_SINCE_REVIEW,
}
"""What is said of the part that gives a route its quality."""
