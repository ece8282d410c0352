"""Every verdict, break and route in one sentence for a board, with the ids of what the sentence rests on.

The words stand here and nowhere else; `ways.py` reads what they are said of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.law import State
from app.portfolio.law import Law
from app.portfolio.tracing import Route
from app.portfolio.verdicts import NOT_CURRENT, Reason, Verdict
from app.questions.breaks import Break
from graph_schema.values import Nation, Need

KINDS = {
    "Project": "the project", "Process": "the process", "PolicyInstrument": "the policy instrument",
    "PolicyGoal": "the goal",
}  # fmt: skip
"""How each kind on a route is spoken of."""
_AGAIN = {
    "Project": "that project", "Process": "that process", "PolicyInstrument": "that instrument",
    "PolicyGoal": "that goal",
}  # fmt: skip
_VERBS = {"CHANGES": "changes", "ENABLES": "enables", "OPERATES": "operates", "ADVANCES": "helps"}
_MODES = {"introduces": "introduces", "merges": "merges", "retires": "ends", "harms": "harms"}
_MISSING = {
    Reason.NO_CHANGE_LINK: "changes no process or policy instrument",
    Reason.PROCESS_OPERATES_NO_INSTRUMENT: "operates no policy instrument",
    Reason.INSTRUMENT_ADVANCES_NO_GOAL: "advances no goal",
}
_ENDED = {
    "Project": "is not under way", "Process": "is no longer in use",
    "PolicyInstrument": "is no longer in use",
    "PolicyGoal": "is not current on that day",
}  # fmt: skip
STATES = {
    State.IN_FORCE: "is in force",
    State.PARTLY_IN_FORCE: "is in force for some purposes or places only",
    State.DATED_FUTURE: "comes into force on a later day",
    State.UNAPPOINTED: "is made, with no day appointed for it",
    State.IN_PARLIAMENT: "is still before its legislature",
    State.PROPOSED: "is only proposed",
    State.ENDED: "has ended",
    State.NEVER: "will never come into force",
}
"""What is said of law in each state."""


@dataclass(frozen=True)
class Sentence:
    """A sentence and the ids of the records and links it rests on, in its order."""

    text: str
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Leg:
    """A link and the record it leads to, as a sentence needs them."""

    link: str
    label: str
    mode: str | None
    """What a CHANGES link does; `harms` for an ADVANCES link that does."""
    kind: str
    target: str
    title: str
    standing: str | None = None


@dataclass(frozen=True)
class Way:
    """How a chain without a route comes to where it breaks, and the link at fault there."""

    legs: tuple[Leg, ...] = ()
    fault: Leg | None = None


@dataclass(frozen=True)
class Subject:
    """What a sentence is about."""

    id: str
    kind: str
    title: str
    verdict: Verdict


class _Words:
    """The parts of one sentence, keeping the ids they mention."""

    def __init__(self, law: Law) -> None:
        self.law = law
        self.ids: dict[str, None] = {}

    def named(self, id: str, title: str) -> str:
        self.ids[id] = None
        return f"*{title}*"

    def leg(self, subject: str, leg: Leg) -> str:
        """Such as: it changes the process *Issue permits*."""
        self.ids[leg.link] = None
        return f"{subject} {self.verb(leg)} {KINDS[leg.kind]} {self.named(leg.target, leg.title)}"

    def chain(self, legs: Sequence[Leg]) -> list[str]:
        """Each leg as a clause; the first is said of "it", a goal has been named before."""
        subjects = ["it", *(_AGAIN[leg.kind] for leg in legs[:-1])]
        clauses = [self.leg(subject, leg) for subject, leg in zip(subjects, legs, strict=True)]
        if legs[-1].kind == "PolicyGoal":
            clauses[-1] = f"{subjects[-1]} {self.verb(legs[-1])} that goal"
        return clauses

    def again(self, kind: str, id: str, title: str) -> str:
        """Something that has been named before; of projects there may be several."""
        named = self.named(id, title)
        return f"{KINDS[kind]} {named}" if kind == "Project" else _AGAIN[kind]

    def verb(self, leg: Leg) -> str:
        return _MODES.get(leg.mode or "", _VERBS[leg.label])

    def hold_up(self, id: str, subject: str) -> str:
        """Which law a node waits for, such as: that instrument needs *A Bill*, which is only proposed."""
        for need in sorted(self.law.needs(id), key=lambda each: each.change):
            if need.need is Need.BLOCKING and need.state is not State.IN_FORCE:
                change = self.named(need.change, self.law.changes[need.change].facts.title)
                if need.decided_by == need.change:
                    return f"{subject} needs {change}, which {STATES[need.state]}"
                became = self.named(need.decided_by, self.law.changes[need.decided_by].facts.title)
                return f"{subject} needs {change}, whose place {became} took, which {STATES[need.state]}"
        for rest in sorted(self.law.waiting(id), key=lambda each: each.provision):
            return f"{subject} rests on {self.named(rest.provision, rest.title)}, which {STATES[rest.state]}"
        return f"{subject} waits for law"

    def duty(self, at: Break | None, way: Way | None) -> str:
        """The duty in law that something on the way rests on."""
        nodes = [leg.target for leg in way.legs] if way else []
        for id in [*nodes, *([at.id] if at else [])]:
            for rest in self.law.rests(id):
                if rest.duty and rest.reliable:
                    return f"a duty in law, {self.named(rest.provision, rest.title)},"
        return "a duty in law"

    def changed(self, id: str, subject: str) -> str:
        for rest in sorted(self.law.rests(id), key=lambda each: each.provision):
            if rest.changed:
                provision = self.named(rest.provision, rest.title)
                return f"{subject} rests on {provision}, which has changed since that was last reviewed"
        return f"{subject} rests on law that has changed since"


def of(subject: Subject, law: Law, route: Route | None, at: Break | None, way: Way | None = None) -> Sentence:
    """What is said of a project, process or instrument: its verdict, and the route or break behind it."""
    words = _Words(law)
    name = words.named(subject.id, subject.title)
    if route is not None:
        text = _with_route(words, subject, name, route, at)
    elif subject.verdict is Verdict.DECLARED_NOT_APPLICABLE:
        text = f"{name} was declared to have no policy goal to serve, and somebody else accepted that"
    else:
        opening = {
            Verdict.DUTY_ONLY: f"{name} serves {words.duty(at, way)} and no goal",
            Verdict.CLAIMED_ONLY: f"{name} says that it serves a goal, and no link shows how",
            Verdict.NOT_ASSESSED: f"Nobody has looked at which goal {name} serves",
        }.get(subject.verdict, _opening(subject.kind, name, "No money goes from", "leads to no goal"))
        text = f"{opening}: {joined(_broken(words, subject, at, way or Way()))}" if at else opening
    return Sentence(f"{text}.", tuple(words.ids))


def _opening(kind: str, name: str, money: str, leads: str) -> str:
    if kind != "Project":
        return f"{name} {leads}"
    return f"{money} {name} to any goal" if money.startswith("No") else f"{money} {name}"


def _with_route(words: _Words, subject: Subject, name: str, route: Route, at: Break | None) -> str:
    legs = legs_of(route)
    goal = f"the goal {words.named(legs[-1].target, legs[-1].title)}"
    clean = subject.verdict in (Verdict.ALIGNED, Verdict.ALIGNED_BUT_SUSPECT)
    goes = "goes" if clean else "would go"
    opening = f"Money {goes} from {name} to {goal}"
    if subject.kind != "Project":
        opening = f"{name} {'leads' if clean else 'would lead'} to {goal}"
    clauses = joined(words.chain(legs))
    return f"{opening}: {clauses}; but {_weak(words, subject, legs, at)}" if at else f"{opening}: {clauses}"


def legs_of(route: Route) -> tuple[Leg, ...]:
    """The links of a route, as sentences need them; an instrument that is ended is one that harms."""
    found: list[Leg] = []
    for step in route.steps:
        ended = bool(found) and found[-1].kind == "PolicyInstrument" and found[-1].mode == "retires"
        mode = "harms" if step.label == "ADVANCES" and ended else step.mode
        found.append(Leg(step.link, step.label, mode, step.kind, step.target, step.title))
    return tuple(found)


def _weak(words: _Words, subject: Subject, legs: Sequence[Leg], at: Break) -> str:
    """The part that gives a route its quality; what it is said of has been named before."""
    node = "it" if at.id == subject.id else words.again(at.kind, at.id, at.title)
    if at.reason is Reason.LAW_NOT_IN_FORCE:
        return words.hold_up(at.id, node)
    if at.reason is Reason.LAW_CHANGED_SINCE_REVIEW:
        return words.changed(at.id, node)
    leg = next(each for each in legs if each.link == at.link)
    link = f"{_of(node)} link to {words.again(leg.kind, leg.target, leg.title)}"
    if at.reason is Reason.LINK_NOT_ACCEPTED:
        return f"nobody has accepted {link} yet"
    return f"one of the two ends of {link} has changed since somebody accepted it"


def _broken(words: _Words, subject: Subject, at: Break, way: Way) -> list[str]:
    """The way to where the chain breaks, and what is wrong there."""
    if at.id == subject.id:
        return [_wrong(words, "it", at, way.fault)]
    again = _AGAIN[at.kind]
    if way.legs:
        return [*words.chain(way.legs), _wrong(words, again, at, way.fault)]
    node = f"{KINDS[at.kind]} {words.named(at.id, at.title)}"
    return [f"through other projects it comes to {node}", _wrong(words, again, at, way.fault)]


def _wrong(words: _Words, node: str, at: Break, fault: Leg | None) -> str:
    """What is wrong at the node where a chain breaks."""
    if at.reason in _MISSING:
        return f"{node} {_MISSING[at.reason]}"
    if fault is None:
        if at.reason is Reason.LAW_WILL_NOT_CHANGE:
            return words.hold_up(at.id, node)
        return f"{node} {_ENDED[at.kind]}"
    words.ids[fault.link] = None
    target = f"{KINDS[fault.kind]} {words.named(fault.target, fault.title)}"
    withdrawn = fault.standing == "withdrawn"
    if at.reason is Reason.LINK_DISPUTED:
        return f"{_of(node)} link to {target} {'was withdrawn' if withdrawn else 'is disputed'}"
    if at.reason is Reason.LINK_ENDED:
        return f"{_of(node)} link to {target} does not hold on that day"
    if at.reason in NOT_CURRENT.values():
        return f"{words.leg(node, fault)}, which {_ENDED[fault.kind]}"
    if at.reason is Reason.LAW_WILL_NOT_CHANGE:
        leads = words.leg(node, fault)
        return f"{leads}, and {words.hold_up(fault.target, _AGAIN[fault.kind])}"
    only = "" if at.reason is Reason.RETIRES_WHAT_HELPS else "only "
    return words.leg(f"{node} {only}".rstrip(), fault)


_NATIONS = {Nation.E: "England", Nation.W: "Wales", Nation.S: "Scotland", Nation.NI: "Northern Ireland"}


def of_law(
    rests: str | None,
    title: str,
    basis: str | None,
    state: State | None,
    nation: Nation | None,
    *,
    is_law: bool,
    accepted: bool,
    reliable: bool,
) -> str:
    """What is said of a law a record rests on; of a provision itself where nothing is named that rests."""
    here = f"for {_NATIONS[nation]}" if nation else "for all it extends to"
    how = {"duty": "is required by", "power": "is allowed by"}.get(basis or "", "rests on")
    law = f"*{title}* {STATES[state]} {here}" if state else f"*{title}*"
    if rests is None:
        return f"{law}."
    if not accepted:
        return f"It is said that *{rests}* {how} *{title}*, and nobody has accepted that."
    if not is_law:
        return f"*{rests}* follows *{title}*, which is neither duty nor power."
    if state is None:
        return f"*{rests}* {how} *{title}* as a whole, which says nothing of its state."
    so = "so it can be relied on" if reliable else "so it cannot be relied on"
    return f"*{rests}* {how} *{title}*, which {STATES[state]} {here}, {so}."


_NEEDS = {Need.BLOCKING: "needs", Need.PARTIAL: "needs for a part", Need.HELPFUL: "would be helped by"}


def of_dependency(
    title: str,
    through: tuple[str, str] | None,
    need: Need | None,
    law: tuple[str | None, str | None, str | None],
    state: State,
    *,
    another_route: bool,
) -> str:
    """What a project waits for; `law` names the change, what became of it, and the provision."""
    change, became, provision = law
    subject = (
        f"*{title}*" if through is None else f"*{title}* leads to {KINDS[through[0]]} *{through[1]}*, which"
    )
    if need is not None:
        waits = f"{_NEEDS[need]} *{change}*"
    else:
        waits = f"rests on *{provision}*" + (f", which waits for *{change}*" if change else "")
    came = f"; *{became}* took its place and {STATES[state]}" if became else f", which {STATES[state]}"
    remains = "a route that does not wait for it remains" if another_route else "no other route remains"
    return f"{subject} {waits}{came}; {remains}."


def of_goal(
    title: str, *, served: bool, waiting: int, instruments: list[str], operated: bool, retiring: list[str]
) -> str:
    """What stands, or does not stand, behind a goal."""
    clauses = []
    if not instruments:
        clauses.append("no policy instrument advances it")
    elif not operated:
        is_are = "is" if len(instruments) == 1 else "are"
        clauses.append(f"no process operates {listed(instruments)}, which {is_are} to advance it")
    if retiring:
        clauses.append(f"{listed(retiring)} is retiring and nothing is named to take its place")
    if waiting and not served:
        routes = "route waits" if waiting == 1 else "routes wait"
        clauses.append(f"{waiting:,} {routes} for somebody to accept a link")
    opening = (
        f"Live projects serve the goal *{title}*" if served else f"No live project serves the goal *{title}*"
    )
    rest = (", but " if served else ": ") + joined(clauses) if clauses else ""
    return f"{opening}{rest}."


def of_table(
    title: str,
    missing: Sequence[str],
    *,
    ended: Sequence[str],
    vacant: Sequence[str],
    doubled: Sequence[str],
    shared: Sequence[str],
) -> str:
    """Who is missing at a project's table, and why somebody there does not count."""
    clauses = []
    if missing:
        posts = f"no {_either(missing)} post owns it"
        clauses.append(posts + (", and it depends on a change in the law" if "legal" in missing else ""))
    if ended:
        clauses.append(f"the term of {listed(ended)} is over")
    if vacant:
        clauses.append(f"nobody holds {listed(vacant)}")
    if doubled:
        clauses.append(f"one person holds {listed(doubled)}")
    if clauses and shared:
        clauses.append(f"{listed(shared)} {'owns' if len(shared) == 1 else 'own'} other live projects too")
    return f"*{title}*: {joined(clauses)}." if clauses else f"*{title}*: nobody is missing."


