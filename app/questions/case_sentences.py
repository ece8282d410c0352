"""What is said of business cases in one sentence for a board; `sentences.py` speaks of routes and law."""

from collections.abc import Mapping, Sequence
from datetime import date

from app.domain.money import Bucket, said
from app.questions.sentences import joined, listed


def of_gain(
    title: str, organisation: str | None, pence: Mapping[str, int], bucket: Bucket, *, agreed: bool
) -> str:
    """What a project costs and brings one organisation, and all of them together."""
    who = f"*{organisation}*" if organisation else "An organisation that is not named"
    gains = [
        f"{said(pence[name], bucket)} {words}"
        for name, words in (("cash", "in cash"), ("other", "otherwise"))
        if pence[name]
    ]
    clauses = [f"pays {said(pence['cost'], bucket)}"] if pence["cost"] else []
    clauses += [f"gains {' and '.join(gains)}"] if gains else ["gains nothing"]
    own, all_ = pence["cash"] + pence["other"] - pence["cost"], pence["overall"]
    asked = "" if agreed else "; it has not agreed to all of that"
    return (
        f"{who} {' and '.join(clauses)} through *{title}*, {_net(own, bucket)}; "
        f"for all together it is {_net(all_, bucket)}{asked}."
    )


def _net(pence: int, bucket: Bucket) -> str:
    if not pence:
        return "neither a net gain nor a net loss"
    return f"a net {'gain' if pence > 0 else 'loss'} of {said(abs(pence), bucket)}"


def of_promise(
    line: str | None,
    project: str,
    pence: tuple[int | None, int | None, int | None],
    bucket: Bucket,
    days: tuple[date | None, date | None],
    late: int | None,
) -> str:
    """A benefit that was promised; `pence` is the promise, what arrived and what is missing of it."""
    (promised, actual, short), (due, realised_on) = pence, days
    what = f"*{line}* of *{project}*" if line else f"What *{project}* expects without naming a line"
    by = f" by {due}" if due else ""
    opening = f"{what} was promised at {said(promised, bucket)}{by}" if promised is not None else what
    if actual is None:
        return f"{opening}; nothing has arrived{_late(late)}."
    on = f" on {realised_on}" if realised_on else ""
    less = f" and {said(short, bucket)} short of it" if short and short > 0 else ""
    joins = "; " if promised is not None else ": "
    return f"{opening}{joins}{said(actual, bucket)} has arrived{on}{_late(late)}{less}."


def _late(days: int | None) -> str:
    if not days:
        return ""
    many = f"{abs(days):,} day{'' if abs(days) == 1 else 's'}"
    return f", {many} {'late' if days > 0 else 'early'}"


def of_delusions(title: str, cash: int | None, as_stated: bool | None, instruments: Sequence[str]) -> str:
    """What a case takes for granted; `cash` is the percentage of cash where that is a delusion."""
    clauses = []
    if cash is not None:
        clauses.append(
            f"{cash}% of its benefit is cash and nothing is set aside to run, maintain or redesign it"
        )
    if as_stated is not None:
        stated = "as it says" if as_stated else "which is not the depth it states"
        clauses.append(f"all it changes is the interface, {stated}")
    if instruments:
        clauses.append(f"it touches {listed(instruments)}, and nobody has looked at the law of that")
    return f"*{title}*: {'; '.join(clauses)}."


_MISSING = {
    "no_change_stated": "it states nothing that it changes",
    "no_instrument_changed": "it changes no policy instrument as such",
    "change_not_accepted": "nobody on the other side has accepted the change",
    "instrument_not_in_use": "that instrument is not in use on that day",
    "no_clean_link_to_a_goal": "no clean link leads from that instrument to a current goal",
    "no_benefit_for_that_goal": "none of its benefits contributes to a goal of that instrument",
    "blocking_legal_gap": "the law it needs is not in force",
}
"""What is missing for the word transformation."""
_FOUND = {
    "justified": "has earned it",
    "unproven": "has not shown it",
    "process_improvement": "improves a process",
    "cosmetic": "changes the interface alone",
}


def of_transformation(
    title: str,
    finding: str,
    missing: Sequence[str],
    instrument: str | None,
    goals: Sequence[str],
    *,
    calls_itself: bool,
) -> str:
    """Whether a project has earned to be called transformation, and what is missing."""
    calls = "calls itself transformation" if calls_itself else "does not call itself transformation"
    joins = "and" if calls_itself == (finding == "justified") else "but"
    changes = f": it changes the policy instrument *{instrument}*" if instrument else ""
    if finding == "justified":
        serves = f"serves {listed(goals)}, with a benefit to show and the law in force"
        return f"*{title}* {calls} {joins} {_FOUND[finding]}{changes}, which {serves}."
    wants = "; ".join(_MISSING[each] for each in missing)
    between = f"{changes}, but " if changes else ": "
    return f"*{title}* {calls} {joins} {_FOUND[finding]}{between}{wants}."


