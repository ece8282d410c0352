"""What would be if something else were so, in one sentence each."""

from collections.abc import Sequence

from app.portfolio.verdicts import Verdict
from app.questions.sentences import joined, listed

_WOULD = {
    Verdict.ALIGNED: "would serve a goal",
    Verdict.ALIGNED_BUT_SUSPECT: "would serve a goal over a link in doubt",
    Verdict.ALIGNED_IF_LAW_CHANGES: "would serve a goal once the law has changed",
    Verdict.AWAITING_ACCEPTANCE: "would wait for somebody to accept a link",
    Verdict.DUTY_ONLY: "would serve a statutory duty only",
    Verdict.DECLARED_NOT_APPLICABLE: "would stand as declared to have no policy goal",
    Verdict.CLAIMED_ONLY: "would only claim a goal", Verdict.NOT_ASSESSED: "would not have been assessed",
    Verdict.UNALIGNED: "would serve no goal",
}  # fmt: skip
"""What is said of each verdict that only would be."""


_LEAVES = {"stopped": "would be stopped", "not_live": "would no longer be live"}
_GOALS = {
    "served": "would be served",
    "starved": "would have no live project behind it",
    "dropped": "would be dropped",
}
_STAYS = "would stay as it is"


def of_flip(title: str, before: Verdict, after: str, *, stranded: bool) -> str:
    """What would become of a project."""
    if after in _LEAVES:
        lost = ", which serves a goal today," if stranded else ""
        return f"*{title}*{lost} {_LEAVES[after]}."
    words = (str(before).replace("_", " "), _WOULD[Verdict(after)])
    return f"*{title}* ({words[0]} today) {words[1]}{': no counted route would remain' if stranded else ''}."


def of_starving(title: str, *, starved: bool) -> str:
    """What would become of a goal."""
    if starved:
        return f"No live project would serve the goal *{title}* any more."
    return f"A live project would serve the goal *{title}*, which none does today."


def of_two(title: str, before: str, first: str, second: str) -> str:
    """What would become of a project or goal under one what-if, and under another."""
    said = [_STAYS if each == before else _would(each) for each in (first, second)]
    today = before.replace("_", " ")
    if said[0] == said[1]:
        return f"*{title}* ({today} today) {said[0]} under both."
    return f"*{title}* ({today} today) {said[0]} under the first, and {said[1]} under the second."


def _would(after: str) -> str:
    return (_LEAVES | _GOALS).get(after) or _WOULD[Verdict(after)]


def of_stop(title: str, starves: Sequence[str], strands: Sequence[str], weakens: int) -> str:
    """What stopping a project would take away."""
    clauses = []
    if starves:
        clauses.append(f"leaves no live project behind {listed(starves)}")
    if strands:
        clauses.append(f"takes the last route from {listed(strands)}")
    if weakens:
        goals = "goal that keeps" if weakens == 1 else "goals that keep"
        clauses.append(f"takes support from {weakens:,} {goals} another project")
    return f"Stopping *{title}* {joined(clauses) if clauses else 'takes nothing away from any goal'}."


def of_change(title: str, before: Verdict | None, after: Verdict | None, made: Sequence[str]) -> str:
    """What has become of a project, and through what."""
    said = [str(each or "not asked about").replace("_", " ") for each in (before, after)]
    through = list(dict.fromkeys(made))
    why = f", through what was recorded of {listed(through)}" if through else ""
    return f"*{title}* was {said[0]} and is {said[1]}{why}."


def of_withdrawal(source: str, target: str, projects: int, drops: Sequence[str]) -> str:
    """What would become of the projects that rest on a link."""
    who = "one project" if projects == 1 else f"{projects:,} projects"
    verdicts = joined([each.replace("_", " ") for each in drops]).replace(", and", " and")
    return f"Without the link from *{source}* to *{target}* {who} would drop to {verdicts}."