def of_route(law: Law, route: Route, at: Break | None) -> str:
    """A route of a project in one sentence, whatever the project's own verdict rests on."""
    worst = at.reason if at else None
    suspect = (None, Reason.LINK_SUSPECT, Reason.LAW_CHANGED_SINCE_REVIEW)
    verdict = Verdict.ALIGNED if worst in suspect else Verdict.AWAITING_ACCEPTANCE
    return of(Subject(route.start, route.kind, route.title, verdict), law, route, at).text


def of_link(vouched: Mapping[str, Any], leg: Leg, strength: str, *, weakest: bool) -> str:
    """A link of a route, who vouched for it, when and on what."""
    verb = _MODES.get(leg.mode or "", _VERBS[leg.label])
    says = f"*{vouched['source_title']}* {verb} {KINDS[leg.kind]} *{leg.title}* ({strength})"
    if vouched["accepted_by"]:
        says += f", accepted by {vouched['accepted_for'] or vouched['accepted_by']}"
        says += f" on {vouched['accepted_on']}"
    else:
        says += ", accepted by nobody yet"
    evidence = [each.title for each in vouched["evidence"]]
    says += f", on {listed(evidence)}" if evidence else ""
    return f"{says}; the weakest link." if weakest else f"{says}."


def listed(titles: Sequence[str]) -> str:
    """Titles as one, the last after "and"."""
    named = [f"*{title}*" for title in titles]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _either(words: Sequence[str]) -> str:
    return " or ".join([*([", ".join(words[:-1])] if words[1:] else []), words[-1]])


def _of(node: str) -> str:
    return "its" if node == "it" else f"{node}'s"


def joined(clauses: Sequence[str]) -> str:
    """Clauses as one, the last after "and"."""
    return clauses[0] if len(clauses) == 1 else f"{', '.join(clauses[:-1])}, and {clauses[-1]}"