def of_rung(title: str, rung: str, process: str | None, shares: Sequence[str]) -> str:
    """How far a project is on the way from simpler over standard to shared, and what comes next."""
    done = f"*{title}* makes the work simpler by merging or ending *{process}*"
    shared = f"shares {listed(shares)}" if shares else ""
    match rung:
        case "none":
            also = f"; it {shared} all the same" if shares else ""
            return f"*{title}* merges or ends no process yet{also}."
        case "simplified":
            return f"{done}; next, that process should keep to a standard."
        case "standardised":
            return f"{done}, which keeps to a standard; next, it should use what exists or be used by others."
        case _:
            return f"{done}, which keeps to a standard, and {shared}."


def of_shared_work(
    titles: tuple[str, str], organisation: str | None, service: str | None, asset: str | None
) -> str:
    """Two projects on one service that share nothing, or a project and what another made for it."""
    (mine, other), whose = titles, f" of *{organisation}*" if organisation else ""
    if asset:
        return f"*{other}*{whose} made *{asset}* for *{service}*, and *{mine}* does not use it."
    return f"*{mine}* and *{other}*{whose} both work on *{service}* and share nothing."


def of_conflict(title: str, goal: str, helps: Sequence[str], against: Sequence[str], count: int) -> str:
    """A project that harms a goal, and what pulls the other way."""
    own = f" while it helps {listed(helps)}" if helps else ""
    if not count:
        return f"*{title}* harms the goal *{goal}*{own}."
    others = listed(against) if count <= 3 else f"{count:,} live projects"
    helping = f"{others} {'helps' if count == 1 else 'help'} *{goal}*"
    return f"*{title}* harms the goal *{goal}*{own}; {helping}."


def of_instrument(
    title: str, goals: Sequence[str], cheaper_than: str | None, *, needs_law: bool, digital: bool
) -> str:
    """An instrument that helps a goal, and what speaks for it."""
    speaks = [f"costs less than *{cheaper_than}*"] if cheaper_than else []
    speaks += [] if needs_law else ["waits for no law"]
    speaks += [] if digital else ["is changed by no live project"]
    speaks += ["waits for law"] if needs_law else []
    return f"*{title}* helps {listed(goals)}; it {joined(speaks)}."


def of_slack(
    title: str, law: str, slack: str, benefit: date | None, law_day: date | None, days: int | None
) -> str:
    """How the days of a benefit and of law stand to each other; `benefit` is its first day, or its last."""
    many = f"{abs(days or 0):,} day{'' if abs(days or 0) == 1 else 's'}"
    since = (
        f"*{title}* claims benefits from {benefit}" if benefit else f"*{title}* claims benefits without a day"
    )
    until = f"*{title}* claims benefits until {benefit}, but what it rests on in *{law}* ends on {law_day}"
    return {
        "benefit_before_law": f"{since}, {many} before *{law}* is in force ({law_day}).",
        "no_slack": f"{since}, on the day *{law}* is in force at the latest: there is no slack.",
        "ok": f"{since}, {many} after *{law}* is in force at the latest ({law_day}).",
        "unbounded": f"{since}, and nobody can say when *{law}* will be in force.",
        "law_will_not_come": f"{since}, but *{law}* will never come into force.",
        "benefit_without_day": f"{since}, and *{law}* is in force on {law_day} at the latest.",
        "authority_ends_before_benefit": f"{until}.",
    }[slack]


def of_reorganisation(
    titles: tuple[str, str | None, str | None],
    finding: str,
    ending: tuple[str | None, date],
    successors: Sequence[str],
    amounts: Sequence[str],
) -> str:
    """What a project leaves open when an organisation ends."""
    (project, other, service), (organisation, day) = titles, ending
    place = f"{listed(successors)} takes its place" if successors else "nobody is named to take its place"
    ends = f"*{organisation}* ends on {day}; {place}"
    if other:
        return f"*{project}* and *{other}* both work on *{service}*. {ends}, and that of the other council."
    if finding == "project_outlives_its_organisation":
        return f"*{project}* goes on after the end of the organisation it belongs to. {ends}."
    what = "benefit" if finding.startswith("benefit") else "cost"
    much = " and ".join(amounts)
    return f"{much} of the {what} of *{project}* falls to an organisation after its end. {ends}."
